#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# curl checks that the test servers do what the other suites expect of them.
# shellcheck disable=SC2317 # claim calls the functions
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/fault.sh

if ! command -v curl >/dev/null; then
	skip "test_servers_do_what_they_say" "no curl on this machine"
	finish
	exit
fi

# fetch ARGUMENT...: sets status; the answer is in $tmp/out
fetch() {
	status=0
	curl -sS -m 5 --noproxy '*' --cacert "$certs/ca.crt" "$@" >"$tmp/out" 2>"$tmp/err" || status=$?
}

serve <<SCRIPT
on GET /twice
times 2
status 429
header Retry-After: 1
on GET /json
header Content-Type: application/json
body {"a":1}
on GET /cut
body-size 1000
close-after-bytes 100
on GET /long
content-length 50
body short
on GET /big
body-size 300000
on GET /endless
endless
on GET /slow
slow 5
body 0123456789
on POST /early
reset before-body
on POST /late
reset before-answer
on GET /stall
stall
nth 2 status 503
on GET /held
hold $tmp/go-on
body at last
SCRIPT
url=https://127.0.0.1:$server_port
fetch "$url/first"
claim "what_no_rule_names_is_404" printed '404 page not found'
fetch -w '%{http_code}' "$url/second"
claim "nth_counts_all_requests" printed '^503$'
fetch -w '%{http_code}\n' "$url/twice" "$url/twice" "$url/twice"
claim "times_uses_a_rule_up" lines 2 429
claim "used_up_rule_gives_way_to_the_next" lines 1 '^404$'
fetch -i "$url/json"
claim "headers_and_body_are_sent" printed '^Content-Type: application/json' '^{"a":1}$'
fetch "$url/cut"
claim "cut_answer_is_cut" ended 18
claim "cut_answer_has_as_many_bytes" test "$(wc -c <"$tmp/out")" = 100
fetch "$url/long"
claim "wrong_length_is_wrong" ended 18
fetch "$url/big"
claim "generated_body_has_its_size" test "$(wc -c <"$tmp/out")" = 300000
fetch --max-filesize 1 -o "$tmp/json" "$url/json" -o "$tmp/json2" "$url/json"
claim "claims_about_curl_can_fail" ended 63
fetch -m 1 -o /dev/null "$url/endless"
claim "endless_answer_has_no_end" ended 28
SECONDS=0
fetch "$url/slow"
claim "slow_answer_arrives" printed '^0123456789$'
claim "slow_answer_is_slow" test "$SECONDS" -ge 1
fetch -d text "$url/early"
claim "reset_before_the_body_is_a_reset" ended 56
fetch -d text -H 'Authorization: Bearer x' "$url/late"
claim "reset_before_the_answer_is_a_reset" ended 56
claim "log_tells_who_showed_a_token" asked '^POST /late reset authorization$' 1
claim "log_tells_who_did_not" asked '^POST /early reset$' 1
fetch -m 1 "$url/stall"
claim "stalled_request_gets_no_answer" ended 28
curl -sS -m 5 --noproxy '*' --cacert "$certs/ca.crt" "$url/held" >"$tmp/out" &
held=$!
until grep -q ' hold' "$server_log"; do
	sleep 0.02
done
claim "held_request_waits" kill -0 "$held"
touch "$tmp/go-on"
wait "$held"
claim "held_request_goes_on_when_it_may" printed '^at last$'
claim "held_request_takes_the_leave_away" test ! -e "$tmp/go-on"

# In front of another server

start_server server <<'SCRIPT'
on POST *
status 201
body made
SCRIPT
behind=$server_log
start_server server --upstream "https://127.0.0.1:$server_port" --upstream-ca "$certs/ca.crt" <<'SCRIPT'
on POST /lost
pass-then-drop
SCRIPT
url=https://127.0.0.1:$server_port
fetch -d text -H 'Authorization: Bearer x' "$url/kept"
claim "passed_request_is_answered" printed '^made$'
fetch -d text "$url/lost"
claim "dropped_answer_is_a_reset" ended 56
server_log=$behind
claim "passed_request_keeps_its_token" asked '^POST /kept 201 authorization$' 1
claim "dropped_answer_was_given" asked '^POST /lost 201$' 1

# Far away

start_server server <<'SCRIPT'
on GET *
SCRIPT
"${BUILD:-build}/tests/delay-proxy" --to "127.0.0.1:$server_port" --delay-ms 50 --lifetime 30 \
	--port-file "$tmp/far.port" --count-file "$tmp/out" &
alive[$!]=1
far=$!
eventually test -s "$tmp/far.port"
start=${EPOCHREALTIME/./}
curl -sS -m 5 --noproxy '*' --cacert "$certs/ca.crt" "https://127.0.0.1:$(cat "$tmp/far.port")/" \
	"https://127.0.0.1:$(cat "$tmp/far.port")/" 2>"$tmp/err"
milliseconds=$(((${EPOCHREALTIME/./} - start) / 1000))
end_process "$far"
claim "delay_is_added_to_each_round_trip" took 400 1000
claim "connections_are_counted" printed '^connections 1$'
claim "round_trips_are_counted" printed '^round_trips 4$'

finish
