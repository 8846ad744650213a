#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Backup and restore on the real server: a round trip over a wiped one, files that were cut or
# changed, objects that must not come back unasked.
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/cluster.sh

file=$tmp/backup.tar.gz

# objects: every Calico object without what the server gives it, one a line, sorted
objects() {
	local crd
	for crd in $(kubectl get customresourcedefinitions -o name | sed 's|.*/||'); do
		kubectl get "$crd" --all-namespaces -o json
	done | jq -Sc '.items[] | del(.metadata.uid, .metadata.resourceVersion, .metadata.generation,
		.metadata.creationTimestamp, .metadata.managedFields)' | sort
}

start_cluster
run install v3.32.1 -q
kubectl apply --server-side -f tests/cluster/fixtures/backup.yaml >"$tmp/log"
kubectl patch kubecontrollersconfigurations default --subresource=status --type=merge \
	-p '{"status":{"runningConfig":{"controllers":{}},"environmentVars":{"A":"b"}}}' >"$tmp/log"
owner=$(kubectl get configmap owner -o json | jq -r .metadata.uid)
kubectl apply -f - >"$tmp/log" <<EOF
apiVersion: crd.projectcalico.org/v1
kind: NetworkSet
metadata:
  name: owned
  namespace: default
  ownerReferences: [{apiVersion: v1, kind: ConfigMap, name: owner, uid: "$owner"}]
spec: {nets: [192.0.2.0/24]}
EOF
objects >"$tmp/before"

saved() {
	run backup "$file"
	ended 0 && printed ': 23 CRDs, 7 objects at revision [0-9]* of https://' &&
		[ "$(stat -c %a "$file")" = 600 ]
}
claim 'a_backup_has_every_crd_and_every_object' saved

everyday_tools() {
	mkdir "$tmp/plain" && tar -xzf "$file" -C "$tmp/plain" && cd "$tmp/plain" &&
		sha256sum -c --strict --quiet SHA256SUMS &&
		[ "$(find . -type f ! -name SHA256SUMS | wc -l)" = "$(wc -l <SHA256SUMS)" ] &&
		jq -e '.kind == "Backup" and .objects == 7 and (.customResourceDefinitions | length == 23) and
			.calicoVersion == "v3.32.1"' backup.json
}
claim 'tar_and_sha256sum_verify_it' everyday_tools
cd "$root"

not_overwritten() {
	cp "$file" "$tmp/copy"
	run backup "$file"
	ended 2 'never overwritten' && cmp "$file" "$tmp/copy"
}
claim 'a_backup_is_never_overwritten' not_overwritten

no_directory() {
	run backup "$tmp/nowhere/backup.tar.gz"
	ended 3 'nowhere/backup.tar.gz: cannot create the file: the directory .*/nowhere/ cannot be opened'
}
claim 'a_directory_that_is_missing_is_exit_3' no_directory

same_server() {
	local before
	before=$(versions ippools)
	run restore "$file"
	ended 0 && printed '^# 0 created, 0 configured, 5 unchanged, 0 differ, 0 failed, 2 of IPAM left out' &&
		[ "$(versions ippools)" = "$before" ]
}
claim 'a_restore_where_nothing_is_missing_writes_nothing' same_server

differing() {
	kubectl patch ippool default-ipv4-ippool --type=merge -p '{"spec":{"natOutgoing":false}}' >"$tmp/log"
	kubectl delete networkpolicies.crd.projectcalico.org default.web >"$tmp/log"
	run restore "$file"
	ended 1 '1 objects differ from the backup' && printed '^ippools.crd.projectcalico.org/default-ipv4-ippool differs$' \
		'^networkpolicies.crd.projectcalico.org/default/default.web created$' || return 1
	[ "$(kubectl get ippool default-ipv4-ippool -o jsonpath='{.spec.natOutgoing}')" = false ]
}
claim 'what_differs_is_left_alone_and_what_is_missing_comes_back' differing

overwritten() {
	run restore "$file" --overwrite --dry-run
	ended 0 && printed 'default-ipv4-ippool configured (dry run)$' &&
		[ "$(kubectl get ippool default-ipv4-ippool -o jsonpath='{.spec.natOutgoing}')" = false ] || return 1
	run restore "$file" --overwrite -o json
	ended 0 && holds '.changed and .summary.configured == 1 and .objects[0].name == "default-ipv4-ippool"' &&
		[ "$(kubectl get ippool default-ipv4-ippool -o jsonpath='{.spec.natOutgoing}')" = true ]
}
claim 'overwrite_resets_what_differs_and_a_dry_run_does_not' overwritten

# Pairs are written one after the other while the backup is taken: at one moment of the datastore
# there are as many of the first kind as of the second, or one more.
one_moment() {
	local i pid pools sets
	kubectl config view --raw --minify --flatten -o json >"$tmp/kc.json"
	for i in $(seq 1100); do
		printf -- '---\napiVersion: crd.projectcalico.org/v1\nkind: GlobalNetworkSet\nmetadata: {name: a%s}\n' "$i"
		printf -- '---\napiVersion: crd.projectcalico.org/v1\nkind: IPReservation\nmetadata: {name: a%s}\n' "$i"
	done >"$tmp/many.yaml"
	kubectl create -f "$tmp/many.yaml" >"$tmp/log" &
	pid=$!
	while [ "$(grep -c created "$tmp/log")" -lt 1100 ]; do sleep 0.1; done
	run backup "$tmp/moment.tar.gz"
	kill -0 "$pid" || { echo 'all were there already'; return 1; }
	wait "$pid"
	ended 0 || return 1
	tar -xzOf "$tmp/moment.tar.gz" backup.json >"$tmp/moment.json"
	sets=$(jq '.customResourceDefinitions[] | select(.name | startswith("globalnetworksets")).objects' "$tmp/moment.json")
	pools=$(jq '.customResourceDefinitions[] | select(.name | startswith("ipreservations")).objects' "$tmp/moment.json")
	[ "$sets" -gt 500 ] && { [ "$sets" = "$pools" ] || [ "$sets" = $((pools + 1)) ]; } ||
		{ echo "$sets sets and $pools reservations"; return 1; }
	[ "$(tar -tzf "$tmp/moment.tar.gz" | grep -c '^objects/globalnetworksets')" -gt 1 ]
}
claim 'all_kinds_and_pages_are_of_one_moment' one_moment

