# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Sourced by run: times the restore of many objects, and the cost of rules here and on the server.
# shellcheck disable=SC2154 # what run sets

restored=20000
judged_there=2000

# spent NAME COMMAND...: NAME.memory in KiB, NAME.cpu and NAME.time in ms
spent() {
	local name=$1 memory user system real
	shift
	must "$gnu_time" -q -o "$tmp/spent" -f '%M %U %S %e' "$@"
	read -r memory user system real <"$tmp/spent"
	add "$name.memory" "$memory"
	add "$name.cpu" "$(calc "($user + $system) * 1000")"
	add "$name.time" "$(calc "$real * 1000")"
}

# back_up N: makes a backup with N policies; the server's watch of etcd is a little late
back_up() {
	local i
	for ((i = 0; i < 100; i++)); do
		rm -f "$tmp/restore.tar.gz"
		must "$program" backup "$tmp/restore.tar.gz"
		! grep -q "CRDs, $1 objects" "$tmp/out" || return 0
		sleep 0.2
	done
	die "the backup has no $1 objects"
}

# wipe PREFIX: removes all keys below PREFIX from the last server's etcd
wipe() {
	local from to
	from=$(printf '%s/' "$1" | base64 -w 0)
	to=$(printf '%s0' "$1" | base64 -w 0)
	must curl -sf "$(<"${servers[-1]}/etcd.url")/v3/kv/deleterange" \
		-d "{\"key\": \"$from\", \"range_end\": \"$to\"}"
	sleep 1
}

offline_plan() {
	local code=0
	"$program" diff v3.31.7 v3.32.1 "$@" || code=$?
	[ "$code" = 1 ]
}

# judge_there: times the server's dry run of these creates
judge_there() {
	local i
	mkdir "$tmp/judged"
	for ((i = 0; i < judged_there; i++)); do
		jq -nc --arg i "$i" '{apiVersion: "crd.projectcalico.org/v1", kind: "GlobalNetworkPolicy",
			metadata: {name: "default.other-\($i)"}, spec: {tier: "default", order: 100, selector: "all()",
			types: ["Ingress", "Egress"], ingress: [range(3) | {action: "Allow", protocol: "TCP",
				source: {nets: ["10.0.0.0/8"], selector: "a == \"b\""},
				destination: {ports: [80, 443, "8000:8080"]}}], egress: [{action: "Allow"}]}}' >"$tmp/judged/$i"
	done
	posts "/apis/crd.projectcalico.org/v1/globalnetworkpolicies?dryRun=All" "$tmp"/judged/* >"$tmp/judged.posts"
	timed judged.there together "$tmp/judged.posts"
	rm -rf "$tmp/judged"
}

restore() {
	local i
	say "the restore of $restored policies"
	server_up
	must install v3.32.1
	policies_up "$restored"
	back_up "$restored"
	for ((i = 1; i <= 3; i++)); do
		spent same "$program" restore "$tmp/restore.tar.gz" --timeout 30m
	done
	wipe /registry/crd.projectcalico.org/globalnetworkpolicies
	spent created "$program" restore "$tmp/restore.tar.gz" --timeout 30m
	say "rules, here and on the server"
	for ((i = 1; i <= 3; i++)); do
		timed judged.none offline_plan
		timed judged.here offline_plan --objects "$tmp/restore.tar.gz"
	done
	judge_there
	server_down
}

report_restore() {
	local here there
	row "restore of $restored policies" 'ms' 'CPU, ms' 'MiB'
	printf '|---|---|---|---|\n'
	row 'none is there' "$(spread created time)" "$(spread created cpu)" "$(mebibytes created.memory)"
	row 'all are there' "$(spread same time)" "$(spread same cpu)" "$(mebibytes same.memory)"
	echo
	here=$(calc "1000 * $restored / ($(median judged.here) - $(median judged.none))")
	there=$(calc "1000 * $judged_there / $(median judged.there)")
	row 'policies judged a second' ''
	printf '|---|---|\n'
	row '`diff v3.31.7 v3.32.1 --objects`' "$(rounded "$here")"
	row "the server's dry run of creates" "$(rounded "$there")"
	echo
	row 'target of a restore' ''
	printf '|---|---|\n'
	row 'at most 27 MiB' "$(judged "$(mebibytes created.memory), $(mebibytes same.memory) MiB" \
		"$(mebibytes created.memory) <= 27 && $(mebibytes same.memory) <= 27")"
	row 'at most 10 s of CPU' "$(judged "$(rounded "$(median created.cpu)") ms" "$(median created.cpu) <= 10000")"
}
