#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The three verdicts of check, served, readable and ready, on a real API server and on etcd. Each
# piece that Calico needs is removed in turn.
# shellcheck disable=SC2317 # claim calls the functions
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/cluster.sh
. tests/lib/etcd.sh

# verdicts SERVED READABLE READY: the JSON of the last run has these
verdicts() {
	holds ".verdicts == {served: $1, readable: $2, ready: $3}"
}

# not_ready TEXT...: check fails and names what is missing, with "--for ready" and by default
not_ready() {
	local text
	run check
	ended 1 'is not ready' || return 1
	for text in "$@"; do
		printed "$text" || return 1
	done
	run check --for ready -o json
	ended 1 && verdicts true true false || return 1
	run check --for readable
	ended 0
}

is_ready() {
	run check
	ended 0 && printed '; ready, ' || return 1
	run check -o json
	ended 0 && verdicts true true true && holds '.missing == [] and .initialised'
}

start_cluster

# served, readable

nothing_is_served() {
	run check v3.29.1 --for served -o json
	ended 1 'is not served: .*(404)' && verdicts false false false
}
claim 'empty_server_is_not_served' nothing_is_served
run install v3.29.1
claim 'install_ends_with_what_is_missing' printed '^# v3.29.1: .*; readable, not initialised, ' \
	'^ClusterInformation/default  *missing  it does not exist; "calico-datastore initialise" creates it$' \
	'^Tier/default  *missing ' '^Tier/adminnetworkpolicy  *missing '
served_and_readable() {
	local verdict
	for verdict in served readable; do
		run check --for $verdict
		ended 0 || return 1
	done
	run check -o json
	ended 0 'warning: Calico does not start on this datastore yet' && verdicts true true false &&
		holds '.initialised == false and (.missing | length == 3 and all(.verdict == "ready" and .known))'
}
claim 'clean_install_is_readable_and_says_loudly_what_is_next' served_and_readable
asked_for() {
	run check --for ready
	ended 1 'is not ready: ClusterInformation/default: it does not exist, and 2 more; "calico-datastore initialise" creates it$' &&
		printed '^Tier/default  *FAILED '
}
claim 'ready_can_be_asked_for' asked_for
mistyped() {
	run check --for redy
	ended 2 '--for redy: it is one of: served readable ready'
}
claim 'another_word_is_refused' mistyped
its_status() {
	run status
	ended 0 && printed '^ready *no, not initialised$' '^ *Tier/default: it does not exist; "calico-datastore initialise"' || return 1
	run status -o json
	holds '.ready == false and .initialised == false and (.missing | length == 3)'
}
claim 'status_says_the_same' its_status

# ready

# information SPEC, tier NAME SPEC: replaces ClusterInformation, or a tier
information() {
	kubectl apply -f - >"$tmp/log" <<<"{apiVersion: crd.projectcalico.org/v1, kind: ClusterInformation,
		metadata: {name: default}, spec: $1}"
}
tier() {
	kubectl apply -f - >"$tmp/log" <<<"{apiVersion: crd.projectcalico.org/v1, kind: Tier, metadata: {name: $1}, spec: $2}"
}
whole='clusterGUID: 0123456789abcdef0123456789abcdef, clusterType: "k8s,kdd", datastoreReady: true'
waits_for_ready() {
	local pid
	"$program" check --for ready --wait --timeout 60s >"$tmp/waited" 2>"$tmp/waited.err" &
	pid=$!
	information "{$whole}" && tier default '{order: 1000000, defaultAction: Deny}' || return 1
	kill -0 "$pid" && tier adminnetworkpolicy '{order: 1000, defaultAction: Pass}' && wait "$pid" &&
		grep -q '; ready, ' "$tmp/waited"
}
claim 'check_for_ready_waits_for_the_last_piece' waits_for_ready
claim 'whole_datastore_is_ready' is_ready
not_there() {
	kubectl delete clusterinformations.crd.projectcalico.org default >"$tmp/log" &&
		not_ready '^ClusterInformation/default  *FAILED  it does not exist; '
}
claim 'missing_clusterinformation_is_not_ready' not_there
# lacks TEXT SPEC: with this ClusterInformation, check reports that the field is missing
lacks() {
	information "$2" && not_ready "^ClusterInformation/default  *FAILED  $1"
}
claim 'missing_guid_is_not_ready' lacks 'spec.clusterGUID is not set; "calico-datastore initialise" sets it' \
	'{clusterType: kdd, datastoreReady: true}'
