#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What an upgrade means, and what the user must ask for: downgrades, shared groups, an operator that
# writes the CRDs. The plan as text, in colour, as JSON and as Markdown.
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/cluster.sh

escape=$(printf '\033')
policies=adminnetworkpolicies.policy.networking.k8s.io

start_cluster
run install v3.31.7
claim "newer_release_is_installed" ended 0

# What changes

run plan v3.32.0
claim "breaking_changes_alone_do_not_block" ended 1
claim "plan_without_objects_is_safe" printed '^safe: no object loses data, and every object can be written$'
claim "schema_changes_are_details" printed '!v1 .spec' '!breaking'
claim "kinds_without_objects_share_a_line" said 'update, no objects (1[0-9]): bgpconfigurations, .*(4[0-9]* changes)'
claim "plan_says_what_to_run_next" printed '^  calico-datastore plan v3.32.0 --details$' '^  calico-datastore install v3.32.0$'
claim "plan_fits_on_a_screen" test "$(wc -l <"$tmp/out")" -le 24

run plan v3.32.0 --details
claim "details_do_not_change_the_verdict" ended 1
claim "removed_field_is_shown" printed '^    no object  v1 .spec.nat-outgoing: the field is removed$'
claim "new_enum_is_shown_with_its_values" printed \
	'^    no object  v1 .spec.performanceHints\[\] enum: only these are allowed now: "AssumeNeededOnEveryNode"$'
claim "rules_are_counted_with_what_to_do" printed \
	'^67 x enum-tightened: look for objects whose value is no longer allowed, and correct them$' \
	'^13 x default-added: '
claim "consequences_are_counted" printed '^schema changes: 0 blocking, 0 limit objects, [0-9]* not read, [0-9]* without an object, 46 safe$'
run plan v3.32.0 ippools
claim "details_of_one_crd" printed '^ippools.crd.projectcalico.org: update, ' '!^felixconfigurations.crd'
run plan v3.32.0 ipools
claim "crd_that_is_not_there_is_a_wrong_operand" ended 2 'v3.32.0 has no CRD ipools; did you mean ippools'

run plan v3.32.0 -o json
claim "json_has_class_rule_path_text_and_advice" holds '[.customResourceDefinitions[].compatibility[]] |
	length == 421 and all(.class and .rule and .path and .text) and
	all(if .class == "safe" then .advice == null else .advice != null end) and
	any(.class == "breaking" and .rule == "field-removed" and
		.path == "spec.versions[v1].schema.openAPIV3Schema.properties.spec.properties.nat-outgoing")'
claim "json_keeps_changes_as_they_were" holds '.customResourceDefinitions |
	all((.action == "update") == (.changes | length > 0)) and
	any(.[].changes[]; startswith("spec.versions[v1]"))'

run plan v3.32.0 -o markdown
claim "markdown_has_a_row_a_crd" printed '^| ippools.crd.projectcalico.org | update | 0 objects | 1[0-9] |  |$'
claim "markdown_begins_with_the_verdict" test "$(sed -n 3p "$tmp/out")" = 'safe: no object loses data, and every object can be written'
run plan v3.32.0 -o markdown --details
claim "markdown_has_a_table_a_crd" lines 19 '^| consequence | field | change | what to do |$'
claim "markdown_has_a_heading_a_crd" printed '^### ippools.crd.projectcalico.org: update$'
claim "markdown_escapes_what_would_end_a_cell" printed '(Trace\\|Debug\\|Info'
claim "markdown_rows_have_the_cells_of_their_table" test "$(sed 's/\\|//g' "$tmp/out" |
	awk -F'|' '/^.---/ { want = NF; n++; next } !/^\|/ { want = 0 } want && NF != want { print } END { if (n < 20) print n }' | wc -l)" = 0

# Colours

run plan v3.32.0 --color always
claim "colours_are_printed_when_asked_for" printed "^$escape\\[32msafe: no object loses data, and every object can be written$escape\\[0m\$"
claim "nothing_is_red_that_does_not_block" printed "!$escape\\[31m"
run plan v3.32.0
claim "pipe_gets_no_colours" printed "!$escape"
on_terminal() {
	local code=0
	env "$@" COLUMNS=200 script -qec "'$program' plan v3.32.0" /dev/null </dev/null >"$tmp/screen" || code=$?
	[ "$code" = 1 ]
}
coloured() {
	on_terminal "$@" && grep -q "$escape\\[32m" "$tmp/screen"
}
plain() {
	on_terminal "$@" && ! grep -q "$escape\\[3" "$tmp/screen" && grep -q 'safe: no object' "$tmp/screen"
}
claim "terminal_gets_colours" coloured TERM=xterm NO_COLOR=
claim "terminal_gets_none_with_NO_COLOR" plain TERM=xterm NO_COLOR=1
claim "dumb_terminal_gets_none" plain TERM=dumb NO_COLOR=
run plan v3.32.0 --color sometimes
claim "other_value_of_color_is_refused" ended 2 'auto always never'

