#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Which API stores Calico's objects: CRDs of crd.projectcalico.org, CRDs of projectcalico.org/v3,
# both, or an API server in front. The suite claims what install, reads and messages do with each of
# them.
# shellcheck disable=SC2317 # claim calls the functions
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/cluster.sh
. tests/lib/fault.sh

# The set of projectcalico.org/v3, made from the set of crd.projectcalico.org
"$program" show v3.32.1 -o json >"$tmp/v1.json"
jq '{apiVersion: "v1", kind: "List", items: [.items[] | select(.spec.group == "crd.projectcalico.org") |
	.spec.group = "projectcalico.org" | .spec.versions[0].name = "v3" |
	if .spec.names.plural == "ipamconfigs" then .spec.names = {kind: "IPAMConfiguration",
		listKind: "IPAMConfigurationList", plural: "ipamconfigurations", singular: "ipamconfiguration"} else . end |
	.metadata.name = .spec.names.plural + ".projectcalico.org"]}' "$tmp/v1.json" >"$tmp/v3.yaml"
kinds=$(jq '.items | length' "$tmp/v3.yaml")
upstream=$SHARED/calico/v3.32.1/v3_projectcalico_org.yaml
[ ! -f "$upstream" ] || cp "$upstream" "$tmp/v3.yaml"
crds=$(grep -c '^kind: CustomResourceDefinition' "$tmp/v3.yaml") || crds=$kinds

# An API server in front

in_front() {
	run install -f "$tmp/v3.yaml"
	ended 10 'the API server calico-apiserver/calico-api answers for projectcalico.org/v3' 'is not available' 'repair it first' &&
		[ -z "$(kubectl get crd -o name)" ]
}

