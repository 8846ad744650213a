#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What status reports of clusters in every state: the release, differences, managers, stored
# versions, the API, and what the user may not read.
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/cluster.sh

: "${BUILD:=build}"
pools=ippools.crd.projectcalico.org
tiers=tiers.crd.projectcalico.org
properties=/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties

verdict() {
	printed "^verdict *$1\$"
}

start_cluster
run status
claim "server_without_crds_is_exit_1" ended 1
claim "server_without_crds_is_said_to_have_none" verdict 'no CRD of Calico'

run install v3.29.7
run status
claim "release_is_recognised" ended 0
claim "all_releases_with_the_same_crds_are_named" verdict 'v3.29.2..v3.29.7: all 20 CRDs are as released'
claim "manager_is_named" printed '^manager *calico-datastore of 20 CRDs, last 20'
claim "api_mode_is_named" printed '^api *crd.projectcalico.org/v1$'
claim "absent_operator_is_said" printed '^operator *none$'
before=$(versions)
run status -o json
claim "json_says_the_same" holds '.kind == "Status" and .ok and .asReleased and .changed == false and
	.release == {oldest: "v3.29.2", newest: "v3.29.7"} and (.customResourceDefinitions | length == 20 and
	all(.state == "released" and .objects == 0 and .storedVersions != null)) and
	.api.mode == "crd.projectcalico.org/v1" and .operator.running == false and .unread == []'
claim "two_round_trips_are_enough" holds '.roundTrips == 2'
claim "status_writes_nothing" test "$(versions)" = "$before"

# A far server behind TLS needs two flights. The proxy counts round trips, so the load of the
# machine does not matter.
server=$(kubectl config view --minify -o json | jq -r '.clusters[0].cluster.server')
"$BUILD/tests/delay-proxy" --to "${server#https://}" --delay-ms 50 --port-file "$tmp/port" --count-file "$tmp/count" &
proxy=$!
at_exit_kill "$proxy"
while [ ! -s "$tmp/port" ]; do sleep 0.02; done
run status --server "https://127.0.0.1:$(cat "$tmp/port")" -o json
far_round_trips() {
	holds '.ok and .milliseconds >= 300' || return 1
	kill "$proxy" && wait "$proxy"
	cat "$tmp/count"
	[ "$(sed -n 's/^round_trips //p' "$tmp/count")" -le 5 ]
}
claim "far_server_is_answered_in_five_round_trips" far_round_trips

# Objects

kubectl create -f tests/cluster/fixtures/objects.yaml >"$tmp/log"
kubectl create -f - >"$tmp/log" <<-YAML
	apiVersion: crd.projectcalico.org/v1
	kind: ClusterInformation
	metadata: {name: default}
	spec: {calicoVersion: v3.29.4, clusterGUID: 0123456789abcdef, datastoreReady: true}
YAML
run status
claim "objects_are_counted" printed '^objects *5: .*1 felixconfigurations, 1 globalnetworkpolicies, 2 ippools'
claim "version_of_clusterinformation_is_shown" printed '^calico *v3.29.4 (ClusterInformation)$'
kubectl patch clusterinformations.crd.projectcalico.org default --type=merge \
	-p '{"spec": {"calicoVersion": "v3.28.0", "datastoreReady": false}}' >"$tmp/log"
run status
claim "other_version_of_clusterinformation_is_no_drift" ended 0
claim "other_version_of_clusterinformation_is_said" verdict \
	'v3.29.2..v3.29.7: all 20 CRDs are as released; ClusterInformation says v3.28.0; the datastore is locked'

# Drift

kubectl patch crd "$pools" --type=json \
	-p "[{\"op\": \"replace\", \"path\": \"$properties/cidr/type\", \"value\": \"integer\"}]" >"$tmp/log"
kubectl patch crd "$tiers" --type=json \
	-p "[{\"op\": \"add\", \"path\": \"$properties/extra\", \"value\": {\"type\": \"string\"}}]" >"$tmp/log"
run status
claim "edited_crds_are_exit_1" ended 1
claim "edited_crds_are_counted" verdict 'v3.29.2..v3.29.7: 18 of 20 CRDs are as released, 2 edited;.*'
claim "each_edited_field_is_shown" printed \
	"^edited *$pools, as in no release in this program\$" \
	'properties.spec.properties.cidr.type: "string" -> "integer"$' \
	'properties.spec.properties.extra: added {"type":"string"}$'
run status -o json
claim "json_has_drift_by_field" holds '.ok and (.asReleased | not) and ([.customResourceDefinitions[] |
	select(.state == "edited") | .drift | length] == [1, 1])'
run check --for readable
claim "check_takes_the_same_nearest_release" ended 0 'the nearest is v3.29.7, 18 of whose 20 CRDs'
kubectl delete crd blockaffinities.crd.projectcalico.org >"$tmp/log"
run status
claim "missing_crd_is_counted" verdict 'v3.29.2..v3.29.7: 17 of 20 CRDs are as released, 2 edited, 1 missing;.*'
claim "missing_crd_is_named" printed '^missing *blockaffinities.crd.projectcalico.org$'

# CRDs of several releases

kubectl patch clusterinformations.crd.projectcalico.org default --type=merge -p '{"spec": {"datastoreReady": true}}' >"$tmp/log"
run install v3.30.7 --exclude ippools --exclude felixconfigurations
run status
claim "mixed_releases_are_exit_1" ended 1
claim "mixed_releases_are_counted" verdict 'v3.30.6..v3.30.7: 22 of 24 CRDs are as released, 1 from other releases, 1 edited;.*'
claim "crd_of_another_release_is_named_with_it" printed \
	'^other *felixconfigurations.crd.projectcalico.org, as in v3.29.[0-9]*..v3.29.7$'
