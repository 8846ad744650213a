#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Fields and spellings that a release no longer has. The plan names what replaces them. --fix writes
# the corrected objects, and after kubectl replace nothing blocks. The plan lists by object what is
# lost nevertheless.
# shellcheck disable=SC2317 # claim calls the functions
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/cluster.sh

start_cluster
run install v3.31.7 -q
kubectl create --validate=false -f - >"$tmp/log" <<-YAML
	{apiVersion: crd.projectcalico.org/v1, kind: IPPool, metadata: {name: tunnelled}, spec: {cidr: 10.1.0.0/16, ipip: {enabled: true, mode: always}, nat-outgoing: true}}
	---
	{apiVersion: crd.projectcalico.org/v1, kind: IPPool, metadata: {name: across}, spec: {cidr: 10.2.0.0/16, ipip: {enabled: true, mode: cross-subnet}, natOutgoing: false, nat-outgoing: true}}
	---
	{apiVersion: crd.projectcalico.org/v1, kind: IPPool, metadata: {name: plain}, spec: {cidr: 10.3.0.0/16, ipip: {enabled: false, mode: always}, vxlanMode: always}}
	---
	{apiVersion: crd.projectcalico.org/v1, kind: IPPool, metadata: {name: fine}, spec: {cidr: 10.4.0.0/16, ipipMode: Never}}
	---
	{apiVersion: crd.projectcalico.org/v1, kind: FelixConfiguration, metadata: {name: default}, spec: {iptablesLockFilePath: /run/x, iptablesLockTimeout: 5s, bpfKubeProxyEndpointSlicesEnabled: true, bpfRedirectToPeer: L2Only, iptablesBackend: nft}}
	---
	{apiVersion: crd.projectcalico.org/v1, kind: GlobalNetworkPolicy, metadata: {name: lower}, spec: {types: [ingress], ingress: [{action: allow, protocol: TCP}, {action: Deny}]}}
	---
	{apiVersion: crd.projectcalico.org/v1, kind: NetworkPolicy, metadata: {name: lower, namespace: default}, spec: {ingress: [{action: PASS}]}}
YAML

run backup "$tmp/before.tar.gz" -q

first_screen() {
	run plan v3.32.1
	ended 10 'nothing was written' || return 1
	printed '^blocked: 4 objects need you: ' '^blocking  ippools  spec.ipip  is lost$' '^  allowed  spec.ipipMode takes its place$' \
		'^  mend     calico-datastore plan v3.32.1 --fix FILE$' '^    tunnelled  {"enabled":true,"mode":"always"}$' \
		'^ippools  *blocked  4 objects, 3 need you' '^globalnetworkpolicies  *update   1 object, 1 limited' \
		'^  calico-datastore plan v3.32.1 --fix FILE$' '^  calico-datastore install v3.32.1 --accept-loss$' &&
		[ "$(head -n 3 "$tmp/out" | grep -c blocked)" -ge 2 ]
}
json_order() {
	run plan v3.32.1 -o json
	holds '.safe == false and .objectsNeedYou == 4 and .objects[0].severe and .objects[0].objects == 3 and
		([.objects[].severe] | . == (sort | reverse)) and
		any(.objects[]; .field == "spec.ipip" and .move == "spec.ipipMode takes its place") and
		any(.objects[]; .field == "spec.ingress[*].action" and .allowed == "\"Allow\", \"Deny\", \"Log\", \"Pass\"")'
}
claim 'first_screen_says_who_needs_you_and_what_mends_it' first_screen
claim 'json_has_the_same_order' json_order

# The same plan without a cluster, from the objects of a backup.
rehearsed() {
	run plan v3.32.1 -o json
	jq -S '{objects, objectsNeedYou, safe, objectsRead, summary}' "$tmp/out" >"$tmp/online"
	KUBECONFIG=/nowhere run plan --from v3.31.7 --to v3.32.1 --objects "$tmp/before.tar.gz" -o json
	ended 10 || return 1
	holds '.server == null and .notJudged == "no cluster was asked"' &&
		jq -S '{objects, objectsNeedYou, safe, objectsRead, summary}' "$tmp/out" | diff "$tmp/online" - || return 1
	KUBECONFIG=/nowhere run plan v3.32.1 --objects "$tmp/before.tar.gz"
	ended 10 && printed '^blocking  ippools  spec.ipip  is lost$' '^  mend     calico-datastore plan v3.32.1 --objects .*before.tar.gz --fix FILE$' '!calico-datastore install'
}
claim 'rehearsal_with_a_backup_says_the_same' rehearsed

