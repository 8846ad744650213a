#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Writing objects on both datastores: all objects or none, in the order in which they need each
# other. Nothing is written twice, nothing is lost. This suite needs no files of upstream;
# tests/cluster/writes.sh plays recorded sessions.
# shellcheck disable=SC2317 # claim calls the functions
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/cluster.sh
. tests/lib/etcd.sh
unset CALICO_API_GROUP DATASTORE_TYPE ETCD_ENDPOINTS

# revisions: prints what a write would change: each object's version in Kubernetes, etcd's revision
revisions() {
	if [ -n "${ETCD_ENDPOINTS:-}" ]; then
		ask_etcd kv/range "$(jq -cn '{key: ("/calico/" | @base64), range_end: ("/calico0" | @base64)}')" | jq .kvs
	else
		kubectl get "$(kubectl api-resources --api-group crd.projectcalico.org -o name | paste -sd,)" -A -o json |
			jq '[.items[].metadata | {name, uid, resourceVersion}]'
	fi
}

# writes_nothing ARGUMENT...: the run changes no object
writes_nothing() {
	revisions >"$tmp/before"
	run "$@"
	revisions >"$tmp/after"
	cmp "$tmp/before" "$tmp/after"
}

# of_every_kind: prints an object of each kind that users write; a policy comes before its tier
of_every_kind() {
	cat <<-'YAML'
		apiVersion: projectcalico.org/v3
		kind: GlobalNetworkPolicy
		metadata: {name: security.block, labels: {team: a}, annotations: {note: "<&>"}}
		spec:
		  tier: security
		  order: 1e3
		  selector: has(role) && role != "a"
		  ingress:
		  - {action: Allow, protocol: TCP, source: {nets: [192.0.2.0/24]}, destination: {ports: [80, "100:200"]}}
		  egress:
		  - {action: Deny}
		---
		apiVersion: projectcalico.org/v3
		kind: Tier
		metadata: {name: security}
		spec: {order: 10}
		---
		apiVersion: projectcalico.org/v3
		kind: NetworkPolicy
		metadata: {name: web, namespace: default}
		spec: {selector: app == "web", types: [Ingress, Egress]}
		---
		apiVersion: projectcalico.org/v3
		kind: BGPPeer
		metadata: {name: rack}
		spec: {peerIP: 192.0.2.1, asNumber: "1.10", filters: [out]}
		---
		apiVersion: projectcalico.org/v3
		kind: BGPFilter
		metadata: {name: out}
		spec: {exportV4: [{cidr: 10.0.0.0/8, matchOperator: In, action: Accept}]}
		---
		apiVersion: projectcalico.org/v3
		kind: BGPConfiguration
		metadata: {name: default}
		spec: {asNumber: 64512, nodeToNodeMeshEnabled: false, serviceClusterIPs: [{cidr: 10.96.0.0/12}]}
		---
		apiVersion: projectcalico.org/v3
		kind: FelixConfiguration
		metadata: {name: default}
		spec: {reportingInterval: 90s, failsafeInboundHostPorts: [{protocol: tcp, port: 22}]}
		---
		apiVersion: projectcalico.org/v3
		kind: IPPool
		metadata: {name: first}
		spec: {cidr: 10.10.0.0/16, natOutgoing: true}
		---
		apiVersion: projectcalico.org/v3
		kind: IPReservation
		metadata: {name: kept}
		spec: {reservedCIDRs: [10.10.0.0/30]}
		---
		apiVersion: projectcalico.org/v3
		kind: HostEndpoint
		metadata: {name: eth0, labels: {a: b}}
		spec: {node: node-1, interfaceName: eth0, ports: [{name: web, protocol: TCP, port: 80}]}
		---
		apiVersion: projectcalico.org/v3
		kind: GlobalNetworkSet
		metadata: {name: office}
		spec: {nets: [192.0.2.0/24, "2001:db8::/64"]}
		---
		apiVersion: projectcalico.org/v3
		kind: NetworkSet
		metadata: {name: office, namespace: default}
		spec: {nets: [198.51.100.0/24]}
		---
		apiVersion: projectcalico.org/v3
		kind: KubeControllersConfiguration
		metadata: {name: default}
		spec: {controllers: {node: {reconcilerPeriod: 5m}}}
	YAML
}

kinds='gnp np tier bgppeer bgpfilter bgpconfig felixconfig ippool ipreservation hep globalnetworkset networkset kubecontrollersconfig'

