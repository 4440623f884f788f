/* proto/answers.tbl.h - every answer of the HTTP API, declared once (shared contract). From it:
 * the writer of answers that are made here (actors/front/show.c), and the schemas of OpenAPI.
 * Most JSON is made by PostgreSQL: there the tests hold the rows against what comes. The
 * includer defines the macros; this file undefines them at its end. An answer that another
 * names as a part comes before it.
 *
 *     ANSWER(name, prose, rows)
 *     SHOW(name, kind, need, values)
 *     SHOW_PART(name, kind, need, answer)    OBJECT, or a LIST of them
 *     LIST_OF(name, prose, answer)           a bare array
 *     EITHER(name, prose, one, other)
 *     RAW(name, prose, types)                no JSON of ours: its media types "a/b|c/d"
 *
 * kind     TEXT, INT, NUMBER, FLAG, UUID, TIME (ISO 8601, milliseconds, Z), EMAIL, URL, WORD
 *          (values "A|B|C"), ANY (any JSON object), OBJECT, LIST, TEXTS (a list of texts)
 * need     ALWAYS; NULLABLE: always there, perhaps null; SOMETIMES: there or not
 * values   the words of a WORD, "=text" for a text that never differs, or NULL */

ANSWER(error_entry, "One problem of a request",
	SHOW(field,             TEXT, SOMETIMES, NULL)
	SHOW(code,              TEXT, ALWAYS,    NULL)
	SHOW(message,           TEXT, ALWAYS,    NULL))

ANSWER(error, "What went wrong",
	SHOW(statusCode,        INT,  ALWAYS,    NULL)
	SHOW(timestamp,         TIME, ALWAYS,    NULL)
	SHOW(path,              TEXT, ALWAYS,    NULL)
	SHOW(message,           TEXT, ALWAYS,    NULL)
	SHOW(code,              TEXT, ALWAYS,    NULL)
	SHOW_PART(errors,       LIST, NULLABLE,  error_entry)
	SHOW(requestId,         TEXT, ALWAYS,    NULL))

ANSWER(problem, "The same as RFC 9457 has it, for who asks for application/problem+json",
	SHOW(type,              TEXT, ALWAYS,    "=about:blank")
	SHOW(title,             TEXT, ALWAYS,    NULL)
	SHOW(status,            INT,  ALWAYS,    NULL)
	SHOW(detail,            TEXT, ALWAYS,    NULL)
	SHOW(instance,          TEXT, ALWAYS,    NULL)
	SHOW(timestamp,         TIME, ALWAYS,    NULL)
	SHOW(code,              TEXT, ALWAYS,    NULL)
	SHOW_PART(errors,       LIST, NULLABLE,  error_entry)
	SHOW(requestId,         TEXT, ALWAYS,    NULL))

ANSWER(page_meta, "Where a page stands in its list",
	SHOW(totalItems,        INT,  ALWAYS,    NULL)
	SHOW(itemCount,         INT,  ALWAYS,    NULL)
	SHOW(itemsPerPage,      INT,  ALWAYS,    NULL)
	SHOW(totalPages,        INT,  ALWAYS,    NULL)
	SHOW(currentPage,       INT,  ALWAYS,    NULL))

/* ---- section 2 ---- */
ANSWER(user_brief, "Who logged in",
	SHOW(id,                UUID, ALWAYS,    NULL)
	SHOW(email,             EMAIL, ALWAYS,   NULL)
	SHOW(firstName,         TEXT, ALWAYS,    NULL)
	SHOW(lastName,          TEXT, ALWAYS,    NULL)
	SHOW(role,              WORD, ALWAYS,    "ADMIN|USER"))

ANSWER(auth_response, "Tokens, and whose they are; under the names of both kinds of client",
	SHOW(access_token,      TEXT, ALWAYS,    NULL)
	SHOW(refresh_token,     TEXT, ALWAYS,    NULL)
	SHOW(accessToken,       TEXT, ALWAYS,    NULL)
	SHOW(refreshToken,      TEXT, ALWAYS,    NULL)
	SHOW(tokenType,         TEXT, ALWAYS,    "=Bearer")
	SHOW(expiresIn,         INT,  ALWAYS,    NULL)
	SHOW(userId,            UUID, ALWAYS,    NULL)
	SHOW(role,              WORD, ALWAYS,    "ADMIN|USER")
	SHOW_PART(user,         OBJECT, ALWAYS,  user_brief))

