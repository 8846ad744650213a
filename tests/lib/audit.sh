# shellcheck shell=bash disable=SC2034,SC2154 # variables of the files around it
# SPDX-License-Identifier: Apache-2.0
# Sourced after cluster.sh: an API server whose audit log shows every request, and checks of a run's
# requests.

audit=$tmp/audit.log
marks=0

# start_audited [FLAG...]: start_cluster with an audit log
start_audited() {
	start_cluster --audit-policy-file="$PWD/tests/cluster/fixtures/audit-policy.yaml" \
		--audit-log-path="$audit" "$@"
}

# audit_mark: sends a request that separates earlier requests in the log from later ones
audit_mark() {
	kubectl get --raw "/version?mark=$((++marks))" >"$tmp/log"
	eventually grep -q "mark=$marks\"" "$audit" && return
	echo 'the audit log does not show the mark' >&2
	return 1
}

# audited ARGUMENT...: runs the program between two marks
audited() {
	audit_mark
	run "$@"
	audit_mark
}

# events: prints the program's requests between the last two marks, as JSON
events() {
	sed -e "1,/mark=$((marks - 1))\"/d" -e "/mark=$marks\"/,\$d" "$audit" |
		jq -s 'map(select((.userAgent // "") | startswith("calico-datastore/")))'
}

# asked N FILTER: N of these requests match jq's filter
asked() {
	local n
	n=$(events | jq "map(select($2)) | length")
	[ "$n" = "$1" ] && return
	echo "$n requests match $2, not $1" >&2
	return 1
}
