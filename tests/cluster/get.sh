#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What get prints of a real API server's objects, byte for byte, and what it reports about missing
# objects.
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/cluster.sh

fixtures=tests/cluster/fixtures
start_cluster

# shows [LINE...]: standard output of the last run has exactly these lines
shows() {
	if [ $# = 0 ]; then
		test ! -s "$tmp/out"
	else
		printf '%s\n' "$@" | diff - "$tmp/out" >&2
	fi
}

# Nodes need no CRD, and a cluster without nodes is no failure

run get nodes
claim "nodes_of_a_bare_server_are_an_empty_table" shows 'NAME   ' ''
claim "nodes_of_a_bare_server_are_exit_0" ended 0

kubectl create -f $fixtures/nodes.yaml >"$tmp/log"
kubectl patch node node-1 --subresource=status --type=merge \
	-p '{"status":{"addresses":[{"type":"InternalIP","address":"192.0.2.11"}]}}' >"$tmp/log"
nodes_table=('NAME     ' 'node-1   ' 'node-2   ' 'node-3   ' '')
run get nodes
claim "nodes_are_listed_before_any_crd_is_there" shows "${nodes_table[@]}"
run get nodes -o wide
claim "number_is_the_default_without_the_crd_of_bgp" shows \
	'NAME     ASN       IPV4            IPV6              ' \
	'node-1   64513     192.0.2.11/24                     ' \
	'node-2   (64512)   192.0.2.12/24   2001:db8::12/64   ' \
	'node-3                                               ' ''

run get ippools -o json
claim "missing_crd_is_an_error_document_with_o_json" holds '.kind == "Report" and .command == "get" and .ok == false and
	.error.kind == "check" and .error.exitCode == 1 and (.server | startswith("https://")) and .requests > 0'
for arguments in ippools 'ippools -o yaml' 'ippool default-ipv4-ippool'; do
	# shellcheck disable=SC2086 # several words
	run get $arguments
	claim "missing_crd_is_exit_1_and_named (get $arguments)" \
		ended 1 'CRD ippools.crd.projectcalico.org is not installed' 'calico-datastore install'
	claim "missing_crd_leaves_standard_output_empty (get $arguments)" shows
done

# Installed

run install v3.29.1
claim "install_is_exit_0" ended 0
run get ippools
claim "no_pools_are_an_empty_table" shows 'NAME   CIDR   SELECTOR   ' ''
claim "no_pools_are_exit_0" ended 0
run get ippools -o json
claim "no_pools_are_an_empty_list" holds '.kind == "IPPoolList" and .items == [] and
	(.metadata.resourceVersion | test("^[0-9]+$"))'
run get nodes
claim "nodes_are_the_same_after_install" shows "${nodes_table[@]}"

kubectl create -f $fixtures/pools.yaml >"$tmp/log"
run get ippools
claim "pools_are_a_table" shows \
	'NAME                  CIDR               SELECTOR       ' \
	'default-ipv4-ippool   10.244.0.0/16      all()          ' \
	'of-v1-days            10.77.0.0/16       all()          ' \
	"spare                 fd00:10:244::/56   rack == 'r1'   " ''
claim "pool_that_cannot_be_read_is_exit_1_and_named" ended 1 'IPPool unreadable cannot be shown'
kubectl delete ippools.crd.projectcalico.org unreadable >"$tmp/log"
run get IPPools -o wide
claim "pools_are_a_wide_table" shows \
	'NAME                  CIDR               NAT     IPIPMODE      VXLANMODE   DISABLED   DISABLEBGPEXPORT   SELECTOR       ' \
	'default-ipv4-ippool   10.244.0.0/16      true    Always        Never       false      false              all()          ' \
	'of-v1-days            10.77.0.0/16       true    CrossSubnet   Never       false      false              all()          ' \
	"spare                 fd00:10:244::/56   false   Never         Never       true       true               rack == 'r1'   " ''
claim "pools_are_exit_0" ended 0
run get pool -o name
claim "pools_are_names" shows ippool.projectcalico.org/default-ipv4-ippool \
	ippool.projectcalico.org/of-v1-days ippool.projectcalico.org/spare

run get ippool default-ipv4-ippool -o json
claim "pool_by_name_is_one_object_with_its_own_metadata" holds '.kind == "IPPool" and
	.apiVersion == "projectcalico.org/v3" and
	.metadata.creationTimestamp == "2020-02-02T02:02:02Z" and
	.metadata.labels == {pool: "primary"} and (.metadata | has("annotations") | not) and
	.spec == {cidr: "10.244.0.0/16", vxlanMode: "Never", ipipMode: "Always", natOutgoing: true,
		blockSize: 26, nodeSelector: "all()", allowedUses: ["Workload", "Tunnel"]}'
uid=$(kubectl get ippools.crd.projectcalico.org default-ipv4-ippool -o jsonpath='{.metadata.uid}')
claim "pool_has_a_uid_of_its_own" test "$(jq -r .metadata.uid "$tmp/out")" != "$uid"
run get ippool default-ipv4-ippool -o yaml
claim "yaml_begins_as_calicoctl_s" printed '^apiVersion: projectcalico.org/v3$' '^  cidr: 10.244.0.0/16$'

run get ippool spare nope -o json
claim "names_that_are_there_stand_beside_the_error_with_o_json" holds '.ok == false and .error.exitCode == 1 and
	(.error.message | test("no IPPool nope")) and [.items[].metadata.name] == ["spare"]'
run get ippool spare nope of-v1-days
claim "names_that_are_there_are_a_table_each" shows \
	'NAME    CIDR               SELECTOR       ' \
	"spare   fd00:10:244::/56   rack == 'r1'   " '' \
	'NAME         CIDR           SELECTOR   ' \
	'of-v1-days   10.77.0.0/16   all()      ' ''
claim "name_that_is_not_there_is_exit_1_and_named" ended 1 'there is no IPPool nope'
run get nodes nope -o yaml
claim "nothing_found_leaves_standard_output_empty" shows
claim "nothing_found_is_exit_1" ended 1 'there is no Node nope'

run get node node-1 -o json
claim "node_has_its_addresses" holds '.spec.addresses == [
	{address: "192.0.2.11/24", type: "CalicoNodeIP"},
	{address: "192.0.2.11", type: "InternalIP"}] and .status.podCIDRs == ["10.244.1.0/24"]'