pool() {
	printf '{"apiVersion": "projectcalico.org/v3", "kind": "IPPool", "metadata": {"name": "%s"}, "spec": {"cidr": "%s"}}\n' "$@"
}

one_refusal_stops_all() {
	{ pool good 10.20.0.0/16; echo ---; pool bad 10.20.5.0/33; } >"$tmp/two.yaml"
	writes_nothing apply -f "$tmp/two.yaml" && ended 1 'IPPool(bad)' 'spec.cidr' '10.20.5.0/33' 'nothing was written'
}
overlap_in_one_input_is_refused() {
	{ pool a 10.20.0.0/16; echo ---; pool b 10.20.5.0/24; } >"$tmp/two.yaml"
	writes_nothing create -f "$tmp/two.yaml" && ended 1 'IPPool(b)' 'overlaps 10.20.0.0/16 of the IPPool a'
}
keep_going_writes_the_others() {
	{ pool good 10.20.0.0/16; echo ---; pool bad 10.20.5.0/33; } >"$tmp/two.yaml"
	run apply --keep-going -f "$tmp/two.yaml"
	ended 1 'IPPool(bad)' && run get ippool good && ended 0 && run delete ippool good && ended 0
}
every_kind_is_created_whatever_the_order() {
	of_every_kind >"$tmp/all.yaml"
	run create -f "$tmp/all.yaml" && ended 0 && printed 'Successfully created 13 resource(s)'
}
a_second_apply_writes_nothing() {
	writes_nothing apply -f "$tmp/all.yaml" -o json && ended 0 && holds '.changed == false and
		([.objects[].action] | unique == ["unchanged"]) and (.objects | length == 13)'
}
what_get_shows_applies_as_unchanged() {
	local kind
	for kind in $kinds; do
		run get "$kind" -o yaml && ended 0 && cp "$tmp/out" "$tmp/shown.yaml" || return 1
		writes_nothing apply -f "$tmp/shown.yaml" -o json && ended 0 && holds '.changed == false' || return 1
	done
}
a_dry_run_writes_nothing_and_says_what() {
	pool second 10.30.0.0/16 >"$tmp/pool.json"
	writes_nothing create -f "$tmp/pool.json" --dry-run && ended 0 && printed '^IPPool/second create'
}
diff_has_the_exit_codes_of_plan() {
	writes_nothing diff -f "$tmp/all.yaml" && ended 0 || return 1
	sed 's/natOutgoing: true/natOutgoing: false/' "$tmp/all.yaml" >"$tmp/changed.yaml"
	writes_nothing diff -f "$tmp/changed.yaml" && ended 1 && printed '^IPPool/first update' 'natOutgoing: true -> ' || return 1
	pool bad 10.20.5.0/33 >"$tmp/bad.json"
	writes_nothing diff -f "$tmp/bad.json" && ended 10
}
an_edit_since_the_file_was_made_is_not_lost() {
	run get globalnetworkset office -o yaml && cp "$tmp/out" "$tmp/mine.yaml"
	sed 's/192.0.2.0/192.0.3.0/; /resourceVersion/d' "$tmp/mine.yaml" >"$tmp/theirs.yaml"
	run apply -f "$tmp/theirs.yaml" && ended 0 || return 1
	writes_nothing apply -f "$tmp/mine.yaml" && ended 1 'changed since the file was made' || return 1
	run get globalnetworkset office -o yaml && printed '192.0.3.0'
}
the_same_object_twice_is_refused() {
	{ pool a 10.40.0.0/16; echo ---; pool a 10.41.0.0/16; } >"$tmp/twins.yaml"
	writes_nothing apply -f "$tmp/twins.yaml" && ended 1 'in the input twice'
}
eight_at_once_agree() {
	local i pids=() failed=0
	pool many 10.50.0.0/16 >"$tmp/many.json"
	for i in 1 2 3 4 5 6 7 8; do
		"$program" apply -f "$tmp/many.json" >"$tmp/many.$i" 2>&1 &
		pids+=($!)
	done
	for i in "${pids[@]}"; do wait "$i" || failed=1; done
	[ "$failed" = 0 ] || { cat "$tmp"/many.?; return 1; }
	writes_nothing apply -f "$tmp/many.json" && ended 0
}
a_tier_with_policies_stays() {
	writes_nothing delete tier security && ended 1 'GlobalNetworkPolicy(security.block)'
}
a_tier_goes_with_its_policies() {
	of_every_kind | awk '/^---/ && ++n == 2 { exit } 1' >"$tmp/tier.yaml"
	run delete -f "$tmp/tier.yaml" && ended 0 && printed 'Successfully deleted 2 resource(s)'
}
replace_creates_nothing() {
	pool none 10.60.0.0/16 >"$tmp/none.json"
	writes_nothing replace -f "$tmp/none.json" && ended 1 'does not exist' '"apply" creates it'
}
clusterinformation_is_not_for_people() {
	echo '{"apiVersion": "projectcalico.org/v3", "kind": "ClusterInformation", "metadata": {"name": "default"}, "spec": {}}' \
		>"$tmp/information.json"
	writes_nothing apply -f "$tmp/information.json" && ended 1 'initialise'
}
delete_needs_names() {
	writes_nothing delete ippool && ended 2 'nothing deletes all' || return 1
	writes_nothing delete ippool nosuch && ended 1 'does not exist' || return 1
	writes_nothing delete ippool nosuch -s && ended 0
}

