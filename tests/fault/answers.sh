#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Answers that no API server gives.
# shellcheck disable=SC2317 # claim calls the functions
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/fault.sh

json='header Content-Type: application/json'

serve <<SCRIPT
on * *
status 401
$json
body {"kind":"Status","apiVersion":"v1","status":"Failure","message":"Unauthorized","reason":"Unauthorized","code":401}
SCRIPT
for command in 'plan v3.29.1' 'install v3.29.1' 'get ippools' 'get nodes'; do
	# shellcheck disable=SC2086
	met $command
	claim "${command// /_}_unauthorized_is_an_error_of_the_user" ended 7 401 credentials
done
claim "unauthorized_writes_nothing" asked '^P[OU]' 0
claim "unauthorized_hides_the_token" hid_token

serve <<SCRIPT
on GET *
status 403
$json
body {"kind":"Status","apiVersion":"v1","status":"Failure","message":"it is forbidden","reason":"Forbidden","code":403}
SCRIPT
met get ippools
claim "forbidden_list_names_verb_and_resource" \
	ended 7 403 list ippools.crd.projectcalico.org 'it is forbidden'
met install v3.29.1
claim "forbidden_install_names_verb_and_resource" \
	ended 7 403 '"get"' customresourcedefinitions.apiextensions.k8s.io 'it is forbidden' \
	'may not read /apis, .* uses the set crds'
claim "forbidden_install_writes_nothing" asked '^P[OU].*customresourcedefinitions' 0
claim "forbidden_install_hides_the_token" hid_token

serve <<SCRIPT
on GET *
status 403
$json
body {"kind":"Status","apiVersion":"v1","status":"Failure","message":"forbidden: User \\"system:anonymous\\" cannot get path","reason":"Forbidden","code":403}
SCRIPT
met get ippools
claim "anonymous_user_is_not_advised_to_grant_rights" ended 7 'does not recognise the user (403)' \
	'renew the token of user "fault"' '!grant the verb' '!kind: ClusterRole'
met plan v3.29.1
claim "anonymous_user_is_no_one_to_grant_rights_to" ended 7 'does not recognise the user' '!kind: ClusterRole'