USE_POD_CIDR=true run get node node-1 -o json
claim "node_has_the_tunnel_of_its_pod_cidr" holds '.spec.bgp.ipv4IPIPTunnelAddr == "10.244.1.1"'
run get node node-2 -o json
claim "node_has_labels_of_both" holds '.metadata.labels["calico-only"] == "yes"'

# AS numbers

kubectl create -f - >"$tmp/log" <<'YAML'
apiVersion: crd.projectcalico.org/v1
kind: BGPConfiguration
metadata: {name: default}
spec: {asNumber: 63400}
YAML
run get nodes -o wide
claim "number_is_that_of_the_configuration" printed '^node-2   (63400)   192.0.2.12/24 '
kubectl create clusterrole nodes-only --verb get,list --resource nodes >"$tmp/log"
user reader nodes-only
run get nodes -o wide --kubeconfig "$tmp/reader.kubeconfig"
claim "number_that_may_not_be_read_is_unknown" printed '^node-2   (unknown)   192.0.2.12/24 '
claim "number_that_may_not_be_read_is_exit_7_with_the_role" ended 7 'bgpconfigurations' 'kind: ClusterRole$'
run get nodes -o wide --kubeconfig "$tmp/reader.kubeconfig" --as-group x --as y
claim "impersonation_that_is_not_permitted_is_exit_7" ended 7
run get all --kubeconfig "$tmp/reader.kubeconfig"
claim "count_of_what_may_not_be_read_is_exit_7_with_the_role" ended 7 'could not be read, the first: ' \
	'kind: ClusterRole$' '  - ippools$'
claim "count_of_what_may_be_read_is_printed" printed '^Node  *3' '^IPPool  *failed: .*403'
run get ippools --kubeconfig "$tmp/reader.kubeconfig"
claim "list_that_may_not_be_read_is_an_error_of_the_user" ended 7 403 '"list"' ippools
claim "list_that_may_not_be_read_leaves_standard_output_empty" shows

# More than a page

jq -n '{apiVersion: "v1", kind: "List", items: [range(600) |
	{apiVersion: "v1", kind: "Node", metadata: {name: "page-\(.)"}}]}' >"$tmp/many.json"