# Downgrades

before=$(versions)
run plan v3.30.7
claim "downgrade_is_blocked" ended 10 'is a downgrade: the server has it as v3.31.0..v3.31.7, newer than v3.30.0..v3.30.7'
claim "downgrade_names_the_option" said '--allow-downgrade goes on all the same'
run install v3.30.7
claim "downgrade_is_not_installed" ended 10
claim "blocked_downgrade_writes_nothing" test "$(versions)" = "$before"
run plan v3.30.7 --allow-downgrade
claim "allowed_downgrade_is_planned" ended 1
run install v3.30.7 --allow-downgrade
claim "allowed_downgrade_is_installed" ended 0
run status
claim "allowed_downgrade_arrives" ended 0
claim "status_knows_it" printed '^verdict *v3.30.6..v3.30.7: all 24 CRDs are as released$'
run install v3.31.7
claim "upgrade_needs_no_option" ended 0

# A group that others share

edit='[{"op": "add", "path": "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/later", "value": {"type": "string"}}]'
kubectl patch crd "$policies" --type=json -p "$edit" >"$tmp/log"
before=$(versions)
run install v3.31.7 --allow-downgrade
claim "shared_crd_that_no_release_has_is_kept" ended 0
claim "kept_crd_is_reported" printed "^$crd/$policies kept\$" ', 1 kept;'
claim "kept_crd_is_not_written" test "$(versions)" = "$before"
run plan v3.31.7
claim "kept_crd_is_no_change" ended 0
claim "plan_says_why_it_is_kept" said 'left alone, since others share its group'
kubectl label crd "$policies" app.kubernetes.io/managed-by=network-policy-api --overwrite >"$tmp/log"
run install v3.31.7 --take-over -o json
claim "shared_crd_under_anothers_label_is_kept_whatever_is_asked" holds '.ok and .summary.kept == 1 and
	.summary.configured == 0 and (.customResourceDefinitions[] | select(.name == "'"$policies"'") |
	.action == "kept" and (.reasons[0] | test("managed by network-policy-api")))'
kubectl label crd "$policies" app.kubernetes.io/managed-by- >"$tmp/log"
run install v3.31.7 --take-over
claim "shared_crd_of_nobody_is_put_back_when_asked" lines 1 "^$crd/$policies configured\$"

# An operator that writes the CRDs

operator() {
	cat <<-YAML | kubectl apply -f - >"$tmp/log"
		apiVersion: apps/v1
		kind: Deployment
		metadata: {name: tigera-operator, namespace: tigera-operator}
		spec:
		  selector: {matchLabels: {k8s-app: tigera-operator}}
		  template:
		    metadata: {labels: {k8s-app: tigera-operator}}
		    spec: {containers: [{name: tigera-operator, image: "example.test/operator:v1.40.0", args: [$1]}]}
	YAML
}
kubectl create namespace tigera-operator >"$tmp/log"
operator -manage-crds=true
before=$(versions)
run install v3.32.0
claim "operator_that_writes_crds_is_given_way" ended 10 'tigera operator that runs here writes the CRDs by itself'
claim "message_says_how_to_go_on" said 'start it with -manage-crds=false, or go on with --take-over'
claim "given_way_writes_nothing" test "$(versions)" = "$before"
run install v3.31.7
claim "operator_is_no_matter_when_nothing_differs" ended 0
run status
claim "status_shows_the_operator" printed '^operator *example.test/operator:v1.40.0, writes the CRDs by itself'
run plan v3.32.0 --take-over
claim "operator_is_overruled_when_asked" ended 1
kubectl scale deployment tigera-operator -n tigera-operator --replicas=0 >"$tmp/log"
run plan v3.32.0
claim "operator_scaled_to_zero_does_not_count" ended 1
operator -manage-crds=false
kubectl scale deployment tigera-operator -n tigera-operator --replicas=1 >"$tmp/log"
run install v3.32.0
claim "operator_that_leaves_crds_alone_does_not_count" ended 0
run status
claim "status_shows_that_it_leaves_them_alone" printed '^operator .*, leaves the CRDs alone$'

finish
