/* proto/prose.tbl.h - what the fields of bodies.tbl.h and answers.tbl.h mean, for whoever reads the
 * API: a field has one meaning wherever it stands, unless a row names its body or answer too.
 * A field whose name says it all has no row. The includer defines the macros; this file undefines
 * them at its end.
 *
 *     PROSE(field, example, text)          example: JSON, or NULL
 *     PROSE_IN(owner, field, example, text)   owner: a body or an answer; it comes first */

/* ---- everywhere ---- */
PROSE(page,               "1",    "The first page is 1")
PROSE(limit,              "10",   "Entries of a page, 10 where nothing is said")
PROSE(createdAt,          NULL,   "ISO 8601 with milliseconds, in UTC")
PROSE(timestamp,          NULL,   "When this was answered")

/* ---- errors ---- */
PROSE(statusCode,         "400",  "The HTTP status again")
PROSE(requestId,          NULL,   "The X-Request-Id of this answer: name it when you ask for help")
PROSE_IN(error, message,  "\"prompt must not be empty\"", "All problems in one line, for people")
PROSE_IN(error, code,     "\"VALIDATION_ERROR\"", "What went wrong, for programs")
PROSE_IN(error, errors,   NULL,   "Every problem of the request, or null")
PROSE_IN(error, path,     "\"/api/media/image\"", "What was asked for")
PROSE_IN(error_entry, field, "\"prompt\"", "Which field; a dotted path inside of lists and objects")
PROSE_IN(error_entry, code, "\"isNotEmpty\"", "Which rule it breaks")
PROSE_IN(problem, type,   NULL,   "Always about:blank: `code` says what went wrong")
PROSE_IN(problem, detail, NULL,   "All problems in one line, for people")
PROSE_IN(problem, code,   "\"VALIDATION_ERROR\"", "What went wrong, for programs")

/* ---- accounts ---- */
PROSE(email,              "\"ada@example.com\"", "Letter case does not count")
PROSE(password,           "\"Correct-Horse-9\"", "With an upper-case letter, a lower-case letter and a digit or symbol; none of the common ones")
PROSE_IN(login, password, "\"Correct-Horse-9\"", "The account's password")
PROSE(inviteCode,         NULL,   "Where this server asks for one")
PROSE(refreshToken,       NULL,   "Spent by its first use")
PROSE(refresh_token,      NULL,   "Another name of refreshToken")
PROSE(access_token,       NULL,   "For `Authorization: Bearer`")
PROSE(accessToken,        NULL,   "Another name of access_token")
PROSE(expiresIn,          "900",  "Seconds until the access token expires")
PROSE(role,               "\"USER\"", "What this person may do")

/* ---- projects ---- */
PROSE(googleProjectId,    "\"my-project-1\"", "Id of a Google Cloud project")
PROSE(projectId,          NULL,   "Of an existing project")

/* ---- media ---- */
PROSE(prompt,             "\"a red boat on a lake\"", "What is to be made")
PROSE_IN(audio, prompt,   "\"Good morning!\"", "The text to be spoken; its bytes count")
PROSE(negativePrompt,     NULL,   "What is to be kept out, where the model can do that")
PROSE(mediaType,          NULL,   "Which kind of medium")
PROSE(model,              NULL,   "A model's id, also an older one: see the list of models")
PROSE(aspectRatio,        "\"16:9\"", "Width to height")
PROSE(width,              NULL,   "Pixels; with height, the nearest aspect ratio is made")
PROSE(height,             NULL,   "Pixels; with width, the nearest aspect ratio is made")
PROSE(sampleCount,        "1",    "How many results")
PROSE(seed,               NULL,   "The same seed gives like results, where the model can do that")
PROSE(steps,              NULL,   "Recorded; today's models have none")
PROSE(style,              NULL,   "A word or two that are told the model with the prompt")
PROSE(language,           "\"en-US\"", "A BCP 47 tag")
PROSE(enhancePrompt,      NULL,   "The model may rewrite the prompt")
PROSE(addWatermark,       NULL,   "An invisible one")
PROSE(personGeneration,   NULL,   "Which people may be seen")
PROSE(allowPeopleAndFaces, NULL,  "Older form of personGeneration")
PROSE(safetySetting,      NULL,   "How much is filtered")
PROSE(compressionQuality, NULL,   "Of image/jpeg")
PROSE(referenceData,      NULL,   "Pictures that the model keeps to")
PROSE(referenceImage,     NULL,   "A picture to start from")
PROSE(lastFrame,          NULL,   "A picture to end with")
PROSE(gcsUri,             "\"gs://bucket/object.png\"", "An object of your own: a result or an upload")
PROSE(bytesBase64Encoded, NULL,   "The picture itself")
PROSE(durationSeconds,    NULL,   "How long it is to be")
PROSE_IN(video, durationSeconds, "8", "Raised to what the model makes")
PROSE_IN(audio, durationSeconds, NULL, "Recorded; a text takes its time")
PROSE(generateAudio,      NULL,   "With sound")
PROSE(genre,              "\"AMBIENT\"", "Letter case does not count")
PROSE(instrument,         "\"piano\"", "One to be heard")
PROSE(tempo,              "120",  "Beats a minute, or 0.1 (slow) to 1 (fast)")
PROSE(voice,              "\"Kore\"", "A Chirp 3 HD voice or its short name")
PROSE(audioStyle,         NULL,   "A voice, or a word for how to speak")
PROSE(speed,              "1",    "1 is as usual")
PROSE(volumeGain,         "0",    "Decibels")
PROSE(audioSampleRate,    NULL,   "Hertz; recorded where the encoding has one only")
PROSE(search,             NULL,   "Found anywhere in it, whatever the letter case; % and _ mean themselves")
PROSE(from,               NULL,   "Made at or after: an ISO 8601 date or time")
PROSE(to,                 NULL,   "Made before the end of it: an ISO 8601 date or time")
PROSE(parameters,         NULL,   "What was asked for, less the bytes of pictures")
PROSE(errorMessage,       NULL,   "Why it failed; null where it did not")
PROSE(operationId,        NULL,   "Google's name of the work, where it has one")
PROSE(progress,           "100",  "Per cent")
PROSE(results,            NULL,   "What was made; empty until it is")
PROSE(resultUrl,          NULL,   "A signed URL: whoever has it may read the object until it expires")
PROSE_IN(media_result, metadata, NULL, "index, mimeType, originalGcsUri, model, size and, where known, dimensions or seconds")

/* ---- ops ---- */
PROSE_IN(readiness, checks, NULL, "up or down, by part")

#undef PROSE
#undef PROSE_IN
