#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# move of datastores whose migration by calicoctl was recorded. The target has what calicoctl's
# import stored there, except where the import loses data. A user of etcd with the right to write
# one key can run move.
# shellcheck disable=SC2317 # claim calls the functions
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/cluster.sh
. tests/lib/etcd.sh
. tests/lib/move.sh

recorded=$SHARED/calicoctl/writes/migrate
if [ ! -d "$recorded" ]; then
	skip move-recorded "no recording in $recorded"
	finish
fi

# imported RELEASE: prints what calicoctl's import left, "PLURAL/NAME SPEC" on each line
imported() {
	awk '/^=== objects after it/ { on = 1; next } /^===/ { on = 0 } on && / \{/' "$recorded/session-$1.txt" |
		sed 's/ {"apiVersion"/\t{"apiVersion"/' | grep -v '^nodes/' | grep '	' |
		while IFS=$'\t' read -r name object; do
			printf '%s %s\n' "$name" "$(jq -Sc .spec <<<"$object")"
		done | sort
}

# present: prints the same for the target
present() {
	local crds
	crds=$(kubectl get customresourcedefinitions -o name | sed 's|.*/||' | paste -sd,)
	kubectl get "$crds" --all-namespaces -o json | jq -Sr '.items[] | "\(.kind)\t\(.metadata.namespace // "")\t\(.metadata.name)\t\(.spec | tojson)"' |
		awk -F'\t' 'function plural(kind) {
			kind = tolower(kind)
			if (kind ~ /(policy|affinity)$/) { sub(/y$/, "ies", kind); return kind }
			return kind "s" }
			{ print plural($1) "/" ($2 != "" ? $2 "/" : "") $3 " " $4 }' | sort
}

# Parts that calicoctl's import keeps of another node, and parts that differ each time.
known='^(bgppeers/peer-node|hostendpoints/hep-a|clusterinformations/default) '

as_imported() {
	imported "$1" | grep -vE "$known" >"$tmp/imported"
	present | grep -vE "$known" >"$tmp/present"
	[ "$(wc -l <"$tmp/imported")" -gt 20 ] && [ -z "$(comm -23 "$tmp/imported" "$tmp/present")" ] && return
	comm -23 "$tmp/imported" "$tmp/present" >&2
	return 1
}

better() {
	kubectl get hostendpoints.crd.projectcalico.org hep-a -o json | jq -e '.spec.node == "k8s-node-1"' &&
		kubectl get bgppeers.crd.projectcalico.org peer-node -o json | jq -e '.spec.node == "k8s-node-1"' &&
		{ [ "$1" != v3.32.1 ] || kubectl get stagednetworkpolicies.crd.projectcalico.org sn-prod -n production; }
}

moves() {
	local release=$1
	kubectl delete customresourcedefinitions --all >"$tmp/log" 2>&1
	ask_etcd kv/deleterange '{"key": "AA==", "range_end": "AA=="}' >"$tmp/log"
	DATASTORE_TYPE=etcdv3 run initialise "$release" -q
	ended 0 || return
	DATASTORE_TYPE=etcdv3 run apply --release "$release" -q --keep-going -f "$recorded/input-$release.yaml"
	sed -n 's|^\(/calico/ipam/v2/[^ ]*\) \(.*\)|\1\t\2|p' "$recorded/session-$release.txt" |
		while IFS=$'\t' read -r key value; do
			put_key "$key" "${value//\"sequence_number\":3/\"strictAffinity\":false}"
		done >"$tmp/log"
	move --backup "$tmp/$release.tar.gz" --accept-loss
	ended 0 && printed '^# proven'
}

start_cluster
start_etcd http
export ETCD_ENDPOINTS=$etcd_url
prepare_target >"$tmp/log"
for release in v3.29.1 v3.32.1; do
	claim "${release}_moves" moves "$release"
	claim "${release}_is_stored_as_calicoctl_imports_it" as_imported "$release"
	claim "${release}_keeps_what_calicoctl_loses" better "$release"
done

# Users: one who may write ClusterInformation and read the rest

user_of_etcd() {
	DATASTORE_TYPE=etcdv3 run move --to "$KUBECONFIG" --backup "$tmp/v3.32.1.tar.gz" --abort
	ended 0 || return
	add_user mover secret-of-mover /calico/ /calico0 >"$tmp/log" &&
		ask_etcd auth/role/grant "$(jq -cn '{name: "mover", perm: {permType: "READWRITE",
			key: ("/calico/resources/v3/projectcalico.org/clusterinformations/default" | @base64)}}')" >"$tmp/log" &&
		add_user root root-secret >"$tmp/log" && ask_etcd auth/user/grant '{"user": "root", "role": "root"}' >"$tmp/log" &&
		ask_etcd auth/enable '{}' >"$tmp/log" || return
	export ETCD_USERNAME=mover ETCD_PASSWORD=secret-of-mover
	move --backup "$tmp/user.tar.gz" --accept-loss
	ended 0 && printed '^# proven' && ! grep -q secret-of-mover "$tmp/user.tar.gz.state" "$tmp/err" "$tmp/out" || return
	move --backup "$tmp/user.tar.gz" --abort
	ended 0
}
claim 'a_user_of_etcd_who_writes_one_key_can_move_it' user_of_etcd

finish
