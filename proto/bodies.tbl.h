/* proto/bodies.tbl.h - every request body and query of the HTTP API, declared once
 * (shared contract, sections 2, 4 and 5). The includer defines the macros; this file
 * undefines them at its end. A body that another names as a part comes before it.
 *
 *     BODY(name, rows)
 *     FIELD(name, kind, need, low, high, values, goes)
 *     PART(name, kind, need, low, high, body, goes)    an object, or a list of them
 *     ALIAS(name, of)                                  another name of the field `of`
 *     ONE_OF(a, b)                                     exactly one of two fields
 *
 * kind       low and high bound            values
 *   TEXT     characters
 *   BYTES    bytes of UTF-8
 *   INT      the value
 *   NUMBER   the value                     a second range "low-high", or NULL
 *   FLAG     -
 *   WORD     -                             "A|B|C"; letter case counts
 *   ANYCASE  -                             "A|B|C"; it does not
 *   UUID EMAIL PASSWORD  characters
 *   NAMED    characters                    a pattern by name: see named_ok in bodies.c
 *   OBJECT   -
 *   LIST     items
 *   FILE     files: the body is multipart/form-data, and has no other row
 *
 * need: REQUIRED, or OPTIONAL (then null is the same as absent).
 * goes: FIELDS   the handler takes it into a field of its message
 *       ECHO     into `parameters`, which the client sees again
 *       INLINE   into what the model gets, but not into the echo: bulky bytes */

/* ---- section 2: authentication ---- */
BODY(register,
	FIELD(email,         EMAIL,    REQUIRED, 3, 254, NULL, FIELDS)
	FIELD(password,      PASSWORD, REQUIRED, 8, 128, NULL, FIELDS)
	FIELD(firstName,     TEXT,     REQUIRED, 1, 100, NULL, FIELDS)
	FIELD(lastName,      TEXT,     REQUIRED, 1, 100, NULL, FIELDS)
	FIELD(inviteCode,    TEXT,     OPTIONAL, 0, 256, NULL, FIELDS))

BODY(login,
	FIELD(email,         EMAIL,    REQUIRED, 3, 254, NULL, FIELDS)
	FIELD(password,      TEXT,     REQUIRED, 1, 128, NULL, FIELDS))

BODY(refresh,
	FIELD(refreshToken,  BYTES,    REQUIRED, 1, 2048, NULL, FIELDS)
	ALIAS(refresh_token, refreshToken))

BODY(forgot_password,
	FIELD(email,         EMAIL,    REQUIRED, 3, 254, NULL, FIELDS))

BODY(reset_password,	/* with an e-mail only it is forgot_password */
	FIELD(token,         BYTES,    OPTIONAL, 1, 512, NULL, FIELDS)
	FIELD(password,      PASSWORD, OPTIONAL, 8, 128, NULL, FIELDS)
	FIELD(email,         EMAIL,    OPTIONAL, 3, 254, NULL, FIELDS)
	ONE_OF(token, email)
	ONE_OF(password, email))

BODY(change_password,
	FIELD(currentPassword, TEXT,   REQUIRED, 1, 128, NULL, FIELDS)
	FIELD(newPassword,   PASSWORD, REQUIRED, 8, 128, NULL, FIELDS))

/* ---- section 3: users ---- */
BODY(profile_change,
	FIELD(firstName,     TEXT,     OPTIONAL, 1, 100, NULL, FIELDS)
	FIELD(lastName,      TEXT,     OPTIONAL, 1, 100, NULL, FIELDS))

BODY(user_change,
	FIELD(firstName,     TEXT,     OPTIONAL, 1, 100, NULL, FIELDS)
	FIELD(lastName,      TEXT,     OPTIONAL, 1, 100, NULL, FIELDS)
	FIELD(email,         EMAIL,    OPTIONAL, 3, 254, NULL, FIELDS)
	FIELD(role,          WORD,     OPTIONAL, 0, 0, "ADMIN|USER", FIELDS))

BODY(user_query,
	FIELD(page,          INT,      OPTIONAL, 1, 1000000, NULL, FIELDS)
	FIELD(limit,         INT,      OPTIONAL, 1, 100, NULL, FIELDS)
	FIELD(search,        TEXT,     OPTIONAL, 0, 254, NULL, FIELDS)
	FIELD(role,          WORD,     OPTIONAL, 0, 0, "ADMIN|USER", FIELDS))

