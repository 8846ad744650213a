#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Others edit the CRDs with kubectl during an upgrade. Their metadata stays; the spec becomes that
# of the release. A write of the upgrade is held until the edit is done, so the conflict is at
# exactly that place. Then edits and upgrade race without any order.
# shellcheck disable=SC2317 # claim calls the functions
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/cluster.sh
. tests/lib/fault.sh
. tests/lib/fault-cluster.sh

start_upstream
server_pid=0

api=/apis/apiextensions.k8s.io/v1/customresourcedefinitions
pools=ippools.crd.projectcalico.org
bgp=bgpconfigurations.crd.projectcalico.org
write="$api/${pools}[?]fieldManager=calico-datastore"
dry="$api/${pools}[?]*dryRun=All*"
flags=(--allow-downgrade --accept-loss --no-backup)

# held PATTERN TIMES RELEASE EDIT...: runs an install; TIMES matching requests each wait until EDIT
# has ended. Sets status.
held() {
	local times=$2 release=$3 pid n
	rm -f "$tmp/go-on"
	stop_server
	between <<-SCRIPT
		on $1
		times $times
		hold $tmp/go-on
		pass
	SCRIPT
	shift 3
	timeout -s KILL 60 "$program" --kubeconfig "$tmp/kubeconfig" install "$release" "${flags[@]}" \
		-o json >"$tmp/out" 2>"$tmp/err" &
	pid=$!
	alive[$pid]=1
	for ((n = 1; n <= times; n++)); do
		until [ "$(grep -c ' hold' "$server_log")" = "$n" ] || ! kill -0 "$pid" 2>/dev/null; do
			sleep 0.01
		done
		"$@" "$n" >"$tmp/log"
		touch "$tmp/go-on"
	done
	status=0
	wait "$pid" || status=$?
	unset "alive[$pid]"
}

# conflicts N: N of the held writes met a newer object
conflicts() {
	asked "^PUT $api/$pools.* 409 " "$1"
}

# in_place RELEASE: a plan of the release finds no difference
in_place() {
	run plan "$1" --allow-downgrade
	ended 0
}

metadata() {
	kubectl get crd "$pools" -o json | jq -e ".metadata | $1" >/dev/null
}

run install v3.29.1
claim "v3.29.1_is_the_start" ended 0
kubectl create -f tests/cluster/fixtures/objects.yaml >"$tmp/log"
objects=$(versions ippools)

# Labels, annotations, finalizers

mark() {
	kubectl annotate crd "$pools" "example.test/note-$1=by hand" &&
		kubectl label crd "$pools" "example.test/label-$1=yes" &&
		kubectl patch crd "$pools" --type merge \
			-p "{\"metadata\": {\"finalizers\": [\"example.test/hold-$1\"]}}"
}
marked='.annotations["example.test/note-1"] == "by hand" and .labels["example.test/label-1"] == "yes"
	and (.finalizers | index("example.test/hold-1"))'

held "PUT $write" 1 v3.30.7 mark
claim "edit_before_the_write_does_not_stop_the_upgrade" ended 0
claim "write_met_the_edit" conflicts 1
claim "write_is_done_once_more" holds ".customResourceDefinitions[] | select(.name == \"$pools\") | .outcome == \"configured\""
claim "labels_annotations_and_finalizers_set_before_the_write_stay" metadata "$marked"
claim "upgrade_around_the_edit_is_whole" in_place v3.30.7

kubectl patch crd "$pools" --type merge -p '{"metadata": {"finalizers": null,
	"annotations": {"example.test/note-1": null}, "labels": {"example.test/label-1": null}}}' >"$tmp/log"
held "PUT $dry" 1 v3.31.7 mark
claim "edit_before_the_dry_run_does_not_stop_the_upgrade" ended 0
claim "dry_run_met_the_edit" conflicts 1
claim "labels_annotations_and_finalizers_set_before_the_dry_run_stay" metadata "$marked"
claim "upgrade_around_the_edit_of_its_dry_run_is_whole" in_place v3.31.7

unmark() {
	kubectl patch crd "$pools" --type merge -p '{"metadata": {"finalizers": null,
		"annotations": {"example.test/note-1": null}, "labels": {"example.test/label-1": null}}}'
}
held "PUT $write" 1 v3.29.1 unmark
claim "removal_before_the_write_does_not_stop_the_downgrade" ended 0
claim "write_met_the_removal" conflicts 1
claim "what_was_removed_is_not_brought_back" metadata '(.annotations // {} | has("example.test/note-1") | not)
	and (.labels | has("example.test/label-1") | not) and (has("finalizers") | not)'

# The spec

