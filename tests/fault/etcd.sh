#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# An etcd that does not answer, answers wrongly, or changes while it is read: first scripted
# servers, then scripted servers before a real etcd.
# shellcheck disable=SC2317 # claim calls the functions
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/fault.sh
. tests/lib/etcd.sh

unset KUBECONFIG
export HOME=$tmp DATASTORE_TYPE=etcdv3
pools=/calico/resources/v3/projectcalico.org/ippools
# get with this release reads the list alone. Without --release, get also reads the two keys that
# show the release, at the same time as the first page.
release=v3.29.1

# reads ARGUMENT...: as run; also sets milliseconds
reads() {
	local start=${EPOCHREALTIME/./}
	run "$@"
	milliseconds=$(((${EPOCHREALTIME/./} - start) / 1000))
}

# answers STATUS BODY: starts a server that always gives this answer
answers() {
	start_server - <<-SCRIPT
		on * *
		status $1
		body $2
	SCRIPT
	export ETCD_ENDPOINTS=http://127.0.0.1:$server_port
}

# Servers without a useful answer

start_server - <<<$'on * *\nstall'
silent=http://127.0.0.1:$server_port
ETCD_ENDPOINTS=$silent reads get nodes --timeout 2s
claim "silent_etcd_ends_with_the_deadline" ended 124 --timeout
claim "silent_etcd_ends_in_time" took 1900 3500
ETCD_ENDPOINTS=https://127.0.0.1:$server_port reads get nodes --timeout 3s
claim "https_to_a_silent_plain_port_ends" test "$milliseconds" -le 4500
claim "https_to_a_silent_plain_port_says_what_is_wrong" says "$tmp/err" 'TLS\|--timeout'

start_etcd http
real=$etcd_url
load() {
	put_pools 1234
}
load
ETCD_ENDPOINTS=$silent,$real reads get ippools -o name --timeout 9s
claim "silent_endpoint_leaves_time_for_the_next_one" ended 0 "going on with $real"
claim "silent_endpoint_is_given_up_soon" took 2500 4500
claim "all_is_read_from_the_next_one" lines 1234 ^ippool
start_server - --upstream "$real" <<<$'on * *\npass'
ETCD_ENDPOINTS=http://127.0.0.1:$server_port reads get ippools -o name
claim "two_keys_of_the_release_are_read_once_beside_three_pages" asked range 5

for code in 500 502 503 504; do
	answers $code '{"error": "etcdserver: no leader", "code": 14}'
	down=$ETCD_ENDPOINTS
	ETCD_ENDPOINTS=$down,$real reads get ippools -o name
	claim "status_${code}_leads_to_the_next_endpoint" ended 0 "status $code: etcdserver: no leader; going on"
done
ETCD_ENDPOINTS=$down reads get ippools
claim "status_of_the_only_endpoint_is_exit_6" ended 6 'status 504: etcdserver: no leader'

reads check --wait --timeout 2s
claim "check_waits_for_etcd" ended 124
claim "check_waits_until_the_deadline" took 1500 3500

# Answers that etcd never gives

# refused_with CODE BODY [PATTERN...]
refused_with() {
	local code=$1 body=$2
	shift 2
	answers 200 "$body"
	reads get ippools --timeout 20s
	ended "$code" "$@" && test ! -s "$tmp/out"
}
pool=$(base64 -w 0 <<<"$pools/x" | sed 's/Cg==$//')
claim "text_is_refused" refused_with 4 'hello' 'no answer of etcd'
claim "list_is_refused" refused_with 4 '[]' 'no answer of etcd'
claim "kubernetes_is_refused" refused_with 4 '{"kind": "Status"}' 'no header'
claim "key_that_is_no_base64_is_refused" refused_with 4 '{"header": {"revision": "1"}, "kvs": [{"key": "?"}]}' key
claim "key_that_is_no_string_is_refused" refused_with 4 '{"header": {"revision": "1"}, "kvs": [{"key": 5}]}' key
claim "revision_that_is_no_number_is_refused" refused_with 4 '{"header": {"revision": "x"}}' revision
claim "negative_revision_is_refused" refused_with 4 '{"header": {"revision": "-5"}}' revision
claim "huge_revision_is_refused" refused_with 4 '{"header": {"revision": "99999999999999999999"}}' revision
claim "more_without_keys_is_refused" refused_with 4 '{"header": {"revision": "1"}, "more": true}' more
claim "same_page_again_and_again_is_refused" refused_with 4 \
	"{\"header\": {\"revision\": \"1\"}, \"kvs\": [{\"key\": \"$pool\"}], \"more\": true}" 'not in order'
claim "cut_answer_is_refused" refused_with 4 '{"header": {"revision"' 'no answer of etcd'
answers 404 'page not found'
reads get ippools
claim "server_without_a_gateway_is_told" ended 4 '404' 'etcd 3.4'
answers 400 '{"error": "etcdserver: mvcc: words"}'
reads get ippools
claim "other_refusal_is_exit_8_with_its_words" ended 8 'HTTP status 400: etcdserver: mvcc: words'
answers 403 $'{"error": "etcdserver: permission\u001b[31m denied"}'
reads get ippools
claim "control_characters_of_a_server_are_not_shown" ended 7 $'!\u001b'