ANSWER(session, "Where somebody is logged in",
	SHOW(id,                UUID, ALWAYS,    NULL)
	SHOW(device,            TEXT, ALWAYS,    NULL)
	SHOW(address,           TEXT, ALWAYS,    NULL)
	SHOW(createdAt,         TIME, ALWAYS,    NULL)
	SHOW(lastUsedAt,        TIME, ALWAYS,    NULL)
	SHOW(current,           FLAG, ALWAYS,    NULL))

LIST_OF(sessions, "The caller's sessions, the one used last first", session)

/* ---- section 3 ---- */
ANSWER(user, "A user",
	SHOW(id,                UUID, ALWAYS,    NULL)
	SHOW(email,             EMAIL, ALWAYS,   NULL)
	SHOW(firstName,         TEXT, ALWAYS,    NULL)
	SHOW(lastName,          TEXT, ALWAYS,    NULL)
	SHOW(role,              WORD, ALWAYS,    "ADMIN|USER")
	SHOW(createdAt,         TIME, ALWAYS,    NULL)
	SHOW(updatedAt,         TIME, ALWAYS,    NULL))

ANSWER(user_page, "A page of users",
	SHOW_PART(data,         LIST,   ALWAYS,  user)
	SHOW_PART(meta,         OBJECT, ALWAYS,  page_meta))

/* ---- section 4 ---- */
ANSWER(project, "A project",
	SHOW(id,                UUID, ALWAYS,    NULL)
	SHOW(name,              TEXT, ALWAYS,    NULL)
	SHOW(description,       TEXT, NULLABLE,  NULL)
	SHOW(googleProjectId,   TEXT, NULLABLE,  NULL)
	SHOW(createdAt,         TIME, ALWAYS,    NULL)
	SHOW(updatedAt,         TIME, ALWAYS,    NULL))

LIST_OF(project_list, "All projects, newest first", project)

ANSWER(project_page, "A page of projects",
	SHOW_PART(data,         LIST,   ALWAYS,  project)
	SHOW_PART(meta,         OBJECT, ALWAYS,  page_meta))

EITHER(projects, "The bare array, or a page when `page` or `limit` is given", project_list, project_page)

/* ---- section 5 ---- */
ANSWER(media_result, "One object that a generation made",
	SHOW(id,                UUID, ALWAYS,    NULL)
	SHOW(mediaType,         WORD, ALWAYS,    "IMAGE|AUDIO|MUSIC|VIDEO")
	SHOW(resultUrl,         URL,  NULLABLE,  NULL)
	SHOW(metadata,          ANY,  ALWAYS,    NULL)
	SHOW(createdAt,         TIME, ALWAYS,    NULL))

ANSWER(media, "A generation",
	SHOW(id,                UUID, ALWAYS,    NULL)
	SHOW(userId,            UUID, ALWAYS,    NULL)
	SHOW(projectId,         UUID, ALWAYS,    NULL)
	SHOW(mediaType,         WORD, ALWAYS,    "IMAGE|AUDIO|MUSIC|VIDEO")
	SHOW(prompt,            TEXT, ALWAYS,    NULL)
	SHOW(parameters,        ANY,  ALWAYS,    NULL)
	SHOW(status,            WORD, ALWAYS,    "PENDING|PROCESSING|SUCCEEDED|FAILED")
	SHOW(errorMessage,      TEXT, NULLABLE,  NULL)
	SHOW(operationId,       TEXT, NULLABLE,  NULL)
	SHOW(progress,          INT,  ALWAYS,    NULL)
	SHOW_PART(results,      LIST, ALWAYS,    media_result)
	SHOW(createdAt,         TIME, ALWAYS,    NULL)
	SHOW(updatedAt,         TIME, ALWAYS,    NULL)
	SHOW(startedAt,         TIME, NULLABLE,  NULL)
	SHOW(finishedAt,        TIME, NULLABLE,  NULL))

