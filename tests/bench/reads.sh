# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Sourced by run: the program and kubectl list nodes of one server, which gets more and more nodes.
# shellcheck disable=SC2154 # what run sets

# nodes_up FROM TO: creates nodes as kubelets and calico/node leave them, about 2 kB each
nodes_up() {
	jq -nc --argjson from "$1" --argjson to "$2" '[range($from; $to) | "node-\(.)" as $name | {
		apiVersion: "v1", kind: "Node", metadata: {name: $name,
			uid: "00000000-0000-4000-8000-\(. + 100000000000)", creationTimestamp: "2026-01-01T00:00:00Z", labels: {
			"beta.kubernetes.io/arch": "amd64", "kubernetes.io/arch": "amd64",
			"kubernetes.io/hostname": $name, "kubernetes.io/os": "linux",
			"node.kubernetes.io/instance-type": "m5.xlarge", "topology.kubernetes.io/zone": "a"},
			annotations: {"projectcalico.org/IPv4Address": "10.\(. / 65536 | floor).\(. / 256 | floor % 256).\(. % 256)/8",
				"projectcalico.org/IPv4VXLANTunnelAddr": "10.244.0.1",
				"node.alpha.kubernetes.io/ttl": "0"}},
		spec: {podCIDR: "10.244.0.0/24", podCIDRs: ["10.244.0.0/24"], providerID: "aws:///a/i-\(.)"},
		status: {addresses: [{type: "InternalIP", address: "10.0.0.1"}, {type: "Hostname", address: $name}],
			capacity: {cpu: "4", memory: "16Gi", pods: "110"}, allocatable: {cpu: "4", memory: "15Gi", pods: "110"},
			conditions: [("MemoryPressure", "DiskPressure", "PIDPressure", "Ready") | {type: ., status: "False",
				reason: "KubeletHasSufficient", message: "kubelet has sufficient of it",
				lastHeartbeatTime: "2026-01-01T00:00:00Z", lastTransitionTime: "2026-01-01T00:00:00Z"}],
			images: [range(6) | {names: ["registry.example/image-\(.)@sha256:0123456789abcdef"], sizeBytes: 123456789}]}}]' |
		store /registry/minions
}

# read_nodes N: times a list; a list without all nodes is no sample
get_json() { "$program" get nodes -o json; }
get_table() { "$program" get nodes; }
kubectl_json() { kubectl get nodes -o json; }

read_nodes() {
	local i
	for ((i = 0; i < 50; i++)); do
		must get_table
		[ "$(wc -l <"$tmp/out")" -lt $(($1 + 2)) ] || break
		sleep 0.2 # the server's watch of etcd is a little late
	done
	must get_json
	[ "$(jq '.items | length' "$tmp/out")" = "$1" ] || die "get does not list $1 nodes"
	must kubectl_json
	for ((i = 1; i <= BENCH_READS; i++)); do
		timed "$1.kubectl_json" kubectl_json
		timed "$1.get_json" get_json
		timed "$1.get_table" get_table
	done
	must peak "$1.kubectl_memory" "$tools/kubectl" --cache-dir "$KUBECONFIG.cache" get nodes -o json
	must peak "$1.json_memory" "$program" get nodes -o json
	wc -c <"$tmp/out" >"$tmp/samples/$1.bytes"
	must peak "$1.table_memory" "$program" get nodes
}

# reads: times each number of nodes in BENCH_OBJECTS, which ascend
reads() {
	local n before=0
	server_up
	for n in $BENCH_OBJECTS; do
		say "$n nodes"
		nodes_up "$before" "$n"
		read_nodes "$n"
		before=$n
	done
	server_down
}

mebibytes() {
	calc "int($(most "$1") / 102.4) / 10"
}

report_reads() {
	local n first=${BENCH_OBJECTS%% *} last=${BENCH_OBJECTS##* }
	row 'nodes' 'kubectl get -o json, ms' '**get -o json**, ms' '**get**, ms' 'faster' \
		'MiB: kubectl, get -o json, get' 'MiB of JSON'
	printf '|---|---|---|---|---|---|---|\n'
	for n in $BENCH_OBJECTS; do
		row "$n" "$(spread "$n" kubectl_json)" "$(spread "$n" get_json)" "$(spread "$n" get_table)" \
			"$(rounded "$(calc "$(median "$n.kubectl_json") / $(median "$n.get_json")")")x" \
			"$(mebibytes "$n.kubectl_memory"), $(mebibytes "$n.json_memory"), $(mebibytes "$n.table_memory")" \
			"$(calc "int($(most "$n.bytes") / 104857.6) / 10")"
	done
	echo
	row 'target of reads' ''
	printf '|---|---|\n'
	row "$first nodes: 5 times as fast as kubectl" "$(faster "$first" get_json kubectl_json 5)"
	row "$last nodes: not slower than kubectl" "$(faster "$last" get_json kubectl_json 1)"
	row "$last nodes as a table: at most 30 MiB more than $first" "$(judged \
		"$(calc "$(mebibytes "$last.table_memory") - $(mebibytes "$first.table_memory")") MiB" \
		"$(mebibytes "$last.table_memory") - $(mebibytes "$first.table_memory") <= 30")"
}
