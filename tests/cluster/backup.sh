#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Backup and restore on the real server: a restore after everything was deleted, files that were cut
# or changed, and objects that must not come back unless the user asks for them.
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/cluster.sh

file=$tmp/backup.tar.gz

# objects: prints every Calico object without what the server adds, one on each line, sorted
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
	ended 0 && printed '^# 0 created, 0 configured, 5 unchanged, 0 differ, 0 failed$' \
		'^# left out: 2 objects of IPAM and datastoreReady (true in the backup); --ipam puts them back' &&
		[ "$(versions ippools)" = "$before" ]
}
claim 'a_restore_where_nothing_is_missing_writes_nothing' same_server

differing() {
	kubectl patch ippool default-ipv4-ippool --type=merge -p '{"spec":{"natOutgoing":false}}' >"$tmp/log"
	kubectl delete networkpolicies.crd.projectcalico.org default.web >"$tmp/log"
	run restore "$file" --details
	ended 1 '1 objects differ from the backup' && printed '^ippools.crd.projectcalico.org/default-ipv4-ippool differs$' \
		'^networkpolicies.crd.projectcalico.org/default/default.web created$' || return 1
	[ "$(kubectl get ippool default-ipv4-ippool -o jsonpath='{.spec.natOutgoing}')" = false ]
}
claim 'what_differs_is_left_alone_and_what_is_missing_comes_back' differing

overwritten() {
	run restore "$file" --overwrite --dry-run --details
	ended 0 && printed 'default-ipv4-ippool configured (dry run)$' && run restore "$file" --overwrite --dry-run &&
		printed '^ippools.crd.projectcalico.org: 1 configured (dry run)$' '!default-ipv4-ippool' &&
		[ "$(kubectl get ippool default-ipv4-ippool -o jsonpath='{.spec.natOutgoing}')" = false ] || return 1
	run restore "$file" --overwrite -o json
	ended 0 && holds '.changed and .summary.configured == 1 and .objects[0].name == "default-ipv4-ippool"' &&
		[ "$(kubectl get ippool default-ipv4-ippool -o jsonpath='{.spec.natOutgoing}')" = true ]
}
claim 'overwrite_resets_what_differs_and_a_dry_run_does_not' overwritten

# kubectl writes pairs of objects while the backup is taken, one object after the other. At one
# moment of the datastore there are as many of the first kind as of the second, or one more.
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

# The program reads one page of the server's list for each page of the backup, not each object.
many_at_once() {
	run restore "$tmp/moment.tar.gz" -o json
	ended 0 && holds '.summary.unchanged > 1000 and .summary.created == 0 and .requests < 120' || return 1
	kubectl delete globalnetworksets a1 a7 a450 >"$tmp/log"
	kubectl label globalnetworksets a9 new=label >"$tmp/log"
	run restore "$tmp/moment.tar.gz"
	ended 1 && printed '^globalnetworksets.crd.projectcalico.org/a9 differs$' '^globalnetworksets.crd.projectcalico.org: .*3 created' \
		'^ipreservations.crd.projectcalico.org: [0-9]* unchanged$' '!a450' &&
		kubectl get globalnetworksets a1 a7 a450 >"$tmp/log"
}
claim 'restore_reads_the_lists_of_the_server' many_at_once

# Whenever a signal ends the program, the directory has a complete backup or no file.
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

# changed COMMAND PATTERN [ENTRY]: COMMAND changes the backup, which is packed again and refused
changed() {
	# shellcheck disable=SC2046,SC2086 # names without spaces
	rm -rf "$tmp/other" && cp -r "$tmp/plain" "$tmp/other" && cd "$tmp/other" && eval "$1" &&
		tar -czf "$tmp/other.tar.gz" $(awk '{ print $2 }' SHA256SUMS) $3 SHA256SUMS && cd "$root" || return 1
	run restore "$tmp/other.tar.gz" --dry-run
	ended 5 "$2"
}
claim 'a_changed_object_is_refused' changed 'sed -i s/CrossSubnet/Always/ objects/ippools*/*' SHA256SUMS ''
claim 'a_link_is_refused' changed 'ln -sf /etc/passwd backup.json' 'backup.json: it is a symbolic link' ''
claim 'an_entry_that_is_not_listed_is_refused' changed 'jq .metadata.name=\"more.crd.projectcalico.org\"\|.spec.names.plural=\"more\" crds/tiers* >crds/more.crd.projectcalico.org.json' SHA256SUMS crds/more.crd.projectcalico.org.json
run restore tests/cluster/fixtures/backup.yaml
claim 'a_file_that_is_no_archive_is_refused' ended 5 'backup.yaml'

# repacked FILE COMMAND: COMMAND changes the backup, and its digests are made again to match
repacked() {
	rm -rf "$tmp/other" && cp -r "$tmp/plain" "$tmp/other" && cd "$tmp/other" && eval "$2" &&
		find crds objects backup.json -type f >"$tmp/entries" || return 1
	{ grep ^crds "$tmp/entries"; grep ^objects "$tmp/entries"; echo backup.json; } >"$tmp/sorted"
	xargs sha256sum <"$tmp/sorted" >SHA256SUMS && echo SHA256SUMS >>"$tmp/sorted" &&
		tar -czf "$1" -T "$tmp/sorted" && cd "$root"
}

