#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What make builds and installs, and how a release is added. Needs no server.
# shellcheck source=tests/lib/shell.sh
. tests/lib/shell.sh
# shellcheck source=tests/lib/run.sh
. tests/lib/run.sh

: "${BUILD:=build}"

# is_later SECONDS: the clock shows another second
is_later() {
	[ "$(date +%s)" != "$1" ]
}

same_archive_twice() {
	local begun
	"$BUILD/pack" manifests "$tmp/one.tar.xz" && begun=$(date +%s) && eventually is_later "$begun" &&
		"$BUILD/pack" manifests "$tmp/two.tar.xz" && cmp "$tmp/one.tar.xz" "$tmp/two.tar.xz"
}

# Everyday tools can read the archive. It has no owners and no times, and the list is first.
archive_is_plain() {
	tar -tvJf "$tmp/one.tar.xz" >"$tmp/listing" &&
		head -n 1 "$tmp/listing" | grep -q 'releases.txt$' &&
		! grep -vE '^-rw-r--r-- 0/0 .* 1970-01-01 ' "$tmp/listing"
}

subset() {
	make --no-print-directory RELEASES='v3.29.7 v3.32.1' BUILD="$tmp/subset" \
		"$tmp/subset/calico-datastore" &&
		"$tmp/subset/calico-datastore" version | grep -q '^2 Calico releases embedded, the newest v3.32.1' &&
		"$tmp/subset/calico-datastore" show v3.29 -o name | grep -q '^ippools' &&
		! "$tmp/subset/calico-datastore" show v3.30.0
}

# The program has the files of the bundle, byte for byte, and knows them by their digests.
of_a_bundle() {
	local sum
	mkdir -p "$tmp/made/v3.29.1" "$tmp/made/v4.0.0" && "$program" show v3.29.1 >"$tmp/made/v3.29.1/crds.yaml" &&
		"$program" show v3.32.1 >"$tmp/made/v4.0.0/crds.yaml" &&
		"$program" bundle create "$tmp/made" -o "$tmp/made.tar.xz" >/dev/null &&
		make --no-print-directory BUNDLE="$tmp/made.tar.xz" BUILD="$tmp/bundled" "$tmp/bundled/calico-datastore" &&
		"$tmp/bundled/calico-datastore" version | grep -q '^2 Calico releases embedded, the newest v4.0.0' &&
		"$tmp/bundled/calico-datastore" show v4.0 | cmp - "$tmp/made/v4.0.0/crds.yaml" || return 1
	sum=$(sha256sum <"$tmp/made/v4.0.0/crds.yaml" | cut -d' ' -f1)
	tar -xJOf "$tmp/bundled/embedded.tar.xz" v4.0.0/crds.yaml | sha256sum | grep -q "^$sum"
}

no_bundle_is_refused() {
	! "$BUILD/pack" manifests "$tmp/none.tar.xz" --bundle Makefile && [ ! -e "$tmp/none.tar.xz" ]
}

unknown_release_is_refused() {
	! "$BUILD/pack" manifests "$tmp/none.tar.xz" v3.99.0 && [ ! -e "$tmp/none.tar.xz" ]
}

# Nobody finds a target that "make help" does not show.
help_has_every_target() {
	local target
	make --no-print-directory help >"$tmp/help" || return 1
	for target in $(sed -n 's/^\.PHONY: //p' Makefile); do
		case $target in
		all | deps | check | fuzzers | FORCE) ;;
		*) says "$tmp/help" "^make $target " || return 1 ;;
		esac
	done
}

# built ARGUMENT...: writes what make prints for one small object
built() {
	make --no-print-directory BUILD="$tmp/object" "$@" "$tmp/object/scripts/absent.o" >"$tmp/out" 2>&1
}

one_line_a_file() {
	built && [ "$(cat "$tmp/out")" = '  CC     scripts/absent.c' ]
}

nothing_twice() {
	built && ! grep -q absent.c "$tmp/out"
}

