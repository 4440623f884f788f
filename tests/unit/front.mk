# front: the parts that are pure.
UNIT_TESTS += test_bodies test_router test_wire test_splice test_limits test_head
test_bodies_SRCS := tests/unit/test_bodies.c actors/front/bodies.c actors/front/body_rows.c actors/front/patterns.c $(PROTO_SRCS)
test_bodies_PKGS := cmocka jansson
test_bodies_LIBS := -lm
test_router_SRCS := tests/unit/test_router.c actors/front/router.c actors/front/statuses.c $(PROTO_SRCS)
test_router_PKGS := cmocka jansson
test_wire_SRCS   := tests/unit/test_wire.c actors/front/wire.c $(PROTO_SRCS)
test_wire_PKGS   := cmocka
test_splice_SRCS := tests/unit/test_splice.c actors/front/splice.c actors/front/bodies.c actors/front/body_rows.c actors/front/patterns.c $(PROTO_SRCS)
test_splice_PKGS := cmocka jansson
test_splice_LIBS := -lm
test_limits_SRCS := tests/unit/test_limits.c actors/front/limits.c
test_limits_PKGS := cmocka
# before h2o's own parser, so h2o is needed although only the dynamic linker asks for it
test_head_SRCS   := tests/unit/test_head.c actors/front/head.c $(PROTO_SRCS)
test_head_PKGS   := cmocka
test_head_LIBS   := -Wl,--no-as-needed -lh2o-evloop
UNIT_TESTS += test_chunks test_calm
test_chunks_SRCS := tests/unit/test_chunks.c actors/front/chunks.c actors/front/fields.c
test_chunks_PKGS := cmocka
test_calm_SRCS   := tests/unit/test_calm.c actors/front/calm.c
test_calm_PKGS   := cmocka
UNIT_TESTS += test_show
test_show_SRCS := tests/unit/test_show.c actors/front/show.c actors/front/answer_rows.c actors/front/names.c actors/front/bodies.c actors/front/body_rows.c actors/front/patterns.c $(PROTO_SRCS)
test_show_PKGS := cmocka jansson
test_show_LIBS := -lm
UNIT_TESTS += test_openapi
test_openapi_SRCS   := tests/unit/test_openapi.c $(OPENAPI_SRCS) $(PROTO_SRCS)
test_openapi_PKGS   := cmocka jansson
test_openapi_LIBS   := -lm
test_openapi_CFLAGS := -DNO_HANDLERS
UNIT_TESTS += test_form
test_form_SRCS := tests/unit/test_form.c $(FORM_SRCS) $(PROTO_SRCS)
test_form_PKGS := cmocka
UNIT_TESTS += test_socketio
SOCKETIO_SRCS := actors/front/realtime/engineio.c actors/front/realtime/socketio.c actors/front/bodies.c actors/front/body_rows.c actors/front/patterns.c
test_socketio_SRCS := tests/unit/test_socketio.c $(SOCKETIO_SRCS) $(PROTO_SRCS)
test_socketio_PKGS := cmocka jansson
test_socketio_LIBS := -lm
# events: the feed between neighbours that the test plays, with a clock of its own
UNIT_TESTS += test_feed test_feed_model
FEED_TEST_SRCS := tests/unit/feed_world.c tests/unit/quiet.c $(addprefix actors/front/,realtime/feed.c realtime/feed_fetch.c realtime/feed_tasks.c realtime/feed_watch.c \
	identity.c limits.c splice.c bodies.c body_rows.c patterns.c) actors/common/backoff.c $(PROTO_SRCS)
define FEED_TEST
$(1)_SRCS   := tests/unit/$(1).c $(FEED_TEST_SRCS)
$(1)_PKGS   := cmocka jansson
$(1)_LIBS   := -lm
$(1)_CFLAGS := -DH2O_USE_LIBUV=0
endef
$(foreach t,test_feed test_feed_model,$(eval $(call FEED_TEST,$(t))))
UNIT_TESTS += test_engine
test_engine_SRCS := tests/unit/test_engine.c tests/unit/quiet.c $(addprefix actors/front/,realtime/engine.c realtime/engine_queue.c realtime/engine_carry.c realtime/namespace.c realtime/resume.c limits.c wire.c) $(SOCKETIO_SRCS) $(filter-out proto/link%.c,$(PROTO_SRCS))
test_engine_PKGS := cmocka jansson
test_engine_LIBS := -lm
test_engine_CFLAGS := -DH2O_USE_LIBUV=0
