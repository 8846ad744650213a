#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# get of every kind on the real server: namespaces, names, columns, counts; and calicoctl's recorded
# tables of objects that the suite creates again.
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/cluster.sh

start_cluster
run install v3.29.1 -q

counted() {
	run get all
	ended 0 && lines 1 '^KIND  *OBJECTS  *$' && lines 1 '^Tier  *0  *$' && lines 1 '^Profile  *[0-9]' &&
		lines 3 '^Staged.*not installed'
}
claim 'all_kinds_are_counted_and_missing_ones_named' counted

kubectl create namespace production >"$tmp/log"
kubectl apply -f - >"$tmp/log" <<'EOF'
apiVersion: crd.projectcalico.org/v1
kind: NetworkPolicy
metadata: {name: default.web, namespace: default}
spec: {order: 1000000, selector: "app == 'web'"}
---
apiVersion: crd.projectcalico.org/v1
kind: NetworkPolicy
metadata: {name: security.lockdown, namespace: production}
spec: {order: 12.5, selector: all()}
---
apiVersion: crd.projectcalico.org/v1
kind: BGPFilter
metadata: {name: routes}
spec: {exportV4: [{action: Accept, cidr: 10.0.0.0/8, matchOperator: In}]}
---
apiVersion: crd.projectcalico.org/v1
kind: BGPPeer
metadata: {name: rack}
spec: {peerIP: "2001:db8::", nodeSelector: "rack == 'a'"}
---
apiVersion: crd.projectcalico.org/v1
kind: IPAMBlock
metadata: {name: 10-0-0-0-30}
spec: {cidr: 10.0.0.0/30, affinity: "host:node-1", allocations: [0, null, null, 1], attributes: [], unallocated: [1, 2], strictAffinity: false, deleted: false}
EOF

# prints [LINE...]: standard output has exactly these lines
prints() {
	printf '%s\n' "$@" | diff - "$tmp/out" >&2
}

in_namespaces() {
	run get np && ended 0 && prints 'NAME          TIER      ' 'default.web   default   ' '' || return 1
	run get np -n production && ended 0 && prints 'NAMESPACE    NAME                TIER       ' \
		'production   security.lockdown   security   ' '' || return 1
	run get policies -A -o wide && ended 0 && prints \
		'NAMESPACE    NAME                TIER       ORDER   SELECTOR       ' \
		"default      default.web         default    1e+06   app == 'web'   " \
		'production   security.lockdown   security   12.5    all()          ' ''
}
claim 'policies_are_shown_by_namespace_with_tiers_and_orders' in_namespaces

by_name() {
	run get networkpolicy web && ended 0 && lines 1 '^default.web ' || return 1
	run get networkpolicy security.lockdown -n production -o name && ended 0 &&
		prints 'networkpolicy.projectcalico.org/security.lockdown' || return 1
	run get networkpolicy nope web && ended 1 'there is no NetworkPolicy default/default.nope' && lines 1 '^default.web '
}
claim 'a_policy_is_found_with_and_without_its_tier' by_name

wrong_use() {
	run get ippools -n default && ended 2 'IPPool is in no namespace' || return 1
	run get np web -A && ended 2 '-A lists all namespaces' || return 1
	run get np -A -n default && ended 2 'either -n or -A' || return 1
	run get np -o 'jsonpath={.items}' && ended 2 '-o json | jq' &&
		run get np -o go-template=x && ended 2 'prints one of: table wide json yaml name custom-columns' 'json | jq' || return 1
	run get np -o 'custom-columns=A:.spec[0]' && ended 2 'is no path such as .spec.cidr' || return 1
	run get all -o json && ended 2 'counts the objects' || return 1
	run get np -o custom-columns=NAME,NONSENSE && ended 2 'no column NONSENSE of a NetworkPolicy; there are NAME, TIER'
}
claim 'what_cannot_be_meant_is_refused' wrong_use

columns() {
	run get np -A -o custom-columns=NAMESPACE,ORDER
	ended 0 && prints 'NAMESPACE    ORDER   ' 'default      1e+06   ' 'production   12.5    ' ''
}
claim 'columns_can_be_chosen' columns

paths() {
	run get np -A -o custom-columns=NAME,WHERE:.metadata.namespace,TYPES:.spec.types
	ended 0 && prints 'NAME                WHERE        TYPES    ' 'default.web         default      <none>   ' \
		'security.lockdown   production   <none>   ' ''
}
claim 'any_field_can_be_a_column' paths