# The same as calicoctl: the release has two tiers (v3.29) or three (v3.32).
the_first_write_initialises() {
	pool first-of-all 10.200.0.0/16 >"$tmp/first.json"
	writes_nothing apply -f "$tmp/first.json" --dry-run && ended 0 && printed '^ClusterInformation/default create$' || return 1
	pool bad 10.20.5.0/33 >"$tmp/bad.json"
	writes_nothing apply -f "$tmp/bad.json" && ended 1 || return 1
	run apply -f "$tmp/first.json" -o json && ended 0 'initialised the datastore first: ClusterInformation(default), Tier(default)' &&
		holds '.objects | map(.name) == ["first-of-all"]' &&
		holds '.besides | map(.name)[:2] == ["default", "default"] and all(.outcome == "created")' || return 1
	run get clusterinformation default -o json && holds '.spec.datastoreReady and (.spec.clusterGUID | length == 32)' || return 1
	writes_nothing apply -f "$tmp/first.json" -o json && ended 0 && holds '.changed == false and .besides == []' || return 1
	run delete ippool first-of-all && ended 0
}
common() {
	local n
	for n in the_first_write_initialises one_refusal_stops_all overlap_in_one_input_is_refused keep_going_writes_the_others \
		every_kind_is_created_whatever_the_order a_second_apply_writes_nothing what_get_shows_applies_as_unchanged \
		a_dry_run_writes_nothing_and_says_what diff_has_the_exit_codes_of_plan \
		an_edit_since_the_file_was_made_is_not_lost the_same_object_twice_is_refused eight_at_once_agree \
		a_tier_with_policies_stays a_tier_goes_with_its_policies replace_creates_nothing \
		clusterinformation_is_not_for_people delete_needs_names; do
		claim "${n}_$1" "$n"
	done
}

# Kubernetes

start_cluster
"$program" install v3.29.1 >"$tmp/log" 2>&1 || exit
common kubernetes

labels_of_kubectl_survive_and_those_of_the_file_go() {
	printf '%s\n' 'apiVersion: projectcalico.org/v3' 'kind: GlobalNetworkSet' \
		'metadata: {name: labelled, labels: {mine: "1", more: "2"}}' 'spec: {}' >"$tmp/labelled.yaml"
	run apply -f "$tmp/labelled.yaml" && ended 0 || return 1
	kubectl label globalnetworksets.crd.projectcalico.org labelled theirs=yes >"$tmp/log" || return 1
	sed -i 's/, more: "2"//' "$tmp/labelled.yaml"
	run apply -f "$tmp/labelled.yaml" && ended 0 || return 1
	run get globalnetworkset labelled -o json && holds '.metadata.labels == {mine: "1", theirs: "yes"}'
}
claim labels_of_kubectl_survive_and_those_of_the_file_go labels_of_kubectl_survive_and_those_of_the_file_go

a_resource_of_the_v1_group_is_stored_as_it_is() {
	printf '%s\n' 'apiVersion: crd.projectcalico.org/v1' 'kind: GlobalNetworkSet' \
		'metadata: {name: raw, labels: {a: b}}' 'spec: {nets: [192.0.2.7/32]}' >"$tmp/raw.yaml"
	run apply -f "$tmp/raw.yaml" && ended 0 || return 1
	kubectl get globalnetworksets.crd.projectcalico.org raw -o json |
		jq -e '.metadata.labels == {a: "b"} and .metadata.annotations == null and .spec.nets == ["192.0.2.7/32"]' &&
		writes_nothing apply -f "$tmp/raw.yaml" && ended 0
}
claim a_resource_of_the_v1_group_is_stored_as_it_is a_resource_of_the_v1_group_is_stored_as_it_is

