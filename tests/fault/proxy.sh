#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Proxies: of a kubeconfig, and of the environment by Go's rules (compared with kubectl). Then what
# is sent of a request and of an answer.
# shellcheck disable=SC2317 # claim calls the functions
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/fault.sh

unset HTTP_PROXY HTTPS_PROXY NO_PROXY ALL_PROXY http_proxy https_proxy no_proxy all_proxy
proxy_server=${BUILD:-build}/tests/proxy-server
proxies=0

# start_proxy MODE [OPTION...]: starts a proxy to the last server; sets proxy_port, proxy_log
start_proxy() {
	local base=$tmp/proxy-$((++proxies)) pid i mode=$1
	shift
	: >"$base.log"
	"$proxy_server" --mode "$mode" --to "127.0.0.1:$server_port" --port-file "$base.port" \
		--log "$base.log" --lifetime 120 "$@" &
	pid=$!
	alive[$pid]=1
	eventually test -s "$base.port"
	proxy_port=$(cat "$base.port")
	proxy_log=$base.log
}

# through PATTERN COUNT: COUNT connections went through the proxy to matching targets
through() {
	local n
	n=$(grep -c -e "$1" "$proxy_log") || true
	[ "$n" = "$2" ] && return
	echo "the proxy saw $n connections like \"$1\", not $2:" >&2
	cat "$proxy_log" >&2
	return 1
}

in_cluster() { # FIELD: adds a field to the kubeconfig's cluster
	sed -i "s|^    server: .*|&\n    $1|" "$tmp/kubeconfig"
}

empty_list='on * *
header Content-Type: application/json
body {"kind":"IPPoolList","apiVersion":"crd.projectcalico.org/v1","metadata":{},"items":[]}'

# The proxy of a kubeconfig

start_server server <<<"$empty_list"
for mode in http https socks5; do
	start_proxy "$mode" --cert "$certs/server.crt" --key "$certs/server.key"
	write_kubeconfig ca
	in_cluster "proxy-url: $mode://127.0.0.1:$proxy_port"
	met get ippools --release v3.29.1
	claim "proxy_with_${mode}_is_used" ended 0
	claim "proxy_with_${mode}_leads_to_the_server_even_on_loopback" through "^127.0.0.1:$server_port\$" 1
	NO_PROXY='*' HTTPS_PROXY=http://127.0.0.1:1 met get ippools --release v3.29.1
	claim "proxy_with_${mode}_wins_over_the_environment" ended 0
done
claim "token_is_shown_to_the_server_alone" through authorization 0

start_proxy https --cert "$certs/stranger.crt" --key "$certs/stranger.key"
write_kubeconfig ca
in_cluster "proxy-url: https://127.0.0.1:$proxy_port"
met get ippools --release v3.29.1
claim "proxy_with_a_certificate_of_a_stranger_is_refused" ended 6 "the proxy's certificate is refused" 'CN=other-ca'

# A name beyond ASCII is sent in the form of DNS (RFC 5891).
start_proxy http
write_kubeconfig ca https://täst.example:443
in_cluster "proxy-url: http://127.0.0.1:$proxy_port"
met get ippools --release v3.29.1
claim "host_beyond_ascii_is_asked_for_in_its_own_form" through '^xn--tst-qla.example:443$' 1

start_proxy http --auth me:pass-word
write_kubeconfig ca
in_cluster "proxy-url: http://me:pass-word@127.0.0.1:$proxy_port"
met get ippools --release v3.29.1
claim "password_for_a_proxy_is_shown_to_it" ended 0
claim "password_for_a_proxy_reaches_it" through authorization 1
write_kubeconfig ca
in_cluster "proxy-url: http://me:wrong-word@127.0.0.1:$proxy_port"
met get ippools --release v3.29.1
claim "proxy_that_refuses_is_told" ended 6 407
claim "password_for_a_proxy_is_not_told" says "$tmp/err" '!wrong-word'
write_kubeconfig ca
in_cluster "proxy-url: http://me:wrong-word@127.0.0.1:1"
met get ippools --release v3.29.1
claim "proxy_that_is_not_there_is_told" ended 6 'proxy http://127.0.0.1:1 (proxy-url of cluster "fault" of .*)' '!wrong-word'
claim "no_proxy_is_no_advice_for_a_proxy_of_the_kubeconfig" says "$tmp/err" \
	'proxy-url of cluster "fault" of .*NO_PROXY does not count'
# As in kubectl, the last @ ends the password. Other special characters are percent-encoded.
for word in 'p@ss:w@rd' 'a%2Fb%23c%3fd%25e%5B%20%40' '!$&()*+,;=~'; do
	printf -v plain '%b' "${word//%/\\x}"
	start_proxy http --auth "me:$plain"
	write_kubeconfig ca
	met get ippools --release v3.29.1 --proxy-url "http://me:$word@[127.0.0.1]:$proxy_port"
	claim "password_${word}_reaches_the_proxy" ended 0
	claim "password_${word}_is_the_right_one" through authorization 1
