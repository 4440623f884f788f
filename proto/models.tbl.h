/* proto/models.tbl.h - which model is called for an id that a client sends, how,
 * where and within which limits (ids and their states change: this is data). The includer
 * defines the macros that it reads; the others are nothing. This file undefines all at its end.
 *
 *     METHOD(name, kind, prose)
 *     LENGTH(method, seconds)   one that it makes; ascending
 *     ABILITY(name, bit, text)  what a model can do or must have, as clients are told
 *     MODEL(id, method, location, samples, at once, time-out, abilities, price, per, unit)
 *     RATIOS(name, bit)         a set of shapes
 *     RATIO(set, text, width, height)   one of them; a model takes all of a set or none
 *     SIZE(name, bit, text)     a size of images; ascending
 *     IMAGES(id, ratios, sizes, references, MB)   what a model that makes images takes, beside its MODEL row
 *     SOURCE(method, MB)        what other models take of a picture that lies in storage
 *     SUCCESSOR(id, next)       what is asked instead where Google says that it has no such model
 *     ALIAS(asked, called)      `asked` may hold * ; the first row that fits wins, also before a model of that
 *                               id: such a one is reached by MODEL_ALIASES alone
 *     DEFAULT(kind, id)         what is called when the client names no model
 *     WITH_REFERENCES(kind, id) the same, when the request has reference images
 *     UPSCALE(kind, id)         the same, for an upscale
 *     UPSCALE_ALIAS(asked, called)   for an upscale, before the others
 *     LARGE_ALIAS(asked, called)     for an image of more than 1K, likewise
 *
 * location   "" is VERTEX_AI_LOCATION
 * samples    most results of one request
 * at once    calls that may be under way; more wait
 * time-out   of the call that starts it, seconds
 * abilities  ABLE_ and NEEDS_ bits, or 0
 * references most reference images; 0: none
 * MB         most of one that lies in storage; what comes with a request is smaller than any limit
 * price      list price in micro-dollars for `per` units; 0: none is known. All are estimates, from Google's price
 *            lists as they were: no API tells them. An admin sets others (PUT /api/admin/prices). Of several prices of
 *            a model that of its usual size, and of films with sound
 * unit       image, second (of a film), clip, song, character (of the text that is spoken). Speech of Gemini is
 *            charged by tokens of sound: 25 a second, and a character takes about 1/15 s */

#ifndef METHOD
#define METHOD(name, kind, prose)
#endif
#ifndef LENGTH
#define LENGTH(method, seconds)
#endif
#ifndef ABILITY
#define ABILITY(name, bit, text)
#endif
#ifndef MODEL
#define MODEL(id, method, location, samples, at_once, timeout, able, price, per, unit)
#endif
#ifndef RATIOS
#define RATIOS(name, bit)
#endif
#ifndef RATIO
#define RATIO(set, text, width, height)
#endif
#ifndef SIZE
#define SIZE(name, bit, text)
#endif
#ifndef IMAGES
#define IMAGES(id, ratios, sizes, references, megabytes)
#endif
#ifndef SOURCE
#define SOURCE(method, megabytes)
#endif
#ifndef SUCCESSOR
#define SUCCESSOR(id, next)
#endif
#ifndef ALIAS
#define ALIAS(asked, called)
#endif
#ifndef UPSCALE_ALIAS
#define UPSCALE_ALIAS(asked, called)
#endif
#ifndef LARGE_ALIAS
#define LARGE_ALIAS(asked, called)
#endif
#ifndef DEFAULT
#define DEFAULT(kind, id)
#endif
#ifndef WITH_REFERENCES
#define WITH_REFERENCES(kind, id)
#endif
#ifndef UPSCALE
#define UPSCALE(kind, id)
#endif

METHOD(imagen_predict,    IMAGE, "Vertex AI :predict, written to storage by Google")
METHOD(gemini_image,      IMAGE, "Vertex AI :generateContent, a call per image, image inline")
METHOD(imagen_upscale,    IMAGE, "Vertex AI :predict in mode upscale, written to storage by Google")
METHOD(veo_operation,     VIDEO, "Vertex AI :predictLongRunning, polled")
METHOD(omni_interaction,  VIDEO, "Vertex AI Interactions, written to storage by Google, polled")
METHOD(lyria_predict,     MUSIC, "Vertex AI :predict, audio inline")
METHOD(lyria_interaction, MUSIC, "Vertex AI Interactions, audio inline")
METHOD(speech_synthesize, AUDIO, "Cloud Text-to-Speech text:synthesize, audio inline")
METHOD(speech_prompted,   AUDIO, "Cloud Text-to-Speech text:synthesize with a Gemini model, audio inline")
METHOD(gemini_speech,     AUDIO, "Vertex AI :generateContent, audio inline")

