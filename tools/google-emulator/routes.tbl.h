/* routes.tbl.h - every path the emulator answers, declared once.
 * A pattern's {n} takes one raw segment, decoded, as argument n; {n*} the rest.
 * First match wins; router.c tries these before it thinks of buckets.
 *     ROUTE(methods, pattern, service, auth, body, handler, stream) */

/* OAuth, instance metadata, IAM credentials: oauth.c, metadata.c */
ROUTE("POST", "/token", "token", AUTH_NONE, BODY_TEXT, oauth_token, NULL)
ROUTE("POST", "/oauth2/v4/token", "token", AUTH_NONE, BODY_TEXT, oauth_token, NULL)
ROUTE("POST", "/v1/token", "token", AUTH_NONE, BODY_TEXT, oauth_token, NULL)
ROUTE("GET HEAD", "/computeMetadata/v1/{0*}", "metadata", AUTH_NONE, BODY_NONE, metadata_get, NULL)
ROUTE("GET HEAD", "/computeMetadata/v1", "metadata", AUTH_NONE, BODY_NONE, metadata_get, NULL)
ROUTE("POST", "/v1/projects/{1}/serviceAccounts/{0}", "iam", AUTH_BEARER, BODY_JSON, iam_call, NULL)

/* Vertex AI: vertex.c looks the model and its verb up in models.tbl.h */
#define VERTEX(v) \
ROUTE("POST", "/" v "/projects/{0}/locations/{1}/publishers/google/models/{2}", \
    "vertex", AUTH_BEARER, BODY_JSON, vertex_call, NULL) \
ROUTE("POST", "/" v "/publishers/google/models/{2}", \
    "vertex", AUTH_BEARER, BODY_JSON, vertex_call, NULL)
VERTEX("v1")
VERTEX("v1beta1")
#undef VERTEX

/* Interactions: interactions.c */
#define INTERACTIONS(v) \
ROUTE("POST", "/" v "/projects/{0}/locations/{1}/interactions", \
    "interactions", AUTH_BEARER, BODY_JSON, interactions_create, NULL) \
ROUTE("GET HEAD", "/" v "/projects/{0}/locations/{1}/interactions/{3}", \
    "interactions", AUTH_BEARER, BODY_NONE, interactions_get, NULL) \
ROUTE("POST", "/" v "/projects/{0}/locations/{1}/interactions/{3}/cancel", \
    "interactions", AUTH_BEARER, BODY_NONE, interactions_cancel, NULL)
INTERACTIONS("v1")
INTERACTIONS("v1beta1")
#undef INTERACTIONS

/* Text-to-Speech: tts.c */
ROUTE("POST", "/v1/text:synthesize", "tts", AUTH_BEARER, BODY_JSON, tts_synthesize, NULL)
ROUTE("POST", "/v1beta1/text:synthesize", "tts", AUTH_BEARER, BODY_JSON, tts_synthesize, NULL)
ROUTE("GET HEAD", "/v1/voices", "tts", AUTH_BEARER, BODY_NONE, tts_voices, NULL)
ROUTE("GET HEAD", "/v1beta1/voices", "tts", AUTH_BEARER, BODY_NONE, tts_voices, NULL)

/* Storage, JSON API: upload.c, storage.c. Both path forms. */
ROUTE("POST", "/upload/storage/v1/b/{0}/o", "storage", AUTH_STORAGE, BODY_STREAM, upload_end, &upload_start_stream)
ROUTE("PUT", "/upload/storage/v1/b/{0}/o", "storage", AUTH_NONE, BODY_STREAM, upload_end, &upload_chunk_stream)
ROUTE("DELETE", "/upload/storage/v1/b/{0}/o", "storage", AUTH_NONE, BODY_NONE, upload_cancel, NULL)
#define STORAGE(base) \
ROUTE("GET HEAD", base "/b/{0}/o/{1}", "storage", AUTH_STORAGE, BODY_NONE, storage_get, NULL) \
ROUTE("DELETE", base "/b/{0}/o/{1}", "storage", AUTH_STORAGE, BODY_NONE, storage_delete, NULL) \
ROUTE("PATCH", base "/b/{0}/o/{1}", "storage", AUTH_STORAGE, BODY_JSON, storage_patch, NULL) \
ROUTE("GET HEAD", base "/b/{0}/o", "storage", AUTH_STORAGE, BODY_NONE, storage_list, NULL) \
ROUTE("GET HEAD", base "/b/{0}", "storage", AUTH_STORAGE, BODY_NONE, storage_bucket, NULL)
STORAGE("/storage/v1")
STORAGE("/download/storage/v1")
STORAGE("")
#undef STORAGE

/* The emulator's own: control.c, faults.c, ledger.c */
ROUTE("GET HEAD", "/emulator", "control", AUTH_NONE, BODY_NONE, control_get, NULL)
ROUTE("GET HEAD", "/emulator/health", "control", AUTH_NONE, BODY_NONE, control_get, NULL)
ROUTE("GET HEAD", "/emulator/settings", "control", AUTH_NONE, BODY_NONE, control_settings_get, NULL)
ROUTE("POST", "/emulator/settings", "control", AUTH_NONE, BODY_JSON, control_settings_post, NULL)
ROUTE("DELETE", "/emulator/tokens", "control", AUTH_NONE, BODY_NONE, control_tokens_delete, NULL)
ROUTE("GET HEAD", "/emulator/faults", "control", AUTH_NONE, BODY_NONE, faults_http_get, NULL)
ROUTE("POST", "/emulator/faults", "control", AUTH_NONE, BODY_JSON, faults_http_post, NULL)
ROUTE("DELETE", "/emulator/faults", "control", AUTH_NONE, BODY_NONE, faults_http_delete, NULL)
ROUTE("GET HEAD", "/emulator/ledger", "control", AUTH_NONE, BODY_NONE, ledger_http_get, NULL)
ROUTE("DELETE", "/emulator/ledger", "control", AUTH_NONE, BODY_NONE, ledger_http_delete, NULL)

#undef ROUTE
