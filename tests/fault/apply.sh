#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# An apply of twelve objects, broken at its N-th exchange, for each of its exchanges. The server
# carries the request out and the answer is lost; or the program is killed while it waits; in etcd
# also: the request never arrives. Each time the next run converges, no object exists twice, and one
# more run writes nothing. Then eight runs at once, and others who write in between. On Kubernetes
# and on etcd.
# shellcheck disable=SC2317 # claim calls the functions
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/cluster.sh
. tests/lib/etcd.sh
. tests/lib/fault.sh
. tests/lib/fault-cluster.sh

object() {
	printf '%s\n' --- 'apiVersion: projectcalico.org/v3' "kind: $1" "metadata: {name: $2$4}" "spec: {$3}"
}
{
	object GlobalNetworkPolicy security.a 'tier: security, selector: has(a)' ''
	object GlobalNetworkPolicy b 'selector: has(b)' ', labels: {mine: "1"}'
	object NetworkPolicy c 'selector: has(c)' ', namespace: default'
	object Tier security 'order: 10' ''
	object BGPPeer rack 'peerIP: 192.0.2.1, asNumber: 64512, filters: [out]' ''
	object BGPFilter out 'exportV4: [{cidr: 10.0.0.0/8, matchOperator: In, action: Accept}]' ''
	object IPPool one 'cidr: 10.1.0.0/16' ''
	object IPPool two 'cidr: 10.2.0.0/16' ''
	object GlobalNetworkSet bad 'nets: [198.51.100.0/28]' ''
	object NetworkSet friends 'nets: [192.0.2.0/24]' ', namespace: default'
	object HostEndpoint eth0 'node: n, interfaceName: eth0' ''
	object FelixConfiguration default 'reportingInterval: 90s' ''
} >"$tmp/twelve.yaml"

# stored: prints each object with all of its content, one on each line
stored() {
	ask_etcd kv/range "$(jq -cn --arg k "$prefix" --arg e "${prefix%/}0" '{key: ($k | @base64), range_end: ($e | @base64)}')" |
		jq -r '.kvs[]? | (.key | @base64d) + " " + .mod_revision + " " + (.value | @base64d)'
}
# same_as_undisturbed: the store has the same content as after an undisturbed run
same_as_undisturbed() {
	stored | sed -E 's/ [0-9]+ / /; s/"(uid|time|creationTimestamp)":"[^"]*"//g
		s/\\"creationTimestamp\\":\\"[^"]*"//g' >"$tmp/now"
	cmp -s "$tmp/now" "$tmp/undisturbed" && return
	diff "$tmp/undisturbed" "$tmp/now" | cut -c1-400 >&2
	return 1
}
# begin: restores the store to its content before the first apply
begin() {
	ask_etcd kv/deleterange "$range" >"$tmp/log"
	ask_etcd kv/txn "$base" >"$tmp/log"
}
take_base() {
	range=$(jq -cn --arg k "$prefix" --arg e "${prefix%/}0" '{key: ($k | @base64), range_end: ($e | @base64)}')
	base=$(ask_etcd kv/range "$range" | jq -c '{success: [.kvs[] | {requestPut: {key, value}}]}')
	run apply -f "$tmp/twelve.yaml" && ended 0
	: >"$tmp/undisturbed"
	same_as_undisturbed 2>"$tmp/log" || cp "$tmp/now" "$tmp/undisturbed"
	begin
}

# converges: an undisturbed run succeeds, and one more writes nothing
converges() {
	local before
	stop_server
	run apply -f "$tmp/twelve.yaml"
	ended 0 && printed '^Successfully applied 12 resource(s)$' && same_as_undisturbed || return
	before=$(stored)
	run apply -f "$tmp/twelve.yaml" -o json
	ended 0 && holds '.changed == false' && [ "$(stored)" = "$before" ]
}

all_at_once() {
	local i pids=() failed=0
	begin
	for ((i = 0; i < 8; i++)); do
		"$program" apply -f "$tmp/twelve.yaml" -o json >"$tmp/at-once-$i" 2>"$tmp/at-once-$i.err" &
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		wait "$i" || failed=1
	done
	[ "$failed" = 0 ] || { cat "$tmp"/at-once-?.err >&2; return 1; }
	jq -es '[.[].objects[] | select(.outcome == "created")] | length == 12' "$tmp"/at-once-? >/dev/null &&
		server_pid=0 && converges
}