# stored_pool NAME CIDR SIZE
stored_pool() {
	printf '%s\n' 'apiVersion: crd.projectcalico.org/v1' 'kind: IPPool' "metadata: {name: $1}" "spec: {cidr: $2, blockSize: $3}"
}
a_resource_of_the_v1_group_is_judged_as_what_it_stands_for() {
	stored_pool raw 10.222.0.0/16 8 >"$tmp/raw.yaml"
	writes_nothing apply -f "$tmp/raw.yaml" && ended 1 'IPPool(raw): spec.blockSize' || return 1
	{ stored_pool raw 10.222.0.0/16 26; echo ---; stored_pool inner 10.222.128.0/17 26; } >"$tmp/raw.yaml"
	writes_nothing create -f "$tmp/raw.yaml" && ended 1 'overlaps 10.222' || return 1
	stored_pool raw 10.222.0.0/16 26 >"$tmp/raw.yaml"
	run create -f "$tmp/raw.yaml" && ended 0 && run delete -f "$tmp/raw.yaml" && ended 0
}
claim a_resource_of_the_v1_group_is_judged_as_what_it_stands_for a_resource_of_the_v1_group_is_judged_as_what_it_stands_for

a_node_keeps_what_is_not_calicos() {
	kubectl create -f - >"$tmp/log" <<-'YAML'
		{apiVersion: v1, kind: Node, metadata: {name: n1, labels: {rack: k}, annotations: {other: kept}}}
	YAML
	printf '%s\n' 'apiVersion: projectcalico.org/v3' 'kind: Node' 'metadata: {name: n1}' \
		'spec: {bgp: {asNumber: 64513, ipv4Address: 192.0.2.9/24}}' >"$tmp/node.yaml"
	run apply -f "$tmp/node.yaml" && ended 0 || return 1
	kubectl get node n1 -o json | jq -e '.metadata.annotations | .other == "kept" and
		."projectcalico.org/ASNumber" == "64513"' && writes_nothing apply -f "$tmp/node.yaml" && ended 0 || return 1
	writes_nothing create -f "$tmp/node.yaml" && ended 1
}
claim a_node_keeps_what_is_not_calicos a_node_keeps_what_is_not_calicos

block() {
	kubectl apply -f - >"$tmp/log" <<-YAML
		apiVersion: crd.projectcalico.org/v1
		kind: IPAMBlock
		metadata: {name: 10-10-0-0-26}
		spec: {cidr: 10.10.0.0/26, allocations: [$1], attributes: [], unallocated: [], deleted: false, strictAffinity: false}
	YAML
}
a_pool_in_use_is_disabled_and_not_deleted() {
	block 0
	writes_nothing delete ippool first && ended 1 '1 address in use' 'disable-first' || return 1
	run delete ippool first --disable-first
	ended 1 '1 address in use' && run get ippool first -o json && holds '.spec.disabled == true' || return 1
	block null
	kubectl create -f - >"$tmp/log" <<-'YAML'
		apiVersion: crd.projectcalico.org/v1
		kind: BlockAffinity
		metadata: {name: node-1-10-10-0-0-26}
		spec: {cidr: 10.10.0.0/26, node: node-1, state: confirmed, deleted: "false"}
	YAML
	kubectl create -f - >"$tmp/log" <<-'YAML'
		apiVersion: crd.projectcalico.org/v1
		kind: BlockAffinity
		metadata: {name: node-1-10-99-0-0-26}
		spec: {cidr: 10.99.0.0/26, node: node-1, state: confirmed, deleted: "false"}
	YAML
	run delete ippool first && ended 0 && [ "$(kubectl get -o name \
		"ipamblocks.crd.projectcalico.org,blockaffinities.crd.projectcalico.org" | tr '\n' ' ')" = \
		'blockaffinity.crd.projectcalico.org/node-1-10-99-0-0-26 ' ]
}
claim a_pool_in_use_is_disabled_and_not_deleted a_pool_in_use_is_disabled_and_not_deleted

a_locked_datastore_is_not_written() {
	kubectl apply -f - >"$tmp/log" <<-'YAML'
		apiVersion: crd.projectcalico.org/v1
		kind: ClusterInformation
		metadata: {name: default}
		spec: {datastoreReady: false}
	YAML
	pool locked 10.70.0.0/16 >"$tmp/locked.json"
	writes_nothing create -f "$tmp/locked.json" && ended 10 'datastoreReady' || return 1
	run create -f "$tmp/locked.json" --ignore-lock && ended 0
}
claim a_locked_datastore_is_not_written a_locked_datastore_is_not_written

