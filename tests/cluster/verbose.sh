#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What -v shows of requests, which variables replace options, and documents as YAML.
# shellcheck source=tests/lib/shell.sh
. tests/lib/shell.sh
# shellcheck source=tests/lib/run.sh
. tests/lib/run.sh
# shellcheck source=tests/lib/cluster.sh
. tests/lib/cluster.sh

: "${BUILD:=build}"
start_cluster
"$program" install v3.29.1 -q >"$tmp/log" || exit 1
user reader cluster-admin
token=$(jq -r '.users[0].user.token' "$tmp/reader.kubeconfig")
list='https://127.0.0.1:[0-9]*/apis/crd.projectcalico.org/v1/ippools?limit=500'

run get ippools
cp "$tmp/out" "$tmp/quiet"

shows_requests() {
	run get ippools -v --kubeconfig "$tmp/reader.kubeconfig"
	ended 0 "^GET $list 200 [0-9]* ms\$" '!^[<>*] ' && cmp "$tmp/out" "$tmp/quiet"
}

shows_headers() {
	run get ippools -vv --kubeconfig "$tmp/reader.kubeconfig"
	ended 0 "^GET $list 200 " '^> .*/ippools?limit=500 HTTP/2' '^> authorization: \*\*\*$' '^< content-type: application/json' \
		'^\* SSL connection using TLSv1' '!"items"' && ! grep -qF "$token" "$tmp/err" && cmp "$tmp/out" "$tmp/quiet"
}

shows_bodies() {
	run get ippools --verbose -vv --kubeconfig "$tmp/reader.kubeconfig"
	ended 0 '^< {.*"kind":"IPPoolList"' && ! grep -qF "$token" "$tmp/err" && cmp "$tmp/out" "$tmp/quiet"
}

# The last line explains a failure as always, and the requests before it show where it happened.
shows_failures() {
	run get ippools -v --server https://127.0.0.1:1 --timeout 5s
	ended 6 '^GET https://127.0.0.1:1/.* failed (' '^calico-datastore: error: https://127.0.0.1:1'
}

takes_a_level() {
	CALICO_DATASTORE_VERBOSE=1 run get ippools && ended 0 "^GET $list 200 " && CALICO_DATASTORE_VERBOSE=0 run get ippools &&
		ended 0 '!^GET ' && CALICO_DATASTORE_VERBOSE=4 run get ippools && ended 2 'CALICO_DATASTORE_VERBOSE: "4" is not a number from 0 to 3'
}

takes_options() {
	CALICO_DATASTORE_CONTEXT=nobody run get ippools && ended 7 'User "nobody"' &&
		CALICO_DATASTORE_CONTEXT=nobody run get ippools --context admin && ended 0 &&
		CALICO_DATASTORE_KUBECONFIG=$tmp/none run get ippools && ended 3 "$tmp/none" &&
		CALICO_DATASTORE_TIMEOUT=soon run get ippools && ended 2 'CALICO_DATASTORE_TIMEOUT: --timeout soon: not a duration' &&
		CALICO_DATASTORE_QUIET=true run check && ended 0 && [ ! -s "$tmp/err" ] && CALICO_DATASTORE_QUIET=yes run check &&
		ended 2 'CALICO_DATASTORE_QUIET: "yes" is not true or false'
}

refuses_empty() {
	CALICO_DATASTORE_CONTEXT='' run get ippools && ended 2 'CALICO_DATASTORE_CONTEXT is set, but empty'
}

# No variable can give a permission.
takes_no_permission() {
	CALICO_DATASTORE_ALLOW_DOWNGRADE=true run plan v3.24.0 && ended 10 'downgrade'
}

names_them() {
	local option options
	options=$("$program" help | sed -n '/^Options that take a variable/,/^$/p' | grep -oE -- '--[a-z-]+' | grep -vx -- '--context' | sort)
	for option in $options; do
		"$program" help get | grep -q -e "$option " || "$program" help plan | grep -q -e "$option " || { echo "no $option"; return 1; }
	done
	[ "$(wc -l <<<"$options")" -ge 15 ]
}

# The same document in JSON and YAML; only times differ
same_as_json() {
	local timeless='del(.milliseconds, .time, (.. | .microseconds?))'
	run "$@" -o json && jq -S "$timeless" "$tmp/out" >"$tmp/json" && run "$@" -o yaml &&
		"$BUILD/tests/yaml-json" "$tmp/out" | jq -S ".[0] | $timeless" | diff "$tmp/json" -
}

claim 'v_shows_method_address_status_and_time' shows_requests
claim 'vv_shows_headers_and_tls_without_the_token' shows_headers
claim 'vvv_shows_bodies' shows_bodies
claim 'v_shows_a_request_that_fails' shows_failures
claim 'a_variable_sets_the_level' takes_a_level
claim 'variables_stand_for_options_that_are_not_given' takes_options
claim 'a_variable_that_is_empty_is_refused' refuses_empty
claim 'no_variable_permits_a_downgrade' takes_no_permission
claim 'help_names_the_options_that_take_a_variable' names_them
claim 'status_as_yaml_is_the_same_document' same_as_json status
claim 'plan_as_yaml_is_the_same_document' same_as_json plan v3.29.2
claim 'check_as_yaml_is_the_same_document' same_as_json check
error_is_yaml() {
	run status -o yaml --context none && ended 2 && "$BUILD/tests/yaml-json" "$tmp/out" >"$tmp/json" &&
		jq -e '.[0] | .ok == false and .error.exitCode == 2' "$tmp/json"
}
claim 'an_error_is_a_document_as_well' error_is_yaml
finish
