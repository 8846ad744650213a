#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What an upgrade saves before a breaking change, how the user takes the upgrade back, and CRDs that
# a release no longer has.
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/cluster.sh

anp=adminnetworkpolicies.policy.networking.k8s.io
banp=baselineadminnetworkpolicies.policy.networking.k8s.io
spec='{priority: 5, subject: {namespaces: {}}}'

start_cluster
run install v3.31.7 -q
kubectl apply -f - >"$tmp/log" <<EOF
apiVersion: crd.projectcalico.org/v1
kind: IPPool
metadata: {name: old}
spec: {cidr: 10.0.0.0/16, nat-outgoing: true}
---
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: {name: one}
spec: $spec
EOF

without_write() {
	run install v3.31.7 --backup "$tmp/unneeded.tar.gz"
	ended 0 && [ ! -e "$tmp/unneeded.tar.gz" ] && ! ls "$tmp"/calico-datastore-backup-* 2>/dev/null
}
claim 'a_run_that_writes_nothing_saves_nothing' without_write

no_place() {
	local before
	before=$(versions)
	CALICO_DATASTORE_BACKUP_DIR=$tmp/nowhere run install v3.32.1 --accept-loss
	ended 3 'no backup, so nothing was written' '--no-backup goes without' && [ "$(versions)" = "$before" ]
}
claim 'without_a_place_for_the_backup_nothing_is_written' no_place

