# SPDX-License-Identifier: Apache-2.0
#
# make              build the program: build/calico-datastore
# make demo         build, start an API server of its own, install, read, install again
# make test         build, run all tests: about 35 minutes on 2 cores
# make fuzz         let clang's fuzzer look for faults in what reads from outside (FUZZ_SECONDS a target)
# make lint         check the rules of this tree that a program can check
# make bench        measure: the tables of docs/speed.md
# make install      install the program, its man page and its completions
# make dist         pack a program that needs no library of the host
# make release      pack it for amd64 and arm64: archives, .deb, .rpm, image, for krew and Homebrew, sums, signature
# make clean        remove the build directory
# make help         print this text
#
# Every target first sees to the packages that it needs: as root it installs them, else it names them.
#
#   V=1                          show the commands
#   CC=clang                     another compiler
#   CC=aarch64-linux-gnu-gcc     build for another architecture; HOSTCC=cc compiles what runs here
#   CFLAGS= LDFLAGS= BUILD=DIR PREFIX=/usr/local DESTDIR=
#   SANITIZE=1                   build and test with ASan and UBSan, in a build directory of its own
#   RELEASES="v3.29.7 v3.32.1"   embed these releases only
#   BUNDLE=FILE                  embed the manifests of this bundle instead of manifests/
#   SUITE="unit/test_plan cluster/install"   run these suites of tests/ only
#   TEST_JOBS=1                  run one suite after the other
#   KUBERNETES=1.29.6            test on this version ("scripts/control-plane versions"); all: cluster/kubernetes on each
#   RELEASE_URL= RELEASE_KEY=    where a release will be downloaded from, and minisign's secret key that signs it
#   FUZZ="yaml backup"           fuzz these targets of tests/fuzz/ only
#   FUZZ_SECONDS=60              for so long each
#   CIRCUIT=all                  test the way from every surface to every other one: 10 minutes more

VERSION = 0.1.0
PREFIX ?= /usr/local
RELEASES ?=
HOSTCC ?= cc
PKG_CONFIG ?= pkg-config

# The system that the program is built for, when it is not this one: from CROSS_COMPILE=aarch64-linux-gnu-, or from
# the name of the compiler.
ifneq ($(origin CC),default)
CROSS_COMPILE ?= $(shell echo '$(notdir $(firstword $(CC)))' | \
	sed -nE 's/^(.+-linux(-[a-z0-9]+)?-)(gcc|cc|clang)(-[0-9.]+)?$$/\1/p' | grep -v "^$$(uname -m)-linux-gnu-$$")
else ifneq ($(CROSS_COMPILE),)
CC = $(CROSS_COMPILE)gcc
endif
TARGET := $(CROSS_COMPILE:%-=%)
BUILD ?= build$(TARGET:%=/%)$(if $(SANITIZE),/sanitize)$(if $(RELEASES)$(BUNDLE),/subset)

# Libraries. Each answer of a command below is asked for once, and only by a recipe: scripts/deps may have
# to install the command first.

PACKAGES = libcurl yaml-0.1 libarchive jansson libssl libcrypto liblzma libsodium libpcre2-8 zlib libzstd
once = $(eval $(1) := $(shell $(2)))$($(1))
PKG_CONFIG_LIBDIR ?= $(TARGET:%=/usr/lib/%/pkgconfig:/usr/share/pkgconfig)
ASK = $(if $(PKG_CONFIG_LIBDIR),PKG_CONFIG_LIBDIR='$(PKG_CONFIG_LIBDIR)') $(PKG_CONFIG)
PACKAGE_CFLAGS = $(call once,PACKAGE_CFLAGS,$(ASK) --cflags $(PACKAGES))
PACKAGE_LIBS = $(call once,PACKAGE_LIBS,$(ASK) --libs $(PACKAGES); echo -lm)

# The program has these inside, where the compiler finds their archives. As shared libraries they bring
# nine more along: 2.4 MB of memory and 2 ms at each start, of 9.3 MB and 6 ms. libarchive.a wants nettle.
INSIDE = $(call once,INSIDE,for l in yaml archive jansson sodium pcre2-8 lzma; do \
	$(CC) -print-file-name=lib$$l.a; done | grep /)
