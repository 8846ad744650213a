#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The admission policies of the set v3 on real servers: one runs them, one stores them without
# running them, one does not serve them.
# shellcheck disable=SC2317 # claim calls the functions
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/cluster.sh

gate=--feature-gates=MutatingAdmissionPolicy=true
beta=--runtime-config=admissionregistration.k8s.io/v1beta1=true
mutating=mutatingadmissionpolicies.v1beta1.admissionregistration.k8s.io
bindings=mutatingadmissionpolicybindings.v1beta1.admissionregistration.k8s.io
validating=validatingadmissionpolicies.admissionregistration.k8s.io

# stored: prints every policy and binding on the server, with the fields that a write changes
stored() {
	for resource in "$mutating" "$bindings" "$validating" validatingadmissionpolicybindings; do
		versions "$resource"
	done
}
no_write() {
	local before
	before=$(versions && stored)
	run install "$@" -o json
	ended 0 && holds '.ok and .changed == false and ([.policies[].action] | unique == ["unchanged"])' &&
		[ "$(versions && stored)" = "$before" ]
}
# untyped KIND NAME: creates an object without types, and prints what the server stores
untyped() {
	kubectl create -o json -f - <<-YAML
		{apiVersion: projectcalico.org/v3, kind: $1, metadata: {name: $2}, spec: {selector: "all()", egress: [{action: Allow}]}}
	YAML
}
nothing_is_there() {
	[ -z "$(kubectl get crd -o name)" ] && [ -z "$(kubectl get "$validating" -o name)" ]
}

# A server that runs them

start_cluster "$gate" "$beta"
run plan v3.32.1 --set v3
claim 'plan_names_the_policies' said 'admission policies: create (6): policytypes.policy.projectcalico.org, ' \
	'set-tier-label-binding (binding)' '6 of 6 admission policies to write'
claim 'plan_stores_nothing' nothing_is_there
run install v3.32.1 --set v3
claim 'policies_are_created_after_the_crds' ended 0
claim 'each_policy_has_its_line' printed \
	'^mutatingadmissionpolicy.admissionregistration.k8s.io/tierlabel.policy.projectcalico.org created$' \
	'^validatingadmissionpolicybinding.admissionregistration.k8s.io/protect-builtin-tiers.projectcalico.org created$'
claim 'install_ends_when_they_are_in_effect' eval 'untyped GlobalNetworkPolicy first | jq -e ".spec.types == [\"Egress\"] and
	.metadata.labels[\"projectcalico.org/tier\"] == \"default\""'
claim 'same_release_again_writes_nothing' no_write v3.32.1 --set v3
run install v3.32.1 --set v3 -o json
claim 'json_has_version_and_effect' holds '.admissionPolicies == "in effect" and (.policies | length == 6 and
	(map(select(.kind | startswith("Mutating")).version) | unique == ["v1beta1"]) and
	(map(select(.kind | startswith("Validating")).version) | unique == ["v1"]))'
run initialise
claim 'datastore_is_initialised' ended 0
run check --for ready
claim 'v3_is_ready_with_the_policies_in_effect' ended 0
claim 'built_in_tier_is_protected' eval '! kubectl delete tier.projectcalico.org default 2>"$tmp/err" && says "$tmp/err" "cannot be deleted"'

kubectl patch "$mutating" tierlabel.policy.projectcalico.org --type json \
	-p '[{"op": "replace", "path": "/spec/reinvocationPolicy", "value": "Never"}]' >"$tmp/log"
run plan v3.32.1 --set v3 -o json
claim 'changed_policy_is_an_update' holds '[.policies[] | select(.action == "update")] | length == 1 and
	.[0].changes == ["spec.reinvocationPolicy: \"Never\" -> \"IfNeeded\""]'
run install v3.32.1 --set v3
claim 'changed_policy_is_configured' printed 'tierlabel.policy.projectcalico.org configured$' 'policytypes.policy.projectcalico.org unchanged$'
kubectl label "$mutating" tierlabel.policy.projectcalico.org operator.tigera.io/mutating-admission-policy=managed >"$tmp/log"
kubectl patch "$mutating" tierlabel.policy.projectcalico.org --type json \
	-p '[{"op": "replace", "path": "/spec/reinvocationPolicy", "value": "Never"}]' >"$tmp/log"
run install v3.32.1 --set v3
claim 'policy_of_the_operator_is_left_to_it' ended 10 'the first tierlabel.policy.projectcalico.org: is managed by the tigera operator'
run install v3.32.1 --set v3 --take-over
claim 'policy_of_the_operator_is_taken_over_when_asked' printed 'tierlabel.policy.projectcalico.org configured$'

kubectl delete "$bindings" set-policytypes-binding >"$tmp/log"
not_ready_without_binding() {
	run check --for ready
	[ "$status" = 1 ] && printed '^MutatingAdmissionPolicies of projectcalico.org/v3  *FAILED  .*adds no types'
}
claim 'missing_binding_is_found_by_check' eventually not_ready_without_binding
run install v3.32.1 --set v3
claim 'missing_binding_is_created' printed 'set-policytypes-binding created$'

dev=$(dirname "$tmp")/none
if [ -f "$SHARED/calico/v3.33-dev.tar.xz" ]; then
	tar -C "$tmp" -xf "$SHARED/calico/v3.33-dev.tar.xz" && dev=$tmp/v3.33-dev/v3_projectcalico_org.yaml
	run install -f "$dev" --no-backup
	claim 'upstreams_file_with_policies_is_installed_as_it_is' ended 0
	claim 'upstreams_policies_are_those_of_the_set' lines 6 'admissionregistration.k8s.io/.* unchanged$'
	claim 'upstreams_file_again_writes_nothing' no_write -f "$dev"
