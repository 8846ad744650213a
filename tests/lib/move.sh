# shellcheck shell=bash disable=SC2034,SC2154 # variables of the files around it
# SPDX-License-Identifier: Apache-2.0
# Sourced after cluster.sh and etcd.sh: a source for moves, and checks of both sides.

ipam=/calico/ipam/v2
resources=/calico/resources/v3/projectcalico.org

# source_of RELEASE: starts an etcd with one object for each way in which a move treats objects
source_of() {
	run initialise "$1" -q
	ended 0 || return
	run apply --release "$1" -q -f tests/cluster/fixtures/move.yaml
	ended 0 || return
	put_ipam etcd-node-1 4 10.10.0.0-26 web
}

# put_block NODE FAMILY CIDR: writes a block of 64 addresses with an affinity; two are in use
put_block() {
	local cidr=${3%-*}/${3##*-}
	put_key "$ipam/assignment/ipv$2/block/$3" "$(jq -cn --arg cidr "$cidr" --arg node "$1" '{cidr: $cidr,
		affinity: "host:\($node)", allocations: ([0, null, 1] + [range(61) | null]), unallocated: [1, range(3; 64)],
		attributes: [{handle_id: "vxlan-tunnel-addr-\($node)", secondary: {node: $node, type: "vxlanTunnelAddress"}},
		{handle_id: "k8s-pod-network.Web", secondary: {namespace: "production", node: $node, pod: "web-0"}}],
		deleted: false}')" &&
		put_key "$ipam/host/$1/ipv$2/block/$3" '{"state":"confirmed"}'
}

put_ipam() {
	put_key $ipam/config '{"strict_affinity":true,"auto_allocate_blocks":true}' &&
		put_block "$1" "$2" "$3" &&
		put_block "$1" 6 fd00:10::-122 &&
		put_key "$ipam/handle/vxlan-tunnel-addr-$1" '{"block":{"10.10.0.0/26":1,"fd00:10::/122":1}}' &&
		put_key $ipam/handle/k8s-pod-network.Web '{"block":{"10.10.0.0/26":1,"fd00:10::/122":1}}' &&
		put_key "$ipam/host/$1" ''
}

# prepare_target: creates the source's namespace and nodes in the target
prepare_target() {
	kubectl create namespace production
	kubectl create -f - <<-YAML
		{apiVersion: v1, kind: Node, metadata: {name: k8s-node-1, labels: {k: v}}}
		---
		{apiVersion: v1, kind: Node, metadata: {name: k8s-node-2, annotations: {projectcalico.org/ASNumber: "1"}}}
	YAML
}

# stored: prints every object of Calico in the target and its data on nodes, without times and uids
stored() {
	local crds
	crds=$(kubectl get customresourcedefinitions -o name | sed 's|.*/||' | paste -sd,)
	[ -z "$crds" ] || kubectl get "$crds" --all-namespaces -o json | jq -Sc '.items[] | del(.metadata.uid, .metadata.resourceVersion, .metadata.generation,
		.metadata.creationTimestamp, .metadata.managedFields)' |
		sed 's/\\"creationTimestamp\\":\\"[^"]*\\"/TIME/' | sort
	kubectl get nodes -o json | jq -Sc '.items[].metadata | {name, annotations}'
}

# source_keys: prints every key of etcd and its value
source_keys() {
	ask_etcd kv/range '{"key": "AA==", "range_end": "AA=="}' | jq -r '.kvs[]? | "\(.key) \(.value)"'
}

ready_in_etcd() {
	DATASTORE_TYPE=etcdv3 "$program" get clusterinformation default -o json | jq .spec.datastoreReady
}

ready_in_target() {
	kubectl get clusterinformations.crd.projectcalico.org default -o json | jq .spec.datastoreReady
}

# move ARGUMENT...: runs move from the etcd to the target
move() {
	DATASTORE_TYPE=etcdv3 run move --to "$KUBECONFIG" "$@"
}