exported() {
	run get np default.web --export -o json && ended 0 && holds '.metadata.name == "default.web" and .spec.selector and
		.metadata.creationTimestamp == null and (.metadata | has("uid") or has("namespace") or has("resourceVersion") | not)' || return 1
	run get np --export -o json && ended 0 && holds '.items[0].metadata.uid'
}
claim 'an_exported_object_is_tied_to_no_cluster' exported

crashes_of_calicoctl() {
	run get bgpfilters && ended 0 && prints 'NAME     NUMEXPORTV4   NUMIMPORTV4   NUMEXPORTV6   NUMIMPORTV6   ' \
		'routes   1             0             0             0             ' '' || return 1
	run get bgppeers && ended 0 && prints 'NAME   PEERIP       NODE          ASN   ' \
		"rack   2001:db8::   rack == 'a'   0     " ''
}
claim 'tables_are_printed_where_calicoctl_crashes' crashes_of_calicoctl

ipam() {
	run get ipamblocks
	ended 0 && prints 'NAME          CIDR          AFFINITY      ALLOCATED   ' \
		'10-0-0-0-30   10.0.0.0/30   host:node-1   2/4         ' ''
}
claim 'blocks_of_ipam_are_shown_too' ipam

profiles() {
	run get profiles && ended 0 && sed -n 2p "$tmp/out" | grep -q '^projectcalico-default-allow ' &&
		lines 1 '^kns.production ' && lines 1 '^ksa.production.default \|^kns.kube-system ' || return 1
	run get profile kns.production projectcalico-default-allow -o json &&
		ended 0 && holds 'map(.metadata.name) == ["kns.production", "projectcalico-default-allow"]' || return 1
	run get profile kns.nope nonsense && ended 1 'there is no Profile' && [ ! -s "$tmp/out" ]
}
claim 'profiles_follow_from_namespaces_and_service_accounts' profiles

endpoints() {
	kubectl create serviceaccount -n production web >"$tmp/log"
	kubectl apply -f - >"$tmp/log" <<-'EOF'
		apiVersion: v1
		kind: Pod
		metadata: {name: web-0, namespace: production}
		spec: {nodeName: node-1, serviceAccountName: web, automountServiceAccountToken: false, containers: [{name: c, image: registry.example/c:1}]}
	EOF
	kubectl patch pod web-0 -n production --subresource=status --type=merge \
		-p '{"status":{"phase":"Running","podIP":"10.244.0.5","podIPs":[{"ip":"10.244.0.5"}]}}' >"$tmp/log"
	run get wep -A && ended 0 && lines 1 '^production  *web-0  *node-1  *10.244.0.5/32  *cali[0-9a-f]*  *$' || return 1
	run get wep node--1-k8s-web--0-eth0 -n production -o json
	ended 0 && holds '.metadata.name == "node--1-k8s-web--0-eth0" and .spec.profiles == ["kns.production", "ksa.production.web"]' || return 1
	run get wep node--2-k8s-web--0-eth0 nonsense -n production
	ended 1 'no WorkloadEndpoint production/node--2-k8s-web--0-eth0' 'no WorkloadEndpoint production/nonsense'
}
claim 'workload_endpoints_follow_from_pods' endpoints

newer_rules() {
	kubectl apply -f - >"$tmp/log" <<-'EOF'
		apiVersion: crd.projectcalico.org/v1
		kind: ClusterInformation
		metadata: {name: default}
		spec: {calicoVersion: v3.32.1}
	EOF
	run get np && ended 0 && prints 'NAME          TIER   ' 'default.web          ' '' || return 1
	run get np web && ended 1 'no NetworkPolicy default/web' || return 1
	kubectl annotate networkpolicies.crd.projectcalico.org default.web 'projectcalico.org/metadata={}' >"$tmp/log"
	run get np && ended 0 && lines 1 '^web ' && run get np web && ended 0 && lines 1 '^web '
}
claim 'the_conventions_are_those_of_the_release_in_cluster_information' newer_rules

later_columns() {
	run install v3.32.1 --accept-loss --no-backup -q
	ended 1 'calicoctl v3.32.1 leaves out an object: unreadable: ' || return 1
	run get ippools -o wide && ended 1 'IPPool unreadable' && printed ' SELECTOR  *ASSIGNMENTMODE  *$' && lines 1 '^default-ipv4-ippool .* Automatic  *$'
}

