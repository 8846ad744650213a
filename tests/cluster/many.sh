#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# One command on ten contexts: three real control planes that are far away, and one that never
# answers.
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/cluster.sh

: "${BUILD:=build}"

# distant NAME MS: puts a proxy before the current cluster; its kubeconfig is $tmp/NAME.json
distant() {
	local server pid
	server=$(kubectl config view --minify -o json | jq -r '.clusters[0].cluster.server')
	"$BUILD/tests/delay-proxy" --to "${server#https://}" --delay-ms "$2" --port-file "$tmp/$1.port" &
	pid=$!
	at_exit_kill "$pid"
	while [ ! -s "$tmp/$1.port" ]; do
		kill -0 "$pid" || return 1
		sleep 0.02
	done
	kubectl config view --raw --minify --flatten -o json |
		jq --arg server "https://127.0.0.1:$(cat "$tmp/$1.port")" \
			'.clusters[0].cluster.server = $server' >"$tmp/$1.json"
}

# contexts NAME:FILE...: prints one kubeconfig with a context for each name
contexts() {
	local pair
	for pair; do
		jq --arg name "${pair%%:*}" '{
			clusters: [{name: $name, cluster: .clusters[0].cluster}],
			users: [{name: $name, user: .users[0].user}],
			contexts: [{name: $name, context: {cluster: $name, user: $name}}]
		}' "${pair#*:}"
	done | jq -s '{apiVersion: "v1", kind: "Config", clusters: map(.clusters[0]), users: map(.users[0]),
		contexts: map(.contexts[0]), "current-context": .[0].contexts[0].name}'
}

for name in east west north; do
	start_cluster
	distant "$name" 20
done
# A server that needs a minute for each byte.
distant stalled 60000

contexts east-1:"$tmp/east.json" east-2:"$tmp/east.json" east-3:"$tmp/east.json" \
	west-1:"$tmp/west.json" west-2:"$tmp/west.json" west-3:"$tmp/west.json" \
	north-1:"$tmp/north.json" north-2:"$tmp/north.json" north-3:"$tmp/north.json" \
	stalled:"$tmp/stalled.json" >"$tmp/all.kubeconfig"
KUBECONFIG=$tmp/all.kubeconfig
good=east-1,east-2,east-3,west-1,west-2,west-3,north-1,north-2,north-3

# The program prints rows while one server still does not answer, and ends at the deadline.
rows_before_the_stalled_one() {
	local started=$SECONDS pid seen=
	"$program" install v3.29.1 --all-contexts --timeout 20s -q >"$tmp/out" 2>"$tmp/err" &
	pid=$!
	while kill -0 "$pid" 2>/dev/null; do
		[ "$(grep -c '  ok  ' "$tmp/out")" -lt 9 ] || seen=${seen:-$((SECONDS - started))}
		sleep 0.05
	done
	status=0
	wait "$pid" || status=$?
	took=$((SECONDS - started))
	[ -n "$seen" ] && [ "$seen" -lt 18 ] || { echo "nine rows after ${seen:-never}"; cat "$tmp/out"; return 1; }
}

stalled_row() {
	ended 124 && lines 9 '^[a-z]*-[123]  *ok  .* v3.29.1: ' && lines 1 '^stalled  *timeout  ' &&
		[ "$took" -le 22 ]
}

claim 'rows_of_the_others_are_there_while_one_cluster_hangs' rows_before_the_stalled_one
claim 'the_stalled_cluster_ends_with_the_deadline_and_decides_the_exit_code' stalled_row

nothing_to_do() {
	run install v3.29.1 --context "$good" -o json
	ended 0 && holds '.kind == "ReportList" and .ok and (.changed | not) and (.items | length == 9)' &&
		holds '[.items[].context] == "'"$good"'" / ","' &&
		holds 'all(.items[]; .summary.unchanged == 20 and (.reads | all(.ok)))'
}
claim 'a_second_run_on_nine_contexts_writes_nothing' nothing_to_do

