BENCHES += bare_h2o
bare_h2o_SRCS   := tests/bench/bare_h2o.c
bare_h2o_PKGS   := libh2o-evloop
bare_h2o_LIBS   := -lssl -lcrypto
bare_h2o_CFLAGS := -DH2O_USE_LIBUV=0
