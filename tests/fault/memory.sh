#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# One allocation fails: the run ends with 70, or as it would without the failure. Of the allocations
# with one call stack, the first one fails. MALLOC=all fails every allocation and takes hours.
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh

failing=${BUILD:-build}/tests/failing-malloc.so
if nm "$program" 2>/dev/null | grep -q __asan_init; then
	skip 'each_failing_allocation_of_list_ends_it' 'a program with ASan has an allocator of its own'
	finish
fi
. tests/lib/cluster.sh

# survives FRAMES ARGUMENT...: for each call stack of FRAMES frames, its first allocation fails once
survives() {
	local frames=$1 n last code wanted=0 bad=0
	shift
	LD_PRELOAD=$failing MALLOC_RECORD=$tmp/numbers MALLOC_FRAMES=$frames "$program" "$@" >"$tmp/right" 2>/dev/null || wanted=$?
	[ "$wanted" -le 1 ] && [ "$(wc -l <"$tmp/numbers")" -gt 20 ] || return 1
	if [ "${MALLOC-}" = all ]; then
		last=$(tail -n 1 "$tmp/numbers")
		seq "$last" >"$tmp/numbers"
	fi
	while read -r n; do
		code=0
		LD_PRELOAD=$failing MALLOC_FAIL_AT=$n timeout -s KILL 60 "$program" "$@" >"$tmp/out" 2>"$tmp/err" || code=$?
		[ "$code" = 70 ] && continue
		[ "$code" = "$wanted" ] && cmp -s "$tmp/right" "$tmp/out" && continue
		echo "allocation $n of $(tail -n 1 "$tmp/numbers") ends with $code: $(head -c 300 "$tmp/err")"
		bad=1
	done <"$tmp/numbers"
	return "$bad"
}

"$program" bundle create v3.29.1 -o "$tmp/b.tar.xz" >"$tmp/log" 2>&1
claim 'each_failing_allocation_of_list_ends_it' survives 12 list
claim 'each_failing_allocation_of_show_ends_it' survives 12 show v3.29.1
claim 'each_failing_allocation_of_bundle_verify_ends_it' survives 9 bundle verify "$tmp/b.tar.xz"
start_cluster
claim 'each_failing_allocation_of_plan_ends_it' survives 3 plan v3.29.1 -q
finish
