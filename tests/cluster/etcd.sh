#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The etcdv3 datastore on a real etcd. The output is what calicoctl printed of the same keys, byte
# for byte. Also: with and without TLS and users; pages, revisions, endpoints.
# shellcheck disable=SC2317 # claim calls the functions
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/etcd.sh

golden=$SHARED/calicoctl/golden/etcd
root=/calico/resources/v3/projectcalico.org
unset KUBECONFIG
export HOME=$tmp DATASTORE_TYPE=etcdv3

if [ ! -f "$golden/keys.json" ]; then
	skip etcd "no recording in $golden"
	finish
fi
start_etcd http
export ETCD_ENDPOINTS=$etcd_url
plain=$etcd_url

# Every recorded output

load_recorded
form=() # options that give the release
# prints_as_recorded FILE: the name of FILE is KIND[.all|.ns-NAMESPACE].FORMAT
prints_as_recorded() {
	local name=${1##*/} kind format scope=()
	kind=${name%%.*} format=${name##*.}
	case $name in
	*.all.*) scope=(-A) ;;
	*.ns-production.*) scope=(-n production) ;;
	esac
	run get "$kind" "${scope[@]}" -o "${format/txt/table}" "${form[@]}"
	ended 0 && diff "$1" "$tmp/out" >&2
}
recorded=0
for file in "$golden"/*.{txt,wide,yaml,json}; do
	case $file in */keys.*) continue ;; esac
	claim "as_recorded: ${file##*/}" prints_as_recorded "$file"
	recorded=$((recorded + 1))
done
claim "recording_is_whole" test "$recorded" -ge 70

run get profile projectcalico-default-allow custom -o name
claim "profile_that_nobody_stores_is_there_by_name" lines 2 '^profile.projectcalico.org/'
run get gnp deny-blocklist -o name
claim "policy_without_a_tier_is_of_the_tier_default" printed '/default.deny-blocklist$'
run get np allow-web nope -n production -o name
claim "names_that_are_there_are_shown_beside_a_missing_one" ended 1 'there is no NetworkPolicy production/default.nope'
claim "name_that_is_there_is_printed" printed default.allow-web
run get ippool a/b
claim "name_with_a_slash_is_exit_2" ended 2 'a/b'
run get ippool nope
claim "nothing_found_is_exit_1" ended 1 'there is no IPPool nope'
claim "nothing_found_leaves_standard_output_empty" test ! -s "$tmp/out"

# IPAM: the state of the recorded custom resources on Kubernetes, as Calico stores it in etcd

raw=$SHARED/calicoctl/golden/k8s/raw
ipam=/calico/ipam/v2
spec() {
	jq -c ".items[0].spec | $2" "$raw/$1.json"
}
{
	put_key $ipam/assignment/ipv4/block/10.244.1.0-26 "$(spec ipamblocks 'del(.strictAffinity)')"
	put_key $ipam/host/node-1/ipv4/block/10.244.1.0-26 '{"state":"confirmed","deleted":false}'
	put_key $ipam/handle/k8s-pod-network.4a1b2c3d4e5f60718293a4b5c6d7e8f901234567 \
		"$(spec ipamhandles 'del(.handleID)')"
	put_key $ipam/config '{"auto_allocate_blocks":true}'
} >"$tmp/log"
# same_as_on_kubernetes PLURAL: names, fields and values are the same
same_as_on_kubernetes() {
	run get "$1" -o json && ended 0 || return 1
	diff <(jq -S '.items[] | {kind, name: .metadata.name, spec} | del(.spec.maxBlocksPerHost | select(. == 0))' \
		"$raw/$1.json") <(jq -S '.items[] | {kind, name: .metadata.name, spec}' "$tmp/out") >&2
}
for plural in ipamblocks blockaffinities ipamhandles ipamconfigs; do
	claim "same_as_on_kubernetes: $plural" same_as_on_kubernetes $plural
done
run get ipamblocks
claim "allocations_of_a_block_are_counted" printed '^10-244-1-0-26  *10.244.1.0/26  *host:node-1  *1/64 '

