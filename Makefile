# studiod - see README.md. `make run` starts everything, `make test` checks everything.
#
#   make            all programs, in build/
#   make run        install what is missing, build, start the development profile
#   make routes     every route of the HTTP API, as the tables have it
#   make test       unit tests, flows against the real processes, sanitizer builds
#   make bench      ratios against bare h2o and pgbench
#   make chaos      minutes of kill -9 on everything, with a crowd that listens
#   make fuzz       a minute of fuzzing for every parser
#   make SAN=1      with ASan and UBSan, in build/san/
#   make FUZZ=1     fuzz targets with clang's libFuzzer, in build/fuzz/
#   make PROBE=1    with the red-team probe inside the actors, in build/probe/

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

CC       ?= gcc
O        := build
CFLAGS   ?= -O2 -g
WARN     := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith
CPPFLAGS += -D_GNU_SOURCE -I. -Ibuild/gen
HARDEN   := -fstack-protector-strong -fPIE -D_FORTIFY_SOURCE=2
LINK     := -pie -Wl,-z,relro,-z,now -Wl,--as-needed

ifdef SAN
O        := build/san
CFLAGS   := -O1 -g -fno-omit-frame-pointer
HARDEN   := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fPIE
endif
ifdef FUZZ
O        := build/fuzz
CC       := clang
CFLAGS   := -O1 -g -fno-omit-frame-pointer
HARDEN   := -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined -fPIE
FUZZ_MAIN :=
else
FUZZ_MAIN := tests/fuzz/replay.c
endif
ifdef PROBE
O        := build/probe
PROBE_SRCS := tests/redteam/probe.c
endif
BUILD_C   = $(CC) -std=c11 $(CPPFLAGS) $(CFLAGS) $(WARN) $(HARDEN) -MMD -MP

ACTORS   := front auth db vertex poller notifier
MEDIA_SRCS  := proto/models.c proto/models_json.c proto/voices.c proto/media_check.c proto/image_check.c
PROTO_SRCS  := proto/tables.c proto/buf.c proto/text.c proto/rfc3339.c proto/frame.c proto/message.c \
               proto/link.c proto/link_pack.c proto/link_read.c proto/link_request.c proto/link_stream.c
SKELETON    := actors/common/actor.c actors/common/clock.c actors/common/conn.c actors/common/log.c actors/common/secret.c \
               actors/common/sandbox.c actors/common/sandbox_tables.c
LOOP_EV     := actors/common/conn_ev.c actors/common/serve_ev.c
SEAL        := actors/common/seal.c actors/common/caller.c
HOOK_SRCS   := actors/common/hook_settings.c actors/common/hook_secret.c actors/common/keyring.c proto/webhook_url.c proto/net_address.c

# Every program's folder lists its sources, packages and libraries: NAME_SRCS, NAME_PKGS,
# NAME_LIBS, NAME_CFLAGS.
-include $(addsuffix /build.mk,$(addprefix actors/,$(ACTORS)) supervisor sql)
-include $(wildcard tools/*/build.mk) $(wildcard tests/unit/*.mk) $(wildcard tests/fuzz/*.mk) $(wildcard tests/bench/*.mk)

# What each actor shares with the others. The front has a loop of its own and no keys.
front_SRCS    += $(PROTO_SRCS) $(SKELETON) $(PROBE_SRCS)
auth_SRCS     += $(PROTO_SRCS) $(SKELETON) $(PROBE_SRCS) $(LOOP_EV) $(SEAL)
db_SRCS       += $(PROTO_SRCS) $(SKELETON) $(PROBE_SRCS) $(LOOP_EV) $(SEAL)
vertex_SRCS   += $(PROTO_SRCS) $(SKELETON) $(PROBE_SRCS) $(LOOP_EV) $(SEAL)
poller_SRCS   += $(PROTO_SRCS) $(SKELETON) $(PROBE_SRCS) $(LOOP_EV)
notifier_SRCS += $(PROTO_SRCS) $(SKELETON) $(PROBE_SRCS) $(LOOP_EV) $(SEAL)
$(foreach a,$(ACTORS),$(eval $(a)_PKGS += libseccomp))

google-emulator_SRCS = $(EMULATOR_SRCS)
google-emulator_PKGS = $(EMULATOR_PKGS)
google-emulator_LIBS = $(EMULATOR_LIBS)

PROGRAMS := $(ACTORS) google-emulator $(EXTRA_PROGRAMS)

# $(1) program: its objects lie below $(O)/obj/$(1), because programs differ in their flags. What
# nearly all have and no flag touches is compiled once.
SHARED_SRCS := $(PROTO_SRCS)
$(O)/obj/shared/%.o: %.c
	@mkdir -p $(@D)
	@echo "  cc    $<"
	@$(BUILD_C) -c -o $@ $<
-include $(patsubst %.c,$(O)/obj/shared/%.d,$(SHARED_SRCS))

define program
$(1)_OBJS := $$(addprefix $(O)/obj/$(1)/,$$(patsubst %.c,%.o,$$(patsubst %.S,%.o,$$(sort $$(filter-out $$(SHARED_SRCS),$$($(1)_SRCS)))))) \
             $$(patsubst %.c,$(O)/obj/shared/%.o,$$(sort $$(filter $$(SHARED_SRCS),$$($(1)_SRCS))))
$(O)/$(1): $$($(1)_OBJS)
	@echo "  link  $$@"
	@$$(CC) $$(CFLAGS) $$(HARDEN) $$(LINK) -o $$@ $$^ $$(if $$($(1)_PKGS),$$(shell pkg-config --libs $$($(1)_PKGS))) $$($(1)_LIBS)
$(O)/obj/$(1)/%.o: %.c
	@mkdir -p $$(@D)
	@echo "  cc    $$<"
	@$$(BUILD_C) $$(if $$($(1)_PKGS),$$(shell pkg-config --cflags $$($(1)_PKGS))) $$($(1)_CFLAGS) -c -o $$@ $$<
$(O)/obj/$(1)/%.o: %.S
	@mkdir -p $$(@D)
	@$$(CC) -I. -c -o $$@ $$<
-include $$($(1)_OBJS:.o=.d)
endef
$(foreach p,$(sort $(PROGRAMS) $(UNIT_TESTS) $(FUZZERS) $(BENCHES)),$(eval $(call program,$(p))))

all: $(addprefix $(O)/,$(sort $(PROGRAMS)))

# Sources made from the tables of sql/ must be there before db is compiled.
$(db_OBJS): $(SQL_GENERATED)

run:
	@tools/run.sh

routes: $(O)/routes
	@$(O)/routes

unit: $(addprefix $(O)/,$(UNIT_TESTS))
	@tests/unit/run.sh $^

test:
	@tests/run.sh

bench: all $(addprefix $(O)/,$(BENCHES))
	@tests/bench/run.sh

chaos: all
	@CHAOS_SECONDS=$${CHAOS_SECONDS:-240} CHAOS_GENERATIONS=$${CHAOS_GENERATIONS:-500} CHAOS_LISTENERS=$${CHAOS_LISTENERS:-200} \
		node tests/flow/094_chaos.js

fuzz:
	@tests/fuzz/run.sh

clean:
	rm -rf build

fuzzers: $(addprefix $(O)/,$(FUZZERS))

.PHONY: fuzzers all run routes unit test bench chaos fuzz clean