other_spec() {
	kubectl patch crd "$pools" --type json -p '[
		{"op": "add", "path": "/spec/names/shortNames", "value": ["pool"]},
		{"op": "remove", "path": "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/cidr"}]'
}
held "PUT $write" 1 v3.30.7 other_spec
claim "edit_of_the_spec_does_not_stop_the_upgrade" ended 0
# After an edit of names the server also writes the status, so there is one more conflict, or none.
claim "write_met_the_edit_of_the_spec" grep -q "^PUT $api/$pools.* 409 " "$server_log"
claim "spec_is_the_release's_whoever_edited_it" in_place v3.30.7

# Another run does the same upgrade, or another upgrade, in between.

# install_too: waits until all other writes are done, so the order is always the same
install_too() {
	local i
	for ((i = 0; i < 1000; i++)); do
		[ "$(grep -c '^PUT .*fieldManager=calico-datastore 200' "$server_log")" != "$others" ] || break
		sleep 0.01
	done
	"$program" install v3.31.7 "${flags[@]}" 2>&1
}
# writes_beside_one RELEASE: prints the number of writes of an upgrade, without the held one
writes_beside_one() {
	"$program" plan "$1" "${flags[@]:0:2}" -o json 2>/dev/null | jq '.summary.toCreate + .summary.toUpdate - 1'
}
others=$(writes_beside_one v3.31.7)
held "PUT $write" 1 v3.31.7 install_too
claim "upgrade_that_another_one_overtook_is_a_success" ended 0
claim "what_the_other_one_did_is_not_claimed" holds \
	".customResourceDefinitions[] | select(.name == \"$pools\") | .outcome == \"unchanged\""
claim "overtaken_upgrade_leaves_nothing_to_do" in_place v3.31.7
others=$(writes_beside_one v3.30.7)
held "PUT $write" 1 v3.30.7 install_too
claim "downgrade_that_another_run_crossed_goes_on" ended 0
claim "crossed_downgrade_is_one_release" in_place v3.30.7
# Without --allow-downgrade, the run does not take back what the other run wrote.
allowed=("${flags[@]}")
run install v3.29.1 "${allowed[@]}"
claim "v3.29.1_is_there_again" ended 0
others=$(writes_beside_one v3.31.7)
flags=(--accept-loss --no-backup)
newer_too() {
	"$program" install v3.31.7 --accept-loss --no-backup 2>&1
}
held "PUT $write" 1 v3.30.7 newer_too
stopped() {
	{ [ "$status" = 9 ] || [ "$status" = 10 ]; } && says "$tmp/err" 'is a downgrade'
}
claim "upgrade_that_a_newer_one_overtook_stops" stopped
flags=("${allowed[@]}")
run install v3.31.7 --accept-loss --no-backup
claim "newer_release_is_in_place" in_place v3.31.7
run install v3.30.7 "${flags[@]}"
claim "older_release_is_back" in_place v3.30.7

# Two runs at once, both with --allow-downgrade: the CRDs of one release are left.
at_once() {
	local one two
	run install v3.29.1 "${flags[@]}"
	"$program" install v3.31.7 "${flags[@]}" -q >"$tmp/one" 2>&1 &
	one=$!
	"$program" install v3.30.7 "${flags[@]}" -q >"$tmp/two" 2>&1 &
	two=$!
	wait "$one" || echo "v3.31.7: $?"
	wait "$two" || echo "v3.30.7: $?"
	run status -o json
	holds '.asReleased and ([.customResourceDefinitions[].state] | all(. == "released"))'
}
for i in 1 2 3; do
	claim "two_releases_at_once_leave_one ($i)" at_once
done
run install v3.30.7 "${flags[@]}"
claim "v3.30.7_is_back" ended 0

# CRDs deleted during the upgrade

remove() {
	kubectl delete crd "$bgp"
}
claim "bgpconfigurations_have_no_objects" test -z "$(versions "$bgp")"
write="$api/${bgp}[?]fieldManager=calico-datastore"
held "PUT $write" 1 v3.29.1 remove
claim "crd_that_somebody_deleted_does_not_stop_the_downgrade" ended 0
claim "crd_that_somebody_deleted_is_created" holds \
	".customResourceDefinitions[] | select(.name == \"$bgp\") | .outcome == \"created\""
claim "downgrade_around_the_deletion_is_whole" in_place v3.29.1

# A client that never stops editing

