# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Sourced by run: measures the CPU time of long lists of three kinds, on both datastores.
# shellcheck disable=SC2154 # what run sets

size_objects=5000

# The seconds that calicoctl v3.29.1 took for such lists: a table, and JSON. calicoctl is not
# available here.
declare -A calicoctl=(
	[kubernetes.globalnetworkpolicies.table]=0.63 [kubernetes.globalnetworkpolicies.json]=0.61
	[kubernetes.workloadendpoints.table]=0.63 [kubernetes.workloadendpoints.json]=0.43
	[etcd.globalnetworkpolicies.table]=0.40 [etcd.globalnetworkpolicies.json]=0.40
)

# pods N: creates pods as kubelets and the CNI plugin leave them
pods() {
	jq -nc --argjson n "$1" '[range($n) | "10.244.\(. / 256 | floor).\(. % 256)" as $ip | {
		apiVersion: "v1", kind: "Pod", metadata: {name: "web-\(100000 + .)-7f9c6d", namespace: "default",
			generateName: "web-", uid: "00000000-0000-4000-8000-\(. + 100000000000)",
			creationTimestamp: "2026-01-01T00:00:00Z", labels: {app: "web", "pod-template-hash": "7f9c6d"},
			annotations: {"cni.projectcalico.org/podIP": "\($ip)/32", "cni.projectcalico.org/podIPs": "\($ip)/32",
				"cni.projectcalico.org/containerID": "0123456789abcdef0123456789abcdef0123456789abcdef"},
			ownerReferences: [{apiVersion: "apps/v1", kind: "ReplicaSet", name: "web-7f9c6d",
				uid: "00000000-0000-4000-8000-000000000001", controller: true, blockOwnerDeletion: true}],
			managedFields: [{manager: "kubelet", operation: "Update", apiVersion: "v1", subresource: "status",
				time: "2026-01-01T00:00:00Z", fieldsType: "FieldsV1", fieldsV1: {"f:status": {"f:hostIP": {},
				"f:phase": {}, "f:podIP": {}, "f:startTime": {}, "f:conditions": (["Initialized", "Ready", "ContainersReady"] |
				map({key: "k:{\"type\":\"\(.)\"}", value: {".": {}, "f:status": {}, "f:type": {}}}) | from_entries)}}}]},
		spec: {nodeName: "node-\(. % 100)", serviceAccountName: "default", restartPolicy: "Always",
			dnsPolicy: "ClusterFirst", schedulerName: "default-scheduler", securityContext: {},
			containers: [{name: "web", image: "registry.example/web:1.2.3", imagePullPolicy: "IfNotPresent",
				ports: [{name: "http", containerPort: 8080, protocol: "TCP"}], env: [{name: "A", value: "b"}],
				resources: {requests: {cpu: "100m", memory: "128Mi"}},
				terminationMessagePath: "/dev/termination-log", terminationMessagePolicy: "File"}]},
		status: {phase: "Running", hostIP: "10.0.0.1", podIP: $ip, podIPs: [{ip: $ip}],
			startTime: "2026-01-01T00:00:00Z", qosClass: "Burstable",
			conditions: [("Initialized", "Ready", "ContainersReady") | {type: ., status: "True",
				lastTransitionTime: "2026-01-01T00:00:00Z"}],
			containerStatuses: [{name: "web", ready: true, restartCount: 0, started: true,
				image: "registry.example/web:1.2.3", imageID: "registry.example/web@sha256:0123456789abcdef",
				containerID: "containerd://0123456789abcdef", state: {running: {startedAt: "2026-01-01T00:00:00Z"}}}]}}]'
}

# v3: turns policies into the form that etcd's datastore stores
v3() {
	jq -c '[.[] | .apiVersion = "projectcalico.org/v3"]'
}

# shown KIND: prints the array to store, as calicoctl shows the objects
shown() {
	"$program" get "$@" -o json | jq -c '[.items[] | del(.metadata.resourceVersion)]'
}

# read_size DATASTORE KIND ARGUMENT...: times a list; an incomplete list is no sample
read_size() {
	local name=$1.$2 i format
	shift
	for ((i = 0; i < 50; i++)); do
		must "$program" get "$@" -o name
		[ "$(wc -l <"$tmp/out")" -ne $size_objects ] || break
		sleep 0.2 # the server's watch of etcd is a little late
	done
	[ "$(wc -l <"$tmp/out")" -eq $size_objects ] || die "get $* does not list $size_objects objects"
	for ((i = 1; i <= BENCH_READS; i++)); do
		cpu "$name.table" "$program" get "$@"
		cpu "$name.json" "$program" get "$@" -o json
	done
	for format in table json; do
		must peak "$name.$format.memory" "$program" get "$@" -o $format
	done
}

kubectl_size() {
	local i
	for ((i = 1; i <= 3; i++)); do
		cpu "kubernetes.$1.kubectl" kubectl get "$2" -A -o json
	done
}

size() {
	local etcd kind
	say "lists of $size_objects objects of three kinds"
	server_up
	must install v3.29.1
	policies $size_objects | store /registry/crd.projectcalico.org/globalnetworkpolicies
	pods $size_objects | store /registry/pods/default
	nodes_up 0 $size_objects
	read_size kubernetes globalnetworkpolicies
	read_size kubernetes workloadendpoints
	read_size kubernetes nodes
	kubectl_size globalnetworkpolicies globalnetworkpolicies.crd.projectcalico.org
	kubectl_size workloadendpoints pods
	kubectl_size nodes nodes
	etcd=$(<"${servers[-1]}/etcd.url")
	policies $size_objects | v3 | store /calico/resources/v3/projectcalico.org/globalnetworkpolicies
	shown workloadendpoints | store /calico/resources/v3/projectcalico.org/workloadendpoints/default
	shown nodes | store /calico/resources/v3/projectcalico.org/nodes
	export DATASTORE_TYPE=etcdv3 ETCD_ENDPOINTS=$etcd
	for kind in globalnetworkpolicies workloadendpoints nodes; do
		read_size etcd $kind
	done
	unset DATASTORE_TYPE ETCD_ENDPOINTS
	server_down
}

# seconds NAME: prints the median of samples in ms as seconds
seconds() {
	if [ -s "$tmp/samples/$1" ]; then
		awk -v v="$(median "$1")" 'BEGIN { printf "%.2f", v / 1000 }'
	else
		echo -
	fi
}

report_size() {
	local datastore kind name given
	row "CPU, s, of $size_objects objects" 'kubectl, JSON' '**get**' '**-o json**' 'calicoctl' MiB
	printf '|---|---|---|---|---|---|\n'
	for datastore in kubernetes etcd; do
		for kind in globalnetworkpolicies workloadendpoints nodes; do
			name=$datastore.$kind
			row "$datastore: $kind" "$(seconds "$name.kubectl")" "$(seconds "$name.table")" "$(seconds "$name.json")" \
				"${calicoctl[$name.table]--}, ${calicoctl[$name.json]--}" \
				"$(mebibytes "$name.table.memory"), $(mebibytes "$name.json.memory")"
		done
	done
	echo
	row 'half of the CPU of calicoctl' ''
	printf '|---|---|\n'
	for name in "${!calicoctl[@]}"; do
		given=${calicoctl[$name]}
		row "$name" "$(judged "$(seconds "$name") of $given s" "$(median "$name") <= $given * 500")"
	done | sort
	cat "$tmp"/samples/{kubernetes,etcd}.*.memory >"$tmp/samples/size.memory"
	row 'at most 35 MiB' "$(judged "$(mebibytes size.memory) MiB" "$(mebibytes size.memory) <= 35")"
}
