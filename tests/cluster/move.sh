#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# move from a real etcd to a real API server: rehearsal, proof, finish, and giving up.
# shellcheck disable=SC2317 # claim calls the functions
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/cluster.sh
. tests/lib/etcd.sh
. tests/lib/move.sh

start_cluster
start_etcd http
export ETCD_ENDPOINTS=$etcd_url
backup=$tmp/move.tar.gz

DATASTORE_TYPE=etcdv3 source_of v3.32.1 >"$tmp/log" || exit
source_keys >"$tmp/source"

# Before the target has anything

blocked() {
	stored >"$tmp/before"
	move --dry-run
	ended 10 '4 objects cannot move as they are, the first Node/etcd-node-1: .*--node-map' &&
		printed '^nodes  *2  *0 .* 2$' 'NetworkSet/production/set: the cluster has no namespace production: create it first' &&
		stored | diff - "$tmp/before" && source_keys | cmp - "$tmp/source"
}
claim 'nodes_and_namespaces_that_are_missing_are_found_by_the_rehearsal' blocked

not_begun() {
	move --backup "$backup"
	ended 10 && [ ! -e "$backup" ] && [ ! -e "$backup.state" ] && [ "$(ready_in_etcd)" = true ]
}
claim 'a_move_that_is_blocked_locks_and_saves_nothing' not_begun

prepare_target >"$tmp/log"
stored >"$tmp/empty"

rehearsed() {
	move --dry-run
	ended 0 && printed '^nodes  *2  *2  *2  *0  *0  *0$' '^workloadendpoints  *1  *0  *0  *1  *0  *0$' \
		'^node etcd-node-1 -> k8s-node-1$' '^IPAM: 4 addresses in use' \
		'^# dry run: .* objects move; CRDs: 23 to create; both sides would be locked for about [0-9]* s$' &&
		stored | diff - "$tmp/empty" && source_keys | cmp - "$tmp/source" || return
	move --dry-run -o json
	ended 0 && holds '.kind == "Move" and .phase == "new" and .nodes["etcd-node-1"] == "k8s-node-1" and .addresses == 4 and
		.blocked.count == 0 and .left.count == 0 and (.lockSeconds | type == "number") and .missingRights == 0'
}
claim 'a_rehearsal_shows_what_moves_and_writes_nothing' rehearsed

custom() {
	put_key "$resources/profiles/own" '{"kind":"Profile","apiVersion":"projectcalico.org/v3","metadata":{"name":"own"},"spec":{}}' >"$tmp/log"
	put_key "$resources/unknownkinds/x" '{}' >"$tmp/log"
	move --dry-run
	ended 10 '2 objects or keys have no place in Kubernetes, the first Profile/own: .*--accept-loss' &&
		printed "(key)/$resources/unknownkinds/x: this program does not know" || return
	move --dry-run --accept-loss
	ended 0 || return
	delete_key "$resources/unknownkinds/x" >"$tmp/log"
	delete_key "$resources/profiles/own" >"$tmp/log"
}
claim 'what_has_no_place_needs_accept_loss' custom

refused_name() {
	put_key "$ipam/handle/Bad_Name" '{"block":{}}' >"$tmp/log"
	put_key "$resources/ippools/broken" '{"metadata": {' >"$tmp/log"
	put_key "$resources/ippools/typed" '{"kind":"IPPool","apiVersion":"projectcalico.org/v3","metadata":{"name":"typed"},"spec":{"cidr":"10.0.0.0/24","ipipMode":"Sometimes"}}' >"$tmp/log"
	move --dry-run
	delete_key "$ipam/handle/Bad_Name" >"$tmp/log"
	delete_key "$resources/ippools/broken" >"$tmp/log"
	delete_key "$resources/ippools/typed" >"$tmp/log"
	ended 10 '3 objects cannot move' && printed 'Kubernetes does not take the name "bad_name"' "$resources/ippools/broken" \
		'IPPool/typed: the CRD refuses spec.ipipMode'
}
claim 'names_and_values_that_kubernetes_refuses_are_found' refused_name

twins() {
	printf 'etcd-node-2 k8s-node-1 # both\n' >"$tmp/twins"
	move --dry-run --node-map "$tmp/twins"
	ended 10 'another object becomes Node/k8s-node-1' || return
	printf 'etcd-node-2 -\n' >"$tmp/behind"
	move --dry-run --node-map "$tmp/behind" --accept-loss
	ended 0 && printed '^node etcd-node-2 -> (left behind)$' || return
	printf 'one two three\n' >"$tmp/wrong"
	move --dry-run --node-map "$tmp/wrong"
	ended 2 'line 1: it is not OLD NEW'
}
claim 'nodes_are_mapped_by_hand' twins

