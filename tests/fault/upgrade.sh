#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# An upgrade of CRDs with objects, including the steps of a breaking upgrade (judging objects,
# backup). It is broken at its N-th exchange, for each of its exchanges, in three ways: the request
# never arrives; the server carries it out and the answer is lost; the program is killed while it
# waits. Each time the next run converges, one more run writes nothing, and no object has changed.
# shellcheck disable=SC2317 # claim calls the functions
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/cluster.sh
. tests/lib/fault.sh
. tests/lib/fault-cluster.sh

start_upstream
flags=(--allow-downgrade --accept-loss)
kinds=(ippools felixconfigurations)
for release in v3.31.7 v3.32.1; do
	for kind in "${kinds[@]}"; do
		"$program" show "$release" "$kind.crd.projectcalico.org"
	done >"$tmp/$release.yaml"
done
upgrade=(install -f "$tmp/v3.32.1.yaml" "${flags[@]}")

objects() {
	versions "$(IFS=, && echo "${kinds[*]}")"
}

run install v3.31.7
claim "v3.31.7_is_the_start" ended 0
kubectl create -f tests/cluster/fixtures/objects.yaml >"$tmp/log"
kubectl create -f - >"$tmp/log" <<-'POOL'
	apiVersion: crd.projectcalico.org/v1
	kind: IPPool
	metadata: {name: with-a-field-that-goes}
	spec: {cidr: 192.0.2.0/24, nat-outgoing: true}
POOL
objects >"$tmp/objects"
claim "four_objects_were_created" test "$(wc -l <"$tmp/objects")" = 4

# back: restores the state in which each round starts
back() {
	run install -f "$tmp/v3.31.7.yaml" "${flags[@]}" --no-backup -q
	[ "$status" = 0 ]
}

# converges: an undisturbed run succeeds; if it wrote, one more run only reads
converges() {
	stop_server
	between <<<''
	met "${upgrade[@]}"
	ended 0 || return
	if grep -q '^P[OU]' "$server_log"; then
		: >"$server_log"
		met "${upgrade[@]}"
	fi
	ended 0 && asked '^P[OU]' 0
}

undisturbed() {
	between <<<''
	met "${upgrade[@]}"
	ended 0 && asked "^PUT .*fieldManager=calico-datastore " 2 && lines 2 ' configured$'
}
claim "upgrade_writes_both_crds" undisturbed
claim "upgrade_saves_first_what_it_breaks" ended 0 'CRDs and .* objects as they were'
claim "no_object_is_written" diff "$tmp/objects" <(objects)
stop_server

for way in "${ways[@]}"; do
	at_every_exchange "$way" 80 back "${upgrade[@]}"
	# A write in between would show, because resourceVersions only grow.
	claim "${way//[ -]/_}_at_any_exchange_writes_no_object" diff "$tmp/objects" <(objects)
done

finish
