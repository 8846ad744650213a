#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# One initialise, broken at its N-th exchange, for each of its exchanges, in three ways: the request
# never arrives; the server carries it out and the answer is lost; the program is killed while it
# waits. Each time the next run converges and keeps the first GUID, and one more run writes nothing.
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

# converges: an undisturbed run succeeds and keeps the existing GUID; one more run only reads
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

start() {
	kubectl delete clusterinformations.crd.projectcalico.org,tiers.crd.projectcalico.org --all >"$tmp/log"
}
for way in "${ways[@]}"; do
	at_every_exchange "$way" 60 start initialise
done

finish
