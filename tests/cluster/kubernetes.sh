#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# One version of Kubernetes (KUBERNETES, default: the version of all other suites), in each set that
# this version accepts: install, install again, upgrade with objects, read, backup and restore. A
# release that needs a newer version is refused before the first write.
# shellcheck disable=SC2317 # claim calls the functions
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/cluster.sh

start_cluster
minor=$(kubectl version -o json | jq -r .serverVersion.minor)
server="1.$minor"

nothing_is_written() {
	[ "$(versions)" = "$before" ]
}

again() {
	before=$(versions)
	run install "$@" -o json
	ended 0 && holds '.ok and .changed == false' && nothing_is_written
}

objects() {
	kubectl get ippools.crd.projectcalico.org,felixconfigurations.crd.projectcalico.org,globalnetworkpolicies.crd.projectcalico.org \
		-o json | jq -S '[.items[] | {kind, name: .metadata.name, uid: .metadata.uid, set: .spec.cidr, order: .spec.order, egress: .spec.egress}]'
}

# refused NEEDED ARGUMENT...: the run names the version that it needs and the server's; nothing is
# written
refused() {
	local needed=$1
	shift
	before=$(versions)
	run "$@"
	ended 10 && tr -s ' \n' '  ' <"$tmp/out" >"$tmp/said" && cat "$tmp/err" >>"$tmp/said" &&
		says "$tmp/said" "needs Kubernetes $needed, and this server is $server" && says "$tmp/said" '--exclude' && nothing_is_written
}

# reads_all: prints what calicoctl would read of every kind
reads_all() {
	run check --for readable -o json
	ended 0 && holds '.ok'
}

status_is() {
	run status -o json
	ended 0 && printf '%s' "$1" >"$tmp/wanted" && holds ".sets.$2.release.newest == \"$1\""
}

[ -z "${KUBERNETES-}" ] ||
	claim "server_has_the_version_that_was_asked_for" test "$(kubectl version -o json | jq -r .serverVersion.gitVersion)" = "v$KUBERNETES"
run install v3.29.7
claim "oldest_minor_with_support_installs" ended 0
claim "all_are_established" all_established
claim "installed_again_writes_nothing" again v3.29.7
kubectl create -f tests/cluster/fixtures/objects.yaml >"$tmp/log"
kubectl patch felixconfigurations.crd.projectcalico.org default --type merge -p '{"spec": {"usageReportingEnabled": false}}' >"$tmp/log"
objects >"$tmp/created"

run install v3.31.7
claim "upgrade_with_objects" ended 0
objects >"$tmp/now"
claim "upgrade_keeps_the_objects" cmp "$tmp/created" "$tmp/now"
claim "status_names_the_release_after_the_upgrade" status_is v3.31.7 crds
claim "every_kind_is_read_after_the_upgrade" reads_all

newest=v3.31.7
if [ "$minor" -lt 31 ]; then
	claim "release_for_newer_servers_is_refused" refused 1.31 install v3.32.1
	claim "plan_says_so_as_well" refused 1.31 plan v3.32.1
	run install v3.32.1 --exclude clusternetworkpolicies.policy.networking.k8s.io
	claim "release_without_the_refused_crd_installs" ended 0
else
	newest=v3.32.1
	run install v3.32.1
	claim "upgrade_to_the_newest_release" ended 0
	claim "status_names_the_newest_release" status_is v3.32.1 crds
	claim "every_kind_is_read_in_the_newest_release" reads_all
fi
objects >"$tmp/now"
claim "newest_release_keeps_the_objects" cmp "$tmp/created" "$tmp/now"
run get ippools
claim "pools_are_listed_as_calicoctl_does" printed '^default-ipv4-ippool *10.244.0.0/16 *all() *$'

# A value that the next release refuses: this server does what the plan predicts.
foretold() {
	kubectl create -f - >"$tmp/log" <<-'YAML' || return 1
		apiVersion: crd.projectcalico.org/v1
		kind: FelixConfiguration
		metadata: {name: node.lost}
		spec: {bpfConnectTimeLoadBalancing: Disabled}
	YAML
	run plan v3.24.0 --allow-downgrade -o json
	ended 10 && holds '.objects[] | select(.field == "spec.bpfConnectTimeLoadBalancing") |
		.class == "hidden" and .examples[0].object == "node.lost"' &&
		run install v3.24.0 --allow-downgrade --accept-loss --no-backup &&
		[ -z "$(kubectl get felixconfigurations.crd.projectcalico.org node.lost -o jsonpath='{.spec.bpfConnectTimeLoadBalancing}')" ]
}

saved_and_restored() {
	run backup "$tmp/saved.tar.gz" && ended 0 || return 1
	kubectl delete ippools.crd.projectcalico.org --all >"$tmp/log"
	run restore "$tmp/saved.tar.gz" && ended 0 || return 1
	kubectl get ippools.crd.projectcalico.org -o json | jq -S '[.items[].spec]' >"$tmp/restored"
	cmp "$tmp/pools" "$tmp/restored"
}
kubectl get ippools.crd.projectcalico.org -o json | jq -S '[.items[].spec]' >"$tmp/pools"
claim "saved_objects_are_restored" saved_and_restored
claim "loss_of_a_downgrade_is_foretold" foretold

run install "$newest" --set operator --allow-downgrade --accept-loss --no-backup
claim "operators_set_installs" ended 0
claim "operators_set_again_writes_nothing" again "$newest"
stop_cluster

start_cluster
if [ "$minor" -lt 31 ]; then
	claim "v3_set_for_newer_servers_is_refused" refused 1.31 install v3.32.1 --set v3
else
	without=
	if [ "$minor" -lt 36 ]; then
		before=$(versions)
		run install v3.32.1 --set v3
		claim "v3_set_without_its_policies_in_effect_is_blocked" ended 10 '--without-policies'
		claim "blocked_v3_set_writes_nothing" nothing_is_written
		without=--without-policies
	fi
	run install v3.32.1 --set v3 ${without:+"$without"}
	claim "v3_set_installs" ended 0
	claim "v3_set_again_writes_nothing" again v3.32.1 ${without:+"$without"}
	claim "v3_set_is_read" reads_all
fi
stop_cluster

# A release that is not published yet, from upstream's files.
next=$SHARED/calico/v3.33-dev.tar.xz
if [ -f "$next" ]; then
	tar -xJf "$next" -C "$tmp"
	start_cluster
	run install v3.31.7
	kubectl create -f tests/cluster/fixtures/objects.yaml >"$tmp/log"
	objects >"$tmp/created"
	if [ "$minor" -lt 32 ]; then
		claim "next_release_is_refused_by_its_file" refused 1.32 install -f "$tmp/v3.33-dev/crds.yaml"
	else
		run install -f "$tmp/v3.33-dev/crds.yaml"
		claim "next_release_installs_from_its_file" ended 0
		objects >"$tmp/now"
		claim "next_release_keeps_the_objects" cmp "$tmp/created" "$tmp/now"
		claim "every_kind_is_read_in_the_next_release" reads_all
	fi
else
	skip next_release_installs_from_its_file "no $next"
fi
finish
