#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Install and plan against a real API server whose audit log shows every request: what is written,
# what is not written, what stays after an update, and what users with fewer rights see.
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/cluster.sh
. tests/lib/audit.sh

start_audited

write='((.verb | IN("get", "list", "watch") | not) and (.requestURI | test("/selfsubject") | not))'
dry='(.requestURI | test("dryRun=All"))'

# A clean server

audited plan v3.29.1
claim "plan_of_a_clean_server_is_exit_1" ended 1
claim "plan_names_20_crds_to_create" said 'create (20): adminnetworkpolicies, .*, tiers '
claim "plan_counts_them" printed '^v3.29.1: 20 to create, 0 to update, 0 unchanged, 0 blocked$'
claim "plan_lets_the_server_judge_each" asked 20 "$write and $dry"
claim "plan_writes_nothing" asked 0 "$write and ($dry | not)"

audited install v3.29.1 --dry-run
claim "dry_run_of_install_is_exit_0" ended 0
claim "dry_run_of_install_shows_the_plan" said 'create (20): adminnetworkpolicies, .*, tiers '
claim "dry_run_of_install_writes_nothing" asked 0 "$write and ($dry | not)"
claim "dry_run_of_install_leaves_no_crd" test -z "$(versions)"

run plan v3.29.1 -o json --exclude tiers -x ippools.crd.projectcalico.org
claim "exclude_leaves_crds_out_of_the_plan" holds '.summary.toCreate == 18 and
	([.customResourceDefinitions[].name] | any(test("^(tiers|ippools)[.]")) | not)'

run check
claim "check_of_a_clean_server_is_exit_1_and_says_what_to_do" ended 1 'has no Calico CRD' 'install'
run check v3.29.1
claim "check_of_a_release_that_is_not_there_is_exit_1" ended 1 'reads failed' '404'
claim "check_shows_each_read_that_failed" lines 20 'FAILED'
run check v3.29.1 --color always
claim "failed_reads_are_red" lines 20 "^$(printf '\033')\[31m.* FAILED"

audited install v3.29.1
claim "install_on_a_clean_server_is_exit_0" ended 0
claim "install_prints_20_created_lines" lines 20 "^$crd/[a-z0-9.-]* created\$"
claim "install_says_which_server_and_context_it_writes_to" says "$tmp/err" \
	"v3.29.1, set crds (embedded) on https://.*, context "
claim "install_writes_each_crd_once" asked 20 "$write and ($dry | not)"
claim "all_crds_are_established" all_established
claim "install_says_in_one_line_how_calicoctl_gets_there" lines 1 '^# for calicoctl: eval "$(calico-datastore config -o env)"$'
cp "$tmp/out" "$tmp/installed"

exports_work() (
	PATH=$(dirname "$program"):$PATH
	eval "$(sed -n 's/^# for calicoctl: //p' "$tmp/installed")"
	[ "$DATASTORE_TYPE" = kubernetes ] && cd / && "$program" check -q >"$tmp/out"
)
claim "that_line_selects_this_cluster" exports_work

# The same again

before=$(versions)
audited install v3.29.1
claim "second_install_is_exit_0" ended 0
claim "second_install_says_unchanged_20_times" lines 20 "^$crd/[a-z0-9.-]* unchanged\$"
claim "second_install_sends_no_write_not_even_a_dry_one" asked 0 "$write"
claim "second_install_does_not_ask_what_it_may_write" asked 0 '.requestURI | test("/selfsubject")'
claim "second_install_leaves_every_resource_version" test "$(versions)" = "$before"
audited plan v3.29.1
claim "plan_after_install_is_exit_0" ended 0
claim "plan_after_install_has_nothing_to_do" printed '0 to create, 0 to update, 20 unchanged, 0 blocked'
claim "plan_after_install_sends_no_write" asked 0 "$write"

run check -o json
claim "check_reads_every_kind_and_nodes" holds '.ok and .release.name == "v3.29.1" and
	(.reads | length == 24 and all(.ok)) and .reads[0].resource == "nodes"'

context=$(kubectl config current-context)
run install v3.29.1 --context "$context"
claim "context_that_was_given_is_in_that_line_too" printed "^# for calicoctl: .* -o env --context $context)\"\$"

explains() {
	local i
	# The server publishes schemas some time after it begins to serve them.
	for ((i = 0; i < 40; i++)); do
		if kubectl explain ippools >"$tmp/explained" 2>&1 &&
			tr -s ' \n' ' ' <"$tmp/explained" | grep -qF "$1"; then
			return
		fi
		sleep 0.5
	done
	cat "$tmp/explained" >&2
	return 1
}
sentence=$(sed -n 's/^IPPool: //p' manifests/kinds.txt)
claim "kubectl_explain_shows_our_sentence" explains "$sentence"