LENGTH(veo_operation, 4)
LENGTH(veo_operation, 6)
LENGTH(veo_operation, 8)
LENGTH(omni_interaction, 3)	/* to 10: a request asks for 8 at most */
LENGTH(omni_interaction, 4)
LENGTH(omni_interaction, 5)
LENGTH(omni_interaction, 6)
LENGTH(omni_interaction, 7)
LENGTH(omni_interaction, 8)
LENGTH(lyria_predict, 30)	/* cut to what is asked for */
LENGTH(lyria_interaction, 30)

SOURCE(imagen_upscale,   10)
SOURCE(veo_operation,    20)
SOURCE(omni_interaction, 30)	/* as other Gemini models: Google names no size */

ABILITY(ABLE_ENHANCE,      1, "enhancePrompt")
ABILITY(THINKS_LESS,       2, "enhancePrompt false: thinks less")
ABILITY(ABLE_NEGATIVE,     4, "negativePrompt as a parameter")	/* others: as a sentence of the prompt */
ABILITY(ABLE_REFERENCES,   8, "reference images")
ABILITY(ABLE_1080P,       16, "resolution 1080p")
ABILITY(NEEDS_REFERENCES, 32, "reference images are needed")
ABILITY(ABLE_UPSCALE,     64, "upscaleFactor x2, x4")
ABILITY(ALWAYS_MARKED,   128, "always with a watermark, without seed")
ABILITY(ABLE_WEBP,       256, "reference images in WebP")
ABILITY(ABLE_LENGTH,    4096, "durationSeconds, in words")
ABILITY(ABLE_STYLE,     8192, "audioStyle, in words")

MODEL("imagen-4.0-generate-001",       imagen_predict, "", 4, 16, 120, ABLE_ENHANCE, 40000, 1, "image")
MODEL("imagen-4.0-fast-generate-001",  imagen_predict, "", 4, 16, 120, ABLE_ENHANCE, 20000, 1, "image")
MODEL("imagen-4.0-ultra-generate-001", imagen_predict, "", 4,  8, 120, ABLE_ENHANCE, 60000, 1, "image")
MODEL("imagen-3.0-generate-002",       imagen_predict, "", 4, 16, 120, ABLE_ENHANCE, 40000, 1, "image")
MODEL("imagen-3.0-generate-001",       imagen_predict, "", 4, 16, 120, ABLE_NEGATIVE, 40000, 1, "image")
MODEL("imagen-3.0-fast-generate-001",  imagen_predict, "", 4, 16, 120, ABLE_NEGATIVE, 20000, 1, "image")
MODEL("imagen-3.0-capability-001",     imagen_predict, "", 4,  8, 120, ABLE_NEGATIVE | ABLE_REFERENCES | NEEDS_REFERENCES, 40000, 1, "image")

MODEL("gemini-nano-banana-2.1",        gemini_image, "global", 4, 16, 300, GEMINI_IMAGE | THINKS_LESS, 67000, 1, "image")
MODEL("gemini-3.1-flash-image",        gemini_image, "global", 4, 16, 300, GEMINI_IMAGE, 67000, 1, "image")
MODEL("gemini-3-pro-image",            gemini_image, "global", 4,  8, 300, GEMINI_IMAGE, 134000, 1, "image")
MODEL("gemini-3.1-flash-lite-image",   gemini_image, "global", 4, 16, 300, GEMINI_IMAGE, 39000, 1, "image")
MODEL("gemini-2.5-flash-image",        gemini_image, "global", 4, 16, 300, GEMINI_IMAGE, 39000, 1, "image")

MODEL("imagen-4.0-upscale-preview",    imagen_upscale, "", 1,  8, 120, ABLE_UPSCALE, 60000, 1, "image")

RATIOS(RATIOS_USUAL,   1)
RATIOS(RATIOS_MORE,    2)
RATIOS(RATIOS_EXTREME, 4)
RATIOS(RATIO_TALLEST,  8)

RATIO(RATIOS_USUAL,   "1:1",   1,  1)
RATIO(RATIOS_USUAL,   "3:4",   3,  4)
RATIO(RATIOS_USUAL,   "4:3",   4,  3)
RATIO(RATIOS_USUAL,   "9:16",  9, 16)
RATIO(RATIOS_USUAL,   "16:9", 16,  9)
RATIO(RATIOS_MORE,    "2:3",   2,  3)
RATIO(RATIOS_MORE,    "3:2",   3,  2)
RATIO(RATIOS_MORE,    "4:5",   4,  5)
RATIO(RATIOS_MORE,    "5:4",   5,  4)
RATIO(RATIOS_MORE,    "21:9", 21,  9)
RATIO(RATIOS_EXTREME, "1:4",   1,  4)
RATIO(RATIOS_EXTREME, "4:1",   4,  1)
RATIO(RATIOS_EXTREME, "1:8",   1,  8)
RATIO(RATIOS_EXTREME, "8:1",   8,  1)
RATIO(RATIO_TALLEST,  "9:21",  9, 21)

