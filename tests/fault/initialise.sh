#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# One initialise, broken at its N-th exchange, for every N that it has, in three ways: the request
# never arrives; it is carried out and the answer is lost; the program is killed while it waits.
# Each time the run after it converges, the GUID is the first one, and one more run writes nothing.
# shellcheck disable=SC2317 # claim calls the functions
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/cluster.sh
. tests/lib/fault.sh
. tests/lib/fault-cluster.sh

start_upstream
run install v3.32.1

guid() {
	kubectl get clusterinformations.crd.projectcalico.org -o json | jq -r '.items[].spec.clusterGUID'
}

# broken N ACTION: one run whose N-th exchange meets this action; false once N is too many
broken() {
	between <<<"nth $1 $2"
	met initialise
	grep -q -e ' reset' -e ' dropped' "$server_log"
}

# killed N: the same, but killed with its N-th exchange under way
killed() {
	local pid i
	between <<<"nth $1 stall"
	"$program" --kubeconfig "$tmp/kubeconfig" initialise >"$tmp/out" 2>"$tmp/err" &
	pid=$!
	alive[$pid]=1
	for ((i = 0; i < 400; i++)); do
		grep -q ' stall' "$server_log" && break
		kill -0 "$pid" 2>/dev/null || break
		sleep 0.02
	done
	kill -KILL "$pid" 2>/dev/null || true
	end_process "$pid"
	grep -q ' stall' "$server_log"
}

# converges: an undisturbed run succeeds and keeps the GUID that is there; one more only reads
converges() {
	local first
	first=$(guid)
	stop_server
	between <<<''
	met initialise
	ended 0 && printed '; ready, ' || return
	[ -z "$first" ] || [ "$(guid)" = "$first" ] || return
	: >"$server_log"
	met initialise
	ended 0 && printed ': 0 created, 0 configured, 4 unchanged; ready, ' && asked '^P[OU]' 0
}

most=60
for way in 'reset before-answer' 'pass-then-drop' killed; do
	name=${way//[ -]/_}
	for ((n = 1; n <= most; n++)); do
		kubectl delete clusterinformations.crd.projectcalico.org,tiers.crd.projectcalico.org --all >"$tmp/log"
		if [ "$way" = killed ]; then
			killed "$n" || break
		else
			broken "$n" "$way" || break
			claim "${name}_at_exchange_${n}_is_survived" ended 0
		fi
		claim "${name}_at_exchange_${n}_converges" converges
		stop_server
	done
	claim "${name}_was_tried_at_every_exchange" test "$n" -gt 10 -a "$n" -le "$most"
	stop_server
done

finish
