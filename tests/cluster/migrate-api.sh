#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The migration to projectcalico.org/v3 on a real server. The suite does the work of upstream's
# controller: it writes phases, locks and objects, and removes the finalizer of a
# DatastoreMigration.
# shellcheck disable=SC2317 # claim calls the functions
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/cluster.sh

migration=datastoremigrations.migration.projectcalico.org/v1-to-v3
v1=crd.projectcalico.org
v3=projectcalico.org

# The work of the controller

# locked GROUP true|false: sets the lock in ClusterInformation
locked() {
	kubectl patch "clusterinformations.$1" default --type merge \
		-p "{\"spec\": {\"datastoreReady\": $([ "$2" = true ] && echo false || echo true)}}" >"$tmp/log"
}
# phase PHASE [STATUS]: sets the phase, and more of the status as JSON
phase() {
	kubectl patch "$migration" --type merge \
		-p "$(jq -n --arg phase "$1" --argjson more "${2-{\}}" '{status: ({phase: $phase, startedAt: "2026-03-04T05:06:07Z"} + $more)}')" >"$tmp/log"
}
finalizer() {
	kubectl patch "$migration" --type merge -p "{\"metadata\": {\"finalizers\": $1}}" >"$tmp/log"
}
# copied RESOURCE: creates its v1 objects in v3, as the controller does
copied() {
	local uid
	uid=$(kubectl get "$migration" -o jsonpath='{.metadata.uid}')
	kubectl get "$1.v1.$v1" -A -o json | jq --arg uid "$uid" '.items |= map((.metadata.annotations["projectcalico.org/metadata"] // "{}" | fromjson) as $meta |
		{apiVersion: "projectcalico.org/v3", kind: (if .kind == "IPAMConfig" then "IPAMConfiguration" else .kind end),
		metadata: {name: ($meta.name // .metadata.name), namespace: .metadata.namespace, labels: ($meta.labels // {}),
			annotations: {"migration.projectcalico.org/migrated-by": $uid}},
		spec: (.spec | if .deleted? == "false" then .deleted = false else . end)})' >"$tmp/copies.json"
	kubectl create -f "$tmp/copies.json" >"$tmp/log"
}
copy_all() {
	local resource
	for resource in clusterinformations tiers ippools globalnetworkpolicies globalnetworksets networksets \
		ipamconfigs blockaffinities ipamhandles stagedkubernetesnetworkpolicies; do
		copied "$resource" || return 1
	done
}
deleted() {
	kubectl get "$migration" -o json | jq -e '.metadata.deletionTimestamp' >"$tmp/log" 2>&1
}
# lets_go [COMMAND...]: after the migration is deleted, runs COMMAND, then removes the finalizer
lets_go() {
	(
		eventually deleted || exit 1
		[ $# -eq 0 ] || "$@"
		finalizer '[]'
	) &
	at_exit_kill $!
}
unlocks() {
	locked "$v1" false
	kubectl delete "clusterinformations.$v3" default --ignore-not-found >"$tmp/log"
}
deletes_v1() {
	kubectl get crd -o name | grep "[.]$v1\$" | xargs "$kubectl_program" delete >"$tmp/log"
}

# The cluster

# workloads RELEASE [GROUP]: creates the workloads that run Calico when it is installed by manifest
workloads() {
	jq -n --arg release "$1" --arg group "${2-}" 'def pod($name): {metadata: {labels: {a: "b"}}, spec: {containers: [{name: $name,
			image: "registry.example.test/calico/x:\($release)", env: (if $group == "" then [] else [{name: "CALICO_API_GROUP", value: $group}] end)}]}};
		{apiVersion: "v1", kind: "List", items: [
		{apiVersion: "apps/v1", kind: "Deployment", metadata: {name: "calico-kube-controllers", namespace: "kube-system"},
			spec: {selector: {matchLabels: {a: "b"}}, template: pod("calico-kube-controllers")}},
		{apiVersion: "apps/v1", kind: "DaemonSet", metadata: {name: "calico-node", namespace: "kube-system"},
			spec: {selector: {matchLabels: {a: "b"}}, template: pod("calico-node")}}]}' | kubectl apply -f - >"$tmp/log"
}
# stored KIND NAME SPEC [NAMESPACE]: creates an object of v1 in its stored form
stored() {
	printf '{"apiVersion": "crd.projectcalico.org/v1", "kind": "%s", "metadata": {"name": "%s"%s}, "spec": %s}' \
		"$1" "$2" "${4:+, \"namespace\": \"$4\"}" "$3" | kubectl create -f - >"$tmp/log"
}
everything() {
	versions && kubectl get "$(kubectl api-resources --verbs list -o name | grep -E "[.]($v1|$v3)\$" | paste -sd,)" -A -o json 2>"$tmp/log" |
		jq -r '.items[].metadata | "\(.uid) \(.resourceVersion)"'
}