# The order and the form of names differ from those of keys.
{
	put_key $ipam/assignment/ipv6/block/fd00:10::-122 '{"cidr":"fd00:10::/122","affinity":null,
		"hostAffinity":"a","allocations":[0,null],"unallocated":[1],"attributes":[{"handle_id":null,"secondary":null}]}'
	put_key $ipam/assignment/ipv6/block/2001:db8::-122 '{"cidr":"2001:db8::/122","allocations":[]}'
	put_key $ipam/assignment/ipv4/block/9.0.0.0-26 '{"cidr":"9.0.0.0/26","allocations":[]}'
	put_key $ipam/host/a-1/ipv4/block/9.0.0.0-26 '{"state":"pending","deleted":true}'
	put_key $ipam/host/a/ipv4/block/9.0.0.64-26 ''
	put_key $ipam/host/a '{}'
	put_key $ipam/virtual/load-balancer/ipv6/block/fd00:10::-122 '{"state":"confirmed","deleted":false}'
	put_key "$ipam/host/$(printf 'n%.0s' {1..241})/ipv4/block/10.0.0.0-26" '{"state":"confirmed"}'
	put_key $ipam/handle/IPIP-Tunnel '{"block":{"10.0.0.0/26":1,"10.0.0.64/26":2},"deleted":false}'
} >"$tmp/log"
long=$(printf 'n%.0s' {1..228})-10-0-0-0-26-$(printf '%s+10-0-0-0-26' "$(printf 'n%.0s' {1..241})" | sha256sum | cut -c1-11)
# names_are NAME...: the run printed these names with -o name
names_are() {
	diff <(printf '%s\n' "$@") <(sed 's|.*/||' "$tmp/out") >&2
}
run get ipamblocks -o name
claim "blocks_are_in_the_order_of_their_names" names_are 10-244-1-0-26 2001-db8---122 9-0-0-0-26 fd00-10---122
run get blockaffinities -o name
claim "affinities_are_named_after_node_and_network" names_are a-1-9-0-0-0-26 a-9-0-0-64-26 \
	load-balancer-fd00-10---122 "$long" node-1-10-244-1-0-26
run get ipamblock fd00-10---122 -o json
claim "block_is_found_by_its_name" holds '.metadata.name == "fd00-10---122" and .spec.cidr == "fd00:10::/122" and
	.spec.affinity == "host:a" and (.spec | has("hostAffinity") | not) and (.metadata.resourceVersion | tonumber > 38)'
run get blockaffinities a-1-9-0-0-0-26 load-balancer-fd00-10---122 a-9-0-0-64-26 -o json
claim "affinity_has_state_and_type" holds '[.[].spec] == [{state: "pending", node: "a-1", cidr: "9.0.0.0/26", deleted: "true"},
	{state: "confirmed", node: "load-balancer", cidr: "fd00:10::/122", deleted: "false", type: "virtual"},
	{state: "", node: "a", cidr: "9.0.0.64/26", deleted: "false"}]'
run get ipamhandles ipip-tunnel nope
claim "handle_has_a_name_in_lower_case" ended 1 'there is no IPAMHandle nope'
claim "handle_keeps_its_id" printed '^ipip-tunnel  *IPIP-Tunnel  *2 '
run get ipamconfig default
claim "configuration_is_named_default" printed '^default  *false  *true '
run get all
claim "kinds_of_ipam_are_counted" printed '^IPAMBlock  *4 ' '^BlockAffinity  *5 ' '^IPAMHandle  *2 ' '^IPAMConfig  *1 '
put_key $ipam/assignment/ipv4/block/10.0.0.0 '{}' >"$tmp/log"
put_key $ipam/handle/broken '{' >"$tmp/log"
run get ipamblocks
claim "key_without_a_network_is_named" ended 1 'block/10.0.0.0 cannot be shown: the key has no network'
run get ipamhandles
claim "broken_handle_is_named" ended 1 'handle/broken cannot be shown'
claim "other_handles_are_shown" lines 1 '^ipip-tunnel '
delete_key $ipam/assignment/ipv4/block/10.0.0.0 >"$tmp/log"
delete_key $ipam/handle/broken >"$tmp/log"

