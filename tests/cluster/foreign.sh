#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A hundred CRDs of others on the server cause no additional request.
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/cluster.sh

# requests ARGUMENT...: prints the number of requests that the run sends
requests() {
	run "$@" -o json
	jq .requests "$tmp/out"
}

start_cluster
clean_plan=$(requests plan v3.29.1)
run install v3.29.1
claim "install_without_others_is_exit_0" ended 0
install=$(requests install v3.29.1)
plan=$(requests plan v3.30.7)
check=$(requests check)
named_check=$(requests check v3.29.1)
widgets=$(requests plan -f tests/cluster/fixtures/widgets.yaml)
claim "requests_are_counted" test "$clean_plan" -gt 40 -a "$install" -gt 40 -a "$plan" -gt 24 -a "$check" -gt 40

for ((i = 0; i < 100; i++)); do
	cat <<-CRD
		---
		apiVersion: apiextensions.k8s.io/v1
		kind: CustomResourceDefinition
		metadata: {name: things$i.group$((i % 10)).others.test}
		spec:
		  group: group$((i % 10)).others.test
		  names: {kind: Thing$i, plural: things$i}
		  scope: Cluster
		  versions:
		  - name: v$((i % 3 + 1))
		    served: true
		    storage: true
		    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
	CRD
done >"$tmp/others.yaml"
kubectl create -f "$tmp/others.yaml" >"$tmp/log"
eventually kubectl wait --for=condition=Established --all crd --timeout=60s >"$tmp/log"
before=$(versions)
claim "there_are_120_crds" test "$(echo "$before" | wc -l)" = 120

claim "install_sends_as_many_requests_as_without_others" test "$(requests install v3.29.1)" = "$install"
claim "plan_sends_as_many_requests_as_without_others" test "$(requests plan v3.30.7)" = "$plan"
claim "check_sends_as_many_requests_as_without_others" test "$(requests check)" = "$check"
claim "check_of_a_release_sends_as_many_requests_as_without_others" \
	test "$(requests check v3.29.1)" = "$named_check"
claim "plan_of_a_file_sends_as_many_requests_as_without_others" \
	test "$(requests plan -f tests/cluster/fixtures/widgets.yaml)" = "$widgets"
run install v3.30.7
claim "upgrade_among_others_is_exit_0" ended 0

others() {
	grep others.test
}
claim "crds_of_others_are_never_written" test "$(versions | others)" = "$(echo "$before" | others)"

finish
