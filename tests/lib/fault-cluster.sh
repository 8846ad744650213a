# shellcheck shell=bash disable=SC2034,SC2154 # variables of the files around it
# SPDX-License-Identifier: Apache-2.0
# Sourced after fault.sh and cluster.sh: a fault-server between the program and a real API server.

# start_upstream: the API server. A client certificate would end at the fault-server, so the
# program gets the token of a service account, which is passed on.
start_upstream() {
	start_cluster
	user fault cluster-admin
	upstream_config=$(kubectl config view --raw --minify --flatten -o json)
	jq -r '.clusters[0].cluster."certificate-authority-data"' <<<"$upstream_config" |
		base64 -d >"$tmp/upstream-ca.crt"
	upstream=$(jq -r '.clusters[0].cluster.server' <<<"$upstream_config")
	upstream_token=$(jq -r '.users[0].user.token' "$tmp/fault.kubeconfig")
}

# between <SCRIPT: what no rule says is passed on to the API server
between() {
	start_server server --upstream "$upstream" --upstream-ca "$tmp/upstream-ca.crt"
	write_kubeconfig ca '' "$upstream_token"
}

# broken N ACTION COMMAND...: one run whose N-th exchange meets this action; false once N is too many
broken() {
	between <<<"nth $1 $2"
	met "${@:3}"
	grep -q -e ' reset' -e ' dropped' "$server_log"
}

# killed N COMMAND...: the same, but killed with its N-th exchange under way
killed() {
	local pid
	between <<<"nth $1 stall"
	"${run_under[@]}" "$program" "${reach[@]}" "${@:2}" >"$tmp/out" 2>"$tmp/err" &
	pid=$!
	alive[$pid]=1
	until grep -q ' stall' "$server_log" || ! kill -0 "$pid" 2>/dev/null; do
		sleep 0.01
	done
	kill -KILL "$pid" 2>/dev/null || true
	end_process "$pid"
	grep -q ' stall' "$server_log"
}

# survived: the run itself came through
survived() {
	ended 0 && return
	grep -e ' reset' -e ' dropped' "$server_log" >&2
	return 1
}

# How at_every_exchange breaks one: the request never arrives; it is carried out and the answer is
# lost; the program is killed while it waits.
ways=('reset before-answer' 'pass-then-drop' killed)

# at_every_exchange WAY MOST START COMMAND...: the command, broken at its N-th exchange, for every N
# that it has; more than MOST are a defect of its own. "START WAY N" makes where each round begins;
# converges, which the suite has, judges what the runs after it do.
at_every_exchange() {
	local way=$1 most=$2 start=$3 name=${1//[ -]/_} n
	shift 3
	for ((n = 1; n <= most; n++)); do
		"$start" "$way" "$n"
		if [ "$way" = killed ]; then
			killed "$n" "$@" || break
		else
			broken "$n" "$way" "$@" || break
			claim "${name}_at_exchange_${n}_is_survived" survived
		fi
		claim "${name}_at_exchange_${n}_converges" converges
		stop_server
	done
	claim "${name}_was_tried_at_every_exchange" test "$n" -gt 10 -a "$n" -le "$most"
	stop_server
}