else
	skip 'upstreams_file_with_policies' "no calico/v3.33-dev.tar.xz in SHARED=$SHARED"
fi

"$program" bundle create v3.32.1 --set v3 -o "$tmp/b.tar.xz" >"$tmp/log"
run plan v3.32.1 --set v3 --bundle "$tmp/b.tar.xz" --allow-downgrade --accept-loss -o json
claim 'bundle_has_the_policies' holds '.policies | length == 6'

# with_rights: runs install as a user with the rights that rbac prints
with_rights() {
	"$program" rbac install v3.32.1 --set v3 --name installer | kubectl apply -f - >"$tmp/log" || return 1
	user writer installer && kubectl delete crd --all >"$tmp/log" &&
		kubectl delete "$mutating,$bindings,$validating,validatingadmissionpolicybindings" --all >"$tmp/log" 2>&1 || :
	run install v3.32.1 --set v3 --no-backup --kubeconfig "$tmp/writer.kubeconfig"
	ended 0 && printed 'policytypes.policy.projectcalico.org created$'
}
claim 'rbac_has_every_right_for_the_policies' with_rights
claim 'prune_leaves_policies_alone' eval 'run install v3.32.1 --set v3 --prune && ended 0 && [ "$(stored | wc -l)" = 6 ]'
stop_cluster

# Policies that are not Calico's are refused before the first request

file=$tmp/foreign.yaml
# refused PATTERN JQ: the set is refused after JQ changed its policies
refused() {
	"$program" show v3.32.1 --set v3 -o json | jq "$2" >"$file"
	run plan -f "$file" --server https://127.0.0.1:1
	ended 5 "$1"
}
policy='(.items[] | select(.kind == "MutatingAdmissionPolicy" and .metadata.name == "tierlabel.policy.projectcalico.org"))'
binding='(.items[] | select(.kind == "MutatingAdmissionPolicyBinding" and .metadata.name == "set-tier-label-binding"))'
claim 'policy_of_another_name_is_refused' refused 'MutatingAdmissionPolicy mine.example.test is not Calico.s' "$policy.metadata.name = \"mine.example.test\""
claim 'policy_about_other_groups_is_refused' refused 'is about resources of other groups' \
	"$policy.spec.matchConstraints.resourceRules[0].apiGroups = [\"\"]"
claim 'policy_about_every_group_is_refused' refused 'is about resources of other groups' \
	"$policy.spec.matchConstraints.resourceRules[0].apiGroups += [\"*\"]"
claim 'policy_about_everything_is_refused' refused 'says of no resource' "del($policy.spec.matchConstraints)"
claim 'parameters_of_another_group_are_refused' refused 'takes its parameters from another group' \
	"$policy.spec.paramKind = {apiVersion: \"v1\", kind: \"Secret\"}"
claim 'binding_of_a_foreign_policy_is_refused' refused 'binds a policy that is not Calico.s' "$binding.spec.policyName = \"mine.example.test\""
claim 'binding_without_its_policy_is_refused' refused 'which is not in the manifest' "del($policy)"
claim 'binding_with_parameters_is_refused' refused 'takes parameters' "$binding.spec.paramRef = {name: \"x\"}"

# A server that does not serve them

start_cluster
run install v3.32.1 --set v3
claim 'unserved_policies_block_before_the_first_write' ended 10 'the API server v[0-9.]* does not serve MutatingAdmissionPolicies; --without-policies'
claim 'what_that_costs_is_said' said 'without them, policies that kubectl writes get no spec.types' 'Kubernetes 1.36'
claim 'plan_names_the_command_that_goes_on' printed '^  calico-datastore install v3.32.1 --set v3 --without-policies$'
claim 'nothing_is_half_installed' nothing_is_there
run install v3.32.1 --set v3 --without-policies
claim 'without_policies_the_crds_are_installed' ended 0 'warning: .*is not in effect; without them'
claim 'without_policies_none_is_stored' test -z "$(kubectl get "$validating" -o name)"
run install v3.32.1 --set v3 --without-policies -o json
claim 'without_policies_again_writes_nothing' holds '.changed == false and .admissionPolicies == "not in effect"'
if [ -f "$dev" ]; then
	run plan -f "$dev" --accept-loss
	claim 'upstreams_file_blocks_too' ended 10 'does not serve MutatingAdmissionPolicies'
	run install -f "$dev" --without-policies --no-backup
	claim 'upstreams_file_goes_on_without_policies' ended 0
fi
stop_cluster

# A server that stores them without running them

start_cluster "$beta"
run install v3.32.1 --set v3
claim 'stored_is_not_in_effect' ended 10 'its feature gate MutatingAdmissionPolicy is off: policies are stored and have no effect'
claim 'nothing_is_installed_where_they_have_no_effect' nothing_is_there
"$program" rbac install v3.32.1 --set v3 --name blind | kubectl apply -f - >"$tmp/log"
user sightless blind
run install v3.32.1 --set v3 --kubeconfig "$tmp/sightless.kubeconfig"
claim 'who_may_not_read_metrics_learns_it_from_the_dry_run' ended 1 'the policies have no effect: .*adds no types'
run plan v3.32.1 --set v3 --kubeconfig "$tmp/sightless.kubeconfig"
claim 'after_that_plan_knows' ended 10 'adds no types to a policy without types'
finish
