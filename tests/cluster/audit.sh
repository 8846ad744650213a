#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What a cluster's auditors see. The audit log of a real API server counts the requests of each
# command; docs/rights.md has a table of them. The User-Agent and managedFields say who sent a
# request.
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/cluster.sh
. tests/lib/audit.sh

start_audited

# summary [polls]: prints one line, as in "20 get customresourcedefinitions, 1 list nodes". Custom
# resources are counted by group. A 429 is no answer and not counted. The number of polls depends on
# the server's speed.
summary() {
	events | jq -r --arg polls "${1-}" '
		def count: if $polls == "" then length
			elif .[0].what == "discovery" then "some"
			elif .[0].what == "get customresourcedefinitions"
				then "\(group_by(.name) | (map(length) | min) * length)+"
			else length end;
		map(select(.responseStatus.code != 429) |
			(if .requestURI | test("dryRun=All") then " (dry run)" else "" end) as $dry |
			.objectRef as $o |
			{name: $o.name, what:
				(if $o == null then "discovery"
				elif .verb == "list" and $o.apiGroup then "list of \($o.apiGroup)"
				else "\(.verb) \($o.resource)\($dry)" end)})
		| group_by(.what) | sort_by(.[0].what == "discovery", -length, .[0].what)
		| map("\(count) \(.[0].what)") | join(", ")'
}

# documented TITLE [polls]: docs/rights.md has the row of the last run; UPDATE=1 writes the row
documented() {
	local row
	row="| $1 | $(summary "${2-}") |"
	if [ -n "${UPDATE-}" ]; then
		awk -v title="| $1 |" -v row="$row" 'index($0, title) == 1 { $0 = row } 1' docs/rights.md >"$tmp/readme"
		cat "$tmp/readme" >docs/rights.md
	fi
	grep -qxF -e "$row" docs/rights.md && return
	echo "docs/rights.md lacks this row:" >&2
	echo "$row" >&2
	return 1
}

# each_list_once: the run asked for no list twice
each_list_once() {
	events | jq -e 'map(select(.verb == "list" and .responseStatus.code != 429) | .requestURI)
		| length > 0 and length == (unique | length)' >"$tmp/log"
}

# names_itself COMMAND: every request names the program, its version and COMMAND
names_itself() {
	local agent version
	version=$("$program" version | sed -n 's/^calico-datastore //p')
	agent="calico-datastore/$version ($1)"
	events | jq -e --arg agent "$agent" 'length > 0 and all(.userAgent == $agent)' >"$tmp/log"
}

# sees [polls:]TITLE ARGUMENT...: runs the program; claims its row, and its name in each request
sees() {
	local title=${1#polls:} polls=
	[ "$title" = "$1" ] || polls=polls
	shift
	audited "$@"
	claim "readme_tells_what_auditors_see_of $title" documented "$title" "$polls"
	claim "every_request_of $title names_program_version_and_command" names_itself "$1"
}

sees '`plan` of a clean server' plan v3.29.1
sees 'polls:`install` on a clean server' install v3.29.1
claim "install_lists_each_kind_once" each_list_once
claim "install_writes_each_crd_once" asked 20 '.verb == "create" and
	.objectRef.resource == "customresourcedefinitions" and (.requestURI | test("dryRun") | not)'
claim "install_asks_what_it_may_do_before_it_writes" test "$(events | jq '
	(map(.objectRef.resource == "selfsubjectaccessreviews") | rindex(true)) <
	(map(.objectRef.resource == "customresourcedefinitions" and .verb == "create") | index(true))')" = true
sees '`install` again' install v3.29.1
claim "second_install_asks_only_for_reads" asked 0 '.verb | IN("get", "list") | not'
sees '`plan` of an upgrade' plan v3.30.7
sees '`check RELEASE`' check v3.29.1
claim "check_lists_each_kind_once" each_list_once
sees '`check`' check

kubectl create -f tests/cluster/fixtures/nodes.yaml >"$tmp/log"
sees '`get nodes`' get nodes
sees '`get nodes -o wide`' get nodes -o wide
sees '`get nodes NAME`' get nodes node-1
sees '`get ippools`' get ippools

sees '`backup`' backup "$tmp/backup.tar.gz"

# This run is the last that writes, because a new CRD needs time until it is served.
sees 'polls:`install` of an upgrade' install v3.30.7
claim "upgrade_writes_each_crd_at_most_once" test "$(events | jq '
	map(select((.verb | IN("create", "update")) and .objectRef.resource == "customresourcedefinitions"
		and (.requestURI | test("dryRun") | not)) | "\(.verb) \(.objectRef.name) \(.requestURI)")
	| map(select(startswith("update"))) | length == (unique | length)')" = true

for words in list show version help 'rbac install' 'job --image a'; do
	# shellcheck disable=SC2086 # several words
	audited $words
	claim "no_request_is_sent (${words%% *})" asked 0 true
done

manager() {
	kubectl get crd -o json --show-managed-fields | jq -r '[.items[].metadata.managedFields[] |
		select(.subresource == null) | "\(.manager) \(.operation)"] | unique | join(",")'
}
claim "field_manager_of_every_crd_is_the_program" test "$(manager)" = 'calico-datastore Update'

finish
