#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# initialise on a real API server, in both groups, and on etcd. It creates, completes and leaves
# alone the same objects as calicoctl's first write. Also: several runs at once, and the rights that
# it needs.
# shellcheck disable=SC2317 # claim calls the functions
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/cluster.sh
. tests/lib/etcd.sh

group=crd.projectcalico.org
version=v1

# spec KIND NAME: prints what is stored, as compact JSON with sorted keys; a word stands for the
# GUID
spec() {
	kubectl get "$1.$group" "$2" -o json | jq -Sc '.spec | if (.clusterGUID // "" | test("^[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}$"))
		then .clusterGUID = "GUID" else . end'
}
revisions() {
	versions "clusterinformations.$group"
	versions "tiers.$group"
}
empty() {
	kubectl delete "clusterinformations.$group,tiers.$group" --all >"$tmp/log"
}
object() {
	kubectl apply -f - >"$tmp/log" <<<"{apiVersion: $group/$version, kind: $1, metadata: {name: $2}, spec: $3}"
}

# creates N TIER ORDER ACTION...: in an empty datastore, the run creates exactly these
creates() {
	local n=$1
	shift
	run initialise
	ended 0 && printed "; ready, " '^ClusterInformation/default created$' && lines "$((n + 1))" ' created$' &&
		[ "$(spec clusterinformations default)" = '{"clusterGUID":"GUID","clusterType":"kdd","datastoreReady":true}' ] &&
		[ "$(kubectl get "tiers.$group" -o name | wc -l)" = "$n" ] || return 1
	while [ $# -gt 0 ]; do
		[ "$(spec tiers "$1")" = "{\"defaultAction\":\"$3\",\"order\":$2}" ] || return 1
		shift 3
	done
}
again() {
	local before
	before=$(revisions)
	run initialise -o json
	ended 0 && holds '.changed == false and .ready and (.objects | all(.action == "unchanged" and .outcome == null))' &&
		[ "$(revisions)" = "$before" ]
}
planned() {
	run initialise --dry-run
	ended 0 && printed '^ClusterInformation/default create$' '^# .*: 3 to create, 0 to update, 0 unchanged' &&
		[ -z "$(revisions)" ] || return 1
	run initialise --dry-run -o json
	holds '.changed and (.objects | length == 3 and all(.action == "create" and .outcome == null))' && [ -z "$(revisions)" ]
}

start_cluster
no_crds() {
	run initialise
	ended 1 '"calico-datastore install" creates them'
}
claim 'server_without_crds_is_told_to_install' no_crds
run install v3.29.1
claim 'dry_run_writes_nothing' planned
claim 'v3_29_gets_two_tiers' creates 2 default 1000000 Deny adminnetworkpolicy 1000 Pass
claim 'second_run_writes_nothing' again
checked() {
	run check
	ended 0 && printed '; ready, '
}
claim 'check_finds_it_ready' checked

# Objects that exist already

guid_stays() {
	object ClusterInformation default '{clusterGUID: mine, calicoVersion: v3.29.1, clusterType: "typha,bgp"}'
	run initialise
	ended 0 && printed '^ClusterInformation/default configured$' && [ "$(spec clusterinformations default)" = \
		'{"calicoVersion":"v3.29.1","clusterGUID":"mine","clusterType":"typha,bgp,kdd","datastoreReady":true}' ]
}
claim 'missing_fields_are_filled_in_and_the_rest_stays' guid_stays
new_guid() {
	object ClusterInformation default '{clusterGUID: "", calicoVersion: "", clusterType: kdd, datastoreReady: true}'
	run initialise
	ended 0 && [ "$(spec clusterinformations default | jq -r .clusterGUID)" = GUID ]
}
claim 'empty_guid_gets_one' new_guid
locked() {
	local before
	object ClusterInformation default '{clusterGUID: mine, clusterType: kdd, datastoreReady: false}'
	before=$(revisions)
	run initialise
	ended 0 && printed '^ClusterInformation/default  FAILED  spec.datastoreReady is false' '; not ready, ' &&
		[ "$(revisions)" = "$before" ]
}
claim 'locked_datastore_stays_locked' locked
blocked() {
	kubectl delete "tiers.$group" default >"$tmp/log"
	run initialise
	ended 10 'nothing was written: .*datastoreReady: false' && [ "$(kubectl get "tiers.$group" -o name | wc -l)" = 1 ] || return 1
	run initialise --ignore-lock
	ended 0 && printed '^Tier/default created$' '; not ready, ' &&
		[ "$(spec clusterinformations default)" = '{"clusterGUID":"mine","clusterType":"kdd","datastoreReady":false}' ]
}
claim 'locked_datastore_is_not_written_without_ignore_lock' blocked
tier_stays() {
	empty
	object Tier default '{order: 5, defaultAction: Pass}'
	run initialise
	ended 0 && printed '^Tier/default unchanged$' '^Tier/default  FAILED  spec.order is not 1000000' '; not ready, ' &&
		[ "$(spec tiers default)" = '{"defaultAction":"Pass","order":5}' ]
}
claim 'tier_that_is_there_is_not_changed' tier_stays

# Releases

empty
run initialise
run install v3.32.1
claim 'upgrade_of_an_initialised_datastore' printed '; readable, not ready, ' '^Tier/kube-admin  *missing '
upgraded() {
	kubectl delete "tiers.$group" default >"$tmp/log"
	run initialise v3.32
	ended 0 'v3.32.1 (by the command line)' && printed '^Tier/kube-admin created$' && [ "$(spec tiers kube-baseline)" = \
		'{"defaultAction":"Pass","order":10000000}' ] && [ "$(spec tiers adminnetworkpolicy)" = '{"defaultAction":"Pass","order":1000}' ]
}
claim 'tiers_of_v3_32_come_beside_the_old_one' upgraded
by_version() {
	empty
	object ClusterInformation default '{calicoVersion: v3.31.2}'
	run initialise
	ended 0 'v3.31.2 (by ClusterInformation)' && [ "$(kubectl get "tiers.$group" -o name | tr '\n' ' ')" = \
		"tier.$group/adminnetworkpolicy tier.$group/baselineadminnetworkpolicy tier.$group/default " ]
}
claim 'release_that_runs_says_whose_tiers' by_version
unknown_release() {
	run initialise v3.99.1
	ended 2 'v3.99.1'
}
claim 'unknown_release_is_exit_2' unknown_release
empty
claim 'crds_say_whose_tiers' creates 3 default 1000000 Deny kube-admin 1000 Pass kube-baseline 10000000 Pass

# Several at once

at_once() {
	local i pids=() failed=0
	empty
	for ((i = 0; i < 8; i++)); do
		"$program" initialise -o json >"$tmp/at-once-$i" 2>"$tmp/at-once-$i.err" &
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		wait "$i" || failed=1
	done
	[ "$failed" = 0 ] && jq -es '[.[].objects[] | select(.outcome == "created")] | length == 4' "$tmp"/at-once-? >/dev/null && again
}
claim 'eight_at_once_create_each_object_once' at_once

# Who may do it

account() {
	local token
	"$program" rbac initialise v3.32.1 >"$tmp/role" && kubectl apply -f "$tmp/role" >"$tmp/log" || return 1
	token=$(kubectl create token -n kube-system calico-datastore-initialise)
	kubectl config view --raw --minify --flatten -o json |
		jq --arg token "$token" '.users[0].user = {token: $token}' >"$tmp/account.kubeconfig"
}
may() {
	empty
	run initialise --kubeconfig "$tmp/account.kubeconfig"
	ended 0 && printed '; ready, '
}
claim 'role_of_initialise_is_applied' account
claim 'initialise_works_with_its_role' may
may_not() {
	empty
	user nobody
	run initialise --kubeconfig "$tmp/nobody.kubeconfig"
	ended 7 '^kind: ClusterRole$' '^  - clusterinformations$' && [ -z "$(revisions)" ]
}
claim 'without_rights_nothing_is_written_and_the_role_is_printed' may_not
stop_cluster

# projectcalico.org/v3

start_cluster
"$program" show v3.32.1 -o json | jq '{apiVersion: "v1", kind: "List", items: [.items[] |
	select(.spec.group == "crd.projectcalico.org") | .spec.group = "projectcalico.org" | .spec.versions[0].name = "v3" |
	.metadata.name = .spec.names.plural + ".projectcalico.org"]}' >"$tmp/v3.json"
