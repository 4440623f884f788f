vertex_MAKERS := actors/vertex/maker.c actors/vertex/imagen.c actors/vertex/gemini_image.c actors/vertex/gemini_prompt.c actors/vertex/gemini_answer.c actors/vertex/image_maker.c actors/vertex/source.c actors/vertex/upscale.c actors/vertex/veo.c actors/vertex/lyria.c \
                 actors/vertex/omni.c actors/vertex/lyria3.c actors/vertex/interaction.c actors/vertex/music_prompt.c actors/vertex/speech.c actors/vertex/gemini_speech.c \
                 actors/vertex/google_url.c actors/vertex/fields.c actors/vertex/outcome.c actors/vertex/rai.c actors/vertex/words.c \
                 $(MEDIA_SRCS)
vertex_CREDS  := actors/vertex/credentials.c actors/vertex/secret_json.c actors/vertex/cred_service_account.c actors/vertex/cred_authorized_user.c \
                 actors/vertex/cred_impersonated.c actors/vertex/cred_external.c actors/vertex/cred_metadata.c
vertex_PURE   := $(vertex_MAKERS) actors/common/encode.c actors/vertex/encode.c actors/vertex/gs_uri.c actors/vertex/signer.c actors/vertex/signed_url.c actors/vertex/canonical.c actors/vertex/sign_blob.c \
                 actors/vertex/media_probe.c actors/vertex/mp3_length.c actors/vertex/opus_length.c proto/mpeg_audio.c actors/vertex/inline_body.c
vertex_TURN   := actors/vertex/choose.c actors/vertex/retired.c actors/vertex/gate.c actors/vertex/breaker.c actors/common/backoff.c
vertex_SRCS   := actors/vertex/main.c actors/vertex/vertex.c actors/vertex/generation.c actors/vertex/generation_inline.c actors/vertex/generate.c actors/vertex/calls.c \
                 actors/vertex/find.c actors/vertex/operation.c actors/vertex/storage.c actors/vertex/objects.c actors/vertex/object_read.c actors/vertex/object_write.c actors/vertex/object_delete.c actors/vertex/resumable.c actors/vertex/resumable_calls.c actors/vertex/intake.c proto/media_type.c proto/mpeg_audio.c actors/vertex/google.c actors/vertex/oauth.c $(vertex_CREDS) \
                 actors/vertex/http.c actors/vertex/http_call.c actors/vertex/http_head.c actors/common/curl_ev.c $(vertex_TURN) actors/vertex/signing.c actors/vertex/signing_remote.c actors/vertex/remote_sign.c actors/vertex/object_url.c proto/filename.c actors/vertex/url_cache.c \
                 $(vertex_PURE)
vertex_PKGS   := libcurl jansson libsodium libcrypto
vertex_LIBS   := -lev -lmsgpackc -lm
