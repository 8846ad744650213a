# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Sourced by run: temporary API servers, near (loopback) and far (behind delay-proxy). KUBECONFIG,
# $server, $token and the file ca are those of the server that was started or chosen last.
# shellcheck disable=SC2154 # what run sets

tools=$(scripts/control-plane tools)
servers=()
proxy_pid=

# kubectl: runs with a discovery cache that belongs to one server
kubectl() {
	"$tools/kubectl" --cache-dir "$KUBECONFIG.cache" "$@"
}

# config JSONPATH: prints a value of the kubeconfig
config() {
	kubectl config view --raw --minify --flatten -o "jsonpath=$1"
}

# use KUBECONFIG
use() {
	export KUBECONFIG=$1
	server=$(config '{.clusters[0].cluster.server}')
}

server_up() {
	local dir=$tmp/server-$((${#servers[@]} + 1))
	servers+=("$dir")
	must scripts/control-plane up "$dir"
	use "$(scripts/control-plane kubeconfig "$dir")"
	config '{.clusters[0].cluster.certificate-authority-data}' | base64 -d >"$tmp/ca"
	# shellcheck disable=SC2034 # for floor.sh
	token=$(config '{.users[0].user.token}')
	# A server that reports ready still works on its start for a moment.
	sleep 0.5
}

server_down() {
	far_down
	must scripts/control-plane down "${servers[-1]}"
	unset "servers[-1]"
	servers+=('')
}

# far: puts the same server behind a delay of BENCH_DELAY ms in each direction
far() {
	local near=$KUBECONFIG
	rm -f "$tmp/proxy.port"
	"$BUILD/tests/delay-proxy" --to "${server#https://}" --delay-ms "$BENCH_DELAY" \
		--port-file "$tmp/proxy.port" --count-file "$tmp/proxy.count" &
	proxy_pid=$!
	while [ ! -s "$tmp/proxy.port" ]; do
		kill -0 "$proxy_pid" || die 'delay-proxy does not start'
		sleep 0.02
	done
	kubectl config view --raw --minify --flatten -o json |
		jq --arg server "https://127.0.0.1:$(cat "$tmp/proxy.port")" \
			'.clusters[0].cluster.server = $server' >"$near.far"
	use "$near.far"
}

far_down() {
	[ -n "$proxy_pid" ] || return 0
	kill "$proxy_pid" 2>/dev/null || true
	wait "$proxy_pid" 2>/dev/null || true
	proxy_pid=
}

# Ends the processes that still run at the end of the bench.
servers_down() {
	local dir
	far_down
	for dir in "${servers[@]}"; do
		[ -z "$dir" ] || scripts/control-plane down "$dir" >&2 || true
	done
}

# store PREFIX <ARRAY: writes objects directly into the last server's etcd, because the API server
# takes minutes to create that many
store() {
	local etcd txn
	etcd=$(<"${servers[-1]}/etcd.url")
	mkdir "$tmp/store"
	jq -c --arg prefix "$1" '_nwise(100) | {success: map({requestPut: {
		key: ("\($prefix)/\(.metadata.name)" | @base64), value: (tojson | @base64)}})}' |
		split --lines=1 --suffix-length=5 -d - "$tmp/store/txn."
	for txn in "$tmp"/store/txn.*; do
		printf 'url = "%s/v3/kv/txn"\noutput = /dev/null\nfail\ndata-binary = @%s\nnext\n' "$etcd" "$txn"
	done | sed '$d' >"$tmp/store/puts"
	must together "$tmp/store/puts"
	rm -rf "$tmp/store"
}