run install -f "$tmp/v3.json"
group=projectcalico.org
version=v3
v3_creates() {
	run initialise
	ended 0 && printed '; not known to be ready, ' '^MutatingAdmissionPolicies .*UNKNOWN' && lines 4 ' created$' &&
		[ "$(spec clusterinformations default)" = '{"clusterGUID":"GUID","clusterType":"kdd","datastoreReady":true}' ] &&
		[ "$(spec tiers kube-admin)" = '{"defaultAction":"Pass","order":1000}' ] &&
		kubectl get "tiers.$group" default -o json | jq -e '.metadata.annotations == null' >/dev/null
}
claim 'v3_group_gets_plain_objects' v3_creates
v3_again() {
	local before
	before=$(revisions)
	run initialise
	ended 0 && printed '^# v3.32.*: 0 created, 0 configured, 4 unchanged' && [ "$(revisions)" = "$before" ]
}
claim 'v3_group_is_not_written_twice' v3_again
stop_cluster

# etcd

unset KUBECONFIG
start_etcd http
export DATASTORE_TYPE=etcdv3 ETCD_ENDPOINTS=$etcd_url
root=/calico/resources/v3/projectcalico.org
value() {
	ask_etcd kv/range "$(jq -cn --arg k "$root/$1" '{key: ($k | @base64)}')" | jq -r '.kvs[0].value | @base64d'
}
put() {
	put_key "$root/$1" "$2" >"$tmp/log"
}
store_revision() {
	ask_etcd kv/range '{"key": "AA=="}' | jq -r .header.revision
}
etcd_creates() {
	run initialise
	ended 0 && lines 4 ' created$' && printed '; ready, ' && value clusterinformations/default | jq -e '.kind == "ClusterInformation" and
		.apiVersion == "projectcalico.org/v3" and (.metadata | .name == "default" and (.uid | length == 36) and
		(.creationTimestamp | test("^20.*Z$"))) and (.spec | (.clusterGUID | test("^[0-9a-f]{32}$")) and .datastoreReady == true and
		has("clusterType") == false)' >/dev/null && value tiers/kube-baseline | jq -e '.spec == {order: 10000000, defaultAction: "Pass"}' >/dev/null
}
claim 'etcd_gets_its_objects' etcd_creates
etcd_again() {
	local before
	before=$(store_revision)
	run initialise -o json
	ended 0 && holds '.changed == false and .ready' && [ "$(store_revision)" = "$before" ]
}
claim 'etcd_is_not_written_twice' etcd_again
etcd_keeps() {
	put clusterinformations/default '{"kind": "ClusterInformation", "apiVersion": "projectcalico.org/v3", "metadata": {"name": "default",
		"uid": "7d2fa6a0-0000-4000-8000-000000000000", "creationTimestamp": "2020-01-01T00:00:00Z"},
		"spec": {"clusterGUID": "mine", "clusterType": "k8s,bgp", "datastoreReady": false}}'
	delete_key $root/tiers/kube-admin >"$tmp/log"
	local before
	before=$(store_revision)
	run initialise
	ended 10 'nothing was written: .*datastoreReady: false' && [ "$(store_revision)" = "$before" ] || return 1
	run initialise --ignore-lock
	ended 0 && printed '^Tier/kube-admin created$' '; not ready, ' && value clusterinformations/default |
		jq -e '.spec == {clusterGUID: "mine", clusterType: "k8s,bgp", datastoreReady: false}' >/dev/null
}
claim 'etcd_keeps_guid_type_and_lock' etcd_keeps
etcd_completes() {
	put clusterinformations/default '{"kind": "ClusterInformation", "apiVersion": "projectcalico.org/v3", "metadata": {"name": "default",
		"uid": "7d2fa6a0-0000-4000-8000-000000000000", "creationTimestamp": "2020-01-01T00:00:00Z"}, "spec": {"calicoVersion": "v3.32.1"}}'
	run initialise
	ended 0 && printed '^ClusterInformation/default configured$' '; ready, ' && value clusterinformations/default |
		jq -e '.metadata.creationTimestamp == "2020-01-01T00:00:00Z" and .spec.calicoVersion == "v3.32.1" and .spec.datastoreReady' >/dev/null
}
claim 'etcd_fills_in_what_is_missing' etcd_completes
etcd_older() {
	ask_etcd kv/deleterange '{"key": "L2NhbGljby8=", "range_end": "L2NhbGljbzA="}' >"$tmp/log"
	run initialise v3.29.1
	ended 0 && lines 3 ' created$' && value tiers/adminnetworkpolicy | jq -e '.spec == {order: 1000, defaultAction: "Pass"} and has("status") == false' >/dev/null
}
claim 'etcd_of_v3_29_gets_its_tiers' etcd_older
finish