start_cluster --feature-gates=MutatingAdmissionPolicy=true --runtime-config=admissionregistration.k8s.io/v1beta1=true
run plan --migrate-api
claim 'rehearsal_on_an_empty_server_is_blocked' ended 10 'the migration cannot begin: [0-9]* reasons'
claim 'rehearsal_names_each_reason' said 'blocked no CRD of crd.projectcalico.org is served' '0 of 6 admission policies' '0 of 22 CRDs of projectcalico.org' \
	'the CRD datastoremigrations.migration.projectcalico.org is not served' 'calico-kube-controllers, which runs the migration, is neither'
run install v3.32.1 --set crds -q
run initialise v3.32.1
cat >"$tmp/objects.yaml" <<-YAML
	{apiVersion: projectcalico.org/v3, kind: IPPool, metadata: {name: pool}, spec: {cidr: 10.1.0.0/16}}
	---
	{apiVersion: projectcalico.org/v3, kind: GlobalNetworkPolicy, metadata: {name: web, labels: {team: a}}, spec: {selector: "all()", egress: [{action: Allow}]}}
	---
	{apiVersion: projectcalico.org/v3, kind: GlobalNetworkSet, metadata: {name: nets, labels: {role: db}}, spec: {nets: [10.2.0.0/16]}}
	---
	{apiVersion: projectcalico.org/v3, kind: NetworkSet, metadata: {name: nets, namespace: default}, spec: {nets: [10.3.0.0/16]}}
YAML
run apply -f "$tmp/objects.yaml"
claim 'objects_are_there' ended 0
stored IPAMConfig default '{"strictAffinity": false, "autoAllocateBlocks": true, "maxBlocksPerHost": 4}'
stored BlockAffinity node-1-10-1-0-0-26 '{"cidr": "10.1.0.0/26", "deleted": "false", "node": "node-1", "state": "confirmed", "type": "host"}'
stored IPAMHandle h1 '{"block": {"10.1.0.0/26": 1}, "deleted": false, "handleID": "h1"}'
run install v3.32.1 --set v3
claim 'crds_and_policies_of_v3_come_first' ended 0
migrations v1 v1beta1
workloads v3.31.7
run plan --migrate-api
claim 'kube_controllers_without_the_controller_are_refused' ended 10 'calico-kube-controllers is v3.31.7; the migration controller is in v3.32'
workloads v3.32.1
run plan --migrate-api -o json
claim 'releases_with_known_data_loss_are_named' holds '.checks[] | select(.check == "controllers") | .state == "note" and (.text | test("calico#13422"))'
workloads v3.32.2
before=$(everything)
run plan --migrate-api
claim 'rehearsal_of_a_prepared_cluster_is_exit_1' ended 1
claim 'rehearsal_says_what_holds' said 'ok the 6 admission policies are stored, served as v1beta1' 'ok the 22 CRDs of projectcalico.org are on the server' \
	'ok calico-kube-controllers v3.32.2 runs the migration' 'ok nobody has locked the datastore'
claim 'rehearsal_counts_the_objects' printed '^IPPool  *1  *0  *0  *0$' '^Tier  *3  *0  *0  *0$'
claim 'rehearsal_writes_nothing' test "$before" = "$(everything)"

# Objects that would stop the controller

