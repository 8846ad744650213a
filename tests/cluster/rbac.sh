#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The roles that rbac prints, on a real API server with its RBAC authorizer. Each command works with
# exactly its role, and fails when one right is missing. The rights that an error names are enough.
# The server and its strictest pod security level accept the Jobs that job prints.
# shellcheck disable=SC2317 # claim calls the functions
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/cluster.sh
. tests/lib/rights.sh

release=v3.29.1

start_with_users 450

# account COMMAND [RELEASE]: applies what rbac prints; $tmp/sa.kubeconfig is the service account
account() {
	local token
	run rbac "$@" && ended 0 && kubectl apply -f "$tmp/out" >"$tmp/log" || return 1
	token=$(kubectl create token -n kube-system "$(sed -n 's/^  name: //p' "$tmp/out" | head -n 1)") || return 1
	kubectl config view --raw --minify --flatten -o json |
		jq --arg token "$token" '.users[0].user = {token: $token}' >"$tmp/sa.kubeconfig"
	authorized "system:serviceaccount:kube-system:$(sed -n 's/^  name: //p' "$tmp/out" | head -n 1)"
}

# with_account CODE ARGUMENT...: a run of this service account ends with CODE
with_account() {
	local code=$1
	shift
	run "$@" --kubeconfig "$tmp/sa.kubeconfig"
	ended "$code"
}

# edit_all: makes every CRD differ from every release, except those of a group that others share:
# the program leaves an edited CRD of such a group alone
edit_all() {
	kubectl get crd -o json | jq '.items |= map(select(.spec.group != "policy.networking.k8s.io")) |
		.items[].spec.versions[].additionalPrinterColumns =
		[{name: "Edited", type: "string", jsonPath: ".metadata.name"}]' |
		kubectl replace -f - >"$tmp/log"
}

for command in install plan check get; do
	"$program" rbac "$command" "$release" -o json | rights >"$tmp/$command.rights"
done
# These rights are needed only when DatastoreMigrations exist, and by install only for a backup.
unused='.resources == ["datastoremigrations"]'
unsaved="($unused or .resourceNames == [\"kube-system\"])"
claim "rights_of_install_are_a_create_and_those_of_each_crd" test \
	"$(wc -l <"$tmp/install.rights")" = $((1 + 1 + 1 + 1 + 3 + 5 + 3 * 20))
claim "plan_and_check_and_get_are_read_only" test -z "$(cat "$tmp/plan.rights" "$tmp/check.rights" \
	"$tmp/get.rights" | jq -r '.verbs[] | select(IN("get", "list") | not)')"
claim "no_rule_has_a_wildcard" test -z "$(grep -h '[*]' "$tmp"/*.rights)"

# A clean server

before=$(versions)
claim "role_of_plan_is_applied" account plan $release
claim "plan_works_with_its_role" with_account 1 plan $release
claim "plan_with_its_role_says_that_the_server_did_not_judge" said 'not judged by the server: .*403'
grant_less "$tmp/plan.rights"
claim "plan_needs_each_right_of_its_role" each_is_needed "$tmp/plan.rights" "($unused or .verbs[0] == \"list\") | not" plan $release
grant_less "$tmp/install.rights"
claim "install_needs_create_and_each_read" each_is_needed "$tmp/install.rights" \
	"($unsaved or .verbs[0] == \"update\") | not" install $release
claim "install_that_lacks_a_right_writes_nothing" test "$(versions)" = "$before"
claim "role_of_install_is_applied" account install $release
claim "install_works_with_its_role" with_account 0 install $release

# An upgrade

edit_all
before=$(versions)
claim "install_needs_each_update" each_is_needed "$tmp/install.rights" \
	'.verbs[0] == "update" and (.resourceNames[0] | endswith(".policy.networking.k8s.io") | not)' install $release
claim "update_that_is_not_permitted_writes_nothing" test "$(versions)" = "$before"
claim "install_over_what_is_there_works_with_its_role" with_account 0 install $release
claim "19_crds_were_updated" lines 19 "^$crd/.* configured\$"
claim "install_again_works_with_its_role" with_account 0 install $release
claim "role_for_a_newer_release_is_applied" account install v3.32.1
claim "upgrade_works_with_its_role" with_account 0 install v3.32.1
claim "upgrade_wrote" printed ' configured$' ' created$'

# Reads

