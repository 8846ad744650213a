#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A user who can log in with kubectl can log in with this program, as the same user. The cases are
# in tests/unit/data/kubeconfig/live; its README describes them. Then credentials that change during
# a run.
# shellcheck disable=SC2317 # claim calls the functions
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/cluster.sh

unset HTTP_PROXY HTTPS_PROXY NO_PROXY ALL_PROXY http_proxy https_proxy no_proxy all_proxy
CERTS=$tmp/certs
PLUGINS=$tmp/plugins
tests/lib/certs "$CERTS"
audit=$tmp/audit.log
cat >"$tmp/policy" <<'POLICY'
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: Metadata
  resources: [{group: "", resources: [nodes]}]
- level: None
POLICY
start_cluster --client-ca-file "$CERTS/ca.crt" --audit-policy-file "$tmp/policy" \
	--audit-log-path "$audit" --audit-log-mode blocking
kubectl create clusterrole see-nodes --verb get,list --resource nodes >"$tmp/log"
kubectl create clusterrolebinding see-nodes --clusterrole see-nodes --group system:authenticated \
	>"$tmp/log"
SERVER=$(kubectl config view --raw -o jsonpath='{.clusters[0].cluster.server}')
PORT=${SERVER##*:}
CA_DATA=$(kubectl config view --raw -o jsonpath='{.clusters[0].cluster.certificate-authority-data}')
CA=$tmp/cluster-ca.crt
base64 -d <<<"$CA_DATA" >"$CA"
# shellcheck disable=SC2034 # expand reads it
OTHER_CA_DATA=$(base64 -w 0 "$CERTS/other-ca.crt")
# shellcheck disable=SC2034 # expand reads it
CERT_DATA=$(base64 -w 0 "$CERTS/client.crt")
KEY_DATA=$(base64 -w 0 "$CERTS/client.key")
unset KUBECONFIG

mkdir "$PLUGINS"
credential='{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1'
cat >"$PLUGINS/token" <<PLUGIN
#!/bin/sh
echo '$credential","status":{"token":"'\${1-\$TOKEN}'"}}'
PLUGIN
cat >"$PLUGINS/beta" <<PLUGIN
#!/bin/sh
echo '${credential}beta1","status":{"token":"viewer-token"}}'
PLUGIN
jq -n --rawfile cert "$CERTS/client.crt" --rawfile key "$CERTS/client.key" \
	'{kind: "ExecCredential", apiVersion: "client.authentication.k8s.io/v1",
	  status: {clientCertificateData: $cert, clientKeyData: $key}}' >"$tmp/pair.json"
printf '#!/bin/sh\ncat %s\n' "$tmp/pair.json" >"$PLUGINS/pair"
chmod +x "$PLUGINS"/*

# start_proxy MODE: starts a proxy and sets MODE_PROXY_URL
start_proxy() {
	local base=$tmp/proxy-$1 i
	: >"$base.log"
	"${BUILD:-build}/tests/proxy-server" --mode "$1" --to "127.0.0.1:$PORT" --port-file "$base.port" \
		--log "$base.log" --cert "$CERTS/server.crt" --key "$CERTS/server.key" &
	at_exit_kill $!
	eventually test -s "$base.port"
	printf -v "${1^^}_PROXY_URL" '%s' "$1://127.0.0.1:$(cat "$base.port")"
}
start_proxy http
start_proxy https
start_proxy socks5

# expand TEXT: replaces the variables that a case may name by their values
expand() {
	local text=$1 name
	for name in SERVER PORT CERTS PLUGINS CA_DATA OTHER_CA_DATA CA CERT_DATA KEY_DATA DIR \
		HTTP_PROXY_URL HTTPS_PROXY_URL SOCKS5_PROXY_URL; do
		text=${text//\$$name/${!name}}
	done
	printf '%s' "$text"
}

# The parts of a case: its directory, environment, flags, and what it expects

begin() {
	name=$1
	DIR=$tmp/case/$name
	mkdir -p "$DIR/home"
	environment=("HOME=$DIR/home" "KUBECONFIG=$DIR/a")
	flags=()
	proxied=
	expected=
}

directive() { # VERB ARGUMENTS BODY
	local arguments body
	arguments=$(expand "$2")
	body=$(expand "$3")
	case $1 in
	config) printf '%s\n' 'apiVersion: v1' 'kind: Config' 'current-context: x' \
		'contexts: [{name: x, context: {cluster: c, user: u}}]' \
		"clusters: [{name: c, cluster: {$arguments}}]" \
		"users: [{name: u, user: {$body}}]" >"$DIR/a" ;;
	file)
		mkdir -p "$(dirname "$DIR/$arguments")"
		printf '%s\n' "$body" >"$DIR/$arguments"
		[ -n "$body" ] || : >"$DIR/$arguments"
		;;
	join)
		# shellcheck disable=SC2086 # names without spaces
		set -- $arguments
		(cd "$DIR" && cat "${@:2}" >"$1")
		;;
	link) ln -s "${arguments#* }" "$DIR/${arguments%% *}" ;;
	env) environment+=("$arguments") ;;
	unset) environment+=(-u "$arguments") ;;
	flag) flags+=("$arguments") ;;
	proxied) proxied=$arguments ;;
	user | refused | differs) expected="$1 $arguments" ;;
	*) echo "$name: $1 is no directive" >&2 && exit 1 ;;
	esac
}

# env needs the variables to unset before the variables to set
in_case() {
	local unset=() set=() i
	for ((i = 0; i < ${#environment[@]}; i++)); do
		if [ "${environment[i]}" = -u ]; then
			unset+=(-u "${environment[++i]}")
		else
			set+=("${environment[i]}")
		fi
	done
	for ((i = 0; i < ${#unset[@]}; i += 2)); do
		set=("${set[@]/#${unset[i + 1]}=*/UNUSED=}")
	done
	(cd "$DIR" && exec env "${unset[@]}" "${set[@]}" "$@" </dev/null)
}

