#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Writes objects: compares with what calicoctl's recorded sessions store; then what only this
# program does.
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/cluster.sh
. tests/lib/etcd.sh
. tests/lib/corpus.sh
unset CALICO_API_GROUP DATASTORE_TYPE ETCD_ENDPOINTS

# The same as calicoctl: a refused object does not stop the others.
calicoctl() {
	case $1 in
	create | apply | replace | delete) "$program" "$@" --keep-going ;;
	*) "$program" "$@" ;;
	esac
}
export -f calicoctl kubectl
export kubectl_program tmp

# begin_kubernetes ENV RELEASE: starts a cluster with its CRDs, initialised
begin_kubernetes() {
	local group=crd.projectcalico.org/v1
	environment=$1
	start_cluster || return 1
	etcd_url=$(cat "$cluster/etcd.url")
	if [ "$1" = v3 ]; then
		group=projectcalico.org/v3
		"$program" install "$2" --set v3 --without-policies >"$tmp/log" 2>&1 || return 1
	else
		"$program" install "$2" >"$tmp/log" 2>&1 || return 1
	fi
	export CALICO_API_GROUP=$group
	kubectl create namespace production >"$tmp/log" || return 1
	kubectl config view --raw --flatten -o json | jq '.contexts += [(.contexts[] | select(.name == "nobody") |
		.name = "ro")]' >"$tmp/$1.kubeconfig"
	export KUBECONFIG=$tmp/$1.kubeconfig
	initial "$1" | kubectl create -f - >"$tmp/log"
}

begin_etcd() {
	environment=$1
	start_etcd http || return 1
	export DATASTORE_TYPE=etcdv3 ETCD_ENDPOINTS=$etcd_url ETCDPORT=${etcd_url##*:}
	initial "$1" | jq -c '.items[]' | while read -r object; do
		put_key "/calico/resources/v3/projectcalico.org/$(jq -r '"\(.kind | ascii_downcase)s/\(.metadata.name)"' \
			<<<"$object")" "$object" >"$tmp/log"
	done
}

# initial ENV: makes the state that calicoctl's initialisation leaves
initial() {
	jq -n --arg env "$1" '
		(if $env == "v3" or ($env | startswith("e")) then "projectcalico.org/v3" else "crd.projectcalico.org/v1" end)
			as $version |
		def object($kind; $name; $spec): {kind: $kind, apiVersion: $version, metadata: ({name: $name} +
			if $env | startswith("e") then {uid: "11111111-2222-4333-8444-555555555555",
				creationTimestamp: "2026-01-01T00:00:00Z"} else {} end), spec: $spec};
		def tier($name; $order; $action): object("Tier"; $name; {order: $order, defaultAction: $action});
		{kind: "List", apiVersion: "v1", items: ([object("ClusterInformation"; "default";
			{clusterGUID: "0123456789abcdef0123456789abcdef", datastoreReady: true} +
				if $env | startswith("e") then {} else {clusterType: "kdd"} end),
			tier("default"; 1000000; "Deny")] +
			if $env | endswith("29") then [tier("adminnetworkpolicy"; 1000; "Pass")]
			else [tier("kube-admin"; 1000; "Pass"), tier("kube-baseline"; 10000000; "Pass")] end)}'
}

# play ENV RELEASE: plays the recorded sessions; results are in $tmp/ENV
play() {
	if [[ $1 == e* ]]; then begin_etcd "$1"; else begin_kubernetes "$1" "$2"; fi || return 1
	corpus_begin
	corpus_split "$1" "$tmp/$1"
	corpus_play "$tmp/$1"
	corpus_changes "$tmp/$1"
	corpus_compare "$tmp/$1" "$1" >"$tmp/$1.all"
}

# as_recorded ENV: the list has every difference; differences that occur go to $tmp/met
as_recorded() {
	awk -v env="$1" -v met="$tmp/met" 'NR == FNR { if ($0 !~ /^(#|$)/) { list[++n] = $1 " " $2 " " $3 " " $4; line[n] = $0 } next }
		{ hit = 0
			for (i = 1; i <= n; i++) {
				split(list[i], w, " ")
				if ($1 ~ "^" w[1] && (w[2] == "*" || index("," w[2] ",", "," env ",")) &&
					(w[3] == "*" || w[3] == $3) && (w[4] == "*" || index("," w[4] ",", "," $4 ","))) { hit = 1; print line[i] >>met }
			}
			if (!hit) print }' tests/cluster/writes.differences "$tmp/$1.all" >"$tmp/$1.open"
	[ -z "${KEEP:-}" ] || cp -r "$tmp" "$KEEP"
	[ -s "$tmp/$1.open" ] || return 0
	while read -r name env step what; do
		echo "--- $name $env step $step $what: $(cat "$tmp/$1/$name/$step.cmd")"
		cat "$tmp/$1/$name/$step.$what" 2>/dev/null | sed 's/^/recorded: /'
		sed -E "$corpus_mask; s/^/is:       /" "$tmp/$1/$name/$step.is.$what"
		sed 's/^/error:    /' "$tmp/$1/$name/$step.is.stderr"
	done <"$tmp/$1.open"
	return 1
}

# all_met: every entry of the list is still a difference
all_met() {
	sort -u "$tmp/met" >"$tmp/met.sorted"
	grep -vE '^(#|$)' tests/cluster/writes.differences | sort | comm -23 - "$tmp/met.sorted" >"$tmp/unmet"
	[ -s "$tmp/unmet" ] || return 0
	cat "$tmp/unmet" >&2
	return 1
}

if [ -d "$corpus" ]; then
	environments=${ENVIRONMENTS:-k29 k32 v3 e29 e32}
	for environment in $environments; do
		case $environment in *29) release=v3.29.1 ;; *) release=v3.32.1 ;; esac
		claim "recorded_sessions_run_$environment" play "$environment" "$release"
		claim "recorded_sessions_agree_$environment" as_recorded "$environment"
	done
	[ -n "${ENVIRONMENTS-}${CASES-}" ] || claim 'every_listed_difference_is_met' all_met
else
	skip recorded_sessions_agree "no $corpus"
fi
finish