PROGRAM_LIBS = $(INSIDE) $(if $(filter %/libarchive.a,$(INSIDE)),-lnettle) \
	$(filter-out $(patsubst lib%.a,-l%,$(notdir $(INSIDE))),$(PACKAGE_LIBS))

# The program of "make dist" has every library inside and runs on any Linux host of its architecture,
# an empty root directory included. What Debian has no archive of, scripts/absent.c stands for.
STATIC_LIBS = -Wl,-Map=$@.map -Wl,--start-group $(PACKAGE_LIBS) -lnghttp2 -lidn2 -lunistring -lbrotlidec -lbrotlicommon -lnettle \
	-Wl,--end-group
ABSENT = gss_|GSS_|ldap_|ber_|RTMP_|libssh2_|psl_

# Compilers

WARNINGS = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings \
	-Wpointer-arith -Wformat=2 -Wundef -Wvla
HARDEN = -fPIE -ffunction-sections -fdata-sections -fstack-protector-strong $(if $(SANITIZE),,-D_FORTIFY_SOURCE=2)
CFLAGS ?= -O2 -g
SANITIZERS = $(if $(SANITIZE),-fsanitize=address$(comma)undefined$(if $(FUZZING),$(comma)fuzzer-no-link) -fno-sanitize-recover=undefined \
	-fno-omit-frame-pointer)
comma = ,
ALL_CFLAGS = -std=gnu17 $(WARNINGS) $(HARDEN) $(CFLAGS) $(SANITIZERS) -MMD -MP -D_GNU_SOURCE \
	-DVERSION='"$(VERSION)"' -ffile-prefix-map=$(CURDIR)=. -Iinstaller $(PACKAGE_CFLAGS)
ALL_LDFLAGS = -pie -Wl,-z,relro,-z,now -Wl,--as-needed -Wl,--gc-sections $(SANITIZERS) $(LDFLAGS)
ifneq ($(TARGET),)
AR = $(CROSS_COMPILE)ar
NM = $(CROSS_COMPILE)nm
STRIP = $(CROSS_COMPILE)strip
else
NM ?= nm
STRIP ?= strip
endif

# What is compiled to run here: the program itself, or its native twin when this is a cross build.
HOST_BUILD = $(BUILD)$(TARGET:%=/host)

# say WORD,FILE: one line for what a recipe makes; V=1 shows the command instead.
say = $(if $(filter-out 0,$(V)),,@$(if $(findstring s,$(firstword -$(MAKEFLAGS))),,printf '  %-6s %s\n' $(1) $(2);))
link = $(call say,LINK,$@)$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^)

# All cores, unless make was started with -j.
SUBMAKE = $(MAKE) --no-print-directory $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc))
DEPS = @CC='$(CC)' CROSS_TARGET='$(TARGET)' scripts/deps

