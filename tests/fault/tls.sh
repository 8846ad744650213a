#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Which servers the program trusts, and which servers get its token.
# shellcheck disable=SC2317 # claim calls the functions
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/fault.sh

empty_list='on GET *
header Content-Type: application/json
body {"kind":"IPPoolList","apiVersion":"crd.projectcalico.org/v1","metadata":{},"items":[]}'

# with_certificate NAME [CA]: reads once from a server with this certificate
with_certificate() {
	start_server "$1" <<<"$empty_list"
	write_kubeconfig "${2:-ca}"
	met get ippools --release v3.29.1
}

with_certificate server
claim "server_of_the_authority_is_read" ended 0
claim "server_of_the_authority_gets_the_token" asked 'GET .* authorization$' 1

# refused PATTERN...: the error has the right reason and describes the certificate; no request was
# sent
refused() {
	ended 6 "certificate is refused" '^  subject: CN=' '^  names: ' '^  issuer:  CN=' \
		'^  valid:   20[0-9-]*T[0-9:]*Z to 20[0-9-]*T[0-9:]*Z$' "$@" &&
		asked . 0 && hid_token
}

with_certificate stranger
claim "certificate_of_another_authority_is_refused_with_both" refused \
	'issued by CN=other-ca, which is none of the authorities trusted (CN=ca, from' \
	'certificate-authority of cluster "fault" of .*/kubeconfig' 'names:   127.0.0.1, localhost$'

with_certificate server other-ca
claim "authority_of_another_server_is_refused" refused \
	'issued by CN=ca, which is none of the authorities trusted (CN=other-ca, from'

with_certificate expired
claim "expired_certificate_is_refused_with_the_date" refused \
	'has expired: it was valid until 2021-01-01T00:00:00Z, and here it is 20' \
	'renew the server.s certificate, or set this machine.s clock'

with_certificate future
claim "certificate_of_the_future_is_refused_with_the_clock" refused \
	'not yet valid: it will be from 2048-01-01T00:00:00Z, and here it is 20' 'clock'

with_certificate cn-only
sed -i 's|https://127.0.0.1:|https://localhost:|' "$tmp/kubeconfig"
met get ippools --release v3.29.1
claim "certificate_that_names_its_host_in_its_subject_alone_is_refused" refused \
	'CN=localhost, which does not count' 'subjectAltName for localhost' 'names:   none'

with_certificate self-signed
claim "certificate_signed_by_itself_is_refused" refused 'signed by itself, CN=self-signed'

with_certificate same-name
claim "authority_of_the_same_name_with_another_key_is_told_apart" refused \
	'CN=ca has the name of a trusted one but another key' 'set up anew'

with_certificate not-for-servers
claim "certificate_of_a_client_is_no_server" refused 'not for servers'

with_certificate wrong-host
claim "certificate_for_another_host_is_refused_with_its_names" refused \
	'it is for elsewhere.invalid, not for 127.0.0.1' \
	'tls-server-name: elsewhere.invalid in cluster "fault" of' 'correct its server'

with_certificate addresses
claim "certificate_for_addresses_alone_is_refused_with_the_name_to_set" refused \
	'it is for ::1, 192.0.2.1, not for 127.0.0.1' 'set tls-server-name: "::1" in cluster "fault"'
for name in '"::1"' '"[::1]"' 192.0.2.1; do
	write_kubeconfig ca
	sed -i "s/^\( *\)certificate-authority:/\1tls-server-name: $name\n&/" "$tmp/kubeconfig"
	met get ippools --release v3.29.1
	claim "tls_server_name_${name}_is_verified" ended 0
done
write_kubeconfig ca
sed -i 's/^\( *\)certificate-authority:/\1tls-server-name: "::2"\n&/' "$tmp/kubeconfig"
met get ippools --release v3.29.1
claim "tls_server_name_of_another_address_is_refused" ended 6 'not for ::2'
for name in 'a b' 'a/b' 'a@b' 'a:1' ''; do
	write_kubeconfig ca
	met get ippools --release v3.29.1 --tls-server-name "$name"
	claim "tls_server_name_(${name})_is_no_name" ended "$([ "$name" ] && echo 4 || echo 2)" 'tls-server-name'
done

# Calico's install-cni writes brackets round every address.
start_server server <<<"$empty_list"
write_kubeconfig ca "https://[127.0.0.1]:$server_port"
met get ippools --release v3.29.1
claim "server_in_brackets_is_read" ended 0
claim "server_in_brackets_is_named_without_them" asked '^GET .* authorization$' 1

# A damaged certificate and a text that is no certificate, among good authorities.
{
	sed '3s/.*/AAAA/' "$certs/other-ca.crt"
	cat "$certs/client.key" "$certs/ca.crt"
	sed 3d "$certs/other-ca.crt"
} >"$certs/bundle.crt"
write_kubeconfig bundle
met get ippools --release v3.29.1
claim "damaged_authority_spoils_no_good_one" ended 0
claim "damaged_authority_is_named" says "$tmp/err" \
	'certificate-authority of cluster "fault".*: certificate 1, 3 of 3 cannot be read and is not used'
