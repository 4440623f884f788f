/* proto/models.tbl.h - which model is called for an id that a client sends, how,
 * where and within which limits (ids and their states change: this is data). The includer
 * defines the macros that it reads; the others are nothing. This file undefines all at its end.
 *
 *     METHOD(name, kind, prose)
 *     LENGTH(method, seconds)   one that it makes; ascending
 *     ABILITY(name, bit, text)  what a model can do or must have, as clients are told
 *     MODEL(id, method, location, samples, at once, time-out, abilities, price, unit)
 *     SUCCESSOR(id, next)       what is asked instead where Google says that it has no such model
 *     ALIAS(asked, called)      `asked` may hold * ; the first row that fits wins
 *     DEFAULT(kind, id)         what is called when the client names no model
 *     WITH_REFERENCES(kind, id) the same, when the request has reference images
 *     UPSCALE(kind, id)         the same, for an upscale
 *     UPSCALE_ALIAS(asked, called)   for an upscale, before the others
 *
 * location   "" is VERTEX_AI_LOCATION
 * samples    most results of one request
 * at once    calls that may be under way; more wait
 * time-out   of the call that starts it, seconds
 * abilities  ABLE_ and NEEDS_ bits, or 0
 * price      list price in 1/1000 US dollar per unit, for display; 0 not known, as long as
 *            nobody has looked it up where Google promises it */

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
#define MODEL(id, method, location, samples, at_once, timeout, able, price, unit)
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
METHOD(lyria_predict,     MUSIC, "Vertex AI :predict, audio inline")
METHOD(lyria_interaction, MUSIC, "Vertex AI Interactions, audio inline")
METHOD(speech_synthesize, AUDIO, "Cloud Text-to-Speech text:synthesize, audio inline")
METHOD(speech_prompted,   AUDIO, "Cloud Text-to-Speech text:synthesize with a Gemini model, audio inline")
METHOD(gemini_speech,     AUDIO, "Vertex AI :generateContent, audio inline")

LENGTH(veo_operation, 4)
LENGTH(veo_operation, 6)
LENGTH(veo_operation, 8)
LENGTH(lyria_predict, 30)	/* cut to what is asked for */
LENGTH(lyria_interaction, 30)

ABILITY(ABLE_2K,           1, "sampleImageSize 2K")
ABILITY(ABLE_ENHANCE,      2, "enhancePrompt")
ABILITY(ABLE_NEGATIVE,     4, "negativePrompt as a parameter")	/* others: as a sentence of the prompt */
ABILITY(ABLE_REFERENCES,   8, "reference images")
ABILITY(ABLE_1080P,       16, "resolution 1080p")
ABILITY(NEEDS_REFERENCES, 32, "reference images are needed")
ABILITY(ABLE_UPSCALE,     64, "upscaleFactor x2, x4")
ABILITY(ALWAYS_MARKED,   128, "always with a watermark, without seed")
ABILITY(FEW_REFERENCES,  256, "at most 3 reference images")
ABILITY(ABLE_LENGTH,    4096, "durationSeconds, in words")
ABILITY(ABLE_STYLE,     8192, "audioStyle, in words")

MODEL("imagen-4.0-generate-001",       imagen_predict, "", 4, 16, 120, ABLE_2K | ABLE_ENHANCE, 0, "image")
MODEL("imagen-4.0-fast-generate-001",  imagen_predict, "", 4, 16, 120, ABLE_ENHANCE, 0, "image")
MODEL("imagen-4.0-ultra-generate-001", imagen_predict, "", 4,  8, 120, ABLE_2K | ABLE_ENHANCE, 0, "image")
MODEL("imagen-3.0-generate-002",       imagen_predict, "", 4, 16, 120, ABLE_ENHANCE, 0, "image")
MODEL("imagen-3.0-generate-001",       imagen_predict, "", 4, 16, 120, ABLE_NEGATIVE, 0, "image")
MODEL("imagen-3.0-fast-generate-001",  imagen_predict, "", 4, 16, 120, ABLE_NEGATIVE, 0, "image")
MODEL("imagen-3.0-capability-001",     imagen_predict, "", 4,  8, 120, ABLE_NEGATIVE | ABLE_REFERENCES | NEEDS_REFERENCES, 0, "image")

MODEL("gemini-nano-banana-2.1",        gemini_image, "global", 4, 16, 300, ABLE_2K | ABLE_REFERENCES | ALWAYS_MARKED, 0, "image")
MODEL("gemini-3.1-flash-image",        gemini_image, "global", 4, 16, 300, ABLE_2K | ABLE_REFERENCES | ALWAYS_MARKED, 0, "image")
MODEL("gemini-3-pro-image",            gemini_image, "global", 4,  8, 300, ABLE_2K | ABLE_REFERENCES | ALWAYS_MARKED, 0, "image")
MODEL("gemini-3.1-flash-lite-image",   gemini_image, "global", 4, 16, 300, ABLE_REFERENCES | ALWAYS_MARKED, 0, "image")
MODEL("gemini-2.5-flash-image",        gemini_image, "global", 4, 16, 300, ABLE_REFERENCES | FEW_REFERENCES | ALWAYS_MARKED, 0, "image")

MODEL("imagen-4.0-upscale-preview",    imagen_upscale, "", 1,  8, 120, ABLE_UPSCALE, 0, "image")