# seen AGENT: prints the user of a program's last request, as the server saw it, with groups and
# extra. The log may be a moment later than the answer.
seen() {
	local i text
	for ((i = 0; i < 40; i++)); do
		text=$(tail -c "+$((before + 1))" "$audit" 2>/dev/null | jq -cs --arg agent "$1" '
			map(select(.userAgent | startswith($agent))) | last // empty |
			(.impersonatedUser // .user) | {username, uid, groups: (.groups // [] | sort), extra}
			| del(.extra["authentication.kubernetes.io/credential-id"])')
		[ -z "$text" ] || break
		sleep 0.05
	done
	printf '%s' "$text"
}

# went: prints the number of connections that a proxy saw since the last call
went() {
	[ -n "$proxied" ] || return 0
	grep -c . "$tmp/proxy-$proxied.log" || true
	: >"$tmp/proxy-$proxied.log"
}

both() {
	local ours=0 theirs=0 view=0 viewing we they way_ours way_theirs
	before=$(stat -c %s "$audit" 2>/dev/null || echo 0)
	went >/dev/null
	in_case "$kubectl_program" config view --minify --raw "${flags[@]}" >"$tmp/view" 2>&1 &
	viewing=$!
	in_case "$program" get nodes -o json --timeout 10s "${flags[@]}" >"$tmp/ours" 2>&1 || ours=$?
	way_ours=$(went)
	in_case "$kubectl_program" --cache-dir "$tmp/cache" --request-timeout 10s "${flags[@]}" \
		get --raw '/api/v1/nodes?limit=500' >"$tmp/theirs" 2>&1 || theirs=$?
	way_theirs=$(went)
	wait "$viewing" || view=$?
	cat "$tmp/ours" >>"$tmp/everything"
	echo "ours: $ours, kubectl's: $theirs, config view's: $view"
	cat "$tmp/ours" "$tmp/theirs"
	if [ "$view" -ne 0 ] && [ "$ours" -eq 0 ]; then
		return 1
	fi
	case $expected in
	refused*) [ "$ours" -ne 0 ] && [ "$theirs" -ne 0 ] && [ "$ours" -lt 120 ] ;;
	differs*) [ "$ours" -ne 0 ] && [ "$theirs" -eq 0 ] ;;
	user*)
		[ "$ours" -eq 0 ] && [ "$theirs" -eq 0 ] || return 1
		we=$(seen calico-datastore/)
		they=$(seen kubectl/)
		echo "ours: $we $way_ours, kubectl's: $they $way_theirs"
		[ -n "$we" ] && [ "$we" = "$they" ] || return 1
		[ -z "$proxied" ] || [ "$way_ours$way_theirs" = 11 ] || return 1
		[ "$expected" = 'user *' ] || [ "$(jq -r .username <<<"$we")" = "${expected#user }" ]
		;;
	*) echo "$name expects nothing" && return 1 ;;
	esac
}