write="$api/${pools}[?]fieldManager=calico-datastore"
again() {
	kubectl annotate --overwrite crd "$pools" "example.test/turn=$1"
}
held "PUT $write" 3 v3.30.7 again
claim "three_conflicts_in_a_row_are_survived" ended 0
claim "they_were_three" conflicts 3
claim "last_of_the_three_edits_stays" metadata '.annotations["example.test/turn"] == "3"'
held "PUT $write" 8 v3.29.1 again
claim "eight_are_a_reason_to_ask_who_that_is" ended 9 'changed by someone else each of the 8 times' "$pools"
claim "last_of_the_eight_edits_stays" metadata '.annotations["example.test/turn"] == "8"'
run install v3.29.1 "${flags[@]}"
claim "next_run_ends_what_they_stopped" ended 0

# Objects created during the upgrade, which do not fit the release

peers=/apis/crd.projectcalico.org/v1/bgppeers
contrary() {
	kubectl create -f - <<-YAML
		{apiVersion: crd.projectcalico.org/v1, kind: BGPPeer, metadata: {name: contrary}, spec: {node: a, nodeSelector: all(), asNumber: 64512, peerIP: 192.0.2.1}}
	YAML
}
stop_server
between <<<''
met install v3.31.7 "${flags[@]}"
claim "v3.31.7_is_the_start" ended 0
flags=(--backup "$tmp/kept.tar.gz")
before=$(versions)
held "GET ${peers}[?]*resourceVersionMatch=Exact*" 1 v3.32.1 contrary
came_during_backup() {
	ended 10 'nothing was written: 1 of 23 CRDs are blocked, the first bgppeers' && [ "$(versions)" = "$before" ] &&
		holds '.objectsNeedYou == 1 and .objects[0].examples[0].object == "contrary"'
}
claim "object_that_comes_during_the_backup_blocks" came_during_backup
kubectl delete bgppeers contrary >"$tmp/log"
flags=(--no-backup)
held "PUT $api/bgppeers.crd.projectcalico.org[?]fieldManager=calico-datastore" 1 v3.32.1 contrary
came_during_the_write() {
	ended 9 'the CRDs were written, and 1 objects that were created or changed meanwhile need you, such as contrary of bgppeers'
}
claim "object_that_comes_during_the_write_is_no_success" came_during_the_write
kubectl delete bgppeers contrary >"$tmp/log"
run install v3.29.1 --allow-downgrade --accept-loss --no-backup
claim "v3.29.1_is_back" ended 0
flags=(--allow-downgrade --accept-loss --no-backup)

# A race: a client edits labels and annotations all the time while the release changes back and
# forth

stop_server
between <<<''
race=$tmp/race
mkdir "$race"

# edits N: writes "NAME FIELD KEY" for each edit that kubectl reports as done
edits() {
	local turn=0 name
	while [ ! -e "$race/over" ]; do
		for name in "$pools" "$bgp" bgppeers.crd.projectcalico.org felixconfigurations.crd.projectcalico.org; do
			turn=$((turn + 1))
			if kubectl annotate crd "$name" "example.test/edit-$1-$turn=yes" >/dev/null 2>&1; then
				echo "$name annotations example.test/edit-$1-$turn"
			fi
			if kubectl label crd "$name" "example.test/edit-$1-$turn=yes" >/dev/null 2>&1; then
				echo "$name labels example.test/edit-$1-$turn"
			fi
		done
	done >"$race/done-$1"
}

editors=()
for i in 1 2; do
	edits "$i" &
	editors+=("$!")
	alive[$!]=1
done
codes=
at=$SECONDS
while [ $((SECONDS - at)) -lt 8 ]; do
	for release in v3.30.7 v3.29.1; do
		met install "$release" "${flags[@]}"
		codes="$codes$status "
		[ "$status" = 0 ] || cat "$tmp/err" >&2
	done
done
touch "$race/over"
for pid in "${editors[@]}"; do
	wait "$pid"
	unset "alive[$pid]"
done
claim "every_install_among_the_edits_is_exit_0" test -z "${codes//0 /}"
sort "$race"/done-* >"$race/done"
kubectl get crd -o json | jq -r '.items[].metadata | .name as $name
	| (.annotations // {} | keys[] | "\($name) annotations \(.)"), (.labels // {} | keys[] | "\($name) labels \(.)")' |
	grep 'example.test/edit-' | sort >"$race/there"
claim "kubectl_made_edits_all_along" test "$(wc -l <"$race/done")" -ge 8
claim "no_edit_that_kubectl_made_is_lost" test -z "$(comm -23 "$race/done" "$race/there")"
claim "last_release_is_in_place_after_the_race" in_place v3.29.1
claim "pools_were_never_written" test "$(versions ippools)" = "$objects"
echo "edits: $(wc -l <"$race/done") edits among $(wc -w <<<"$codes") installs," \
	"$(grep -c '^PUT .* 409 ' "$server_log") conflicts"

finish