# Files

audited install -f tests/cluster/fixtures/widgets.yaml -x gadgets
claim "install_of_a_file_creates_what_is_not_excluded" lines 1 "^$crd/widgets.example.test created\$"
claim "install_of_a_file_creates_nothing_else" asked 1 "$write and ($dry | not)"
claim "file_that_no_digest_knows_is_said_to_be_not_verified" says "$tmp/err" 'not verified'

from_standard_input() {
	run install -f - -o json <tests/cluster/fixtures/widgets.yaml
	ended 0 && holds '.release.origin == "standard input" and .release.verifiedBy == null' &&
		holds '[.customResourceDefinitions[] | "\(.name) \(.outcome // .action)"]
			== ["gadgets.example.test created", "widgets.example.test unchanged"]'
}
claim "standard_input_is_a_manifest_too" from_standard_input
run check -f tests/cluster/fixtures/widgets.yaml -o json
claim "check_of_a_file_reads_the_served_versions" holds '.ok and
	([.reads[].resource] == ["nodes", "gadgets.example.test", "widgets.example.test", "pods", "namespaces", "serviceaccounts"])'
"$program" show v3.29.1 >"$tmp/v3.29.1.yaml"
run plan -f "$tmp/v3.29.1.yaml"
claim "what_show_prints_is_what_is_installed" ended 0

# Metadata

labels() {
	kubectl get customresourcedefinitions "$1" -o json | jq -cS '.metadata.labels'
}
claim "created_crds_carry_our_labels" test "$(labels ippools.crd.projectcalico.org)" = \
	'{"app.kubernetes.io/managed-by":"calico-datastore","app.kubernetes.io/part-of":"calico"}'

pools=ippools.crd.projectcalico.org
owner=$(kubectl get clusterrole view -o jsonpath='{.metadata.uid}')
kubectl label crd "$pools" team=network app.kubernetes.io/managed-by=someone --overwrite >"$tmp/log"
kubectl annotate crd "$pools" example.test/note='keep me' >"$tmp/log"
kubectl patch crd "$pools" --type=merge -p "{\"metadata\": {\"finalizers\": [\"example.test/hold\"],
	\"ownerReferences\": [{\"apiVersion\": \"rbac.authorization.k8s.io/v1\", \"kind\": \"ClusterRole\",
	\"name\": \"view\", \"uid\": \"$owner\"}]}}" >"$tmp/log"
kubectl label crd tiers.crd.projectcalico.org app.kubernetes.io/managed-by- >"$tmp/log"

before=$(versions)
run plan v3.29.1
claim "metadata_of_others_is_no_reason_to_write" ended 0
audited install v3.29.1
claim "label_that_was_removed_is_no_reason_to_write" asked 0 "$write"
claim "metadata_stay_as_others_left_them" test "$(versions)" = "$before"

foreign() {
	kubectl get crd "$pools" -o json | jq -cS '.metadata |
		{name, uid, creationTimestamp, labels, annotations, finalizers, ownerReferences}'
}
edit='[{"op": "remove", "path": "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/cidr"}]'
kubectl patch crd "$pools" --type=json -p "$edit" >"$tmp/log"
before=$(foreign)
audited install v3.29.1 -o json
claim "edited_crd_is_configured" holds '.changed and .summary.configured == 1 and
	.summary.created == 0 and .summary.failed == 0'
claim "edited_crd_is_written_alone" asked 1 "$write and ($dry | not)"
claim "update_keeps_metadata_of_others" test "$(foreign)" = "$before"
claim "foreign_metadata_were_there" test "$(printf '%s' "$before" |
	jq '.labels.team == "network" and .annotations["example.test/note"] == "keep me" and
		.finalizers == ["example.test/hold"] and (.ownerReferences | length) == 1')" = true
kubectl patch crd "$pools" --type=merge -p '{"metadata": {"finalizers": null}}' >"$tmp/log"

# Descriptions

edit='[{"op": "replace", "path": "/spec/versions/0/schema/openAPIV3Schema/description", "value": "Other words."}]'
kubectl patch crd "$pools" --type=json -p "$edit" >"$tmp/log"
run plan v3.29.1
claim "other_words_are_no_reason_to_write" ended 0
run plan v3.29.1 --prose
claim "other_words_are_a_reason_with_prose" ended 1
run plan v3.29.1 --prose --details
claim "prose_that_differs_is_shown_with_its_path" printed \
	'spec.versions\[v1\].schema.openAPIV3Schema.description: "Other words." -> '
run install v3.29.1 --prose
claim "install_with_prose_writes_the_crd" lines 1 "^$crd/$pools configured\$"
claim "install_with_prose_brings_our_sentence_back" test "$(kubectl get crd "$pools" -o \
	'jsonpath={.spec.versions[0].schema.openAPIV3Schema.description}')" = "$sentence"