# An API server for v3 that answers: it has the kinds of Calico's API server, without those of IPAM.
answering() {
	start_server server <<-SCRIPT
		on GET /apis/projectcalico.org/v3
		header Content-Type: application/json
		body {"kind":"APIResourceList","apiVersion":"v1","groupVersion":"projectcalico.org/v3","resources":[{"name":"ippools","singularName":"","namespaced":false,"kind":"IPPool","verbs":["get","list"]},{"name":"clusterinformations","singularName":"","namespaced":false,"kind":"ClusterInformation","verbs":["get","list"]}]}
		on GET /apis/projectcalico.org/v3/clusterinformations/*
		header Content-Type: application/json
		body {"kind":"ClusterInformation","apiVersion":"projectcalico.org/v3","metadata":{"name":"default"},"spec":{"datastoreReady":true}}
		on GET /apis/projectcalico.org/v3/ippools*
		header Content-Type: application/json
		body {"kind":"IPPoolList","apiVersion":"projectcalico.org/v3","metadata":{},"items":[]}
	SCRIPT
	kubectl create namespace calico-apiserver >"$tmp/log"
	kubectl create -f - >"$tmp/log" <<-YAML
		apiVersion: v1
		kind: Service
		metadata: {name: calico-api, namespace: calico-apiserver}
		spec: {type: ExternalName, externalName: localhost}
		---
		apiVersion: apiregistration.k8s.io/v1
		kind: APIService
		metadata: {name: v3.projectcalico.org}
		spec:
		  group: projectcalico.org
		  version: v3
		  groupPriorityMinimum: 1500
		  versionPriority: 200
		  insecureSkipTLSVerify: true
		  service: {name: calico-api, namespace: calico-apiserver, port: $server_port}
	YAML
	kubectl wait --for=condition=Available apiservice/v3.projectcalico.org --timeout=30s >"$tmp/log"
}

first_step() {
	run plan -f "$tmp/v3.yaml"
	ended 1 'until its APIService v3.projectcalico.org is gone' || return 1
	run install -f "$tmp/v3.yaml" -o json
	ended 0 'the API server calico-apiserver/calico-api answers for projectcalico.org/v3, with the objects of crd.projectcalico.org' \
		'do not delete the APIService by hand' && holds ".ok and .summary.created == $crds" &&
		holds '[.customResourceDefinitions[] | select(.name | endswith(".projectcalico.org")) | .hidden] | all and length >= 22' || return 1
	all_established && kubectl get ippools.v3.projectcalico.org >"$tmp/log" 2>&1
	run install -f "$tmp/v3.yaml" -o json
	ended 0 && holds ".summary.unchanged == $crds and .changed == false"
}

down() {
	run check
	ended 0 && printed '^# crd.projectcalico.org/v1; projectcalico.org/v3 by the API server calico-apiserver/calico-api, which is not available: .*no namespace can be deleted$' || return 1
	run check -o json
	holds '.api | .mode == "aggregated" and .available == "False" and .calicoctl == "crd.projectcalico.org/v1"'
}

start_cluster
api_server_in_front
claim 'crds_behind_an_api_server_that_is_down_are_blocked' in_front
run install v3.32.1
claim 'crds_behind_it_are_installed' ended 0
claim 'api_server_in_front_that_is_down_is_named_with_what_follows' down
kubectl delete apiservice v3.projectcalico.org >"$tmp/log"
claim 'api_server_for_v3_is_available' answering
claim 'v3_crds_behind_an_api_server_that_answers_are_installed_with_a_note' first_step
kubectl delete apiservice v3.projectcalico.org >"$tmp/log"
stop_server
stop_cluster

# CRDs of projectcalico.org/v3

start_cluster

installs() {
	run install -f "$tmp/v3.yaml" -o json
	ended 0 && holds ".summary.created == $crds and (.reads | length == $crds + 1 and all(.ok))"
}

again() {
	local before
	before=$(versions)
	run install -f "$tmp/v3.yaml" -o json
	ended 0 && holds ".summary.unchanged == $crds and .changed == false" && [ "$(versions)" = "$before" ]
}

bundled() {
	mkdir -p "$tmp/v3.32.1"
	cp "$tmp/v3.yaml" "$tmp/v3.32.1/v3_projectcalico_org.yaml"
	run bundle create "$tmp/v3.32.1/v3_projectcalico_org.yaml" -o "$tmp/v3.tar.xz" && ended 0 || return 1
	run install v3.32.1/v3_projectcalico_org.yaml --bundle "$tmp/v3.tar.xz"
	ended 0 && printed "^# v3.32.1/v3_projectcalico_org.yaml: 0 created, 0 configured, $crds unchanged"
}

checked() {
	run check --for readable
	ended 0 && printed '^# projectcalico.org/v3 by CRDs$' '^projectcalico.org/v3: 26 of 26 reads succeeded' '^ipamconfigurations.projectcalico.org  *ok' || return 1
	run check -o json
	holds '.release.name == "projectcalico.org/v3" and .cluster.calicoVersion == "v3.32.1" and
		(.api | .mode == "projectcalico.org/v3" and .calicoctl == .mode and .operator == .mode)'
}

its_status() {
	run status
	ended 0 && printed '^api *projectcalico.org/v3 by CRDs$' '^objects *2 in projectcalico.org/v3$' \
		'^calico *v3.32.1 (ClusterInformation)$' '^verdict .*projectcalico.org/v3 by CRDs: 23 of 23 reads succeeded$'
}

saved() {
	run backup "$tmp/v3.tar.gz" && ended 0 && printed '31 CRDs, 2 objects' || return 1
	kubectl delete tiers.projectcalico.org mine >"$tmp/log"
	run restore "$tmp/v3.tar.gz" && ended 0 && [ "$(kubectl get tiers.projectcalico.org mine -o 'jsonpath={.spec.order}')" = 5 ]
}

lacking() {
	kubectl delete crd ippools.projectcalico.org >"$tmp/log"
	run check && ended 1 '1 of 26 reads failed, the first of ippools.projectcalico.org' || return 1
	run status && ended 1 && printed '^missing *ippools.projectcalico.org: '
}

if [ -f "$upstream" ]; then
	claim 'upstreams_v3_set_installs_on_a_clean_server' installs
else
	skip 'upstreams_v3_set_installs_on_a_clean_server' "no calico/v3.32.1 in SHARED=$SHARED; one made from the v1 set is used"
	claim 'v3_set_installs_on_a_clean_server' installs
fi
claim 'v3_set_installed_again_writes_nothing' again
claim 'v3_set_comes_out_of_a_bundle' bundled
kubectl create -f - >"$tmp/log" <<-YAML
	apiVersion: projectcalico.org/v3
	kind: ClusterInformation
	metadata: {name: default}
	spec: {calicoVersion: v3.32.1, datastoreReady: true}
	---
	apiVersion: projectcalico.org/v3
	kind: Tier
	metadata: {name: mine}
	spec: {order: 5}
YAML
claim 'check_without_a_release_reads_every_kind_of_v3' checked
claim 'status_tells_the_v3_mode' its_status
claim 'objects_of_v3_are_saved_and_restored' saved

# Both

beside() {
	run install v3.32.1 --set crds
	ended 10 'calicoctl would turn to crd.projectcalico.org, which has none' 'or go on with --allow-downgrade' &&
		[ -z "$(kubectl get crd -o name | grep crd.projectcalico)" ]
}

migrated() {
	run check --for readable -o json
	ended 0 && holds '.api | .calicoctl == "crd.projectcalico.org/v1" and .operator == .calicoctl and .disagreement == null' || return 1
	migrations v1beta1
	until kubectl create -f - >"$tmp/log" 2>&1 <<-YAML; do sleep 0.2; done
		apiVersion: migration.projectcalico.org/v1beta1
		kind: DatastoreMigration
		metadata: {name: v1-to-v3}
		status: {phase: Converged}
	YAML
	run check --for readable
	ended 0 && printed '^# projectcalico.org/v3 by CRDs, and crd.projectcalico.org/v1$' \
		'^# calicoctl reads crd.projectcalico.org/v1, and the tigera operator takes projectcalico.org/v3 (a DatastoreMigration that is done): set CALICO_API_GROUP=projectcalico.org/v3 for calicoctl$' || return 1
	run status
	printed 'tigera operator takes projectcalico.org/v3'
}

told() {
	kubectl create namespace tigera-operator >"$tmp/log"
	kubectl create -f - >"$tmp/log" <<-YAML
		apiVersion: apps/v1
		kind: Deployment
		metadata: {name: tigera-operator, namespace: tigera-operator}
		spec:
		  selector: {matchLabels: {a: b}}
		  template:
		    metadata: {labels: {a: b}}
		    spec: {containers: [{name: tigera-operator, image: "registry.example/operator:v1", env: [{name: CALICO_API_GROUP, value: crd.projectcalico.org/v1}]}]}
	YAML
	run check --for readable -o json
	holds '.api | .operator == "crd.projectcalico.org/v1" and .disagreement == null'
}

run get tiers
claim 'get_reads_v3' lines 1 '^mine   5 '
claim 'v1_crds_beside_v3_ones_are_blocked' beside
run install v3.32.1 --set crds --allow-downgrade
claim 'v1_crds_beside_v3_ones_come_when_asked_for' ended 0
claim 'rules_that_disagree_are_told_with_what_to_set' migrated
claim 'what_the_operator_was_told_wins' told

kubectl get crd -o name | grep 'crd.projectcalico.org$' | xargs "$kubectl_program" delete >"$tmp/log"
claim 'kind_of_v3_that_is_missing_is_a_failure' lacking
finish
