UNIT_TESTS += test_frame test_message test_link test_text
test_frame_SRCS   := tests/unit/test_frame.c $(PROTO_SRCS)
test_frame_PKGS   := cmocka
test_message_SRCS := tests/unit/test_message.c tests/golden/sample.c $(PROTO_SRCS)
test_message_PKGS := cmocka
test_link_SRCS    := tests/unit/test_link.c $(PROTO_SRCS)
test_link_PKGS    := cmocka
test_text_SRCS    := tests/unit/test_text.c $(PROTO_SRCS)
test_text_PKGS    := cmocka
UNIT_TESTS += test_fault
test_fault_SRCS   := tests/unit/test_fault.c $(PROTO_SRCS)
test_fault_PKGS   := cmocka
test_fault_LIBS   := -Wl,--wrap=calloc -Wl,--wrap=malloc
UNIT_TESTS += test_media_type
test_media_type_SRCS := tests/unit/test_media_type.c proto/media_type.c $(PROTO_SRCS)
test_media_type_PKGS := cmocka
