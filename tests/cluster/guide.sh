#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The pages of the guide in their order, with this program alone: an empty datastore, install,
# initialise, pools, BGP, Felix, a policy in a tier, network sets, reads, deletes; the datastore is
# ready at the end. Then bootstrap does the same in one run. On a real API server and on etcd.
# shellcheck disable=SC2317 # claim calls the functions
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/cluster.sh
. tests/lib/etcd.sh

mkdir "$tmp/pages"
cat >"$tmp/pages/1-pools.yaml" <<'YAML'
apiVersion: projectcalico.org/v3
kind: IPPool
metadata: {name: pool1}
spec: {cidr: 192.168.0.0/18, ipipMode: Never, natOutgoing: true, nodeSelector: all()}
---
apiVersion: projectcalico.org/v3
kind: IPPool
metadata: {name: pool2}
spec: {cidr: 192.168.192.0/19, ipipMode: Never, natOutgoing: true, disabled: true, nodeSelector: all()}
YAML
cat >"$tmp/pages/2-bgp.yaml" <<'YAML'
apiVersion: projectcalico.org/v3
kind: BGPConfiguration
metadata: {name: default}
spec: {logSeverityScreen: Info, nodeToNodeMeshEnabled: false, asNumber: 64512}
---
apiVersion: projectcalico.org/v3
kind: BGPPeer
metadata: {name: rack-a}
spec: {peerIP: 192.20.30.40, asNumber: 64567}
---
apiVersion: projectcalico.org/v3
kind: BGPPeer
metadata: {name: rack-b}
spec: {peerIP: 192.20.30.41, asNumber: 64568}
YAML
cat >"$tmp/pages/3-felix.yaml" <<'YAML'
apiVersion: projectcalico.org/v3
kind: FelixConfiguration
metadata: {name: default}
spec: {logSeverityScreen: Warning, reportingInterval: 30s}
YAML
cat >"$tmp/pages/4-policy.yaml" <<'YAML'
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: security.block-bad}
spec:
  tier: security
  selector: all()
  types: [Ingress]
  ingress:
  - {action: Deny, source: {selector: kind == 'bad'}}
  - {action: Pass}
---
apiVersion: projectcalico.org/v3
kind: Tier
metadata: {name: security}
spec: {order: 100}
YAML
cat >"$tmp/pages/5-sets.yaml" <<'YAML'
apiVersion: projectcalico.org/v3
kind: GlobalNetworkSet
metadata: {name: bad, labels: {kind: bad}}
spec: {nets: [198.51.100.0/28, 203.0.113.7/32]}
---
apiVersion: projectcalico.org/v3
kind: NetworkSet
metadata: {name: partners, namespace: default}
spec: {nets: [192.0.2.0/24]}
YAML

applied() {
	run apply -f "$1"
	ended 0 '!^warning:' && printed "^Successfully applied $2 "
}
shows() {
	local pattern=$1
	shift
	run get "$@"
	ended 0 && printed "$pattern"
}
gets_each() {
	shows '^pool1  *192.168.0.0/18 ' ippools && shows '^default  *Info  *false  *64512' bgpconfig &&
		shows '^rack-b  *192.20.30.41 ' bgppeers && shows '^default' felixconfig &&
		shows '^security.block-bad  *security' gnp && shows '^security  *100 ' tiers &&
		shows '^bad ' globalnetworkset && shows '^default  *partners\|^partners ' networkset
}
deletes_two() {
	run delete bgppeer rack-b
	ended 0 && printed "^Successfully deleted 1 'BGPPeer' resource" || return 1
	run delete globalnetworkset bad
	ended 0 && ! run_get_finds bgppeer rack-b && shows '^rack-a ' bgppeers
}
run_get_finds() {
	run get "$@"
	[ "$status" = 0 ]
}
is_ready() {
	run check --for ready
	ended 0 && printed '; ready, '
}
pages() {
	claim "$1_is_initialised" initialised
	claim "$1_takes_two_pools" applied "$tmp/pages/1-pools.yaml" "2 'IPPool'"
	claim "$1_takes_bgp" applied "$tmp/pages/2-bgp.yaml" 3
	claim "$1_takes_felix" applied "$tmp/pages/3-felix.yaml" "1 'FelixConfiguration'"
	claim "$1_takes_a_policy_and_its_tier_in_any_order" applied "$tmp/pages/4-policy.yaml" 2
	claim "$1_takes_network_sets" applied "$tmp/pages/5-sets.yaml" 2
	claim "$1_shows_each" gets_each
	claim "$1_deletes_two" deletes_two
	claim "$1_is_ready" is_ready
}
initialised() {
	run initialise
	ended 0 && printed '; ready, '
}