ANSWER(media_page, "A page of generations",
	SHOW_PART(data,         LIST,   ALWAYS,  media)
	SHOW_PART(meta,         OBJECT, ALWAYS,  page_meta))

ANSWER(cursor_meta, "Where a reader by cursor stands; nextCursor is null at the end of the list",
	SHOW(itemCount,         INT,  ALWAYS,    NULL)
	SHOW(itemsPerPage,      INT,  ALWAYS,    NULL)
	SHOW(nextCursor,        TEXT, NULLABLE,  NULL))

ANSWER(media_stretch, "Generations from a cursor on",
	SHOW_PART(data,         LIST,   ALWAYS,  media)
	SHOW_PART(meta,         OBJECT, ALWAYS,  cursor_meta))

EITHER(media_history, "A page; or, when `cursor` is given (empty for the start), what follows it", media_page, media_stretch)

ANSWER(model_limits, "What one request may ask of a model, beyond the bounds of its fields",
	SHOW(sampleCount,       INT,  ALWAYS,    NULL)
	SHOW(maxSeconds,        INT,  NULLABLE,  NULL)
	SHOW(aspectRatios,      TEXTS, ALWAYS,   NULL)
	SHOW(imageSizes,        TEXTS, ALWAYS,   NULL)
	SHOW(referenceImages,   INT,  NULLABLE,  NULL)
	SHOW(abilities,         TEXTS, ALWAYS,   NULL))

ANSWER(price, "What `per` units cost; `micros` exactly, in millionths of the currency. An estimate, unless an admin set it",
	SHOW(amount,            NUMBER, ALWAYS,  NULL)
	SHOW(currency,          TEXT, ALWAYS,    "=USD")
	SHOW(unit,              WORD, ALWAYS,    "image|second|clip|song|character")
	SHOW(per,               INT,  ALWAYS,    NULL)
	SHOW(micros,            INT,  ALWAYS,    NULL)
	SHOW(estimate,          FLAG, ALWAYS,    NULL))

ANSWER(model, "An id that `model` may name; in an alias * stands for anything. One that is there twice means another model for images of more than 1K, or for upscales",
	SHOW(id,                TEXT, ALWAYS,    NULL)
	SHOW(mediaType,         WORD, ALWAYS,    "IMAGE|AUDIO|MUSIC|VIDEO")
	SHOW(alias,             FLAG, ALWAYS,    NULL)
	SHOW(servedBy,          TEXT, ALWAYS,    NULL)
	SHOW(method,            TEXT, ALWAYS,    NULL)
	SHOW(default,           FLAG, ALWAYS,    NULL)
	SHOW_PART(limits,       OBJECT, ALWAYS,  model_limits)
	SHOW_PART(price,        OBJECT, NULLABLE, price))

LIST_OF(models, "All ids, in the order in which they count", model)

ANSWER(usage_limits, "The most of a day; null: no limit",
	SHOW(micros,            INT,  NULLABLE,  NULL)
	SHOW(generations,       INT,  NULLABLE,  NULL))

ANSWER(usage_sums, "What generations came to",
	SHOW(generations,       INT,  ALWAYS,    NULL)
	SHOW(results,           INT,  ALWAYS,    NULL)
	SHOW(reservedMicros,    INT,  ALWAYS,    NULL)
	SHOW(spentMicros,       INT,  ALWAYS,    NULL))

ANSWER(usage_day, "A day of UTC",
	SHOW(day,               TEXT, ALWAYS,    NULL)
	SHOW(generations,       INT,  ALWAYS,    NULL)
	SHOW(results,           INT,  ALWAYS,    NULL)
	SHOW(reservedMicros,    INT,  ALWAYS,    NULL)
	SHOW(spentMicros,       INT,  ALWAYS,    NULL))

