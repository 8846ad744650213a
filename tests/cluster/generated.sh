#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Generated objects of every kind, with many fields each, on real servers. The suite creates them
# and applies what get shows of them; the apply writes nothing. Both datastores, both API groups,
# three releases.
# shellcheck disable=SC2317 # claim calls the functions
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/cluster.sh
. tests/lib/etcd.sh

maker=${BUILD:-build}/tests/object-maker
each=4 # objects of each kind
seed=${SEED:-42} # any other seed works, too

# revision: prints the revision of the whole store, which stays the same when nothing is written
revision() {
	ask_etcd kv/range '{"key": "AA=="}' | jq -r .header.revision
}
# objects: prints every object of Calico with its revision
objects() {
	if [ -n "${DATASTORE_TYPE-}" ]; then
		revision
	else
		kubectl get "$(kubectl api-resources --api-group "$group" -o name | paste -sd,)" -A -o json |
			jq -c '.items[].metadata | [.namespace, .name, .uid, .resourceVersion]'
	fi
}
generated() {
	"$maker" "$release" "$seed" "$each" "$what" >"$tmp/made.json"
	n=$(jq '.items | length' "$tmp/made.json")
	[ "$n" -ge $((12 * each)) ] && jq -e '[.items[].spec | [paths] | length] | add / length > 7' "$tmp/made.json"
}
created() {
	run create -f "$tmp/made.json" -o json
	ended 0 && holds "(.objects | length == $n and all(.outcome == \"created\"))"
}
# shown_and_applied: applies a file with everything that get shows
shown_and_applied() {
	local kind before
	local -a words
	for kind in $(jq -r '[.items[].kind] | unique | .[]' "$tmp/made.json"); do
		words=()
		# The default profile is left out: nobody can write it.
		[ "$kind" != Profile ] || mapfile -t words < <(jq -r '.items[] | select(.kind == "Profile").metadata.name' "$tmp/made.json")
		run get "$kind" -A "${words[@]}" -o yaml
		[ "$status" = 0 ] || run get "$kind" "${words[@]}" -o yaml
		ended 0 && echo --- && cat "$tmp/out" || return 1
	done >"$tmp/shown.yaml"
	before=$(objects)
	run apply -f "$tmp/shown.yaml" -o json
	ended 0 && holds ".changed == false and (.objects | length >= $n and all(.action == \"unchanged\"))" &&
		[ "$(objects)" = "$before" ]
}
applied_again() {
	local before
	before=$(objects)
	run apply -f "$tmp/made.json" -o json
	ended 0 && holds '.changed == false' && [ "$(objects)" = "$before" ]
}
deleted() {
	run delete -f "$tmp/made.json" -o json
	ended 0 && holds "(.objects | length == $n and all(.outcome == \"deleted\"))"
}
# round NAME: needs the variables seed, release, what and group
round() {
	claim "$1: objects are generated (SEED=$seed)" generated
	claim "$1: all of them are created" created
	claim "$1: what get shows applies as unchanged" shown_and_applied
	claim "$1: the files apply as unchanged" applied_again
	claim "$1: all of them are deleted" deleted
}

what=all
group=crd.projectcalico.org
start_cluster
for release in v3.29.1 v3.32.1; do
	"$program" install "$release" >"$tmp/log" 2>&1
	round "$release on Kubernetes"
	seed=$((seed % 1000000 + 1))
done
stop_cluster
start_cluster
group=projectcalico.org
"$program" install v3.32.1 --set v3 --without-policies >"$tmp/log" 2>&1
round 'v3.32.1 on Kubernetes, projectcalico.org/v3'
stop_cluster

unset KUBECONFIG
what=etcd
start_etcd http
export DATASTORE_TYPE=etcdv3 ETCD_ENDPOINTS=$etcd_url
for release in v3.29.1 v3.32.1; do
	ask_etcd kv/deleterange '{"key": "L2NhbGljby8=", "range_end": "L2NhbGljbzA="}' >"$tmp/log"
	"$program" initialise "$release" >"$tmp/log" 2>&1
	seed=$((seed % 1000000 + 1))
	round "$release in etcd"
done

finish