# stops PATTERN: the object blocks the rehearsal; without the object, the rehearsal starts again
stops() {
	run plan --migrate-api
	ended 10 && said "blocked $1"
}
handle_with_capitals() {
	stored IPAMHandle h2 '{"block": {}, "deleted": false, "handleID": "Ab"}' && stops 'IPAMHandle/h2: its handleID "Ab" becomes its name' &&
		kubectl delete "ipamhandles.$v1" h2 >"$tmp/log"
}
claim 'handle_that_v3_refuses_is_found' handle_with_capitals
names_fold() {
	local name
	for name in default.folded folded; do
		jq -n --arg name "$name" '{apiVersion: "crd.projectcalico.org/v1", kind: "GlobalNetworkPolicy", metadata: {name: $name,
			annotations: {"projectcalico.org/metadata": "{\"name\":\"folded\"}"}}, spec: {selector: "all()", types: ["Ingress"]}}' | kubectl create -f - >"$tmp/log"
	done
	stops 'GlobalNetworkPolicy/folded: two objects of crd.projectcalico.org have this name' &&
		kubectl delete "globalnetworkpolicies.$v1" default.folded folded >"$tmp/log"
}
claim 'two_names_that_become_one_are_found' names_fold
wrong_tier() {
	kubectl get crd "tiers.$v1" -o json >"$tmp/tiers.json"
	jq 'del(.. | objects | .["x-kubernetes-validations"]?)' "$tmp/tiers.json" | kubectl replace -f - >"$tmp/log"
	eventually kubectl patch "tiers.$v1" kube-admin --type merge -p '{"spec": {"order": 5}}' >"$tmp/log" 2>&1 || return 1
	stops 'Tier/kube-admin: has to have the order 1000 and the default action Pass' || return 1
	kubectl patch "tiers.$v1" kube-admin --type merge -p '{"spec": {"order": 1000}}' >"$tmp/log"
	run install v3.32.1 --set crds -q
}
claim 'tier_that_the_controller_waits_for_is_found' wrong_tier
refused_by_v3() {
	kubectl get crd "globalnetworkpolicies.$v1" -o json | jq '.spec.versions[0].schema.openAPIV3Schema = {type: "object", "x-kubernetes-preserve-unknown-fields": true}' |
		kubectl replace -f - >"$tmp/log"
	eventually stored GlobalNetworkPolicy bad '{"selector": "all()", "types": ["Sideways"]}' 2>"$tmp/log" || return 1
	stops 'GlobalNetworkPolicy/bad: the CRD of v3 does not take it' || return 1
	kubectl delete "globalnetworkpolicies.$v1" bad >"$tmp/log"
	run install v3.32.1 --set crds -q
}
claim 'object_that_v3_does_not_take_is_found' refused_by_v3
exists_already() {
	kubectl create -f - >"$tmp/log" <<-YAML
		{apiVersion: projectcalico.org/v3, kind: IPPool, metadata: {name: pool}, spec: {cidr: 10.9.0.0/16, allowedUses: [Workload, Tunnel]}}
	YAML
	stops 'IPPool/pool: differs between' && kubectl delete "ippools.$v3" pool >"$tmp/log"
}
claim 'object_that_v3_has_otherwise_is_found' exists_already
untyped() {
	stored StagedKubernetesNetworkPolicy k '{"podSelector": {}, "egress": [{}], "stagedAction": "Set"}' default
	run plan --migrate-api
	ended 1 && said 'note 1 policies have no types'
}
claim 'policies_without_types_are_a_note' untyped
is_locked() {
	locked "$v1" true && stops 'ClusterInformation/default: datastoreReady is not true' && locked "$v1" false
}
claim 'locked_datastore_is_found' is_locked
unreadable() {
	kubectl create clusterrole some --verb get,list --resource ippools.crd.projectcalico.org >"$tmp/log"
	user somebody some
	run plan --migrate-api --kubeconfig "$tmp/somebody.kubeconfig"
	[ "$status" -gt 1 ] && says "$tmp/err" '403'
}
claim 'what_cannot_be_read_does_not_pass' unreadable

least_rights() {
	"$program" rbac migrate-api v3.32.1 --set v3 --name mover | kubectl apply -f - >"$tmp/log" && user somemover mover || return 1
	run plan --migrate-api --kubeconfig "$tmp/somemover.kubeconfig"
	ended 1
}
claim 'rbac_has_every_right_of_the_rehearsal' least_rights

# Beginning a migration, and ending it in each phase

began() {
	run migrate-api --backup "$tmp/before-$1.tar.gz" --timeout 3s
	ended 124 'created DatastoreMigration v1-to-v3' && finalizer '["migration.projectcalico.org/v1-crd-cleanup"]'
}
claim 'migration_begins_and_is_followed' began 1
claim 'backup_is_made_and_read_again_before' test -f "$tmp/before-1.tar.gz"
run migrate-api --status
claim 'status_shows_the_phase' printed '^Pending' '^locks *datastoreReady of v1: true'
run install v3.32.1 --set v3
claim 'install_that_writes_nothing_is_not_blocked' ended 0 'warning: the DatastoreMigration v1-to-v3'
# ends PHASE: ends the migration in this phase; the arguments do the controller's work
ends() {
	local at=$1
	shift
	locked "$v1" true
	phase "$at"
	lets_go "$@"
	run migrate-api --abort
	ended 0 && [ "$(kubectl get "clusterinformations.$v1" default -o jsonpath='{.spec.datastoreReady}')" = true ] &&
		! kubectl get "$migration" >"$tmp/log" 2>&1
}
claim 'pending_is_ended_and_the_lock_that_stays_is_opened' ends Pending
claim 'lock_that_stayed_is_reported' ended 0 'the controller left v1 locked: datastoreReady is true now'
for at in Migrating WaitingForConflictResolution Failed; do
	claim "begins_again ($at)" began "$at"
	claim "is_ended_in_the_phase ($at)" ends "$at" unlocks
	claim "lock_that_the_controller_opened_is_not_reported ($at)" ended 0 '!left v1 locked'
