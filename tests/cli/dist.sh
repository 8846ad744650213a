#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The archive for an air gap: its program needs nothing of the host. Needs no server.
# shellcheck source=tests/lib/shell.sh
. tests/lib/shell.sh
# shellcheck source=tests/lib/run.sh
. tests/lib/run.sh

: "${BUILD:=build}"

# Builds the archive in another directory, as another packager would.
dist_elsewhere() {
	mkdir "$tmp/tree" &&
		cp -r Makefile LICENSE README.md CHANGELOG.md docs installer scripts manifests "$tmp/tree" &&
		make -C "$tmp/tree" --no-print-directory dist BUILD=out &&
		cp "$tmp/tree/out/dist/"*.tar.gz "$tmp/elsewhere.tar.gz"
}

same_bytes() {
	make --no-print-directory dist && cmp "$BUILD"/dist/*.tar.gz "$tmp/elsewhere.tar.gz"
}

unpack() {
	tar -xzf "$tmp/elsewhere.tar.gz" -C "$tmp" && cd "$tmp"/calico-datastore-*/ && dist=$PWD
}

sums_hold() {
	(cd "$dist" && sha256sum -c --strict SHA256SUMS &&
		find . -type f ! -name SHA256SUMS | wc -l | grep -qx "$(wc -l <SHA256SUMS)")
}

holds_what_a_host_needs() {
	local file
	for file in calico-datastore calico-datastore.1 LICENSE README.md docs/README.md completions/calico-datastore.bash \
		completions/calico-datastore.zsh completions/calico-datastore.fish; do
		[ -s "$dist/$file" ] || { echo "no $file"; return 1; }
	done
	[ -x "$dist/calico-datastore" ]
}

needs_no_library() {
	! readelf -d "$dist/calico-datastore" | grep NEEDED && ! readelf -l "$dist/calico-datastore" | grep INTERP
}

# in_root ARGUMENT...: runs the program in a root directory with nothing else, without network
in_root() {
	(cd "$tmp/empty" && unshare "${map[@]}" --net chroot . /calico-datastore "$@")
}

runs_in_an_empty_root() {
	in_root list | grep -q '^v3.29.1 ' && in_root show v3.29.1 -o name | grep -q '^ippools' &&
		in_root show v3.29.1 >"$tmp/crds.yaml" && "$program" show v3.29.1 | cmp - "$tmp/crds.yaml"
}

# The program looks for a server that cannot exist there. TLS and resolver are inside the program.
says_why_it_cannot_connect() {
	in_root check --server https://127.0.0.1:1 --timeout 5s >"$tmp/out" 2>"$tmp/err" && return 1
	says "$tmp/err" 'https://127.0.0.1:1'
}

claim 'a_dist_is_made_in_another_directory' dist_elsewhere
claim 'a_dist_is_the_same_bytes_wherever_it_is_made' same_bytes
unpack || exit 1
cd "$root" || exit 1
claim 'sha256sums_covers_every_file' sums_hold
claim 'program_man_page_completions_and_licence_are_in_it' holds_what_a_host_needs
claim 'the_program_needs_no_library_and_no_loader' needs_no_library

map=()
[ "$(id -u)" = 0 ] || map=(--map-root-user)
mkdir "$tmp/empty" && cp "$dist/calico-datastore" "$tmp/empty"
if unshare "${map[@]}" --net true 2>/dev/null; then
	claim 'the_program_runs_in_an_empty_root_directory' runs_in_an_empty_root
	claim 'there_it_says_why_it_cannot_connect' says_why_it_cannot_connect
else
	skip 'the_program_runs_in_an_empty_root_directory' 'namespaces are not permitted here'
fi
# The Debian root that tests/bare made, when it exists.
: "${MINIMAL_ROOT:=$(tests/lib/debian-root made bookworm)}"
if [ -n "$MINIMAL_ROOT" ]; then
	cp -r "$MINIMAL_ROOT/." "$tmp/empty"
	claim 'the_program_runs_in_a_minimal_debian' runs_in_an_empty_root
else
	skip 'the_program_runs_in_a_minimal_debian' 'no MINIMAL_ROOT (debootstrap --variant=minbase bookworm DIR)'
fi

claim_fails 2 'a_shell_without_completions_is_refused' "$program" completion csh
finish