done
for url in 'http://me:wrong-word@127.0.0.1:99999' 'http://me:wrong-word@[127.0.0.1' 'http://me:wrong-word^@a' \
	'http://me:wrong-word#@127.0.0.1:1' 'http://me:wrong-word/@127.0.0.1:1' 'http://me@1:wrong-word@127.0.0.1:1' \
	'http://me:80/wrong-word@127.0.0.1' 'http://me:%00wrong-word@127.0.0.1:1'; do
	met get ippools --release v3.29.1 --proxy-url "$url"
	claim "password_is_not_told_of_${url}" says "$tmp/err" '!wrong-word' 'error'
	write_kubeconfig ca https://kube.invalid
	HTTPS_PROXY=$url met get ippools --release v3.29.1
	claim "password_is_not_told_of_the_environments_${url}" says "$tmp/err" '!wrong-word' 'error'
	write_kubeconfig ca
done

# Servers that speak another protocol than the proxy's URL says
start_proxy http
write_kubeconfig ca
in_cluster "proxy-url: https://127.0.0.1:$proxy_port"
met get ippools --release v3.29.1
claim "proxy_without_tls_is_told_from_a_server_without_it" ended 6 'the proxy speaks no TLS' \
	'write http:// for https:// in proxy-url of cluster "fault"' '!6443'
start_proxy https --cert "$certs/server.crt" --key "$certs/server.key"
write_kubeconfig ca
in_cluster "proxy-url: http://127.0.0.1:$proxy_port"
met get ippools --release v3.29.1
claim "proxy_with_tls_that_is_taken_for_a_plain_one_is_named" ended 6 \
	"through the proxy http://127.0.0.1:$proxy_port (proxy-url of cluster"

write_kubeconfig ca
start_proxy http
met get ippools --release v3.29.1 --proxy-url "http://127.0.0.1:$proxy_port"
claim "flag_proxy_url_is_used" ended 0
claim "flag_proxy_url_leads_to_the_server" through . 1
met get ippools --release v3.29.1 --proxy-url "ftp://127.0.0.1:$proxy_port"
claim "flag_proxy_url_of_another_scheme_is_refused" ended 2 '--proxy-url: is no http, https or socks5 URL'

# The proxy of the environment

write_kubeconfig ca
HTTPS_PROXY=http://127.0.0.1:1 ALL_PROXY=http://127.0.0.1:1 met get ippools --release v3.29.1
claim "loopback_never_goes_through_the_environments_proxy" ended 0
write_kubeconfig ca https://kube.invalid:6443
in_cluster "tls-server-name: localhost"
start_proxy http
HTTPS_PROXY=http://127.0.0.1:$proxy_port met get ippools --release v3.29.1
claim "proxy_of_the_environment_is_used" ended 0
claim "proxy_of_the_environment_looks_the_name_up" through '^kube.invalid:6443$' 1
https_proxy=127.0.0.1:$proxy_port met get ippools --release v3.29.1
claim "proxy_of_the_environment_needs_no_scheme" ended 0
start_proxy socks5
HTTPS_PROXY=socks5://127.0.0.1:$proxy_port met get ippools --release v3.29.1
claim "socks5_proxy_of_the_environment_is_used" ended 0
claim "socks5_proxy_looks_the_name_up" through '^kube.invalid:6443$' 1
HTTPS_PROXY=ftp://127.0.0.1:1 met get ippools --release v3.29.1
claim "proxy_of_the_environment_of_another_scheme_is_refused" ended 4 'HTTPS_PROXY: is no http, https'
HTTP_PROXY=http://127.0.0.1:$proxy_port ALL_PROXY=http://127.0.0.1:$proxy_port met get ippools --release v3.29.1
claim "proxies_for_others_are_not_used" ended 6 'not resolve host'

# way COMMAND...: prints "proxy" or "direct", by the proxy's log
way() {
	: >"$proxy_log"
	HTTPS_PROXY=http://127.0.0.1:$proxy_port NO_PROXY=$exempt "$@" >>"$tmp/ways" 2>&1 || true
	if [ -s "$proxy_log" ]; then
		echo proxy
	else
		echo direct
	fi
}

# same_way NO_PROXY SERVER WAY: this program and kubectl both take this way
same_way() {
	local exempt=$1 ours theirs
	write_kubeconfig ca "$2"
	: >"$tmp/ways"
	ours=$(way "$program" --kubeconfig "$tmp/kubeconfig" get ippools --timeout 300ms)
	theirs=$(way "$kubectl_program" --kubeconfig "$tmp/kubeconfig" --cache-dir "$tmp/cache" \
		--request-timeout 300ms get --raw /version)
	[ "$ours" = "$theirs" ] && [ "$ours" = "$3" ] && return
	echo "ours: $ours, kubectl's: $theirs, expected: $3" >&2
	cat "$tmp/ways" >&2
	return 1
}
start_server server <<<"$empty_list"
start_proxy http
kubectl_program=$(scripts/control-plane tools)/kubectl
while read -r way exempt server; do
	[ -n "$way" ] || continue
	[ "$exempt" != - ] || exempt=
	claim "no_proxy_${exempt:-nothing}_${way}_for_${server#https://}" same_way "${exempt//_/ }" "$server" "$way"
