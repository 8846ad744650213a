#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs check as an init container does, through every address of a server, and with a client
# certificate.
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/cluster.sh

start_cluster

gives_up_in_time() {
	run check v3.29.1 --wait --timeout 2s
	ended 124 'did not hold in time; at last: .*reads failed.*(404)'
}
claim 'waiting_for_what_does_not_come_is_exit_124_with_the_last_reason' gives_up_in_time

no_server_yet() {
	run check v3.29.1 --wait --timeout 1s --server https://127.0.0.1:1
	ended 124 'did not hold in time; at last: .*127.0.0.1:1'
}
claim 'a_server_that_is_not_there_is_waited_for' no_server_yet

wrong_release_at_once() {
	local started=$SECONDS
	run check v9.9.9 --wait --timeout 30s
	ended 2 'v9.9.9' && [ $((SECONDS - started)) -lt 5 ]
}
claim 'what_waiting_cannot_mend_fails_at_once' wrong_release_at_once

waits_for_install() {
	local pid
	"$program" check v3.29.1 --wait --timeout 60s >"$tmp/waited" 2>"$tmp/waited.err" &
	pid=$!
	sleep 1
	kill -0 "$pid" || return 1
	run install v3.29.1
	ended 0 && wait "$pid" && grep -q '^v3.29.1: 24 of 24 reads succeeded' "$tmp/waited"
}
claim 'check_wait_ends_when_the_datastore_is_ready' waits_for_install

certificate() {
	local uid
	uid=$(kubectl get namespace kube-system -o json | jq .metadata.uid)
	run check -o json
	ended 0 && holds ".cluster.uid == $uid and .cluster.datastoreReady == null and .unread == [] and .release.name == \"v3.29.1\"" &&
		holds '.time | test("^20[0-9-]*T[0-9:]*Z$")' &&
		holds '.reads | length == 24 and all(.ok and .microseconds > 0 and .objects >= 0)' &&
		holds '.mismatch == null'
}
claim 'the_report_names_cluster_release_kinds_counts_and_time' certificate

information() {
	kubectl apply -f - >"$tmp/log" <<-EOF
		apiVersion: crd.projectcalico.org/v1
		kind: ClusterInformation
		metadata: {name: default}
		spec: {calicoVersion: $1, clusterGUID: 0123456789abcdef, clusterType: kdd, datastoreReady: $2}
	EOF
	run check -o json && cp "$tmp/out" "$tmp/json" && run check
}

printf 'apiVersion: crd.projectcalico.org/v1\nkind: Tier\nmetadata: {name: %s}\nspec: {order: %s, defaultAction: %s}\n---\n' \
	default 1000000 Deny adminnetworkpolicy 1000 Pass | kubectl create -f - >"$tmp/log"
older_version() {
	information v3.28.5 true
	ended 0 && printed '^# ClusterInformation says v3.28.5' && cp "$tmp/json" "$tmp/out" &&
		holds '.ok and (.mismatch | contains("v3.28.5")) and .cluster.clusterGUID == "0123456789abcdef"'
}
claim 'a_version_of_other_crds_is_told' older_version

same_crds() {
	information v3.29.1-0.dev-7-gabc true
	ended 0 && printed '!^# ClusterInformation' || return 1
	information 3.29.1 true
	ended 0 && printed '!^# ClusterInformation'
}
claim 'a_version_of_the_same_crds_is_no_mismatch' same_crds

locked() {
	information v3.29.1 false
	ended 1 'is not ready' && printed 'datastoreReady is false: the datastore is locked' && information v3.29.1 true
}
claim 'a_locked_datastore_is_not_ready' locked

# localhost may have two addresses, but the server listens on one of them.
endpoints() {
	local n good
	n=$(getent ahosts localhost | awk '{ print $1 }' | sort -u | wc -l)
	kubectl config view --raw --minify --flatten -o json | jq '.clusters[0].cluster |=
		(.server |= sub("127.0.0.1"; "localhost")) + {"tls-server-name": "127.0.0.1"}' >"$tmp/localhost.kubeconfig"
	run check --all-endpoints --kubeconfig "$tmp/localhost.kubeconfig" --timeout 20s
	good=$(grep -c '^https://127.0.0.1:[0-9]*  *ok ' "$tmp/out") || true
	[ "$good" = 1 ] && lines "$n" '^https://.*  \(ok\|net\) ' || { cat "$tmp/out" "$tmp/err"; return 1; }
	if [ "$n" -gt 1 ]; then
		ended 6 && lines 1 '^https://\[::1\]:[0-9]*  *net '
	else
		ended 0
	fi
}
claim 'every_address_of_the_server_is_checked' endpoints

wrong_name() {
	run check --all-endpoints --server https://does-not-exist.invalid:6443
	ended 6 'does-not-exist.invalid does not resolve'
}
claim 'a_name_that_does_not_resolve_is_named' wrong_name
finish
