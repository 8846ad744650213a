#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# With -o json every failure prints one JSON document with the same first fields, wherever the run
# ended. Needs no server.
# shellcheck disable=SC2317 # claim calls the functions
# shellcheck source=tests/lib/shell.sh
. tests/lib/shell.sh
# shellcheck source=tests/lib/run.sh
. tests/lib/run.sh

unset KUBECONFIG KUBERNETES_SERVICE_HOST
export HOME=$tmp

head='([keys_unsorted[:9]] == [["apiVersion", "kind", "command", "ok", "changed", "server", "context", "milliseconds",
	"requests"]]) and .apiVersion == "calico-datastore/v1"'

# document CODE KIND ARGUMENT...: the run fails so; both streams say it, standard output as one
# document
document() {
	local code=$1 kind=$2
	shift 2
	run "$@"
	ended "$code" '^calico-datastore: error: ' || return 1
	[ "$(jq -s length "$tmp/out")" = 1 ] || { cat "$tmp/out"; return 1; }
	holds "$head and .ok == false and .changed == false and .error.kind == \"$kind\" and
		.error.exitCode == $code and (.error.message | length > 0)"
}

nowhere='--server https://127.0.0.1:1'
for command in 'install v3.29.1' 'plan v3.29.1' check status 'get ippools' 'get ippool x' "backup $tmp/b.tar.gz" migrate-storage; do
	# shellcheck disable=SC2086 # several words
	claim "server_that_is_not_there ($command)" document 6 net $command $nowhere -o json
	claim "server_is_named ($command)" holds '.server == "https://127.0.0.1:1" and .requests > 0'
	# shellcheck disable=SC2086
	claim "kubeconfig_that_is_not_there ($command)" document 3 io $command --kubeconfig "$tmp/none" -o json
	claim "unknown_server_is_null ($command)" holds '.server == null and .context == null and .requests == 0'
	# shellcheck disable=SC2086
	claim "unknown_option_before_the_output ($command)" document 2 usage $command --bogus -o json
	# shellcheck disable=SC2086
	claim "unknown_option_behind_the_output ($command)" document 2 usage $command --output=json --bogus
	claim "command_is_named ($command)" holds ".command == \"${command%% *}\""
done
claim 'file_that_is_not_there (restore)' document 3 io restore "$tmp/none" -o json
claim 'file_that_is_not_there (rollback)' document 3 io rollback "$tmp/none" -ojson
claim 'nothing_to_do (verify)' document 2 usage verify -o json
claim 'file_that_is_not_there (bundle)' document 3 io bundle verify "$tmp/none" -o json
claim 'release_that_is_not_there (show)' document 2 usage show v9.9.9 -o json
claim 'mirror_that_is_none (fetch)' document 2 usage fetch v3.29.1 --mirror ftp://x -o json
claim 'operand_too_many (list)' document 2 usage list more -o json
claim 'operand_too_many (version)' document 2 usage version more -o json
claim 'unknown_command' document 2 usage frobnicate -o json
claim 'unknown_command_is_not_guessed' holds '.command == null'
claim 'secret_on_the_command_line' document 2 usage plan --token x -o json
claim 'kind_that_is_none (get)' document 2 usage get gadgets -o json

text() {
	run plan --bogus -o text
	ended 2 '--bogus' && [ ! -s "$tmp/out" ] || return 1
	run completion --bogus -o json
	ended 2 '--bogus' && [ ! -s "$tmp/out" ] || return 1
	run plan -f -o json --bogus
	ended 2 && [ ! -s "$tmp/out" ]
}
claim 'without_o_json_nothing_is_on_standard_output' text

for command in version list 'verify v3.29.1'; do
	# shellcheck disable=SC2086
	run $command -o json
	claim "success_has_the_same_head ($command)" holds "$head and .ok and (has(\"error\") | not)"
done

closed() {
	status=0
	"$program" version -o json >&- 2>"$tmp/err" || status=$?
	ended 3 'standard output: cannot write' || return 1
	status=0
	"$program" plan --bogus -o json >&- 2>"$tmp/err" || status=$?
	ended 2 '--bogus' '!cannot write'
}
claim 'closed_standard_output_is_an_error_and_never_hides_the_first_one' closed
finish