SIZE(SIZE_512, 1, "512")
SIZE(SIZE_1K,  2, "1K")
SIZE(SIZE_2K,  4, "2K")
SIZE(SIZE_4K,  8, "4K")

IMAGES("imagen-4.0-generate-001",       RATIOS_USUAL, SIZE_1K | SIZE_2K, 0, 0)
IMAGES("imagen-4.0-fast-generate-001",  RATIOS_USUAL, SIZE_1K, 0, 0)
IMAGES("imagen-4.0-ultra-generate-001", RATIOS_USUAL, SIZE_1K | SIZE_2K, 0, 0)
IMAGES("imagen-3.0-generate-002",       RATIOS_USUAL, SIZE_1K, 0, 0)
IMAGES("imagen-3.0-generate-001",       RATIOS_USUAL, SIZE_1K, 0, 0)
IMAGES("imagen-3.0-fast-generate-001",  RATIOS_USUAL, SIZE_1K, 0, 0)
IMAGES("imagen-3.0-capability-001",     RATIOS_USUAL, SIZE_1K, 4, 10)
IMAGES("gemini-nano-banana-2.1",        RATIOS_USUAL | RATIOS_MORE | RATIOS_EXTREME, SIZE_1K | SIZE_2K | SIZE_4K, 14, 30)	/* 9:21 is not sure */
IMAGES("gemini-3.1-flash-image",        RATIOS_USUAL | RATIOS_MORE | RATIOS_EXTREME | RATIO_TALLEST, SIZE_512 | SIZE_1K | SIZE_2K | SIZE_4K, 14, 30)
IMAGES("gemini-3-pro-image",            RATIOS_USUAL | RATIOS_MORE, SIZE_1K | SIZE_2K | SIZE_4K, 14, 30)
IMAGES("gemini-3.1-flash-lite-image",   RATIOS_USUAL | RATIOS_MORE | RATIOS_EXTREME, SIZE_1K, 14, 30)
IMAGES("gemini-2.5-flash-image",        RATIOS_USUAL | RATIOS_MORE, SIZE_1K, 3, 30)

MODEL("veo-3.1-generate-001",          veo_operation, "us-central1", 4, 16, 60, ABLE_1080P | ABLE_REFERENCES, 400000, 1, "second")
MODEL("veo-3.1-fast-generate-001",     veo_operation, "us-central1", 4, 16, 60, ABLE_1080P | ABLE_REFERENCES, 150000, 1, "second")
MODEL("veo-3.1-lite-generate-001",     veo_operation, "us-central1", 4, 16, 60, ABLE_1080P, 80000, 1, "second")

MODEL("gemini-omni-1.1-flash-preview", omni_interaction, "global", 1, 8, 60, ABLE_1080P | ABLE_REFERENCES, 150000, 1, "second")

MODEL("lyria-002",                     lyria_predict, "", 4, 8, 180, ABLE_NEGATIVE, 60000, 1, "clip")

MODEL("lyria-3-clip-preview",          lyria_interaction, "global", 4, 4, 180, 0, 40000, 1, "clip")
MODEL("lyria-3-pro-preview",           lyria_interaction, "global", 4, 4, 180, ABLE_LENGTH, 80000, 1, "song")

MODEL("chirp-3-hd",                    speech_synthesize, "global", 1, 32, 60, 0, 30000, 1000, "character")
MODEL("gemini-2.5-flash-tts",          speech_prompted, "global", 1, 16, 120, ABLE_STYLE, 17000, 1000, "character")
MODEL("gemini-2.5-pro-tts",            speech_prompted, "global", 1, 16, 120, ABLE_STYLE, 34000, 1000, "character")
MODEL("gemini-2.5-flash-lite-preview-tts", speech_prompted, "global", 1, 16, 120, ABLE_STYLE, 17000, 1000, "character")
MODEL("gemini-3.1-flash-tts-preview",  speech_prompted, "global", 1, 16, 120, ABLE_STYLE, 34000, 1000, "character")
MODEL("gemini-3.8-flash-tts",          gemini_speech, "global", 1, 16, 120, ABLE_STYLE, 34000, 1000, "character")
MODEL("gemini-3.8-flash-lite-tts",     gemini_speech, "global", 1, 16, 120, ABLE_STYLE, 17000, 1000, "character")