run install v3.29.1 --prose -o json
claim "install_with_prose_again_changes_nothing" holds '.changed == false and .ok'

# JSON

run plan v3.30.7 -o json
claim "plan_as_json_says_what_would_change" holds '.apiVersion == "calico-datastore/v1" and
	.kind == "Report" and .command == "plan" and .ok and .changed and
	.summary.toCreate > 0 and .summary.toUpdate > 0 and .summary.created == 0 and
	(.customResourceDefinitions | all(.action == "unchanged" or .judgedByServer))'
planned=$(jq '.summary.toCreate + .summary.toUpdate' "$tmp/out")
run install v3.30.7 -o json
claim "install_as_json_says_that_it_changed_something" holds '.apiVersion == "calico-datastore/v1" and
	.command == "install" and .ok and .changed and (has("error") | not) and
	.release == {name: "v3.30.7", set: "crds", origin: "embedded", sha256: .release.sha256, verifiedBy: "built in"} and
	(.server | startswith("https://")) and (.context | type == "string") and
	(.requests | . > 20) and (.milliseconds | . > 0) and (.reads | all(.ok))'
claim "install_changes_what_plan_said" holds ".summary.created + .summary.configured == $planned"
run install v3.30.7 -o json
claim "second_install_as_json_says_that_it_changed_nothing" holds '.ok and .changed == false and
	.summary.created == 0 and .summary.configured == 0 and
	(.customResourceDefinitions | all(.action == "unchanged"))'

# Users with fewer rights

kubectl create clusterrole looks --verb get,list --resource \
	customresourcedefinitions.apiextensions.k8s.io,nodes,pods,namespaces,serviceaccounts >"$tmp/log"
kubectl patch clusterrole looks --type=json -p '[{"op": "add", "path": "/rules/-", "value":
	{"verbs": ["get", "list"], "resources": ["*"],
	"apiGroups": ["crd.projectcalico.org", "policy.networking.k8s.io"]}}]' >"$tmp/log"
kubectl create clusterrolebinding looks --clusterrole looks --user viewer >"$tmp/log"
before=$(versions)

run plan v3.32.1 --context viewer
claim "plan_of_who_may_not_see_what_else_writes_crds_is_exit_7" ended 7 'deployments.apps/tigera-operator: not permitted (403)' \
	'^kind: ClusterRole$' '  - apiservices$'
claim "plan_of_who_may_not_see_what_else_writes_crds_is_printed" printed '^create (' '^update, '
kubectl patch clusterrole looks --type=json -p '[{"op": "add", "path": "/rules/-", "value": {"verbs": ["get", "list"],
	"apiGroups": ["", "apps", "apiregistration.k8s.io", "migration.projectcalico.org"],
	"resources": ["namespaces", "deployments", "apiservices", "datastoremigrations"]}}]' >"$tmp/log"
until kubectl auth can-i get deployments.apps/tigera-operator -n tigera-operator --as viewer >"$tmp/log" 2>&1; do sleep 0.1; done
run plan v3.32.1 --context viewer
claim "viewer_sees_a_plan" ended 1
claim "viewers_plan_says_that_the_server_did_not_judge" said 'not judged by the server: .*403' \
	'grant the verb "\(create\|update\)" on "customresourcedefinitions.apiextensions.k8s.io"'
run plan v3.32.1 -o json --context viewer
claim "viewers_plan_as_json_says_so_too" holds '(.notJudged | test("403")) and .ok and
	(.customResourceDefinitions | all(.judgedByServer | not))'
run plan v3.30.7 --context viewer
claim "viewers_plan_of_what_is_installed_is_exit_0" ended 0
run check --context viewer
claim "viewer_can_check" ended 0
run install v3.30.7 --context viewer
claim "viewer_can_install_what_is_installed" ended 0
run install v3.32.1 --context viewer
claim "viewer_cannot_install" ended 7 'nothing was written' \
	'needs 20 rights that this user does not have' '^kind: ClusterRole$'
run plan v3.29.1 --context nobody
claim "nobody_cannot_even_plan" ended 7 'not permitted (403)' \
	'grant the verb "get" on "customresourcedefinitions.apiextensions.k8s.io"'
run check --context nobody
claim "nobody_cannot_check" ended 7 'grant the verb "get"'
kubectl config view --raw --minify -o json | jq '.users[0].user.token = "wrong"' >"$tmp/stranger.kubeconfig"
run install --kubeconfig "$tmp/stranger.kubeconfig"
claim "stranger_is_not_known" ended 7 'does not accept the credentials (401)'
claim "users_without_rights_changed_nothing" test "$(versions)" = "$before"

finish
