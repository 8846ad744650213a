#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The command validate judges files of objects without a datastore. With SHARED, its verdicts are
# compared with what calicoctl v3.29.1 and v3.32.1 did with the same files.
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/corpus.sh

objects=$tmp/objects
mkdir -p "$objects/below/deeper" "$objects/.hidden"
object() { printf 'apiVersion: projectcalico.org/v3\nkind: %s\nmetadata: {name: %s}\nspec: {%s}\n' "$@"; }
object IPPool one 'cidr: 10.0.0.0/16' >"$objects/a.yaml"
object Tier two 'order: 5' >"$objects/b.YML"
echo '{"apiVersion":"projectcalico.org/v3","kind":"BGPPeer","metadata":{"name":"three"},"spec":{"peerIP":"192.0.2.1"}}' >"$objects/c.json"
object Tier four 'order: 6' >"$objects/below/deeper/d.yaml"
object Tier five 'ordre: 7' >"$objects/.hidden/e.yaml"
echo 'no manifest' >"$objects/notes.txt"
object IPPool bad 'cidr: 10.0.0.1/16, ipipMode: always' >"$tmp/bad.yaml"
object IPPool good 'cidr: 10.1.0.0/16' >"$tmp/good.yaml"
object IPPool typo 'cird: 10.1.0.0/16' >"$tmp/typo.yaml"
echo '# nothing' >"$tmp/empty.yaml"

# join FILE...: prints the files as documents of one file
join() {
	local file
	for file; do
		echo ---
		cat "$file"
	done
}