# Check and install

run check -o json
claim "check_reads_every_kind" ended 0
claim "check_counts_what_is_there" holds '.ok and .datastore == "etcdv3" and
	([.reads[] | {(.resource): .objects}] | add) as $n |
	$n.ippools == 3 and $n.networkpolicies == 3 and $n.profiles == 3 and $n.tiers == 4 and
	$n.workloadendpoints == 3 and $n.stagednetworkpolicies == 0 and $n.ipamblocks == 4 and
	$n.blockaffinities == 5 and $n.ipamhandles == 2 and $n.ipamconfigs == 1 and (.reads | length) >= 25'
claim "check_tells_the_cluster" holds '.cluster.clusterGUID == "75478841a0af4066ac5c46efe32bbae3"'

# A far server: six connections without HTTP/2; each sends the next request as soon as it is free.
# The proxy counts round trips.
"$BUILD/tests/delay-proxy" --to "${plain#http://}" --delay-ms 20 --port-file "$tmp/port" --count-file "$tmp/count" &
proxy=$!
at_exit_kill "$proxy"
while [ ! -s "$tmp/port" ]; do sleep 0.02; done
ETCD_ENDPOINTS=http://127.0.0.1:$(cat "$tmp/port") run check -o json
claim "check_asks_once_for_each_kind_and_twice_for_the_release" holds '.ok and .requests == (.reads | length) + 2'
far_round_trips() {
	kill "$proxy" && wait "$proxy"
	cat "$tmp/count"
	[ "$(sed -n 's/^round_trips //p' "$tmp/count")" -le 8 ]
}
claim "check_of_all_kinds_takes_eight_round_trips_at_most" far_round_trips

run install v3.29.1
claim "install_says_that_there_are_no_crds" ended 0 'no CRDs to apply'
claim "install_goes_on_with_the_reads" printed '^tiers *ok *4 objects'
claim "install_says_how_calicoctl_gets_there" printed '^# for calicoctl: eval "$(calico-datastore config -o env'
run config -o env
claim "which_prints_lines_to_export" printed "^export ETCD_ENDPOINTS=$plain\$" '^export DATASTORE_TYPE=etcdv3$'
run plan
claim "plan_has_nothing_to_do" ended 0
run install v3.99.0
claim "install_of_an_unknown_release_is_exit_2" ended 2 v3.99.0
run rollback x
claim "rollback_is_for_kubernetes" ended 2 'etcdv3'
run check --as someone
claim "flag_of_kubernetes_is_refused" ended 2 '--as is for the Kubernetes'

# Objects that cannot be shown

put_key $root/ippools/broken '{"metadata": {' >"$tmp/log"
put_key $root/ippools/typed '{"metadata": {"name": "typed"}, "spec": {"cidr": 5}}' >"$tmp/log"
put_key $root/ippools/nameless '{}' >"$tmp/log"
put_key $root/ippools/deep/er '{}' >"$tmp/log"
put_key $root/ippools/wide '{"metadata": {"name": "wide", "annotations": {"a": "\u0000"}},
	"spec": {"cidr": "10.9.0.0/16", "unknown": 12345678901234567890}}' >"$tmp/log"
run get ippools
claim "keys_that_cannot_be_shown_are_exit_1_and_named" ended 1 "$root/ippools/broken" 'ippools/typed.*spec.cidr' \
	ippools/nameless ippools/deep/er
claim "others_are_shown" lines 4 '^[a-z0-9-]* *[0-9a-f.:]*/'
claim "nul_and_large_numbers_are_shown" printed '^wide '
run check
claim "check_fails_for_what_cannot_be_shown" ended 1 ippools
claim "check_says_how_many" printed '^ippools *FAILED  4 cannot be read'
for key in broken typed nameless deep/er wide; do
	delete_key $root/ippools/$key >"$tmp/log"
done

# Releases without tiers in names