# hostile GROUP PLURAL KIND: adds a CRD of a foreign group and an object of it that grants rights
hostile() {
	local name=$2.$1
	mkdir -p "objects/$name"
	jq --arg g "$1" --arg p "$2" --arg k "$3" '.metadata.name = "\($p).\($g)" | .spec.group = $g |
		.spec.names = {plural: $p, kind: $k} | .spec.versions[0].name = "v1"' \
		crds/felixconfigurations.crd.projectcalico.org.json >"crds/$name.json"
	jq -n --arg g "$1" --arg k "$3" '{items: [{apiVersion: "\($g)/v1", kind: $k, metadata: {name: "evil"},
		roleRef: {apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin"},
		subjects: [{kind: "User", apiGroup: "rbac.authorization.k8s.io", name: "mallory"}]}]}' >"objects/$name/000001.json"
}

kubernetes_group() {
	repacked "$tmp/evil.tar.gz" "hostile $1 $2 $3" || return 1
	local command before
	before=$(versions)
	for command in restore 'restore --overwrite --ipam' "restore --allow-group $1" rollback "rollback --allow-group $1"; do
		# shellcheck disable=SC2086 # a command and its options
		run $command "$tmp/evil.tar.gz"
		ended 5 "$2.$1 is of a group of Kubernetes itself" && [ ! -s "$tmp/out" ] || return 1
		# The program finds this without sending a request.
		# shellcheck disable=SC2086
		run $command "$tmp/evil.tar.gz" --server https://127.0.0.1:1
		ended 5 || return 1
	done
	! kubectl get "$2" evil >"$tmp/log" 2>&1 && [ "$(versions)" = "$before" ]
}
claim 'a_backup_makes_nobody_a_cluster_admin' kubernetes_group rbac.authorization.k8s.io clusterrolebindings ClusterRoleBinding
claim 'a_backup_brings_no_admission_webhook' kubernetes_group admissionregistration.k8s.io \
	validatingwebhookconfigurations ValidatingWebhookConfiguration
claim 'a_backup_brings_no_api_service' kubernetes_group apiregistration.k8s.io apiservices APIService

other_group() {
	repacked "$tmp/foreign.tar.gz" 'hostile example.test widgets Widget' || return 1
	run restore "$tmp/foreign.tar.gz"
	ended 5 'widgets.example.test is of a group that no Calico release has; --allow-group example.test' || return 1
	run rollback "$tmp/foreign.tar.gz"
	ended 5 '--allow-group example.test' && ! kubectl get crd widgets.example.test >"$tmp/log" 2>&1 || return 1
	run restore "$tmp/foreign.tar.gz" --allow-group example.test --partial --dry-run
	ended 0 && printed '/widgets.example.test created (dry run)'
}
claim 'a_group_of_others_must_be_let_in_by_name' other_group

disguised() {
	local change
	for change in \
		'cd crds && mv ippools.crd.projectcalico.org.json clusterrolebindings.rbac.authorization.k8s.io.json && cd ..' \
		"sed -i 's/\"group\": \"crd.projectcalico.org\"/\"group\": \"rbac.authorization.k8s.io\"/' crds/ippools*" \
		"sed -i 's/\"plural\": \"ippools\"/\"plural\": \"clusterrolebindings\"/' crds/ippools*" \
		"sed -i 's/\"kind\":\"IPPool\"/\"kind\":\"ClusterRoleBinding\"/' objects/ippools*/*" \
		"sed -i 's|\"crd.projectcalico.org/v1\",\"kind\":\"IPPool\"|\"v1\",\"kind\":\"IPPool\"|' objects/ippools*/*" \
		"sed -i 's|\"name\":\"default-ipv4-ippool\"|\"name\":\"../felixconfigurations/default\"|' objects/ippools*/*" \
		'mv objects/ippools.crd.projectcalico.org objects/pods.crd.projectcalico.org'; do
		repacked "$tmp/disguised.tar.gz" "$change" || return 1
		run restore "$tmp/disguised.tar.gz" --overwrite --server https://127.0.0.1:1
		ended 5 "$tmp/disguised.tar.gz: " || { echo "after: $change"; return 1; }
	done
}
claim 'names_kinds_and_paths_that_do_not_agree_are_refused' disguised

