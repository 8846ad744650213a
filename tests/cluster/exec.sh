#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Credential plugins: what they get, which parts of their answers the program uses, and what a
# plugin cannot do to the program. kubectl shows what a plugin has to get.
# shellcheck disable=SC2317 # claim calls the functions
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/cluster.sh

certs=$tmp/certs
tests/lib/certs "$certs"
start_cluster --client-ca-file "$certs/ca.crt"
kubectl create clusterrolebinding client --clusterrole view --user client >/dev/null
kubectl create clusterrole see-nodes --verb get,list --resource nodes >/dev/null
kubectl create clusterrolebinding client-nodes --clusterrole see-nodes --user client >/dev/null
server=$(kubectl config view --raw -o jsonpath='{.clusters[0].cluster.server}')
ca_data=$(kubectl config view --raw -o jsonpath='{.clusters[0].cluster.certificate-authority-data}')
unset KUBECONFIG
export KUBECONFIG=$tmp/config/kubeconfig
mkdir -p "$tmp/config/bin" "$tmp/home"
plugin=$tmp/config/bin/plugin
token=admin-token # the token of scripts/control-plane

# plugin <SCRIPT: this shell script is the plugin from now on
plugin() {
	{ printf '#!/bin/bash\n' && cat; } >"$plugin"
	chmod +x "$plugin"
}

# exec_user [FIELD...]: the kubeconfig's user runs the plugin, with these additional fields
exec_user() {
	local field fields=
	for field; do
		fields+="      $field"$'\n'
	done
	cat >"$KUBECONFIG" <<-KUBECONFIG
		apiVersion: v1
		kind: Config
		current-context: x
		contexts:
		- name: x
		  context: {cluster: c, user: u}
		clusters:
		- name: c
		  cluster:
		    server: $server
		    certificate-authority-data: $ca_data
		    extensions:
		    - name: client.authentication.k8s.io/exec
		      extension: {audience: here, list: [1, two]}
		users:
		- name: u
		  user:
		    exec:
		      command: bin/plugin
	KUBECONFIG
	case $fields in
	*apiVersion:*) ;;
	*) fields+='      apiVersion: client.authentication.k8s.io/v1'$'\n' ;;
	esac
	case $fields in
	*interactiveMode:*) ;;
	*) fields+='      interactiveMode: Never'$'\n' ;;
	esac
	case $fields in
	*command:*) sed -i '/command: bin/d' "$KUBECONFIG" ;;
	esac
	printf '%s' "$fields" >>"$KUBECONFIG"
}

answer='{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"admin-token"}}'

# runs N: the plugin ran N times, by the lines of its log
runs() {
	local n
	n=$(grep -c . "$tmp/runs") || true
	[ "$n" = "$1" ] || { echo "$n runs, not $1" >&2; return 1; }
}

hid_token() {
	says "$tmp/out" "!$token" && says "$tmp/err" "!$token"
}

# took MIN MAX: the last timed run took this many milliseconds
timed() {
	local start=${EPOCHREALTIME/./}
	run "$@"
	milliseconds=$(((${EPOCHREALTIME/./} - start) / 1000))
}

took() {
	[ "$milliseconds" -ge "$1" ] && [ "$milliseconds" -le "$2" ] && return
	echo "took $milliseconds ms, not $1 to $2" >&2
	return 1
}

# gone FILE: no process with a number in FILE runs any more
gone() {
	local pid
	sleep 0.1
	while read -r pid; do
		! kill -0 "$pid" 2>/dev/null || grep -q '^State:.Z' "/proc/$pid/status" ||
			{ echo "process $pid is still there" >&2; return 1; }
	done <"$1"
	[ -s "$1" ]
}

# What a plugin gets

plugin <<PLUGIN
echo run >>$tmp/runs
printf '%s\n' "\$@" >$tmp/args
printf '%s' "\$KUBERNETES_EXEC_INFO" >$tmp/info
env >$tmp/env
ls -l /proc/\$\$/fd | grep -c ' -> ' >$tmp/fds
ls -l /proc/\$\$/fd >$tmp/fd-list
ps -o pid=,pgid=,sid= -p \$\$ >$tmp/group
readlink /proc/\$\$/fd/0 >$tmp/stdin
echo '$answer'
PLUGIN

: >"$tmp/runs"
exec_user 'args: ["a b", "; touch pwned", "$(touch pwned)", "*", ""]' \
	'env: [{name: ONE, value: plugin}, {name: KUBERNETES_EXEC_INFO, value: mine}, {name: HOME, value: /nowhere}]'