# held COMMAND ARGUMENT...: runs the program; its write of the set "bad" waits until COMMAND has
# ended
held() {
	local other=$1 pid
	shift
	rm -f "$tmp/go-on"
	between <<-SCRIPT
		on $write
		times 1
		hold $tmp/go-on
		pass
	SCRIPT
	timeout -s KILL 60 "${run_under[@]}" "$program" "${reach[@]}" "$@" -o json >"$tmp/out" 2>"$tmp/err" &
	pid=$!
	alive[$pid]=1
	until grep -q ' hold' "$server_log" || ! kill -0 "$pid" 2>/dev/null; do
		sleep 0.01
	done
	"$other" >"$tmp/log"
	touch "$tmp/go-on"
	status=0
	wait "$pid" || status=$?
	unset "alive[$pid]"
	stop_server
}
theirs() {
	run_theirs apply 198.51.100.64/28
}
# run_theirs VERB NET: another client writes the same object
run_theirs() {
	object GlobalNetworkSet bad "nets: [$2]" ', annotations: {theirs: "yes"}' >"$tmp/theirs.yaml"
	"$program" "$1" -f "$tmp/theirs.yaml"
}
object GlobalNetworkSet bad 'nets: [198.51.100.0/28]' '' >"$tmp/bad.yaml"
delete_it() {
	"$program" delete globalnetworkset bad
}
an_object_created_in_between_is_not_overwritten_by_create() {
	begin
	held theirs create -f "$tmp/bad.yaml"
	ended 1 'GlobalNetworkSet(bad): it already exists' || return
	run get globalnetworkset bad -o json && holds '.spec.nets == ["198.51.100.64/28"] and .metadata.annotations.theirs == "yes"'
}
an_object_created_in_between_becomes_that_of_apply() {
	begin
	held theirs apply -f "$tmp/bad.yaml"
	ended 0 && run get globalnetworkset bad -o json && holds '.spec.nets == ["198.51.100.0/28"]'
}
an_object_deleted_in_between_is_created_by_apply_and_not_by_replace() {
	begin
	theirs >"$tmp/log"
	held delete_it replace -f "$tmp/bad.yaml"
	ended 1 'it does not exist' || return
	theirs >"$tmp/log"
	held delete_it apply -f "$tmp/bad.yaml"
	ended 0 && run get globalnetworkset bad -o json && holds '.spec.nets == ["198.51.100.0/28"]'
}
an_edit_in_between_is_not_deleted_by_a_file_of_an_older_one() {
	begin
	run apply -f "$tmp/bad.yaml" && run get globalnetworkset bad -o yaml && cp "$tmp/out" "$tmp/old.yaml"
	sed -i 's/198.51.100.0/198.51.100.32/' "$tmp/old.yaml"
	held theirs apply -f "$tmp/old.yaml"
	ended 1 'changed since the file was made' || return
	run get globalnetworkset bad -o json && holds '.spec.nets == ["198.51.100.64/28"]'
}

# suite NAME WAY...
suite() {
	local way
	for way in "${@:2}"; do
		at_every_exchange "$way" 110 begin apply -f "$tmp/twelve.yaml"
	done
	claim "$1: eight at once create each object once" all_at_once
	claim "$1: an object created in between is not overwritten by create" an_object_created_in_between_is_not_overwritten_by_create
	claim "$1: an object created in between becomes that of apply" an_object_created_in_between_becomes_that_of_apply
	claim "$1: an object deleted in between is created by apply and not by replace" \
		an_object_deleted_in_between_is_created_by_apply_and_not_by_replace
	claim "$1: an edit in between stays when the file names the older revision" \
		an_edit_in_between_is_not_deleted_by_a_file_of_an_older_one
}

# Kubernetes

start_upstream
etcd_url=$(cat "$cluster/etcd.url")
prefix=/registry/crd.projectcalico.org/
run install v3.29.1
run initialise
take_base
write='* /apis/crd.projectcalico.org/v1/globalnetworksets*fieldManager=calico-datastore'
suite Kubernetes pass-then-drop killed
stop_cluster

# etcd

unset KUBECONFIG
start_etcd http
real=$etcd_url
prefix=/calico/
export DATASTORE_TYPE=etcdv3 ETCD_ENDPOINTS=$real
reach=()
between() {
	start_server - --upstream "$real"
	run_under=(env "ETCD_ENDPOINTS=http://127.0.0.1:$server_port")
}
run initialise
take_base
write='POST /v3/kv/txn'
suite etcd "${ways[@]}"

finish