a_namespace_that_is_missing_is_named() {
	printf '%s\n' 'apiVersion: projectcalico.org/v3' 'kind: NetworkSet' 'metadata: {name: a, namespace: nosuch}' \
		'spec: {}' >"$tmp/set.yaml"
	writes_nothing create -f "$tmp/set.yaml" --ignore-lock && ended 1 'namespace nosuch does not exist'
}
claim a_namespace_that_is_missing_is_named a_namespace_that_is_missing_is_named
# account COMMAND: makes the service account of "rbac COMMAND", in $tmp/COMMAND.kubeconfig
account() {
	local token
	"$program" rbac "$1" v3.29.1 | kubectl apply -f - >"$tmp/log" &&
		token=$(kubectl create token -n kube-system "calico-datastore-$1") &&
		kubectl config view --raw --minify --flatten -o json |
		jq --arg token "$token" '.users[0].user = {token: $token}' >"$tmp/$1.kubeconfig"
}
# known COMMAND VERB RESOURCE yes|no: waits until the authorizer knows the last change of the role
known() {
	local i
	for ((i = 0; i < 100; i++)); do
		[ "$(kubectl auth can-i "$2" "$3.crd.projectcalico.org" \
			--as "system:serviceaccount:kube-system:calico-datastore-$1" 2>/dev/null)" = "$4" ] && return
		sleep 0.05
	done
	return 1
}
the_role_of_apply_is_enough_and_each_kind_of_it_is_needed() {
	local resource
	account apply && known apply get bgppeers yes || return 1
	of_every_kind >"$tmp/all.yaml"
	run apply -f "$tmp/all.yaml" --ignore-lock --kubeconfig "$tmp/apply.kubeconfig" && ended 0 || return 1
	kubectl get clusterrole calico-datastore-apply -o json |
		jq 'del(.metadata.resourceVersion, .metadata.uid)' >"$tmp/role.json"
	for resource in bgppeers bgpfilters tiers globalnetworkpolicies networkpolicies ippools hostendpoints \
		globalnetworksets networksets ipreservations felixconfigurations bgpconfigurations \
		kubecontrollersconfigurations; do
		jq --arg r "$resource" '.rules |= map(if .resources then .resources -= [$r] else . end) |
			.rules |= map(select(.resources != []))' "$tmp/role.json" | kubectl replace -f - >"$tmp/log" || return 1
		known apply get "$resource" no || return 1
		run apply -f "$tmp/all.yaml" --ignore-lock --kubeconfig "$tmp/apply.kubeconfig"
		ended 7 'not permitted (403)' "^  - $resource\$" || return 1
	done
}
claim the_role_of_apply_is_enough_and_each_kind_of_it_is_needed the_role_of_apply_is_enough_and_each_kind_of_it_is_needed
an_initialisation_that_is_not_permitted_is_told_and_nothing_fails() {
	kubectl delete clusterinformations.crd.projectcalico.org default >"$tmp/log"
	kubectl delete tiers.crd.projectcalico.org default adminnetworkpolicy >"$tmp/log"
	jq '.rules |= map(if .resources == ["clusterinformations"] then .verbs = ["get"]
		elif .resources then .resources -= ["tiers", "clusterinformations"] else . end)' "$tmp/role.json" |
		kubectl replace -f - >"$tmp/log" || return 1
	known apply get tiers no || return 1
	pool alone 10.201.0.0/16 >"$tmp/alone.json"
	run apply -f "$tmp/alone.json" --kubeconfig "$tmp/apply.kubeconfig"
	ended 0 'the datastore is not initialised: .*create clusterinformations.*403' '"calico-datastore initialise"' || return 1
	kubectl replace -f "$tmp/role.json" >"$tmp/log" && known apply get tiers yes && run delete ippool alone && ended 0
}
claim an_initialisation_that_is_not_permitted_is_told_and_nothing_fails an_initialisation_that_is_not_permitted_is_told_and_nothing_fails
# When the user may list the kind, the program sends one list, not a request for each object.
many_objects_take_one_list() {
	local i
	for ((i = 0; i < 40; i++)); do
		printf '%s\n' --- 'apiVersion: projectcalico.org/v3' 'kind: GlobalNetworkSet' "metadata: {name: many-$i}" \
			'spec: {nets: [192.0.2.0/24]}'
	done >"$tmp/forty.yaml"
	run apply -f "$tmp/forty.yaml" --ignore-lock && ended 0 || return 1
	writes_nothing apply -f "$tmp/forty.yaml" --ignore-lock -o json && ended 0 && holds '.changed == false and .requests < 20' || return 1
	writes_nothing apply -f "$tmp/forty.yaml" --ignore-lock --kubeconfig "$tmp/apply.kubeconfig" -o json && ended 0 &&
		holds '.changed == false and .requests > 40' || return 1
	run delete -f "$tmp/forty.yaml" --ignore-lock -o json && ended 0 && holds '.objects | all(.outcome == "deleted")'
}
claim many_objects_take_one_list many_objects_take_one_list
the_role_of_delete_is_enough() {
	account delete && known delete delete bgppeers yes || return 1
	run delete -f "$tmp/all.yaml" --ignore-lock --kubeconfig "$tmp/delete.kubeconfig" && ended 0
}
claim the_role_of_delete_is_enough the_role_of_delete_is_enough
stop_cluster
unset KUBECONFIG