# Users

export ETCD_USERNAME=me ETCD_PASSWORD=$token
answers 401 '{"error": "etcdserver: invalid auth token", "code": 16}'
reads get ippools
claim "token_that_is_never_good_is_exit_7" ended 7 'invalid auth token'
for answer in '{}' '{"token": ""}' '{"token": 5}' '{"token": "a\r\nX: y"}'; do
	answers 200 "$answer"
	reads get ippools
	claim "log_in_without_a_token_is_refused: $answer" ended 4 'no token'
	claim "password_is_in_no_output: $answer" hid_token
done
start_server - <<'SCRIPT'
nth 1
body {"token": "old"}
nth 2
status 401
body {"error": "etcdserver: invalid auth token", "code": 16}
nth 3
body {"token": "new"}
on * *
body {"header": {"revision": "7"}}
SCRIPT
ETCD_ENDPOINTS=http://127.0.0.1:$server_port reads get ippools --release $release -o json
claim "token_is_renewed_once" ended 0
claim "log_in_is_asked_twice" asked authenticate 2
claim "list_has_the_revision_of_the_store" holds '.metadata.resourceVersion == "7"'
unset ETCD_USERNAME ETCD_PASSWORD

# Changes between two pages: the first page comes slowly

# slowly [RULE...] <COMMANDS: reads all pools through a server whose N-th answer is slow; runs
# COMMANDS meanwhile
slowly() {
	start_server - --upstream "$real" <<-SCRIPT
		nth ${1-1} pass
		slow 60000
		on * *
		pass
	SCRIPT
	ETCD_ENDPOINTS=http://127.0.0.1:$server_port "$program" get ippools --release $release -o "${2-name}" \
		>"$tmp/out" 2>"$tmp/err" &
	reader=$!
	at_exit_kill "$reader"
	for ((i = 0; i < 200; i++)); do
		[ "$(grep -c range "$server_log")" = 0 ] || break
		sleep 0.02
	done
	sleep 0.3
	cat >"$tmp/meanwhile"
	# shellcheck disable=SC1091
	. "$tmp/meanwhile"
	status=0
	wait "$reader" || status=$?
}

slowly 1 json <<'MEANWHILE'
delete_key "$pools/pool-01000" >"$tmp/log"
put_key "$pools/pool-00001" '{"metadata": {"name": "pool-00001"}, "spec": {"cidr": "10.1.0.0/16"}}' >"$tmp/log"
put_key "$pools/pool-00900" '{"metadata": {"name": "pool-00900"}, "spec": {"cidr": "10.1.0.0/16"}}' >"$tmp/log"
put_key "$pools/zz" '{"metadata": {"name": "zz"}, "spec": {"cidr": "10.1.0.0/16"}}' >"$tmp/log"
MEANWHILE
claim "list_ends_while_others_write" ended 0
claim "pages_are_of_one_revision" holds '(.items | length) == 1234 and
	all(.items[]; .spec.cidr == "10.0.0.0/16") and any(.items[]; .metadata.name == "pool-01000") and
	(.metadata.resourceVersion | tonumber) as $r | all(.items[]; (.metadata.resourceVersion | tonumber) <= $r)'
claim "three_pages_it_was" asked range 3
delete_key "$pools/zz" >"$tmp/log"

slowly 1 <<'MEANWHILE'
put_key "$pools/pool-01000" '{"metadata": {"name": "pool-01000"}, "spec": {"cidr": "10.1.0.0/16"}}' >"$tmp/put"
ask_etcd kv/compaction "{\"revision\": $(jq .header.revision "$tmp/put")}" >"$tmp/log"
MEANWHILE
claim "compaction_between_pages_starts_over" ended 0
claim "two_pages_and_three_it_was" asked range 5
claim "list_that_started_over_is_whole" lines 1234 ^ippool
claim "list_that_started_over_has_nothing_twice" test "$(sort -u "$tmp/out" | wc -l)" = 1234

start_server - <<SCRIPT
nth 1
body {"header": {"revision": "5"}, "kvs": [{"key": "$pool"}], "more": true}
nth 3
body {"header": {"revision": "9"}, "kvs": [{"key": "$pool"}], "more": true}
on * *
status 400
body {"error": "etcdserver: mvcc: required revision has been compacted", "code": 11}
SCRIPT
ETCD_ENDPOINTS=http://127.0.0.1:$server_port reads get ippools --release $release
claim "compaction_again_and_again_is_an_error" ended 8 'compacted'
claim "list_starts_over_once" asked range 4

# A token that expires while the first page comes

start_etcd http --auth-token simple --auth-token-ttl 1
real=$etcd_url
load
{
	add_user root rootpw
	add_user me "$token" /calico/ /calico0
	ask_etcd auth/enable '{}'
} >"$tmp/log"
export ETCD_USERNAME=me ETCD_PASSWORD=$token
slowly 2 </dev/null
claim "expired_token_is_renewed_between_pages" ended 0
claim "expired_token_was_one" test "$(grep -c authenticate "$server_log")" -ge 2
claim "list_with_a_renewed_token_is_whole" lines 1234 ^ippool
claim "password_of_the_user_is_in_no_output" hid_token

finish
