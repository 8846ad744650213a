# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Sourced by run: times the plan of an upgrade that has to judge many stored objects.
# shellcheck disable=SC2154 # what run sets

policies=10000

# policies N: prints an array of N policies
policies() {
	jq -nc --argjson n "$1" '[range($n) | {apiVersion: "crd.projectcalico.org/v1", kind: "GlobalNetworkPolicy",
		metadata: {name: "default.policy-\(.)", generation: 1, uid: "00000000-0000-4000-8000-\(. + 100000000000)",
			creationTimestamp: "2026-01-01T00:00:00Z"},
		spec: {tier: "default", order: 100, selector: "app == \"web-\(.)\"", types: ["Ingress", "Egress"],
			ingress: [range(3) | {action: "Allow", protocol: "TCP", source: {nets: ["10.0.0.0/8"], selector: "a == \"b\""},
				destination: {ports: [80, 443, "8000:8080"]}}], egress: [{action: "Allow"}]}}]'
}

# policies_up N: creates N policies
policies_up() {
	policies "$1" | store /registry/crd.projectcalico.org/globalnetworkpolicies
}

# plan_upgrade: plans; the exit code says that there are changes
plan_upgrade() {
	local code=0
	"$program" plan v3.32.1 -o json || code=$?
	[ "$code" = 1 ]
}

plan_memory() {
	peak "$1" "$program" plan v3.32.1 -o json || true
}

upgrade() {
	local i
	say "the plan of an upgrade with $policies policies"
	server_up
	must install v3.29.1
	must plan_memory none.plan_memory
	for ((i = 1; i <= BENCH_WARM; i++)); do
		timed none.plan plan_upgrade
	done
	policies_up "$policies"
	for ((i = 0; i < 100; i++)); do
		must plan_upgrade
		[ "$(jq '[.objectsRead[].objects] | add' "$tmp/out")" != "$policies" ] || break
		sleep 0.2 # the server's watch of etcd is a little late
	done
	[ "$(jq '[.objectsRead[].objects] | add' "$tmp/out")" = "$policies" ] || die "plan does not look at $policies policies"
	for ((i = 1; i <= BENCH_WARM; i++)); do
		timed many.plan plan_upgrade
	done
	must plan_memory many.plan_memory
	server_down
}

report_upgrade() {
	row 'plan of v3.29.1 to v3.32.1' 'ms' 'MiB'
	printf '|---|---|---|\n'
	row 'no objects' "$(spread none plan)" "$(mebibytes none.plan_memory)"
	row "$policies policies" "$(spread many plan)" "$(mebibytes many.plan_memory)"
	echo
	row 'target of an upgrade' ''
	printf '|---|---|\n'
	row "$policies policies: below 1.5 s" "$(judged "$(rounded "$(median many.plan)") ms" "$(median many.plan) < 1500")"
	row "$policies policies: at most 8 MiB more than none" "$(judged \
		"$(calc "$(mebibytes many.plan_memory) - $(mebibytes none.plan_memory)") MiB" \
		"$(mebibytes many.plan_memory) - $(mebibytes none.plan_memory) <= 8")"
}