kubectl create -f "$tmp/many.json" >"$tmp/log"
run get nodes -o name
claim "list_of_two_pages_is_whole" lines 603 '^node.projectcalico.org/'
claim "no_object_of_two_pages_is_there_twice" test "$(sort -u "$tmp/out" | wc -l)" = 603

# Spellings that users of kubectl and calicoctl type

run get ippool default-ipv4-ippool && cp "$tmp/out" "$tmp/pool"
run get bgpconfigurations && cp "$tmp/out" "$tmp/bgp"
run get ippools && cp "$tmp/out" "$tmp/pools"
same() {
	local expected=$1
	shift
	run get "$@" && ended 0 && cmp "$expected" "$tmp/out"
}
for kind in ippools.crd.projectcalico.org ippools.v1.crd.projectcalico.org IPPool.projectcalico.org; do
	claim "kind_with_its_group_is_the_kind ($kind)" same "$tmp/pools" $kind
done
run get ippools.example.test
claim "kind_of_another_group_is_exit_2" ended 2 'no kind "ippools.example.test", did you mean ippools'
claim "kind_and_name_with_a_slash_are_an_object" same "$tmp/pool" ippool/default-ipv4-ippool
run get ippool spare default-ipv4-ippool && cp "$tmp/out" "$tmp/two"
claim "several_with_a_slash_are_as_several_names" same "$tmp/two" ippool/spare ippools/default-ipv4-ippool
run get ippool/spare -o json
claim "one_with_a_slash_is_one_document" holds '.kind == "IPPool" and .metadata.name == "spare"'
cat "$tmp/pools" "$tmp/bgp" >"$tmp/both"
claim "kinds_with_a_comma_are_a_table_each" same "$tmp/both" ippool,bgpconfig
cat "$tmp/pool" "$tmp/bgp" >"$tmp/both"
claim "objects_of_two_kinds_are_a_table_each" same "$tmp/both" ippool/default-ipv4-ippool bgpconfig/default
run get ippool/nope,x bgpconfig/default
claim "one_that_is_not_there_hides_no_other" ended 1 'there is no IPPool nope,x'
claim "the_other_is_printed" cmp "$tmp/bgp" "$tmp/out"
run get ippools,bgpconfigurations --kubeconfig "$tmp/reader.kubeconfig"
claim "kinds_that_may_not_be_read_are_all_named_with_exit_7" ended 7 'ippools' 'bgpconfigurations'
run get ippools,nodes --kubeconfig "$tmp/reader.kubeconfig"
claim "kind_that_may_be_read_is_printed_beside_one_that_may_not" printed '^node-1 '
run get ippool,bgpconfig -o json
claim "two_kinds_as_json_are_exit_2" ended 2 'run get once for each of the 2 kinds'
for wrong in 'ippool,' ',ippool' 'ippool,,node' ippool/ ippool/a/b 'ippool/a b'; do
	# shellcheck disable=SC2086 # several words
	run get $wrong
	claim "half_a_word_is_exit_2 ($wrong)" ended 2
done
claim "format_ps_is_the_table" same "$tmp/pools" ippools -o ps
run get ippools -o yaml && cp "$tmp/out" "$tmp/yaml"
claim "format_yml_is_yaml" same "$tmp/yaml" ippools -o yml
run get networkpolicies -A && cp "$tmp/out" "$tmp/policies"
claim "letter_a_is_all_namespaces" same "$tmp/policies" networkpolicies -a
claim "version_mismatch_is_allowed" same "$tmp/pools" ippools --allow-version-mismatch
claim "version_mismatch_is_said_to_be_unneeded" ended 0 'allow-version-mismatch is not needed'
run get -f pools.yaml
claim "get_of_a_file_says_what_to_do" ended 2 'reads the datastore and no file: give KIND and NAME'

# Words

run get ipools
claim "unknown_kind_is_exit_2_and_names_the_nearest" ended 2 'did you mean ippools'
run get
claim "get_without_a_kind_is_exit_2" ended 2
run get ippools -o table
claim "table_is_a_format" ended 0
run get ippools -o csv
claim "unknown_format_is_exit_2_and_lists_them" ended 2 'table wide json yaml name'

finish
