vertex_MAKERS := actors/vertex/models/maker.c actors/vertex/models/imagen.c actors/vertex/models/gemini_image.c actors/vertex/models/gemini_prompt.c actors/vertex/models/gemini_answer.c actors/vertex/models/image_maker.c actors/vertex/models/source.c actors/vertex/models/upscale.c actors/vertex/models/veo.c actors/vertex/models/lyria.c \
                 actors/vertex/models/omni.c actors/vertex/models/lyria3.c actors/vertex/models/interaction.c actors/vertex/models/music_prompt.c actors/vertex/models/speech.c actors/vertex/models/gemini_speech.c \
                 actors/vertex/google_url.c actors/vertex/fields.c actors/vertex/outcome.c actors/vertex/models/rai.c actors/vertex/models/words.c \
                 $(MEDIA_SRCS)
vertex_CREDS  := actors/vertex/credentials/credentials.c actors/vertex/credentials/secret_json.c actors/vertex/credentials/cred_service_account.c actors/vertex/credentials/cred_authorized_user.c \
                 actors/vertex/credentials/cred_impersonated.c actors/vertex/credentials/cred_external.c actors/vertex/credentials/cred_metadata.c
vertex_PURE   := $(vertex_MAKERS) actors/common/encode.c actors/vertex/encode.c actors/vertex/gs_uri.c actors/vertex/storage/signer.c actors/vertex/storage/signed_url.c actors/vertex/storage/canonical.c actors/vertex/storage/sign_blob.c \
                 actors/vertex/media_probe.c actors/vertex/mp3_length.c actors/vertex/opus_length.c proto/mpeg_audio.c actors/vertex/inline_body.c
vertex_TURN   := actors/vertex/choose.c actors/vertex/retired.c actors/vertex/gate.c actors/vertex/breaker.c actors/common/backoff.c
vertex_SRCS   := actors/vertex/main.c actors/vertex/vertex.c actors/vertex/generation.c actors/vertex/generation_inline.c actors/vertex/generate.c actors/vertex/calls.c \
                 actors/vertex/find.c actors/vertex/operation.c actors/vertex/storage/storage.c actors/vertex/storage/objects.c actors/vertex/storage/object_read.c actors/vertex/storage/object_write.c actors/vertex/storage/object_delete.c actors/vertex/storage/resumable.c actors/vertex/storage/resumable_calls.c actors/vertex/storage/intake.c proto/media_type.c proto/mpeg_audio.c actors/vertex/google.c actors/vertex/credentials/oauth.c $(vertex_CREDS) \
                 actors/vertex/http.c actors/vertex/http_call.c actors/vertex/http_head.c actors/common/curl_ev.c $(vertex_TURN) actors/vertex/storage/signing.c actors/vertex/storage/signing_remote.c actors/vertex/storage/remote_sign.c actors/vertex/storage/object_url.c proto/filename.c actors/vertex/storage/url_cache.c \
                 $(vertex_PURE)
vertex_PKGS   := libcurl jansson libsodium libcrypto
vertex_LIBS   := -lev -lmsgpackc -lm
