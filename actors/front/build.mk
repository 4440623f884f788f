# front: h2o's loop, TLS, JSON, and the page /api/docs.
front_SRCS   := $(wildcard actors/front/*.c actors/front/*/*.c) actors/front/docs/assets.S $(MEDIA_SRCS) proto/media_type.c proto/mpeg_audio.c proto/filename.c actors/common/backoff.c
front_PKGS   := jansson zlib libbrotlienc
front_LIBS   := -lh2o-evloop -lwslay -lssl -lcrypto
front_CFLAGS := -DH2O_USE_LIBUV=0

# what describes the API from its tables: tools/routes and the tests link it too
OPENAPI_SRCS := $(wildcard actors/front/openapi/*.c) actors/front/statuses.c actors/front/prose.c actors/front/patterns.c \
                actors/front/body_rows.c actors/front/answer_rows.c actors/front/router.c

DOCS         := actors/front/docs
$(O)/obj/front/$(DOCS)/assets.o: build/gen/docs/fetched
build/gen/docs/fetched: $(addprefix $(DOCS)/,index.html start.js package.json package-lock.json fetch.sh) \
                        $(if $(wildcard build/gen/docs/complete),,always)
	@echo "  docs  build/gen/docs"
	@$(DOCS)/fetch.sh build/gen/docs
always:
.PHONY: always

FORM_SRCS    := actors/front/form.c actors/front/multipart.c proto/filename.c actors/front/body_rows.c proto/media_type.c proto/mpeg_audio.c
