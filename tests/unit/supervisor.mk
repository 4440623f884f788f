UNIT_TESTS += test_life test_settings test_logline
test_life_SRCS     := tests/unit/test_life.c supervisor/life.c
test_life_PKGS     := cmocka
test_settings_SRCS := tests/unit/test_settings.c supervisor/settings.c supervisor/google.c supervisor/values.c actors/common/keyring.c actors/common/secret.c proto/text.c
test_settings_PKGS := cmocka
test_logline_SRCS  := tests/unit/test_logline.c supervisor/logline.c supervisor/json.c $(PROTO_SRCS)
test_logline_PKGS  := cmocka jansson