webhook() {
	# shellcheck disable=SC2016 # jq's
	repacked "$tmp/webhook.tar.gz" 'jq ".spec.conversion = {strategy: \"Webhook\", webhook: {conversionReviewVersions: [\"v1\"],
		clientConfig: {url: \"https://evil.example.test/\"}}}" crds/ippools* >x && mv x crds/ippools.crd.projectcalico.org.json' || return 1
	run rollback "$tmp/webhook.tar.gz"
	ended 5 '--allow-webhook ippools.crd.projectcalico.org' || return 1
	run restore "$tmp/webhook.tar.gz"
	ended 5 '--allow-webhook ippools.crd.projectcalico.org' || return 1
	run rollback "$tmp/webhook.tar.gz" --allow-webhook ippools.crd.projectcalico.org --accept-loss --no-backup --dry-run
	printed '^ippools  update '
}
claim 'a_conversion_webhook_must_be_let_in_by_name' webhook

appended() {
	local what
	for what in "cat $file" 'echo more' 'head -c 1024 /dev/zero'; do
		{ cat "$file" && $what; } >"$tmp/appended.tar.gz"
		run restore "$tmp/appended.tar.gz" --dry-run
		ended 5 'data follows the end of the backup' && [ ! -s "$tmp/out" ] || { echo "after: $what"; return 1; }
	done
}
claim 'a_backup_with_anything_behind_it_is_refused' appended

signed() {
	"$program" keygen "$tmp/ours" --no-password >"$tmp/log" && "$program" keygen "$tmp/theirs" --no-password >"$tmp/log"
	run backup "$tmp/signed.tar.gz" --sign "$tmp/ours.key"
	ended 0 && printed ', signed$' && [ -s "$tmp/signed.tar.gz.minisig" ] || return 1
	run restore "$tmp/signed.tar.gz" --public-key "$tmp/ours.pub"
	ended 0 || return 1
	run rollback "$tmp/signed.tar.gz" --public-key "$tmp/ours.pub" -o json
	ended 0 && holds '.release.verifiedBy | test("^signature of [0-9A-F]{16}$")'
}
claim 'a_signed_backup_is_restored_with_its_key' signed

unproven() {
	run "$1" "$tmp/signed.tar.gz" --public-key "$tmp/theirs.pub"
	ended 5 'not among those given' || return 1
	run "$1" "$file" --public-key "$tmp/ours.pub"
	ended 5 'not signed' || return 1
	CALICO_DATASTORE_PUBLIC_KEY=$tmp/ours.pub run "$1" "$file"
	ended 5 'not signed' || return 1
	cp "$file" "$tmp/changed.tar.gz" && cp "$tmp/signed.tar.gz.minisig" "$tmp/changed.tar.gz.minisig"
	run "$1" "$tmp/changed.tar.gz" --public-key "$tmp/ours.pub"
	ended 5 'signed another content' || return 1
	mkdir -p "$tmp/keys" && cp "$tmp/theirs.pub" "$tmp/keys"
	run "$1" "$tmp/signed.tar.gz" --key-dir "$tmp/keys"
	ended 5 'not among those given'
}
claim 'restore_takes_nothing_that_the_key_has_not_signed' unproven restore
claim 'rollback_takes_nothing_that_the_key_has_not_signed' unproven rollback

wrong_key() {
	run backup "$tmp/never.tar.gz" --sign "$tmp/none.key" --server https://127.0.0.1:1
	ended 3 'none.key' && [ ! -e "$tmp/never.tar.gz" ]
}
claim 'a_key_that_cannot_be_read_ends_a_backup_before_it_begins' wrong_key

stop_cluster
start_cluster
kubectl apply -f - >"$tmp/log" <<EOF
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: frozen}
spec:
  failurePolicy: Fail
  matchConstraints:
    resourceRules:
    - {apiGroups: [apiextensions.k8s.io], apiVersions: [v1], operations: [CREATE], resources: [customresourcedefinitions]}
  validations:
  - {expression: "!object.metadata.name.startsWith('ippools')", message: CRDs are frozen until Monday}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: frozen}
spec: {policyName: frozen, validationActions: [Deny]}
EOF
jq 'del(.metadata.uid, .metadata.resourceVersion, .metadata.generation, .metadata.creationTimestamp, .metadata.managedFields,
	.status)' "$tmp/plain/crds/ippools.crd.projectcalico.org.json" >"$tmp/ippools.json"
# policy_is present|absent: waits until the server applies the policy, or no longer applies it
policy_is() {
	local i rc
	for ((i = 0; i < 400; i++)); do
		rc=present
		! kubectl create --dry-run=server -f "$tmp/ippools.json" >"$tmp/log" 2>&1 || rc=absent
		[ "$rc" != "$1" ] || return 0
		sleep 0.05
	done
	cat "$tmp/log"
	return 1
}
policy_is present

frozen() {
	run restore "$file" --ipam "$@"
	ended 10 'nothing was written: ippools.*CRDs are frozen until Monday' && [ -z "$(versions)" ] || return 1
	! grep '/.* created' "$tmp/out"
}
claim 'one_crd_that_a_policy_refuses_stops_all_of_a_restore' frozen
claim 'and_its_dry_run_says_so' frozen --dry-run
kubectl delete validatingadmissionpolicy/frozen validatingadmissionpolicybinding/frozen >"$tmp/log"
policy_is absent

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
	ended 10 'says datastoreReady: false' || return 1
	run restore "$file" --overwrite --ignore-lock -o json
	ended 0 && holds '.leftOut == {ipam: 2, datastoreReady: true}' && [ "$(kubectl get clusterinformation default -o jsonpath='{.spec.datastoreReady}')" = false ] || return 1
	run restore "$file" --overwrite --ipam --ignore-lock
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