# Other flags build the object again.
flags_build_again() {
	built CFLAGS=-O1 V=1 && says "$tmp/out" '^cc -std=.* -O1 .*absent\.c$'
}

# The name of the compiler has another system. HOSTCC builds the tools that run here, into a
# separate directory and without the flags of the other system.
cross_build_uses_hostcc() {
	printf '#!/bin/sh\necho "$0 $*" >>"%s"\nexec cc "$@"\n' "$tmp/calls" >"$tmp/other-linux-gnu-gcc" &&
		sed 's/calls/hostcalls/' "$tmp/other-linux-gnu-gcc" >"$tmp/hostcc" &&
		ln -s "$(command -v ar)" "$tmp/other-linux-gnu-ar" && chmod +x "$tmp/other-linux-gnu-gcc" "$tmp/hostcc" &&
		PATH=$tmp:$PATH make --no-print-directory CC=other-linux-gnu-gcc HOSTCC=hostcc CFLAGS='-O0 -DOTHER' \
			PKG_CONFIG_LIBDIR="$(pkg-config --variable pc_path pkg-config)" BUILD="$tmp/cross" \
			"$tmp/cross/embedded.tar.xz" "$tmp/cross/installer/base/buf.o" &&
		cmp "$tmp/cross/embedded.tar.xz" "$BUILD/embedded.tar.xz" &&
		says "$tmp/hostcalls" "-o $tmp/cross/host/pack " && says "$tmp/hostcalls" '!OTHER' &&
		says "$tmp/calls" "-DOTHER .*-o $tmp/cross/installer/base/buf.o " && says "$tmp/calls" '!/host/'
}

installs() {
	make --no-print-directory install DESTDIR="$tmp/dest" PREFIX=/opt/it &&
		"$tmp/dest/opt/it/bin/calico-datastore" version &&
		[ -f "$tmp/dest/opt/it/share/man/man1/calico-datastore.1" ] &&
		[ -s "$tmp/dest/opt/it/share/fish/vendor_completions.d/calico-datastore.fish" ]
}

# Copies what add-release needs, so the tree itself does not change.
copy_tree() {
	mkdir "$tmp/tree" &&
		cp -r Makefile installer scripts manifests "$tmp/tree" && mkdir "$tmp/tree/tests" "$tmp/upstream" &&
		"$program" show v3.29.1 >"$tmp/upstream/crds.yaml"
}

add() {
	(cd "$tmp/tree" && scripts/add-release "$@")
}

same_api_gets_no_directory() {
	add v3.29.99 "$tmp/upstream/crds.yaml" && ! find "$tmp/tree/manifests" | grep -q 'v3\.29\.99' &&
		grep -q "^v3.29.99 crds.yaml [0-9]* 20 [0-9a-f]\{64\} v3.29.1$" "$tmp/tree/manifests/releases.txt"
}

adding_twice_changes_nothing() {
	cp -r "$tmp/tree/manifests" "$tmp/before" &&
		add v3.29.99 "$tmp/upstream/crds.yaml" && diff -r "$tmp/before" "$tmp/tree/manifests"
}

# add-release adds only objects that changed. All others stay those of the earlier release.
only_new_forms_are_added() {
	sed 's/maxLength: .*/maxLength: 77/; s/^    plural: tiers/    plural: tiers\n    shortNames: [trs]/' \
		"$tmp/upstream/crds.yaml" >"$tmp/upstream/new.yaml" &&
		mv "$tmp/upstream/new.yaml" "$tmp/upstream/crds.yaml" &&
		add v3.99.0 "$tmp/upstream/crds.yaml" && grep -q ' v3.99.0$' "$tmp/tree/manifests/releases.txt" &&
		grep -q '^    - trs$' "$tmp/tree/manifests/objects/tiers.crd.projectcalico.org/v3.99.0.yaml" &&
		grep -q '^ippools.crd.projectcalico.org v3\.2' "$tmp/tree/manifests/surfaces/crds/v3.99.0.txt" &&
		[ ! -e "$tmp/tree/manifests/objects/ippools.crd.projectcalico.org/v3.99.0.yaml" ]
}