ANSWER(usage_project, "One project",
	SHOW(projectId,         UUID, ALWAYS,    NULL)
	SHOW(generations,       INT,  ALWAYS,    NULL)
	SHOW(results,           INT,  ALWAYS,    NULL)
	SHOW(reservedMicros,    INT,  ALWAYS,    NULL)
	SHOW(spentMicros,       INT,  ALWAYS,    NULL))

ANSWER(usage_model, "One model: generations by the one that was called, the rest by the one that made it",
	SHOW(model,             TEXT, ALWAYS,    NULL)
	SHOW(generations,       INT,  ALWAYS,    NULL)
	SHOW(results,           INT,  ALWAYS,    NULL)
	SHOW(reservedMicros,    INT,  ALWAYS,    NULL)
	SHOW(spentMicros,       INT,  ALWAYS,    NULL))

ANSWER(usage, "What the caller's generations cost, in millionths of a US dollar; a generation belongs to the day on which it was asked for",
	SHOW(day,               TEXT, ALWAYS,    NULL)
	SHOW(resetsAt,          TIME, ALWAYS,    NULL)
	SHOW_PART(today,        OBJECT, ALWAYS,  usage_sums)
	SHOW_PART(limits,       OBJECT, ALWAYS,  usage_limits)
	SHOW_PART(left,         OBJECT, ALWAYS,  usage_limits)
	SHOW(from,              TEXT, ALWAYS,    NULL)
	SHOW(to,                TEXT, ALWAYS,    NULL)
	SHOW_PART(byDay,        LIST, ALWAYS,    usage_day)
	SHOW_PART(byProject,    LIST, ALWAYS,    usage_project)
	SHOW_PART(byModel,      LIST, ALWAYS,    usage_model))

ANSWER(usage_entry, "A user, a project or a model; its name is null where it was deleted",
	SHOW(id,                TEXT, ALWAYS,    NULL)
	SHOW(name,              TEXT, NULLABLE,  NULL)
	SHOW(generations,       INT,  ALWAYS,    NULL)
	SHOW(results,           INT,  ALWAYS,    NULL)
	SHOW(reservedMicros,    INT,  ALWAYS,    NULL)
	SHOW(spentMicros,       INT,  ALWAYS,    NULL)
	SHOW_PART(limits,       OBJECT, NULLABLE, usage_limits))

ANSWER(usage_page, "Who cost most, first",
	SHOW_PART(data,         LIST,   ALWAYS,  usage_entry)
	SHOW_PART(meta,         OBJECT, ALWAYS,  page_meta))

ANSWER(quota, "The limits that hold for a user or a project from now on",
	SHOW(userId,            UUID, NULLABLE,  NULL)
	SHOW(projectId,         UUID, NULLABLE,  NULL)
	SHOW_PART(limits,       OBJECT, ALWAYS,  usage_limits))

ANSWER(model_price, "What `per` units of a model cost, in millionths of a US dollar; an estimate, unless an admin set it",
	SHOW(model,             TEXT, ALWAYS,    NULL)
	SHOW(mediaType,         WORD, ALWAYS,    "IMAGE|AUDIO|MUSIC|VIDEO")
	SHOW(unit,              WORD, ALWAYS,    "image|second|clip|song|character")
	SHOW(per,               INT,  ALWAYS,    NULL)
	SHOW(micros,            INT,  ALWAYS,    NULL)
	SHOW(listMicros,        INT,  ALWAYS,    NULL)
	SHOW(estimate,          FLAG, ALWAYS,    NULL)
	SHOW(updatedAt,         TIME, NULLABLE,  NULL))

LIST_OF(model_prices, "All models", model_price)

ANSWER(operation, "What a video is polled by",
	SHOW(operationId,       UUID, ALWAYS,    NULL))

RAW(content, "The bytes of an object, or of a range of it", "image/jpeg|image/png|image/webp|audio/wav|audio/mpeg|audio/ogg|video/mp4|application/octet-stream")

/* ---- section 6 ---- */
ANSWER(signed_url, "Where the object can be had without a token, for a while",
	SHOW(signedUrl,         URL,  ALWAYS,    NULL))

