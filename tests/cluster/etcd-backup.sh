#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# backup, restore and status of an etcdv3 datastore. Every key comes back byte for byte. IPAM comes
# back only when the user asks for it. Keys that are not Calico's never come back.
# shellcheck disable=SC2317 # claim calls the functions
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/etcd.sh

unset KUBECONFIG
export HOME=$tmp DATASTORE_TYPE=etcdv3
ipam=/calico/ipam/v2
resources=/calico/resources/v3/projectcalico.org
file=$tmp/keys.tar.gz

# keys: prints every key of etcd and its value, in base64, sorted
keys() {
	ask_etcd kv/range '{"key": "AA==", "range_end": "AA=="}' | jq -r '.kvs[]? | "\(.key) \(.value)"'
}

# wipe: removes every key
wipe() {
	ask_etcd kv/deleterange '{"key": "AA==", "range_end": "AA=="}' >"$tmp/log"
}

start_etcd http
export ETCD_ENDPOINTS=$etcd_url
run backup "$file"
claim 'an_etcd_without_a_key_of_calico_is_exit_1' ended 1 'no key of Calico'
claim 'and_leaves_no_file' test ! -e "$file"
run status
claim 'status_of_an_empty_etcd_is_exit_1' ended 1
claim 'status_says_that_it_is_not_initialised' printed '; readable, not initialised$'

run initialise v3.32.1 -q
run apply -q -f - <<-YAML
	{apiVersion: projectcalico.org/v3, kind: IPPool, metadata: {name: pool}, spec: {cidr: 10.10.0.0/16}}
	---
	{apiVersion: projectcalico.org/v3, kind: NetworkPolicy, metadata: {name: p, namespace: prod}, spec: {order: 1}}
	---
	{apiVersion: projectcalico.org/v3, kind: Node, metadata: {name: n1}, spec: {orchRefs: [{nodeName: k1, orchestrator: k8s}]}}
YAML
ended 0
put_key $ipam/config '{"strict_affinity":true,"auto_allocate_blocks":true}' >"$tmp/log"
put_key $ipam/host/n1/ipv4/block/10.10.0.0-26 '{"state":"confirmed"}' >"$tmp/log"
put_key $ipam/host/n1 '' >"$tmp/log"
put_key $resources/unknownkinds/x 'not even JSON' >"$tmp/log"
ask_etcd kv/put "{\"key\": \"$(printf '%s' $resources/unknownkinds/y | base64 -w0)\", \"value\": \"/w==\"}" >"$tmp/log"
put_key /other/program keep >"$tmp/log"
put_pools 1100
keys >"$tmp/before"

saved() {
	run backup "$file"
	ended 0 && printed ': 1112 keys at revision [0-9]* of http://' && [ "$(stat -c %a "$file")" = 600 ]
}
claim 'a_backup_has_every_key_of_calico' saved

readable() {
	mkdir "$tmp/plain" && tar -xzf "$file" -C "$tmp/plain" && cd "$tmp/plain" &&
		sha256sum -c --strict --quiet SHA256SUMS &&
		jq -e '.datastore == "etcdv3" and .release == "v3.32.1" and .objects == 1112 and
			(.kinds | map(select(.name == "ippools"))[0].keys == 1101)' backup.json &&
		jq -e '.keys[0].key == "/calico/ipam/v2/config"' keys/ipamconfigs/000001.json
}
claim 'everyday_tools_read_it' readable
cd "$root"

counted() {
	run status
	ended 0 && printed '^ippools *1101$' '^ipamconfigs *1$' '^# Calico v3.32.1 (by the tiers): [0-9]* objects; ready$' || return
	run status -o json
	ended 0 && holds '.kind == "Status" and .datastore == "etcdv3" and .ready == true and .calico.datastoreReady == true and
		(.kinds[] | select(.resource == "nodes").objects == 1)'
}
claim 'status_counts_each_kind' counted

nothing_missing() {
	run restore "$file"
	ended 0 && printed '^# 0 created, 0 configured, 1109 unchanged, 0 differ, 0 failed$' \
		'left out: 3 keys of IPAM and datastoreReady (true in the backup); --ipam puts them back' &&
		keys | cmp - "$tmp/before"
}
claim 'a_restore_where_nothing_is_missing_writes_nothing' nothing_missing

differing() {
	put_key $resources/ippools/pool '{}' >"$tmp/log"
	run restore "$file"
	ended 1 '--overwrite' && printed '^ippools/ippools/pool differs$' || return
	run restore "$file" --overwrite
	ended 0 && printed '1 configured' && keys | cmp - "$tmp/before"
}
claim 'a_key_that_differs_is_left_until_overwrite' differing

dry() {
	wipe
	run restore "$file" --ipam --dry-run
	ended 0 && printed '^# 1112 created' && [ "$(keys | wc -l)" = 0 ]
}
claim 'a_dry_run_writes_nothing' dry

whole() {
	put_key /other/program keep >"$tmp/log"
	run restore "$file" --ipam
	ended 0 && printed '^# 1112 created, 0 configured, 0 unchanged' && keys | cmp - "$tmp/before"
}
claim 'every_key_comes_back_byte_for_byte' whole

without_ipam() {
	wipe
	run restore "$file"
	ended 0 && printed '^# 1109 created' && [ "$(keys | wc -l)" = 1109 ] &&
		! keys | grep -q "^$(printf '/calico/ipam/v2' | base64 | cut -c1-18)"
}
claim 'ipam_stays_out_unless_it_is_asked_for' without_ipam

locked() {
	wipe
	run restore "$file" --ipam -q
	put_key $resources/clusterinformations/default \
		'{"kind":"ClusterInformation","apiVersion":"projectcalico.org/v3","metadata":{"name":"default"},"spec":{"datastoreReady":false}}' >"$tmp/log"
	run restore "$file"
	ended 10 'datastoreReady: false' || return
	run status
	ended 1 && printed 'the datastore is locked'
}
claim 'a_locked_datastore_is_not_written' locked

# made JSON NAME: makes a backup with one entry of keys and the content of a real backup
made() {
	rm -rf "$tmp/made" && mkdir -p "$tmp/made/keys/ippools" &&
		printf '%s' "$1" >"$tmp/made/keys/ippools/000001.json" &&
		cp "$tmp/plain/backup.json" "$tmp/made" && (cd "$tmp/made" &&
			sha256sum keys/ippools/000001.json backup.json >SHA256SUMS &&
			tar -czf "$2" keys/ippools/000001.json backup.json SHA256SUMS)
}

foreign() {
	local before
	before=$(keys)
	made '{"keys": [{"key": "/registry/secrets/kube-system/x", "value": "{}"}]}' "$tmp/foreign.tar.gz"
	run restore "$tmp/foreign.tar.gz" --overwrite --ipam --ignore-lock
	ended 5 'is no key of Calico' && [ "$(keys)" = "$before" ] || return
	made '{"keys": [{"key": "/calico/resources/v3/projectcalico.org/../x", "value": 5}]}' "$tmp/typed.tar.gz"
	run restore "$tmp/typed.tar.gz" --ignore-lock
	ended 5 'value is no string' && [ "$(keys)" = "$before" ]
}
claim 'a_key_of_somebody_else_is_refused_before_the_first_request' foreign

of_etcd() {
	run rollback "$file" --kubeconfig "$tmp/none"
	ended 2 'is a backup of etcd' || return
	run plan --objects "$file" --to v3.32.1
	ended 2 'is a backup of etcd'
}
claim 'what_needs_crds_refuses_a_backup_of_etcd' of_etcd

finish
