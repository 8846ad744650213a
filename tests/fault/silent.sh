#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Servers that do not exist, or never answer.
# shellcheck disable=SC2317 # claim calls the functions
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/fault.sh

serve <<<'on GET *'
stop_server
met get ippools
claim "refused_connection_is_an_error_of_the_network" ended 6 "127.0.0.1:$server_port" 'running'
claim "refused_connection_is_not_waited_for" took 0 3000

write_kubeconfig ca https://calico-datastore-test.invalid:6443
met --timeout 10s get ippools
claim "unknown_host_is_an_error_of_the_network" ended 6 calico-datastore-test.invalid DNS

# A stopped server: its kernel accepts connections, but no process reads from them.
serve <<<'on GET *'
kill -STOP "$server_pid"
met --timeout 2s get ippools
claim "server_without_tls_handshake_ends_with_the_deadline" ended 124 --timeout
claim "server_without_tls_handshake_ends_in_time" took 1900 3500
kill -CONT "$server_pid"

serve <<'SCRIPT'
on * *
stall
SCRIPT
for command in 'plan v3.29.1' 'install v3.29.1' 'check v3.29.1' 'get ippools' 'get nodes'; do
	# shellcheck disable=SC2086
	met --timeout 2s $command
	claim "${command%% *}_on_a_stalled_server_ends_with_the_deadline ($command)" \
		ended 124 --timeout
	claim "${command%% *}_on_a_stalled_server_ends_in_time ($command)" took 1900 3500
done

serve <<'SCRIPT'
on * *
header Content-Type: application/json
body {"kind":"IPPoolList","apiVersion":"crd.projectcalico.org/v1","metadata":{},"items":[]}
slow 1
SCRIPT
met --timeout 2s get ippools
claim "one_byte_a_second_ends_with_the_deadline" ended 124 --timeout
claim "one_byte_a_second_ends_in_time" took 1900 3500

# A signal while the program waits.
serve <<'SCRIPT'
on * *
stall
SCRIPT
"$program" --kubeconfig "$tmp/kubeconfig" install v3.29.1 >"$tmp/out" 2>"$tmp/err" &
pid=$!
eventually test -s "$server_log"
kill -TERM "$pid" 2>/dev/null || true
status=0
wait "$pid" || status=$?
claim "termination_ends_a_wait_with_143" ended 143

finish