SOURCES = $(sort $(shell find installer/*/ -name '*.c'))
LIBRARY = $(BUILD)/libcalico-datastore.a
PROGRAM = $(BUILD)/calico-datastore
OBJECTS = $(SOURCES:%.c=$(BUILD)/%.o)
UNIT_TESTS = $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/test_*.c))
FUZZ_TARGETS = $(patsubst tests/fuzz/%.c,$(BUILD)/tests/%,$(wildcard tests/fuzz/fuzz_*.c))
TEST_TOOLS = $(BUILD)/tests/fault-server $(BUILD)/tests/delay-proxy $(BUILD)/tests/tar-entry \
	$(BUILD)/tests/proxy-server $(BUILD)/tests/schema-judge $(BUILD)/tests/cel-tool $(BUILD)/tests/object-maker \
	$(BUILD)/tests/yaml-json
FAILING_MALLOC = $(BUILD)/tests/failing-malloc.so
SUITES = $(sort $(wildcard tests/cli/*.sh tests/cluster/*.sh tests/fault/*.sh))
MANIFESTS = $(wildcard manifests/*.txt manifests/surfaces/*/*.txt) $(shell find manifests/objects -name '*.yaml' 2>/dev/null)
DIST = $(BUILD)/dist/calico-datastore-$(VERSION)-linux-$(firstword $(subst -, ,$(or $(TARGET),$(shell uname -m)))).tar.gz

.PHONY: all deps help test check lint fuzz fuzzers bench demo install dist release clean FORCE
.DELETE_ON_ERROR:
.SECONDARY:

all: deps
	@+$(SUBMAKE) $(PROGRAM)

deps:
	$(DEPS) build

help:
	@sed -n '3,/^$$/s/^# \{0,1\}//p' Makefile

# What allocates in the program and in the libraries inside goes through installer/memory.c.
WRAP = $(patsubst %,-Wl$(comma)--wrap=%,malloc calloc realloc strdup)

$(PROGRAM): $(BUILD)/installer/main.o $(BUILD)/installer/memory.o $(BUILD)/embed.o $(LIBRARY)
	$(link) $(WRAP) $(PROGRAM_LIBS)

$(LIBRARY): $(OBJECTS)
	@rm -f $@
	$(call say,AR,$@)$(AR) rcs $@ $^

$(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(ALL_CFLAGS) -c -o $@ $<

$(BUILD)/installer/manifest/rules.o: manifests/rules.txt

# Written again only when it changes: then everything is compiled again.
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(subst ','\'',$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) $(PROGRAM_LIBS))' >$@.new
	@if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi

ifneq ($(TARGET),)
$(HOST_BUILD)/%: FORCE
	@+$(SUBMAKE) CC='$(HOSTCC)' CROSS_COMPILE= AR=ar PKG_CONFIG=pkg-config PKG_CONFIG_LIBDIR= CFLAGS=-O2 LDFLAGS= SANITIZE= BUILD=$(HOST_BUILD) $@
endif

# The releases inside the binary

$(BUILD)/pack $(BUILD)/derive: $(BUILD)/%: $(BUILD)/scripts/%.o $(LIBRARY)
	$(link) $(PACKAGE_LIBS)

$(BUILD)/embedded.tar.xz: $(HOST_BUILD)/pack $(MANIFESTS) $(BUNDLE)
	$(call say,PACK,$@)$< manifests $@ $(if $(BUNDLE),--bundle $(BUNDLE),$(RELEASES))

# The same for every architecture
EMBEDDED ?= $(BUILD)/embedded.tar.xz

$(BUILD)/embed.o: installer/manifest/embed.S $(EMBEDDED) $(BUILD)/flags
	$(call say,AS,$<)$(CC) -DEMBEDDED_BUNDLE='"$(EMBEDDED)"' -c -o $@ $<

# Tests

SUITE ?=

# The versions of Kubernetes that a test runs on beside its own one: the oldest and the newest, unless the control
# plane is the user's own. SUITE@VERSION is a suite on one version.
versions = $(call once,versions,scripts/control-plane versions)
VERSIONS = $(if $(KUBEBUILDER_ASSETS),,$(if $(filter all,$(KUBERNETES)),$(versions),$(firstword $(versions)) $(lastword $(versions))))
ON_VERSIONS = $(if $(filter-out all,$(KUBERNETES)),,$(VERSIONS:%=tests/cluster/kubernetes.sh@%))
suite_script = tests/$(subst @,.sh@,$(1))$(if $(findstring @,$(1)),,.sh)

$(UNIT_TESTS): $(BUILD)/tests/%: $(BUILD)/tests/unit/%.o $(BUILD)/embed.o $(LIBRARY)
	$(link) -lcmocka $(PACKAGE_LIBS)

# Whole commands: their requests are answered by the target, and its own process keeps its rights.
WRAPPED = $(patsubst %,-Wl$(comma)--wrap=%,http_run http_pause confine_process confine_writing)
$(patsubst %,$(BUILD)/tests/fuzz_%,commands discovery) $(patsubst %,$(BUILD)/fuzzers/%,commands discovery): FUZZ_FLAGS = $(WRAPPED)

$(FUZZ_TARGETS): $(BUILD)/tests/%: $(BUILD)/tests/fuzz/%.o $(BUILD)/tests/fuzz/replay.o $(BUILD)/embed.o $(LIBRARY)
	$(link) $(FUZZ_FLAGS) $(PACKAGE_LIBS)

tool = $(patsubst %,$(BUILD)/tests/tools/%.o,$(1))
$(BUILD)/tests/fault-server: $(call tool,fault-server fault-serve fault-script fault-wire tool)
$(BUILD)/tests/proxy-server: $(call tool,proxy-server fault-wire tool)
$(BUILD)/tests/delay-proxy: $(call tool,delay-proxy tool)
$(BUILD)/tests/schema-judge: $(call tool,schema-judge)
$(BUILD)/tests/cel-tool: $(call tool,cel-tool)
$(BUILD)/tests/yaml-json: $(call tool,yaml-json)
$(BUILD)/tests/tar-entry: $(call tool,tar-entry)
$(BUILD)/tests/object-maker: $(call tool,object-maker generate tool) $(BUILD)/embed.o
$(BUILD)/tests/test_generated: $(call tool,generate)
$(TEST_TOOLS): $(LIBRARY)
	$(link) $(PACKAGE_LIBS)

$(FAILING_MALLOC): tests/tools/failing-malloc.c
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(CC) -std=gnu17 -O1 -g -fPIC -shared -o $@ $<

test:
	@$(if $(SUITE),,echo 'test: all $(words $(UNIT_TESTS) $(FUZZ_TARGETS) $(SUITES)) suites take about 35 minutes on 2 cores; SUITE="unit/test_plan cluster/install" runs some')
	$(DEPS) test
	@+$(SUBMAKE) check

# SUITE names suites of tests/ ("unit/test_plan", "cluster/install"); without it, all run.
SUITE_PROGRAMS = $(patsubst unit/%,$(BUILD)/tests/%,$(filter unit/%,$(SUITE)))
SUITE_SCRIPTS = $(foreach suite,$(filter-out unit/%,$(SUITE)),$(call suite_script,$(suite)))
# Unit tests that suites start: kubectl's view of their cases, the schemas that they dump
STARTED = $(BUILD)/tests/test_kubeconfig $(BUILD)/tests/test_schema
TESTED = $(if $(SUITE),$(SUITE_PROGRAMS) $(SUITE_SCRIPTS),$(UNIT_TESTS) $(FUZZ_TARGETS) \
	$(if $(filter all,$(KUBERNETES)),,$(filter-out $(if $(ON_VERSIONS),tests/cluster/kubernetes.sh),$(SUITES))) $(ON_VERSIONS))
TESTED_ON = $(sort $(filter-out all,$(KUBERNETES)) $(foreach test,$(TESTED),$(word 2,$(subst @, ,$(test)))))

# What the tests start, make included, has nothing to do with the jobs of this make.
check: $(PROGRAM) $(HOST_BUILD)/pack $(filter $(BUILD)/%,$(TESTED)) $(STARTED) $(TEST_TOOLS) $(FAILING_MALLOC)
	@$(if $(filter tests/cluster/% tests/fault/%,$(TESTED)),for version in '' $(TESTED_ON); do \
		KUBERNETES=$$version scripts/control-plane tools >/dev/null || exit; done)
	@$(if $(CIRCUIT),TEST_TIMEOUT=3600) KUBERNETES='$(filter-out all,$(KUBERNETES))' MAKEFLAGS='$(filter-out -j% --jobserver%,$(MAKEFLAGS))' \
		CALICO_DATASTORE=$(PROGRAM) BUILD=$(BUILD) tests/run $(TESTED)

lint: all
	$(DEPS) lint
	@scripts/lint $(PROGRAM)

# libFuzzer has a main of its own; every object is compiled with its counters.
FUZZ ?= $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_SECONDS ?= 60
FUZZ_BUILD = $(BUILD)/fuzz
FUZZERS = $(FUZZ:%=$(BUILD)/fuzzers/%)

fuzz:
	@CC=clang scripts/deps fuzz && CC=clang scripts/deps fuzz
	@+$(SUBMAKE) CC=clang SANITIZE=1 BUILD=$(FUZZ_BUILD) FUZZING=1 FUZZ='$(FUZZ)' fuzzers
	@FUZZ_SECONDS=$(FUZZ_SECONDS) scripts/fuzz $(FUZZ_BUILD) $(FUZZ)

fuzzers: $(FUZZERS)

$(BUILD)/fuzzers/%: $(BUILD)/tests/fuzz/fuzz_%.o $(BUILD)/embed.o $(LIBRARY)
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(CC) $(ALL_LDFLAGS) $(FUZZ_FLAGS) -fsanitize=fuzzer -o $@ $(filter %.o,$^) $(filter %.a,$^) $(PACKAGE_LIBS)

bench:
	$(DEPS) bench
	@+$(SUBMAKE) $(PROGRAM) $(TEST_TOOLS)
	@CALICO_DATASTORE=$(PROGRAM) BUILD=$(BUILD) tests/bench/run

demo:
	$(DEPS) $(if $(filter current,$(CLUSTER)),build,demo)
	@+$(SUBMAKE) $(PROGRAM)
	@CALICO_DATASTORE=$(PROGRAM) scripts/demo

SHARE = $(DESTDIR)$(PREFIX)/share

# completion SHELL,FILE
completion = $(call say,INST,$(SHARE)/$(2))install -d $(dir $(SHARE)/$(2)) && \
	$(HOST_BUILD)/calico-datastore completion $(1) >$(SHARE)/$(2)

install: all
	@+$(if $(TARGET),$(SUBMAKE) $(HOST_BUILD)/calico-datastore)
	$(call say,INST,$(DESTDIR)$(PREFIX)/bin/calico-datastore)install -D -m 755 $(PROGRAM) \
		$(DESTDIR)$(PREFIX)/bin/calico-datastore
	$(call say,INST,$(SHARE)/man/man1/calico-datastore.1)install -D -m 644 installer/calico-datastore.1 \
		$(SHARE)/man/man1/calico-datastore.1
	$(call completion,bash,bash-completion/completions/calico-datastore)
	$(call completion,zsh,zsh/site-functions/_calico-datastore)
	$(call completion,fish,fish/vendor_completions.d/calico-datastore.fish)

dist:
	$(DEPS) dist
	@+$(SUBMAKE) $(DIST)

# The linker warns that getaddrinfo wants the libc of the host for what nsswitch.conf adds to it: files and
# dns are inside.
$(BUILD)/static/calico-datastore: $(BUILD)/installer/main.o $(BUILD)/installer/memory.o $(BUILD)/embed.o $(BUILD)/scripts/absent.o \
		$(BUILD)/static/absent.ld $(LIBRARY)
	$(call say,LINK,$@)$(CC) -static-pie -Wl,-z,relro,-z,now -Wl,--gc-sections -Wl,--no-warnings $(WRAP) -o $@ $^ $(STATIC_LIBS)

$(BUILD)/static/absent.ld: $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,GEN,$@)$(NM) -u "$$($(CC) -print-file-name=libcurl.a)" 2>/dev/null | \
		sed -nE 's/^ +U (($(ABSENT)).*)/PROVIDE(\1 = absent);/p' | sort -u >$@

