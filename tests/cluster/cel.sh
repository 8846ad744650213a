#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Compares CEL rules as the program evaluates them with a real API server: generated rules on
# generated objects. Each verdict is compared: the rule holds, does not hold, or ends with an error.
# Then texts that expressions give are compared. SEED=N generates other rules and objects;
# CIRCUIT=all compares 10,000 pairs.
# shellcheck disable=SC2317 # claim calls the functions
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/cluster.sh

tool=${BUILD:-build}/tests/cel-tool
seed=${SEED:-$(date +%j)}
rounds=${ROUNDS-1}
[ "${CIRCUIT-}" != all ] || rounds=5

start_cluster
"$tool" schema >"$tmp/schema.json"

# refused_rules: prints the numbers of the rules that the server does not compile
refused_rules() {
	grep -oE 'x-kubernetes-validations\[[0-9]+\]' "$tmp/refused" | grep -oE '[0-9]+' | sort -un
}

# rules_crd FILTER: writes the CRD of the set's rules; FILTER makes a rule of each entry {key,
# value}
rules_crd() {
	jq '{apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition",
		metadata: {name: "rules.cel.example.test"}, spec: {group: "cel.example.test", scope: "Cluster",
		names: {kind: "Rule", plural: "rules", singular: "rule", listKind: "RuleList"},
		versions: [{name: "v1", served: true, storage: true, schema: {openAPIV3Schema:
		{type: "object", properties: {spec: ($schema[0] + {"x-kubernetes-validations":
			(.rules | to_entries | map('"$1"'))})}}}}]}}' \
		--slurpfile schema "$tmp/schema.json" "$tmp/set.json" >"$tmp/crd.json"
}
verdict='{rule: .value, message: "rule-\(.key)!"}'

# Removes the rules that the server does not compile: no CRD can have them.
install_rules() {
	rules_crd "$1"
	kubectl apply --server-side --force-conflicts -f "$tmp/crd.json" >"$tmp/log" 2>"$tmp/refused" && return 0
	refused_rules >"$tmp/bad"
	[ -s "$tmp/bad" ] || return 1
	jq --slurpfile bad "$tmp/bad" '.rules |= [to_entries[] | select(.key as $k | $bad | index($k) | not) | .value]' \
		"$tmp/set.json" >"$tmp/less.json"
	mv "$tmp/less.json" "$tmp/set.json"
	return 1
}
rules_are_installed() {
	local i rule=${1-$verdict}
	for ((i = 0; i < 8; i++)); do
		! install_rules "$rule" || break
	done
	[ "$i" -lt 8 ] || { head -c 3000 "$tmp/refused" >&2; return 1; }
	eventually kubectl wait --for=condition=Established crd/rules.cel.example.test --timeout=30s >"$tmp/log"
	sleep 2
}

# Asks the server about every rule of every object: {"OBJECT": {"RULE": "false" or "error"}}.
ask() {
	jq '{apiVersion: "v1", kind: "List", items: (.objects | to_entries | map({apiVersion: "cel.example.test/v1",
		kind: "Rule", metadata: {name: "o\(.key)"}, spec: .value}))}' "$tmp/set.json" >"$tmp/objects.json"
	kubectl create --validate=false --dry-run=server -f "$tmp/objects.json" >"$tmp/log" 2>"$tmp/refused" || true
	jq -Rs '[split("\n(?=Error from|The )"; null)[] | select(test("\"o[0-9]+\" is invalid")) |
		{(capture("\"o(?<n>[0-9]+)\" is invalid").n): ([scan("(evaluating rule|for rule|Invalid value: \"object\"): rule-([0-9]+)!") |
			{(.[1]): (if .[0] | startswith("Invalid") then "false" else "error" end)}] | add)}] | add // {}' \
		"$tmp/refused" >"$tmp/server.json"
}