done
left_locked() {
	locked "$v1" true
	run migrate-api --status
	said 'v1 is locked, and no DatastoreMigration is there' || return 1
	run migrate-api --abort
	ended 0 'the controller left v1 locked'
}
claim 'lock_without_a_migration_is_found_and_opened' left_locked
run migrate-api --abort
claim 'nothing_to_end_is_exit_1' ended 1 'there is no DatastoreMigration to end'
run migrate-api --finish
claim 'nothing_to_finish_is_blocked' ended 10 'there is no DatastoreMigration'

# A conflict, then the migration to its end

began again >"$tmp/log"
locked "$v1" true
phase WaitingForConflictResolution '{"message": "1 conflict", "conditions": [{"type": "Conflict", "reason": "ResourceMismatch", "status": "True",
	"message": "IPPool/pool: v3 resource exists with different spec"}]}'
run migrate-api
claim 'conflict_ends_the_command' ended 10 'resolve each'
claim 'conflict_is_explained_object_by_object' printed '^conflict  IPPool/pool: v3 resource exists with different spec$'
phase Migrating '{"conditions": [], "progress": {"total": 12, "migrated": 5, "skipped": 1, "conflicts": 0, "typeProgress": "9 / 21", "currentType": "IPPool"}}'
run migrate-api --timeout 3s
claim 'progress_is_followed' ended 124 'phase Migrating: 5 of 12 objects copied, 1 skipped, 0 in conflict; kinds 9 / 21, now IPPool'
claim 'controller_copies_every_object' copy_all
locked "$v3" false
phase Converged
run migrate-api
claim 'converged_without_an_operator_says_what_to_set' ended 0
claim 'commands_for_each_part_are_printed' printed 'kubectl -n kube-system set env daemonset/calico-node CALICO_API_GROUP=projectcalico.org/v3$' 'deployment/calico-kube-controllers CALICO'
run migrate-api --abort
claim 'converged_cannot_be_ended' ended 10 'in v3 already'
run migrate-api --finish
claim 'converged_cannot_be_finished' ended 10 'only a migration in the phase Complete'
phase Complete '{"completedAt": "2026-03-04T06:06:07Z"}'
run migrate-api
claim 'complete_with_a_part_that_reads_v1_is_no_success' ended 1 'CALICO_API_GROUP is not set'
workloads v3.32.2 projectcalico.org/v3
run migrate-api
claim 'complete_and_equal_is_a_success' ended 0
claim 'equality_is_told_with_the_next_command' said 'are the same in both groups' 'next: calico-datastore migrate-api --finish'
differs() {
	kubectl delete "globalnetworksets.$v3" nets >"$tmp/log"
	run migrate-api --finish
	ended 10 && said 'blocked GlobalNetworkSet/nets: is in crd.projectcalico.org and not in projectcalico.org' && copied globalnetworksets
}
claim 'missing_object_stops_the_end' differs
label_lost() {
	kubectl label "globalnetworksets.$v3" nets role- >"$tmp/log"
	run migrate-api --finish
	ended 10 && said 'blocked GlobalNetworkSet/nets: differs' && kubectl label "globalnetworksets.$v3" nets role=db >"$tmp/log"
}
claim 'lost_label_stops_the_end' label_lost
since() {
	kubectl patch "ippools.$v3" pool --type merge -p '{"spec": {"disabled": true}}' >"$tmp/log"
	run migrate-api
	ended 0 && said 'note IPPool/pool: was changed in projectcalico.org since it was copied'
}
claim 'what_was_changed_since_is_a_note' since
foreign() {
	kubectl get crd "ippools.$v1" -o json | jq '{apiVersion, kind, metadata: {name: "widgets.crd.projectcalico.org"},
		spec: (.spec | .names = {kind: "Widget", plural: "widgets"} | del(.conversion))}' | kubectl create -f - >"$tmp/log"
	eventually kubectl wait --for=condition=Established crd/widgets.crd.projectcalico.org >"$tmp/log"
	eventually eval 'run migrate-api --finish; ended 10 && said "blocked widgets.crd.projectcalico.org: is not Calico.s"' &&
		kubectl delete crd widgets.crd.projectcalico.org >"$tmp/log"
}
claim 'crd_of_others_that_would_go_stops_the_end' foreign
gone() {
	eventually eval '! kubectl get --raw /apis/crd.projectcalico.org/v1 | grep -q widgets' || return 1
	lets_go deletes_v1
	run migrate-api --finish
	ended 0 'the CRDs of crd.projectcalico.org are gone' && [ -z "$(kubectl get crd -o name | grep "[.]$v1\$")" ]
}
claim 'finish_deletes_the_migration_and_v1_goes' gone
run migrate-api --finish
claim 'finished_again_is_no_error' ended 0
run check --for ready
claim 'v3_is_ready_afterwards' ended 0
run plan --migrate-api
claim 'nothing_is_left_to_migrate' ended 10 'there is nothing to migrate'
finish
