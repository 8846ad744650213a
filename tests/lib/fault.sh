# shellcheck shell=bash disable=SC2034,SC2154 # variables of the files around it
# SPDX-License-Identifier: Apache-2.0
# Sourced after run.sh by the fault suites: scripted servers, a kubeconfig for one of them, and
# checks of a run against it.

fault_server=${BUILD:-build}/tests/fault-server
certs=$tmp/certs
tests/lib/certs "$certs"
token=a-token-that-nobody-may-see
run_under=() # a command that starts the program
reach=(--kubeconfig "$tmp/kubeconfig") # how the program finds the server
servers=0
declare -A alive=() # by process id: processes that still have to be ended

end_all() {
	local pid
	for pid in "${!alive[@]}"; do
		end_process "$pid"
	done
}
at_exit end_all

# end_process PID: ends a child of this shell that is in alive; it may be stopped or ended already
end_process() {
	[ -n "${alive[$1]-}" ] || return 0
	unset "alive[$1]"
	# This order matters: a leak check at the end stops the process, and SIGCONT would undo that
	# stop.
	kill -CONT "$1" 2>/dev/null || true
	kill "$1" 2>/dev/null || true
	wait "$1" 2>/dev/null || true
}

# start_server CERT [OPTION...] <SCRIPT: sets server_pid, server_port, server_log. CERT is a name
# under $certs; - means plain HTTP.
start_server() {
	local cert=$1 base=$tmp/server-$((++servers)) tls=() i
	shift
	[ "$cert" = - ] || tls=(--cert "$certs/$cert.crt" --key "$certs/$cert.key")
	cat >"$base.script"
	"$fault_server" --script "$base.script" --port-file "$base.port" --log "$base.log" \
		--lifetime 900 "${tls[@]}" "$@" &
	server_pid=$!
	alive[$server_pid]=1
	server_log=$base.log
	eventually test -s "$base.port"
	server_port=$(cat "$base.port")
}

stop_server() {
	end_process "$server_pid"
}

# write_kubeconfig CA [SERVER [TOKEN]]: CA is a name under $certs
write_kubeconfig() {
	cat >"$tmp/kubeconfig" <<-KUBECONFIG
		apiVersion: v1
		kind: Config
		current-context: fault
		contexts:
		- name: fault
		  context: {cluster: fault, user: fault}
		clusters:
		- name: fault
		  cluster:
		    server: ${2:-https://127.0.0.1:$server_port}
		    certificate-authority: $certs/$1.crt
		users:
		- name: fault
		  user: {token: ${3:-$token}}
	KUBECONFIG
}

# serve <SCRIPT: starts a good server and writes a kubeconfig for it
serve() {
	start_server server
	write_kubeconfig ca
}

# met ARGUMENT...: run (of run.sh) with that kubeconfig; also sets milliseconds
met() {
	local start=${EPOCHREALTIME/./}
	status=0
	timeout -s KILL 40 "${run_under[@]}" "$program" "${reach[@]}" "$@" \
		>"$tmp/out" 2>"$tmp/err" || status=$?
	milliseconds=$(((${EPOCHREALTIME/./} - start) / 1000))
}

# hid_token: the last run shows the token on neither stream
hid_token() {
	says "$tmp/out" "!$token" && says "$tmp/err" "!$token"
}

# took MIN MAX: the last run took this many milliseconds
took() {
	[ "$milliseconds" -ge "$1" ] && [ "$milliseconds" -le "$2" ] && return
	echo "took $milliseconds ms, not $1 to $2" >&2
	return 1
}

# asked PATTERN COUNT: COUNT lines of the server's log match
asked() {
	local n
	n=$(grep -c -e "$1" "$server_log") || true
	[ "$n" = "$2" ] && return
	echo "the server saw $n requests like \"$1\", not $2:" >&2
	head -n 40 "$server_log" >&2
	return 1
}