ANSWER(uploaded_file, "An uploaded file: its name for further requests, and where it can be had",
	SHOW(gcsUri,            TEXT, ALWAYS,    NULL)
	SHOW(signedUrl,         URL,  NULLABLE,  NULL))

ANSWER(uploaded_files, "The uploaded files, in the order of the form",
	SHOW_PART(files,        LIST, ALWAYS,    uploaded_file))

/* ---- section 7 ---- */
ANSWER(media_event, "The data of an event `media-generation-update`",
	SHOW(mediaGenerationId, UUID, ALWAYS,    NULL)
	SHOW(status,            WORD, ALWAYS,    "PENDING|PROCESSING|SUCCEEDED|FAILED")
	SHOW(progress,          INT,  ALWAYS,    NULL)
	SHOW_PART(results,      LIST, SOMETIMES, media_result)
	SHOW(error,             TEXT, SOMETIMES, NULL)
	SHOW(eventId,           INT,  ALWAYS,    NULL))

RAW(events, "A stream without an end. Events `media-generation-update` (their data: schema MediaEvent) come one after the other, none is lost over a reconnect; "
	"`resync` tells that the asked position is not kept any more, and from where on events come; `end` tells a reason before the stream is closed",
	"text/event-stream")

ANSWER(webhook, "Where the caller's events are sent to",
	SHOW(id,                UUID, ALWAYS,    NULL)
	SHOW(url,               URL,  ALWAYS,    NULL)
	SHOW(description,       TEXT, ALWAYS,    NULL)
	SHOW(finalOnly,         FLAG, ALWAYS,    NULL)
	SHOW(enabled,           FLAG, ALWAYS,    NULL)
	SHOW(disabledReason,    WORD, NULLABLE,  "owner|failing|gone")
	SHOW(failures,          INT,  ALWAYS,    NULL)
	SHOW(failingSince,      TIME, NULLABLE,  NULL)
	SHOW(lastDeliveredAt,   TIME, NULLABLE,  NULL)
	SHOW(oldSecretUntil,    TIME, NULLABLE,  NULL)
	SHOW(createdAt,         TIME, ALWAYS,    NULL)
	SHOW(updatedAt,         TIME, ALWAYS,    NULL))

LIST_OF(webhooks, "The caller's webhooks, oldest first", webhook)

ANSWER(webhook_secret, "A webhook with its secret, which is not shown again",
	SHOW(id,                UUID, ALWAYS,    NULL)
	SHOW(url,               URL,  ALWAYS,    NULL)
	SHOW(description,       TEXT, ALWAYS,    NULL)
	SHOW(finalOnly,         FLAG, ALWAYS,    NULL)
	SHOW(enabled,           FLAG, ALWAYS,    NULL)
	SHOW(disabledReason,    WORD, NULLABLE,  "owner|failing|gone")
	SHOW(failures,          INT,  ALWAYS,    NULL)
	SHOW(failingSince,      TIME, NULLABLE,  NULL)
	SHOW(lastDeliveredAt,   TIME, NULLABLE,  NULL)
	SHOW(oldSecretUntil,    TIME, NULLABLE,  NULL)
	SHOW(createdAt,         TIME, ALWAYS,    NULL)
	SHOW(updatedAt,         TIME, ALWAYS,    NULL)
	SHOW(secret,            TEXT, ALWAYS,    NULL))

ANSWER(delivery, "An event on its way to a webhook; `payload` is null in lists",
	SHOW(id,                UUID, ALWAYS,    NULL)
	SHOW(webhookId,         UUID, ALWAYS,    NULL)
	SHOW(messageId,         TEXT, ALWAYS,    NULL)
	SHOW(type,              WORD, ALWAYS,    "media-generation-update|webhook-test")
	SHOW(mediaGenerationId, UUID, NULLABLE,  NULL)
	SHOW(eventId,           INT,  NULLABLE,  NULL)
	SHOW(state,             WORD, ALWAYS,    "waiting|delivered|dead")
	SHOW(attempts,          INT,  ALWAYS,    NULL)
	SHOW(status,            INT,  NULLABLE,  NULL)
	SHOW(error,             TEXT, NULLABLE,  NULL)
	SHOW(createdAt,         TIME, ALWAYS,    NULL)
	SHOW(lastAttemptAt,     TIME, NULLABLE,  NULL)
	SHOW(nextAttemptAt,     TIME, NULLABLE,  NULL)
	SHOW(finishedAt,        TIME, NULLABLE,  NULL)
	SHOW(payload,           ANY,  NULLABLE,  NULL))