done <<'TABLE'
proxy - https://a.b.invalid:6443
direct * https://a.b.invalid:6443
direct b.invalid https://a.b.invalid:6443
direct .b.invalid https://a.b.invalid:6443
proxy .b.invalid https://b.invalid:6443
direct b.invalid https://b.invalid:6443
direct *.b.invalid https://a.b.invalid:6443
proxy *.b.invalid https://b.invalid:6443
proxy b.invalid https://ab.invalid:6443
direct B.Invalid https://a.b.invalid:6443
direct b.invalid:6443 https://a.b.invalid:6443
proxy b.invalid:443 https://a.b.invalid:6443
direct b.invalid:443 https://a.b.invalid
direct x,_b.invalid_,y https://a.b.invalid:6443
proxy a https://a.b.invalid:6443
proxy .invalid: https://a.b.other:6443
proxy 192.0.2.0/24 https://198.51.100.7:6443
direct 192.0.2.0/24 https://192.0.2.7:6443
direct 192.0.2.7 https://192.0.2.7:6443
proxy 192.0.2.7:443 https://192.0.2.7:6443
direct 192.0.2.7:6443 https://192.0.2.7:6443
proxy 192.0.2.7 https://192.0.2.8:6443
proxy 192.0.2 https://192.0.2.8:6443
proxy 2001:db8::/32 https://192.0.2.8:6443
direct 2001:db8::/32 https://[2001:db8::7]:6443
direct [2001:db8::7]:6443 https://[2001:db8::7]:6443
proxy [2001:db8::7]:443 https://[2001:db8::7]:6443
proxy 0.0.0.0/0 https://a.b.invalid:6443
direct 0.0.0.0/0 https://192.0.2.8:6443
proxy : https://a.b.invalid:6443
direct - https://localhost:1
direct - https://127.0.0.5:1
direct - https://[::1]:1
TABLE

# What is sent

# head PATTERN: the last request has a matching header
head_has() {
	says "$tmp/heads" "$1"
}
start_server server --heads "$tmp/heads" <<<"$empty_list"
write_kubeconfig ca
met get ippools --release v3.29.1
claim "answers_may_be_compressed" head_has '^Accept-Encoding: gzip'
: >"$tmp/heads"
in_cluster "disable-compression: true"
met get ippools --release v3.29.1
claim "disabled_compression_is_not_asked_for" head_has '!Accept-Encoding'
: >"$tmp/heads"
write_kubeconfig ca
sed -i "/^users:/,\$ s|  user: .*|  user: {username: me, password: pass-word}|" "$tmp/kubeconfig"
met get ippools --release v3.29.1
claim "user_name_and_password_are_basic_auth" head_has "^Authorization: Basic $(printf me:pass-word | base64)"
claim "password_is_not_shown" test "$(cat "$tmp/out" "$tmp/err" | grep -c pass-word)" = 0
: >"$tmp/heads"
write_kubeconfig ca
met get ippools --release v3.29.1 --as me --as-group a --as-group 'b c' --as-uid 7
claim "impersonated_user_is_a_header" head_has '^Impersonate-User: me'
claim "impersonated_groups_are_headers" head_has '^Impersonate-Group: b c'
claim "impersonated_uid_is_a_header" head_has '^Impersonate-Uid: 7'

start_server server <<-SCRIPT
	on * *
	slow 1
	body-size 100
SCRIPT
write_kubeconfig ca
met get ippools --release v3.29.1 --request-timeout 300ms --timeout 4s
claim "request_timeout_ends_an_attempt" ended 124 'after 3[0-9][0-9] milliseconds'

# Warnings

start_server server <<-SCRIPT
	on * *
	header Content-Type: application/json
	header Warning: 299 - "old \"api\" $(printf '\033')[31m"
	header Warning: 299 - "second", 299 - "third" "Wed, 21 Oct 2015 07:28:00 GMT"
	header Warning: 299 - "second"
	header Warning: 199 - "not for us"
	header Warning: 299 - "unended
	body {"kind":"IPPoolList","apiVersion":"crd.projectcalico.org/v1","metadata":{},"items":[]}
SCRIPT
write_kubeconfig ca
met get ippools --release v3.29.1
claim "warnings_do_not_fail_a_run" ended 0
claim "warnings_are_told_once_each" diff "$tmp/err" - <<'WARNINGS'
warning: old "api" ?[31m
warning: second
warning: third
WARNINGS
met get ippools --release v3.29.1 --quiet
claim "warnings_are_not_told_to_the_quiet" test ! -s "$tmp/err"
finish