one_kind() {
	run validate -f "$tmp/good.yaml" && ended 0 && printed "^Successfully validated 1 'IPPool' resource(s)\$"
}
directories() {
	run validate -f "$objects" && ended 0 && printed '^Successfully validated 3 resource(s)$' || return 1
	run validate -R -f "$objects" && ended 0 && printed '^Successfully validated 4 resource(s)$'
}
standard_input() {
	run validate -f - <"$tmp/good.yaml" && ended 0 || return 1
	run validate -f - <"$tmp/bad.yaml" && ended 1 'standard input, document 1, IPPool(bad)'
}
all_faults() {
	run validate -f "$tmp/bad.yaml"
	ended 1 "^calico-datastore: error: failed to validate 'IPPool' resource: " \
		'bad.yaml, document 1, IPPool(bad): spec.cidr: "10.0.0.1/16" has bits behind its prefix; write 10.0.0.0/16$' \
		'spec.ipipMode: "always" is not one of: Always, CrossSubnet, Never; did you mean Always?$' &&
		[ ! -s "$tmp/out" ]
}
some_fail() {
	object IPPool fine 'cidr: 10.2.0.0/16' >"$tmp/fine.yaml"
	join "$tmp/good.yaml" "$tmp/bad.yaml" "$tmp/fine.yaml" >"$tmp/mixed.yaml"
	run validate -f "$tmp/mixed.yaml"
	ended 1 'error: hit error(s): ' 'mixed.yaml, document 2, IPPool(bad)' &&
		printed "^Partial success: validated the first 2 out of 3 'IPPool' resources:\$"
}
pools_overlap() {
	object IPPool inner 'cidr: 10.1.128.0/17' >"$tmp/inner.yaml"
	join "$tmp/good.yaml" "$tmp/inner.yaml" >"$tmp/overlap.yaml"
	run validate -f "$tmp/overlap.yaml"
	ended 1 'document 2, IPPool(inner): spec.cidr: "10.1.128.0/17" overlaps 10.1.0.0/16 of the IPPool good'
}
a_slip() {
	join "$tmp/good.yaml" "$tmp/typo.yaml" >"$tmp/slip.yaml"
	run validate -f "$tmp/slip.yaml"
	ended 1 'slip.yaml, document 2, spec.cird: "10.1.0.0/16" is no field of IPPoolSpec (did you mean cidr?)' &&
		[ ! -s "$tmp/out" ]
}
of_a_release() {
	object IPPool manual 'cidr: 10.1.0.0/16, assignmentMode: Manual' >"$tmp/manual.yaml"
	run validate -f "$tmp/manual.yaml" && ended 0 || return 1
	run validate -f "$tmp/manual.yaml" --release v3.29.1
	ended 1 'spec.assignmentMode: "Manual" is a field of Calico v3.30 and later only' || return 1
	run validate -f "$tmp/manual.yaml" --release v9
	ended 2 '^calico-datastore: error: --release: '
}
schema_rules() {
	object GlobalNetworkSet fine '' >"$tmp/set.yaml"
	object HostEndpoint long "node: $(printf 'n%.0s' $(seq 254)), interfaceName: eth0" >"$tmp/long.yaml"
	run validate -f "$tmp/set.yaml" && ended 0 || return 1
	run validate -f "$tmp/long.yaml" && ended 1 'spec.node'
}
nothing() {
	run validate -f "$tmp/empty.yaml" && ended 1 'holds no object' || return 1
	run validate -f "$tmp/empty.yaml" --skip-empty && ended 0 && printed '^No resources specified$' || return 1
	run validate && ended 2 'give -f FILE' || return 1
	run validate -f "$tmp/good.yaml" -f "$tmp/bad.yaml" && ended 2 'given twice'
}
namespaces() {
	object NetworkSet set 'nets: []' >"$tmp/ns.yaml"
	run validate -n production -f "$tmp/ns.yaml" -o json && ended 0 &&
		[ "$(jq -r '.objects[0].namespace' "$tmp/out")" = production ] || return 1
	run validate -n production -f "$tmp/good.yaml" && ended 1 'a IPPool belongs to no namespace'
}
as_data() {
	run validate -f "$tmp/bad.yaml" -o json
	ended 1 && jq -e '.kind == "Validation" and .ok == false and .changed == false and .release != null and
		(.objects | length == 1) and (.objects[0] | .kind == "IPPool" and .name == "bad" and .valid == false and
		.document == 1 and ([.findings[].path] == ["spec.cidr", "spec.ipipMode"]) and
		.findings[0] == {rule: "net", path: "spec.cidr", value: "\"10.0.0.1/16\"", why: "has bits behind its prefix",
			remedy: "write 10.0.0.0/16"})' "$tmp/out" >"$tmp/jq" || return 1
	run validate -f "$tmp/typo.yaml" -o json
	ended 1 && jq -e '.objects[0].findings[0].path == "spec.cird"' "$tmp/out" >"$tmp/jq"
}

claim 'a file of one kind is counted as calicoctl counts' one_kind
claim 'a directory is its manifests, with -R those below, and hidden ones are left out' directories
claim 'standard input is read' standard_input
claim 'all faults of an object are reported, with field, value and what would do' all_faults
claim 'some objects may fail, and the others count' some_fail
claim 'pools of one file that overlap are refused' pools_overlap
claim 'an unknown field stops all, and the nearest one is named' a_slip
claim '--release says whose fields and rules count' of_a_release
claim 'the limits of the CRDs count' schema_rules
claim 'no object, no file and two files are refused' nothing
claim '-n is the namespace of objects that name none' namespaces
claim 'the report is data with -o json' as_data

# What calicoctl does