plan_shows_changes() {
	run plan v3.29.2 --context east-1,west-1
	ended 1 && lines 2 '  changes  .* v3.29.2: 0 to create, 2 to update, 18 unchanged, 0 blocked'
}
claim 'plan_on_several_contexts_exits_with_1_for_changes' plan_shows_changes

states() {
	run status --context east-1,west-1
	ended 0 && lines 2 '^[ew][a-z]*-1  *ok  .* v3.29.1: all 20 CRDs are as released'
}
claim 'status_of_several_contexts_is_a_row_each' states

every_state() {
	jq 'del(.contexts[] | select(.name == "stalled"))' "$tmp/all.kubeconfig" >"$tmp/good.kubeconfig"
	run status --all-contexts --kubeconfig "$tmp/good.kubeconfig"
	ended 0 && lines 9 '^[a-z]*-[123]  *ok  .* v3.29.1: all 20 CRDs are as released' || return 1
	run status --all-contexts --kubeconfig "$tmp/good.kubeconfig" -o json
	ended 0 && holds '.kind == "ReportList" and .command == "status" and .ok and (.items | length == 9 and
		all(.kind == "Status" and .asReleased))'
}
claim 'status_of_all_contexts_is_a_row_each' every_state

# An error that is found before any request is reported with its kind and its text.
early() {
	jq '.users[0].user = {tokenFile: "/nowhere/token"}' "$tmp/all.kubeconfig" >"$tmp/early.kubeconfig"
	run "$1" --kubeconfig "$tmp/early.kubeconfig" --context east-1,west-1
	ended 3 && lines 1 '^west-1  *ok  ' && lines 1 '^east-1  *io  .*/nowhere/token' || return 1
	run "$1" --kubeconfig "$tmp/early.kubeconfig" --context east-1,west-1 -o json
	holds '.ok == false and [.items[].ok] == [false, true] and .items[0].error.kind == "io" and
		(.items[0].error.message | test("/nowhere/token")) and .items[0].command == "'"$1"'"'
}
for command in check status; do
	claim "context_that_fails_early_says_why ($command)" early "$command"
done

one_at_a_time() {
	run check --context east-1,west-1,north-1 --parallel 1 -o json
	ended 0 && holds '[.items[] | .ok] == [true, true, true]'
}
claim 'parallel_1_takes_one_after_the_other' one_at_a_time

one_wrong() {
	jq '.users[0].user = {token: "x"}' "$tmp/all.kubeconfig" >"$tmp/wrong.kubeconfig"
	run check --kubeconfig "$tmp/wrong.kubeconfig" --context east-1,west-1
	ended 7 && lines 1 '^west-1  *ok  ' && lines 1 '^east-1  *auth  '
}
claim 'a_cluster_that_refuses_the_user_hides_no_other' one_wrong

# Both of them.
has_children() {
	[ "$(ps -o pid= --ppid "$1" | wc -l)" -ge 2 ]
}

killed() {
	local pid children child
	"$program" check --context "stalled,east-1" -q >"$tmp/out" 2>"$tmp/err" &
	pid=$!
	eventually has_children "$pid"
	children=$(ps -o pid= --ppid "$pid")
	kill -TERM "$pid"
	status=0
	wait "$pid" || status=$?
	ended 143 && [ -n "$children" ] || return 1
	for child in $children; do
		! kill -0 "$child" 2>/dev/null || { echo "$child still runs"; return 1; }
	done
}
claim 'a_signal_ends_all_of_them' killed

wrong_use() {
	run check --context east-1,nowhere && ended 2 'no context "nowhere"' || return 1
	run check --context east-1, && ended 2 'empty name' || return 1
	run check --context east-1 --all-contexts && ended 2 'either' || return 1
	run check --all-contexts --server https://127.0.0.1:1 && ended 2 'one cluster' || return 1
	run install -f - --all-contexts && ended 2 'standard input' || return 1
	run check --all-contexts --parallel 0 && ended 2 'between 1 and 1000'
}
claim 'what_cannot_be_meant_is_refused' wrong_use
finish
