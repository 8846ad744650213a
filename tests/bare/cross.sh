#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Builds a program for arm64 on a bare Debian of another architecture, and runs it there under
# qemu-user.
# shellcheck source=tests/lib/shell.sh
. tests/lib/shell.sh
# shellcheck source=tests/lib/run.sh
. tests/lib/run.sh
# shellcheck source=tests/lib/bare.sh
. tests/lib/bare.sh

cc=aarch64-linux-gnu-gcc
built=build/aarch64-linux-gnu/calico-datastore

builds() {
	bare make CC=$cc >"$tmp/out" 2>"$tmp/err" && says "$tmp/err" 'libarchive-dev:arm64' &&
		readelf -h "$bare_work/src/$built" | grep -q 'Machine: *AArch64'
}

# A build for this machine and a build for arm64 do not replace each other's files.
native_beside_it() {
	bare make >"$tmp/out" 2>&1 && readelf -h "$bare_work/src/build/calico-datastore" | grep -q 'Machine: .*X86-64' &&
		bare make CC=$cc >"$tmp/out" 2>&1 && ! grep -E '^  (CC|LINK)' "$tmp/out"
}

# same ARGUMENT...: both programs print the same and end with the same exit code
same() {
	bare sh -c 'build/calico-datastore "$@"; echo "exit code $?"' sh "$@" >"$tmp/native" 2>&1
	bare sh -c 'qemu-aarch64 "$0" "$@"; echo "exit code $?"' "$built" "$@" >"$tmp/emulated" 2>&1
	sed -i 's/after [0-9]* ms/after some ms/' "$tmp/native" "$tmp/emulated" && diff "$tmp/native" "$tmp/emulated"
}

runs() {
	bare sh -c 'apt-get install -y -qq --no-install-recommends qemu-user >/dev/null 2>&1' &&
		same list && says "$tmp/emulated" '^v3.29.1 ' && same show v3.29.1 &&
		same verify v3.29.1 && same status --server https://127.0.0.1:1 --timeout 5s
}

# A program for this machine prints the completions.
installs() {
	bare make install CC=$cc DESTDIR=/dest PREFIX=/usr >"$tmp/out" 2>&1 &&
		bare sh -c 'cmp /dest/usr/bin/calico-datastore '"$built"' &&
			build/calico-datastore completion zsh | cmp - /dest/usr/share/zsh/site-functions/_calico-datastore'
}

packs() {
	bare make dist CC=$cc >"$tmp/out" 2>&1 && ls "$bare_work"/src/build/aarch64-linux-gnu/dist/*-linux-aarch64.tar.gz &&
		bare sh -c 'tar -xzf build/aarch64-linux-gnu/dist/*.tar.gz && qemu-aarch64 calico-datastore-*/calico-datastore list' \
			>"$tmp/emulated" && bare build/calico-datastore list | cmp - "$tmp/emulated"
}

start_bare bookworm || exit 1
claim 'make_with_a_cross_compiler_gives_a_program_for_it' builds
claim 'the_native_program_is_built_beside_it' native_beside_it
claim 'under_qemu_user_it_prints_the_same' runs
claim 'make_install_takes_the_completions_from_a_program_that_runs_here' installs
claim 'make_dist_packs_a_static_program_for_it' packs
finish