/* ---- section 4: projects ---- */
BODY(project_create,
	FIELD(name,            TEXT,   REQUIRED, 1, 100, NULL, FIELDS)
	FIELD(description,     TEXT,   OPTIONAL, 0, 500, NULL, FIELDS)
	FIELD(googleProjectId, NAMED,  OPTIONAL, 6, 30,  "google_project", FIELDS))

BODY(project_change,	/* null clears the last two */
	FIELD(name,            TEXT,   OPTIONAL, 1, 100, NULL, FIELDS)
	FIELD(description,     TEXT,   OPTIONAL, 0, 500, NULL, FIELDS)
	FIELD(googleProjectId, NAMED,  OPTIONAL, 6, 30,  "google_project", FIELDS))

BODY(project_query,
	FIELD(page,          INT,      OPTIONAL, 1, 1000000, NULL, FIELDS)
	FIELD(limit,         INT,      OPTIONAL, 1, 100,     NULL, FIELDS))

/* ---- section 5: media ---- */
BODY(source,		/* a picture that a model starts from */
	FIELD(gcsUri,             NAMED, OPTIONAL, 6, 1024,    "gs_uri", ECHO)
	FIELD(bytesBase64Encoded, NAMED, OPTIONAL, 4, 3000000, "base64", INLINE)
	FIELD(mimeType,           WORD,  OPTIONAL, 0, 0,       "image/png|image/jpeg|image/webp", ECHO)
	ONE_OF(gcsUri, bytesBase64Encoded))

BODY(reference,
	FIELD(referenceId,            INT,    OPTIONAL, 0, 2147483647, NULL, ECHO)
	FIELD(referenceType,          TEXT,   OPTIONAL, 0, 64,   NULL, ECHO)
	FIELD(secondaryReferenceType, TEXT,   OPTIONAL, 0, 64,   NULL, ECHO)
	FIELD(description,            TEXT,   OPTIONAL, 0, 1000, NULL, ECHO)
	PART( referenceImage,         OBJECT, REQUIRED, 0, 0,    source, ECHO))

BODY(image,
	FIELD(projectId,          UUID,   REQUIRED, 36, 36, NULL, FIELDS)
	FIELD(prompt,             TEXT,   REQUIRED, 1, 1000, NULL, FIELDS)
	FIELD(mediaType,          WORD,   OPTIONAL, 0, 0, "IMAGE", FIELDS)
	FIELD(model,              NAMED,  OPTIONAL, 1, 64, "model", ECHO)
	FIELD(negativePrompt,     TEXT,   OPTIONAL, 0, 1000, NULL, ECHO)
	FIELD(aspectRatio,        WORD,   OPTIONAL, 0, 0, "1:1|3:4|4:3|9:16|16:9", ECHO)
	FIELD(width,              INT,    OPTIONAL, 256, 1024, NULL, ECHO)
	FIELD(height,             INT,    OPTIONAL, 256, 1024, NULL, ECHO)
	FIELD(sampleCount,        INT,    OPTIONAL, 1, 4, NULL, ECHO)
	FIELD(seed,               INT,    OPTIONAL, 1, 2147483647, NULL, ECHO)
	FIELD(style,              TEXT,   OPTIONAL, 0, 100, NULL, ECHO)
	FIELD(steps,              INT,    OPTIONAL, 1, 100, NULL, ECHO)
	FIELD(language,           NAMED,  OPTIONAL, 2, 35, "language", ECHO)
	FIELD(enhancePrompt,      FLAG,   OPTIONAL, 0, 0, NULL, ECHO)
	FIELD(addWatermark,       FLAG,   OPTIONAL, 0, 0, NULL, ECHO)
	FIELD(personGeneration,   ANYCASE, OPTIONAL, 0, 0, "dont_allow|allow_adult|allow_all", ECHO)
	FIELD(allowPeopleAndFaces, FLAG,  OPTIONAL, 0, 0, NULL, ECHO)
	FIELD(safetySetting,      ANYCASE, OPTIONAL, 0, 0,
	    "block_low_and_above|block_medium_and_above|block_only_high|block_none|block_most|block_some|block_few|block_fewest", ECHO)
	FIELD(sampleImageSize,    ANYCASE, OPTIONAL, 0, 0, "512|1K|2K|4K", ECHO)
	FIELD(outputMimeType,     WORD,   OPTIONAL, 0, 0, "image/png|image/jpeg", ECHO)
	FIELD(compressionQuality, INT,    OPTIONAL, 0, 100, NULL, ECHO)
	PART( referenceData,      LIST,   OPTIONAL, 0, 4, reference, ECHO))