claim 'empty_guid_is_not_ready' lacks 'spec.clusterGUID is not complete' '{clusterGUID: "", clusterType: kdd, datastoreReady: true}'
claim 'missing_type_is_not_ready' lacks 'spec.clusterType is not set' '{clusterGUID: a, datastoreReady: true}'
claim 'type_without_kdd_is_not_ready' lacks 'spec.clusterType is not complete' '{clusterGUID: a, clusterType: "k8s,kddx", datastoreReady: true}'
claim 'missing_datastoreready_is_not_ready' lacks 'spec.datastoreReady is not set' '{clusterGUID: a, clusterType: kdd}'
claim 'locked_datastore_is_not_ready' lacks 'spec.datastoreReady is false: the datastore is locked, .*; end the migration' \
	"{${whole/true/false}}"
locked_status() {
	run status
	printed '^ready *no$' '^ *ClusterInformation/default: spec.datastoreReady is false'
}
claim 'status_says_that_it_is_locked' locked_status
information "{$whole}"
claim 'unlocked_datastore_is_ready' is_ready
no_tier() {
	kubectl delete tiers.crd.projectcalico.org "$1" >"$tmp/log" && not_ready "^Tier/$1  *FAILED  it does not exist"
}
claim 'missing_default_tier_is_not_ready' no_tier default
wrong_tier() {
	tier "$1" "$2" && not_ready "^Tier/$1  *FAILED  $3"
}
claim 'tier_with_another_order_is_not_ready' wrong_tier default '{order: 5, defaultAction: Deny}' 'spec.order is not 1000000; '
tier default '{order: 1000000, defaultAction: Pass}'
claim 'action_of_default_is_free_before_v3_32' is_ready
claim 'missing_adminnetworkpolicy_is_not_ready' no_tier adminnetworkpolicy
claim 'adminnetworkpolicy_with_another_action_is_not_ready' wrong_tier adminnetworkpolicy '{order: 1000, defaultAction: Deny}' \
	'spec.defaultAction is not Pass'
no_object() {
	kubectl delete tiers.crd.projectcalico.org --all >"$tmp/log" && kubectl delete clusterinformations.crd.projectcalico.org default >"$tmp/log"
	run check
	ended 0 'warning: Calico does not start'
}
claim 'datastore_without_any_of_it_was_never_initialised' no_object

# Which release's tiers

information "{$whole, calicoVersion: v3.28.5}"
claim 'release_that_runs_without_tiers_needs_none' is_ready
named_release() {
	run check v3.29.1 -o json
	ended 1 && holds '[.missing[].object] == ["Tier/default", "Tier/adminnetworkpolicy"]'
}
claim 'release_that_is_named_wins' named_release
run install v3.31.7
tiers_of() {
	run check "$1" -o json
	holds "[.missing[].object] | sort == $2"
}
claim 'tiers_of_v3_31' tiers_of v3.31.7 '["Tier/adminnetworkpolicy", "Tier/baselineadminnetworkpolicy", "Tier/default"]'
run install v3.32.1
claim 'tiers_of_v3_32' tiers_of v3.32.1 '["Tier/default", "Tier/kube-admin", "Tier/kube-baseline"]'

# A migration

migrations v1
phase() {
	kubectl apply -f - >"$tmp/log" <<<"{apiVersion: migration.projectcalico.org/v1, kind: DatastoreMigration,
		metadata: {name: v1-to-v3}, status: {phase: $1}}"
}
in_between() {
	phase "$1" && not_ready "^DatastoreMigration/v1-to-v3  *FAILED  it is in the phase $1; $2"
}
claim 'migration_in_between_is_not_ready' in_between Migrating 'wait until its phase is Complete'
claim 'failed_migration_is_not_ready' in_between Failed '"calico-datastore migrate-api --abort" ends it'
phase Complete
claim 'complete_migration_is_ready' is_ready
information "{${whole/true/false}, calicoVersion: v3.28.5}"
claim 'locked_copy_of_a_complete_migration_is_not_ready' not_ready 'the migration is complete, and this group is a locked copy'

