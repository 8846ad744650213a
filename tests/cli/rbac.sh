#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What rbac and job print, and what they refuse. Needs no server.
# shellcheck source=tests/lib/shell.sh
. tests/lib/shell.sh
# shellcheck source=tests/lib/run.sh
. tests/lib/run.sh

unset KUBECONFIG
widgets=tests/cluster/fixtures/widgets.yaml

role='.items[] | select(.kind == "ClusterRole")'
pod='.items[-1].spec.template.spec'
container="$pod.containers[0]"

run rbac install v3.29.1
claim 'three_objects_are_printed_as_yaml' lines 3 '^kind:'
claim 'rbac_is_exit_0_without_a_cluster' ended 0
run rbac install v3.29.1 -o json
claim 'three_objects_are_a_list_as_json' holds '.kind == "List" and ([.items[].kind] ==
	["ServiceAccount", "ClusterRole", "ClusterRoleBinding"])'
claim 'names_are_those_of_the_command' holds '[.items[].metadata.name] | unique == ["calico-datastore-install"]'
claim 'binding_joins_account_and_role' holds '.items[2] | .roleRef.name == "calico-datastore-install" and
	.roleRef.kind == "ClusterRole" and .subjects == [{kind: "ServiceAccount",
	name: "calico-datastore-install", namespace: "kube-system"}]'
claim 'every_write_but_create_is_limited_to_names' holds "[$role.rules[] | select(.verbs | any(. != \"list\" and
	. != \"create\")) | .resourceNames | length] | index(20) and (index(0) | not)"
run rbac -o json --namespace here --name me
claim 'name_and_namespace_are_as_given' holds '.items[0].metadata == {name: "me", namespace: "here"} and
	.items[2].subjects[0].namespace == "here" and .items[2].subjects[0].name == "me"'
