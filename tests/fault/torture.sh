#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# One install, broken at its N-th exchange, for every N that it has, in three ways: the request
# never arrives; it is carried out and the answer is lost; the program is killed while it waits.
# Each time the run after it converges, and the one after that has nothing to write.
# shellcheck disable=SC2317 # claim calls the functions
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/cluster.sh
. tests/lib/fault.sh
. tests/lib/fault-cluster.sh

start_upstream

# manifest NAME: two CRDs that no server has yet, so that each round starts from nothing
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

# broken N ACTION: one install whose N-th exchange meets this action; false once N is too many
broken() {
	between <<<"nth $1 $2"
	met install -f "$tmp/manifest.yaml"
	grep -q -e ' reset' -e ' dropped' "$server_log"
}

# killed N: the same, but killed with its N-th exchange under way
killed() {
	local pid i
	between <<<"nth $1 stall"
	"$program" --kubeconfig "$tmp/kubeconfig" install -f "$tmp/manifest.yaml" \
		>"$tmp/out" 2>"$tmp/err" &
	pid=$!
	alive[$pid]=1
	for ((i = 0; i < 400; i++)); do
		grep -q ' stall' "$server_log" && break
		kill -0 "$pid" 2>/dev/null || break
		sleep 0.02
	done
	kill -KILL "$pid" 2>/dev/null || true
	end_process "$pid"
	grep -q ' stall' "$server_log"
}

# converges: an undisturbed run succeeds, and one more only reads
converges() {
	stop_server
	between <<<''
	met install -f "$tmp/manifest.yaml"
	ended 0 || return
	: >"$server_log"
	met install -f "$tmp/manifest.yaml"
	ended 0 && asked '^P[OU]' 0
}

# survived: the run itself came through
survived() {
	ended 0 && return
	grep -e ' reset' -e ' dropped' "$server_log" >&2
	return 1
}

most=60 # exchanges; a run that needs more of them for two CRDs is a defect of its own
for way in 'reset before-answer' 'pass-then-drop' killed; do
	name=${way//[ -]/_}
	for ((n = 1; n <= most; n++)); do
		manifest "T${way:0:1}$n"
		if [ "$way" = killed ]; then
			killed "$n" || break
		else
			broken "$n" "$way" || break
			claim "${name}_at_exchange_${n}_is_survived" survived
		fi
		claim "${name}_at_exchange_${n}_converges" converges
		stop_server
	done
	claim "${name}_was_tried_at_every_exchange" test "$n" -gt 10 -a "$n" -le "$most"
	stop_server
done

finish
