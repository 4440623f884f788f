# front: h2o's loop, TLS, JSON.
front_SRCS   := $(wildcard actors/front/*.c) $(MEDIA_SRCS)
front_PKGS   := jansson
front_LIBS   := -lh2o-evloop -lssl -lcrypto
front_CFLAGS := -DH2O_USE_LIBUV=0