run rbac v3.29.1 -o json
claim 'release_alone_is_for_every_command' holds ".items[0].metadata.name == \"calico-datastore\" and
	([$role.rules[].verbs[]] | unique == [\"create\", \"delete\", \"get\", \"list\", \"update\"])"
run rbac check -o json
claim 'check_of_no_release_may_look_for_the_crds_of_all' holds "[$role.rules[].resourceNames // [] | .[]] |
	index(\"adminnetworkpolicies.policy.networking.k8s.io\") and
	index(\"clusternetworkpolicies.policy.networking.k8s.io\")"
run rbac install -f "$widgets" -x gadgets -o json
claim 'file_and_exclude_choose_the_crds' holds "[$role.rules[] |
	select(.resources == [\"customresourcedefinitions\"]) | .resourceNames // [] | .[]] == [\"widgets.example.test\"]"
run rbac install -o json
claim 'install_of_no_release_may_look_for_the_crds_of_all' holds "[$role.rules[].resourceNames // [] | .[]] |
	index(\"adminnetworkpolicies.policy.networking.k8s.io\") and
	index(\"clusternetworkpolicies.policy.networking.k8s.io\")"
run rbac install -x nosuch
claim 'excluded_crd_that_no_release_has_is_exit_2' ended 2 'exclude nosuch'
run rbac install --discovery -o json
claim 'discovery_is_a_rule_when_asked_for' holds "[$role.rules[] | select(.nonResourceURLs).verbs[]] == [\"get\"]"
run rbac install -o json
claim 'discovery_is_no_rule_otherwise' holds "[$role.rules[] | select(.nonResourceURLs)] == []"

run rbac backup -o json
claim 'backup_may_only_read' holds "[$role.rules[].verbs[]] | unique == [\"get\", \"list\"]"
run rbac backup v3.29.1
claim 'backup_of_one_release_is_exit_2' ended 2 'takes no release'
run rbac list
claim 'command_that_needs_no_rights_is_exit_2' ended 2
run rbac instal v3.29.1
claim 'unknown_command_is_exit_2_and_named' ended 2 'instal'
run rbac install v9.9.9
claim 'unknown_release_is_exit_2' ended 2 'v9.9.9'

image=registry.example/it:1
for command in status migrate-storage backup get; do
	run job "$command" --image $image
	claim "job_runs_no_$command" ended 2 "job runs bootstrap, install, initialise, plan or check, not $command"
	claim "job_prints_nothing_for_$command" test ! -s "$tmp/out"
done
run job v3.29.1 --image $image -o json
claim 'job_comes_behind_its_rights' holds '[.items[].kind] ==
	["ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Job"]'
claim 'job_runs_install_of_the_release' holds "$container | .command == [\"calico-datastore\"] and
	.args[:2] == [\"install\", \"v3.29.1\"] and .image == \"$image\""
claim 'jobs_account_is_the_one_with_the_rights' holds "$pod.serviceAccountName == .items[0].metadata.name and
	.items[-1].metadata.namespace == .items[0].metadata.namespace"
claim 'pod_is_not_root_and_has_no_privilege' holds "$pod.securityContext == {runAsNonRoot: true,
	runAsUser: 65532, runAsGroup: 65532, seccompProfile: {type: \"RuntimeDefault\"}} and
	$container.securityContext == {allowPrivilegeEscalation: false, readOnlyRootFilesystem: true,
	capabilities: {drop: [\"ALL\"]}} and ($pod | has(\"hostNetwork\") | not)"
claim 'pod_has_limits' holds "$container.resources | .limits.memory and .limits.cpu and .requests.memory"
claim 'job_ends_and_goes_away' holds '.items[-1].spec | .backoffLimit == 4 and
	.activeDeadlineSeconds == 5 * 180 and .ttlSecondsAfterFinished > 0'
claim 'what_is_final_is_not_tried_again' holds '.items[-1].spec.podFailurePolicy.rules[0] |
	.action == "FailJob" and .onExitCodes.values == [2, 5, 10]'
run job plan --image $image -o json --timeout 1m30s --no-rbac --host-network
claim 'job_runs_another_command' holds "$container.args == [\"plan\", \"--set\", \"crds\", \"--timeout\", \"90s\"] and (.items | length) == 1"
claim 'changes_are_an_answer_of_plan' holds '.items[-1].spec.podFailurePolicy.rules[0].onExitCodes.values[0] == 1'
claim 'pod_is_on_the_nodes_network_when_asked' holds "$pod.hostNetwork"
run job --image $image -o json
claim 'job_of_no_release_leaves_it_to_the_server' holds "$container.args[:2] == [\"install\", \"--set\"]"
run job latest --image $image -o json
claim 'job_of_the_newest_release_names_it' holds "$container.args[1] == \"$("$program" list -o name | head -n 1)\""
run job v3.32.1 --set operator --image $image -o json
claim 'job_has_the_set_and_its_rights' holds "($container.args | index(\"operator\") - index(\"--set\") == 1) and
	([$role.rules[].resourceNames // [] | .[]] | index(\"installations.operator.tigera.io\"))"
run job check --image $image --wait -o json
claim 'check_waits_when_asked_to' holds "$container.args | index(\"--wait\")"
run job check --image $image -o json
claim 'check_of_what_is_there_names_no_release' holds "$container.args[:2] == [\"check\", \"--timeout\"]"

run job -f "$widgets" --image $image --bundle-configmap crds/widgets.yaml -o json
claim 'file_in_a_configmap_is_mounted_read_only' holds "$pod.volumes == [{name: \"bundle\", configMap:
	{name: \"crds\"}}] and $container.volumeMounts == [{name: \"bundle\", mountPath: \"/bundle\", readOnly: true}] and
	$container.args[:3] == [\"install\", \"--file\", \"/bundle/widgets.yaml\"]"
run job -f "$widgets" --image $image --bundle-claim data/x/widgets.yaml -o json
claim 'file_in_a_claim_is_mounted_read_only' holds "$pod.volumes == [{name: \"bundle\", persistentVolumeClaim:
	{claimName: \"data\", readOnly: true}}] and $container.args[2] == \"/bundle/x/widgets.yaml\""

"$program" bundle create v3.29.1 -o "$tmp/b.tar.xz" >"$tmp/log" 2>&1
run job v3.29.1 --bundle "$tmp/b.tar.xz" --image $image --bundle-configmap crds/b.tar.xz -o json
claim 'bundle_in_a_configmap_is_where_the_release_comes_from' holds "$container.args[:4] == [\"install\",
	\"--bundle\", \"/bundle/b.tar.xz\", \"v3.29.1\"] and ([$role.rules[].resourceNames // [] | length] | index(20))"
run job --bundle "$tmp/b.tar.xz" --image $image --bundle-configmap crds/b.tar.xz --public-key "$tmp/b.tar.xz"
claim 'key_that_no_pod_sees_is_exit_2' ended 2 'public-key'
run job --image $image --bundle-configmap crds/b.tar.xz
claim 'bundle_that_is_not_seen_here_is_exit_2' ended 2 'give the same file'
run job --image $image --timeout 1h30m -o json
claim 'long_timeout_is_written_out' holds "$container.args | index(\"5400s\")"
run job --image $image --timeout 1500ms -o json
claim 'broken_timeout_is_written_out' holds "$container.args | index(\"1500ms\")"

run job -o json
claim 'without_an_image_it_is_that_of_the_release' holds "$container.image == \"localhost/calico-datastore:$("$program" version |
	sed -n '1s/.* //p')\""
run job get --image $image
claim 'job_of_get_is_exit_2' ended 2
run job -f "$widgets" --image $image
claim 'file_that_no_pod_sees_is_exit_2' ended 2 'bundle-configmap'
run job --image $image --bundle-configmap a/b --bundle-claim a/b
claim 'two_places_of_a_bundle_are_exit_2' ended 2 'not both'
for bad in a a/ /b a//b a/../b; do
	run job --image $image --bundle-claim "$bad"
	claim "place_that_names_no_file_is_exit_2 ($bad)" ended 2 'bundle-claim'
done
finish
