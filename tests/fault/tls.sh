#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Whom the program trusts, and to whom it shows its token.
# shellcheck disable=SC2317 # claim calls the functions
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/fault.sh

empty_list='on GET *
header Content-Type: application/json
body {"kind":"IPPoolList","apiVersion":"crd.projectcalico.org/v1","metadata":{},"items":[]}'

# with_certificate NAME [CA]: one read from a server with this certificate
with_certificate() {
	start_server "$1" <<<"$empty_list"
	write_kubeconfig "${2:-ca}"
	met get ippools
}

with_certificate server
claim "server_of_the_authority_is_read" ended 0
claim "server_of_the_authority_gets_the_token" asked 'GET .* authorization$' 1

with_certificate stranger
claim "certificate_of_another_authority_is_refused" ended 6 certificate certificate-authority
claim "certificate_of_another_authority_gets_no_request" asked . 0

with_certificate server other-ca
claim "authority_of_another_server_is_refused" ended 6 certificate certificate-authority
claim "authority_of_another_server_leads_to_no_request" asked . 0

with_certificate expired
claim "expired_certificate_is_refused" ended 6 expired
claim "expired_certificate_gets_no_request" asked . 0

with_certificate future
claim "certificate_of_the_future_is_refused" ended 6 'not yet valid'
claim "certificate_of_the_future_gets_no_request" asked . 0

with_certificate wrong-host
claim "certificate_for_another_host_is_refused" ended 6 127.0.0.1 tls-server-name
claim "certificate_for_another_host_gets_no_request" asked . 0

sed -i 's/^\( *\)certificate-authority:/\1tls-server-name: elsewhere.invalid\n&/' "$tmp/kubeconfig"
met get ippools
claim "tls_server_name_is_the_name_that_is_verified" ended 0

start_server server --client-ca "$certs/ca.crt" <<<"$empty_list"
write_kubeconfig ca
met get ippools
claim "server_that_wants_a_client_certificate_refuses_a_token_alone" ended 6
claim "server_that_wants_a_client_certificate_gets_no_request" asked . 0
sed -i "s|{token: .*}|{client-certificate: $certs/client.crt, client-key: $certs/client.key}|" \
	"$tmp/kubeconfig"
met get ippools
claim "client_certificate_is_shown" ended 0

start_server - <<<"$empty_list"
write_kubeconfig ca
met get ippools
claim "server_without_tls_is_refused_for_https" ended 6 https
claim "server_without_tls_gets_no_request_for_https" asked . 0
write_kubeconfig ca "http://127.0.0.1:$server_port"
met get ippools
claim "token_is_never_sent_without_tls" asked authorization 0

finish