ANSWER(delivery_page, "A page of deliveries, newest first",
	SHOW_PART(data,         LIST,   ALWAYS,  delivery)
	SHOW_PART(meta,         OBJECT, ALWAYS,  page_meta))
ANSWER(socket_refusal, "Why Engine.IO does not take a request: its number, and its text",
	SHOW(code,              INT,  ALWAYS,    NULL)
	SHOW(message,           TEXT, ALWAYS,    NULL))
RAW(socket, "Packets of Engine.IO, with U+001E between them", "text/plain")

/* ---- section 8 ---- */
ANSWER(job_attempt, "One time that Google may have been asked",
	SHOW(attempt,           INT,  ALWAYS,    NULL)
	SHOW(beganAt,           TIME, ALWAYS,    NULL)
	SHOW(endedAt,           TIME, NULLABLE,  NULL)
	SHOW(outcome,           WORD, NULLABLE,  "finished|running|retried|unclear|failed|lost|cancelled")
	SHOW(code,              TEXT, NULLABLE,  NULL)
	SHOW(message,           TEXT, NULLABLE,  NULL))

ANSWER(job, "What makes a generation; `attempts` is null in lists",
	SHOW(id,                UUID, ALWAYS,    NULL)
	SHOW(generationId,      UUID, ALWAYS,    NULL)
	SHOW(userId,            UUID, ALWAYS,    NULL)
	SHOW(projectId,         UUID, ALWAYS,    NULL)
	SHOW(kind,              WORD, ALWAYS,    "IMAGE|AUDIO|MUSIC|VIDEO")
	SHOW(state,             WORD, ALWAYS,    "queued|starting|running|unclear|succeeded|failed|cancelled")
	SHOW(model,             TEXT, ALWAYS,    NULL)
	SHOW(servedModel,       TEXT, NULLABLE,  NULL)
	SHOW(operation,         TEXT, NULLABLE,  NULL)
	SHOW(attempt,           INT,  ALWAYS,    NULL)
	SHOW(maxAttempts,       INT,  ALWAYS,    NULL)
	SHOW(polls,             INT,  ALWAYS,    NULL)
	SHOW(code,              TEXT, NULLABLE,  NULL)
	SHOW(message,           TEXT, NULLABLE,  NULL)
	SHOW(requestId,         TEXT, ALWAYS,    NULL)
	SHOW(leased,            FLAG, ALWAYS,    NULL)
	SHOW(runAt,             TIME, ALWAYS,    NULL)
	SHOW(createdAt,         TIME, ALWAYS,    NULL)
	SHOW(updatedAt,         TIME, ALWAYS,    NULL)
	SHOW(finishedAt,        TIME, NULLABLE,  NULL)
	SHOW_PART(attempts,     LIST, NULLABLE,  job_attempt))

ANSWER(job_page, "A page of jobs, newest first",
	SHOW_PART(data,         LIST,   ALWAYS,  job)
	SHOW_PART(meta,         OBJECT, ALWAYS,  page_meta))

ANSWER(stats_queue, "Open jobs by state",
	SHOW(queued,            INT,  ALWAYS,    NULL)
	SHOW(starting,          INT,  ALWAYS,    NULL)
	SHOW(running,           INT,  ALWAYS,    NULL)
	SHOW(unclear,           INT,  ALWAYS,    NULL)
	SHOW(oldestQueuedAt,    TIME, NULLABLE,  NULL))

ANSWER(stats_rate, "How many jobs in that time",
	SHOW(created,           INT,  ALWAYS,    NULL)
	SHOW(succeeded,         INT,  ALWAYS,    NULL)
	SHOW(failed,            INT,  ALWAYS,    NULL)
	SHOW(cancelled,         INT,  ALWAYS,    NULL))

