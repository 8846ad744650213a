# SPDX-License-Identifier: Apache-2.0
# calico-datastore: make, make test, make demo, make bench, make lint, make install, make dist.
#   SANITIZE=1        build and test with ASan and UBSan, in a build directory of its own
#   RELEASES="v3.29.7 v3.32.1"   embed these releases only
#   BUNDLE=FILE       embed the manifests of this bundle instead of manifests/
#   BUILD=DIR PREFIX=/usr/local DESTDIR= CC= CFLAGS= LDFLAGS=
#   SUITE="unit/test_plan cluster/install"   run these suites of tests/ only
#   CIRCUIT=all       test the way from every surface to every other one, not only a sample: 10 minutes more

VERSION = 0.1.0
PREFIX ?= /usr/local
RELEASES ?=
BUNDLE ?=
BUILD ?= build$(if $(SANITIZE),/sanitize)$(if $(RELEASES)$(BUNDLE),/subset)
PKG_CONFIG ?= pkg-config
PACKAGES = libcurl yaml-0.1 libarchive jansson libssl libcrypto liblzma libsodium libpcre2-8 zlib libzstd

WARNINGS = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings \
	-Wpointer-arith -Wformat=2 -Wundef -Wvla
HARDEN = -fPIE -ffunction-sections -fdata-sections -fstack-protector-strong $(if $(SANITIZE),,-D_FORTIFY_SOURCE=2)
CFLAGS ?= -O2 -g
SANITIZERS = $(if $(SANITIZE),-fsanitize=address$(comma)undefined -fno-sanitize-recover=undefined \
	-fno-omit-frame-pointer)
comma = ,
ALL_CFLAGS = -std=gnu17 $(WARNINGS) $(HARDEN) $(CFLAGS) $(SANITIZERS) -MMD -MP -D_GNU_SOURCE \
	-DVERSION='"$(VERSION)"' -ffile-prefix-map=$(CURDIR)=. -Iinstaller $(PACKAGE_CFLAGS)
ALL_LDFLAGS = -pie -Wl,-z,relro,-z,now -Wl,--as-needed -Wl,--gc-sections $(SANITIZERS) $(LDFLAGS)

# Asked when a recipe runs, not when make starts: scripts/deps may install them first.
PACKAGE_CFLAGS = $(shell $(PKG_CONFIG) --cflags $(PACKAGES))

PACKAGE_LIBS = $(shell $(PKG_CONFIG) --libs $(PACKAGES)) -lm

# The program itself has three of them inside, where the archives are at hand: a quarter less memory
# and start-up time, since libarchive as a shared library brings libraries of its own along.
LIBDIR = $(shell $(PKG_CONFIG) --variable=libdir $(1))
prefer_static = $(if $(wildcard $(LIBDIR)/lib$(2).a),-l:lib$(2).a,-l$(2))
PROGRAM_LIBS = -lcurl $(call prefer_static,yaml-0.1,yaml) $(call prefer_static,libarchive,archive) \
	$(call prefer_static,jansson,jansson) $(call prefer_static,libsodium,sodium) \
	$(call prefer_static,libpcre2-8,pcre2-8) -lnettle -llzma -lzstd -lz -lssl -lcrypto -lm

