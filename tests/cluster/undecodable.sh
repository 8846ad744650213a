#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Objects that the API server stores and calicoctl cannot decode. check fails and names them. get
# shows them and names them, for each release as its calicoctl does.
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/cluster.sh
. tests/lib/etcd.sh

# object KIND NAME SPEC [METADATA]: stores an object; SPEC and METADATA are JSON
object() {
	jq -cn --arg kind "$1" --arg name "$2" --argjson spec "$3" --argjson more "${4-null}" \
		'{apiVersion: "crd.projectcalico.org/v1", kind: $kind,
			metadata: ({name: $name} + ($more // {})), spec: $spec}' |
		kubectl apply -f - >"$tmp/log"
}

# forget PLURAL: deletes all objects of a kind
forget() {
	kubectl delete --raw "/apis/crd.projectcalico.org/v1/$1" >"$tmp/log"
}

start_cluster
"$program" install v3.29.1 >"$tmp/log" 2>&1

object BGPConfiguration default '{"nodeMeshMaxRestartTime": "90s", "asNumber": 64512}'
object BGPConfiguration soon '{"nodeMeshMaxRestartTime": "soon"}'

a_bad_duration_fails_check() {
	run check --for readable
	ended 1 'bgpconfigurations' &&
		printed '^bgpconfigurations.crd.projectcalico.org *FAILED  calicoctl v3.29.1 fails on the whole list: soon: spec.nodeMeshMaxRestartTime: "soon" is no duration' \
			'"kubectl edit bgpconfigurations.crd.projectcalico.org soon" mends it' &&
		lines 23 ' ok '
}
claim 'check_fails_and_names_object_field_value_and_command' a_bad_duration_fails_check

the_report_has_the_parts() {
	run check --for readable -o json
	ended 1 && holds '.reads[] | select(.kind == "BGPConfiguration") |
		.ok == false and .objects == 2 and .refused == 1 and .refusal.object == "soon" and
		.refusal.leftOut == false and (.refusal.why | test("^spec.nodeMeshMaxRestartTime: "))'
}
claim 'the_report_has_object_reason_and_command_apart' the_report_has_the_parts

get_shows_it() {
	run get bgpconfig
	ended 1 'BGPConfiguration soon: spec.nodeMeshMaxRestartTime: "soon" is no duration' \
		'calicoctl fails on all bgpconfigurations' && lines 1 '^soon ' && lines 1 '^default '
}
claim 'get_shows_all_objects_and_names_the_bad_one' get_shows_it

get_shows_the_value() {
	run get bgpconfig -o yaml
	ended 1 && printed 'nodeMeshMaxRestartTime: soon' 'nodeMeshMaxRestartTime: 1m30s'
}
claim 'good_durations_take_their_form_and_bad_ones_stay' get_shows_the_value

the_next_release() {
	run plan v3.32.1
	grep -q 'nodeMeshMaxRestartTime' "$tmp/out" && printed 'soon' 'calicoctl'
	run plan v3.32.1 -o json
	holds '[.. | objects | select(.class? == "undecodable")] |
		length == 1 and .[0].field == "spec.nodeMeshMaxRestartTime" and .[0].severe == false'
}
claim 'plan_names_what_the_next_release_cannot_decode' the_next_release

mended() {
	kubectl patch bgpconfigurations.crd.projectcalico.org soon --type=merge \
		-p '{"spec": {"nodeMeshMaxRestartTime": "5s"}}' >"$tmp/log"
	run check --for readable
	ended 0
}
claim 'a_mended_object_ends_it' mended
forget bgpconfigurations

bad_annotation() {
	object IPPool bad '{"cidr": "10.1.0.0/16"}' \
		'{"annotations": {"projectcalico.org/metadata": "{\"labels\":{\"a\":1}}"}}'
	run check --for readable
	ended 1 && printed 'ippools.*leaves out an object: bad: the annotation projectcalico.org/metadata: labels.a: 1 should be a string'
}
claim 'an_object_that_is_left_out_without_a_word_is_named' bad_annotation
forget ippools

# On Kubernetes, Calico makes endpoints from pods.
pod() {
	jq -cn --arg name "$1" --arg floating "$2" '{apiVersion: "v1", kind: "Pod", metadata: {name: $name,
		annotations: {"cni.projectcalico.org/floatingIPs": $floating}},
		spec: {nodeName: "node-1", containers: [{name: "a", image: "a"}]}}' |
		kubectl create --validate=false -f - >"$tmp/log"
}
bad_pod() {
	kubectl create serviceaccount default >"$tmp/log" 2>&1 || true
	pod good '["10.1.1.1"]' && pod bad '[1]' || return 1
	run check --for readable
	ended 1 && printed '^pods *FAILED  calicoctl v3.29.1 leaves out an object: default/bad: the annotation cni.projectcalico.org/floatingIPs: not a list of strings; "kubectl edit pods bad -n default" mends it' \
		'^namespaces *ok' '^serviceaccounts *ok' || return 1
	run check --for served
	ended 0 && printed '!^pods '
}
claim 'pod_without_an_endpoint_is_named' bad_pod
kubectl delete pod bad good --force --grace-period=0 >"$tmp/log" 2>&1

