# shellcheck shell=bash disable=SC2034,SC2154 # variables of shell.sh and of the suites
# SPDX-License-Identifier: Apache-2.0
# Sourced after run.sh: control planes for the suite, and checks of their CRDs.

crd=customresourcedefinition.apiextensions.k8s.io
kubectl_program=$(scripts/control-plane tools)/kubectl
clusters=0

# start_cluster [FLAG...]: starts a clean API server with these flags and makes it the KUBECONFIG
start_cluster() {
	prepare_cluster "$@"
	take_cluster
}

# prepare_cluster [FLAG...]: starts one in the background; take_cluster makes it the KUBECONFIG
prepare_cluster() {
	prepared=$tmp/cluster-$((++clusters))
	at_exit scripts/control-plane down "$prepared"
	scripts/control-plane up "$prepared" ${1+-- "$@"} &
	preparing=$!
	at_exit_kill "$preparing"
}

take_cluster() {
	wait "$preparing"
	cluster=$prepared
	KUBECONFIG=$(scripts/control-plane kubeconfig "$cluster")
	export KUBECONFIG
}

stop_cluster() {
	scripts/control-plane down "$cluster"
}

kubectl() {
	"$kubectl_program" --cache-dir "$tmp/kubectl-cache" "$@"
}

# versions [RESOURCE]: prints name, uid and resourceVersion of each CRD, or of each object of
# RESOURCE
versions() {
	kubectl get "${1-customresourcedefinitions}" -o json |
		jq -r '.items[].metadata | "\(.name) \(.uid) \(.resourceVersion)"'
}

# all_established: the server has CRDs, and each is established
all_established() {
	kubectl get customresourcedefinitions -o json | jq -e '.items | length > 0 and
		all(.status.conditions | any(.type == "Established" and .status == "True"))' >/dev/null
}

# user NAME [CLUSTERROLE]: makes a service account with this role; its kubeconfig is
# $tmp/NAME.kubeconfig
user() {
	local token
	kubectl create serviceaccount "$1" >"$tmp/log"
	if [ $# -gt 1 ]; then
		kubectl create clusterrolebinding "$1" --clusterrole "$2" \
			--serviceaccount "default:$1" >"$tmp/log"
	fi
	token=$(kubectl create token "$1")
	kubectl config view --raw --minify --flatten -o json |
		jq --arg token "$token" '.users[0].user = {token: $token}' >"$tmp/$1.kubeconfig"
}

# api_server_in_front: creates an APIService of projectcalico.org/v3 whose server does not exist
api_server_in_front() {
	kubectl create -f - >"$tmp/log" <<-YAML
		apiVersion: apiregistration.k8s.io/v1
		kind: APIService
		metadata: {name: v3.projectcalico.org}
		spec:
		  group: projectcalico.org
		  version: v3
		  groupPriorityMinimum: 1500
		  versionPriority: 200
		  insecureSkipTLSVerify: true
		  service: {name: calico-api, namespace: calico-apiserver}
	YAML
	kubectl wait --for=condition=Available=false apiservice/v3.projectcalico.org --timeout=30s >"$tmp/log"
}

# migrations VERSION...: creates the CRD of DatastoreMigrations with these versions. The first one
# is stored; the server warns about the others.
migrations() {
	local version list=
	for version; do
		list="$list{\"name\": \"$version\", \"served\": true, \"storage\": $([ "$version" = "$1" ] && echo true || echo false),
			\"deprecated\": $([ "$version" = "$1" ] && echo false || echo true),
			\"schema\": {\"openAPIV3Schema\": {\"type\": \"object\", \"x-kubernetes-preserve-unknown-fields\": true}}},"
	done
	kubectl apply --server-side -f - >"$tmp/log" <<-JSON
		{"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
		"metadata": {"name": "datastoremigrations.migration.projectcalico.org"},
		"spec": {"group": "migration.projectcalico.org", "scope": "Cluster", "versions": [${list%,}],
		"names": {"kind": "DatastoreMigration", "plural": "datastoremigrations"}}}
	JSON
	eventually kubectl wait --for=condition=Established --timeout=30s crd/datastoremigrations.migration.projectcalico.org >"$tmp/log"
}