put_key $root/clusterinformations/default '{"metadata": {"name": "default"}, "spec": {"calicoVersion": "v3.32.1"}}' >"$tmp/log"
put_key $root/globalnetworkpolicies/of-now '{"metadata": {"name": "x", "annotations":
	{"projectcalico.org/metadata": "{\"name\":\"of-now\"}"}}, "spec": {"tier": "default"}}' >"$tmp/log"
run get gnp
claim "new_release_keeps_the_name_in_an_annotation" printed '^of-now *default'
claim "new_release_shows_old_names_without_the_tier" printed '^deny-blocklist '
run get gnp of-now default.deny-blocklist -o json
claim "annotation_is_not_shown" holds '[.[] | .metadata.name] == ["of-now", "deny-blocklist"] and
	all(.[]; .metadata | has("annotations") | not)'
run get profile projectcalico-default-allow -o json
claim "profile_of_a_new_release_has_its_revision" holds '.metadata.resourceVersion == "1"'

# Several endpoints

run get tiers --config /dev/null
claim "empty_file_is_exit_4" ended 4 /dev/null
ETCD_ENDPOINTS=http://127.0.0.1:1,$plain run get nodes -o name
claim "dead_endpoint_is_passed_over" ended 0 "127.0.0.1:1.*going on with $plain"
claim "dead_endpoint_hides_nothing" lines 3 '^node'
ETCD_ENDPOINTS=http://127.0.0.1:1,http://127.0.0.1:2 run get nodes
claim "all_endpoints_dead_is_exit_6_and_names_both" ended 6 'none of the 2' '127.0.0.1:1' '127.0.0.1:2'
ETCD_ENDPOINTS=${plain/http/https} run get nodes --timeout 10s
claim "https_to_a_plain_port_is_exit_6" ended 6 'no TLS connection' ETCD_ENDPOINTS
ETCD_ENDPOINTS=127.0.0.1:2379 run get nodes
claim "endpoint_without_a_scheme_is_exit_4" ended 4 'https://'
ETCD_ENDPOINTS=http://root:secret@127.0.0.1:2379 run get nodes
claim "password_in_an_endpoint_is_refused" ended 4 ETCD_PASSWORD '!secret'
ETCD_ENDPOINTS='' ETCD_DISCOVERY_SRV=example.org run get nodes
claim "discovery_is_refused_by_name_with_what_to_do" ended 2 _etcd-client-ssl._tcp.example.org ETCD_ENDPOINTS
ETCD_ENDPOINTS='' run get nodes
claim "no_endpoint_is_exit_2" ended 2 'ETCD_ENDPOINTS is not set'

# Pages

put_pools 1234
run get ippools -o name
claim "list_of_three_pages_is_whole" lines 1237 '^ippool'
claim "list_of_three_pages_is_in_order_and_has_nothing_twice" sort -uc "$tmp/out"

# Users

export ETCD_USERNAME=calico ETCD_PASSWORD="p'w \"x"
run get nodes -o name
claim "server_without_users_ignores_one" ended 0
{
	add_user root rootpw
	add_user calico "$ETCD_PASSWORD" /calico/ /calico0
	add_user other otherpw /other/ /other0
	ask_etcd auth/enable '{}'
} >"$tmp/log"
run get nodes -o name
claim "user_reads" ended 0 'warning.*unencrypted'
claim "user_reads_all" lines 3 '^node'
run check --for readable
claim "user_checks" ended 0
ETCD_PASSWORD=wrong run get nodes
claim "wrong_password_is_exit_7" ended 7 'does not accept user or password' '!wrong'
ETCD_USERNAME=other ETCD_PASSWORD=otherpw run get nodes
claim "user_without_rights_is_exit_7_and_told_the_right" ended 7 'user other may not' 'grant-permission'
claim "user_without_rights_sees_nothing" test ! -s "$tmp/out"
printf '%s\n' 'apiVersion: projectcalico.org/v3' 'kind: Tier' 'metadata: {name: mine}' 'spec: {order: 1}' >"$tmp/tier.yaml"
run apply -f "$tmp/tier.yaml"
claim "user_who_only_reads_is_told_the_right_to_write" ended 7 'user calico may not write it' \
	'grant-permission ROLE readwrite /calico/ /calico0' '!the user calico may not read'
