#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# CRDs that others manage, with the managedFields of a real server. The program takes over kubectl's
# CRDs silently, and leaves all others alone until --take-over.
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/cluster.sh

"$program" show v3.29.1 >"$tmp/v3.29.1.yaml"
peers=bgppeers.crd.projectcalico.org # one of two CRDs that v3.29.2 changes

# managers CRD: prints who owns spec.versions
managers() {
	kubectl get crd "$1" --show-managed-fields -o json |
		jq -r '[.metadata.managedFields[] | select(.fieldsV1["f:spec"]["f:versions"]).manager] | unique | join(" ")'
}

blocked_by() {
	ended 10 && printed '0 to create, 0 to update, 18 unchanged, 2 blocked' &&
		printed '^blocked (2): bgpconfigurations, bgppeers$' &&
		said "bgpconfigurations\(, bgppeers\)* is managed by $1.*--take-over " "bgppeers is managed by $1.*--take-over "
}

# back: both CRDs become those of v3.29.1, and this program owns all CRDs
back() {
	run install v3.29.1 --allow-downgrade --take-over -q
	ended 0
}

start_cluster

# Another client applies server-side

kubectl apply --server-side --field-manager=terraform -f "$tmp/v3.29.1.yaml" >"$tmp/log"
eventually kubectl wait --for=condition=Established --all crd --timeout=30s >"$tmp/log"
since=$(kubectl get crd "$peers" --show-managed-fields -o json |
	jq -r '.metadata.managedFields[] | select(.manager == "terraform").time')
before=$(versions)
run install v3.29.2
claim "crds_of_a_server_side_apply_manager_are_blocked" blocked_by 'server-side apply as terraform'
claim "who_since_when_and_which_fields_are_named" said \
	"server-side apply as terraform since $since, owner of spec.group, .*spec.versions"
claim "blocked_run_writes_nothing" test "$(versions)" = "$before"
run install v3.29.1
claim "unchanged_crds_of_others_are_left_alone" ended 0
claim "unchanged_crds_of_others_are_not_written" test "$(versions)" = "$before"
run status
claim "status_names_the_manager" printed '^manager *server-side apply as terraform of 20 CRDs, last .*--take-over$'
run plan v3.29.2 --take-over
claim "plan_with_take_over_goes_on" ended 1
claim "plan_with_take_over_updates" printed '0 to create, 2 to update, 18 unchanged, 0 blocked'
run install v3.29.2 --take-over
claim "install_with_take_over_writes" lines 2 ' configured$'
claim "fields_are_ours_afterwards" test "$(managers "$peers")" = calico-datastore
run install v3.29.1 --allow-downgrade
claim "crds_that_were_taken_over_need_no_option_again" ended 0
claim "others_stay_the_managers" test "$(managers tiers.crd.projectcalico.org)" = terraform

# A manager of other fields only

kubectl apply --server-side --field-manager=labeller -f - >"$tmp/log" <<-YAML
	apiVersion: apiextensions.k8s.io/v1
	kind: CustomResourceDefinition
	metadata: {name: $peers, labels: {team: network}}
YAML
run plan v3.29.2
claim "manager_of_a_label_is_no_reason_to_stop" printed '0 to create, 2 to update, 18 unchanged, 0 blocked'

# Marks of controllers that restore their own state

mark() {
	local what=$1
	shift
	kubectl "$what" crd "$peers" bgpconfigurations.crd.projectcalico.org --overwrite "$@" >"$tmp/log"
}
mark label app.kubernetes.io/managed-by=Helm
mark annotate meta.helm.sh/release-name=calico meta.helm.sh/release-namespace=tigera-operator
run plan v3.29.2
claim "crds_of_helm_are_blocked" blocked_by 'Helm (release calico of tigera-operator) since 20'
run plan v3.29.1
claim "unchanged_crds_of_helm_are_left_alone" ended 0
run install v3.29.2 --take-over
claim "crds_of_helm_are_taken_over_when_asked" ended 0
claim "labels_of_helm_stay" test "$(kubectl get crd "$peers" \
	-o 'jsonpath={.metadata.labels.app\.kubernetes\.io/managed-by}')" = Helm