BODY(upscale,
	FIELD(projectId,          UUID,   REQUIRED, 36, 36, NULL, FIELDS)
	FIELD(prompt,             TEXT,   OPTIONAL, 0, 1000, NULL, FIELDS)
	FIELD(mediaType,          WORD,   OPTIONAL, 0, 0, "IMAGE", FIELDS)
	FIELD(model,              NAMED,  OPTIONAL, 1, 64, "model", ECHO)
	FIELD(negativePrompt,     TEXT,   OPTIONAL, 0, 1000, NULL, ECHO)
	FIELD(gcsUri,             NAMED,  REQUIRED, 6, 1024, "gs_uri", ECHO)
	FIELD(upscaleFactor,      WORD,   OPTIONAL, 0, 0, "x2|x4", ECHO))

BODY(video,
	FIELD(projectId,          UUID,   REQUIRED, 36, 36, NULL, FIELDS)
	FIELD(prompt,             TEXT,   REQUIRED, 1, 2000, NULL, FIELDS)
	FIELD(mediaType,          WORD,   OPTIONAL, 0, 0, "VIDEO", FIELDS)
	FIELD(model,              NAMED,  OPTIONAL, 1, 64, "model", ECHO)
	FIELD(negativePrompt,     TEXT,   OPTIONAL, 0, 1000, NULL, ECHO)
	FIELD(durationSeconds,    INT,    OPTIONAL, 1, 8, NULL, ECHO)
	FIELD(aspectRatio,        WORD,   OPTIONAL, 0, 0, "16:9|9:16", ECHO)
	FIELD(sampleCount,        INT,    OPTIONAL, 1, 4, NULL, ECHO)
	FIELD(enhancePrompt,      FLAG,   OPTIONAL, 0, 0, NULL, ECHO)
	FIELD(seed,               INT,    OPTIONAL, 1, 2147483647, NULL, ECHO)
	FIELD(personGeneration,   ANYCASE, OPTIONAL, 0, 0, "dont_allow|allow_adult|allow_all", ECHO)
	FIELD(resolution,         WORD,   OPTIONAL, 0, 0, "720p|1080p", ECHO)
	FIELD(generateAudio,      FLAG,   OPTIONAL, 0, 0, NULL, ECHO)
	PART( referenceImage,     OBJECT, OPTIONAL, 0, 0, source, ECHO)
	PART( lastFrame,          OBJECT, OPTIONAL, 0, 0, source, ECHO)
	PART( referenceData,      LIST,   OPTIONAL, 0, 4, reference, ECHO))

BODY(music,
	FIELD(projectId,          UUID,   REQUIRED, 36, 36, NULL, FIELDS)
	FIELD(prompt,             TEXT,   REQUIRED, 1, 2000, NULL, FIELDS)
	FIELD(mediaType,          WORD,   OPTIONAL, 0, 0, "MUSIC", FIELDS)
	FIELD(model,              NAMED,  OPTIONAL, 1, 64, "model", ECHO)
	FIELD(negativePrompt,     TEXT,   OPTIONAL, 0, 1000, NULL, ECHO)
	FIELD(genre,              ANYCASE, OPTIONAL, 0, 0, "POP|ROCK|JAZZ|CLASSICAL|ELECTRONIC|HIP_HOP|AMBIENT", ECHO)
	FIELD(instrument,         TEXT,   OPTIONAL, 0, 100, NULL, ECHO)
	FIELD(tempo,              NUMBER, OPTIONAL, 0.1, 1, "20-300", ECHO)
	FIELD(seed,               INT,    OPTIONAL, 1, 2147483647, NULL, ECHO)
	FIELD(sampleCount,        INT,    OPTIONAL, 1, 4, NULL, ECHO)
	FIELD(durationSeconds,    INT,    OPTIONAL, 1, 30, NULL, ECHO))