ONE=ours TWO=ours run get nodes
claim "plugin_of_v1_logs_in" ended 0
claim "plugin_is_run_once_for_all_requests" runs 1
claim "token_of_a_plugin_is_not_shown" hid_token
claim "arguments_reach_the_plugin_as_they_are" diff "$tmp/args" - <<'ARGS'
a b
; touch pwned
$(touch pwned)
*

ARGS
# The shell's prompt is not compared.
claim "variables_of_the_user_win_over_the_environment" grep -qx ONE=plugin "$tmp/env"
claim "environment_reaches_the_plugin" grep -qx TWO=ours "$tmp/env"
claim "exec_info_wins_over_a_variable_of_the_user" jq -e '.spec.interactive == false' "$tmp/info"
claim "plugin_has_no_other_descriptor" test "$(grep -cvE ' (0|1|2|255) -> |^total' "$tmp/fd-list")" = 0
claim "plugin_leads_a_process_group_and_session_of_its_own" \
	awk '$1 != $2 || $1 != $3 { exit 1 }' "$tmp/group"
claim "plugin_that_may_not_ask_has_no_input" grep -qx /dev/null "$tmp/stdin"

# same_info: kubectl gives the plugin the same information
same_info() {
	run get nodes
	ended 0 || return 1
	jq -S . "$tmp/info" >"$tmp/info.ours"
	kubectl get --raw /version >/dev/null </dev/null || return 1
	jq -S . "$tmp/info" | diff "$tmp/info.ours" -
}
claim "plugin_is_told_what_kubectl_tells" same_info
exec_user 'provideClusterInfo: true'
claim "plugin_is_told_of_the_cluster_what_kubectl_tells" same_info
claim "cluster_info_has_the_extension" jq -e '.spec.cluster.config.audience == "here"' "$tmp/info"
sed -i 's|    server: .*|&\n    tls-server-name: kubernetes\n    disable-compression: true|' "$KUBECONFIG"
claim "plugin_is_told_of_exotic_clusters_what_kubectl_tells" same_info
exec_user 'provideClusterInfo: true'
sed -i '/extensions:/,/extension:/d' "$KUBECONFIG"
claim "plugin_is_told_of_clusters_without_extension_what_kubectl_tells" same_info
exec_user 'apiVersion: client.authentication.k8s.io/v1beta1' 'provideClusterInfo: true'
sed -i 's|client.authentication.k8s.io/v1"|client.authentication.k8s.io/v1beta1"|' "$plugin"
claim "plugin_of_v1beta1_is_told_what_kubectl_tells" same_info
sed -i 's|client.authentication.k8s.io/v1beta1"|client.authentication.k8s.io/v1"|' "$plugin"

# Which program

mkdir -p "$tmp/path"
cp "$plugin" "$tmp/path/in-path"
cp "$plugin" "$tmp/config/in-config"
cp "$plugin" "$tmp/here"
exec_user 'command: in-path'
PATH=$tmp/path:$PATH run get nodes
claim "name_without_a_slash_is_looked_up_in_path" ended 0
exec_user 'command: in-config'
(cd "$tmp/config" && PATH=.::$PATH run get nodes
	ended 3 'in-config of user "u" of .* is not installed (no directory of PATH has it)') \
	>"$tmp/log" 2>&1 && relative=0 || relative=$?
claim "directory_that_is_no_absolute_one_is_not_looked_in" test "$relative" = 0
exec_user 'command: ./in-config'
run get nodes
claim "path_is_relative_to_the_kubeconfig" ended 0
exec_user 'command: nowhere' 'installHint: "get it \u001b[31mhere\u001b[0m"'
run get nodes
claim "missing_plugin_is_told_with_its_hint" ended 3 'nowhere of user "u" of .* is not installed' 'get it ?\[31mhere'
exec_user 'command: ./bin'
run get nodes
claim "directory_is_no_plugin" ended 3 'cannot run .*Permission denied'
exec_user
printf 'echo "%s"\n' "$token" >"$plugin"
run get nodes
claim "no_shell_runs_what_is_no_program" ended 3 'Exec format error'
run get nodes --no-exec
claim "no_exec_runs_nothing_and_says_what_to_do" ended 7 'exec: credential plugins are not run with --no-exec' 'token'

# What it answers

