#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A migration, or calicoctl, locks the datastore; then no command writes. Each command that writes
# is blocked. It reports the phase, since when, and what to do. --take-over does not pass the lock,
# --ignore-lock does.
# shellcheck disable=SC2317 # claim calls the functions
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/cluster.sh

tiers=tiers.crd.projectcalico.org

# phase PHASE: makes the only DatastoreMigration have this phase; "": no phase yet
phase() {
	kubectl delete datastoremigrations.migration.projectcalico.org --all >"$tmp/log" 2>&1 || true
	jq -n --arg phase "$1" '{apiVersion: "migration.projectcalico.org/v1", kind: "DatastoreMigration",
		metadata: {name: "v1-to-v3"}, spec: {type: "APIServerToCRDs"}} +
		if $phase == "" then {} else {status: {phase: $phase, startedAt: "2026-03-04T05:06:07Z", message: "so far"}} end' >"$tmp/migration.json"
	until kubectl create -f "$tmp/migration.json" >"$tmp/log" 2>&1; do sleep 0.2; done
}

# unmigrated PATTERN: migrate-storage has work to do, and is blocked
unmigrated() {
	local code=0
	kubectl patch crd ippools.crd.projectcalico.org --subresource=status --type=merge \
		-p '{"status": {"storedVersions": ["v0", "v1"]}}' >"$tmp/log"
	blocked "$1" migrate-storage ippools || code=1
	kubectl patch crd ippools.crd.projectcalico.org --subresource=status --type=merge \
		-p '{"status": {"storedVersions": ["v1"]}}' >"$tmp/log"
	return "$code"
}

# blocked PATTERN ARGUMENT...: the run writes nothing and says why
blocked() {
	local pattern=$1 before
	shift
	before=$(versions)
	run "$@"
	ended 10 "nothing was written: .*$pattern" '--ignore-lock' && [ "$(versions)" = "$before" ]
}

start_cluster
run install v3.31.7 -q
run backup "$tmp/before.tar.gz"
kubectl delete crd "$tiers" >"$tmp/log"
migrations v1 v1beta1

for phase in '' Pending Migrating WaitingForConflictResolution Converged Failed; do
	phase "$phase"
	claim "install_is_blocked_in_the_phase ($phase)" blocked \
		"DatastoreMigration v1-to-v3 is in the phase ${phase:-Pending} since 20.*T.*Z" install v3.31.7 --take-over
done
claim 'advice_after_a_failure_is_to_end_it' ended 10 '"calico-datastore migrate-api --abort" ends it and opens v1'
phase Migrating
claim 'since_when_and_the_words_of_its_controller_are_told' blocked 'since 2026-03-04T05:06:07Z (so far): wait until' install v3.31.7
claim 'rollback_is_blocked' blocked 'phase Migrating' rollback "$tmp/before.tar.gz" --take-over --accept-loss
claim 'restore_is_blocked' blocked 'phase Migrating' restore "$tmp/before.tar.gz" --overwrite
claim 'migrate_storage_is_blocked' unmigrated 'phase Migrating'
planned() {
	run plan v3.31.7
	ended 10 'warning: the DatastoreMigration' && printed '^blocked (1): tiers$' && said 'phase Migrating'
}
claim 'plan_shows_the_lock' planned

silent() {
	run check v3.31.7 -x "$tiers"
	ended 0 '!deprecated' '!v1beta1' || return 1
	run status
	ended 1 '!deprecated' '!v1beta1' && printed '^api '
	run status -o json
	holds '.api.migration == {name: "v1-to-v3", phase: "Migrating", since: "2026-03-04T05:06:07Z", message: "so far"}'
}
claim 'served_version_is_asked_for_so_that_no_deprecation_is_warned_of' silent

passed_on() {
	run install v3.31.7 --ignore-lock
	ended 0 'warning: the DatastoreMigration' && kubectl get crd "$tiers" >"$tmp/log"
}
claim 'ignore_lock_writes_all_the_same' passed_on
nothing() {
	run install v3.31.7
	ended 0 'warning: the DatastoreMigration v1-to-v3'
}
claim 'run_that_writes_nothing_is_not_blocked' nothing
pruned() {
	run install v3.32.1 --accept-loss --ignore-lock --backup "$tmp/new.tar.gz"
	ended 0 && blocked 'phase Migrating' install v3.32.1 --prune --backup "$tmp/pruned.tar.gz"
}
claim 'prune_is_blocked' pruned
only_beta() {
	kubectl delete crd datastoremigrations.migration.projectcalico.org >"$tmp/log"
	migrations v1beta1
	sed -i 's|project.*org/v1"|projectcalico.org/v1beta1"|' "$tmp/migration.json"
	until kubectl create -f "$tmp/migration.json" >"$tmp/log" 2>&1; do sleep 0.2; done
	kubectl delete crd "$tiers" >"$tmp/log"
	blocked 'phase Migrating' install v3.32.1
}
claim 'migration_of_v1beta1_alone_is_seen' only_beta

# Without a DatastoreMigration

kubectl delete crd datastoremigrations.migration.projectcalico.org >"$tmp/log"
until ! kubectl get --raw /apis/migration.projectcalico.org >"$tmp/log" 2>&1; do sleep 0.2; done
kubectl apply -f - >"$tmp/log" <<-YAML
	apiVersion: crd.projectcalico.org/v1
	kind: ClusterInformation
	metadata: {name: default}
	spec: {datastoreReady: false}
YAML
since='clusterinformations.crd.projectcalico.org default says datastoreReady: false since 20..-.*Z'
claim 'datastore_that_is_not_ready_is_blocked' blocked "$since.*calicoctl datastore migrate unlock" install v3.32.1
claim 'restore_to_a_datastore_that_is_not_ready_is_blocked' blocked "$since" restore "$tmp/before.tar.gz"
claim 'migrate_storage_of_a_datastore_that_is_not_ready_is_blocked' unmigrated "$since"

# Users without the right to read the lock

kubectl create clusterrole crds --verb get,create,update --resource customresourcedefinitions.apiextensions.k8s.io >"$tmp/log"
user writer crds
unseen() {
	local before
	before=$(versions)
	run install v3.32.1 --ignore-lock --kubeconfig "$tmp/writer.kubeconfig"
	ended 7 'whether the datastore is locked cannot be read' 'kind: ClusterRole$' '  - clusterinformations$' &&
		[ "$(versions)" = "$before" ]
}
claim 'lock_that_may_not_be_read_is_exit_7_with_the_role' unseen
unrestored() {
	run restore "$tmp/before.tar.gz" --kubeconfig "$tmp/writer.kubeconfig" -o json
	ended 7 'kind: ClusterRole$' && holds '.ok == false and .error.kind == "auth" and (.error.remedy | test("kind: ClusterRole\n"))'
}
claim 'restore_without_rights_is_exit_7_with_the_role' unrestored

kubectl patch clusterinformations.crd.projectcalico.org default --type=merge -p '{"spec": {"datastoreReady": true}}' >"$tmp/log"
unlocked() {
	run install v3.32.1
	ended 0 '!warning'
}
claim 'unlocked_datastore_is_written' unlocked
finish
