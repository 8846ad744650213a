#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# More objects than a page has: the program judges, saves and rewrites each of them once, even when
# the server forgets the list before its end.
# shellcheck disable=SC2317 # claim calls the functions
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/cluster.sh
. tests/lib/etcd.sh
. tests/lib/fault.sh
. tests/lib/fault-cluster.sh

objects=1200 # three pages

# lamp_crd FIELD: prints a CRD whose objects have this field, and the name of a colour
lamp_crd() {
	cat <<-YAML
		apiVersion: apiextensions.k8s.io/v1
		kind: CustomResourceDefinition
		metadata: {name: lamps.example.test}
		spec:
		  group: example.test
		  names: {kind: Lamp, listKind: LampList, plural: lamps, singular: lamp}
		  scope: Cluster
		  versions:
		  - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object,
		      properties: {$1: {type: integer}, colour: {type: string}}}}}}}
	YAML
}

start_upstream
lamp_crd watts >"$tmp/old.yaml"
lamp_crd lumen >"$tmp/new.yaml"
run install -f "$tmp/old.yaml"
claim 'crd_is_there' ended 0
etcd_url=$(<"$cluster/etcd.url")
for ((at = 0; at < objects; at += 100)); do
	ask_etcd kv/txn "$(jq -cn --argjson at "$at" '{success: [range($at; $at + 100) | "lamp-\(10000 + .)" |
		{requestPut: {key: ("/registry/example.test/lamps/\(.)" | @base64), value: ({apiVersion: "example.test/v1", kind: "Lamp",
		metadata: {name: ., uid: "00000000-0000-4000-8000-0000000\(.[5:])", generation: 1, creationTimestamp: "2026-01-01T00:00:00Z"},
		spec: {watts: 60, colour: "a|b <c>"}} | tojson | @base64)}}]}')" >"$tmp/log"
done

# forgets TIMES: the first TIMES requests for a next page fail, as after a compaction
forgets() {
	between <<-EOF
		on GET *lamps*continue=*
		times $1
		status 410
		header Content-Type: application/json
		body {"kind":"Status","apiVersion":"v1","status":"Failure","message":"The provided continue parameter is too old","reason":"Expired","code":410}
	EOF
}

each_once() {
	holds ".objectsRead == [{customResourceDefinition: \"lamps.example.test\", version: \"v1\", objects: $objects,
		severe: $objects, limited: 0, served: true, problem: null}] and (.objects | map([.class, .field, .objects, .findings]) ==
		[[\"hidden\", \"spec.watts\", $objects, $objects]])"
}

judged() {
	run plan -f "$tmp/new.yaml" -o json
	ended 10 "$objects of $objects objects would lose data" && each_once
}

judged_anew() {
	forgets 1
	met plan -f "$tmp/new.yaml" -o json
	stop_server
	ended 10 && each_once && [ "$(grep -c 'GET.*lamps?' "$server_log")" -ge 5 ]
}

# When the server always forgets the list, the run ends and blocks.
never_judged() {
	forgets 1000
	met plan -f "$tmp/new.yaml"
	stop_server
	ended 10 'its objects cannot be read' 'too old'
}

in_markdown() {
	run plan -f "$tmp/new.yaml" -o markdown
	ended 10 && printed "^### Objects: $objects read of 1 kinds\$" \
		"^| \\*\\*hidden\\*\\* | lamps | spec.watts | pruned | $objects | lamp-10000 | 60 |  |\$"
}

escaped() {
	sed 's/colour: {type: string}/colour: {type: string, enum: [red]}/' "$tmp/old.yaml" >"$tmp/red.yaml"
	run plan -f "$tmp/red.yaml" -o markdown
	ended 1 && printed "^| rejected-on-changing-it | lamps | spec.colour | enum | $objects | lamp-10000 | \"a.|b &lt;c>\" | \"red\" |\$"
}

saved() {
	run install -f "$tmp/red.yaml" --backup "$tmp/lamps.tar.gz" -o json
	ended 0 && [ "$(tar -xOzf "$tmp/lamps.tar.gz" | grep -o '"lamp-1[0-9]*"' | sort -u | wc -l)" = "$objects" ]
}

rewritten_anew() {
	kubectl patch crd lamps.example.test --type=json -p '[{"op": "add", "path": "/spec/versions/-", "value": {"name": "v0",
		"served": false, "storage": false, "schema": {"openAPIV3Schema": {"type": "object"}}}}]' >"$tmp/log"
	kubectl patch crd lamps.example.test --subresource=status --type=merge -p '{"status": {"storedVersions": ["v0", "v1"]}}' >"$tmp/log"
	forgets 1
	met migrate-storage lamps.example.test
	stop_server
	ended 0 && printed "^    v0,v1 -> v1, $objects objects\$" &&
		[ "$(kubectl get crd lamps.example.test -o json | jq -c .status.storedVersions)" = '["v1"]' ]
}

claim 'every_page_is_judged' judged
claim 'list_that_expires_is_judged_anew_and_each_object_counted_once' judged_anew
claim 'list_that_always_expires_blocks' never_judged
claim 'markdown_has_what_becomes_of_objects' in_markdown
claim 'values_cannot_break_the_table' escaped
claim 'every_page_is_saved' saved
claim 'list_that_expires_is_rewritten_from_its_start' rewritten_anew
finish
