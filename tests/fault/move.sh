#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A move, and the giving up of a move, broken at one exchange with the API server or etcd: the
# request never arrives; the server carries it out and the answer is lost; the program is killed
# while it waits. The next run always reaches the state of an undisturbed run. EVERY=1 breaks each
# exchange.
# shellcheck disable=SC2317 # claim calls the functions
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/cluster.sh
. tests/lib/fault.sh
. tests/lib/fault-cluster.sh
. tests/lib/etcd.sh
. tests/lib/move.sh

every=${EVERY-0} # 0: some exchanges, spread over the whole run
export DATASTORE_TYPE=kubernetes
start_upstream
direct=$KUBECONFIG
start_etcd http
export ETCD_ENDPOINTS=$etcd_url
DATASTORE_TYPE=etcdv3 source_of v3.32.1 >"$tmp/log" || exit
prepare_target >"$tmp/log"
run install v3.32.1 -q # giving up a move then takes less time
stored >"$tmp/empty"
move --backup "$tmp/first.tar.gz"
ended 0
stored >"$tmp/moved"
move --backup "$tmp/first.tar.gz" --abort
ended 0
source_keys >"$tmp/source"

round=0
# breaks SIDE N ACTION ARGUMENT...: runs a move, with ACTION at its N-th exchange with this side;
# false when there are fewer
breaks() {
	local side=$1 n=$2 action=$3 to=$direct pid
	shift 3
	if [ "$side" = api ]; then
		between <<<"nth $n $action"
		to=$tmp/kubeconfig
	else
		start_server - --upstream "$etcd_url" <<<"nth $n $action"
		ETCD_ENDPOINTS=http://127.0.0.1:$server_port
	fi
	DATASTORE_TYPE=etcdv3 "$program" move --to "$to" "$@" >"$tmp/out" 2>"$tmp/err" &
	pid=$!
	alive[$pid]=1
	ETCD_ENDPOINTS=$etcd_url
	until ! kill -0 "$pid" 2>/dev/null || { [ "$action" = stall ] && grep -q ' stall' "$server_log"; }; do
		sleep 0.01
	done
	[ "$action" != stall ] || kill -KILL "$pid" 2>/dev/null || true
	end_process "$pid"
	stop_server
	grep -q -e ' reset' -e ' dropped' -e ' stall' "$server_log"
}

goes_on() {
	move --backup "$backup"
	ended 0 && printed '^# proven: ' && stored | diff - "$tmp/moved"
}

gives_up() {
	move --backup "$backup" --abort
	if [ ! -e "$backup.state" ]; then
		ended 2 || return
	else
		ended 0 || return
	fi
	stored | diff - "$tmp/empty" && source_keys | cmp - "$tmp/source"
}

# try SIDE STRIDE: breaks moves. After every second break the move goes on and is then given up;
# after the others it is given up at once.
try() {
	local side=$1 stride=$2 action n name
	[ "$every" = 0 ] || stride=1
	for action in 'reset before-answer' pass-then-drop stall; do
		name=${side}_${action// /_}
		for ((n = 1 + (round % stride); n < 2000; n += stride)); do
			backup=$tmp/move-$((++round)).tar.gz
			breaks "$side" "$n" "$action" --backup "$backup" || break
			[ $((round % 2)) = 0 ] || claim "${name}_at_exchange_${n}_goes_on" goes_on
			claim "${name}_at_exchange_${n}_can_be_given_up" gives_up
		done
		claim "${name}_was_tried" test "$n" -gt 10
		gives_up >"$tmp/log" 2>&1 || true
	done
}

try_abort() {
	local side=$1 stride=$2 n
	[ "$every" = 0 ] || stride=1
	for ((n = 1; n < 2000; n += stride)); do
		backup=$tmp/move-$((++round)).tar.gz
		move --backup "$backup"
		breaks "$side" "$n" stall --backup "$backup" --abort || break
		claim "${side}_abort_killed_at_exchange_${n}_converges" gives_up
	done
	claim "${side}_abort_was_tried" test "$n" -gt 1
}

try api 151
try etcd 53
try_abort api 71
try_abort etcd 19

# The server has carried out an unlock whose answer is lost.
finishes() {
	backup=$tmp/last.tar.gz
	move --backup "$backup"
	ended 0 || return
	between <<-SCRIPT
		on PUT /apis/crd.projectcalico.org/v1/clusterinformations/default
		pass-then-drop
	SCRIPT
	KUBECONFIG=$tmp/kubeconfig move --backup "$backup" --finish
	stop_server
	move --backup "$backup" --finish
	ended 0 && [ "$(ready_in_target)" = true ] && [ "$(ready_in_etcd)" = false ]
}
claim 'finish_whose_answer_is_lost_is_finished' finishes

finish