sed '3s/.*/AAAA/' "$certs/ca.crt" >"$certs/bundle.crt"
met get ippools --release v3.29.1
claim "nothing_but_damaged_authorities_is_an_error" ended 4 'holds no certificate that can be read'

# Errors also name the authorities of the system.
start_server server <<<"$empty_list"
write_kubeconfig ca
sed -i '/certificate-authority:/d' "$tmp/kubeconfig"
met get ippools --release v3.29.1
claim "authority_that_the_system_does_not_know_is_named" refused \
	'issued by CN=ca, which is none of the authorities trusted' 'the system.s'

start_server server <<<"$empty_list"
write_kubeconfig ca
sed -i "s|certificate-authority:.*|certificate-authority: $certs/client.key|" "$tmp/kubeconfig"
met get ippools --release v3.29.1
claim "key_in_the_place_of_an_authority_is_explained" ended 4 \
	'certificate-authority of cluster "fault".*holds no certificate'

start_server server --old-tls <<<"$empty_list"
write_kubeconfig ca
met get ippools --release v3.29.1
claim "server_with_tls_1_1_is_refused" ended 6 'no TLS 1.2 or newer' 'update the server'
claim "server_with_tls_1_1_gets_no_request" asked . 0

start_server server <<<"$empty_list"
write_kubeconfig ca
sed -i '/certificate-authority:/d' "$tmp/kubeconfig"
met get ippools --release v3.29.1 --insecure-skip-tls-verify
claim "flag_insecure_skip_tls_verify_reads_and_warns" ended 0 'warning: insecure-skip-tls-verify'

with_certificate wrong-host
sed -i 's/^\( *\)certificate-authority:/\1tls-server-name: elsewhere.invalid\n&/' "$tmp/kubeconfig"
met get ippools --release v3.29.1
claim "tls_server_name_is_the_name_that_is_verified" ended 0
claim "tls_server_name_changes_no_path" asked '^GET /apis' 1

# user FIELDS: sets the kubeconfig's user
as_user() {
	sed -i "/^users:/,\$ s|  user: .*|  user: {$1}|" "$tmp/kubeconfig"
}

start_server server --client-ca "$certs/ca.crt" <<<"$empty_list"
write_kubeconfig ca
met get ippools --release v3.29.1
claim "server_that_wants_a_client_certificate_refuses_a_token_alone" ended 7 \
	'wants a client certificate' 'client-certificate and client-key in user "fault" of .*kubeconfig'
claim "server_that_wants_a_client_certificate_gets_no_request" asked . 0
as_user "client-certificate: $certs/client.crt, client-key: $certs/client.key"
met get ippools --release v3.29.1
claim "client_certificate_is_shown" ended 0
as_user "client-certificate: $certs/expired-client.crt, client-key: $certs/expired-client.key"
met get ippools --release v3.29.1
claim "expired_client_certificate_is_told_with_its_date" ended 7 \
	'CN=expired-client, valid until 2021-01-01T00:00:00Z: it has expired' 'renew it in user "fault"'
as_user "client-certificate: $certs/client.crt, client-key: $certs/client-2.key"
met get ippools --release v3.29.1
claim "key_of_another_certificate_is_explained" ended 4 'user "fault" of.*belongs to another certificate'
as_user "client-certificate: $certs/client.crt, client-key: $certs/encrypted.key"
met get ippools --release v3.29.1
claim "encrypted_key_is_explained" ended 4 'client-key: .*is encrypted' 'openssl pkey'
sed '3s/.*/AAAA/' "$certs/client.key" >"$certs/damaged.key"
as_user "client-certificate: $certs/client.crt, client-key: $certs/damaged.key"
met get ippools --release v3.29.1
claim "damaged_key_is_explained_untold" ended 4 'client key cannot be read: the PEM block is damaged' '!AAAA'

# When a certificate on disk is replaced during the run, the next try uses the new one.
start_server server --client-ca "$certs/ca.crt" <<-SCRIPT
	on * *
	times 1
	status 401
	$empty_list
SCRIPT
cp "$certs/client.crt" "$certs/rotated.crt"
cp "$certs/client.key" "$certs/rotated.key"
write_kubeconfig ca
as_user "client-certificate: $certs/rotated.crt, client-key: $certs/rotated.key"
met get ippools --release v3.29.1
claim "refusal_of_an_unchanged_certificate_stands" ended 7 401 'CN=client, valid until'
claim "refusal_of_an_unchanged_certificate_is_not_repeated" asked . 1

start_server - <<<"$empty_list"
write_kubeconfig ca
met get ippools --release v3.29.1
claim "server_without_tls_is_refused_for_https" ended 6 'speaks no TLS' 'plain http' 'server in cluster "fault"'
claim "server_without_tls_gets_no_request_for_https" asked . 0
write_kubeconfig ca "http://127.0.0.1:$server_port"
met get ippools --release v3.29.1
claim "token_without_tls_is_refused" ended 4 'not sent over plain http' 'user "fault"'
claim "token_is_never_sent_without_tls" asked . 0
as_user ''
met get ippools --release v3.29.1
claim "server_without_tls_is_read_without_credentials" ended 0

finish