run install v3.30.7
run install v3.32.0
run status
claim "crds_that_a_release_no_longer_has_are_no_drift" ended 0
claim "crds_that_a_release_no_longer_has_are_extra" printed \
	'^extra *adminnetworkpolicies.policy.networking.k8s.io, as in v3.29.0..v3.31.7$' \
	'^extra *baselineadminnetworkpolicies.policy.networking.k8s.io, as in v3.30.0..v3.31.7$'
kubectl create -f - >"$tmp/log" <<-YAML
	apiVersion: apiextensions.k8s.io/v1
	kind: CustomResourceDefinition
	metadata: {name: strangers.crd.projectcalico.org}
	spec:
	  group: crd.projectcalico.org
	  names: {kind: Stranger, plural: strangers}
	  scope: Cluster
	  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]
YAML
eventually kubectl wait --for=condition=Established crd/strangers.crd.projectcalico.org --timeout=30s >"$tmp/log"
run status
claim "crd_that_no_release_has_is_named" printed '^unknown *strangers.crd.projectcalico.org, which no release has$'
kubectl patch crd "$tiers" --type=json -p '[{"op": "add", "path": "/spec/versions/-", "value": {"name": "v0",
	"served": false, "storage": false, "schema": {"openAPIV3Schema": {"type": "object"}}}}]' >"$tmp/log"
kubectl patch crd "$tiers" --subresource=status --type=merge \
	-p '{"status": {"storedVersions": ["v0", "v1"]}}' >"$tmp/log"
run status
claim "several_stored_versions_are_named" printed "^stored *$tiers in v0, v1\$"
kubectl patch crd "$tiers" --subresource=status --type=merge \
	-p '{"status": {"storedVersions": ["v1"]}}' >"$tmp/log"
run install v3.32.0
claim "version_that_nothing_is_stored_in_goes" ended 0

# The API in front

api_server_in_front
run status
claim "api_server_in_front_is_named_with_its_state" printed \
	'^api .*projectcalico.org/v3 by the API server calico-apiserver/calico-api, which is not available: '
run status -o json
claim "json_has_the_api_mode" holds '.api | .mode == "aggregated" and .available == "False" and
	.server == "calico-apiserver/calico-api"'
kubectl delete apiservice v3.projectcalico.org >"$tmp/log"

# Users without the right to read

user nobody
run status --kubeconfig "$tmp/nobody.kubeconfig"
claim "user_without_rights_is_exit_7_with_the_role" ended 7 'answers could not be read, one of them: .*403' 'kind: ClusterRole$'
claim "user_without_rights_is_told_what_cannot_be_read" verdict 'the CRDs cannot be read'
claim "what_was_not_read_is_not_said_to_be_absent" printed '^operator *not read$' '^api .*projectcalico.org/v3 is not known$' '!^operator *none' '!^objects *0'
run status --kubeconfig "$tmp/nobody.kubeconfig" -o json
claim "what_was_not_read_is_null_and_named" holds '.ok == false and .error.kind == "auth" and .error.exitCode == 7 and
	(.error.remedy | test("kind: ClusterRole\n")) and .asReleased == null and .release == null and
	.calico.datastoreReady == null and .calico.agrees == null and .api.mode == "unknown" and .api.migration == {} and
	.operator.running == null and .operator.managesCRDs == null and
	(.unread | any(test("tigera-operator")) and any(test("clusterinformations")) and any(test("ippools.crd")) and length > 25)'
kubectl create clusterrole crds --verb get --resource customresourcedefinitions.apiextensions.k8s.io >"$tmp/log"
user looker crds
run status --kubeconfig "$tmp/looker.kubeconfig"
claim "verdict_on_crds_without_other_rights_is_exit_7" ended 7
claim "verdict_on_crds_is_printed_all_the_same" verdict 'v3.32.0: all 23 CRDs are as released.*'
claim "what_cannot_be_counted_is_said" printed '^unread .*not permitted (403)' '^objects *those of [0-9]* CRDs were not read$'

# CRDs of a release older than all releases of this program

stop_cluster
start_cluster
"$program" show v3.24.0 -o json | jq --arg release v3.19 -f tests/lib/older.jq | kubectl create -f - >"$tmp/log"
run status
claim "older_crds_are_no_edited_ones" verdict \
	'older than v3.24.0, the oldest release in this program; nearest is v3.24.0..v3.24.1: 11 of 17 CRDs are as released, 4 of no release in this program, 2 missing'
claim "older_crds_are_rows_of_their_own" printed '^older *ippools.crd.projectcalico.org, against v3.24.0:$' '!^edited'
run status -o json
claim "json_has_no_release_for_older_crds" holds '.release == null and .age == "older" and .nearest.oldest == "v3.24.0" and
	(.customResourceDefinitions | map(select(.state == "unknown")) | length == 4) and (.asReleased | not)'
run check
claim "check_says_that_they_are_older" ended 1 'the CRDs are older than v3.24.0, the oldest release in this program; the nearest is v3.24.1, 11 of whose 17'

# A user without any right

run status --server https://127.0.0.1:1
claim "unreachable_server_is_exit_6" ended 6
run status v3.29.1
claim "operand_is_refused" ended 2

finish
