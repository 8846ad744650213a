#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Which datastore a run would use, in calicoctl's settings: config without a server.
# shellcheck disable=SC2317 # claim calls the functions
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh

for variable in $(env | sed -n 's/^\(\(CALICO_\)\{0,1\}\(ETCD_[A-Z_]*\|K8S[A-Z0-9_]*\|KUBECONFIG\|DATASTORE_TYPE\|USE_POD_CIDR\)\)=.*/\1/p'); do
	unset "$variable"
done
export HOME=$tmp/home
mkdir -p "$HOME/.kube" "$tmp/a b"

# kubeconfig FILE SERVER
kubeconfig() {
	cat >"$1" <<-YAML
		clusters: [{name: c, cluster: {server: $2}}, {name: d, cluster: {server: 'https://d:6443'}}]
		contexts: [{name: one, context: {cluster: c}}, {name: "it's", context: {cluster: d}}]
		current-context: one
	YAML
}
kubeconfig "$HOME/.kube/config" https://home:6443
kubeconfig "$tmp/a b/config" https://named:6443

# is [LINE...]: standard output of the last run has these lines after its first three
is() {
	sed 1,3d "$tmp/out" | diff <(printf '%s\n' "$@") - >&2
}

# Kubernetes

run config
claim "home_is_the_default" is spec: '  datastoreType: kubernetes' "  kubeconfig: $HOME/.kube/config"
claim "file_is_one_of_calicoctl" printed '^apiVersion: projectcalico.org/v3$' '^kind: CalicoAPIConfig$'
run config -o env
claim "lines_to_export" diff - "$tmp/out" <<-LINES
	export DATASTORE_TYPE=kubernetes
	export KUBECONFIG=$HOME/.kube/config
LINES
run config --context "it's" --kubeconfig "$tmp/a b/config" -o env
claim "lines_are_quoted_for_a_shell" printed "^export KUBECONFIG='$tmp/a b/config'\$" \
	"^export K8S_CURRENT_CONTEXT='it'\\\\''s'\$"
cd "$tmp/a b"
run config --kubeconfig config
claim "paths_are_absolute" printed "^  kubeconfig: $tmp/a b/config\$"
cd "$root"
KUBECONFIG=$tmp/none:$HOME/.kube/config run config -o json
claim "files_that_are_not_there_are_left_out" holds ".spec.kubeconfig == \"$HOME/.kube/config\""
KUBECONFIG=$tmp/none run config
claim "kubeconfig_that_is_not_there_is_exit_3" ended 3 "$tmp/none"
KUBECONFIG="$tmp/none" CALICO_KUBECONFIG="$HOME/.kube/config" run config -o env
claim "prefix_wins_and_goes" printed '^unset CALICO_KUBECONFIG$' "^export KUBECONFIG=$HOME/.kube/config\$"
K8S_CURRENT_CONTEXT=none run config
claim "unknown_context_is_blamed_on_its_variable" ended 2 'K8S_CURRENT_CONTEXT: --context.*"none"'
K8S_CA_FILE=$tmp/none run config
claim "missing_authority_is_blamed_on_its_variable" ended 3 "K8S_CA_FILE: .*$tmp/none"
K8S_INSECURE_SKIP_TLS_VERIFY=maybe run config
claim "bad_boolean_is_exit_2" ended 2 'K8S_INSECURE_SKIP_TLS_VERIFY is "maybe"'
K8S_INSECURE_SKIP_TLS_VERIFY=T K8S_API_ENDPOINT=https://e:1 run config -o json
claim "endpoint_alone_needs_no_kubeconfig" holds '.spec == {datastoreType: "kubernetes",
	k8sAPIEndpoint: "https://e:1", k8sInsecureSkipTLSVerify: true}'
CALICO_K8SAPITOKEN=sesame run config -o env
claim "token_is_not_printed" ended 2 K8SAPITOKEN '--show-secrets' '!sesame'
CALICO_K8SAPITOKEN=sesame run config -o env --show-secrets
claim "token_is_printed_when_asked_for" printed '^export CALICO_K8SAPITOKEN=sesame$' '!unset'
K8S_API_ENDPOINT=https://e:1 run config --context one
claim "flag_that_chooses_wins_over_overrides" ended 0 '--context wins.*K8S_API_ENDPOINT'
claim "overrides_that_are_not_used_are_not_printed" says "$tmp/out" '!k8sAPIEndpoint'
for flag in '--as me' '--cluster c' '--proxy-url http://p'; do
	# shellcheck disable=SC2086
	run config $flag
	claim "calicoctl_has_no_${flag%% *}" ended 2 "no setting for ${flag%% *}"
done

# etcd