# bootstrap

bootstraps() {
	run bootstrap "$@" -f "$tmp/pages" -o json
	ended 0 && holds '.ok and .changed and .ready and .verdicts == {served: true, readable: true, ready: true} and
		(.objects | map(.name) | contains(["default", "pool1", "security.block-bad", "partners"]))' && gets_each
}
again() {
	run bootstrap "$@" -f "$tmp/pages" -o json
	ended 0 && holds '.ok and .changed == false and .ready' || return 1
	run bootstrap "$@" -f "$tmp/pages"
	ended 0 && printed '^IPPool/pool1 unchanged$' '; objects: 0 created, 0 configured, [0-9]* unchanged; ready, ' '^# for calicoctl: '
}

start_cluster
run install v3.29.1
claim 'crds_are_installed' ended 0
pages cluster
stop_cluster

start_cluster
nothing() {
	[ -z "$(kubectl get crd -o name)" ]
}
planned() {
	run bootstrap v3.29.1 -f "$tmp/pages" --dry-run
	ended 0 && printed '^# v3.29.1: CRDs: 20 to create, ' '^IPPool/pool1 ' && nothing
}
claim 'bootstrap_plans_without_writing' planned
refuses() {
	mkdir -p "$tmp/bad"
	cp "$tmp/pages"/* "$tmp/bad"
	printf 'apiVersion: projectcalico.org/v3\nkind: IPPool\nmetadata: {name: wrong}\nspec: {cidr: 10.0.0.0/33}\n' >"$tmp/bad/6-wrong.yaml"
	run bootstrap v3.29.1 -f "$tmp/bad"
	[ "$status" != 0 ] && says "$tmp/err" 'wrong' && nothing
}
claim 'one_wrong_object_keeps_everything_from_being_written' refuses
standard_input() {
	run bootstrap v3.29.1 -f -
	ended 2 'read twice' && nothing
}
claim 'standard_input_is_refused' standard_input
claim 'bootstrap_makes_a_clean_server_ready' bootstraps v3.29.1
claim 'bootstrap_again_writes_nothing' again v3.29.1
upgraded() {
	run bootstrap v3.29.7 -f "$tmp/pages"
	ended 0 && printed '^# v3.29.7: CRDs: 0 created, [1-9][0-9]* configured; .*; ready, '
}
claim 'bootstrap_upgrades' upgraded
stop_cluster

start_cluster
with_initialise() {
	run install v3.32.1 --initialise
	ended 0 && printed "^$crd/tiers.crd.projectcalico.org created\$" '^ClusterInformation/default created$' '^Tier/kube-baseline created$' \
		'^# v3.32.1: CRDs: 23 created, .*; ready, '
}
claim 'install_initialises_when_asked_for' with_initialise
role() {
	run rbac bootstrap v3.32.1 && kubectl apply -f "$tmp/out" >"$tmp/log" || return 1
	local token
	token=$(kubectl create token -n kube-system calico-datastore-bootstrap)
	kubectl config view --raw --minify --flatten -o json |
		jq --arg token "$token" '.users[0].user = {token: $token}' >"$tmp/account.kubeconfig"
	kubectl delete crd,clusterroles -l none=none >"$tmp/log" 2>&1 || true
	run bootstrap v3.32.1 -f "$tmp/pages" --kubeconfig "$tmp/account.kubeconfig"
	ended 0 && printed '; ready, '
}
claim 'bootstrap_works_with_its_role' role
its_job() {
	run job bootstrap v3.32.1 --image registry.example/a:1 -f objects.yaml --bundle-configmap objects/objects.yaml -o json
	ended 0 && kubectl apply --dry-run=server -f "$tmp/out" >"$tmp/log" && jq -e '.items[-1].spec.template.spec.containers[0].args |
		.[:4] == ["bootstrap", "--file", "/bundle/objects.yaml", "v3.32.1"]' "$tmp/out" >/dev/null
}
claim 'job_bootstrap_is_accepted_by_the_server' its_job
stop_cluster

# etcd

unset KUBECONFIG
start_etcd http
export DATASTORE_TYPE=etcdv3 ETCD_ENDPOINTS=$etcd_url
pages etcd
ask_etcd kv/deleterange '{"key": "L2NhbGljby8=", "range_end": "L2NhbGljbzA="}' >"$tmp/log"
claim 'bootstrap_makes_an_empty_etcd_ready' bootstraps
claim 'bootstrap_of_etcd_again_writes_nothing' again
finish