written() {
	run plan v3.32.1 --fix "$tmp/fixed.yaml"
	ended 10 "fixed.yaml: 6 corrected objects; review the file, then: kubectl replace -f $tmp/fixed.yaml" || return 1
	[ "$(stat -c %a "$tmp/fixed.yaml")" = 600 ] &&
		says "$tmp/fixed.yaml" '^#   spec.ipipMode: is set, from the older field: "Always"$' &&
		says "$tmp/fixed.yaml" '^#   spec.iptablesLockTimeout: is removed, it was "5s"$' &&
		says "$tmp/fixed.yaml" '^#   spec.ingress\[0\].action: "allow" is "Allow"$'
}
untouched() {
	kubectl get ippools,felixconfigurations,globalnetworkpolicies -o json | jq -S '.items | map(.spec)' >"$tmp/now"
	cmp "$tmp/now" "$tmp/before"
}
kept() {
	cp "$tmp/fixed.yaml" "$tmp/copy"
	run plan v3.32.1 --fix "$tmp/fixed.yaml"
	ended 2 'fixed.yaml' && cmp "$tmp/fixed.yaml" "$tmp/copy"
}
kubectl get ippools,felixconfigurations,globalnetworkpolicies -o json | jq -S '.items | map(.spec)' >"$tmp/before"
claim 'corrected_objects_are_written_with_what_was_done' written
claim 'nothing_is_changed_by_itself' untouched
claim 'file_that_is_there_is_not_replaced' kept

# The server accepts the corrected objects under the old CRDs. With these objects nothing blocks.
applied() {
	kubectl replace -f "$tmp/fixed.yaml" >"$tmp/log" && [ "$(wc -l <"$tmp/log")" = 6 ] || return 1
	run plan v3.32.1
	ended 1 && printed '^safe: no object loses data, and every object can be written$' '!blocking' '!limited'
}
meaning() {
	kubectl get ippools -o json | jq -e '[.items[] | {(.metadata.name): [.spec.ipipMode, .spec.natOutgoing, .spec.vxlanMode]}] | add ==
		{across: ["CrossSubnet", false, null], fine: ["Never", null, null], plain: ["Never", null, "Always"], tunnelled: ["Always", true, null]}' &&
		kubectl get felixconfigurations default -o json | jq -e '.spec == {bpfRedirectToPeer: "Enabled", iptablesBackend: "NFT"}'
}
claim 'server_takes_them_and_then_nothing_blocks' applied
claim 'they_mean_what_they_meant' meaning
again() {
	run plan v3.32.1 --fix "$tmp/nothing.yaml"
	ended 1 'nothing.yaml is not written: no object needs a correction' && [ ! -e "$tmp/nothing.yaml" ]
}
claim 'nothing_to_correct_is_said' again
replaced_twice() {
	! kubectl replace -f "$tmp/fixed.yaml" >"$tmp/log" 2>&1 && says "$tmp/log" 'object has been modified'
}
claim 'object_that_was_changed_since_is_not_overwritten' replaced_twice

# A value without a known replacement needs a person; the written file says so.
kubectl create --validate=false -f - >"$tmp/log" <<-YAML
	{apiVersion: crd.projectcalico.org/v1, kind: IPPool, metadata: {name: odd}, spec: {cidr: 10.5.0.0/16, ipip: {enabled: true, mode: sideways}, nat-outgoing: true}}
	---
	{apiVersion: crd.projectcalico.org/v1, kind: BGPPeer, metadata: {name: both}, spec: {node: a, nodeSelector: all(), asNumber: 64512, peerIP: 192.0.2.1}}
YAML
needs_you() {
	run plan v3.32.1 --fix "$tmp/odd.yaml"
	ended 10 'odd.yaml: 1 corrected object, and some that still need you' || return 1
	printed '^blocking  bgppeers  spec  bars every change of the spec$' '^  rule     The peer is tied to one node and to a selection of nodes. Keep node$' '^  mend     kubectl edit bgppeers.crd.projectcalico.org both$' &&
		says "$tmp/odd.yaml" '^#   needs you: spec.ipip: pruned$' && says "$tmp/odd.yaml" '^#   spec.natOutgoing: is set' &&
		says "$tmp/odd.yaml" '^#   needs you: spec: x-kubernetes-validations: The peer is tied'
}
claim 'what_is_not_known_is_left_to_you' needs_you

listed() {
	run install v3.32.1 --accept-loss
	ended 0 || return 1
	saved=$(ls "$tmp"/calico-datastore-backup-*.tar.gz)
	printed '^lost, or not writable until it is corrected, in 2 objects:$' '^  ippools/odd  lost: spec.ipip = {"enabled":true,"mode":"sideways"}$' \
		'^  ippools/odd  lost: spec.nat-outgoing = true$' '^  bgppeers/both  not writable: spec: The peer is tied to one node' \
		"^as they were, all objects are kept in $saved\$"
}
claim 'accepted_loss_is_listed_by_object_with_its_backup' listed
finish
