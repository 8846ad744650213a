#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# CRDs of upstream that kubectl created, client-side and server-side: the program accepts them. It
# sees a change to one of them and corrects it. Upstream's descriptions stay.
# SHARED is a directory that holds calico/v3.29.1/crds.yaml.
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/cluster.sh

manifest=$SHARED/calico/v3.29.1/crds.yaml
if ! [ -f "$manifest" ]; then
	skip 'upstreams_own_files' "no calico/v3.29.1/crds.yaml in SHARED=$SHARED"
	finish
fi

pools=ippools.crd.projectcalico.org
schema=/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties

# edit PATH JSON: changes one value in the schema of IP pools
edit() {
	kubectl patch crd "$pools" --type=json \
		-p "[{\"op\": \"replace\", \"path\": \"$schema/$1\", \"value\": $2}]" >"$tmp/log"
}

pool() {
	kubectl get crd "$pools" -o json --show-managed-fields |
		jq -S 'del(.metadata.resourceVersion, .metadata.generation, .status)'
}

without_owners() {
	jq 'del(.metadata.managedFields)'
}

judge() {
	local how=$1 before
	before=$(versions)
	run plan v3.29.1
	claim "crds_of_${how}_are_as_wanted" ended 0
	claim "crds_of_${how}_are_all_unchanged" printed '^unchanged (20)$'
	run install v3.29.1
	claim "install_over_${how}_is_exit_0" ended 0
	claim "install_over_${how}_says_unchanged" lines 20 "^$crd/[a-z0-9.-]* unchanged\$"
	claim "install_over_${how}_writes_nothing" test "$(versions)" = "$before"
	run install -f "$manifest" -o json
	claim "upstreams_own_file_over_${how}_changes_nothing" holds '.ok and .changed == false and
		.release.verifiedBy == "upstream'"'"'s digest" and .release.name == "v3.29.1 (crds.yaml)"'
	run check -o json
	claim "crds_of_${how}_are_recognised" holds '.ok and .release.name == "v3.29.1"'

	pool | without_owners >"$tmp/pool"
	edit cidr/type '"integer"'
	run plan v3.29.1 ippools
	claim "edit_over_${how}_is_an_update" ended 1
	claim "edit_over_${how}_is_one_update" printed '0 to create, 1 to update, 19 unchanged, 0 blocked'
	claim "edit_over_${how}_is_shown_with_its_path" printed \
		'^    no object  v1 .spec.cidr type: "integer" -> "string"$'
	run install v3.29.1
	claim "edit_over_${how}_is_put_back" lines 1 "^$crd/$pools configured\$"
	run plan v3.29.1
	claim "after_the_edit_over_${how}_nothing_is_left_to_do" ended 0
	pool | without_owners >"$tmp/pool-again"
	claim "update_over_${how}_keeps_upstreams_prose_and_annotations" keeps_all
}

# When a CRD is written, the manifest's description wins. All other descriptions stay as kubectl
# left them.
keeps_all() {
	local sentence
	sentence=$(sed -n 's/^IPPool: //p' manifests/kinds.txt)
	jq -S --arg sentence "$sentence" \
		'.spec.versions[0].schema.openAPIV3Schema.description = $sentence' "$tmp/pool" |
		diff - "$tmp/pool-again" >&2 &&
		jq -e '.spec.versions[0].schema.openAPIV3Schema.properties.spec.properties.cidr.description
			| length > 0' "$tmp/pool-again" >"$tmp/log"
}

start_cluster
kubectl apply -f "$manifest" >"$tmp/log"
eventually kubectl wait --for=condition=Established --all crd --timeout=30s >"$tmp/log"
judge kubectl_apply
run plan v3.29.1 --prose
claim "other_prose_is_an_update_when_it_is_asked_for" ended 1
kubectl apply -f "$manifest" >"$tmp/log"
run plan v3.29.1
claim "kubectl_apply_after_install_leaves_nothing_to_do" ended 0
stop_cluster

start_cluster
kubectl apply --server-side -f "$manifest" >"$tmp/log"
eventually kubectl wait --for=condition=Established --all crd --timeout=30s >"$tmp/log"
judge kubectl_server_side_apply

finish