# Wherever a signal meets it, the directory has a whole backup or nothing at all.
killed() {
	local pid signal after
	mkdir "$tmp/killed"
	for signal in KILL HUP TERM INT; do
		for after in 0 0.02 0.05 0.1 0.2 0.4; do
			"$program" backup "$tmp/killed/backup.tar.gz" >"$tmp/out" 2>"$tmp/err" &
			pid=$!
			sleep "$after"
			kill -s "$signal" "$pid"
			wait "$pid"
			case $(ls -A "$tmp/killed") in
			'') ;;
			backup.tar.gz)
				run restore "$tmp/killed/backup.tar.gz" --dry-run
				ended 0 || return 1
				rm "$tmp/killed/backup.tar.gz"
				;;
			*) ls -A "$tmp/killed"; return 1 ;;
			esac
		done
	done
	run backup "$tmp/killed/backup.tar.gz"
	ended 0
}
claim 'a_killed_backup_leaves_nothing_and_can_be_repeated' killed

cut() {
	local size at
	size=$(stat -c %s "$tmp/moment.tar.gz")
	for at in $(seq 0 4096 $((size - 1))) $((size - 1)) $((size - 9)); do
		head -c "$at" "$tmp/moment.tar.gz" >"$tmp/cut.tar.gz"
		run restore "$tmp/cut.tar.gz" --dry-run
		[ "$status" = 5 ] && [ ! -s "$tmp/out" ] || { echo "cut at $at: exit code $status"; return 1; }
	done
}
claim 'a_backup_cut_anywhere_is_refused' cut

# changed COMMAND PATTERN [ENTRY]: the backup, changed by the command and packed again by hand
changed() {
	# shellcheck disable=SC2046,SC2086 # names without spaces
	rm -rf "$tmp/other" && cp -r "$tmp/plain" "$tmp/other" && cd "$tmp/other" && eval "$1" &&
		tar -czf "$tmp/other.tar.gz" $(awk '{ print $2 }' SHA256SUMS) $3 SHA256SUMS && cd "$root" || return 1
	run restore "$tmp/other.tar.gz" --dry-run
	ended 5 "$2"
}
claim 'a_changed_object_is_refused' changed 'sed -i s/CrossSubnet/Always/ objects/ippools*/*' SHA256SUMS ''
claim 'a_link_is_refused' changed 'ln -sf /etc/passwd backup.json' 'backup.json: it is a symbolic link' ''
claim 'an_entry_that_is_not_listed_is_refused' changed 'echo {} >crds/more.json' SHA256SUMS crds/more.json
run restore tests/cluster/fixtures/backup.yaml
claim 'a_file_that_is_no_archive_is_refused' ended 5 'backup.yaml'

stop_cluster
start_cluster
round_trip() {
	run restore "$file" --ipam
	ended 0 && printed '^# 7 created, 0 configured, 0 unchanged, 0 differ, 0 failed$' \
		'^NetworkSet/default/owned orphaned: its owner ConfigMap owner is not there' || return 1
	objects >"$tmp/after"
	jq -c 'del(.metadata.ownerReferences)' "$tmp/before" | diff - "$tmp/after"
}
claim 'a_round_trip_over_a_wiped_server_gives_identical_objects' round_trip

second() {
	run restore "$file" --ipam
	ended 0 && printed '^# 0 created, 0 configured, 7 unchanged'
}
claim 'a_second_restore_writes_nothing' second

locked() {
	kubectl patch clusterinformation default --type=merge -p '{"spec":{"datastoreReady":false}}' >"$tmp/log"
	run restore "$file" --overwrite
	ended 0 && [ "$(kubectl get clusterinformation default -o jsonpath='{.spec.datastoreReady}')" = false ] || return 1
	run restore "$file" --overwrite --ipam
	ended 0 && [ "$(kubectl get clusterinformation default -o jsonpath='{.spec.datastoreReady}')" = true ]
}
claim 'a_locked_datastore_is_unlocked_only_when_asked' locked

gone_namespace() {
	kubectl create namespace short >"$tmp/log"
	kubectl apply -f - >"$tmp/log" <<-EOF
		apiVersion: crd.projectcalico.org/v1
		kind: NetworkSet
		metadata: {name: there, namespace: short}
	EOF
	run backup "$tmp/short.tar.gz"
	kubectl patch namespace short --type=merge -p '{"spec":{"finalizers":[]}}' >"$tmp/log"
	kubectl delete networksets.crd.projectcalico.org -n short there >"$tmp/log"
	kubectl delete namespace short --wait=false >"$tmp/log"
	run restore "$tmp/short.tar.gz"
	ended 8 && printed '^networksets.crd.projectcalico.org/short/there failed: '
}
claim 'an_object_that_cannot_be_created_is_named_and_the_rest_restored' gone_namespace
finish