MODEL("veo-3.1-generate-001",          veo_operation, "us-central1", 4, 16, 60, ABLE_1080P | ABLE_REFERENCES, 0, "second")
MODEL("veo-3.1-fast-generate-001",     veo_operation, "us-central1", 4, 16, 60, ABLE_1080P | ABLE_REFERENCES, 0, "second")
MODEL("veo-3.1-lite-generate-001",     veo_operation, "us-central1", 4, 16, 60, ABLE_1080P, 0, "second")

MODEL("lyria-002",                     lyria_predict, "", 4, 8, 180, ABLE_NEGATIVE, 0, "clip")

MODEL("lyria-3-clip-preview",          lyria_interaction, "global", 4, 4, 180, 0, 0, "clip")
MODEL("lyria-3-pro-preview",           lyria_interaction, "global", 4, 4, 180, ABLE_LENGTH, 0, "song")

MODEL("chirp-3-hd",                    speech_synthesize, "global", 1, 32, 60, 0, 0, "1000 characters")
MODEL("gemini-2.5-flash-tts",          speech_prompted, "global", 1, 16, 120, ABLE_STYLE, 0, "1000 tokens")
MODEL("gemini-2.5-pro-tts",            speech_prompted, "global", 1, 16, 120, ABLE_STYLE, 0, "1000 tokens")
MODEL("gemini-2.5-flash-lite-preview-tts", speech_prompted, "global", 1, 16, 120, ABLE_STYLE, 0, "1000 tokens")
MODEL("gemini-3.1-flash-tts-preview",  speech_prompted, "global", 1, 16, 120, ABLE_STYLE, 0, "1000 tokens")
MODEL("gemini-3.8-flash-tts",          gemini_speech, "global", 1, 16, 120, ABLE_STYLE, 0, "1000 tokens")
MODEL("gemini-3.8-flash-lite-tts",     gemini_speech, "global", 1, 16, 120, ABLE_STYLE, 0, "1000 tokens")

SUCCESSOR("imagen-4.0-ultra-generate-001", "imagen-4.0-generate-001")
SUCCESSOR("imagen-4.0-generate-001",       "imagen-4.0-fast-generate-001")
SUCCESSOR("imagen-3.0-generate-002",       "imagen-4.0-generate-001")
SUCCESSOR("imagen-3.0-generate-001",       "imagen-4.0-generate-001")
SUCCESSOR("imagen-3.0-fast-generate-001",  "imagen-4.0-fast-generate-001")
SUCCESSOR("gemini-nano-banana-2.1",        "gemini-3.1-flash-image")
SUCCESSOR("gemini-3-pro-image",            "gemini-nano-banana-2.1")
SUCCESSOR("gemini-2.5-flash-image",        "gemini-3.1-flash-lite-image")
SUCCESSOR("gemini-3.1-flash-tts-preview",  "gemini-2.5-flash-tts")
SUCCESSOR("veo-3.1-generate-001",          "veo-3.1-fast-generate-001")
SUCCESSOR("veo-3.1-fast-generate-001",     "veo-3.1-lite-generate-001")

DEFAULT(IMAGE, "imagen-4.0-generate-001")
WITH_REFERENCES(IMAGE, "imagen-3.0-capability-001")
UPSCALE(IMAGE, "imagen-4.0-upscale-preview")
DEFAULT(VIDEO, "veo-3.1-generate-001")
DEFAULT(MUSIC, "lyria-002")
DEFAULT(AUDIO, "chirp-3-hd")

/* ids of older clients */
UPSCALE_ALIAS("imagegeneration@*",     "imagen-4.0-upscale-preview")
UPSCALE_ALIAS("imagen-4.0-upscale-*",  "imagen-4.0-upscale-preview")
ALIAS("imagegeneration@*",             "imagen-4.0-generate-001")
ALIAS("imagen-4.0-generate-*",         "imagen-4.0-generate-001")
ALIAS("imagen-4.0-fast-*",             "imagen-4.0-fast-generate-001")
ALIAS("imagen-4.0-ultra-*",            "imagen-4.0-ultra-generate-001")
ALIAS("imagen-3.0-fast-*",             "imagen-3.0-fast-generate-001")
ALIAS("imagen-3.0-capability-*",       "imagen-3.0-capability-001")
ALIAS("imagen-3.0-generate-*",         "imagen-3.0-generate-002")
ALIAS("gemini-3-pro-image-*",          "gemini-3-pro-image")
ALIAS("gemini-3.1-flash-image-*",      "gemini-3.1-flash-image")
ALIAS("veo-3.0-fast-*",                "veo-3.1-fast-generate-001")
ALIAS("veo-3.1-fast-*",                "veo-3.1-fast-generate-001")
ALIAS("veo-3.1-lite-*",                "veo-3.1-lite-generate-001")
ALIAS("veo-2.0-*",                     "veo-3.1-generate-001")
ALIAS("veo-3.0-generate-*",            "veo-3.1-generate-001")
ALIAS("veo-3.1-generate-*",            "veo-3.1-generate-001")
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
#undef SUCCESSOR
#undef ALIAS
#undef UPSCALE_ALIAS
#undef DEFAULT
#undef WITH_REFERENCES
#undef UPSCALE