ETCD_ENDPOINTS=http://a:1,http://b:2 run config
claim "endpoints_alone_say_etcd" is spec: '  datastoreType: etcdv3' '  etcdEndpoints: http://a:1,http://b:2'
ETCD_ENDPOINTS=http://a:1 KUBECONFIG=/k run config -o env
claim "variables_of_the_other_datastore_go" printed '^unset KUBECONFIG$'
DATASTORE_TYPE=etcdv3 run config
claim "type_without_endpoints_is_exit_2" ended 2 'ETCD_ENDPOINTS is not set'
DATASTORE_TYPE=etcd run config
claim "unknown_type_is_exit_2" ended 2 'DATASTORE_TYPE is "etcd"' etcdv3
ETCD_ENDPOINTS=http://a:1 run config --context one
claim "flag_that_chooses_a_cluster_wins_over_the_environment" ended 0 'not the etcdv3'
claim "and_it_is_kubernetes" printed 'datastoreType: kubernetes'
ETCD_ENDPOINTS=http://a:1 run config --proxy-url http://p
claim "proxy_is_not_for_etcd" ended 2 '--proxy-url is for the Kubernetes'

# Files

file() {
	printf 'apiVersion: projectcalico.org/v3\nkind: CalicoAPIConfig\nspec:\n%s\n' "$1" >"$tmp/cfg"
}
file '  etcdEndpoints: http://f:1'
KUBECONFIG=/k run config -c "$tmp/cfg"
claim "file_that_is_given_wins_over_the_environment" printed 'etcdEndpoints: http://f:1'
run config --config "$tmp/cfg" --context one
claim "file_and_flag_that_disagree_are_exit_2" ended 2 '--context is for the Kubernetes' leave
run config --config "$tmp/none"
claim "file_that_is_not_there_is_exit_3" ended 3 "$tmp/none"
file '  etcdEndpoint: http://f:1'
run config --config "$tmp/cfg"
claim "unknown_field_is_exit_4_with_the_nearest" ended 4 "$tmp/cfg" 'did you mean etcdEndpoints'
file "  kubeconfigInline: |
    clusters: [{name: c, cluster: {server: 'https://inline:6443'}}]
    contexts: [{name: x, context: {cluster: c}}]
    current-context: x"
run config --config "$tmp/cfg" --show-secrets
cp "$tmp/out" "$tmp/again"
run config --config "$tmp/again" --show-secrets
claim "inline_kubeconfig_is_printed_as_it_was" cmp "$tmp/again" "$tmp/out"
run get nodes --config "$tmp/cfg" --timeout 5s
claim "inline_kubeconfig_is_used" ended 6 https://inline:6443
file '  usePodCIDR: true
  k8sClientQPS: 2.5
  kubeconfig: '"$HOME/.kube/config"
run config --config "$tmp/cfg" -o json
claim "settings_of_calicoctl_alone_are_kept" holds '.spec.usePodCIDR == true and .spec.k8sClientQPS == 2.5'

# The file at the place where calicoctl looks for it, in a separate file system

with_standard_file() {
	unshare "${map[@]}" --mount sh -c 'mount --bind "$0" /etc && shift 0 && exec "$@"' "$tmp/etc" "$program" "$@" \
		>"$tmp/out" 2>"$tmp/err"
}
standard() {
	status=0
	with_standard_file "$@" || status=$?
}
map=(--map-root-user)
[ "$(id -u)" != 0 ] || map=()
mkdir -p "$tmp/etc/calico"
if unshare "${map[@]}" --mount mount --bind "$tmp/etc" /etc 2>/dev/null && [ ! -e /etc/calico/calicoctl.cfg ]; then
	file '  etcdEndpoints: http://standard:1'
	cp "$tmp/cfg" "$tmp/etc/calico/calicoctl.cfg"
	standard config
	claim "standard_file_is_used_when_the_environment_is_silent" printed http://standard:1
	KUBECONFIG=$HOME/.kube/config standard config
	claim "environment_that_disagrees_is_refused_with_both" ended 2 'different datastores' http://standard:1 \
		"kubeconfig $HOME/.kube/config" '--config FILE'
	ETCD_ENDPOINTS=http://standard:1 standard config -o env
	claim "environment_that_agrees_is_used" ended 0
	KUBECONFIG=$HOME/.kube/config standard config --kubeconfig "$tmp/a b/config"
	claim "flag_settles_it" ended 0
	KUBECONFIG=/k standard config --config "$tmp/cfg"
	claim "file_that_is_given_settles_it" ended 0
	echo nonsense >"$tmp/etc/calico/calicoctl.cfg"
	standard config
	claim "standard_file_that_is_wrong_is_exit_4" ended 4 /etc/calico/calicoctl.cfg
else
	skip "standard file" "no mount namespace here, or a calicoctl.cfg is there"
fi

finish