# What the user may not read is unknown

information "{$whole, calicoVersion: v3.28.5}"
unread() {
	kubectl create clusterrole "$1" --verb get,list --resource "$2" >"$tmp/log"
	user "$1" "$1"
	run check v3.32.1 -o json --kubeconfig "$tmp/$1.kubeconfig"
	ended 7 && holds '.ready == null and .verdicts.ready == null and (.missing | any(.known == false and .object == "Tier/default"))'
}
claim 'tiers_that_may_not_be_read_are_unknown' unread part customresourcedefinitions.apiextensions.k8s.io,clusterinformations.crd.projectcalico.org

# projectcalico.org/v3: the admission policies

v3_set() {
	"$program" show v3.32.1 -o json | jq '{apiVersion: "v1", kind: "List", items: [.items[] |
		select(.spec.group == "crd.projectcalico.org") | .spec.group = "projectcalico.org" | .spec.versions[0].name = "v3" |
		if .spec.names.plural == "ipamconfigs" then .spec.names = {kind: "IPAMConfiguration",
			listKind: "IPAMConfigurationList", plural: "ipamconfigurations", singular: "ipamconfiguration"} else . end |
		.metadata.name = .spec.names.plural + ".projectcalico.org"]}'
}
# policy NAME EXPRESSION: makes a MutatingAdmissionPolicy for staged global policies, and its
# binding
policy() {
	kubectl create -f - >"$tmp/log" <<-YAML
		apiVersion: admissionregistration.k8s.io/v1beta1
		kind: MutatingAdmissionPolicy
		metadata: {name: $1}
		spec:
		  failurePolicy: Fail
		  reinvocationPolicy: IfNeeded
		  matchConstraints: &match
		    resourceRules:
		    - {apiGroups: [projectcalico.org], apiVersions: [v3], operations: [CREATE], resources: [stagedglobalnetworkpolicies]}
		  mutations:
		  - patchType: JSONPatch
		    jsonPatch: {expression: '$2'}
		---
		apiVersion: admissionregistration.k8s.io/v1beta1
		kind: MutatingAdmissionPolicyBinding
		metadata: {name: $1}
		spec: {policyName: $1}
	YAML
}
v3_server() {
	start_cluster "$@" && v3_set >"$tmp/v3.json" && run install -f "$tmp/v3.json" && ended 0 && kubectl create -f - >"$tmp/log" <<-YAML
		{apiVersion: projectcalico.org/v3, kind: ClusterInformation, metadata: {name: default}, spec: {$whole}}
		---
		{apiVersion: projectcalico.org/v3, kind: Tier, metadata: {name: default}, spec: {order: 1000000, defaultAction: Deny}}
		---
		{apiVersion: projectcalico.org/v3, kind: Tier, metadata: {name: kube-admin}, spec: {order: 1000, defaultAction: Pass}}
		---
		{apiVersion: projectcalico.org/v3, kind: Tier, metadata: {name: kube-baseline}, spec: {order: 10000000, defaultAction: Pass}}
	YAML
}
stop_cluster
v3_server --feature-gates=MutatingAdmissionPolicy=true --runtime-config=admissionregistration.k8s.io/v1beta1=true
claim 'v3_without_policies_is_not_ready' not_ready '^MutatingAdmissionPolicies of projectcalico.org/v3  *FAILED  .*adds no types'
# within_seconds COMMAND...: waits, because the server uses a policy a moment later
within_seconds() {
	local i
	for ((i = 0; i < 100; i++)); do
		"$@" 2>/dev/null && return
		sleep 0.1
	done
	"$@"
}
policy policytypes.policy.projectcalico.org '[JSONPatch{op: "add", path: "/spec/types", value: ["Ingress"]}]'
claim 'v3_without_the_tiers_label_is_not_ready' within_seconds not_ready 'adds no label of the tier'
policy tierlabel.policy.projectcalico.org \
	'[JSONPatch{op: "add", path: "/metadata/labels", value: {"projectcalico.org/tier": "default"}}]'
