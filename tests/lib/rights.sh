# shellcheck shell=bash disable=SC2034,SC2154 # variables of the files around it
# SPDX-License-Identifier: Apache-2.0
# Sourced after run.sh and cluster.sh: users who each lack one right of a role, and checks of what
# they may do.

# start_with_users N: starts an API server with users less-0 to less-(N-1); it reads its tokens only
# at start
start_with_users() {
	local i
	{
		printf '%s-token,%s,%s,system:masters\n' admin admin admin
		printf '%s-token,%s,%s\n' nobody nobody nobody
		for ((i = 0; i < $1; i++)); do
			printf 'less-%s-token,less-%s,less-%s\n' "$i" "$i" "$i"
		done
	} >"$tmp/tokens"
	start_cluster --token-auth-file="$tmp/tokens"
}

# as USER ARGUMENT...: runs the program with this user's token
as() {
	sed "s/admin-token/$1-token/" "$KUBECONFIG" >"$tmp/as.kubeconfig"
	run "${@:2}" --kubeconfig "$tmp/as.kubeconfig"
}

# rights <LIST: prints each right of the ClusterRole that rbac printed, as a line of compact JSON
rights() {
	jq -c '.items[] | select(.kind == "ClusterRole").rules[] |
		. as $rule | .verbs[] as $verb |
		if .nonResourceURLs then .nonResourceURLs[] | {verbs: [$verb], nonResourceURLs: [.]}
		else .resources[] as $resource | ($rule.resourceNames // [null])[] as $name |
			{verbs: [$verb], apiGroups: $rule.apiGroups, resources: [$resource]} +
			(if $name then {resourceNames: [$name]} else {} end) end'
}

# grant_less RIGHTS [MORE]: gives user less-(first + N) all rights except the N-th, and MORE
first=0
granted=0
grant_less() {
	first=$((first + granted))
	granted=$(wc -l <"$1")
	jq -s --argjson first "$first" --slurpfile more "${2:-/dev/null}" '. as $all | {apiVersion: "v1", kind: "List", items: [range($all | length) as $n |
		"less-\($first + $n)" as $name | {name: $name} as $metadata |
		{apiVersion: "rbac.authorization.k8s.io/v1"} as $api |
		($api + {kind: "ClusterRole", metadata: $metadata, rules: ($all[:$n] + $all[$n + 1:] + $more)}),
		($api + {kind: "ClusterRoleBinding", metadata: $metadata,
			roleRef: {apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: $name},
			subjects: [{apiGroup: "rbac.authorization.k8s.io", kind: "User", name: $name}]})]}' \
		"$1" >"$tmp/less.json"
	kubectl create -f "$tmp/less.json" >"$tmp/log" && authorized "less-$((first + granted - 1))"
}

may_something() {
	kubectl auth can-i --list --as "$1" 2>/dev/null | grep -q 'customres\|projectcalico\|nodes'
}

# authorized USER: waits until the authorizer knows the user's role
authorized() {
	eventually may_something "$1"
}

# each_is_needed RIGHTS FILTER COMMAND...: without any one of the rights that jq's filter selects,
# the command is refused. The role in its error has exactly this right.
each_is_needed() {
	local n rule superfluous=0
	jq -rs "to_entries[] | select(.value | $2)"' | "\(.key) " + (.value | . as $right |
		[["apiGroups", "nonResourceURLs", "resourceNames", "resources", "verbs"][] |
		select($right[.]) | "\(.):\($right[.][0] | if . == "" then "\"\"" else . end)"] | join(""))' \
		"$1" | tr -d - >"$tmp/expected"
	while read -r n rule; do
		as "less-$((first + n))" "${@:3}"
		if [ "$status" != 7 ] || [ "$(sed -n '/^rules:/,/^---/{/^[ -]/p}' "$tmp/err" |
			tr -d '\n -')" != "$rule" ]; then
			echo "exit code $status without $rule" >&2
			superfluous=$((superfluous + 1))
		fi
	done <"$tmp/expected"
	[ -s "$tmp/expected" ] && [ "$superfluous" = 0 ]
}