claim "start_is_restored_after_helm" back
mark label app.kubernetes.io/managed-by-
mark annotate meta.helm.sh/release-name- meta.helm.sh/release-namespace-

mark annotate argocd.argoproj.io/tracking-id=network:apiextensions.k8s.io/CustomResourceDefinition:x
run plan v3.29.2
claim "crds_of_argo_cd_are_blocked" blocked_by 'Argo CD (argocd.argoproj.io/tracking-id: network:'
mark annotate argocd.argoproj.io/tracking-id-
mark label app.kubernetes.io/instance=network
run plan v3.29.2
claim "crds_that_argo_cd_tracks_by_label_are_blocked" blocked_by 'Argo CD (app.kubernetes.io/instance: network)'
mark label app.kubernetes.io/instance-
mark label kustomize.toolkit.fluxcd.io/name=net kustomize.toolkit.fluxcd.io/namespace=flux-system
run plan v3.29.2
claim "crds_of_flux_are_blocked" blocked_by 'Flux (Kustomization net of flux-system)'
mark label kustomize.toolkit.fluxcd.io/name- kustomize.toolkit.fluxcd.io/namespace-
mark label k0s.k0sproject.io/stack=calico
run plan v3.29.2
claim "crds_of_a_k0s_stack_are_blocked" blocked_by 'k0s (stack calico)'
run status
claim "status_names_k0s" printed '^manager *k0s (stack calico) of 2 CRDs.*--take-over$'
mark label k0s.k0sproject.io/stack- addonmanager.kubernetes.io/mode=EnsureExists
run plan v3.29.2
claim "crds_that_the_addon_manager_only_creates_are_updated" ended 1
mark label addonmanager.kubernetes.io/mode-
run plan v3.29.2
claim "crds_without_marks_are_updated" ended 1

# Controllers that write without server-side apply; a real server stores their User-Agent

for crd_name in "$peers" bgpconfigurations.crd.projectcalico.org; do
	kubectl get crd "$crd_name" -o json | jq '.spec.names.shortNames = ["odd" + .spec.names.singular]' |
		kubectl replace --field-manager=acme-controller -f - >"$tmp/log"
done
run plan v3.29.1
claim "crds_of_an_unknown_controller_are_blocked" \
	said 'is managed by acme-controller since 20.*, owner of spec.names.shortNames.*--take-over '
claim "crds_of_an_unknown_controller_are_exit_10" ended 10
run install v3.29.1 --allow-downgrade --take-over -q
claim "crds_of_an_unknown_controller_are_taken_over_when_asked" ended 0
for crd_name in "$peers" bgpconfigurations.crd.projectcalico.org; do
	kubectl get crd "$crd_name" -o json | jq '.spec.names.shortNames = ["odd" + .spec.names.singular]' |
		kubectl replace --field-manager=python-requests -f - >"$tmp/log"
done
run plan v3.29.1
claim "crds_of_a_script_are_updated" printed ' 2 to update, 18 unchanged, 0 blocked'
stop_cluster

# kubectl, client-side and server-side

for how in '' --server-side; do
	start_cluster
	# shellcheck disable=SC2086 # none or one word
	kubectl apply $how -f "$tmp/v3.29.1.yaml" >"$tmp/log"
	eventually kubectl wait --for=condition=Established --all crd --timeout=30s >"$tmp/log"
	run install v3.29.2
	claim "fields_of_kubectl_apply${how:+_}${how#--}_are_taken_silently" ended 0 '!terraform'
	claim "crds_of_kubectl_apply${how:+_}${how#--}_are_updated" lines 2 ' configured$'
	stop_cluster
done

finish
