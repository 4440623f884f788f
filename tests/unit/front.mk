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
