#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Manifests that must not be written. In every case kubectl creates a LIVE manifest, and the program
# refuses the whole WANTED one, including a CRD in it that has no fault.
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/cluster.sh

fixtures=tests/cluster/fixtures/blocked
start_cluster

# live CASE: creates the live CRDs and waits until the server has decided on their names
live() {
	kubectl create -f "$fixtures/$1.live.yaml" >"$tmp/log"
	kubectl wait --for='jsonpath={.status.conditions[?(@.type=="NamesAccepted")].status}' \
		--timeout=30s -f "$fixtures/$1.live.yaml" >"$tmp/log"
}

# settled: prints the versions of all CRDs, except one that the server itself still changes
settled() {
	versions | grep -v '^lamps.being-deleted'
}

# refuses CASE COMMAND PATTERN...: the command ends with 10 and gives reasons; nothing is written
refuses() {
	local case=$1 command=$2 before
	shift 2
	before=$(settled)
	run "$command" -f "$fixtures/$case.yaml" && ended 10 'nothing was written' 'blocked' || return 1
	printed '^blocked: 1 CRD must not be written' && said 'blocked (1): ' "$@" || return 1
	run "$command" -f "$fixtures/$case.yaml" -o json
	holds '.ok == false and .changed == false and .error.kind == "blocked" and .error.exitCode == 10 and
		.summary.blocked == 1 and .summary.toCreate == 1 and .summary.created == 0 and
		([.customResourceDefinitions[] | select(.action == "blocked").reasons | length > 0] == [true])' || return 1
	[ "$(settled)" = "$before" ] && return
	echo 'something was written' >&2
	return 1
}

# blocked CASE PATTERN...
blocked() {
	claim "$1_is_blocked" refuses "$1" install "${@:2}"
	claim "$1_is_blocked_for_plan" refuses "$1" plan "${@:2}"
}

for case in scope-changed kind-changed stored-version-dropped kind-taken short-name-taken \
	singular-taken conversion-webhook; do
	live "$case"
done
# Discovery lists accepted names a moment later.
eventually kubectl wait --for=condition=Established --timeout=30s -f "$fixtures/short-name-taken.live.yaml" \
	-f "$fixtures/kind-taken.live.yaml" -f "$fixtures/singular-taken.live.yaml" >"$tmp/log"
sleep 1

blocked scope-changed 'scope is Namespaced on the server and Cluster in the manifest'
blocked kind-changed 'kind is Lamp on the server and Lantern in the manifest'
blocked stored-version-dropped 'version v1alpha1, in which objects are stored, is not in the manifest'
blocked kind-taken 'its kind Lamp is already the kind of oldlamps.kind-taken.example.test'
blocked short-name-taken 'its short name "lp" is already a name of oldlamps.short-name-taken.example.test'
blocked singular-taken 'its singular "lamp" is already a name of oldlamps.singular-taken.example.test'
blocked conversion-webhook 'has a conversion webhook on the server and none in the manifest'

# A CRD whose names were taken already: the CRD exists and is never served.
kubectl create -f "$fixtures/names-not-accepted.first.yaml" >"$tmp/log"
eventually kubectl wait --for=condition=Established --timeout=30s \
	-f "$fixtures/names-not-accepted.first.yaml" >"$tmp/log"
live names-not-accepted
blocked names-not-accepted 'the server does not accept its names: .*already in use'

# Two CRDs of one manifest can have the same name.
clash_of_two() {
	run install -f "$fixtures/clash-of-two.yaml" && ended 10 'already the kind of'
}
claim "two_crds_of_one_manifest_that_clash_are_blocked" clash_of_two

# A CRD that serves no version is not in discovery, but still has its names. The program sees the
# clash only after the create. It then ends the wait at once, not at the deadline.
clash_unseen() {
	run install -f "$fixtures/clash-unseen.yaml" --timeout 50s
	ended 9 'does not accept its names'
}
live clash-unseen
claim "a_clash_that_discovery_does_not_show_ends_in_a_conflict" clash_unseen

live being-deleted
kubectl delete --wait=false -f "$fixtures/being-deleted.live.yaml" >"$tmp/log"
blocked being-deleted 'is being deleted since 20.*, held by the finalizers .*example.test/hold'
kubectl patch crd lamps.being-deleted.example.test --type=merge \
	-p '{"metadata": {"finalizers": null}}' >"$tmp/log"

# One blocked CRD blocks a whole release.
whole_release() {
	kubectl create -f "$fixtures/release.live.yaml" >"$tmp/log" || return 1
	eventually kubectl wait --for=condition=Established --timeout=30s -f "$fixtures/release.live.yaml" >"$tmp/log"
	run install v3.29.1
	ended 10 'nothing was written: 1 of 20 CRDs are blocked, the first ippools.crd.projectcalico.org: scope' &&
		printed '^create (19): ' '^blocked (1): ippools$' &&
		[ "$(kubectl get crd -o name | grep -c projectcalico)" = 1 ]
}
claim "one_blocked_crd_blocks_a_whole_release" whole_release
run install v3.29.1 --exclude ippools
claim "without_the_blocked_crd_the_rest_is_installed" lines 19 "^$crd/.* created\$"

finish
