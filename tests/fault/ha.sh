#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Several API servers on one etcd, as in a highly available control plane. What one server wrote,
# another server shows at once. Installs through two servers meet. One server is killed during an
# upgrade.
# shellcheck disable=SC2317 # claim calls the functions
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/cluster.sh
. tests/lib/fault.sh
. tests/lib/fault-cluster.sh

flags=(--allow-downgrade --accept-loss --no-backup)
crds=/apis/apiextensions.k8s.io/v1/customresourcedefinitions

# join NAME: starts one more API server; its kubeconfig is $tmp/NAME/kubeconfig
join() {
	at_exit scripts/control-plane down "$tmp/$1"
	scripts/control-plane join "$tmp/$1" "$cluster"
}

start_upstream
first=$KUBECONFIG
join second
second=$tmp/second/kubeconfig
claim "servers_are_two" test "$(kubectl config view --minify -o 'jsonpath={.clusters[0].cluster.server}')" != \
	"$(kubectl --kubeconfig "$second" config view --minify -o 'jsonpath={.clusters[0].cluster.server}')"

# One after the other

"$program" show v3.29.1 -o json >"$tmp/release.json"

# elsewhere N: creates ten CRDs through one server, and checks them at once through the other
elsewhere() {
	local group=round$1.example.test
	jq --arg group "$group" '.items |= (.[:10] | map(del(.metadata.annotations)
		| .spec.group = $group | .metadata.name = .spec.names.plural + "." + $group))' \
		"$tmp/release.json" >"$tmp/manifest.json"
	run install -f "$tmp/manifest.json" --kubeconfig "$first"
	ended 0 || return
	run check -f "$tmp/manifest.json" --kubeconfig "$second"
	ended 0 || return
	run install -f "$tmp/manifest.json" --kubeconfig "$second" -o json
	ended 0 && holds '.changed == false'
}
for n in 1 2 3 4; do
	claim "crds_created_through_one_are_read_through_the_other_${n}" elsewhere "$n"
done

run install v3.29.1
claim "v3.29.1_through_the_first" ended 0
run check v3.29.1 --kubeconfig "$second"
claim "v3.29.1_reads_through_the_second" ended 0
kubectl create -f tests/cluster/fixtures/objects.yaml >"$tmp/log"
objects=$(versions ippools)

# there_and_back: the other server shows each change at once
there_and_back() {
	local release=v3.30.7 config=$first other=$second last
	for _ in 1 2 3 4 5 6; do
		run install "$release" "${flags[@]}" --kubeconfig "$config"
		ended 0 || return
		run plan "$release" --kubeconfig "$other"
		ended 0 || return
		last=$config config=$other other=$last
		[ "$release" = v3.29.1 ] && release=v3.30.7 || release=v3.29.1
	done
}
claim "what_one_changed_the_other_has_no_plan_for" there_and_back

# At the same time

# both RELEASE RELEASE: runs one install through each server; exit codes in $codes
both() {
	local pid status=0
	timeout -s KILL 60 "$program" install "$1" "${flags[@]}" -o json --kubeconfig "$first" \
		>"$tmp/first.out" 2>"$tmp/first.err" &
	pid=$!
	timeout -s KILL 60 "$program" install "$2" "${flags[@]}" -o json --kubeconfig "$second" \
		>"$tmp/second.out" 2>"$tmp/second.err" || status=$?
	codes=0
	wait "$pid" || codes=$?
	codes="$codes $status"
}

is_at() {
	run plan "$1" --allow-downgrade "${@:2}"
	ended 0
}

both v3.31.7 v3.31.7
claim "two_installs_of_one_release_are_exit_0" test "$codes" = '0 0'
claim "two_installs_of_one_release_change_each_crd_once" test \
	"$(jq -s 'map(.customResourceDefinitions[] | select(.outcome == "configured" or .outcome == "created").name)
		| length == (unique | length)' "$tmp/first.out" "$tmp/second.out")" = true
claim "two_installs_of_one_release_converge" is_at v3.31.7

# honest: two runs that both report success never leave a mixture of two releases
honest() {
	cat "$tmp/first.err" "$tmp/second.err"
	case $codes in
	'0 0') is_at "$1" || is_at "$2" ;;
	'0 9' | '9 0' | '9 9') says <(cat "$tmp/first.err" "$tmp/second.err") 'changed by someone else' ;;
	*) return 1 ;;
	esac
}
seen=
for n in 1 2 3 4; do
	both v3.29.1 v3.30.7
	seen="$seen, $codes"
	claim "two_releases_at_once_do_not_both_claim_a_mixture_${n}" honest v3.29.1 v3.30.7
	run install v3.31.7 "${flags[@]}" --kubeconfig "$second"
	claim "install_after_two_at_once_converges_${n}" ended 0
	claim "install_after_two_at_once_left_nothing_to_do_${n}" is_at v3.31.7
done
echo "ha: exit codes of two releases at once: ${seen#, }"

# One of them dies

# dies REQUEST: upgrades through a third server, which is killed when such a request arrives
dies() {
	local pid port
	join third
	port=$(jq -rn --arg url "$(cat "$tmp/third/kube-apiserver.url")" '$url | split(":")[-1]')
	upstream=https://127.0.0.1:$port
	rm -f "$tmp/go-on"
	between 2>"$tmp/fault-server.err" <<-SCRIPT
		on $1
		times 1
		hold $tmp/go-on
		pass
	SCRIPT
	"$program" --kubeconfig "$tmp/kubeconfig" install v3.32.1 "${flags[@]}" --timeout 20s \
		>"$tmp/out" 2>"$tmp/err" &
	pid=$!
	alive[$pid]=1
	until grep -q ' hold' "$server_log" || ! kill -0 "$pid" 2>/dev/null; do
		sleep 0.01
	done
	kill -KILL "$(cat "$tmp/third/kube-apiserver.pid")"
	touch "$tmp/go-on"
	status=0
	wait "$pid" || status=$?
	unset "alive[$pid]"
	stop_server
	scripts/control-plane down "$tmp/third"
}

for request in "PUT $crds/*dryRun=All*" "PUT $crds/*[?]fieldManager=calico-datastore" 'GET /api/v1/nodes*'; do
	case $request in
	*dryRun*) name="dry_run" ;;
	PUT*) name="write" ;;
	*) name="read" ;;
	esac
	dies "$request"
	claim "server_that_dies_at_a_${name}_ends_the_run" ended 6 'the connection failed'
	run install v3.32.1 "${flags[@]}" --kubeconfig "$second"
	claim "run_through_another_server_converges_after_a_${name}" ended 0
	claim "nothing_is_left_to_do_after_a_${name}" is_at v3.32.1 --kubeconfig "$first"
	run install v3.29.1 "${flags[@]}" --kubeconfig "$first"
	claim "way_back_after_a_${name}_goes_through_the_first" ended 0
done

# others_go_on: an install through one server is not affected when another server is killed
others_go_on() {
	local pid
	join third
	"$program" install v3.32.1 "${flags[@]}" --kubeconfig "$second" >"$tmp/out" 2>"$tmp/err" &
	pid=$!
	kill -KILL "$(cat "$tmp/third/kube-apiserver.pid")"
	status=0
	wait "$pid" || status=$?
	ended 0 && is_at v3.32.1
}
claim "install_through_one_does_not_notice_that_another_dies" others_go_on
claim "no_object_was_written" test "$(versions ippools)" = "$objects"

finish
