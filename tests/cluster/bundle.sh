#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs from bundles on the real server: what is written, how an old bundle is refused, and a
# whole run in an air gap, whose network has nothing but the control plane.
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh

# The suite runs itself again inside the closed network; that run begins here.
if [ "${1-}" = inside ]; then
	. tests/lib/cluster.sh
	ip link set lo up
	start_cluster --advertise-address=192.0.2.1
	mkdir -p "$2/root"
	cp "$2/program" "$2/crds.tar.xz" "$2/crds.tar.xz.minisig" "$2/k.pub" "$2/root"
	kubectl config view --raw --minify --flatten -o json >"$2/root/kubeconfig"
	root=$2/root
	in_root() {
		chroot "$root" /program "$@" --kubeconfig /kubeconfig
	}
	chroot "$root" /program bundle verify /crds.tar.xz --public-key /k.pub
	in_root install v3.29.1 --bundle /crds.tar.xz --public-key /k.pub
	in_root install v3.29.1 --bundle /crds.tar.xz --public-key /k.pub
	in_root check --wait --timeout 20s
	in_root get ippools
	finish
	exit
fi
. tests/lib/cluster.sh
unset CALICO_DATASTORE_PUBLIC_KEY CALICO_DATASTORE_KEY_DIR SOURCE_DATE_EPOCH

"$program" keygen "$tmp/k" --no-password >"$tmp/log"
# bundle NAME SEQUENCE RELEASE...: makes a signed bundle
bundle() {
	local name=$1 sequence=$2
	shift 2
	"$program" bundle create "$@" -o "$tmp/$name.tar.xz" --sign "$tmp/k.key" --sequence "$sequence" -q >"$tmp/log"
}
bundle one 5 v3.29.1 v3.29.2
bundle newer 6 v3.29.1 v3.29.2
bundle older 4 v3.29.1 v3.29.2
trusted=(--public-key "$tmp/k.pub")

start_cluster

installed() {
	run install v3.29.1 --bundle "$tmp/one.tar.xz" "${trusted[@]}" -o json
	ended 0 && holds '.summary.created == 20 and (.reads | length == 21 and all(.ok))' &&
		holds '.release.name == "v3.29.1" and (.release.verifiedBy | test("^signature of [0-9A-F]{16}$")) and
			(.release.origin | endswith("one.tar.xz"))' &&
		[ "$(kubectl get crd ippools.crd.projectcalico.org -o json |
			jq -r '.metadata.annotations["calico-datastore.io/signed"]' | grep -c 'sequence=5$')" = 1 ]
}
claim 'a_release_of_a_signed_bundle_is_installed_and_its_age_kept' installed

second_run() {
	local before
	before=$(versions)
	run install v3.29.1 --bundle "$tmp/newer.tar.xz" "${trusted[@]}"
	ended 0 && printed '0 created, 0 configured, 20 unchanged' && [ "$(versions)" = "$before" ]
}
claim 'a_newer_bundle_of_the_same_api_is_no_reason_to_write' second_run

replayed() {
	local before
	before=$(versions)
	run install v3.29.2 --bundle "$tmp/older.tar.xz" "${trusted[@]}"
	ended 10 'written from\|is from a newer bundle' '--allow-downgrade' && [ "$(versions)" = "$before" ] || return 1
	run plan v3.29.2 --bundle "$tmp/older.tar.xz" "${trusted[@]}"
	ended 10 'newer bundle'
}
claim 'an_older_bundle_of_the_same_key_is_refused_before_any_write' replayed

without_key() {
	run plan v3.29.1 --bundle "$tmp/older.tar.xz"
	ended 0
}
claim 'without_a_key_no_age_is_known_and_none_compared' without_key

upgraded() {
	run install v3.29.2 --bundle "$tmp/newer.tar.xz" "${trusted[@]}" -o json
	ended 0 && holds '.summary.configured == 2' && kubectl get crd -o json |
		jq -e '[.items[].metadata.annotations["calico-datastore.io/signed"] | select(endswith("sequence=6"))] | length == 2' >/dev/null
}
claim 'what_a_newer_bundle_writes_raises_the_floor' upgraded

marks() {
	kubectl get crd -o json | jq -r '.items[].metadata | .name + " " + .annotations["calico-datastore.io/signed"]'
}
allowed() {
	local before
	before=$(marks)
	run install v3.29.1 --bundle "$tmp/older.tar.xz" "${trusted[@]}" --allow-downgrade
	ended 0 && printed ' 2 configured' && [ "$(marks)" = "$before" ] || return 1
	run plan v3.29.1 --bundle "$tmp/older.tar.xz" "${trusted[@]}"
	ended 10 'newer bundle'
}
claim 'allow_downgrade_goes_back_and_lowers_no_floor' allowed

connects_to_the_server_only() {
	local port
	port=$(kubectl config view --minify -o json | jq -r '.clusters[0].cluster.server' | grep -o '[0-9]*$')
	strace -f -o "$tmp/trace" -e trace=connect,sendto "$program" install v3.29.2 --bundle "$tmp/newer.tar.xz" "${trusted[@]}" \
		>"$tmp/out" 2>"$tmp/err" && grep -q "connect(.*sin_port=htons($port)" "$tmp/trace" &&
		! grep 'connect(' "$tmp/trace" | grep -v "sin_port=htons($port), sin_addr=inet_addr(\"127.0.0.1\")"
}
if strace -o /dev/null true 2>/dev/null; then
	claim 'an_install_from_a_bundle_connects_to_the_api_server_and_nowhere_else' connects_to_the_server_only
else
	skip 'an_install_from_a_bundle_connects_to_the_api_server_and_nowhere_else' 'strace is not permitted here'
fi
stop_cluster

air_gap() {
	local static=${BUILD:-build}/static/calico-datastore
	make --no-print-directory "$static" && cp "$static" "$tmp/program" && cp "$tmp/one.tar.xz" "$tmp/crds.tar.xz" &&
		cp "$tmp/one.tar.xz.minisig" "$tmp/crds.tar.xz.minisig" || return 1
	unshare --net "$0" inside "$tmp" >"$tmp/inside" 2>&1
	cat "$tmp/inside"
	grep -q 'crds.tar.xz: whole, 2 files' "$tmp/inside" && grep -q '20 created, 0 configured' "$tmp/inside" &&
		grep -q '0 created, 0 configured, 20 unchanged; 21 of 21 reads' "$tmp/inside" &&
		grep -q '^v3.29.1: 24 of 24 reads succeeded' "$tmp/inside" &&
		grep -q '^NAME   CIDR   SELECTOR   $' "$tmp/inside"
}
if [ "$(id -u)" = 0 ] && unshare --net true 2>/dev/null && command -v ip >/dev/null; then
	claim 'a_whole_crossing_works_in_a_network_of_nothing_but_the_control_plane' air_gap
else
	skip 'a_whole_crossing_works_in_a_network_of_nothing_but_the_control_plane' 'namespaces of their own are not permitted here'
fi
finish