ETCD_USERNAME=other ETCD_PASSWORD=otherpw run check
claim "check_without_rights_is_exit_7" ended 7
ETCD_USERNAME='' run get nodes
claim "nobody_is_told_to_be_somebody" ended 7 ETCD_USERNAME 'ETCD_PASSWORD is not used'
run config -o env
claim "password_is_not_printed" ended 2 '--show-secrets' '!x'
claim "password_is_not_on_standard_output" test ! -s "$tmp/out"
run get nodes -vvv
claim "bodies_are_shown_without_the_password_and_the_token" ended 0 '^POST http.*/v3/auth/authenticate 200 ' \
	'^> {"name":"[^"]*","password":"\*\*\*"}$' '^< .*"token":"\*\*\*"' "!$ETCD_PASSWORD"
"$program" config -o env --show-secrets >"$tmp/exports"
read_back() {
	(unset ETCD_ENDPOINTS ETCD_USERNAME ETCD_PASSWORD DATASTORE_TYPE && . "$tmp/exports" &&
		run get nodes -o name && ended 0)
}
claim "printed_exports_lead_to_the_same_datastore" read_back
"$program" config --show-secrets >"$tmp/calicoctl.cfg"
file_read_back() {
	(unset ETCD_ENDPOINTS ETCD_USERNAME ETCD_PASSWORD DATASTORE_TYPE &&
		run get nodes -o name --config "$tmp/calicoctl.cfg" && ended 0)
}
claim "printed_file_leads_to_the_same_datastore" file_read_back
unset ETCD_USERNAME ETCD_PASSWORD

# TLS

tests/lib/certs "$tmp/certs"
# The gateway shows its own certificate to etcd, so this certificate is for servers and clients.
(
	cd "$tmp/certs"
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=etcd \
		-keyout etcd.key -out request
	printf 'subjectAltName = IP:127.0.0.1\nextendedKeyUsage = serverAuth, clientAuth\n' >ext
	openssl x509 -req -in request -CA ca.crt -CAkey ca.key -CAcreateserial -days 3 -extfile ext -out etcd.crt
) >"$tmp/log" 2>&1
etcd_curl=(--cacert "$tmp/certs/ca.crt" --cert "$tmp/certs/client.crt" --key "$tmp/certs/client.key")
start_etcd https --cert-file "$tmp/certs/etcd.crt" --key-file "$tmp/certs/etcd.key" \
	--trusted-ca-file "$tmp/certs/ca.crt" --client-cert-auth
load_recorded
export ETCD_ENDPOINTS=$etcd_url ETCD_CA_CERT_FILE=$tmp/certs/ca.crt \
	ETCD_CERT_FILE=$tmp/certs/client.crt ETCD_KEY_FILE=$tmp/certs/client.key
for kind in node ippool networkpolicy; do
	claim "as_recorded_over_tls: $kind" prints_as_recorded "$golden/$kind.txt"
done
run config
claim "config_names_key_and_certificate_by_their_paths" printed "etcdKeyFile: $tmp/certs/client.key" \
	"etcdCertFile: $tmp/certs/client.crt" '!PRIVATE'
ETCD_CERT_FILE='' ETCD_KEY_FILE='' run get nodes
claim "missing_client_certificate_is_exit_7" ended 7 'client certificate' ETCD_CERT_FILE
ETCD_CA_CERT_FILE=$tmp/certs/other-ca.crt run get nodes
claim "server_of_another_authority_is_exit_6" ended 6 'refused' ETCD_CA_CERT_FILE
ETCD_ENDPOINTS=${etcd_url/127.0.0.1/localhost} run get nodes
claim "server_of_another_name_is_exit_6" ended 6 'it is for 127.0.0.1, not for localhost' '!tls-server-name'
ETCD_KEY_FILE='' run get nodes
claim "certificate_without_a_key_is_exit_2" ended 2 'ETCD_KEY_FILE is not'
ETCD_KEY_FILE=$tmp/certs/client-2.key run get nodes
claim "key_of_another_certificate_is_exit_4" ended 4 ETCD_KEY_FILE
ETCD_KEY_FILE=$tmp/nowhere run get nodes
claim "missing_key_file_is_exit_3" ended 3 "ETCD_KEY_FILE" "$tmp/nowhere"
ETCD_ENDPOINTS=${etcd_url/https/http} run get nodes
claim "http_to_a_tls_port_is_exit_6" ended 6 'does it want https'

