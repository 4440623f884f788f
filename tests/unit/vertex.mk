UNIT_TESTS += test_signed_url test_vertex_mapping test_vertex_sources test_vertex_sound test_vertex_outcome test_vertex_parts \
              test_vertex_results test_media_check test_gate test_breaker test_retired

test_signed_url_SRCS := tests/unit/test_signed_url.c $(vertex_PURE) $(PROTO_SRCS)
test_signed_url_PKGS := cmocka jansson libcrypto
test_signed_url_LIBS := -lmsgpackc -lm

test_vertex_mapping_SRCS := tests/unit/test_vertex_mapping.c $(vertex_PURE) $(PROTO_SRCS)
test_vertex_mapping_PKGS := cmocka jansson libcrypto
test_vertex_mapping_LIBS := -lmsgpackc -lm

test_vertex_sources_SRCS := tests/unit/test_vertex_sources.c $(vertex_PURE) $(PROTO_SRCS)
test_vertex_sources_PKGS := cmocka jansson libcrypto
test_vertex_sources_LIBS := -lmsgpackc -lm

test_vertex_sound_SRCS := tests/unit/test_vertex_sound.c $(vertex_PURE) $(PROTO_SRCS)
test_vertex_sound_PKGS := cmocka jansson libcrypto
test_vertex_sound_LIBS := -lmsgpackc -lm

test_vertex_outcome_SRCS := tests/unit/test_vertex_outcome.c $(vertex_PURE) $(PROTO_SRCS)
test_vertex_outcome_PKGS := cmocka jansson libcrypto
test_vertex_outcome_LIBS := -lmsgpackc -lm

test_vertex_parts_SRCS := tests/unit/test_vertex_parts.c tests/unit/quiet.c actors/vertex/storage/url_cache.c actors/vertex/http_head.c $(vertex_PURE) $(PROTO_SRCS)
test_vertex_parts_PKGS := cmocka jansson libcrypto
test_vertex_parts_LIBS := -lmsgpackc -lm

test_vertex_results_SRCS := tests/unit/test_vertex_results.c tests/unit/quiet.c actors/vertex/generation.c actors/vertex/generation_inline.c actors/vertex/choose.c actors/vertex/retired.c \
                            actors/vertex/find.c actors/vertex/operation.c actors/vertex/storage/intake.c proto/media_type.c proto/mpeg_audio.c $(vertex_PURE) \
                            $(filter-out proto/link%.c,$(PROTO_SRCS))
test_vertex_results_PKGS := cmocka jansson libcrypto
test_vertex_results_LIBS := -lev -lmsgpackc -lm

test_media_check_SRCS := tests/unit/test_media_check.c $(MEDIA_SRCS) $(PROTO_SRCS)
test_media_check_PKGS := cmocka jansson

test_gate_SRCS := tests/unit/test_gate.c actors/vertex/gate.c actors/vertex/breaker.c actors/common/backoff.c $(MEDIA_SRCS) $(PROTO_SRCS)
test_gate_PKGS := cmocka jansson
test_gate_LIBS := -lev -lmsgpackc -lm

test_breaker_SRCS := tests/unit/test_breaker.c actors/vertex/breaker.c actors/common/backoff.c
test_breaker_PKGS := cmocka

test_credentials_SRCS := tests/unit/test_credentials.c $(vertex_CREDS) actors/common/encode.c actors/vertex/encode.c actors/vertex/storage/signer.c \
                         actors/common/secret.c actors/common/log.c actors/common/clock.c $(PROTO_SRCS)
test_credentials_PKGS := cmocka jansson libcrypto
test_credentials_LIBS := -lmsgpackc -lm

UNIT_TESTS += test_credentials

test_retired_SRCS := tests/unit/test_retired.c actors/vertex/retired.c $(MEDIA_SRCS) $(PROTO_SRCS)
test_retired_PKGS := cmocka jansson
test_retired_LIBS := -lmsgpackc -lm

UNIT_TESTS += test_key_memory
test_key_memory_SRCS := tests/unit/test_key_memory.c $(filter-out tests/unit/test_credentials.c,$(test_credentials_SRCS))
test_key_memory_PKGS := cmocka jansson libcrypto
test_key_memory_LIBS := -lmsgpackc -lm

UNIT_TESTS += test_inline_body

test_inline_body_SRCS := tests/unit/test_inline_body.c actors/vertex/inline_body.c actors/common/encode.c $(PROTO_SRCS)
test_inline_body_PKGS := cmocka
test_inline_body_LIBS := -lmsgpackc -lm

UNIT_TESTS += test_object_write

test_object_write_SRCS := tests/unit/test_object_write.c tests/unit/quiet.c actors/vertex/storage/object_write.c actors/vertex/storage/resumable.c actors/vertex/storage/resumable_calls.c proto/media_type.c proto/mpeg_audio.c \
                          $(vertex_PURE) $(filter-out proto/link%.c,$(PROTO_SRCS))
test_object_write_PKGS := cmocka jansson libcrypto
test_object_write_LIBS := -lev -lmsgpackc -lm

UNIT_TESTS += test_vertex_calls
test_vertex_calls_SRCS := tests/unit/test_vertex_calls.c tests/unit/quiet.c actors/vertex/generate.c actors/vertex/calls.c actors/vertex/generation.c actors/vertex/generation_inline.c \
                          actors/vertex/choose.c actors/vertex/retired.c actors/vertex/storage/intake.c proto/media_type.c proto/mpeg_audio.c $(vertex_PURE) \
                          $(filter-out proto/link%.c,$(PROTO_SRCS))
test_vertex_calls_PKGS := cmocka jansson libcrypto
test_vertex_calls_LIBS := -lev -lmsgpackc -lm

UNIT_TESTS += test_sign_blob test_object_url test_remote_sign
test_sign_blob_SRCS := tests/unit/test_sign_blob.c $(vertex_PURE) $(PROTO_SRCS)
test_sign_blob_PKGS := cmocka jansson libcrypto
test_sign_blob_LIBS := -lmsgpackc -lm

test_object_url_SRCS := tests/unit/test_object_url.c actors/vertex/storage/object_url.c proto/filename.c $(vertex_PURE) $(PROTO_SRCS)
test_object_url_PKGS := cmocka jansson libcrypto
test_object_url_LIBS := -lmsgpackc -lm

test_remote_sign_SRCS := tests/unit/test_remote_sign.c tests/unit/quiet.c actors/vertex/storage/remote_sign.c actors/vertex/storage/object_url.c actors/vertex/storage/url_cache.c \
                         proto/filename.c $(vertex_PURE) $(PROTO_SRCS)
test_remote_sign_PKGS := cmocka jansson libcrypto
test_remote_sign_LIBS := -lev -lmsgpackc -lm

UNIT_TESTS += test_mp3_length
test_mp3_length_SRCS := tests/unit/test_mp3_length.c actors/vertex/media_probe.c actors/vertex/mp3_length.c actors/vertex/opus_length.c proto/mpeg_audio.c $(PROTO_SRCS)
test_mp3_length_PKGS := cmocka
test_mp3_length_LIBS := -lmsgpackc

UNIT_TESTS += test_opus_length
test_opus_length_SRCS := tests/unit/test_opus_length.c actors/vertex/media_probe.c actors/vertex/mp3_length.c actors/vertex/opus_length.c proto/mpeg_audio.c $(PROTO_SRCS)
test_opus_length_PKGS := cmocka
test_opus_length_LIBS := -lmsgpackc