# An object beyond the first page of 500 objects.
late_object() {
	local at
	etcd_url=$(<"$cluster/etcd.url")
	for ((at = 0; at < 1001; at += 100)); do
		ask_etcd kv/txn "$(jq -cn --argjson at "$at" '{success: [range($at; [$at + 100, 1001] | min) |
			"p\(1000 + .)" as $name | {requestPut: {
			key: ("/registry/crd.projectcalico.org/bgppeers/" + $name | @base64),
			value: ({apiVersion: "crd.projectcalico.org/v1", kind: "BGPPeer", metadata: {name: $name},
				spec: {ttlSecurity: (if . < 1000 then 1 else 256 end)}} | tojson | @base64)}}]}')" \
			>"$tmp/log" || return 1
	done
	run check --for readable -o json
	ended 1 && holds '.reads[] | select(.kind == "BGPPeer") |
		.objects == 1001 and .refused == 1 and .refusal.object == "p2000"'
}
claim 'every_page_is_decoded' late_object
forget bgppeers

# etcd has no schema and stores any value. calicoctl leaves out what it cannot decode.
in_etcd() {
	local root=/calico/resources/v3/projectcalico.org
	start_etcd http
	put_key $root/bgppeers/good '{"kind": "BGPPeer", "metadata": {"name": "good"}, "spec": {"ttlSecurity": 1}}' >"$tmp/log"
	put_key $root/bgppeers/bad '{"kind": "BGPPeer", "metadata": {"name": "bad"}, "spec": {"ttlSecurity": 256}}' >"$tmp/log"
	export DATASTORE_TYPE=etcdv3 ETCD_ENDPOINTS=$etcd_url
	run check --for readable
	ended 1 && printed '^bgppeers *FAILED  1 cannot be read, the first: BGPPeer of key .*bgppeers/bad: spec.ttlSecurity: 256 is beyond 0 to 255; calicoctl leaves it out' \
		'correct what "calico-datastore get bgppeers bad -o yaml" prints, and "calico-datastore replace -f FILE" mends it$'
}
claim 'what_calicoctl_leaves_out_of_etcd_is_named' in_etcd
etcd_report() {
	run check --for readable -o json
	ended 1 && holds '.reads[] | select(.kind == "BGPPeer") | .refused == 1 and .refusal == {object: "bad",
		why: "spec.ttlSecurity: 256 is beyond 0 to 255", mend: "calico-datastore replace -f FILE", leftOut: true}'
}
claim 'the_report_of_etcd_has_the_same_parts' etcd_report
mended_in_etcd() {
	"$program" get bgppeers bad -o yaml 2>"$tmp/log" | sed 's/256/25/' >"$tmp/bad.yaml"
	run replace -f "$tmp/bad.yaml"
	ended 0 || return 1
	put_key /calico/resources/v3/projectcalico.org/bgppeers/text 'no JSON' >"$tmp/log"
	run check --for readable
	ended 1 && printed '^bgppeers *FAILED  1 cannot be read, .*; "etcdctl del /calico/resources/v3/projectcalico.org/bgppeers/text" removes it$' || return 1
	delete_key /calico/resources/v3/projectcalico.org/bgppeers/text >"$tmp/log"
	run check --for readable
	ended 0
}
claim 'commands_that_are_named_mend_it_in_etcd' mended_in_etcd
unset DATASTORE_TYPE ETCD_ENDPOINTS

# samples RELEASE OUTCOME: prints the recorded objects, without pods, that its calicoctl refuses
# this way
samples() {
	jq -c --arg release "$1" --arg outcome "$2" 'select(.outcome == $outcome) |
		select(.releases | index($release)) | .object | select(.kind != "Pod")' \
		"$SHARED/calicoctl/undecodable/objects.jsonl"
}

# refused RELEASE: each recorded object is refused in its recorded way, and named with its kind
refused() {
	local kind names
	{ samples "$1" 'list fails' && samples "$1" 'object dropped'; } >"$tmp/samples"
	[ -s "$tmp/samples" ] || return 1
	kubectl apply --validate=false -f "$tmp/samples" >"$tmp/log" 2>&1 || { cat "$tmp/log" >&2; return 1; }
	run check "$1" --for readable -o json
	ended 1 || return 1
	for kind in $(jq -r .kind "$tmp/samples" | sort -u); do
		names=$(jq -c --slurp --arg kind "$kind" '[.[] | select(.kind == $kind) | .metadata |
			(if .namespace then .namespace + "/" else "" end) + .name]' "$tmp/samples")
		holds ".reads[] | select(.kind == \"$kind\" and (.resource | endswith(\".crd.projectcalico.org\"))) |
			.refused == ($names | length) and (.refusal.object as \$o | $names | index(\$o) != null)" ||
			return 1
	done
}
if [ -f "$SHARED/calicoctl/undecodable/objects.jsonl" ]; then
	claim 'recorded_objects_are_refused_as_by_v3.29.1' refused v3.29.1
	for plural in bgpconfigurations bgppeers felixconfigurations globalnetworkpolicies ippools \
		hostendpoints kubecontrollersconfigurations; do
		forget "$plural"
	done
	"$program" install v3.32.1 --yes >"$tmp/log" 2>&1 || "$program" install v3.32.1 >"$tmp/log" 2>&1
	claim 'recorded_objects_are_refused_as_by_v3.32.1' refused v3.32.1
else
	skip recorded_objects "no calicoctl/undecodable in SHARED=$SHARED"
fi

finish