# etcd

start_etcd http
export DATASTORE_TYPE=etcdv3 ETCD_ENDPOINTS=$etcd_url
common etcd

empty_blocks_go_with_their_pool() {
	local v4=/calico/ipam/v2/assignment/ipv4/block/10.10.0.0-26 v6=/calico/ipam/v2/assignment/ipv6/block/2001:db8::-122
	pool first 10.10.0.0/16 >"$tmp/first.json"
	pool sixth 2001:db8::/112 >"$tmp/sixth.json"
	run apply -f "$tmp/first.json" && ended 0 && run apply -f "$tmp/sixth.json" && ended 0 || return 1
	{
		put_key "$v4" '{"cidr":"10.10.0.0/26","affinity":"host:node-1","allocations":[null,0],"unallocated":[0],"attributes":[{"handle_id":"h1","secondary":{}}],"deleted":false}'
		put_key "$v6" '{"cidr":"2001:db8::/122","affinity":"host:node-1","allocations":[null],"unallocated":[0],"attributes":[],"deleted":false}'
		put_key /calico/ipam/v2/host/node-1/ipv4/block/10.10.0.0-26 '{"state":"confirmed"}'
		put_key /calico/ipam/v2/host/node-1/ipv6/block/2001:db8::-122 '{"state":"confirmed"}'
		put_key /calico/ipam/v2/host/node-1/ipv4/block/10.99.0.0-26 '{"state":"confirmed"}'
	} >"$tmp/log"
	writes_nothing delete ippool first sixth && ended 1 '1 address in use' || return 1
	put_key "$v4" '{"cidr":"10.10.0.0/26","affinity":"host:node-1","allocations":[null,null],"unallocated":[0,1],"attributes":[],"deleted":false}' >"$tmp/log"
	run delete ippool first sixth && ended 0 && [ "$(ask_etcd kv/range \
		"$(jq -cn '{key: ("/calico/ipam/" | @base64), range_end: ("/calico/ipam0" | @base64)}')" | jq -r '.kvs[].key | @base64d')" = \
		/calico/ipam/v2/host/node-1/ipv4/block/10.99.0.0-26 ]
}
claim empty_blocks_go_with_their_pool empty_blocks_go_with_their_pool

a_policy_under_its_older_name_is_updated() {
	local root=/calico/resources/v3/projectcalico.org/globalnetworkpolicies
	put_key "$root/default.old" '{"kind":"GlobalNetworkPolicy","apiVersion":"projectcalico.org/v3","metadata":{"name":"default.old","uid":"11111111-2222-4333-8444-555555555556","creationTimestamp":"2026-01-01T00:00:00Z"},"spec":{"selector":"all()","types":["Ingress"]}}' >"$tmp/log"
	printf '%s\n' 'apiVersion: projectcalico.org/v3' 'kind: GlobalNetworkPolicy' 'metadata: {name: old}' \
		'spec: {selector: has(x)}' >"$tmp/old.yaml"
	run apply -f "$tmp/old.yaml" && ended 0 || return 1
	ask_etcd kv/range "$(jq -cn --arg k "$root/" --arg e "${root}0" '{key: ($k | @base64), range_end: ($e | @base64)}')" |
		jq -e '[.kvs[].key | @base64d | sub(".*/"; "")] == ["default.old"] and (.kvs[0].value | @base64d | contains("has(x)"))'
}
claim a_policy_under_its_older_name_is_updated a_policy_under_its_older_name_is_updated
finish