$(DIST): $(BUILD)/static/calico-datastore $(HOST_BUILD)/calico-datastore scripts/dist installer/calico-datastore.1 \
		README.md CHANGELOG.md LICENSE $(wildcard docs/*.md)
	@mkdir -p $(@D)
	$(call say,DIST,$@)STRIP=$(STRIP) scripts/dist $< $@ $(HOST_BUILD)/calico-datastore

# From this machine's architecture and the other one. The date of all files in it is that of the last commit.
OTHER_TARGET = $(if $(filter aarch64,$(shell uname -m)),x86_64,aarch64)-linux-gnu
OTHER_BUILD = $(BUILD)/$(OTHER_TARGET)
SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null)

release:
	@$(if $(TARGET),echo 'release: it builds for both architectures by itself: no CC or CROSS_COMPILE' >&2; exit 2)
	$(DEPS) release
	@CC=$(OTHER_TARGET)-gcc CROSS_TARGET=$(OTHER_TARGET) scripts/deps dist
	@+$(SUBMAKE) $(PROGRAM) $(BUILD)/static/calico-datastore
	@+$(SUBMAKE) CC=$(OTHER_TARGET)-gcc BUILD=$(OTHER_BUILD) EMBEDDED=$(EMBEDDED) $(OTHER_BUILD)/static/calico-datastore
	$(call say,PACK,$(BUILD)/release)SOURCE_DATE_EPOCH='$(SOURCE_DATE_EPOCH)' \
		RELEASE_URL='$(RELEASE_URL)' RELEASE_KEY='$(RELEASE_KEY)' scripts/release/all $(VERSION) $(BUILD)/release \
		$(PROGRAM) $(BUILD)/static/calico-datastore $(OTHER_BUILD)/static/calico-datastore

clean:
	rm -rf $(BUILD)

-include $(OBJECTS:.o=.d) $(wildcard $(BUILD)/installer/*.d $(BUILD)/scripts/*.d $(BUILD)/tests/*/*.d)
