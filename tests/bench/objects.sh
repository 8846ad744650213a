# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Sourced by run: times apply of one policy and of a thousand, and kubectl with the same stored
# objects.
# shellcheck disable=SC2154 # what run sets

policy_counts=(1 1000)

# policies_file N: writes files of N policies: in the form that people write, and in the stored form
policies_file() {
	jq -nc --argjson n "$1" '{apiVersion: "v1", kind: "List", items: [range($n) | {apiVersion: "projectcalico.org/v3",
		kind: "GlobalNetworkPolicy", metadata: {name: "policy-\(.)"},
		spec: {order: 100, selector: "app == \"web-\(.)\"", types: ["Ingress", "Egress"],
			ingress: [range(3) | {action: "Allow", protocol: "TCP", source: {nets: ["10.0.0.0/8"], selector: "a == \"b\""},
				destination: {ports: [80, 443, "8000:8080"]}}], egress: [{action: "Allow"}]}}]}' >"$tmp/policies.$1"
	must "$program" apply -f "$tmp/policies.$1"
	kubectl get globalnetworkpolicies.crd.projectcalico.org -o json | jq -c '.items[].metadata |= {name, annotations}
		| {apiVersion: "v1", kind: "List", items}' >"$tmp/stored.$1"
	no_policies
}

no_policies() {
	must kubectl delete globalnetworkpolicies.crd.projectcalico.org --all
}

kubectl_policies() {
	kubectl apply --server-side --force-conflicts -f "$tmp/stored.$1"
}

apply_policies() {
	"$program" apply -f "$tmp/policies.$1"
}

objects() {
	local n i
	server_up
	must install v3.29.1
	must "$program" initialise
	for n in "${policy_counts[@]}"; do
		policies_file "$n"
		for ((i = 1; i <= BENCH_COLD; i++)); do
			say "apply of $n policies, $i of $BENCH_COLD"
			timed "$n.kubectl_clean" kubectl_policies "$n"
			timed "$n.kubectl_same" kubectl_policies "$n"
			no_policies
			timed "$n.apply_clean" apply_policies "$n"
			timed "$n.apply_same" apply_policies "$n"
			no_policies
		done
	done
	server_down
}

report_objects() {
	local n
	row 'apply of policies, ms' 'clean' 'clean, kubectl' 'again' 'again, kubectl'
	printf '|---|---|---|---|---|\n'
	for n in "${policy_counts[@]}"; do
		row "$n" "$(spread "$n" apply_clean)" "$(spread "$n" kubectl_clean)" \
			"$(spread "$n" apply_same)" "$(spread "$n" kubectl_same)"
	done
	echo
	row 'target of apply' ''
	printf '|---|---|\n'
	for n in "${policy_counts[@]}"; do
		row "$n policies, clean: 3 times as fast as kubectl apply --server-side" "$(faster "$n" apply_clean kubectl_clean 3)"
		row "$n policies, again: 5 times as fast" "$(faster "$n" apply_same kubectl_same 5)"
	done
}
