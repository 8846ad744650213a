#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Many runs at once, and runs that are stopped at any moment. Each run succeeds or can be repeated,
# and the next run converges.
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/cluster.sh

start_cluster

# At once

# at_once N ARGUMENT...: runs N programs at once; reports in $tmp/at-once.I, exit codes in $codes
at_once() {
	local n=$1 i pids=() status
	shift
	codes=
	rm -f "$tmp"/at-once.*
	for ((i = 1; i <= n; i++)); do
		timeout -s KILL 600 "$program" "$@" -o json >"$tmp/at-once.$i" 2>"$tmp/at-once.$i.err" &
		pids+=("$!")
	done
	for i in "${pids[@]}"; do
		status=0
		wait "$i" || status=$?
		codes="$codes$status "
	done
	all_0 || cat "$tmp"/at-once.*.err >&2
}

# all_0: every run ended with 0
all_0() {
	[ -z "${codes//0 /}" ]
}

# in_all FILTER VALUE: jq's filter gives VALUE for all reports together
in_all() {
	local value
	value=$(find "$tmp" -name 'at-once.*' ! -name '*.err' -exec cat {} + | jq -s "$1")
	[ "$value" = "$2" ] && return
	echo "$1 is $value, not $2" >&2
	return 1
}

converged() {
	local before
	run plan "$@"
	ended 0 || return 1
	before=$(versions)
	run install "$@" -o json
	ended 0 && holds '.changed == false' && [ "$(versions)" = "$before" ]
}

at_once 8 install v3.29.1
claim "eight_installs_at_once_are_all_exit_0" all_0
claim "eight_installs_at_once_create_each_crd_once" in_all 'map(.summary.created) | add' 20
claim "eight_installs_at_once_all_read_everything" in_all 'all(.reads | length == 21 and all(.ok))' true
claim "all_crds_are_established" all_established
claim "eight_installs_at_once_converge" converged v3.29.1

run plan v3.30.7 -o json
new=$(jq .summary.toCreate "$tmp/out")
changed=$(jq .summary.toUpdate "$tmp/out")
at_once 8 install v3.30.7
claim "eight_upgrades_at_once_are_all_exit_0" all_0
claim "eight_upgrades_at_once_create_each_new_crd_once" in_all 'map(.summary.created) | add' "$new"
claim "eight_upgrades_at_once_change_each_crd_once" in_all 'map(.summary.configured) | add' "$changed"
claim "eight_upgrades_at_once_converge" converged v3.30.7

# Stopped

"$program" show v3.29.1 -o json >"$tmp/release.json"
rounds=0
: >"$tmp/reports"

# fresh_manifest: makes ten CRDs of a group that no earlier round had
fresh_manifest() {
	manifest=$tmp/round-$((++rounds)).json
	jq --arg group "round$rounds.example.test" '.items |= (.[:10] | map(del(.metadata.annotations)
		| .spec.group = $group | .metadata.name = .spec.names.plural + "." + $group))' \
		"$tmp/release.json" >"$manifest"
}

# stopped SIGNAL NUMBER MILLISECONDS ARGUMENT...: sends the signal to an install after this time.
# The install may have ended before. A signal that comes very early leaves no report.
stopped() {
	local signal=$1 number=$2 after=$3 pid
	shift 3
	status=0
	# bash lets programs in the background ignore SIGINT; env restores the default.
	env --default-signal=INT --default-signal=TERM "$program" install "$@" -o json \
		>"$tmp/out" 2>"$tmp/err" &
	pid=$!
	sleep "$(printf '0.%03d' "$after")"
	kill -s "$signal" "$pid" 2>/dev/null || true
	wait "$pid" 2>/dev/null || status=$?
	if [ "$status" = 0 ]; then
		holds '.ok'
	elif [ "$signal" = KILL ]; then
		[ "$status" = 137 ]
	elif [ -s "$tmp/out" ]; then
		echo "$signal" >>"$tmp/reports"
		ended $((128 + number)) "stopped by SIG$signal" 'run the command again' &&
			holds ".ok == false and .error.kind == \"signal\" and .error.exitCode == $((128 + number))"
	else
		[ "$status" = $((128 + number)) ]
	fi
}

repeated() {
	run install "$@"
	ended 0 && converged "$@"
}

for signal in INT:2 TERM:15 KILL:9; do
	name=${signal%:*}
	for after in 15 40 80 140 220; do
		fresh_manifest
		claim "install_stopped_by_SIG${name}_after_${after}_ms_says_so" \
			stopped "$name" "${signal#*:}" "$after" -f "$manifest"
		claim "install_repeated_after_SIG${name}_at_${after}_ms_converges" repeated -f "$manifest"
	done
	[ "$name" = KILL ] ||
		claim "some_of_the_runs_reported_that_SIG${name}_stopped_them" test "$(grep -c "$name" "$tmp/reports")" -ge 2
done

release=v3.29.1
for after in 30 70 120 200; do
	claim "upgrade_stopped_by_SIGINT_after_${after}_ms_says_so" stopped INT 2 "$after" "$release" --allow-downgrade
	claim "upgrade_repeated_after_SIGINT_at_${after}_ms_converges" repeated "$release" --allow-downgrade
	[ "$release" = v3.29.1 ] && release=v3.31.7 || release=v3.29.1
	claim "upgrade_killed_after_${after}_ms_says_nothing_wrong" stopped KILL 9 "$after" "$release" --allow-downgrade
	claim "upgrade_repeated_after_a_kill_at_${after}_ms_converges" repeated "$release" --allow-downgrade
	[ "$release" = v3.29.1 ] && release=v3.32.1 || release=v3.29.1
done
claim "all_crds_of_all_rounds_are_established" all_established
stop_cluster

# One small server

# It refuses more than 8 reads or 4 writes at a time, for everybody except system:masters.
start_cluster --enable-priority-and-fairness=false --max-requests-inflight 8 --max-mutating-requests-inflight 4
admin=$KUBECONFIG
user many cluster-admin
KUBECONFIG=$tmp/many.kubeconfig
at_once 64 install v3.29.1 --timeout 500s
KUBECONFIG=$admin

# answers CODE: prints the number of requests that the server answered with matching codes
answers() {
	awk -v "code=code=\"$1\"" '/^apiserver_request_total/ && $0 ~ code { n += $NF } END { print n + 0 }' "$tmp/metrics"
}

# Runs that repeat all refused requests at once would cause 3 refusals for each answer.
queued() {
	kubectl get --raw /metrics >"$tmp/metrics"
	[ "$(answers 429)" -gt 0 ] && [ "$(answers 429)" -lt "$(answers '[24]0[014-9]')" ] && return
	echo "$(answers 429) refusals beside $(answers '[24]0[014-9]') answers" >&2
	return 1
}

claim "sixty_four_installs_at_once_on_a_small_server_are_all_exit_0" all_0
claim "sixty_four_installs_at_once_create_each_crd_once" in_all 'map(.summary.created) | add' 20
claim "runs_on_a_small_server_queue" queued

finish
