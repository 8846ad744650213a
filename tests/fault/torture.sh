#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# One install, broken at its N-th exchange, for each of its exchanges, in three ways: the request
# never arrives; the server carries it out and the answer is lost; the program is killed while it
# waits. Each time the next run converges, and one more run writes nothing.
# shellcheck disable=SC2317 # claim calls the functions
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/cluster.sh
. tests/lib/fault.sh
. tests/lib/fault-cluster.sh

start_upstream

# manifest NAME: makes two CRDs that no server has yet, so each round starts from nothing
manifest() {
	local kind
	for kind in Left Right; do
		cat <<-CRD
			---
			apiVersion: apiextensions.k8s.io/v1
			kind: CustomResourceDefinition
			metadata:
			  name: ${1,,}${kind,,}s.crd.projectcalico.org
			spec:
			  group: crd.projectcalico.org
			  names: {kind: $1$kind, listKind: $1${kind}List, plural: ${1,,}${kind,,}s, singular: ${1,,}${kind,,}}
			  scope: Cluster
			  versions:
			  - name: v1
			    served: true
			    storage: true
			    schema:
			      openAPIV3Schema:
			        type: object
			        properties:
			          spec:
			            type: object
			            properties: {size: {type: integer, default: 3}}
		CRD
	done >"$tmp/manifest.yaml"
}

# converges: an undisturbed run succeeds, and one more run only reads
converges() {
	stop_server
	between <<<''
	met install -f "$tmp/manifest.yaml"
	ended 0 || return
	: >"$server_log"
	met install -f "$tmp/manifest.yaml"
	ended 0 && asked '^P[OU]' 0
}

start() {
	manifest "T${1:0:1}$2"
}
for way in "${ways[@]}"; do
	at_every_exchange "$way" 60 start install -f "$tmp/manifest.yaml"
done

finish
