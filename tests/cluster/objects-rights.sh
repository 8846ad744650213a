#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The roles of create, replace, delete and initialise. Each command works with exactly its role.
# When one right of the role is missing, the command fails before it writes an object.
# shellcheck disable=SC2317 # claim calls the functions
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/cluster.sh
. tests/lib/rights.sh

release=v3.32.1
start_with_users 320
run install $release
kubectl create -f - >"$tmp/log" <<<'{apiVersion: v1, kind: Node, metadata: {name: generated-0}}'

# prepare COMMAND: prepares its rights, and users who each lack one
prepare() {
	"$program" rbac "$1" $release -o json | rights |
		grep -v -e '"customresourcedefinitions"' -e '"datastoremigrations"' -e '\["projectcalico' >"$tmp/$1.rights"
	"$program" rbac "$1" $release -o json | rights |
		grep -e '"customresourcedefinitions"' -e '"datastoremigrations"' >"$tmp/$1.others" || true
	# The other rights are for a datastore whose CRDs alone tell its release, or that is moved.
	grant_less "$tmp/$1.rights" "$tmp/$1.others"
}
# whole COMMAND ARGUMENT...: the command works with only the role
whole() {
	kubectl create clusterrolebinding "whole-$1" --clusterrole "calico-datastore-$1" --user nobody >"$tmp/log"
	as nobody "${@:2}"
	kubectl delete clusterrolebinding "whole-$1" >"$tmp/log"
	[ "$status" = 0 ] && return
	cat "$tmp/err" >&2
	return 1
}
role() {
	run rbac "$1" $release && ended 0 && kubectl apply -f "$tmp/out" >"$tmp/log"
}

# initialise

prepare initialise
claim 'initialise_needs_each_right_to_create' each_is_needed "$tmp/initialise.rights" \
	'.verbs[0] != "update" and (.resourceNames // [""] | .[0] | endswith("adminnetworkpolicy") | not)' initialise $release
claim 'role_of_initialise_is_applied' role initialise
claim 'initialise_works_with_its_role' eventually whole initialise initialise $release
kubectl patch clusterinformations.crd.projectcalico.org default --type merge -p '{"spec": {"datastoreReady": null}}' >"$tmp/log"
claim 'initialise_needs_the_right_to_complete' each_is_needed "$tmp/initialise.rights" '.verbs[0] == "update"' initialise $release
kubectl patch clusterinformations.crd.projectcalico.org default --type merge \
	-p "{\"spec\": {\"datastoreReady\": true, \"calicoVersion\": \"$release\"}}" >"$tmp/log"

# create: it needs the rights to initialise only in a datastore that is not initialised

"${BUILD:-build}/tests/object-maker" $release 42 1 all | jq '.items += ({apiVersion: "projectcalico.org/v3"} | [
	. + {kind: "BGPFilter", metadata: {name: "out"}, spec: {}},
	. + {kind: "BGPPeer", metadata: {name: "rack"}, spec: {peerIP: "192.0.2.1", asNumber: 64512, filters: ["out"]}}])' >"$tmp/all.json"
jq '.items += [{apiVersion: "projectcalico.org/v3", kind: "Node", metadata: {name: "generated-0"},
	spec: {bgp: {asNumber: 64512, ipv4Address: "192.0.2.9/24"}}}] | .items[].metadata.annotations.changed = "1"' "$tmp/all.json" >"$tmp/changed.json"
own='((.resources == ["clusterinformations"] and .verbs != ["get"]) or .resources == ["nodes"] or
	.resources == ["nodes/status"]) | not'
prepare create
claim 'create_needs_each_right_of_its_role' each_is_needed "$tmp/create.rights" "$own" create -f "$tmp/all.json"
none() {
	run get gnp,ippools,globalnetworksets -o name && ended 0 && [ ! -s "$tmp/out" ]
}
claim 'create_that_lacks_a_right_writes_nothing' none
claim 'role_of_create_is_applied' role create
claim 'create_works_with_its_role' eventually whole create create -f "$tmp/all.json"

# replace

prepare replace
claim 'replace_needs_each_right_of_its_role' each_is_needed "$tmp/replace.rights" \
	'((.resources == ["clusterinformations"] and .verbs != ["get"]) or (.resources == ["tiers"] and .verbs == ["create"])) | not' \
	replace -f "$tmp/changed.json"
claim 'role_of_replace_is_applied' role replace
claim 'replace_works_with_its_role' eventually whole replace replace -f "$tmp/changed.json"

# delete

kubectl create -f - >"$tmp/log" <<'YAML'
apiVersion: crd.projectcalico.org/v1
kind: IPAMBlock
metadata: {name: 10-0-0-0-26}
spec: {cidr: 10.0.0.0/26, affinity: "host:node-1", allocations: [null], attributes: [], unallocated: [0], deleted: false, strictAffinity: false}
---
apiVersion: crd.projectcalico.org/v1
kind: BlockAffinity
metadata: {name: node-1-10-0-0-0-26}
spec: {cidr: 10.0.0.0/26, node: node-1, state: confirmed, deleted: "false"}
YAML
prepare delete
claim 'delete_needs_each_right_of_its_role' each_is_needed "$tmp/delete.rights" '.resources != ["nodes"]' delete -f "$tmp/all.json"
claim 'role_of_delete_is_applied' role delete
claim 'delete_works_with_its_role' eventually whole delete delete -f "$tmp/all.json"

finish