as_the_server() {
	ask
	"$tool" evaluate <"$tmp/set.json" >"$tmp/own.json"
	jq -n --slurpfile own "$tmp/own.json" --slurpfile server "$tmp/server.json" '$own[0] as $o | [range($o.objects | length) as $k |
		range($o.rules | length) as $r | {rule: $o.rules[$r], self: $o.objects[$k],
		expect: ($server[0]["\($k)"]["\($r)"] // "true"), own: $o.verdicts[$k][$r][0], why: $o.verdicts[$k][$r][1]}]' \
		>"$tmp/pairs.json"
	jq -c '[.[] | select(.own != .expect and .own != "unknown")][:20][]' "$tmp/pairs.json"
	jq -r '"# \(length) pairs: \(map(select(.expect == "true")) | length) hold, \(map(select(.expect == "false")) | length) do not, " +
		"\(map(select(.expect == "error")) | length) end with an error; not evaluated: " +
		"\(map(select(.own == "unknown")) | group_by(.why) | map("\(length) x \(.[0].why)") | join(", "))"' "$tmp/pairs.json" >"$tmp/summary"
	jq -e 'length > 500 and all(.[]; .own == .expect or .own == "unknown") and
		(map(select(.own == "unknown")) | length) * 50 < length' "$tmp/pairs.json"
}

# These rules never hold, so the server prints their messages: the texts to compare.
texts_are_the_servers() {
	ask
	"$tool" evaluate <"$tmp/set.json" >"$tmp/own.json"
	jq -Rs '[split("\n(?=Error from|The )"; null)[] | select(test("\"o[0-9]+\" is invalid")) |
		{(capture("\"o(?<n>[0-9]+)\" is invalid").n): [scan("text-[0-9]+:[0-9a-f]*;")]}] | add // {}' "$tmp/refused" >"$tmp/server.json"
	jq -n --slurpfile own "$tmp/own.json" --slurpfile server "$tmp/server.json" '$own[0] as $o | [range($o.objects | length) as $k |
		range($o.rules | length) as $r | $o.verdicts[$k][$r] as $v | ($o.rules[$r] | capture("(?<n>text-[0-9]+:)").n) as $n |
		{rule: $o.rules[$r], self: $o.objects[$k], own: $v[2], why: $v[1],
			expect: ([$server[0]["\($k)"][]? | select(startswith($n))][0])}]' >"$tmp/pairs.json"
	jq -c '[.[] | select(.own != .expect and (.why | . == null or . == "it gives no boolean"))][:20][]' "$tmp/pairs.json"
	jq -r '"# \(length) texts, \(map(select(.expect)) | length) are given"' "$tmp/pairs.json" >"$tmp/summary"
	jq -e 'length > 200 and any(.[]; .expect) and all(.[]; .own == .expect or (.why | . != null and . != "it gives no boolean" and . != "error"))' "$tmp/pairs.json"
}

# A server runs these functions only in rules that are stored already, so the rules are written into
# its etcd.
list_functions_are_the_servers() {
	local key url
	key=$(printf /registry/apiextensions.k8s.io/customresourcedefinitions/rules.cel.example.test | base64 -w 0)
	url=$(<"$cluster/etcd.url")
	curl -sf "$url/v3/kv/range" -d "{\"key\": \"$key\"}" | jq -r '.kvs[0].value | @base64d' >"$tmp/stored.json"
	jq -c --arg key "$key" --slurpfile set "$tmp/set.json" 'del(.spec.versions[].schema) |
		.spec.validation.openAPIV3Schema.properties.spec."x-kubernetes-validations" = ($set[0].rules | to_entries | map('"$verdict"')) |
		{key: $key, value: (tojson | @base64)}' "$tmp/stored.json" >"$tmp/put.json"
	curl -sf "$url/v3/kv/put" -d "@$tmp/put.json" >"$tmp/log" && sleep 2 && as_the_server
}

# No rule adds to one list twice: on the server both sums share memory, and the second changes the
# first.
for ((round = 0; round < rounds; round++)); do
	"$tool" generate $((seed + round)) 200 16 |
		jq '.rules |= (unique | map(select([scan("self.l[is]\\)? [+]")] | length < 2)))' >"$tmp/set.json"
	claim "seed $((seed + round)): the server takes the rules" rules_are_installed
	claim "seed $((seed + round)): every verdict is the server's" as_the_server
	cat "$tmp/summary"
	[ -z "${CEL_PAIRS-}" ] || cp "$tmp/pairs.json" "$CEL_PAIRS"
done

"$tool" texts "$seed" 90 10 >"$tmp/set.json"
claim "seed $seed: the server takes expressions that give texts" rules_are_installed \
	'{rule: "\(.key) < 0", message: "text", messageExpression: .value}'
claim "seed $seed: every text is the server's" texts_are_the_servers
cat "$tmp/summary"

"$tool" generate "$seed" 1 40 | jq --rawfile rules tests/unit/data/cel/lists '.rules = ($rules | split("\n") | map(select(test("^[^#]"))))' >"$tmp/set.json"
claim "seed $seed: lists are sorted, cut and flattened as the server does" list_functions_are_the_servers
cat "$tmp/summary"
finish