inline_file() {
	cat <<-CONFIG
		apiVersion: projectcalico.org/v3
		kind: CalicoAPIConfig
		spec:
		  datastoreType: etcdv3
		  etcdEndpoints: $etcd_url
		  etcdCACert: |
		$(sed 's/^/    /' "$tmp/certs/ca.crt")
		  etcdCert: |
		$(sed 's/^/    /' "$tmp/certs/client.crt")
		  etcdKey: |
		$(sed 's/^/    /' "$tmp/certs/client.key")
	CONFIG
}
inline_file >"$tmp/inline.cfg"
run get nodes -o name --config "$tmp/inline.cfg"
claim "inline_certificates_are_used" ended 0
run config --config "$tmp/inline.cfg"
claim "inline_key_is_not_printed" ended 2 etcdKey --show-secrets
run config --config "$tmp/inline.cfg" --show-secrets -o env
claim "inline_key_has_no_variable" ended 2 'only a file' 'etcdKey'
"$program" config --config "$tmp/inline.cfg" --show-secrets >"$tmp/again.cfg"
run get nodes -o name --config "$tmp/again.cfg"
claim "printed_inline_file_leads_to_the_same_datastore" ended 0

# The recordings of v3.32.1, each in a new etcd. Their JSON ends without a newline.

# load_all DIR: writes the keys of a recording, each at its recorded revision
load_all() {
	jq -r --arg url "$etcd_url/v3/kv/put" '(.kvs | sort_by(.mod_revision)) as $keys |
		(range(2; $keys[0].mod_revision) | {key: ("/other" | @base64), value: ""}),
		($keys[] | {key: (.key | @base64), value: (.value_raw | @base64)}) |
		"next\nurl = \($url)\nno-progress-meter\noutput = /dev/null\ndata = \(tojson | tojson)"' \
		"$1/keys.json" | sed 1d >"$tmp/puts"
	curl -q -s --noproxy '*' -K "$tmp/puts"
}
prints_as_v3_32() {
	case $1 in
	*.json) echo | cat "$1" - >"$tmp/wanted" ;;
	*) cp "$1" "$tmp/wanted" ;;
	esac
	mkdir -p "$tmp/as" && cp "$tmp/wanted" "$tmp/as/${1##*/}" && prints_as_recorded "$tmp/as/${1##*/}"
}
v3_32=$SHARED/calicoctl/golden-v3.32.1/etcd.tar.xz
if [ -f "$v3_32" ]; then
	tar -xJf "$v3_32" -C "$tmp"
	for dir in "$tmp"/etcd-*/; do
		dir=${dir%/}
		[ -f "$dir/keys.json" ] || continue
		case $dir in *empty-version) form=(--release v3.32.1) ;; esac
		start_etcd http
		export ETCD_ENDPOINTS=$etcd_url
		load_all "$dir"
		recorded=0
		for file in "$dir"/*.{txt,wide,yaml,json}; do
			# For a pod selector this program prints JSON, but calicoctl prints Go's
			# debug text.
			case $file in */keys.* | */stagedkubernetesnetworkpolicy.wide) continue ;; esac
			claim "as_recorded: ${dir##*/} ${file##*/}" prints_as_v3_32 "$file"
			recorded=$((recorded + 1))
		done
		claim "recording_is_whole: ${dir##*/}" test "$recorded" -ge 95
		form=()
	done
else
	skip "recordings of v3.32.1" "no $v3_32"
fi

finish
