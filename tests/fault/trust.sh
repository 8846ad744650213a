#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# When a kubeconfig names an authority, the program trusts only this one, whatever else the machine
# trusts. The suite replaces the system's certificates in its own mount namespace.
# shellcheck disable=SC2317 # claim calls the functions
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/fault.sh

mkdir "$tmp/system"
cp "$certs/other-ca.crt" "$tmp/system/$(openssl x509 -in "$certs/other-ca.crt" -noout -hash).0"
cp "$certs/other-ca.crt" "$tmp/system/ca-certificates.crt"

start_server stranger <<'SCRIPT'
on GET *
header Content-Type: application/json
body {"kind":"IPPoolList","apiVersion":"crd.projectcalico.org/v1","metadata":{},"items":[]}
SCRIPT

write_kubeconfig ca
run_under=(env "SSL_CERT_DIR=$tmp/system" "SSL_CERT_FILE=$certs/other-ca.crt"
	"CURL_CA_BUNDLE=$certs/other-ca.crt")
met get ippools
claim "environment_adds_no_authority_to_a_kubeconfig" ended 6 certificate
claim "environment_adds_no_authority_and_so_no_request" asked . 0

# shellcheck disable=SC2016
run_under=(unshare -rm sh -c 'mount --bind "$0" /etc/ssl/certs && exec "$@"' "$tmp/system")
if [ -d /etc/ssl/certs ] && "${run_under[@]}" true 2>/dev/null; then
	met get ippools
	claim "system_adds_no_authority_to_a_kubeconfig" ended 6 certificate
	claim "system_adds_no_authority_and_so_no_request" asked . 0

	sed -i '/certificate-authority:/d' "$tmp/kubeconfig"
	met get ippools
	claim "system_is_trusted_when_a_kubeconfig_names_no_authority" ended 0
else
	skip "system_adds_no_authority_to_a_kubeconfig" \
		"no mount namespace for this user, so /etc/ssl/certs cannot be replaced"
fi

finish
