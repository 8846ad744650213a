# shellcheck shell=bash disable=SC2034,SC2154 # variables of shell.sh and of the suites
# SPDX-License-Identifier: Apache-2.0
# Sourced after run.sh: a real etcd for the suite, and what calicoctl wrote into one.

etcd_program=$(scripts/control-plane tools)/etcd
etcds=0
etcd_curl=() # options of every request

# start_etcd SCHEME [FLAG...]: starts etcd on a free port; sets etcd_url, etcd_pid and etcd_log
start_etcd() {
	local scheme=$1 dir=$tmp/etcd-$((++etcds)) port i attempt
	shift
	etcd_log=$dir.log
	for attempt in 1 2 3; do
		port=$((10000 + (RANDOM * 32768 + RANDOM) % 22000))
		etcd_url=$scheme://127.0.0.1:$port
		"$etcd_program" --data-dir "$dir" --unsafe-no-fsync --log-level warn \
			--listen-client-urls "$etcd_url" --advertise-client-urls "$etcd_url" \
			--listen-peer-urls "http://127.0.0.1:$((port + 1))" "$@" >"$etcd_log" 2>&1 &
		etcd_pid=$!
		at_exit_kill "$etcd_pid"
		for ((i = 0; i < 100; i++)); do
			kill -0 "$etcd_pid" 2>/dev/null || break
			if ask_etcd kv/range '{"key": "AA=="}' >/dev/null 2>&1; then
				return 0
			fi
			sleep 0.05
		done
	done
	echo "etcd did not start (attempt $attempt):" >&2
	tail -n 5 "$etcd_log" >&2
	return 1
}

# ask_etcd PATH BODY: prints the gateway's answer, whatever its status
ask_etcd() {
	curl -q -s --noproxy '*' --max-time 10 "${etcd_curl[@]}" "$etcd_url/v3/$1" -d "$2"
}

# put_key KEY VALUE
put_key() {
	ask_etcd kv/put "$(jq -cn --arg k "$1" --arg v "$2" '{key: ($k | @base64), value: ($v | @base64)}')"
}

delete_key() {
	ask_etcd kv/deleterange "$(jq -cn --arg k "$1" '{key: ($k | @base64)}')"
}

# load_recorded: writes the recorded keys in their original order, so every key gets its recorded
# revision
load_recorded() {
	local body
	jq -c '.kvs | sort_by(.mod_revision)[] | select(.mod_revision <= 38) |
		{key: (.key | @base64), value: (.value_raw | @base64)}' \
		"$SHARED/calicoctl/golden/etcd/keys.json" >"$tmp/keys"
	while read -r body; do
		ask_etcd kv/put "$body"
	done <"$tmp/keys" >"$tmp/loaded"
	[ "$(wc -l <"$tmp/keys")" = 37 ]
}

# put_pools N: writes ippools pool-00001 to pool-N, a hundred in each transaction
put_pools() {
	local at
	for ((at = 0; at < $1; at += 100)); do
		ask_etcd kv/txn "$(jq -cn --argjson at "$at" --argjson last "$1" '{success: [
			range($at; [$at + 100, $last] | min) | "pool-\(100001 + . | tostring | .[1:])" |
			{requestPut: {key: ("/calico/resources/v3/projectcalico.org/ippools/\(.)" | @base64),
			value: ({kind: "IPPool", apiVersion: "projectcalico.org/v3", metadata: {name: .},
			spec: {cidr: "10.0.0.0/16"}} | tojson | @base64)}}]}')" >>"$tmp/loaded"
	done
}

# add_user NAME PASSWORD [KEY END]: adds a user with a role that reads this range
add_user() {
	ask_etcd auth/user/add "$(jq -cn --arg n "$1" --arg p "$2" '{name: $n, password: $p}')" &&
		ask_etcd auth/role/add "{\"name\": \"$1\"}" &&
		ask_etcd auth/user/grant "{\"user\": \"$1\", \"role\": \"$1\"}" || return 1
	[ $# -lt 4 ] || ask_etcd auth/role/grant "$(jq -cn --arg n "$1" --arg k "$3" --arg e "$4" \
		'{name: $n, perm: {permType: "READ", key: ($k | @base64), range_end: ($e | @base64)}}')"
}