told() {
	run plan v3.32.1 --accept-loss
	ended 1 && said "$anp left v3.32.1 has dropped it, and v3.31.7 is the last release that has it; --prune deletes it if it has no objects" || return 1
	run plan v3.32.1 --accept-loss --prune -o json
	ended 1 && holds "[.leftovers[] | {name, outcome, objects}] == [
		{name: \"$anp\", outcome: \"left\", objects: 1}, {name: \"$banp\", outcome: \"delete\", objects: 0}]"
}
claim 'plan_tells_of_crds_that_the_release_does_not_have' told

upgraded() {
	run install v3.32.1 --accept-loss
	ended 0 "calico-datastore-backup-.*.tar.gz: 22 CRDs and 1 objects as they were" || return 1
	saved=$(ls "$tmp"/calico-datastore-backup-*.tar.gz)
	[ "$(stat -c %a "$saved")" = 600 ] && printed "^# as it was before: $saved" "/$anp left" &&
		[ "$(kubectl get crd -o name | grep -c policy.networking)" = 3 ] &&
		kubectl get ippools old -o json | jq -e '.spec | has("nat-outgoing") | not' >/dev/null
}
claim 'an_upgrade_with_breaking_changes_saves_everything_first' upgraded

rolled_back() {
	run rollback "$saved" --dry-run
	ended 0 && printed "^ippools  update   1 object  (18 changes)$" || return 1
	run rollback "$saved"
	ended 0 "backup of 20.* on https" && kubectl get ippools old -o json | jq -e '.spec["nat-outgoing"] == true' >/dev/null || return 1
	run plan v3.31.7
	ended 0
}
claim 'rollback_brings_the_crds_back_and_with_them_what_the_upgrade_hid' rolled_back

cut() {
	head -c 2000 "$saved" >"$tmp/cut.tar.gz"
	run rollback "$tmp/cut.tar.gz"
	ended 5
}
claim 'a_backup_that_was_cut_rolls_nothing_back' cut

never_without_backup() {
	run install v3.32.1 --accept-loss --prune --no-backup
	ended 2 'only after a backup'
}
claim 'prune_goes_with_a_backup_only' never_without_backup

managed() {
	kubectl label crd "$banp" app.kubernetes.io/managed-by=Helm >"$tmp/log"
	kubectl annotate crd "$banp" meta.helm.sh/release-name=other meta.helm.sh/release-namespace=other >"$tmp/log"
	run install v3.32.1 --accept-loss --prune --backup "$tmp/helm.tar.gz"
	ended 0 && printed "/$banp left" 'Helm.* manages it' && kubectl get crd "$banp" >"$tmp/log" || return 1
	kubectl label crd "$banp" app.kubernetes.io/managed-by- >"$tmp/log"
	kubectl annotate crd "$banp" meta.helm.sh/release-name- meta.helm.sh/release-namespace- >"$tmp/log"
}
claim 'a_crd_with_the_labels_of_another_manager_is_left' managed

pruned() {
	run install v3.32.1 --accept-loss --prune --backup "$tmp/pruned.tar.gz" -o json
	ended 0 "deleting $banp, which v3.32.1 has dropped and which has no objects" && holds '.changed and .backup == "'"$tmp/pruned.tar.gz"'"' &&
		holds "[.leftovers[] | {name, outcome, objects}] == [
			{name: \"$anp\", outcome: \"left\", objects: 1}, {name: \"$banp\", outcome: \"deleted\", objects: 0}]" &&
		! kubectl get crd "$banp" >"$tmp/log" 2>&1 && kubectl get adminnetworkpolicies one >"$tmp/log"
}
claim 'prune_deletes_the_one_without_objects_and_leaves_the_one_with_one' pruned

again() {
	run install v3.32.1 --accept-loss --prune --backup "$tmp/again.tar.gz"
	ended 0 && printed "/$anp left" 'it has 1 objects' && [ ! -e "$tmp/again.tar.gz" ]
}
claim 'a_second_prune_finds_nothing_to_do' again

back() {
	run restore "$tmp/pruned.tar.gz"
	ended 0 && printed "/$banp created" && kubectl get crd "$banp" >"$tmp/log"
}
claim 'restore_brings_a_pruned_crd_back' back

# CRDs that must never be deleted

# only_whole SOURCE...: prune of an incomplete release is refused before the first request
only_whole() {
	run install "$@" --prune --server https://127.0.0.1:1
	ended 2 '--prune: .* is no whole release' || return 1
	run plan "$@" --prune --server https://127.0.0.1:1
	ended 2 '--prune: .* is no whole release'
}

"$program" show v3.32.1 -o json | jq '.items |= map(select(.metadata.name == "ippools.crd.projectcalico.org"))' >"$tmp/one.json"
claim 'prune_with_one_crd_in_a_file_is_refused' only_whole -f "$tmp/one.json"
"$program" show v3.32.1 >"$tmp/unproven.yaml"
claim 'prune_with_a_file_of_unknown_origin_is_refused' only_whole -f "$tmp/unproven.yaml"
for file in crds.yaml v3_projectcalico_org.yaml; do
	if [ ! -f "$SHARED/calico/v3.32.1/$file" ]; then
		skip "prune_with_upstreams_$file" "no calico/v3.32.1/$file in SHARED=$SHARED"
	elif [ "$file" = crds.yaml ]; then
		upstreams_file() {
			run plan -f "$SHARED/calico/v3.32.1/crds.yaml" --accept-loss --prune -o json
			holds "[.leftovers[] | .name, .dropped] == [\"$anp\", true, \"$banp\", true]"
		}
		claim 'prune_with_upstreams_crds_yaml_is_as_with_the_release' upstreams_file
	else
		claim 'prune_with_upstreams_set_of_another_group_is_refused' only_whole -f "$SHARED/calico/v3.32.1/$file"
	fi
done

others_stay() {
	local before
	run install v3.32.1 --accept-loss -q && ended 0 || return 1
	before=$(kubectl get crd -o name)
	run install v3.32.1 -x tiers.crd.projectcalico.org --accept-loss --prune --no-backup
	ended 2 || return 1
	run install v3.32.1 -x tiers.crd.projectcalico.org --prune --backup "$tmp/x.tar.gz" -o json
	ended 0 && holds '[.leftovers[].name] | index("tiers.crd.projectcalico.org") == null' &&
		[ "$(kubectl get crd -o name)" = "$(grep -v "$banp" <<<"$before")" ]
}
claim 'prune_deletes_no_crd_that_was_excluded' others_stay

newer_stays() {
	run plan v3.29.1 --allow-downgrade --accept-loss --prune -o json
	holds '[.leftovers[] | select(.name | startswith("staged")) | .dropped or .outcome == "delete"] == [false, false, false]' || return 1
	run plan v3.29.1 --allow-downgrade --accept-loss --prune
	said 'v3.29.1 does not have it yet: it came with v3.30.0; only newer releases have it'
}
claim 'prune_deletes_nothing_that_only_newer_releases_have' newer_stays
# The saved pool has a field that the new CRD no longer has.
unfit() {
	kubectl delete ippools old >"$tmp/log"
	local option
	for option in '' --dry-run; do
		# shellcheck disable=SC2086 # an option or none
		run restore "$saved" $option
		ended 10 'nothing was written: 1 objects do not fit' 'ippools.crd.projectcalico.org/old: the server would drop spec.nat-outgoing' '--partial' &&
			printed '^ippools.crd.projectcalico.org/old unfit' && ! kubectl get ippools old >"$tmp/log" 2>&1 || return 1
	done
	run restore "$saved" --partial
	ended 0 && printed '/old created.*stores it differently' && kubectl get ippools old >"$tmp/log" || return 1
	# restore leaves an existing object alone and goes on.
	run restore "$saved"
	ended 1 '1 objects differ'
}
claim 'restore_onto_a_newer_release_is_all_or_nothing_unless_asked' unfit
finish