usage() {
	DATASTORE_TYPE=etcdv3 run move --dry-run
	ended 2 'say where to' || return
	move
	ended 2 '--backup FILE says where' || return
	DATASTORE_TYPE=kubernetes run move --to "$KUBECONFIG" --dry-run
	ended 2 'begins with etcd' || return
	move --backup "$backup" --finish
	ended 2 'there is no move to finish' || return
	move --backup "$backup" --abort
	ended 2 'there is no move to give up'
}
claim 'a_wrong_command_line_is_exit_2' usage

# A complete move

moved() {
	move --backup "$backup"
	ended 0 && printed '^# proven: [0-9]* objects and 4 addresses are the same on both sides, both are locked$' &&
		[ "$(ready_in_etcd)" = false ] && [ "$(ready_in_target)" = false ] &&
		[ "$(stat -c %a "$backup" "$backup.state" | uniq)" = 600 ]
}
claim 'a_move_locks_saves_writes_and_proves' moved
stored >"$tmp/moved"

references() {
	kubectl get bgppeers.crd.projectcalico.org peer-node -o json | jq -e '.spec.node == "k8s-node-1"' &&
		kubectl get hostendpoints.crd.projectcalico.org hep -o json | jq -e '.spec.node == "k8s-node-1"' &&
		kubectl get felixconfigurations.crd.projectcalico.org node.k8s-node-1 -o json | jq -e '.spec.logSeverityScreen == "Debug"' &&
		kubectl get nodes k8s-node-1 -o json | jq -e '.metadata.annotations["projectcalico.org/ASNumber"] == "64600"'
}
claim 'every_reference_to_a_node_has_its_new_name' references

ipam_exactly() {
	kubectl get ipamblocks.crd.projectcalico.org 10-10-0-0-26 -o json | jq -e '.spec | .affinity == "host:k8s-node-1" and
		.allocations[0] == 0 and .allocations[2] == 1 and (.unallocated | length == 62) and .strictAffinity == false and
		.attributes[0].handle_id == "vxlan-tunnel-addr-k8s-node-1" and .attributes[1].handle_id == "k8s-pod-network.Web" and
		.attributes[1].secondary.node == "k8s-node-1"' &&
		kubectl get blockaffinities.crd.projectcalico.org k8s-node-1-fd00-10---122 -o json | jq -e '.spec.node == "k8s-node-1" and
			.spec.deleted == "false" and .metadata.labels["projectcalico.org/ip-version"] == "6" and
			.metadata.labels["projectcalico.org/hostname-hash"] == "T4CS4SZBK6FMNLYS3G526IGYWFY7DRULZKSNFZP5ZWPCW35P3FSA"' &&
		kubectl get ipamhandles.crd.projectcalico.org k8s-pod-network.web -o json | jq -e '.spec.handleID == "k8s-pod-network.Web"' &&
		kubectl get ipamconfigs.crd.projectcalico.org default -o json | jq -e '.spec.strictAffinity == true'
}
claim 'ipam_is_there_address_by_address' ipam_exactly

repeated() {
	local before
	before=$(versions ippools.crd.projectcalico.org)
	move --backup "$backup"
	ended 0 'the move goes on: .* says "proven"' && printed '^# proven' &&
		[ "$(versions ippools.crd.projectcalico.org)" = "$before" ] && stored | diff - "$tmp/moved" || return
	move --backup "$backup" --node-map "$tmp/behind"
	ended 2 'the move has begun'
}
claim 'a_second_run_proves_again_and_writes_nothing' repeated

edited() {
	kubectl patch ippools.crd.projectcalico.org pool-four --type=merge -p '{"spec":{"natOutgoing":false}}' >"$tmp/log"
	move --backup "$backup" --finish
	ended 10 'IPPool/pool-four: it is not what the source has; nothing is unlocked' && [ "$(ready_in_target)" = false ] || return
	kubectl patch ippools.crd.projectcalico.org pool-four --type=merge -p '{"spec":{"natOutgoing":true}}' >"$tmp/log"
	put_key "$resources/networksets/production/late" '{"kind":"NetworkSet","apiVersion":"projectcalico.org/v3","metadata":{"name":"late","namespace":"production"},"spec":{"nets":["192.0.2.9"]}}' >"$tmp/log"
	move --backup "$backup" --finish
	ended 10 'NetworkSet/production/late: it was changed after the source was locked' && [ "$(ready_in_target)" = false ] || return
	delete_key "$resources/networksets/production/late" >"$tmp/log"
}
claim 'an_edit_on_either_side_keeps_the_target_locked' edited

given_up() {
	move --backup "$backup" --abort
	ended 0 && printed '^# given up: ' && stored | diff - "$tmp/empty" && [ "$(ready_in_etcd)" = true ] || return
	DATASTORE_TYPE=etcdv3 "$program" get clusterinformation default -o yaml | grep -q 'datastoreReady: true' || return
	move --backup "$backup" --abort
	ended 0 || return
	move --backup "$backup"
	ended 2 'is aborted; another one needs another --backup'
}
claim 'a_move_that_is_given_up_leaves_the_target_as_it_was' given_up