SOURCES = $(sort $(shell find installer/*/ -name '*.c'))
# The program of "make dist" has every library inside and runs on any Linux host of its architecture,
# an empty root directory included. What Debian has no archive of, scripts/absent.c stands for.
STATIC_LIBS = -lcurl -lyaml -larchive -ljansson -lsodium -lpcre2-8 -llzma -lnghttp2 -lidn2 -lunistring \
	-lssl -lcrypto -lzstd -lbrotlidec -lbrotlicommon -lnettle -lz -lm
ABSENT = gss_|GSS_|ldap_|ber_|RTMP_|libssh2_|psl_

LIBRARY = $(BUILD)/libcalico-datastore.a
PROGRAM = $(BUILD)/calico-datastore
OBJECTS = $(SOURCES:%.c=$(BUILD)/%.o)
UNIT_TESTS = $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/test_*.c))
FUZZ_TARGETS = $(patsubst tests/fuzz/%.c,$(BUILD)/tests/%,$(wildcard tests/fuzz/fuzz_*.c))
TEST_TOOLS = $(BUILD)/tests/fault-server $(BUILD)/tests/delay-proxy $(BUILD)/tests/tar-entry \
	$(BUILD)/tests/proxy-server $(BUILD)/tests/schema-judge
SUITES = $(sort $(wildcard tests/cli/*.sh tests/cluster/*.sh tests/fault/*.sh))
MANIFESTS = $(wildcard manifests/*.txt manifests/*/crds.yaml)

DIST = $(BUILD)/dist/calico-datastore-$(VERSION)-linux-$(shell uname -m).tar.gz

.PHONY: all deps test check lint bench demo install dist clean
.DELETE_ON_ERROR:
.SECONDARY:

all: deps
	@$(MAKE) --no-print-directory $(PROGRAM)

deps:
	@scripts/deps build

$(PROGRAM): $(BUILD)/installer/main.o $(BUILD)/embed.o $(LIBRARY)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(PROGRAM_LIBS)

$(LIBRARY): $(OBJECTS)
	@rm -f $@
	$(AR) rcs $@ $^

$(BUILD)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -c -o $@ $<

# The releases inside the binary

$(BUILD)/pack $(BUILD)/derive: $(BUILD)/%: $(BUILD)/scripts/%.o $(LIBRARY)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(PACKAGE_LIBS)

$(BUILD)/embedded.tar.xz: $(BUILD)/pack $(MANIFESTS) $(BUNDLE)
	$(BUILD)/pack manifests $@ $(if $(BUNDLE),--bundle $(BUNDLE),$(RELEASES))

$(BUILD)/embed.o: installer/manifest/embed.S $(BUILD)/embedded.tar.xz
	$(CC) -DEMBEDDED_BUNDLE='"$(BUILD)/embedded.tar.xz"' -c -o $@ $<

# Tests

SUITE ?=

$(BUILD)/tests/test_%: $(BUILD)/tests/unit/test_%.o $(BUILD)/embed.o $(LIBRARY)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ -lcmocka $(PACKAGE_LIBS)

$(BUILD)/tests/fuzz_%: $(BUILD)/tests/fuzz/fuzz_%.o $(BUILD)/tests/fuzz/replay.o $(BUILD)/embed.o $(LIBRARY)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(PACKAGE_LIBS)

$(BUILD)/tests/fault-server: $(patsubst %,$(BUILD)/tests/tools/%.o,fault-server fault-serve fault-script fault-wire tool) $(LIBRARY)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ -lssl $(PACKAGE_LIBS)

$(BUILD)/tests/proxy-server: $(patsubst %,$(BUILD)/tests/tools/%.o,proxy-server fault-wire tool) $(LIBRARY)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ -lssl $(PACKAGE_LIBS)

$(BUILD)/tests/delay-proxy: $(patsubst %,$(BUILD)/tests/tools/%.o,delay-proxy tool) $(LIBRARY)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(PACKAGE_LIBS)

$(BUILD)/tests/schema-judge: $(BUILD)/tests/tools/schema-judge.o $(LIBRARY)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(PACKAGE_LIBS)

$(BUILD)/tests/tar-entry: $(BUILD)/tests/tools/tar-entry.o
	$(CC) $(ALL_LDFLAGS) -o $@ $^

test: all
	@scripts/deps test
	@$(MAKE) --no-print-directory check

# SUITE names suites of tests/ ("unit/test_plan", "cluster/install"); without it, all run.
SUITE_PROGRAMS = $(patsubst unit/%,$(BUILD)/tests/%,$(filter unit/%,$(SUITE)))
SUITE_SCRIPTS = $(patsubst %,tests/%.sh,$(filter-out unit/%,$(SUITE)))
TESTED = $(if $(SUITE),$(SUITE_PROGRAMS) $(SUITE_SCRIPTS),$(UNIT_TESTS) $(FUZZ_TARGETS) $(SUITES))

check: $(PROGRAM) $(filter $(BUILD)/%,$(TESTED)) $(TEST_TOOLS)
	@$(if $(CIRCUIT),TEST_TIMEOUT=3600) CALICO_DATASTORE=$(PROGRAM) BUILD=$(BUILD) tests/run $(TESTED)

lint: all
	@scripts/deps lint
	@scripts/lint $(PROGRAM)

bench: all
	@scripts/deps bench
	@$(MAKE) --no-print-directory $(TEST_TOOLS)
	@CALICO_DATASTORE=$(PROGRAM) BUILD=$(BUILD) tests/bench/run

demo: all
	@CALICO_DATASTORE=$(PROGRAM) scripts/demo

install: all
	install -D -m 755 $(PROGRAM) $(DESTDIR)$(PREFIX)/bin/calico-datastore
	install -D -m 644 installer/calico-datastore.1 \
		$(DESTDIR)$(PREFIX)/share/man/man1/calico-datastore.1
	install -d $(DESTDIR)$(PREFIX)/share/bash-completion/completions \
		$(DESTDIR)$(PREFIX)/share/zsh/site-functions $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
	$(PROGRAM) completion bash >$(DESTDIR)$(PREFIX)/share/bash-completion/completions/calico-datastore
	$(PROGRAM) completion zsh >$(DESTDIR)$(PREFIX)/share/zsh/site-functions/_calico-datastore
	$(PROGRAM) completion fish >$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/calico-datastore.fish

dist: all
	@scripts/deps dist
	@$(MAKE) --no-print-directory $(DIST)

# The linker warns that getaddrinfo wants the libc of the host for what nsswitch.conf adds to it: files and
# dns are inside.
$(BUILD)/static/calico-datastore: $(BUILD)/installer/main.o $(BUILD)/embed.o $(BUILD)/scripts/absent.o \
		$(BUILD)/static/absent.ld $(LIBRARY)
	$(CC) -static-pie -Wl,-z,relro,-z,now -Wl,--gc-sections -Wl,--no-warnings -o $@ $^ $(STATIC_LIBS)

$(BUILD)/static/absent.ld: Makefile
	@mkdir -p $(@D)
	nm -u $(call LIBDIR,libcurl)/libcurl.a 2>/dev/null | \
		sed -nE 's/^ +U (($(ABSENT)).*)/PROVIDE(\1 = absent);/p' | sort -u >$@

$(DIST): $(BUILD)/static/calico-datastore scripts/dist installer/calico-datastore.1 README.md LICENSE
	@mkdir -p $(@D)
	scripts/dist $< $@

clean:
	rm -rf $(BUILD)

-include $(OBJECTS:.o=.d) $(wildcard $(BUILD)/installer/*.d $(BUILD)/scripts/*.d $(BUILD)/tests/*/*.d)