ANSWER(stats_latency, "From the request to its results: of the newest 10000 jobs that succeeded in the last day",
	SHOW(jobs,              INT,  ALWAYS,    NULL)
	SHOW(p50Ms,             INT,  NULLABLE,  NULL)
	SHOW(p95Ms,             INT,  NULLABLE,  NULL))

ANSWER(stats_kind, "The figures of one kind of media",
	SHOW(kind,              WORD, ALWAYS,    "IMAGE|AUDIO|MUSIC|VIDEO")
	SHOW_PART(queue,        OBJECT, ALWAYS,  stats_queue)
	SHOW_PART(lastHour,     OBJECT, ALWAYS,  stats_rate)
	SHOW_PART(lastDay,      OBJECT, ALWAYS,  stats_rate)
	SHOW_PART(latency,      OBJECT, ALWAYS,  stats_latency))

ANSWER(stats, "What there is to do, and how fast it is done",
	SHOW(timestamp,         TIME, ALWAYS,    NULL)
	SHOW_PART(kinds,        LIST, ALWAYS,    stats_kind))

ANSWER(queue_kind, "One kind of media in the queue",
	SHOW(kind,              WORD, ALWAYS,    "IMAGE|AUDIO|MUSIC|VIDEO")
	SHOW(paused,            FLAG, ALWAYS,    NULL)
	SHOW(waiting,           INT,  ALWAYS,    NULL)
	SHOW(inFlight,          INT,  ALWAYS,    NULL))

ANSWER(queue_model, "A model that has jobs, is paused or has a limit of its own",
	SHOW(model,             TEXT, ALWAYS,    NULL)
	SHOW(paused,            FLAG, ALWAYS,    NULL)
	SHOW(concurrency,       INT,  NULLABLE,  NULL)
	SHOW(waiting,           INT,  ALWAYS,    NULL)
	SHOW(inFlight,          INT,  ALWAYS,    NULL))

ANSWER(queue, "What waits and what is under way, over all hosts",
	SHOW(timestamp,         TIME, ALWAYS,    NULL)
	SHOW(paused,            FLAG, ALWAYS,    NULL)
	SHOW(waiting,           INT,  ALWAYS,    NULL)
	SHOW(inFlight,          INT,  ALWAYS,    NULL)
	SHOW(usersWaiting,      INT,  ALWAYS,    NULL)
	SHOW_PART(kinds,        LIST, ALWAYS,    queue_kind)
	SHOW_PART(models,       LIST, ALWAYS,    queue_model))

ANSWER(audit_event, "A security event. `userId` did it, or is whose account it was tried on",
	SHOW(id,                INT,  ALWAYS,    NULL)
	SHOW(at,                TIME, ALWAYS,    NULL)
	SHOW(event,             TEXT, ALWAYS,    NULL)
	SHOW(userId,            UUID, NULLABLE,  NULL)
	SHOW(address,           TEXT, ALWAYS,    NULL)
	SHOW(detail,            ANY,  NULLABLE,  NULL))

ANSWER(audit_page, "A page of security events, newest first",
	SHOW_PART(data,         LIST,   ALWAYS,  audit_event)
	SHOW_PART(meta,         OBJECT, ALWAYS,  page_meta))

ANSWER(health, "The process is alive",
	SHOW(status,            TEXT, ALWAYS,    "=ok")
	SHOW(timestamp,         TIME, ALWAYS,    NULL))

ANSWER(readiness, "Whether every actor and the database answer",
	SHOW(status,            WORD, ALWAYS,    "ready|unavailable")
	SHOW(timestamp,         TIME, ALWAYS,    NULL)
	SHOW(checks,            ANY,  ALWAYS,    NULL))

RAW(openapi, "This document: OpenAPI 3.1", "application/json")
RAW(docs_page, "An interactive page", "text/html")
RAW(docs_script, "A script of it", "text/javascript")
RAW(docs_style, "Its style", "text/css")

#undef ANSWER
#undef SHOW
#undef SHOW_PART
#undef LIST_OF
#undef EITHER
#undef RAW