SUCCESSOR("imagen-4.0-generate-001",       "gemini-nano-banana-2.1")
SUCCESSOR("imagen-4.0-fast-generate-001",  "gemini-3.1-flash-lite-image")
SUCCESSOR("imagen-4.0-ultra-generate-001", "gemini-3-pro-image")
SUCCESSOR("imagen-3.0-generate-002",       "gemini-nano-banana-2.1")
SUCCESSOR("imagen-3.0-generate-001",       "gemini-nano-banana-2.1")
SUCCESSOR("imagen-3.0-fast-generate-001",  "gemini-3.1-flash-lite-image")
SUCCESSOR("imagen-3.0-capability-001",     "gemini-nano-banana-2.1")
SUCCESSOR("gemini-nano-banana-2.1",        "gemini-3.1-flash-image")
SUCCESSOR("gemini-3-pro-image",            "gemini-nano-banana-2.1")
SUCCESSOR("gemini-3.1-flash-lite-image",   "gemini-nano-banana-2.1")
SUCCESSOR("gemini-2.5-flash-image",        "gemini-3.1-flash-lite-image")
SUCCESSOR("gemini-3.1-flash-tts-preview",  "gemini-2.5-flash-tts")
SUCCESSOR("veo-3.1-generate-001",          "veo-3.1-fast-generate-001")
SUCCESSOR("veo-3.1-fast-generate-001",     "veo-3.1-lite-generate-001")

DEFAULT(IMAGE, "gemini-nano-banana-2.1")
WITH_REFERENCES(IMAGE, "gemini-nano-banana-2.1")
UPSCALE(IMAGE, "imagen-4.0-upscale-preview")
DEFAULT(VIDEO, "veo-3.1-generate-001")
DEFAULT(MUSIC, "lyria-002")
DEFAULT(AUDIO, "chirp-3-hd")

/* ids of older clients */
UPSCALE_ALIAS("imagegeneration@*",     "imagen-4.0-upscale-preview")
UPSCALE_ALIAS("imagen-4.0-upscale-*",  "imagen-4.0-upscale-preview")
LARGE_ALIAS("imagen-3.0-fast-*",       "gemini-nano-banana-2.1")
LARGE_ALIAS("imagen-4.0-fast-*",       "gemini-nano-banana-2.1")
ALIAS("imagegeneration@*",             "gemini-nano-banana-2.1")
ALIAS("imagen-4.0-generate-*",         "gemini-nano-banana-2.1")
ALIAS("imagen-4.0-fast-*",             "gemini-3.1-flash-lite-image")
ALIAS("imagen-4.0-ultra-*",            "gemini-3-pro-image")
ALIAS("imagen-3.0-generate-*",         "gemini-nano-banana-2.1")
ALIAS("imagen-3.0-fast-*",             "gemini-3.1-flash-lite-image")
ALIAS("imagen-3.0-capability-*",       "gemini-nano-banana-2.1")
ALIAS("gemini-3-pro-image-*",          "gemini-3-pro-image")
ALIAS("gemini-3.1-flash-image-*",      "gemini-3.1-flash-image")
ALIAS("veo-3.0-fast-*",                "veo-3.1-fast-generate-001")
ALIAS("veo-3.1-fast-*",                "veo-3.1-fast-generate-001")
ALIAS("veo-3.1-lite-*",                "veo-3.1-lite-generate-001")
ALIAS("veo-2.0-*",                     "veo-3.1-generate-001")
ALIAS("veo-3.0-generate-*",            "veo-3.1-generate-001")
ALIAS("veo-3.1-generate-*",            "veo-3.1-generate-001")
ALIAS("gemini-omni-*",                 "gemini-omni-1.1-flash-preview")
ALIAS("lyria-3-pro*",                  "lyria-3-pro-preview")
ALIAS("lyria-3.5-pro*",                "lyria-3-pro-preview")
ALIAS("lyria-3*",                      "lyria-3-clip-preview")	/* a request asks for 30 s at most */
ALIAS("chirp3-hd",                     "chirp-3-hd")
ALIAS("chirp_3_hd",                    "chirp-3-hd")
ALIAS("chirp",                         "chirp-3-hd")
ALIAS("*-Chirp3-HD-*",                 "chirp-3-hd")	/* a voice's name */
ALIAS("gemini-2.5-flash-preview-tts",  "gemini-2.5-flash-tts")
ALIAS("gemini-2.5-pro-preview-tts",    "gemini-2.5-pro-tts")
ALIAS("gemini-2.5-flash-lite-tts",     "gemini-2.5-flash-lite-preview-tts")
ALIAS("gemini-3.1-flash-tts",          "gemini-3.1-flash-tts-preview")

#undef METHOD
#undef LENGTH
#undef ABILITY
#undef MODEL
#undef RATIOS
#undef RATIO
#undef SIZE
#undef IMAGES
#undef SOURCE
#undef SUCCESSOR
#undef ALIAS
#undef UPSCALE_ALIAS
#undef LARGE_ALIAS
#undef DEFAULT
#undef WITH_REFERENCES
#undef UPSCALE