# Another move, into a target that is in use

occupied() {
	DATASTORE_TYPE=kubernetes run install v3.32.1 -q
	ended 0 || return
	kubectl create -f - >"$tmp/log" <<-YAML
		{apiVersion: crd.projectcalico.org/v1, kind: IPPool, metadata: {name: theirs}, spec: {cidr: 10.99.0.0/24}}
	YAML
	move --backup "$tmp/occupied.tar.gz"
	ended 10 '1 objects are in the target already.*IPPool/theirs' && [ ! -e "$tmp/occupied.tar.gz" ] && [ "$(ready_in_etcd)" = true ]
}
claim 'a_target_that_is_not_empty_is_refused' occupied

theirs() {
	kubectl delete ippools.crd.projectcalico.org theirs >"$tmp/log"
	move --backup "$tmp/second.tar.gz" -o json
	ended 0 && holds '.phase == "proven" and .changed and (.different.count == 0)' || return
	kubectl create -f - >"$tmp/log" <<-YAML
		{apiVersion: crd.projectcalico.org/v1, kind: IPPool, metadata: {name: theirs}, spec: {cidr: 10.99.0.0/24}}
	YAML
	kubectl patch networksets.crd.projectcalico.org set -n production --type=merge -p '{"spec":{"nets":["192.0.2.7"]}}' >"$tmp/log"
	move --backup "$tmp/second.tar.gz" --abort
	ended 0 && printed 'NetworkSet/production/set: somebody changed it since it was written' || return
	[ "$(stored | grep -c '"kind":"IPPool"')" = 1 ] && [ "$(stored | grep -c '"kind":"NetworkSet"')" = 1 ] &&
		[ "$(kubectl get crd -o name | wc -l)" = 23 ]
}
claim 'abort_deletes_only_what_the_move_wrote' theirs
kubectl delete ippools.crd.projectcalico.org,networksets.crd.projectcalico.org --all -A >"$tmp/log"

locked_by_others() {
	put_ready false
	move --backup "$tmp/third.tar.gz"
	ended 10 'the source is locked already' || return
	put_ready true
}
put_ready() {
	put_key "$resources/clusterinformations/default" "$(DATASTORE_TYPE=etcdv3 "$program" get clusterinformation default -o json |
		jq -c ".spec.datastoreReady = $1 | del(.metadata.resourceVersion)")" >"$tmp/log"
}
claim 'a_source_that_somebody_locked_is_refused' locked_by_others

finished() {
	move --backup "$tmp/third.tar.gz"
	ended 0 || return
	move --backup "$tmp/third.tar.gz" --finish
	ended 0 && printed '^# finished: ' 'DATASTORE_TYPE=kubernetes' && [ "$(ready_in_target)" = true ] && [ "$(ready_in_etcd)" = false ] || return
	DATASTORE_TYPE=kubernetes run check
	ended 0 && printed 'ready' || return
	DATASTORE_TYPE=kubernetes run get hep hep -o yaml
	ended 0 && printed 'node: k8s-node-1' || return
	move --backup "$tmp/third.tar.gz" --finish
	ended 0 || return
	move --backup "$tmp/third.tar.gz" --abort
	ended 2 'the move is finished'
}
claim 'finish_unlocks_the_target_alone_and_calico_is_ready_there' finished

# A clean target, and a user with only the rights of the role

kubectl delete customresourcedefinitions --all >"$tmp/log"
put_ready true

# role_config: makes a kubeconfig of the service account that "rbac move" prints
role_config() {
	local token
	"$program" rbac move -n default | kubectl apply -f - >"$tmp/log" || return
	token=$(kubectl create token calico-datastore-move -n default) &&
		kubectl config view --raw --minify --flatten -o json |
		jq --arg token "$token" '.users[0].user = {token: $token}' >"$tmp/role.kubeconfig"
}

by_role() {
	role_config || return
	KUBECONFIG=$tmp/role.kubeconfig move --backup "$tmp/role.tar.gz"
	ended 0 && printed '^# proven' || return
	KUBECONFIG=$tmp/role.kubeconfig move --backup "$tmp/role.tar.gz" --abort
	ended 0 && printed 'the target has nothing of this move' && [ "$(kubectl get crd -o name | wc -l)" = 0 ]
}
claim 'the_role_of_rbac_move_is_enough' by_role

without_rights() {
	user nobody
	KUBECONFIG=$tmp/nobody.kubeconfig move --backup "$tmp/nobody.tar.gz"
	ended 7 'is not permitted\|not permitted' && [ "$(ready_in_etcd)" = true ] && [ ! -e "$tmp/nobody.tar.gz.state" ]
}
claim 'without_rights_nothing_is_locked' without_rights

finish
