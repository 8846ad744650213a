#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# States in which a datastore is stuck, on a real server: objects in a version that is to be
# removed, CRDs from before schemas, CRDs that are being deleted. The program repairs the state, or
# explains it.
# shellcheck disable=SC2317 # claim calls the functions
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/cluster.sh
. tests/lib/etcd.sh
. tests/lib/fault.sh
. tests/lib/fault-cluster.sh

start_upstream
etcd_url=$(<"$cluster/etcd.url")
lamps=lamps.example.test

# lamp_crd STORAGE VERSION...: prints a manifest of lamps with these versions
lamp_crd() {
	local storage=$1 version
	shift
	cat <<-YAML
		apiVersion: apiextensions.k8s.io/v1
		kind: CustomResourceDefinition
		metadata: {name: $lamps}
		spec:
		  group: example.test
		  names: {kind: Lamp, listKind: LampList, plural: lamps, singular: lamp}
		  scope: Cluster
		  versions:
	YAML
	for version; do
		echo "  - {name: $version, served: true, storage: $([ "$version" = "$storage" ] && echo true || echo false)," \
			"schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {watts: {type: integer}}}}}}}"
	done
}

# make_lamps: creates more than a page of lamps, in the version that the CRD stores
make_lamps() {
	jq -nc '{apiVersion: "v1", kind: "List", items: [range(600) |
		{apiVersion: "example.test/v1", kind: "Lamp", metadata: {name: "lamp-\(.)", labels: {old: "yes"}}, spec: {watts: .}}]}' |
		kubectl create -f - >"$tmp/log"
}

# stored_as VERSION: prints the number of lamps that etcd stores in this version
stored_as() {
	ask_etcd kv/range "$(jq -cn --arg k /registry/example.test/lamps/ --arg e /registry/example.test/lamps0 \
		'{key: ($k | @base64), range_end: ($e | @base64)}')" |
		jq --arg v "example.test/$1" '[.kvs[]?.value | @base64d | fromjson | select(.apiVersion == $v)] | length'
}

stored_versions() {
	kubectl get crd "$lamps" -o json | jq -c .status.storedVersions
}

specs() {
	kubectl get lamps.v1.example.test -o json | jq -S '[.items[] | {n: .metadata.name, u: .metadata.uid, l: .metadata.labels, s: .spec}]'
}

# Storage versions

lamp_crd v1alpha1 v1alpha1 v1 >"$tmp/old.yaml"
lamp_crd v1 v1alpha1 v1 >"$tmp/both.yaml"
lamp_crd v1 v1 >"$tmp/new.yaml"
run install -f "$tmp/old.yaml"
make_lamps
specs >"$tmp/specs"

two_steps() {
	run install -f "$tmp/new.yaml"
	ended 10 'version v1alpha1, in which objects are stored, is not in the manifest' 'first install a manifest that has both versions'
}

blocked() {
	run install -f "$tmp/both.yaml" && ended 0 || return 1
	run install -f "$tmp/new.yaml"
	ended 10 "calico-datastore migrate-storage $lamps" && [ "$(stored_as v1alpha1)" = 600 ] &&
		[ "$(stored_versions)" = '["v1alpha1","v1"]' ]
}

rehearsed() {
	run migrate-storage "$lamps" --dry-run
	ended 0 && printed "^$crd/$lamps migrate\$" '^    v1alpha1,v1 -> v1, 600 objects$' && [ "$(stored_as v1alpha1)" = 600 ] || return 1
	[ "$(stored_versions)" = '["v1alpha1","v1"]' ]
}

migrated() {
	run migrate-storage "$lamps"
	ended 0 && printed "^$crd/$lamps migrated\$" '^    v1alpha1,v1 -> v1, 600 objects$' '^# 1 of 1 CRDs migrated$' || return 1
	[ "$(stored_as v1alpha1)" = 0 ] && [ "$(stored_as v1)" = 600 ] && [ "$(stored_versions)" = '["v1"]' ]
}

again() {
	local before
	before=$(versions lamps.v1.example.test | sort; versions)
	run migrate-storage "$lamps" -o json
	ended 0 && holds '.changed == false and .customResourceDefinitions[0].outcome == "unchanged"' &&
		[ "$(versions lamps.v1.example.test | sort; versions)" = "$before" ]
}

gone() {
	run install -f "$tmp/new.yaml"
	ended 0 && specs | diff "$tmp/specs" -
}

claim 'version_that_is_stored_now_takes_two_steps_to_leave' two_steps
claim 'version_that_objects_are_stored_in_blocks_and_says_what_repairs_it' blocked
claim 'dry_run_of_a_migration_writes_nothing' rehearsed
claim 'migration_rewrites_every_object_and_then_the_status' migrated
claim 'migration_again_writes_nothing' again
claim 'old_version_goes_and_every_object_is_as_it_was' gone

# Back to two versions, with one object that no user may write

run install -f "$tmp/both.yaml"
kubectl patch crd "$lamps" --subresource=status --type=merge -p '{"status": {"storedVersions": ["v1alpha1", "v1"]}}' >"$tmp/log"
kubectl create -f - >"$tmp/log" <<-YAML
	apiVersion: admissionregistration.k8s.io/v1
	kind: ValidatingAdmissionPolicy
	metadata: {name: no-lamp-7}
	spec:
	  failurePolicy: Fail
	  matchConstraints:
	    resourceRules: [{apiGroups: [example.test], apiVersions: ["*"], operations: [UPDATE], resources: [lamps]}]
	  validations: [{expression: "object.metadata.name != 'lamp-7'", message: lamp 7 is a museum piece}]
	---
	apiVersion: admissionregistration.k8s.io/v1
	kind: ValidatingAdmissionPolicyBinding
	metadata: {name: no-lamp-7}
	spec: {policyName: no-lamp-7, validationActions: [Deny]}
