# shellcheck shell=bash disable=SC2034,SC2154 # variables of the files around it
# SPDX-License-Identifier: Apache-2.0
# Sourced after fault.sh and cluster.sh: puts a fault-server between the program and a real API
# server.

# start_upstream: starts the API server. The fault-server passes on a token, but cannot pass on a
# client certificate. So the program uses the token of a service account.
start_upstream() {
	start_cluster
	user fault cluster-admin
	upstream_config=$(kubectl config view --raw --minify --flatten -o json)
	jq -r '.clusters[0].cluster."certificate-authority-data"' <<<"$upstream_config" |
		base64 -d >"$tmp/upstream-ca.crt"
	upstream=$(jq -r '.clusters[0].cluster.server' <<<"$upstream_config")
	upstream_token=$(jq -r '.users[0].user.token' "$tmp/fault.kubeconfig")
}

# between <SCRIPT: requests that no rule names go to the API server
between() {
	start_server server --upstream "$upstream" --upstream-ca "$tmp/upstream-ca.crt"
	write_kubeconfig ca '' "$upstream_token"
}

# broken N ACTION COMMAND...: runs once, with ACTION at the N-th exchange; false when there are
# fewer
broken() {
	between <<<"nth $1 $2"
	met "${@:3}"
	grep -q -e ' reset' -e ' dropped' "$server_log"
}

# killed N COMMAND...: the same, but kills the program during its N-th exchange
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

# survived: the broken run itself succeeded
survived() {
	ended 0 && return
	grep -e ' reset' -e ' dropped' "$server_log" >&2
	return 1
}

# How at_every_exchange breaks an exchange: the request never arrives; or the server carries it out
# and the answer is lost; or the program is killed while it waits.
ways=('reset before-answer' 'pass-then-drop' killed)

# at_every_exchange WAY MOST START COMMAND...: runs the command once for each of its exchanges, and
# breaks the N-th exchange in run N. More than MOST exchanges are a failure. "START WAY N" prepares
# each round. The suite's function converges judges the runs after it.
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