# answers CODE TEXT PATTERN...: a plugin that prints TEXT
answers() {
	local code=$1
	printf '%s' "$2" >"$tmp/answer"
	shift 2
	plugin <<<"cat $tmp/answer"
	run get nodes
	ended "$code" "$@" && hid_token
}
exec_user
claim "answer_as_yaml_is_taken_as_kubectl_takes_it" answers 0 \
	'{apiVersion: client.authentication.k8s.io/v1, kind: ExecCredential, status: {token: admin-token}}'
claim "answer_of_another_version_is_refused" answers 4 "${answer/v1/v1beta1}" 'another apiVersion than client.authentication.k8s.io/v1'
claim "answer_that_is_none_is_refused_unshown" answers 4 'admin-token: [' 'printed no ExecCredential, but something else (not shown)'
claim "answer_of_another_kind_is_refused" answers 4 "${answer/ExecCredential/Secret}" 'printed no ExecCredential'
claim "empty_answer_is_refused" answers 4 '' 'printed nothing'
claim "answer_without_a_status_is_refused" answers 4 '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential"}' 'no status'
claim "status_without_credentials_is_refused" answers 4 "${answer/token/other}" 'neither a token nor a certificate'
claim "certificate_without_a_key_is_refused" answers 4 "${answer/token/clientCertificateData}" 'a certificate without its key'
claim "token_with_a_line_break_is_refused" answers 4 "${answer/admin-token/admin-token\\r\\nX: y}" 'its token: is no token'
claim "time_that_is_none_is_refused" answers 4 "${answer/\"token/\"expirationTimestamp\":\"soon\",\"token}" 'expirationTimestamp is no RFC 3339 time'

jq -n --rawfile cert "$certs/client.crt" --rawfile key "$certs/client.key" '{apiVersion: "client.authentication.k8s.io/v1",
	kind: "ExecCredential", status: {clientCertificateData: $cert, clientKeyData: $key}}' >"$tmp/pair"
claim "certificate_of_a_plugin_logs_in" answers 0 "$(cat "$tmp/pair")"
jq --rawfile key "$certs/client-2.key" '.status.clientKeyData = $key' "$tmp/pair" >"$tmp/odd"
claim "certificate_and_key_that_do_not_fit_are_refused" answers 4 "$(cat "$tmp/odd")" 'belongs to another certificate'

# How long an answer is valid

# counted TIME TOKEN...: the plugin gives these tokens one after another, each valid until TIME
counted() {
	local expires=$1
	shift
	: >"$tmp/runs"
	printf '%s\n' "$@" >"$tmp/tokens"
	plugin <<-PLUGIN
		echo run >>$tmp/runs
		token=\$(sed -n "\$(grep -c . $tmp/runs)p;\\\$p" $tmp/tokens | head -n 1)
		echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"'\$token'"$expires}}'
	PLUGIN
}
counted ',"expirationTimestamp":"2999-01-01T00:00:00Z"' admin-token
run install v3.24.0
claim "answer_is_good_until_it_expires" ended 0
claim "plugin_is_not_run_again_before" runs 1
counted ',"expirationTimestamp":"2020-01-01T00:00:00.5+02:00"' admin-token
run install v3.24.0
claim "answer_that_has_expired_is_used_once" ended 0
claim "plugin_is_run_again_for_the_next_requests" test "$(grep -c . "$tmp/runs")" -ge 2
counted '' stale admin-token
run install v3.24.0
claim "plugin_is_run_again_after_a_401" ended 0
claim "plugin_is_run_twice_then" runs 2
counted '' stale stale-too
run get nodes
claim "second_refusal_stands" ended 7 401 'credential plugin of user "u" of .* gave new ones'
claim "plugin_is_not_run_a_third_time" runs 2
: >"$tmp/runs"
run get all
claim "command_of_many_requests_runs_it_no_more_often" runs 2
plugin <<-PLUGIN
	[ ! -e $tmp/once ] || { echo session over >&2; exit 5; }
	: >$tmp/once
	echo '${answer/admin-token/stale}'
PLUGIN
run get nodes
claim "plugin_that_fails_after_a_401_says_why" ended 7 'failed with exit code 5' 'session over'

# What it cannot do

