FUZZERS += fuzz_bodies fuzz_wire
fuzz_bodies_SRCS := tests/fuzz/fuzz_bodies.c actors/front/bodies.c actors/front/body_rows.c actors/front/patterns.c $(FUZZ_MAIN) $(PROTO_SRCS)
fuzz_bodies_PKGS := jansson
fuzz_bodies_LIBS := -lm
fuzz_wire_SRCS   := tests/fuzz/fuzz_wire.c actors/front/head.c actors/front/chunks.c actors/front/fields.c actors/front/wire.c actors/front/splice.c actors/front/bodies.c actors/front/body_rows.c actors/front/patterns.c $(FUZZ_MAIN) $(PROTO_SRCS)
fuzz_wire_PKGS   := jansson
fuzz_wire_LIBS   := -lm

FUZZERS += fuzz_form
fuzz_form_SRCS := tests/fuzz/fuzz_form.c $(FUZZ_MAIN) $(FORM_SRCS) $(PROTO_SRCS)

FUZZERS += fuzz_socketio
fuzz_socketio_SRCS := tests/fuzz/fuzz_socketio.c $(SOCKETIO_SRCS) $(FUZZ_MAIN) $(PROTO_SRCS)
fuzz_socketio_PKGS := jansson
fuzz_socketio_LIBS := -lm
FUZZERS += fuzz_engine
fuzz_engine_SRCS   := tests/fuzz/fuzz_engine.c tests/unit/quiet.c $(addprefix actors/front/,realtime/engine.c realtime/engine_queue.c realtime/engine_carry.c realtime/namespace.c realtime/resume.c limits.c wire.c) \
	$(SOCKETIO_SRCS) $(FUZZ_MAIN) $(filter-out proto/link%.c,$(PROTO_SRCS))
fuzz_engine_PKGS   := jansson
fuzz_engine_LIBS   := -lm
fuzz_engine_CFLAGS := -DH2O_USE_LIBUV=0