claim 'v3_with_the_policies_in_effect_is_ready' within_seconds is_ready
claim 'dry_run_of_a_policy_stores_none' test -z "$(kubectl get stagedglobalnetworkpolicies.projectcalico.org -o name)"
not_permitted() {
	kubectl create clusterrole reader --verb get,list --resource '*.*' >"$tmp/log"
	user reader reader
	run check --kubeconfig "$tmp/reader.kubeconfig" -o json
	ended 7 'resources: *$\|stagedglobalnetworkpolicies' && verdicts true true null
}
claim 'dry_run_that_is_not_permitted_leaves_it_unknown' not_permitted
stop_cluster
# The server serves the API but the plugin is off. Discovery shows no difference.
v3_server --runtime-config=admissionregistration.k8s.io/v1beta1=true
policy policytypes.policy.projectcalico.org '[JSONPatch{op: "add", path: "/spec/types", value: ["Ingress"]}]'
claim 'policies_that_the_server_does_not_run_are_not_ready' not_ready 'adds no types to a policy without types'
stop_cluster

# etcd

unset KUBECONFIG
start_etcd http
export DATASTORE_TYPE=etcdv3 ETCD_ENDPOINTS=$etcd_url
root=/calico/resources/v3/projectcalico.org
put() {
	put_key "$root/$2/$3" "$(jq -cn --arg kind "$1" --arg name "$3" --argjson spec "$4" \
		'{kind: $kind, apiVersion: "projectcalico.org/v3", metadata: {name: $name}, spec: $spec}')" >"$tmp/log"
}
empty_etcd() {
	run check -o json
	ended 0 'warning: Calico does not start' && verdicts true true false && holds '.initialised == false'
}
claim 'empty_etcd_is_readable_and_says_loudly_what_is_next' empty_etcd
etcd_information() {
	put ClusterInformation clusterinformations default "$1"
}
etcd_information '{"clusterGUID": "a", "datastoreReady": true}'
put Tier tiers default '{"order": 1000000, "defaultAction": "Deny"}'
claim 'etcd_with_part_of_the_tiers_is_not_ready' not_ready '^Tier/kube-admin '
put Tier tiers adminnetworkpolicy '{"order": 1000, "defaultAction": "Pass"}'
claim 'etcd_with_the_tiers_of_any_release_is_ready' is_ready
other_release() {
	run check v3.32.1
	ended 1 && printed '^Tier/kube-admin  *FAILED' '^Tier/kube-baseline  *FAILED'
}
claim 'etcd_is_judged_by_the_release_that_is_named' other_release
etcd_lacks() {
	etcd_information "$2" && not_ready "^ClusterInformation/default  *FAILED  $1"
}
claim 'etcd_without_guid_is_not_ready' etcd_lacks 'spec.clusterGUID is not set' '{"datastoreReady": true}'
claim 'etcd_without_datastoreready_is_not_ready' etcd_lacks 'spec.datastoreReady is not set' '{"clusterGUID": "a"}'
claim 'locked_etcd_is_not_ready' etcd_lacks 'spec.datastoreReady is false' '{"clusterGUID": "a", "datastoreReady": false}'
etcd_information '{"clusterGUID": "a", "datastoreReady": true}'
without_a_tier() {
	delete_key $root/tiers/adminnetworkpolicy >"$tmp/log" && not_ready '^Tier/kube-admin  *FAILED  it does not exist'
}
claim 'etcd_without_a_tier_is_not_ready' without_a_tier
no_etcd() {
	ETCD_ENDPOINTS=http://127.0.0.1:1 run check --for served --timeout 5s
	ended 6
}
claim 'etcd_that_does_not_answer_is_exit_6' no_etcd
finish