plugin <<<"printf 'open \e[31mhttps://log.in\e]0;owned\a\n' >&2; exit 3"
run get nodes
claim "plugin_that_fails_is_told_with_its_words" ended 7 'bin/plugin of user "u" of .*failed with exit code 3; it said: open ?\[31mhttps://log.in'
plugin <<<"echo run >>$tmp/runs; exit 3"
: >"$tmp/runs"
run get all
claim "plugin_that_fails_is_run_once" runs 1
claim "plugin_that_fails_ends_get_all_as_it_ends_get" ended 7 'kinds could not be read, the first: .*failed with exit code 3'
plugin <<<"printf 'open \\e[31mhttps://log.in\\e]0;owned\\a\\n' >&2; exit 3"
run get nodes
claim "words_of_a_plugin_have_no_control_characters" test "$(tr -d '[:print:]\n' <"$tmp/err" | wc -c)" = 0
plugin <<<"echo Please log in >&2; echo '$answer'"
run get nodes
claim "words_of_a_plugin_are_passed_on" ended 0 '^Please log in$'
plugin <<<'yes noise | head -c 20000000 >&2; exit 1'
run get nodes
claim "flood_on_standard_error_is_cut" test "$(wc -c <"$tmp/err")" -lt 400000
claim "flood_on_standard_error_ends_as_the_plugin_does" ended 7 'exit code 1'

plugin <<<"echo \$\$ >$tmp/pids; exec head -c 1000000000 /dev/zero"
timed get nodes
claim "output_of_1_gb_is_refused" ended 4 'output is larger than 1048576 bytes'
claim "output_of_1_gb_ends_at_once" took 0 3000
claim "plugin_with_too_much_output_is_gone" gone "$tmp/pids"

plugin <<<"sleep 1000 & echo \$\$ \$! | tr ' ' '\n' >$tmp/pids; wait"
timed get nodes --timeout 1s
claim "plugin_that_hangs_ends_with_the_deadline" ended 124 'did not end in time and was killed' 'user "u"'
claim "plugin_that_hangs_takes_no_longer_than_the_deadline" took 1000 2500
claim "plugin_that_hangs_is_gone_with_its_children" gone "$tmp/pids"

plugin <<<"sleep 1000 & echo \$! >$tmp/pids; echo '$answer'"
timed get nodes
claim "child_that_keeps_the_output_open_holds_nothing_up" ended 0
claim "child_that_keeps_the_output_open_takes_no_time" took 0 3000
claim "child_that_keeps_the_output_open_is_gone" gone "$tmp/pids"

plugin <<<"trap '' TERM INT HUP; echo \$\$ >$tmp/pids; kill -KILL \$\$"
run get nodes
claim "plugin_that_is_killed_is_told" ended 7 'was killed by signal 9'

plugin <<<"echo \$\$ >$tmp/pids.new; mv $tmp/pids.new $tmp/pids; sleep 1000"
rm -f "$tmp/pids"
"$program" get nodes >"$tmp/out" 2>"$tmp/err" &
pid=$!
eventually test -s "$tmp/pids"
tr '\0' ' ' <"/proc/$pid/cmdline" >"$tmp/cmdline"
kill -TERM "$pid"
status=0
wait "$pid" || status=$?
claim "signal_ends_the_program_while_a_plugin_runs" ended 143 SIGTERM
claim "signal_ends_the_plugin_too" gone "$tmp/pids"
claim "arguments_of_the_program_have_no_secret" grep -qx "$program get nodes " "$tmp/cmdline"

# Terminal

plugin <<<"printf 'Password: ' >/dev/tty; read -r word </dev/tty; echo >/dev/tty; [ \"\$word\" = open ] && echo '$answer'"
exec_user 'interactiveMode: Always'
run get nodes </dev/null
claim "plugin_that_must_ask_is_refused_without_a_terminal" ended 7 'interactiveMode: Always' 'standard input is no terminal'
# on_terminal WORD: runs get nodes on a terminal where a user types WORD
on_terminal() {
	(sleep 1 && echo "$1" && sleep 1) | script -qec "$program get nodes --timeout 20s" /dev/null >"$tmp/terminal" 2>&1
}
if command -v script >/dev/null; then
	claim "plugin_asks_on_the_terminal" on_terminal open
	claim "question_of_a_plugin_is_seen" says "$tmp/terminal" 'Password: '
	exec_user 'interactiveMode: IfAvailable'
	claim "plugin_asks_on_the_terminal_if_there_is_one" on_terminal open
	exec_user 'interactiveMode: Never'
	claim_fails 7 "plugin_that_may_not_ask_does_not_wait_for_a_terminal" on_terminal open
else
	skip "plugin_asks_on_the_terminal" "script of util-linux is missing"
fi
exec_user 'interactiveMode: IfAvailable'
plugin <<<"echo '$answer'"
run get nodes </dev/null
claim "plugin_that_may_ask_runs_without_a_terminal" ended 0

claim "nothing_in_an_argument_was_run" test ! -e pwned
finish
