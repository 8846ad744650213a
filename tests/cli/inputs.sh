#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Files without data: a pipe that no process writes to, an input that stays open.
# shellcheck disable=SC2317 # claim calls the functions
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh

mkfifo "$tmp/silent" "$tmp/open"
exec 7<>"$tmp/open" # the pipe has a writer that never writes

# deadline CLAIM PIPE ARGUMENT...: the run ends at its deadline and names the pipe
deadline() {
	local claim=$1 pipe=$2
	shift 2
	run "$@" --timeout 500ms
	claim "$claim" ended 124 "$pipe" --timeout
}

printf 'apiVersion: v1\nkind: Config\nclusters: [{name: a, cluster: {server: "https://127.0.0.1:1", certificate-authority: %s}}]\nusers: [{name: a, user: {tokenFile: %s}}]\ncontexts: [{name: a, context: {cluster: a, user: a}}]\ncurrent-context: a\n' \
	"$tmp/silent" "$tmp/silent" >"$tmp/kubeconfig"
for pipe in silent open; do
	deadline "kubeconfig_that_is_${pipe}_ends_with_the_deadline" "$pipe" \
		plan v3.29.1 --kubeconfig "$tmp/$pipe"
	deadline "manifest_that_is_${pipe}_ends_with_the_deadline" "$pipe" verify -f "$tmp/$pipe"
	deadline "bundle_that_is_${pipe}_ends_with_the_deadline" "$pipe" \
		verify --bundle "$tmp/$pipe"
	deadline "key_that_is_${pipe}_ends_with_the_deadline" "$pipe" \
		plan v3.29.1 --bundle Makefile --public-key "$tmp/$pipe" --server https://127.0.0.1:1
	deadline "token_that_is_${pipe}_ends_with_the_deadline" "$pipe" \
		check --server https://127.0.0.1:1 --token-file "$tmp/$pipe"
	deadline "client_key_that_is_${pipe}_ends_with_the_deadline" "$pipe" \
		check --server https://127.0.0.1:1 --client-certificate "$tmp/$pipe" --client-key "$tmp/$pipe"
	deadline "configuration_that_is_${pipe}_ends_with_the_deadline" "$pipe" \
		get nodes --config "$tmp/$pipe"
done
deadline "authority_that_is_silent_ends_with_the_deadline" silent check --kubeconfig "$tmp/kubeconfig"

run restore "$tmp/silent" --server https://127.0.0.1:1 --timeout 2s
claim "backup_that_is_a_pipe_is_refused_at_once" ended 3 silent

deadline "standard_input_that_stays_open_ends_with_the_deadline" 'standard input' \
	verify -f - <"$tmp/open"

# The program reads a pipe with a writer to its end, even when the writer is late.
late() {
	(sleep 0.3 && "$program" show v3.29.1) >"$tmp/silent" &
	run verify -f "$tmp/silent"
	wait $!
	ended 1 && printed 'the API of v3.29.1' # without descriptions, so not byte for byte
}
claim "pipe_is_read_to_its_end" late

# has_open PID FILE: the process has the file open
has_open() {
	local fd
	for fd in "/proc/$1/fd/"*; do
		[ "$(readlink "$fd")" = "$2" ] && return
	done
	return 1
}

# interrupted: the first signal ends a command without a deadline
interrupted() {
	"$program" show -f "$tmp/open" >/dev/null 2>"$tmp/err" 7>&- &
	local pid=$! i
	eventually has_open "$pid" "$tmp/open"
	status=0
	kill "$pid"
	wait "$pid" || status=$?
	ended 143 SIGTERM
}
claim "first_signal_ends_the_wait_for_a_file" interrupted

finish