# The v3 group: the program shows objects unchanged.
v3_group() {
	stop_cluster
	start_cluster
	"$program" show v3.32.1 tiers -o json >"$tmp/tier.json"
	jq '.items[] | .metadata.name = "tiers.projectcalico.org" | .spec.group = "projectcalico.org" |
		.spec.versions[0].name = "v3"' "$tmp/tier.json" | kubectl create -f - >"$tmp/log"
	eventually kubectl wait --for=condition=Established crd/tiers.projectcalico.org >"$tmp/log"
	printf 'apiVersion: projectcalico.org/v3\nkind: Tier\nmetadata: {name: mine}\nspec: {order: 5}\n' |
		kubectl apply -f - >"$tmp/log"
	run get tiers && ended 0 && lines 1 '^mine   5 ' || return 1
	run get tier mine && ended 0 && lines 1 '^mine   5 ' || return 1
	run get tier nope && ended 1 'there is no Tier nope' || return 1
	CALICO_API_GROUP=projectcalico.org/v3 run get tiers && ended 0 && lines 1 '^mine   5 ' || return 1
	CALICO_API_GROUP=crd.projectcalico.org/v1 run get tiers && ended 1 'tiers.crd.projectcalico.org is not installed'
}

group_of_a_file() {
	local file=$tmp/calicoctl.cfg
	printf 'apiVersion: projectcalico.org/v3\nkind: CalicoAPIConfig\nspec: {datastoreType: kubernetes, kubeconfig: %s, calicoAPIGroup: %s}\n' \
		"$KUBECONFIG" ProjectCalico.org/V3 >"$file"
	CALICO_API_GROUP=crd.projectcalico.org/v1 run get tiers --config "$file"
	ended 0 && lines 1 '^mine   5 ' || return 1
	sed -i 's|ProjectCalico.org/V3|crd.projectcalico.org/v1|' "$file"
	CALICO_API_GROUP=projectcalico.org/v3 run get tiers --config "$file"
	ended 1 'tiers.crd.projectcalico.org is not installed' || return 1
	sed -i 's|, calicoAPIGroup.*}|}|' "$file"
	CALICO_API_GROUP=crd.projectcalico.org/v1 run get tiers --config "$file"
	ended 0 && lines 1 '^mine   5 '
}

golden() {
	local dir=$SHARED/calicoctl/golden/k8s kind plural
	kubectl delete clusterinformation default >"$tmp/log"
	for plural in bgppeers globalnetworksets hostendpoints ippools ipreservations tiers globalnetworkpolicies; do
		kubectl delete "$plural.crd.projectcalico.org" --all >"$tmp/log"
		jq '.items[] |= del(.metadata.uid, .metadata.resourceVersion, .metadata.managedFields, .metadata.generation,
			.metadata.creationTimestamp) | .apiVersion = "v1" | .kind = "List"' "$dir/raw/$plural.json" |
			jq --arg kind "$(kubectl get crd "$plural.crd.projectcalico.org" -o jsonpath='{.spec.names.kind}')" \
				'.items[] |= . + {apiVersion: "crd.projectcalico.org/v1", kind: $kind}' |
			kubectl create -f - >"$tmp/log" || return 1
		kind=$(kubectl get crd "$plural.crd.projectcalico.org" -o jsonpath='{.spec.names.singular}')
		run get "$plural" && diff "$dir/$kind.txt" "$tmp/out" && run get "$plural" -o wide && diff "$dir/$kind.wide" "$tmp/out" ||
			return 1
	done
}
if [ -d "$SHARED/calicoctl/golden/k8s" ]; then
	claim 'recorded_tables_are_met_by_objects_that_are_loaded_afresh' golden
else
	skip 'recorded_tables_are_met_by_objects_that_are_loaded_afresh' "no calicoctl/golden in SHARED=$SHARED"
fi
kubectl create -f tests/cluster/fixtures/pools.yaml >"$tmp/log" 2>&1 || true
claim 'columns_of_later_releases_are_shown_where_they_have_something' later_columns
claim 'objects_of_the_v3_group_are_read_where_it_is_served_instead' v3_group
claim 'the_group_is_that_of_the_configuration_file' group_of_a_file
finish
