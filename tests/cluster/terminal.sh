#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What a person at a terminal sees and a script does not: progress. No text of others moves the
# cursor.
# shellcheck source=tests/lib/shell.sh
. tests/lib/shell.sh
# shellcheck source=tests/lib/run.sh
. tests/lib/run.sh
# shellcheck source=tests/lib/cluster.sh
. tests/lib/cluster.sh

escape=$(printf '\033')

# on_terminal TERM ARGUMENT...: runs on a pseudo-terminal; $tmp/screen has what it shows
on_terminal() {
	local term=$1
	shift
	TERM=$term script -qec "$(printf '%q ' "$program" "$@")" /dev/null </dev/null >"$tmp/screen" 2>&1
}

shows_progress() {
	on_terminal xterm install v3.29.1 &&
		grep -q 'written [0-9]*/20' "$tmp/screen" && grep -q 'established [0-9]*/20' "$tmp/screen"
}

# The program removes the last progress line before it prints the result.
wipes_progress() {
	tr '\r' '\n' <"$tmp/screen" | grep -A1 'established 20/20' | tail -n 1 | grep -q "^$escape\[K"
}

no_progress_on_dumb_terminal() {
	on_terminal dumb install v3.28.5 --allow-downgrade && ! grep -q -e "$escape" -e 'established' "$tmp/screen"
}

# On a terminal the program prints short names, in a script the names of kubectl.
short_names_on_a_terminal() {
	on_terminal dumb install v3.28.5 && tr -d '\r' <"$tmp/screen" >"$tmp/plain" && says "$tmp/plain" '^crd/ippools unchanged$' &&
		says "$tmp/plain" '!customresourcedefinition' && run install v3.28.5 &&
		printed '^customresourcedefinition.apiextensions.k8s.io/ippools.crd.projectcalico.org unchanged$' '!^crd/'
}

no_progress_in_a_pipe() {
	run install v3.29.7 && ! grep -q -e "$escape" -e 'established [0-9]' "$tmp/out" "$tmp/err"
}

quiet_says_nothing_but_the_result() {
	run install v3.29.7 --quiet && [ ! -s "$tmp/err" ] && printed ' unchanged$'
}

# The names of contexts and files are texts of others.
foreign_escapes_never_reach_the_terminal() {
	local name="a$escape]0;owned${escape}[31m"
	kubectl config view --raw -o json |
		jq --arg n "$name" '.contexts[0].name = $n | ."current-context" = $n' >"$tmp/escapes.kubeconfig"
	on_terminal xterm plan v3.29.7 --kubeconfig "$tmp/escapes.kubeconfig"
	grep -q 'context a?]0;owned' "$tmp/screen" && ! grep -q "$escape]0;owned" "$tmp/screen"
}

# A far server: each flight takes 300 ms, so the program has progress to show before the first
# answer.
says_what_is_waited_for() {
	local server proxy
	server=$(kubectl config view --minify -o json | jq -r '.clusters[0].cluster.server')
	"${BUILD:-build}/tests/delay-proxy" --to "${server#https://}" --delay-ms 300 --port-file "$tmp/port" &
	proxy=$!
	at_exit_kill "$proxy"
	while [ ! -s "$tmp/port" ]; do sleep 0.02; done
	on_terminal xterm plan v3.29.7 --server "https://127.0.0.1:$(cat "$tmp/port")" || [ $? = 1 ] || return 1
	kill "$proxy"
	tr '\r' '\n' <"$tmp/screen" | grep -q 'https://127.0.0.1:[0-9]*: 0 of [0-9]* answers after [0-9.]* s, waiting for /apis/'
}

if ! command -v script >/dev/null; then
	skip 'progress_is_shown_on_a_terminal' 'no script(1) on this machine'
	finish
fi
start_cluster
claim 'progress_is_shown_on_a_terminal' shows_progress
claim 'progress_is_gone_before_the_result' wipes_progress
claim 'a_dumb_terminal_gets_no_progress' no_progress_on_dumb_terminal
claim 'a_terminal_gets_short_names' short_names_on_a_terminal
claim 'a_pipe_gets_no_progress' no_progress_in_a_pipe
claim 'quiet_leaves_only_the_result' quiet_says_nothing_but_the_result
claim 'far_server_is_waited_for_with_words' says_what_is_waited_for
claim 'escape_sequences_of_others_are_made_harmless' foreign_escapes_never_reach_the_terminal
finish