claim "role_of_check_is_applied" account check v3.32.1
claim "check_works_with_its_role" with_account 0 check v3.32.1
"$program" rbac check v3.32.1 -o json | rights >"$tmp/check.rights"
grant_less "$tmp/check.rights"
claim "check_needs_each_right_of_its_role" each_is_needed "$tmp/check.rights" "$unused | not" check v3.32.1
kubectl create -f - >"$tmp/log" <<'YAML'
apiVersion: crd.projectcalico.org/v1
kind: ClusterInformation
metadata: {name: default}
spec: {calicoVersion: v3.32.1, clusterGUID: 0123456789abcdef, clusterType: kdd, datastoreReady: true}
---
apiVersion: crd.projectcalico.org/v1
kind: Tier
metadata: {name: default}
spec: {order: 1000000, defaultAction: Deny}
---
apiVersion: crd.projectcalico.org/v1
kind: Tier
metadata: {name: kube-admin}
spec: {order: 1000, defaultAction: Pass}
---
apiVersion: crd.projectcalico.org/v1
kind: Tier
metadata: {name: kube-baseline}
spec: {order: 10000000, defaultAction: Pass}
YAML
claim "certificate_of_a_check_says_which_cluster_it_is" with_account 0 check v3.32.1 -o json
claim "certificate_leaves_nothing_unread" holds '.cluster.uid and .cluster.calicoVersion and .cluster.datastoreReady and .api.operator and
	.unread == []'
claim "role_of_check_of_any_release_is_applied" account check
claim "check_without_a_release_works_with_its_role" with_account 0 check

kubectl create -f tests/cluster/fixtures/nodes.yaml >"$tmp/log"
kubectl create -f - >"$tmp/log" <<'YAML'
apiVersion: crd.projectcalico.org/v1
kind: IPPool
metadata: {name: a}
spec: {cidr: 10.1.0.0/16}
---
apiVersion: crd.projectcalico.org/v1
kind: BGPConfiguration
metadata: {name: default}
spec: {asNumber: 63400}
YAML
# The rights that get needs depend on its arguments. A right is needed when one of these runs needs
# it.
gets=('nodes' 'nodes node-2' 'ippools' 'ippools a' 'nodes -o wide')
get_works() {
	local words
	for words in "${gets[@]}"; do
		# shellcheck disable=SC2086 # several words
		"$1" "$2" get $words
		[ "$status" = 0 ] && printed '!unknown' || return 1
	done
}
run_account() {
	shift
	run "$@" --kubeconfig "$tmp/sa.kubeconfig"
}
claim "role_of_get_is_applied" account get
claim "get_works_with_its_role" get_works run_account -
grant_less "$tmp/get.rights"
# command_for RIGHT: prints a read that needs only this right; a missing name is no error of rights
command_for() {
	local kind
	kind=$(jq -r .resources[0] <<<"$1")
	case $kind in namespaces | serviceaccounts) kind=profiles ;; pods) kind=workloadendpoints ;; esac
	case $(jq -r '"\(.verbs[0]) \(.resources[0])"' <<<"$1") in
	'list networkpolicies' | 'list networksets' | 'list pods' | 'list staged'[kn]*) echo "$kind -A" ;;
	list*) echo "$kind" ;;
	'get namespaces') echo 'profiles kns.none' ;;
	'get serviceaccounts') echo 'profiles ksa.none.none' ;;
	'get pods') echo 'workloadendpoints node-k8s-none-eth0' ;;
	'get clusterinformations') echo 'clusterinformations none' ;;
	'get bgpconfigurations') echo 'bgpconfigurations default' ;;
	*) echo "$kind none" ;;
	esac
}
get_needs_each() {
	local n=0 right words
	while read -r right; do
		words=$(command_for "$right")
		# shellcheck disable=SC2086 # several words
		as "less-$((first + n))" get $words
		[ "$status" = 7 ] || { echo "get $words is exit $status without $right" >&2; return 1; }
		n=$((n + 1))
	done <"$tmp/get.rights"
	[ "$n" -gt 45 ]
}
claim "get_needs_each_right_of_its_role" get_needs_each

