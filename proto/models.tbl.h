/* proto/models.tbl.h - which model is called for an id that a client sends, how,
 * where and within which limits (ids and their states change: this is data).
 *
 *     METHOD(name, kind, prose)
 *     MODEL(id, method, location, samples, at once, time-out, abilities, price, unit)
 *     ALIAS(asked, called)      `asked` may hold * ; the first row that fits wins
 *     DEFAULT(kind, id)         what is called when the client names no model
 *     WITH_REFERENCES(kind, id) the same, when the request has reference images
 *
 * location   "" is VERTEX_AI_LOCATION
 * samples    most results of one request
 * at once    calls that may be under way; more wait
 * time-out   of the call that starts it, seconds
 * abilities  ABLE_ and NEEDS_ bits, or 0
 * price      list price in 1/1000 US dollar per unit, for display; 0 not known */

METHOD(imagen_predict,    IMAGE, "Vertex AI :predict, written to storage by Google")
METHOD(veo_operation,     VIDEO, "Vertex AI :predictLongRunning, polled")
METHOD(lyria_predict,     MUSIC, "Vertex AI :predict, audio inline")
METHOD(speech_synthesize, AUDIO, "Cloud Text-to-Speech text:synthesize, audio inline")

MODEL("imagen-4.0-generate-001",       imagen_predict, "", 4, 16, 120, ABLE_2K | ABLE_ENHANCE, 40, "image")
MODEL("imagen-4.0-fast-generate-001",  imagen_predict, "", 4, 16, 120, ABLE_ENHANCE, 20, "image")
MODEL("imagen-4.0-ultra-generate-001", imagen_predict, "", 4,  8, 120, ABLE_2K | ABLE_ENHANCE, 60, "image")
MODEL("imagen-3.0-generate-002",       imagen_predict, "", 4, 16, 120, ABLE_ENHANCE, 40, "image")
MODEL("imagen-3.0-generate-001",       imagen_predict, "", 4, 16, 120, ABLE_NEGATIVE, 40, "image")
MODEL("imagen-3.0-fast-generate-001",  imagen_predict, "", 4, 16, 120, ABLE_NEGATIVE, 20, "image")
MODEL("imagen-3.0-capability-001",     imagen_predict, "", 4,  8, 120, ABLE_NEGATIVE | ABLE_REFERENCES | NEEDS_REFERENCES, 40, "image")

MODEL("veo-3.1-generate-001",          veo_operation, "us-central1", 4, 16, 60, ABLE_1080P | ABLE_REFERENCES, 400, "second")
MODEL("veo-3.1-fast-generate-001",     veo_operation, "us-central1", 4, 16, 60, ABLE_1080P | ABLE_REFERENCES, 150, "second")
MODEL("veo-3.1-lite-generate-001",     veo_operation, "us-central1", 4, 16, 60, ABLE_1080P, 0, "second")

MODEL("lyria-002",                     lyria_predict, "", 4, 8, 180, ABLE_NEGATIVE, 60, "clip")

MODEL("chirp-3-hd",                    speech_synthesize, "global", 1, 32, 60, 0, 30, "1000 characters")

DEFAULT(IMAGE, "imagen-4.0-generate-001")
WITH_REFERENCES(IMAGE, "imagen-3.0-capability-001")
DEFAULT(VIDEO, "veo-3.1-generate-001")
DEFAULT(MUSIC, "lyria-002")
DEFAULT(AUDIO, "chirp-3-hd")

/* ids of older clients */
ALIAS("imagegeneration@*",             "imagen-4.0-generate-001")
ALIAS("imagen-4.0-generate-*",         "imagen-4.0-generate-001")
ALIAS("imagen-4.0-fast-*",             "imagen-4.0-fast-generate-001")
ALIAS("imagen-4.0-ultra-*",            "imagen-4.0-ultra-generate-001")
ALIAS("imagen-3.0-fast-*",             "imagen-3.0-fast-generate-001")
ALIAS("imagen-3.0-capability-*",       "imagen-3.0-capability-001")
ALIAS("imagen-3.0-generate-*",         "imagen-3.0-generate-002")
ALIAS("veo-3.0-fast-*",                "veo-3.1-fast-generate-001")
ALIAS("veo-3.1-fast-*",                "veo-3.1-fast-generate-001")
ALIAS("veo-3.1-lite-*",                "veo-3.1-lite-generate-001")
ALIAS("veo-2.0-*",                     "veo-3.1-generate-001")
ALIAS("veo-3.0-generate-*",            "veo-3.1-generate-001")
ALIAS("veo-3.1-generate-*",            "veo-3.1-generate-001")
ALIAS("chirp3-hd",                     "chirp-3-hd")
ALIAS("chirp_3_hd",                    "chirp-3-hd")
ALIAS("chirp",                         "chirp-3-hd")
ALIAS("*-Chirp3-HD-*",                 "chirp-3-hd")	/* a voice's name */

#undef METHOD
#undef MODEL
#undef ALIAS
#undef DEFAULT
#undef WITH_REFERENCES