BODY(audio,
	FIELD(projectId,          UUID,   REQUIRED, 36, 36, NULL, FIELDS)
	FIELD(prompt,             BYTES,  REQUIRED, 1, 5000, NULL, FIELDS)
	FIELD(mediaType,          WORD,   OPTIONAL, 0, 0, "AUDIO", FIELDS)
	FIELD(model,              NAMED,  OPTIONAL, 1, 64, "model", ECHO)
	FIELD(negativePrompt,     TEXT,   OPTIONAL, 0, 1000, NULL, ECHO)
	FIELD(voice,              TEXT,   OPTIONAL, 0, 100, NULL, ECHO)
	FIELD(audioStyle,         TEXT,   OPTIONAL, 0, 100, NULL, ECHO)
	FIELD(language,           NAMED,  OPTIONAL, 2, 35, "language", ECHO)
	FIELD(speed,              NUMBER, OPTIONAL, 0.25, 2, NULL, ECHO)
	FIELD(volumeGain,         NUMBER, OPTIONAL, -96, 16, NULL, ECHO)
	FIELD(audioEncoding,      ANYCASE, OPTIONAL, 0, 0, "mp3|linear16|ogg_opus", ECHO)
	FIELD(audioSampleRate,    INT,    OPTIONAL, 8000, 48000, NULL, ECHO)
	FIELD(seed,               INT,    OPTIONAL, 1, 2147483647, NULL, ECHO)
	FIELD(durationSeconds,    NUMBER, OPTIONAL, 1, 3600, NULL, ECHO))

BODY(history_query,
	FIELD(page,          INT,      OPTIONAL, 1, 1000000, NULL, FIELDS)
	FIELD(limit,         INT,      OPTIONAL, 1, 100, NULL, FIELDS)
	FIELD(mediaType,     WORD,     OPTIONAL, 0, 0, "IMAGE|AUDIO|MUSIC|VIDEO", FIELDS)
	FIELD(status,        WORD,     OPTIONAL, 0, 0, "PENDING|PROCESSING|SUCCEEDED|FAILED", FIELDS)
	FIELD(projectId,     UUID,     OPTIONAL, 36, 36, NULL, FIELDS)
	FIELD(search,        TEXT,     OPTIONAL, 0, 1000, NULL, FIELDS)
	FIELD(from,          NAMED,    OPTIONAL, 10, 35, "time", FIELDS)
	FIELD(to,            NAMED,    OPTIONAL, 10, 35, "time", FIELDS)
	FIELD(cursor,        NAMED,    OPTIONAL, 0, 64, "cursor", FIELDS))	/* empty: from the newest on */

BODY(delete_query,
	FIELD(purge,         FLAG,     OPTIONAL, 0, 0, NULL, FIELDS))	/* what is stored, too */

BODY(operation_query,
	FIELD(operationId,   TEXT,     REQUIRED, 1, 128, NULL, FIELDS))

/* ---- costs ---- */
BODY(usage_query,
	FIELD(from,          NAMED,    OPTIONAL, 10, 35, "time", FIELDS)
	FIELD(to,            NAMED,    OPTIONAL, 10, 35, "time", FIELDS))

BODY(usage_admin_query,
	FIELD(page,          INT,      OPTIONAL, 1, 1000000, NULL, FIELDS)
	FIELD(limit,         INT,      OPTIONAL, 1, 100, NULL, FIELDS)
	FIELD(by,            WORD,     OPTIONAL, 0, 0, "user|project|model", FIELDS)
	FIELD(from,          NAMED,    OPTIONAL, 10, 35, "time", FIELDS)
	FIELD(to,            NAMED,    OPTIONAL, 10, 35, "time", FIELDS))

BODY(quota_change,
	FIELD(userId,        UUID,     OPTIONAL, 36, 36, NULL, FIELDS)
	FIELD(projectId,     UUID,     OPTIONAL, 36, 36, NULL, FIELDS)
	FIELD(dayMicros,     INT,      OPTIONAL, 0, 1000000000000000, NULL, FIELDS)
	FIELD(dayGenerations, INT,     OPTIONAL, 0, 1000000000, NULL, FIELDS)
	ONE_OF(userId, projectId))

