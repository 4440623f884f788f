# The actors' real sandbox tables, from inside.
UNIT_TESTS += test_sandbox
test_sandbox_SRCS := tests/unit/test_sandbox.c $(SKELETON) $(PROTO_SRCS)
test_sandbox_PKGS := cmocka libseccomp