# Steps with another verdict offline, "CASE VERB". The verdict depends on what is stored, on the
# user's rights or on the kind of datastore.
elsewhere='
011-bgppeer-full create
038-profile create
038-profile apply
039-wep-etcd create
039-wep-etcd apply
041-wep-k8s create
041-wep-k8s apply
043-node-k8s-missing create
043-node-k8s-missing apply
044-node-k8s-update create
056-meta-resourceversion-create create
061-replace-stale-rv apply
063-get-list-apply apply
065-create-exists-multi create
077-order-dependence apply
089-forbidden create
089-forbidden apply
090-version-mismatch create
090-version-mismatch apply
093-policy-collision create
097-namespace-rules create
098-pool-overlap create
098-pool-overlap apply
099-pool-change-cidr apply
101-pool-blocks-conflict create
173-check-gnp-tier-missing create
175-check-gnp-tier-name create
176-check-np-tier-missing create
319-dup-in-file create
321-pool-lb-change apply
331-profile-k8s-kns apply
338-bgppeer-full-ok apply
'
# Steps whose verdict differs on purpose.
intended='
057-meta-own-annotation create the annotation would replace the metadata that Calico keeps
078-file-list-kind apply calicoctl crashes in the middle; an item without a kind has that of its list
083-file-separators create a document that is only a comment is no document
087-k8s-list-kind apply a List of kubectl does no harm
116-validate-ok validate v3.29.1 has no command validate, and there is no option -c to be confused by
123-check-pool-block-v4-small validate create refuses it, so it is not valid
141-check-pool-tunnel-ns validate create refuses it, so it is not valid
241-check-bgpconf-name-global validate create refuses it, so it is not valid
242-check-bgpconf-name-mesh validate create refuses it, so it is not valid
277-check-kcc-name validate create refuses it, so it is not valid
306-check-apiversion-v1 create what Kubernetes stores is taken as kubectl takes it
306-check-apiversion-v1 validate what Kubernetes stores is taken as kubectl takes it
313-check-yaml-dup create of two values one would be lost without a word
326-check-kcc-template-dup validate create refuses it, so it is not valid
327-check-kcc-template-empty validate create refuses it, so it is not valid
'

declare -A judged # "CASE STEP RELEASE" -> 0 or 1: the same for all environments of a release

# verdict RELEASE ARGUMENT...: prints 0 or 1; runs in the directory of the case
verdict() {
	local release=$1
	shift
	(cd "$case_dir/files" && timeout -s KILL 60 "$program" validate --release "$release" "$@") >/dev/null 2>&1 && echo 0 || echo 1
}

# compare_step STEP RELEASE: prints "CASE VERB" when this program and calicoctl differ
compare_step() {
	local command verb key theirs
	local -a arguments
	command=$(cat "$case_dir/$1.cmd")
	[ -s "$case_dir/$1.exit" ] || return 0
	case $command in
	*'|'* | *'<'* | *'>'*) return ;;
	'calicoctl create '* | 'calicoctl apply '* | 'calicoctl validate '*) ;;
	*) return ;;
	esac
	command=${command#calicoctl }
	verb=${command%% *}
	# Arguments about the datastore; validate has none of them.
	read -ra arguments <<<"$(sed -E 's/--(skip-exists|allow-version-mismatch|context=[^ ]*)//g; s/-c x//' <<<"${command#* }")"
	key="$case $1 $2"
	[ -n "${judged[$key]-}" ] || judged[$key]=$(verdict "$2" "${arguments[@]}")
	theirs=$(cat "$case_dir/$1.exit")
	[ "$theirs" = 0 ] || theirs=1
	[ "${judged[$key]}" = "$theirs" ] || echo "$case $verb"
}

compare_recorded() {
	local env release step case case_dir
	for env in k29 e29 k32 v3 e32; do
		case $env in
		*29) release=v3.29.1 ;;
		*) release=v3.32.1 ;;
		esac
		corpus_split "$env" "$tmp/corpus/$env"
		for case_dir in "$tmp/corpus/$env"/*; do
			case=${case_dir##*/}
			for step in "$case_dir"/*.cmd; do
				step=${step##*/}
				compare_step "${step%.cmd}" "$release"
			done
		done
	done | sort -u >"$tmp/differ"
}

every_difference_has_a_reason() {
	compare_recorded
	printf '%s\n%s\n' "$elsewhere" "$intended" | awk 'NF { print $1, $2 }' | sort -u >"$tmp/listed"
	diff "$tmp/listed" "$tmp/differ"
}

if [ -d "$corpus" ]; then
	claim 'what calicoctl refuses is refused, what it takes is taken: each difference is listed with its reason' \
		every_difference_has_a_reason
else
	skip 'what calicoctl refuses is refused' "there is no $corpus: set SHARED"
fi

finish