n_cases=0
run_case() {
	[ -z "${name-}" ] && return
	n_cases=$((n_cases + 1))
	claim "kubectl_agrees_on_$name" both
}

name=
verb=
arguments=
body=
end_directive() {
	[ -z "$verb" ] || directive "$verb" "$arguments" "${body%$'\n'}"
	verb=
	body=
}
while IFS= read -r line; do
	case $line in
	'### case '*)
		end_directive
		run_case
		begin "${line#'### case '}"
		;;
	'### '*)
		end_directive
		line=${line#'### '}
		verb=${line%% *}
		arguments=${line#"$verb"}
		arguments=${arguments# }
		;;
	*) [ -z "$verb" ] || body+=$line$'\n' ;;
	esac
done < <(cat tests/unit/data/kubeconfig/live/*.cases)
end_directive
run_case
claim "there_are_60_cases_or_more" test "$n_cases" -ge 60

# secrets_in FILE: prints the number of lines with a secret
secrets_in() {
	grep -cE -e '(viewer|admin|nobody)-token|-----BEGIN' -e "${KEY_DATA:0:30}" "$1" || true
}
claim "no_case_tells_a_secret" test "$(secrets_in "$tmp/everything")" = 0

# Credentials that change while the program runs: a pipe gives a new text each time it is opened

# feed FILE TEXT...: FILE is a pipe that gives these texts one after another
feed() {
	local file=$1 text
	shift
	rm -f "$file"
	mkfifo "$file"
	(for text; do
		cat <<<"$text" >"$file"
		sleep 0.3
	done) &
	at_exit_kill $!
}

begin rotated
directive config "server: \$SERVER, certificate-authority-data: \$CA_DATA" "tokenFile: token"
feed "$DIR/token" stale viewer-token
in_case timeout 20 "$program" get nodes >"$tmp/out" 2>"$tmp/err" && status=0 || status=$?
claim "token_file_is_read_again_after_a_401" ended 0
feed "$DIR/token" stale stale
in_case timeout 20 "$program" get nodes >"$tmp/out" 2>"$tmp/err" && status=0 || status=$?
claim "token_that_stays_stale_is_refused" ended 7 401 'renew the token of user "u" of .*/a'
directive config "server: \$SERVER, certificate-authority-data: \$CA_DATA" \
	"client-certificate: crt, client-key: key"
feed "$DIR/crt" "$(cat "$CERTS/expired-client.crt")" "$(cat "$CERTS/client.crt")"
feed "$DIR/key" "$(cat "$CERTS/expired-client.key")" "$(cat "$CERTS/client.key")"
in_case timeout 20 "$program" get nodes >"$tmp/out" 2>"$tmp/err" && status=0 || status=$?
claim "certificate_is_read_again_after_a_401" ended 0
feed "$DIR/crt" "$(cat "$CERTS/expired-client.crt")" "$(cat "$CERTS/client.crt")"
feed "$DIR/key" "$(cat "$CERTS/expired-client.key")" "$(cat "$CERTS/client-2.key")"
in_case timeout 20 "$program" get nodes >"$tmp/out" 2>"$tmp/err" && status=0 || status=$?
claim "certificate_that_is_half_renewed_is_not_taken" ended 7 'CN=expired-client, valid until 2021-01-01T00:00:00Z) has expired'
expired=$(printf '{"exp":1600000000}' | base64 -w 0 | tr -d = | tr '+/' -_)
printf 'eyJhbGciOiJub25lIn0.%s.x' "$expired" >"$DIR/jwt"
directive config "server: \$SERVER, certificate-authority-data: \$CA_DATA" "tokenFile: jwt"
in_case "$program" get nodes >"$tmp/out" 2>"$tmp/err" && status=0 || status=$?
claim "token_that_has_expired_is_told_with_the_time" ended 7 'the token of user "u" of .* has expired at 2020-09-13T12:26:40Z'

# What the run cannot find, and why

run get nodes --token abc
claim "flag_token_is_refused_with_the_reason" ended 2 'no --token' 'arguments' '--token-file FILE' '!abc'
run get nodes --password=abc
claim "flag_password_is_refused_with_the_reason" ended 2 'no --password' '!abc'

# What kubectl shows of the cases that need no server

claim "kubectl_shows_what_the_other_cases_record" env "KUBECTL=$kubectl_program" \
	"${BUILD:-build}/tests/test_kubeconfig"

finish