BODY(price_change,
	FIELD(model,         NAMED,    REQUIRED, 1, 64, "model", FIELDS)
	FIELD(micros,        INT,      OPTIONAL, 0, 4000000000, NULL, FIELDS))

/* ---- section 7: events ---- */
BODY(events_query,
	FIELD(lastEventId,   INT,      OPTIONAL, 0, 9007199254740991, NULL, FIELDS))

/* ---- section 7: webhooks ---- */
BODY(webhook_create,
	FIELD(url,           NAMED,    REQUIRED, 11, 2048, "webhook_url", FIELDS)
	FIELD(description,   TEXT,     OPTIONAL, 0, 200, NULL, FIELDS)
	FIELD(finalOnly,     FLAG,     OPTIONAL, 0, 0, NULL, FIELDS))

BODY(webhook_change,
	FIELD(url,           NAMED,    OPTIONAL, 11, 2048, "webhook_url", FIELDS)
	FIELD(description,   TEXT,     OPTIONAL, 0, 200, NULL, FIELDS)
	FIELD(finalOnly,     FLAG,     OPTIONAL, 0, 0, NULL, FIELDS)
	FIELD(enabled,       FLAG,     OPTIONAL, 0, 0, NULL, FIELDS))

BODY(delivery_query,
	FIELD(page,          INT,      OPTIONAL, 1, 1000000, NULL, FIELDS)
	FIELD(limit,         INT,      OPTIONAL, 1, 100, NULL, FIELDS)
	FIELD(state,         WORD,     OPTIONAL, 0, 0, "waiting|delivered|dead", FIELDS))

/* ---- section 8: admin ---- */
BODY(job_query,
	FIELD(page,          INT,      OPTIONAL, 1, 1000000, NULL, FIELDS)
	FIELD(limit,         INT,      OPTIONAL, 1, 100, NULL, FIELDS)
	FIELD(state,         WORD,     OPTIONAL, 0, 0, "queued|starting|running|unclear|succeeded|failed|cancelled", FIELDS)
	FIELD(kind,          WORD,     OPTIONAL, 0, 0, "IMAGE|AUDIO|MUSIC|VIDEO", FIELDS)
	FIELD(userId,        UUID,     OPTIONAL, 36, 36, NULL, FIELDS))

BODY(queue_change,	/* neither kind nor model: everything */
	FIELD(kind,          WORD,     OPTIONAL, 0, 0, "IMAGE|AUDIO|MUSIC|VIDEO", FIELDS)
	FIELD(model,         TEXT,     OPTIONAL, 1, 64, NULL, FIELDS)
	FIELD(paused,        FLAG,     OPTIONAL, 0, 0, NULL, FIELDS)
	FIELD(concurrency,   INT,      OPTIONAL, 0, 100000, NULL, FIELDS))	/* null: as the setting says */

BODY(audit_query,
	FIELD(page,          INT,      OPTIONAL, 1, 1000000, NULL, FIELDS)
	FIELD(limit,         INT,      OPTIONAL, 1, 100, NULL, FIELDS)
	FIELD(event,         BYTES,    OPTIONAL, 1, 64, NULL, FIELDS)
	FIELD(userId,        UUID,     OPTIONAL, 36, 36, NULL, FIELDS)
	FIELD(from,          NAMED,    OPTIONAL, 10, 35, "time", FIELDS)
	FIELD(to,            NAMED,    OPTIONAL, 10, 35, "time", FIELDS))

/* ---- section 6: files ---- */
BODY(upload,
	FIELD(file,          FILE,     REQUIRED, 1, 1, NULL, FIELDS))

BODY(upload_multiple,
	FIELD(files,         FILE,     REQUIRED, 1, 10, NULL, FIELDS))

BODY(file_query,
	FIELD(gcsUri,        NAMED,    REQUIRED, 6, 1024, "gs_any", FIELDS))

BODY(no_query, )
BODY(no_body, )	/* nothing, or an object without fields */

#undef BODY
#undef FIELD
#undef PART
#undef ALIAS
#undef ONE_OF