YAML
for ((i = 0; i < 200; i++)); do
	kubectl annotate --dry-run=server lamps.v1.example.test/lamp-7 a=b >"$tmp/log" 2>&1 || break
	sleep 0.05
done

refused() {
	run migrate-storage "$lamps"
	ended 8 "$lamps: 1 objects were refused, the first: .*museum piece.*correct them and run this again" &&
		[ "$(stored_versions)" = '["v1alpha1","v1"]' ]
}
claim 'object_that_is_refused_keeps_the_old_version_and_is_named' refused
kubectl delete validatingadmissionpolicybinding no-lamp-7 >"$tmp/log"
for ((i = 0; i < 200; i++)); do
	kubectl annotate --dry-run=server lamps.v1.example.test/lamp-7 a=b >"$tmp/log" 2>&1 && break
	sleep 0.05
done

# Another client changes the storage version back while the program reads the objects.
turned() {
	between <<-'EOF'
		on GET *lamps?limit*
		times 1
		pass
		slow 200000
	EOF
	met migrate-storage "$lamps" &
	sleep 0.7
	kubectl patch crd "$lamps" --type=json -p '[{"op": "replace", "path": "/spec/versions/0/storage", "value": true},
		{"op": "replace", "path": "/spec/versions/1/storage", "value": false}]' >"$tmp/log" || return 1
	wait $!
	stop_server
	says "$tmp/err" 'it was changed meanwhile: run this again' && [ "$(stored_versions)" = '["v1alpha1","v1"]' ]
}
claim 'crd_that_is_changed_meanwhile_is_not_called_migrated' turned

names() {
	run migrate-storage ippools && ended 1 'has none of these CRDs' || return 1
	run migrate-storage nonsense && ended 2 'no CRD of Calico has this plural'
}
claim 'names_that_nobody_has_are_said' names

# CRDs that are being deleted

deleting() {
	kubectl patch lamps.v1.example.test lamp-3 --type=merge -p '{"metadata": {"finalizers": ["example.test/hold"]}}' >"$tmp/log"
	kubectl delete crd "$lamps" --wait=false >"$tmp/log"
	run plan -f "$tmp/both.yaml"
	ended 10 && said 'is being deleted since 20.*, held by the finalizers customresourcecleanup.apiextensions.k8s.io and by .* of its objects, such as lamp-3 with the finalizer example.test/hold; find out who has to remove these finalizers'
}

freed() {
	kubectl patch lamps.v1.example.test lamp-3 --type=merge -p '{"metadata": {"finalizers": null}}' >"$tmp/log" &&
		kubectl wait --for=delete crd/"$lamps" --timeout=30s >"$tmp/log" || return 1
	run install -f "$tmp/new.yaml"
	ended 0 && lines 1 "^$crd/$lamps created\$"
}
claim 'object_that_holds_a_crd_is_named_with_its_finalizer' deleting
claim 'once_it_is_freed_the_crd_is_installed' freed

# CRDs from before schemas: servers still store them, but no server accepts new ones

relics=relics.example.test
put_relic() {
	put_key "/registry/apiextensions.k8s.io/customresourcedefinitions/$relics" '{"apiVersion": "apiextensions.k8s.io/v1beta1",
		"kind": "CustomResourceDefinition", "metadata": {"name": "'$relics'", "uid": "00000000-0000-4000-8000-000000000001",
		"generation": 1, "creationTimestamp": "2019-01-01T00:00:00Z"}, "spec": {"group": "example.test", "version": "v1",
		"versions": [{"name": "v1", "served": true, "storage": true}], "names": {"plural": "relics", "singular": "relic",
		"kind": "Relic", "listKind": "RelicList"}, "scope": "Cluster", "conversion": {"strategy": "None"},
		"preserveUnknownFields": true}, "status": {"conditions": [], "acceptedNames": {"plural": "", "kind": ""}, "storedVersions": ["v1"]}}' >"$tmp/log"
	eventually kubectl wait --for=condition=Established crd/$relics --timeout=30s >"$tmp/log"
}
cat >"$tmp/relic.yaml" <<-YAML
	apiVersion: apiextensions.k8s.io/v1
	kind: CustomResourceDefinition
	metadata: {name: $relics}
	spec:
	  group: example.test
	  names: {kind: Relic, listKind: RelicList, plural: relics, singular: relic}
	  scope: Cluster
	  versions:
	  - name: v1
	    served: true
	    storage: true
	    schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {age: {type: integer}}}}}}
YAML

relic_plan() {
	run plan -f "$tmp/relic.yaml"
	ended 10 'would lose data' && printed '^blocking  relics  spec.colour  is lost$' '^    old  "green"$' || return 1
	run plan -f "$tmp/relic.yaml" relics
	printed 'preserveUnknownFields'
}

relic_install() {
	run install -f "$tmp/relic.yaml" --accept-loss
	ended 0 && lines 1 "^$crd/$relics configured\$" &&
		[ "$(kubectl get crd $relics -o json | jq .spec.preserveUnknownFields)" = null ] &&
		[ "$(kubectl get relics old -o json | jq -c .spec)" = '{"age":900}' ]
}

claim 'crd_from_before_schemas_is_there' put_relic
kubectl create -f - >"$tmp/log" <<-YAML
	apiVersion: example.test/v1
	kind: Relic
	metadata: {name: old}
	spec: {age: 900, colour: green}
YAML
claim 'crd_that_preserves_unknown_fields_tells_what_its_objects_lose' relic_plan
claim 'crd_that_preserves_unknown_fields_is_brought_to_its_schema' relic_install
finish
