# shellcheck shell=bash disable=SC2034,SC2154 # variables of the files around it
# SPDX-License-Identifier: Apache-2.0
# Sourced after fault.sh and cluster.sh: a fault-server between the program and a real API server.

# start_upstream: the API server. A client certificate would end at the fault-server, so the
# program gets the token of a service account, which is passed on.
start_upstream() {
	start_cluster
	user fault cluster-admin
	upstream_config=$(kubectl config view --raw --minify --flatten -o json)
	jq -r '.clusters[0].cluster."certificate-authority-data"' <<<"$upstream_config" |
		base64 -d >"$tmp/upstream-ca.crt"
	upstream=$(jq -r '.clusters[0].cluster.server' <<<"$upstream_config")
	upstream_token=$(jq -r '.users[0].user.token' "$tmp/fault.kubeconfig")
}

# between <SCRIPT: what no rule says is passed on to the API server
between() {
	start_server server --upstream "$upstream" --upstream-ca "$tmp/upstream-ca.crt"
	write_kubeconfig ca '' "$upstream_token"
}