"$program" rbac backup -o json | rights >"$tmp/backup.rights"
claim "role_of_backup_is_applied" account backup
claim "backup_works_with_its_role" with_account 0 backup "$tmp/a.tar.gz"
grant_less "$tmp/backup.rights"
# backup lists only kinds whose CRDs exist.
claim "backup_needs_each_right_of_its_role" each_is_needed "$tmp/backup.rights" "($unused or .apiGroups == [\"projectcalico.org\"] or
	(.verbs == [\"list\"] and
	([.apiGroups[0], .resources[0]] | . != [\"crd.projectcalico.org\", \"ippools\"] and .[1] != \"clusternetworkpolicies\"))) | not" \
	backup "$tmp/never.tar.gz"

# An old version, in which objects may be stored
tiers=tiers.crd.projectcalico.org
kubectl patch crd "$tiers" --type=json -p '[{"op": "add", "path": "/spec/versions/-", "value": {"name": "v0",
	"served": false, "storage": false, "schema": {"openAPIV3Schema": {"type": "object"}}}}]' >"$tmp/log"
kubectl patch crd "$tiers" --subresource=status --type=merge -p '{"status": {"storedVersions": ["v0", "v1"]}}' >"$tmp/log"
printf 'apiVersion: crd.projectcalico.org/v1\nkind: Tier\nmetadata: {name: a}\nspec: {order: 1}\n' | kubectl create -f - >"$tmp/log"
"$program" rbac migrate-storage -o json | rights | grep -F -e '"tiers"' -e "$tiers" -e '["default"]' -e '"datastoremigrations"' | grep -v '\["projectcalico' >"$tmp/migrate.rights"
grant_less "$tmp/migrate.rights"
claim "migrate_storage_needs_its_rights" test "$(wc -l <"$tmp/migrate.rights")" = 6
claim "migrate_storage_needs_each_right_of_its_role" each_is_needed "$tmp/migrate.rights" "$unused | not" migrate-storage "$tiers"
claim "role_of_migrate_storage_is_applied" account migrate-storage
claim "migrate_storage_works_with_its_role" with_account 0 migrate-storage
claim "one_crd_was_migrated" printed "^# 1 of .* CRDs migrated\$"

claim "role_of_all_commands_is_applied" account
for words in 'install v3.32.1' 'plan v3.32.1' 'check v3.32.1' check 'get nodes -o wide' 'get ippools a'; do
	# shellcheck disable=SC2086 # several words
	claim "${words// /_}_works_with_the_role_of_all_commands" with_account 0 $words
done

# The rights that an error names are enough

works_for_nobody() {
	as nobody "$@"
	[ "$status" = 0 ]
}

granted_then_works() {
	as nobody "$@"
	ended 7 && sed -n '/^---/,$p' "$tmp/err" | kubectl apply -f - >"$tmp/log" || return 1
	# The API server uses a new role a moment later.
	eventually works_for_nobody "$@" || ended 0
}
claim "what_status_says_is_missing_is_enough" granted_then_works status
claim "what_get_says_is_missing_is_enough" granted_then_works get ippools a
claim "what_check_says_is_missing_is_enough" granted_then_works check
edit_all
before=$(versions)
lacks_all() {
	as nobody install v3.32.1
	ended 7 'needs .* rights that this user does not have' '^kind: ClusterRole$' &&
		test "$(versions)" = "$before"
}
claim "install_without_rights_names_all_that_is_missing_and_writes_nothing" lacks_all
as nobody install v3.32.1 -o json
claim "json_has_what_is_missing_beside_the_message" holds '.error.exitCode == 7 and
	(.error.remedy | test("kind: ClusterRole\n")) and (.error.message | test("\n") | not)'
claim "what_install_says_is_missing_is_enough" granted_then_works install v3.32.1
claim "what_check_needed_is_still_granted" with_account 0 check v3.32.1
as nobody install v3.32.1 -o json
claim "second_install_is_permitted_as_well" holds '.ok and .changed == false'

# Every user may use discovery and reviews, unless a cluster removes these rights.

claim "role_with_discovery_is_applied" account install v3.32.1 --discovery --name with-discovery
mv "$tmp/sa.kubeconfig" "$tmp/with-discovery.kubeconfig"
claim "role_without_discovery_is_applied" account install v3.32.1
kubectl delete clusterrolebinding system:discovery system:basic-user >"$tmp/log"
sleep 0.5
claim "install_without_discovery_names_what_is_missing" with_account 7 install v3.32.1
mv "$tmp/with-discovery.kubeconfig" "$tmp/sa.kubeconfig"
claim "install_works_with_a_role_with_discovery" with_account 0 install v3.32.1
edit_all
claim "install_works_where_reviews_are_not_permitted" with_account 0 install v3.32.1
as nobody plan v3.29.1
claim "user_without_reviews_is_told_of_the_first_right" ended 7 'grant the verb "get"' '!^kind: ClusterRole'

# Jobs

image=registry.example/calico-datastore:0.1.0
accepted() {
	run job "$@" --image "$image" && ended 0 && kubectl apply --dry-run=server -f "$tmp/out" >"$tmp/log"
}
claim "job_is_accepted_by_the_server" accepted v3.29.1
claim "job_comes_behind_its_rights" test "$(sed 's/ .*//' "$tmp/log" | cut -d/ -f1 | tr '\n' ' ')" = \
	'serviceaccount clusterrole.rbac.authorization.k8s.io clusterrolebinding.rbac.authorization.k8s.io job.batch '
claim "job_as_json_is_accepted" accepted check -o json
claim "job_without_rights_is_accepted" accepted v3.29.1 --no-rbac
claim "job_without_rights_is_one_object" lines 1 '^kind:'
claim "job_with_a_configmap_is_accepted" accepted -f tests/cluster/fixtures/widgets.yaml \
	--bundle-configmap crds/widgets.yaml
claim "job_with_a_claim_is_accepted" accepted -f tests/cluster/fixtures/widgets.yaml --bundle-claim crds/widgets.yaml

# as_pod: the server accepts the pod of the last Job at the strictest pod security level
kubectl create namespace strict >"$tmp/log"
kubectl label namespace strict pod-security.kubernetes.io/enforce=restricted >"$tmp/log"
as_pod() {
	run job v3.29.1 --image "$image" --no-rbac -o json "$@"
	jq '.items[0].spec.template | {apiVersion: "v1", kind: "Pod", metadata: {name: "a"}, spec}' "$tmp/out" |
		kubectl create -n strict --dry-run=server -f -
}
claim "jobs_pod_keeps_to_the_strictest_pod_security_level" as_pod
claim_fails 1 "pod_on_the_nodes_network_does_not" as_pod --host-network

# The arguments of the Job are a valid command line of this program.
job_arguments_work() {
	local arguments
	run job install v3.32.1 --image "$image" --timeout 90s -x ippools -o json
	mapfile -t arguments < <(jq -r '.items[-1].spec.template.spec.containers[0].args[]' "$tmp/out")
	run "${arguments[@]}" && ended 0 '^v3\.32\.1, set crds '
}
claim "arguments_of_the_job_are_a_command_line" job_arguments_work

# image_root DIRECTORY: makes the root directory of a release's image
: "${BUILD:=build}"
image_root() {
	local layout=$tmp/layout digest version
	version=$("$program" version | sed -n '1s/.* //p')
	make --no-print-directory "$BUILD/static/calico-datastore" && mkdir -p "$tmp/dist" "$layout" "$1" &&
		strip -o "$tmp/dist/calico-datastore" "$BUILD/static/calico-datastore" &&
		SOURCE_DATE_EPOCH=0 CA_BUNDLE=/dev/null scripts/release/image "$version" "$tmp/image.tar" "$(uname -m)=$tmp/dist" &&
		tar -xf "$tmp/image.tar" -C "$layout" || return 1
	digest=$(jq -r '.manifests[0].digest' "$layout/index.json")
	digest=$(jq -r '.manifests[0].digest' "$layout/blobs/sha256/${digest#sha256:}")
	digest=$(jq -r '.layers[0].digest' "$layout/blobs/sha256/${digest#sha256:}")
	tar -xzf "$layout/blobs/sha256/${digest#sha256:}" -C "$1"
}

# as_in_a_pod ARGUMENT...: runs in the root of the image, as the image's user, on a read-only file
# system. The run has only the account's files and the address of the API server.
account=$tmp/root/var/run/secrets/kubernetes.io/serviceaccount
as_in_a_pod() {
	local address
	address=$(kubectl config view --minify -o jsonpath='{.clusters[0].cluster.server}')
	image_root "$tmp/root" && mkdir -p "$account" &&
		jq -rj '.users[0].user.token' "$tmp/sa.kubeconfig" >"$account/token" &&
		jq -r '.clusters[0].cluster["certificate-authority-data"]' "$tmp/sa.kubeconfig" |
		base64 -d >"$account/ca.crt" && printf kube-system >"$account/namespace" && chmod -R a+rX "$tmp/root" || return 1
	status=0
	# shellcheck disable=SC2016 # for the inner shell
	unshare -m sh -c 'root=$1 && shift && mount --bind "$root" "$root" && mount -o remount,ro,bind "$root" &&
		exec setpriv --no-new-privs env -i PATH=/usr/bin:/usr/sbin KUBERNETES_SERVICE_HOST=127.0.0.1 \
			KUBERNETES_SERVICE_PORT="${0##*:}" chroot --userspec=65532:65532 --groups= "$root" calico-datastore "$@"' \
		"$address" "$tmp/root" "$@" >"$tmp/out" 2>"$tmp/err" || status=$?
}
in_pod() {
	as_in_a_pod "${arguments[@]}"
	ended 0 'context (none)' && printed '^# v3.32.1: '
}
run job install v3.32.1 --image "$image" -o json
mapfile -t arguments < <(jq -r '.items[-1].spec.template.spec.containers[0].args[]' "$tmp/out")
if unshare -m setpriv --reuid 65532 --regid 65532 --clear-groups true 2>"$tmp/log"; then
	claim "command_of_the_job_works_in_the_root_of_the_image" in_pod
else
	skip "command_of_the_job_works_in_the_root_of_the_image" 'no mount namespace without root'
fi

finish