rule_needs_a_sentence() {
	sed "s/rule: self == oldSelf/rule: self == oldSelf || 1 == 2/; s/maxLength: .*/maxLength: 78/" "$tmp/upstream/rules.yaml" \
		>"$tmp/upstream/crds.yaml"
	! add v3.99.1 "$tmp/upstream/crds.yaml" 2>"$tmp/err" || return 1
	says "$tmp/err" 'IPPool, spec.*: manifests/rules.txt has no sentence for this rule; add one: self == oldSelf || 1 == 2' &&
		! find "$tmp/tree/manifests" | grep -q 'v3\.99\.1' && ! grep -q '^v3.99.1 ' "$tmp/tree/manifests/releases.txt"
}

# The man page has every option and command that --help shows.
documented() {
	local file=$1 command option missing=0
	for command in $("$program" help | sed -n '/^Commands:/,/^$/s/^  \([a-z-]*\) .*/\1/p'); do
		sed 's/\\//g' "$file" | grep -q "$command" || { echo "$file lacks the command $command"; missing=1; }
		for option in $("$program" help "$command" | grep -oE -- '--[a-z0-9-]+' | sort -u); do
			sed 's/\\//g' "$file" | grep -qe "$option" || { echo "$file lacks $option"; missing=1; }
		done
	done
	return "$missing"
}

exit_codes_documented() {
	local row missing=0
	while IFS='|' read -r name code meaning; do
		row="$code.*$name.*$meaning"
		grep -q "$row" docs/exit-codes.md || { echo "docs/exit-codes.md lacks: $row"; missing=1; }
		sed '/T{$/{N;s/T{\n//;}' installer/calico-datastore.1 | grep -q "$row" || { echo "the man page lacks: $row"; missing=1; }
	done < <(sed -nE 's/^\tX\([A-Z]+, "([a-z]+)", ([0-9]+), "([^"]*)"\).*/\1|\2|\3/p' installer/base/err.h |
		grep -v '^signal')
	return "$missing"
}

claim 'the_embedded_archive_is_the_same_each_time' same_archive_twice
claim 'the_embedded_archive_has_no_owners_and_no_times' archive_is_plain
claim 'a_subset_of_releases_can_be_embedded' subset
claim 'a_bundle_can_be_embedded_instead' of_a_bundle
claim 'a_file_that_is_no_bundle_cannot_be_embedded' no_bundle_is_refused
claim 'a_release_that_is_not_there_cannot_be_embedded' unknown_release_is_refused
claim 'make_help_has_every_target' help_has_every_target
claim 'make_prints_one_line_a_file' one_line_a_file
claim 'make_again_makes_nothing' nothing_twice
claim 'make_builds_again_with_other_flags_and_shows_them_with_v' flags_build_again
claim 'a_cross_build_compiles_its_tools_with_hostcc' cross_build_uses_hostcc
claim 'make_install_puts_program_and_man_page_in_place' installs
claim 'a_copy_of_the_tree_is_made' copy_tree
claim 'add_release_reuses_the_surface_of_the_same_api' same_api_gets_no_directory
claim 'add_release_again_changes_nothing' adding_twice_changes_nothing
claim 'add_release_adds_only_what_no_release_has' only_new_forms_are_added
"$program" show v3.32.1 >"$tmp/upstream/rules.yaml"
claim 'add_release_refuses_a_rule_without_a_sentence' rule_needs_a_sentence
claim_fails 2 'add_release_without_a_release_shows_its_usage' scripts/add-release
claim 'man_page_has_every_command_and_option' documented installer/calico-datastore.1
claim 'docs_and_man_page_have_every_exit_code' exit_codes_documented
finish