# The token in the form that a Secret shows: base64.
serve <<SCRIPT
on * *
status 401
$json
body {"kind":"Status","apiVersion":"v1","status":"Failure","message":"Unauthorized","reason":"Unauthorized","code":401}
SCRIPT
encoded=$(printf 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln' | base64 -w0)
write_kubeconfig ca "https://127.0.0.1:$server_port" "$encoded"
met get ippools
claim "token_in_base64_is_named_as_such" ended 7 'token of user "fault" .* is encoded in base64' 'base64 -d'
token=$encoded
claim "token_in_base64_is_hidden" hid_token
token=a-token-that-nobody-may-see

# A web server that gives one answer to every request.
serve <<'SCRIPT'
on * *
status 404
header Content-Type: text/html
body <html><head><title>404 Not Found</title></head><body>nginx</body></html>
SCRIPT
met plan v3.29.1
claim "plan_does_not_take_a_web_server_for_an_empty_cluster" ended 4 'Kubernetes'
met install v3.29.1
claim "install_does_not_take_a_web_server_for_an_empty_cluster" ended 4 'Kubernetes'
claim "install_writes_nothing_to_a_web_server" asked '^P[OU].*fieldManager=calico-datastore [0-9]' 0

serve <<'SCRIPT'
on * *
header Content-Type: text/html
body <html><body>Please log in to the network</body></html>
SCRIPT
for command in 'plan v3.29.1' 'install v3.29.1' 'get ippools' 'get nodes'; do
	# shellcheck disable=SC2086
	met $command
	claim "${command// /_}_refuses_a_log_in_page" ended 4 'Kubernetes'
done
claim "log_in_page_is_asked_for_nothing_but_reads" asked '^P[OU]' 0

# answer CLAIM CODE PATTERN <DIRECTIVES: one read gets this answer
answer() {
	serve < <(echo 'on * *' && cat)
	met --timeout 10s get ippools
	claim "$1" ended "$2" "$3"
}

answer json_that_ends_too_early_is_an_error_of_format 4 JSON <<SCRIPT
$json
body {"kind":"IPPoolList","items":[{"metadata":{"name":"a
SCRIPT
answer json_of_another_type_is_an_error_of_format 4 JSON <<SCRIPT
$json
body ["IPPoolList"]
SCRIPT
answer empty_body_is_an_error_of_format 4 JSON <<SCRIPT
$json
SCRIPT
answer object_without_items_is_no_empty_list 4 '' <<SCRIPT
$json
body {"kind":"Status","apiVersion":"v1","status":"Success"}
SCRIPT
answer items_of_another_type_are_no_empty_list 4 '' <<SCRIPT
$json
body {"kind":"IPPoolList","items":{"a":1}}
SCRIPT
answer cut_answer_is_an_error_of_the_network 6 '' <<SCRIPT
$json
body-size 1000
close-after-bytes 100
SCRIPT
answer body_shorter_than_its_length_is_an_error_of_the_network 6 '' <<SCRIPT
$json
body {"kind":"IPPoolList","items":[]}
content-length 5000
SCRIPT
answer body_longer_than_its_length_is_an_error_of_format 4 JSON <<SCRIPT
$json
body {"kind":"IPPoolList","items":[]}
content-length 10
SCRIPT
answer oversized_answer_is_refused 4 limit <<SCRIPT
$json
body-size 100000000
SCRIPT
claim "oversized_answer_is_asked_for_once" asked /ippools 1
answer endless_answer_is_refused 4 limit <<SCRIPT
$json
endless
SCRIPT
claim "endless_answer_is_refused_in_time" took 0 5000
answer endless_headers_are_refused 6 '' <<'SCRIPT'
endless-head
SCRIPT
claim "endless_headers_are_refused_in_time" took 0 5000

printf '%0200000d' 0 | tr 0 '[' >"$tmp/deep"
answer deep_json_is_an_error_of_format 4 JSON <<SCRIPT
$json
body-file $tmp/deep
SCRIPT

# Few bytes in the answer, gigabytes when parsed. The Job has 256 MiB of memory. A sanitizer needs
# more, so the limit is off there.
[ -n "${SANITIZE-}" ] || run_under=(prlimit --as=$((256 << 20)))
repeated() { # TEXT COUNT: prints a compressed JSON array with COUNT items
	{
		printf '[%s' "$1"
		yes ",$1" | tr -d '\n' | head -c $((($2 - 1) * (${#1} + 1)))
		printf ']'
	} | gzip -c
}
repeated '[]' 20000000 >"$tmp/lists.gz"
repeated '{"a":{}}' 6000000 >"$tmp/objects.gz"
repeated '1' 30000000 >"$tmp/numbers.gz"
for what in lists objects numbers; do
	answer "${what}_that_take_gigabytes_are_refused" 4 'more than 200 MiB when it is parsed' <<SCRIPT
$json
header Content-Encoding: gzip
body-file $tmp/$what.gz
SCRIPT
	claim "${what}_that_take_gigabytes_are_refused_in_time" took 0 15000
	claim "${what}_that_take_gigabytes_are_asked_for_once" asked /ippools 1
done

# Each list is within the limit, but all lists of a batch together are not: 21 lists of 3 MB text
# each.
{
	printf '{"kind":"List","apiVersion":"v1","metadata":{},"items":[{}'
	yes ',{}' | tr -d '\n' | head -c 2400000
	printf ']}'
} | gzip -c >"$tmp/many.gz"
serve <<SCRIPT
on GET *limit=500*
$json
header Content-Encoding: gzip
body-file $tmp/many.gz
on GET */customresourcedefinitions/*
status 404
$json
body {"kind":"Status","reason":"NotFound","message":"none","code":404}
on * *
status 404
$json
body {"kind":"Status","reason":"NotFound","message":"none","code":404}
SCRIPT
# The libraries take address space, which is no memory, so this limit is higher.
[ -n "${SANITIZE-}" ] || run_under=(prlimit --as=$((300 << 20)))
met check v3.29.1 --set crds
claim "lists_that_take_gigabytes_together_are_refused" ended 1 '200 MiB\|could not be read\|reads failed'

# The signal comes while 60 MB of lists are parsed.
serve <<SCRIPT
on GET */ippools*
$json
header Content-Encoding: gzip
body-file $tmp/lists.gz
on * *
status 404
$json
body {"kind":"Status","reason":"NotFound","message":"none","code":404}
SCRIPT
parse_stopped() {
	"$program" --kubeconfig "$tmp/kubeconfig" get ippools >"$tmp/out" 2>"$tmp/err" &
	local pid=$!
	# The program has the whole answer and parses it.
	eventually grep -q '/ippools' "$server_log"
	until [ "$(awk '{print $14}' "/proc/$pid/stat" 2>/dev/null || echo 99)" -gt 5 ]; do sleep 0.01; done
	kill -TERM "$pid" 2>/dev/null
	status=0
	wait "$pid" || status=$?
	ended 143 'stopped by SIGTERM'
}
claim "a_signal_ends_a_parse" parse_stopped
run_under=()

# no_control_characters FILE: the file has only line ends, tabs and printable text
no_control_characters() {
	! LC_ALL=C grep -q '[^[:print:][:space:]]' "$1"
}
printf '{"kind":"Status","message":"\\u001b]0;title\\u0007\\u001b[31mred\\u009b0m"}' >"$tmp/escapes"
answer terminal_escapes_of_a_server_do_not_change_the_exit_code 7 red <<SCRIPT
status 403
$json
body-file $tmp/escapes
SCRIPT
LC_ALL=C sed -i 's/\xc2\x9b/ESCAPE\x1b/; s/[\x80-\xff]//g' "$tmp/err"
claim "terminal_escapes_of_a_server_are_not_printed" no_control_characters "$tmp/err"

# A server that sends back the token and control sequences of terminals. The program prints neither,
# even into a pipe: a pager or a log may read the pipe.
foreign="\\u001b]0;owned\\u0007\\u009b31m"
crds=/apis/apiextensions.k8s.io/v1/customresourcedefinitions
cat >"$tmp/echo.rules" <<SCRIPT
$json
header Warning: 299 - "the token $token is old $(printf '\033[31m\233')"
body {"kind":"Status","apiVersion":"v1","status":"Failure","message":"Bearer $token $foreign","reason":"Forbidden","code":403}
SCRIPT
# A message quotes 200 bytes of a text. Here 12 bytes of the token are within them.
printf '%0188d%s' 0 "$token" >"$tmp/long"

# harmless: neither stream of the last run has the token, half of it, or a control byte
harmless() {
	local file
	for file in "$tmp/out" "$tmp/err"; do
		says "$file" '!a-token-that' && says "$file" '!\\u001b\|\\u009b' || return 1
		LC_ALL=C grep -q -e "$(printf '[\001-\010\013-\037\177]')" -e "$(printf '\302[\200-\237]')" "$file" || continue
		echo "control characters in $file:" >&2
		cat -v "$file" >&2
		return 1
	done
}
# strip_colours: removes the program's own colours from both streams of the last run: those of whole
# lines, and of a message's first word. A colour inside a text comes from the server and stays.
strip_colours() {
	local escape
	escape=$(printf '\033')
	sed -i -E "s/^$escape\[[0-9]+m(.*)$escape\[0m\$/\1/" "$tmp/out"
	sed -i -E "s/^(calico-datastore: )?$escape\[[0-9]+m(error|warning):$escape\[0m/\1\2:/" "$tmp/err"
}
# met_harmless COMMAND...: each run fails, and its output is harmless
met_harmless() {
	local command
	for command in "$@"; do
		# shellcheck disable=SC2086 # words
		met --timeout 20s $command
		[ "${command##* }" != always ] || strip_colours
		harmless || { echo "the run: $command" >&2 && return 1; }
	done
}
for code in 401 403 409 422 500; do
	serve < <(printf 'on * *\nstatus %s\n' "$code" && cat "$tmp/echo.rules")
	claim "what_a_${code}_sends_back_is_not_shown" met_harmless 'plan v3.29.1' 'install v3.29.1' \
		status 'status -o json' check 'get all' 'get ippools' 'get ippools -o json'
	stop_server
done
serve <<SCRIPT
on * *
status 403
body-file $tmp/long
SCRIPT
met get ippools
claim "half_of_a_token_is_not_shown" harmless
stop_server

# serve_crd: a server with one CRD; its name, manager and conditions are texts of others
serve_crd() {
	serve <<SCRIPT
on GET $crds*
$json
header Warning: 299 - "use $token $(printf '\033[31m')"
body {"kind":"CustomResourceDefinitionList","apiVersion":"apiextensions.k8s.io/v1","metadata":{"resourceVersion":"1"},"items":[{"metadata":{"name":"tiers.crd.projectcalico.org","uid":"1","resourceVersion":"1","managedFields":[{"manager":"m$foreign","operation":"Apply","fieldsV1":{"f:spec":{}}}]},"spec":{"group":"crd.projectcalico.org","scope":"Cluster","names":{"plural":"tiers","kind":"Tier"},"versions":[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object"}}}]},"status":{"storedVersions":["v1"],"conditions":[{"type":"NamesAccepted","status":"False","message":"$token $foreign"}]}}]}
on GET *
status 403
$(cat "$tmp/echo.rules")
SCRIPT
}
serve_crd
claim "words_of_a_crd_are_not_shown_raw" met_harmless 'plan v3.29.1' 'plan v3.29.1 -o json' status \
	check 'plan v3.29.1 --color always'
stop_server

# A 200 with another object says nothing about the object that was asked for.
serve <<SCRIPT
on GET *
status 200
$json
body {}
SCRIPT
for command in 'plan v3.29.1' 'install v3.29.1' check; do
	# shellcheck disable=SC2086 # words
	run $command --kubeconfig "$tmp/kubeconfig"
	claim "${command%% *}_takes_no_other_object_for_the_one_it_asked_for" ended 4 'not this object'
done
stop_server

finish
