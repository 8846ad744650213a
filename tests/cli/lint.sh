#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Tests the lint: each rule finds a breach in a copy of the tree.
. tests/lib/shell.sh

tree=$tmp/tree
build=$(cd "$(dirname "$program")" && pwd)
mkdir "$tree"
cp -r installer scripts "$tree"
mkdir -p "$tree/tests" "$tree/build"
cp "$program" "$tree/build/"

lint() {
	(cd "$tree" && scripts/lint build/calico-datastore "$@") >"$tmp/out" 2>&1
}

# sees RULE FILE TEXT SAYS: with TEXT at the end of FILE, the rule fails and prints SAYS.
sees() {
	cp "$tree/$2" "$tmp/kept"
	printf '%s\n' "$3" >>"$tree/$2"
	lint "$1" && fails=0 || fails=1
	cp "$tmp/kept" "$tree/$2"
	[ "$fails" = 1 ] && grep -qF -- "$4" "$tmp/out" || { cat "$tmp/out"; return 1; }
}

claim 'the tree as it is has no breach of form' lint layers writes parts guards libraries banned variables wording lengths descriptors manual
claim 'what thinks may not include what speaks' sees layers installer/engine/judge/plan.c \
	'#include "kube/api.h"' 'engine/judge must not include kube/api.h'
claim 'a command may not be included by what commands share' sees layers installer/run/select.c \
	'#include "cmd/commands.h"' 'run must not include cmd/commands.h'
claim 'a write outside engine/act is found' sees writes installer/engine/look/check.c \
	'static int verb = KUBE_UPDATE;' 'engine/look/check.c'
claim 'parts of another folder are found' sees parts installer/kube/api.c \
	'#include "base/http_parts.h"' 'belongs to the files of its folder'
claim 'a guard that is not the path is found' sees guards installer/base/buf.h '#pragma once' '#pragma once'
claim 'a library outside its one file is found' sees libraries installer/engine/look/check.c \
	'#include <curl/curl.h>' 'belongs in'
claim 'a banned call is found' sees banned installer/base/buf.c 'int f(void) { return system("x"); }' 'system('
claim 'an allocation that does not exit is found' sees banned installer/base/buf.c \
	'void *f(void) { return malloc(1); }' 'malloc('
claim 'a print in the library is found' sees banned installer/base/buf.c 'void f(void) { puts("x"); }' 'puts('
claim 'a branch on the words of an error is found' sees wording installer/engine/look/check.c \
	'static bool f(const struct err *e) { return strstr(e->msg, "404"); }' 'engine/look/check.c'
claim 'a branch on the words of a problem is found' sees wording installer/engine/tell/report.c \
	'static bool f(const struct check_read *r) { return has_prefix(r->problem, "x"); }' 'engine/tell/report.c'
claim 'a descriptor that outlives exec is found' sees descriptors installer/base/buf.c \
	'int f(void) { return open("x", O_RDONLY); }' 'open('
claim 'a long line is found' sees text installer/base/buf.c "/* $(printf 'x%.0s' $(seq 120)) */" 'columns'
claim 'a long function is found' sees lengths installer/base/buf.c \
	"$(printf 'void f(void)\n{\n%s\n}\n' "$(printf '\tg();\n%.0s' $(seq 90))")" 'a function of'
claim 'a guarding variable that is read plainly is found' sees variables installer/cmd/list.c \
	'static const char *f(void) { return getenv("CALICO_DATASTORE_PUBLIC_KEY"); }' 'PUBLIC_KEY'

if command -v mandoc >/dev/null; then
	claim 'a long line of the manual page is found' sees manual installer/calico-datastore.1 \
		"$(printf 'word %.0s' $(seq 40))" 'longer than 80'
	claim 'a row that a terminal would break is found' sees manual installer/calico-datastore.1 \
		"$(printf '.nf\n%s\n.fi' "$(printf 'x%.0s' $(seq 85))")" 'wider than 80'
else
	skip 'a long line of the manual page is found' 'no mandoc on this machine'
fi

# The objects of the build, and one more that uses a symbol without an include.
by_symbol() {
	mkdir -p "$tree/build/installer"
	cp -r "$build/installer/." "$tree/build/installer/"
	lint symbols || { cat "$tmp/out"; return 1; }
	printf 'extern int observe(void);\nint f(void);\nint f(void) { return observe(); }\n' >"$tree/installer/engine/judge/around.c"
	cc -c -o "$tree/build/installer/engine/judge/around.o" "$tree/installer/engine/judge/around.c" || return 1
	! lint symbols && grep -q 'engine/judge must not use observe of installer/engine/look/observe.c' "$tmp/out"
}
claim 'a use that gets around the includes is found' by_symbol

finish
