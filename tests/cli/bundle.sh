#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Bundles and their signatures, compared with tar, sha256sum and minisign. Then archives that are no
# valid bundle. Needs no server.
# shellcheck source=tests/lib/shell.sh
. tests/lib/shell.sh
# shellcheck source=tests/lib/run.sh
. tests/lib/run.sh

: "${BUILD:=build}"
case $BUILD in /*) ;; *) BUILD=$root/$BUILD ;; esac
unset CALICO_DATASTORE_PUBLIC_KEY CALICO_DATASTORE_KEY_DIR SOURCE_DATE_EPOCH
cd "$tmp" || exit 1

# Made here

reproducible() {
	local suffix
	for suffix in gz xz zst; do
		run bundle create v3.29.1 v3.32 -o "one.tar.$suffix" && ended 0 || return 1
		run bundle create v3.32.1 v3.29.1 -o "two.tar.$suffix" && ended 0 || return 1
		cmp "one.tar.$suffix" "two.tar.$suffix" || return 1
	done
	SOURCE_DATE_EPOCH=1700000000 run bundle create v3.29.1 -o dated.tar.xz
	tar -tvJf dated.tar.xz | grep -q '2023-11-14'
}
claim 'a_bundle_is_the_same_bytes_each_time_whatever_the_order' reproducible

everyday_tools() {
	local suffix
	for suffix in gz xz zst; do
		mkdir -p "out.$suffix" && tar -xf "one.tar.$suffix" -C "out.$suffix" || return 1
		(cd "out.$suffix" && sha256sum -c --strict --quiet SHA256SUMS) || return 1
	done
	tar -tvJf one.tar.xz >listing && [ "$(head -n 1 listing | awk '{ print $NF }')" = SHA256SUMS ] &&
		[ "$(awk '{ print $NF }' listing | tail -n 2 | paste -sd' ')" = 'v3.29.1/crds.yaml v3.32.1/crds.yaml' ] &&
		! grep -vE '^-rw-r--r-- 0/0 .* 1970-01-01 ' listing
}
claim 'tar_and_sha256sum_read_what_is_made_here' everyday_tools

all_of_them() {
	run bundle create all -o all.tar.xz
	ended 0 "all.tar.xz: $("$program" list | grep -c '^v') files" && run bundle verify all.tar.xz &&
		ended 0 && printed '^all.tar.xz: whole, ' 'no key was given'
}
claim 'a_bundle_of_all_releases_verifies' all_of_them

shown() {
	run bundle list one.tar.xz
	ended 0 && lines 1 '^v3.29.1/crds.yaml ' && lines 1 '^v3.32.1/crds.yaml ' || return 1
	run bundle list one.tar.xz -o json
	ended 0 && holds '.kind == "Bundle" and (.files | length == 2) and .files[0].name == "v3.29.1/crds.yaml"' &&
		[ "$(jq -r .sha256 out)" = "$(sha256sum <one.tar.xz | cut -d' ' -f1)" ]
}
claim 'list_shows_what_is_in_a_bundle' shown

selected() {
	run show --bundle one.tar.xz -o name
	ended 0 && lines 23 . || return 1
	run show v3.29 --bundle one.tar.xz
	ended 0 && "$program" show v3.29.1 | cmp - out || return 1
	run show v3.32.1/crds.yaml --bundle one.tar.xz -o name
	ended 0 && lines 23 . || return 1
	run show v3.30.1 --bundle one.tar.xz
	ended 2 'unknown release "v3.30.1"'
}
claim 'a_release_of_a_bundle_is_chosen_as_an_embedded_one_is' selected

wrong_use() {
	run bundle create v3.29.1 -o x.zip && ended 2 'must end in .tar.gz' || return 1
	run bundle create v3.29.1 && ended 2 'usage:' || return 1
	run bundle create v3.29.1 v3.29.1 -o x.tar.gz && ended 2 'given twice' || return 1
	run bundle create v9.9 -o x.tar.gz && ended 2 'unknown release' || return 1
	mkdir -p nothing && run bundle create nothing -o x.tar.gz && ended 2 'no RELEASE/NAME.yaml' || return 1
	run bundle eat x.tar.gz && ended 2 'create, list, verify' || return 1
	run show --bundle one.tar.xz -f x.yaml && ended 2 'either -f or --bundle' || return 1
	run show v3.29.1 --public-key x && ended 2 'need --bundle FILE' || return 1
	[ ! -e x.tar.gz ]
}
claim 'what_cannot_be_meant_is_refused_and_leaves_no_file' wrong_use

# Made by hand

by_hand() {
	mkdir -p hand/v3.29.1 && "$program" show v3.29.1 >hand/v3.29.1/crds.yaml &&
		(cd hand && sha256sum v3.29.1/crds.yaml >SHA256SUMS) || return 1
	tar -C hand -czf hand.tar.gz SHA256SUMS v3.29.1/crds.yaml && run bundle verify hand.tar.gz && ended 0 || return 1
	tar -C hand --format=pax -cJf hand.tar.xz SHA256SUMS v3.29.1/crds.yaml && run bundle verify hand.tar.xz &&
		ended 0 || return 1
	tar -C hand -cf hand.tar SHA256SUMS v3.29.1/crds.yaml && run bundle verify hand.tar && ended 0 || return 1
	run bundle create hand -o again.tar.xz && ended 0 && run show --bundle again.tar.xz && ended 0
}
claim 'bundles_made_with_tar_and_sha256sum_pass_here' by_hand

given() {
	run bundle create v3.32.1 hand/v3.29.1/crds.yaml -o given.tar.xz && ended 0 'given.tar.xz: 2 files' || return 1
	tar -xJOf given.tar.xz v3.29.1/crds.yaml | cmp - hand/v3.29.1/crds.yaml || return 1
	run bundle create ./v3.29.1/crds.yaml -o x.tar.xz && [ "$status" != 0 ] && ended "$status" './v3.29.1/crds.yaml: cannot open' || return 1
	run bundle create hand/v3.29.1/crds.yaml hand -o x.tar.xz && ended 2 'v3.29.1/crds.yaml: it is given twice' || return 1
	run bundle create hand/SHA256SUMS -o x.tar.xz && ended 4 'hand/SHA256SUMS: it is not a RELEASE/NAME.yaml' || return 1
	(cd hand/v3.29.1 && "$program" bundle create ./crds.yaml -o x.tar.xz 2>err) || (cd hand/v3.29.1 && grep -q '"." and ".."' err && rm err) || return 1
	[ ! -e x.tar.xz ] && [ ! -e hand/v3.29.1/x.tar.xz ]
}
claim 'manifests_that_are_given_are_named_by_the_end_of_their_path' given

# Hostile archives: claim, exit code, pattern, and the commands that make the tar from good files

manifest=hand/v3.29.1/crds.yaml
sum() {
	sha256sum <"$1" | cut -d' ' -f1
}
good=$(sum "$manifest")
sums() {
	printf '%s  v3.29.1/crds.yaml\n' "$good"
}
entry() {
	"$BUILD/tests/tar-entry" "$@"
}
list() {
	sums | entry SHA256SUMS
}
file() {
	entry "$@" v3.29.1/crds.yaml <"$manifest"
}
end() {
	entry -e </dev/null
}
# named NAME: puts the manifest under another name, which SHA256SUMS lists
named() {
	printf '%s  %s\n' "$good" "$1" | entry SHA256SUMS && entry "$1" <"$manifest" && end
}

# hostile CODE TEXT PATTERN COMMANDS: COMMANDS write the tar, in each compression
hostile() {
	local suffix
	hostile_one() {
		(eval "$4") >hostile.tar </dev/null || return 1
		case $3 in xz) xz -kf hostile.tar ;; gz) gzip -kf hostile.tar ;; zst) zstd -qkf hostile.tar ;; esac
		run bundle verify "hostile.tar.$3"
		ended "$1" "$2" && [ ! -s out ]
	}
	suffix=${suffixes[hostiles++ % ${#suffixes[@]}]}
	claim "$2_is_refused" hostile_one "$1" "$3" "$suffix" "$4"
}
hostiles=0
suffixes=(xz gz)
command -v zstd >/dev/null && suffixes+=(zst)

hostile 4 an_absolute_path '/etc/passwd: an absolute path' 'list; file; echo x | entry /etc/passwd; end'
hostile 4 a_path_that_leaves '\.\./x.yaml: "." and ".."' 'list; file; echo x | entry ../x.yaml; end'
hostile 4 a_path_that_leaves_in_the_middle 'v3.29.1/\.\./\.\./x.yaml: ' 'list; file; echo x | entry v3.29.1/../../x.yaml; end'
hostile 4 a_listed_path_that_leaves 'SHA256SUMS:1: entry \.\./crds.yaml' 'named ../crds.yaml'
hostile 4 a_listed_absolute_path 'SHA256SUMS:1: entry /v3/crds.yaml' 'named /v3/crds.yaml'
hostile 4 a_dot_before_a_name '\./SHA256SUMS: "."' 'sums | entry ./SHA256SUMS; file; end'
hostile 4 a_dot_in_a_path 'v3.29.1/\./crds.yaml' 'list; entry v3.29.1/./crds.yaml <"$manifest"; end'
hostile 4 an_empty_part_in_a_path 'v3.29.1//crds.yaml: an empty part' 'list; entry v3.29.1//crds.yaml <"$manifest"; end'
hostile 4 a_backslash_in_a_name 'only letters' 'named "v3\\crds.yaml"'
hostile 4 a_drive_letter 'only letters' 'named "C:/crds.yaml"'
hostile 4 a_line_end_in_a_name 'only letters' 'list; file; echo x | entry "$(printf "v3/a\nb.yaml")"; end'
hostile 4 an_escape_sequence_in_a_name 'only letters' 'list; file; echo x | entry "$(printf "v3/\033[2Jb.yaml")"; end'
hostile 4 a_name_of_other_letters 'only letters' 'list; file; echo x | entry "v3/é.yaml"; end'
hostile 4 a_name_without_end 'too long' 'list; file; echo x | entry -p "$(printf "a%.0s" $(seq 150))" "$(printf "b%.0s" $(seq 90)).yaml"; end'
hostile 4 a_symbolic_link 'v3.29.1/crds.yaml: it is a symbolic link' 'list; entry -t 2 -l /etc/passwd v3.29.1/crds.yaml; end'
hostile 4 a_file_through_a_symbolic_link 'v3.29.1: it is a symbolic link' 'list; entry -t 2 -l /tmp v3.29.1; file; end'
hostile 4 a_hard_link 'v3.29.1/crds.yaml: it is a hard link' 'list; entry -t 1 -l /etc/passwd v3.29.1/crds.yaml; end'
hostile 4 a_directory 'v3.29.1: it is a directory\|part in its path' 'list; entry -t 5 v3.29.1; file; end'
hostile 4 a_character_device 'v3.29.1/crds.yaml: it is a device' 'list; entry -t 3 v3.29.1/crds.yaml; end'
hostile 4 a_block_device 'v3.29.1/crds.yaml: it is a device' 'list; entry -t 4 v3.29.1/crds.yaml; end'
hostile 4 a_named_pipe 'v3.29.1/crds.yaml: it is a device or a pipe' 'list; entry -t 6 v3.29.1/crds.yaml; end'
hostile 4 a_sparse_file 'v3.29.1/crds.yaml: it is a sparse file' 'truncate -s 1M hole; printf x >>hole; mkdir -p v3.29.1; cp --sparse=always hole v3.29.1/crds.yaml; printf "%s  v3.29.1/crds.yaml\n" "$(sum hole)" >SHA256SUMS; tar -S --format=gnu -cf - SHA256SUMS v3.29.1/crds.yaml; rm -r v3.29.1 SHA256SUMS'
hostile 4 a_pax_header_with_another_path '\.\./evil.yaml: "." and' 'tar -C hand --format=pax --pax-option="path:=../evil.yaml" -cf - v3.29.1/crds.yaml'
hostile 4 a_pax_header_with_a_link 'symbolic link\|hard link' 'list; printf "19 linkpath=/etc/x\n" | entry -t x pax; entry -t 2 v3.29.1/crds.yaml; end'
hostile 4 a_global_pax_path_that_leaves '\.\./' 'list; printf "18 path=../evil.y\n" | entry -t x pax; file; end'
hostile 4 a_gnu_long_name_that_leaves '\.\./' 'list; printf "../long.yaml\0" | entry -t L ././@LongLink; file; end'
hostile 4 a_first_entry_that_is_no_list 'v3.29.1/crds.yaml: the first entry must be SHA256SUMS' 'file; list; end'
hostile 4 a_second_list 'SHA256SUMS: it is not listed' 'list; list; file; end'
hostile 4 an_empty_list 'SHA256SUMS: it lists nothing' 'printf "" | entry SHA256SUMS; end'
hostile 4 a_list_that_is_none 'SHA256SUMS:1: not "DIGEST' 'echo hello | entry SHA256SUMS; file; end'
hostile 4 a_list_with_a_short_digest 'SHA256SUMS:1: not "DIGEST' 'echo "abcdef  v3.29.1/crds.yaml" | entry SHA256SUMS; file; end'
hostile 4 a_name_listed_twice 'v3.29.1/crds.yaml: it is listed twice' '(sums; sums) | entry SHA256SUMS; file; end'
hostile 4 a_file_that_is_there_twice 'v3.29.1/crds.yaml: it occurs twice' 'list; file; file; end'
hostile 4 a_file_that_is_not_listed 'v3.29.1/more.yaml: it is not listed' 'list; file; echo x | entry v3.29.1/more.yaml; end'
hostile 5 a_file_that_is_missing 'v3.29.1/crds.yaml: it is listed in SHA256SUMS and not there' 'list; end'
hostile 5 a_wrong_digest 'v3.29.1/crds.yaml: its digest is' 'list; echo x | entry v3.29.1/crds.yaml; end'
hostile 4 a_name_that_is_no_manifest 'v3.29.1/run.sh: it is not a RELEASE/NAME.yaml' 'named v3.29.1/run.sh'
hostile 4 a_manifest_outside_of_a_release 'crds.yaml: it is not a RELEASE/NAME.yaml' 'named crds.yaml'
hostile 4 a_manifest_too_deep 'a/b/crds.yaml: it is not a RELEASE/NAME.yaml' 'named a/b/crds.yaml'
hostile 4 data_behind_the_end_of_the_tar 'data follows the end' 'list; file; end; echo hidden | entry hidden'
hostile 4 a_header_with_a_wrong_checksum 'bundle: ' 'list; file -c; end'
hostile 4 a_tar_that_was_cut 'Truncated tar' 'list; file | head -c 5000'
hostile 4 a_size_beyond_the_end 'crds.yaml: ' 'list; entry -s 99999999 v3.29.1/crds.yaml <"$manifest"; end'
hostile 4 an_archive_in_an_archive 'v3.29.1/in.yaml: it is an archive' 'gzip -c "$manifest" >in.gz; printf "%s  v3.29.1/in.yaml\n" "$(sum in.gz)" | entry SHA256SUMS; entry v3.29.1/in.yaml <in.gz; end'
hostile 4 a_file_above_the_limit 'v3.29.1/crds.yaml: larger than the limit' 'list; head -c 17M /dev/urandom | entry v3.29.1/crds.yaml; end'
hostile 4 an_empty_tar 'it is empty\|no tar archive' 'end'
hostile 4 what_is_no_crd 'v3.29.1/x.yaml' 'echo "{apiVersion: v1, kind: Secret, metadata: {name: x}}" >x; printf "%s  v3.29.1/x.yaml\n" "$(sum x)" | entry SHA256SUMS; entry v3.29.1/x.yaml <x; end'

many_entries() {
	local i
	for i in $(seq 2001); do printf '%064d  v1/%d.yaml\n' 0 "$i"; done | entry SHA256SUMS >many.tar
	end >>many.tar
	run bundle verify many.tar
	ended 4 'v1/2001.yaml: too many entries'
}
claim 'too_many_entries_are_refused' many_entries

behind_the_stream() {
	local suffix
	for suffix in gz xz; do
		(cat "one.tar.$suffix" && echo hidden) >"tail.tar.$suffix"
		run bundle verify "tail.tar.$suffix"
		[ "$status" = 4 ] || { echo "$suffix: exit code $status"; return 1; }
	done
}
claim 'data_behind_the_compressed_stream_is_refused' behind_the_stream

# bomb PATTERN BYTES: BYTES random bytes, then zeros, ten times, in each compression
bomb() {
	local suffix tool
	{
		list
		for _ in {1..10}; do
			(head -c "$2" /dev/urandom && head -c 16M /dev/zero) | entry v3.29.1/crds.yaml
		done
		end
	} >bomb.tar
	for suffix in gz xz zst; do
		case $suffix in gz) tool=gzip ;; xz) tool='xz -1' ;; zst) tool='zstd -q' ;; esac
		# shellcheck disable=SC2086 # words
		$tool -c bomb.tar >"bomb.tar.$suffix"
		run bundle verify "bomb.tar.$suffix"
		ended 4 "$1" || return 1
	done
	rm bomb.tar*
}
claim 'what_grows_too_much_is_refused' bomb 'it grows more than 800 times when unpacked' 0
claim 'what_is_too_large_unpacked_is_refused' bomb 'unpacked it is above 128 MiB' 50000

twice_compressed() {
	gzip -c one.tar.gz >twice.tar.gz
	run bundle verify twice.tar.gz
	ended 4 'compressed more than once'
}
claim 'what_is_compressed_twice_is_refused' twice_compressed

cut_anywhere() {
	local at size
	size=$(stat -c %s one.tar.xz)
	for at in $(seq 0 512 $((size - 1))) $((size - 1)); do
		head -c "$at" one.tar.xz >cut.tar.xz
		run bundle verify cut.tar.xz
		[ "$status" = 4 ] || { echo "cut at $at: exit code $status"; return 1; }
	done
}
claim 'a_bundle_cut_anywhere_is_refused' cut_anywhere

# crd GROUP [EXTRA]: makes a bundle with one CRD of this group
crd_bundle() {
	mkdir -p foreign/v1
	cat >foreign/v1/crds.yaml <<-EOF
		apiVersion: apiextensions.k8s.io/v1
		kind: CustomResourceDefinition
		metadata: {name: pods.$1}
		spec:
		  group: $1
		  names: {plural: pods, kind: Pod, singular: pod, listKind: PodList}
		  scope: Namespaced
		  ${2-}
		  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]
	EOF
	run bundle create foreign -o foreign.tar.xz
	ended 0
}

other_group() {
	crd_bundle example.org || return 1
	run bundle verify foreign.tar.xz && ended 5 'pods.example.org is of a group' || return 1
	run show --bundle foreign.tar.xz && ended 5 'pods.example.org is of a group' || return 1
	run show --bundle foreign.tar.xz --allow-group example.org && ended 0 &&
		run bundle verify foreign.tar.xz --allow-group example.org && ended 0
}
claim 'a_group_of_nobody_needs_to_be_allowed_by_name' other_group

webhook() {
	crd_bundle crd.projectcalico.org 'conversion: {strategy: Webhook, webhook: {conversionReviewVersions: [v1], clientConfig: {url: "https://evil.example.org/"}}}' || return 1
	run show --bundle foreign.tar.xz && ended 5 'a webhook converts.*--allow-webhook pods.crd.projectcalico.org' || return 1
	run show --bundle foreign.tar.xz --allow-webhook pods.crd.projectcalico.org && ended 0
}
claim 'a_conversion_webhook_needs_to_be_allowed_by_name' webhook

# Signatures

keys() {
	echo secret >password
	run keygen ours --password-file password
	ended 0 && [ "$(stat -c %a ours.key)" = 600 ] && [ "$(stat -c %a ours.pub)" = 644 ] || return 1
	run keygen plain --no-password && ended 0 || return 1
	run keygen plain --no-password && ended 2 'never overwritten' || return 1
	: >empty && run keygen none --password-file empty && ended 2 'password is empty' && [ ! -e none.key ]
}
claim 'keygen_makes_pairs_and_overwrites_none' keys
half_pair() {
	echo theirs >half.pub
	run keygen half --no-password && ended 2 'half.pub: .*never overwritten' && [ ! -e half.key ] && [ "$(cat half.pub)" = theirs ]
}
claim 'keygen_leaves_no_half_of_a_pair' half_pair

signed_here() {
	run bundle create v3.29.1 -o signed.tar.xz --sign ours.key --password-file password --sequence 7
	ended 0 && run bundle create v3.29.1 -o unsigned.tar.xz && cmp signed.tar.xz unsigned.tar.xz &&
		run bundle verify signed.tar.xz --public-key ours.pub && ended 0 && printed '^signed by [0-9A-F]*: timestamp:[0-9]*.file:signed.tar.xz.sequence:7$' || return 1
	run bundle verify signed.tar.xz --public-key "$(tail -n 1 ours.pub)" && ended 0 || return 1
	mkdir -p keys && cp ours.pub plain.pub keys && run bundle verify signed.tar.xz --key-dir keys -o json &&
		ended 0 && holds '.signature.sequence == 7 and .signature.time > 1700000000'
}
claim 'a_signed_bundle_verifies_with_a_key_file_a_key_text_and_a_directory' signed_here

by_environment() {
	CALICO_DATASTORE_PUBLIC_KEY=ours.pub run show --bundle signed.tar.xz && ended 0 || return 1
	CALICO_DATASTORE_KEY_DIR=keys run show --bundle one.tar.xz && ended 5 'not signed'
}
claim 'a_key_of_the_environment_makes_signatures_necessary' by_environment

empty_key() {
	local option
	for option in public-key key-dir; do
		run bundle verify one.tar.xz "--$option" '' && ended 2 "$option is empty" && [ ! -s out ] || return 1
		run show --bundle one.tar.xz "--$option=" && ended 2 "$option is empty" && [ ! -s out ] || return 1
		CALICO_DATASTORE_PUBLIC_KEY=ours.pub run install --bundle one.tar.xz --server https://127.0.0.1:1 "--$option" '' &&
			ended 2 "$option is empty" || return 1
	done
}
claim 'an_empty_key_does_not_turn_verification_off' empty_key

empty_variable() (
	for variable in CALICO_DATASTORE_PUBLIC_KEY CALICO_DATASTORE_KEY_DIR; do
		export "$variable="
		for command in 'bundle verify one.tar.xz' 'bundle list one.tar.xz' 'show --bundle one.tar.xz' 'verify one.tar.xz' \
			'install --bundle one.tar.xz --server https://127.0.0.1:1'; do
			# shellcheck disable=SC2086 # words
			run $command
			ended 2 "variable $variable is set, but empty" && [ ! -s "$tmp/out" ] || return 1
		done
		unset "$variable"
	done
	CALICO_DATASTORE_PUBLIC_KEY='' run bundle verify signed.tar.xz --public-key ours.pub && ended 0
)
claim 'an_empty_variable_does_not_turn_verification_off' empty_variable

# refused PATTERN: install, show and verify refuse the bundle before they parse anything
refused() {
	run bundle verify signed.tar.xz --public-key "${key-ours.pub}" && ended 5 "$1" && [ ! -s out ] || return 1
	run show --bundle signed.tar.xz --public-key "${key-ours.pub}" && ended 5 "$1" || return 1
	run install --bundle signed.tar.xz --public-key "${key-ours.pub}" --server https://127.0.0.1:1 && ended 5 "$1"
}
# spoiled TEXT PATTERN COMMANDS: COMMANDS change signed.tar.xz or its signature; it is refused
spoiled() {
	spoiled_one() {
		cp signed.tar.xz kept.xz && cp signed.tar.xz.minisig kept.minisig
		eval "$2"
		refused "$1"
		local result=$?
		cp kept.xz signed.tar.xz && cp kept.minisig signed.tar.xz.minisig
		return "$result"
	}
	claim "$1_is_refused" spoiled_one "$2" "$3"
}
spoiled a_bundle_without_signature 'not signed: there is no signed.tar.xz.minisig' 'rm signed.tar.xz.minisig'
spoiled a_changed_bundle 'the key [0-9A-F]* signed another content' 'printf x >>signed.tar.xz'
spoiled another_bundle 'the key [0-9A-F]* signed another content' 'cp one.tar.xz signed.tar.xz'
spoiled a_cut_bundle 'the key [0-9A-F]* signed another content' 'head -c 100 kept.xz >signed.tar.xz'
spoiled a_cut_signature 'cut off' 'head -n 2 kept.minisig >signed.tar.xz.minisig'
spoiled an_empty_signature 'cut off' ': >signed.tar.xz.minisig'
spoiled a_signature_with_more_behind_it 'not one of minisign' 'echo x >>signed.tar.xz.minisig'
spoiled a_changed_trusted_comment 'trusted comment of the signature was changed' 'sed -i s/sequence:7/sequence:9/ signed.tar.xz.minisig'
spoiled a_signature_that_is_no_base64 'not 74 bytes in base64' 'sed -i "2s/./*/" signed.tar.xz.minisig'
key=plain.pub spoiled a_signature_of_another_key 'is not among those given' :
same_id() {
	# A key with the id of our key and the bytes of another key.
	(tail -n 1 ours.pub | base64 -d | head -c 10; tail -n 1 plain.pub | base64 -d | tail -c 32) | base64 -w0 >mixed.pub
	key=mixed.pub refused 'names the key [0-9A-F]*, but that key did not make it'
}
claim 'a_key_of_the_same_id_and_other_bytes_is_refused' same_id
same_ids() {
	mkdir -p ids && cp ours.pub ids/b.pub && cp mixed.pub ids/a.pub && cp mixed.pub ids/c.pub
	run bundle verify signed.tar.xz --key-dir ids && ended 0
}
claim 'of_two_keys_with_one_id_the_right_one_verifies' same_ids
bad_key() {
	echo hello >bad.pub
	run bundle verify signed.tar.xz --public-key bad.pub && ended 4 'bad.pub: public key' || return 1
	run bundle verify signed.tar.xz --public-key nowhere.pub && ended 2 'neither a file nor a public key' || return 1
	run bundle verify signed.tar.xz --key-dir nothing && ended 2 'no public key'
}
claim 'a_key_that_is_none_is_named' bad_key
wrong_password() {
	echo wrong >wrong
	run bundle create v3.29.1 -o x.tar.xz --sign ours.key --password-file wrong
	ended 7 'ours.key: secret key: wrong password' && [ ! -e x.tar.xz ] &&
		! grep -rq 'secret' err.secret 2>/dev/null && ! grep -q '^secret$' err out
}
claim 'a_wrong_password_signs_nothing' wrong_password
wrong_sequence() {
	local sequence
	for sequence in x '' -1 1e3 1234567890123456789; do
		run bundle create v3.29.1 -o x.tar.xz --sign plain.key --sequence "$sequence"
		ended 2 'sequence .*: not a number' && [ ! -e x.tar.xz ] && [ ! -e x.tar.xz.minisig ] || return 1
	done
	run bundle create v3.29.1 -o x.tar.xz --sequence 7 && ended 2 'give --sign' && [ ! -e x.tar.xz ] || return 1
	# When the signature cannot be written, the bundle is not written either.
	mkdir -p x.tar.xz.minisig/full && run bundle create v3.29.1 -o x.tar.xz --sign plain.key
	[ "$status" != 0 ] && [ ! -e x.tar.xz ] && rm -r x.tar.xz.minisig
}
claim 'a_bundle_that_is_not_signed_as_asked_is_not_there' wrong_sequence
no_terminal() {
	setsid "$program" bundle create v3.29.1 -o x.tar.xz --sign ours.key >out 2>err </dev/null
	status=$?
	ended 2 'no terminal; give --password-file' && [ ! -e x.tar.xz ]
}
claim 'without_a_terminal_a_password_file_is_asked_for' no_terminal

# at_terminal ANSWERS ARGUMENT...: runs on a terminal and types ANSWERS at its prompts
at_terminal() {
	local answers=$1 answer
	shift
	status=0
	for answer in $answers; do
		sleep 1
		printf '%b' "$answer"
	done | timeout -s KILL 30 script -qec "$(printf '%q ' "$program" "$@")" /dev/null >screen 2>&1 || status=$?
}
typed_password() {
	at_terminal 'geheim\n geheim\n' keygen typed
	[ "$status" = 0 ] && [ -e typed.key ] && says screen 'Password of the key' && says screen '!geheim' || return 1
	echo geheim >typed
	run bundle create v3.29.1 -o x.tar.xz --sign typed.key --password-file typed && ended 0 &&
		run bundle verify x.tar.xz --public-key typed.pub && ended 0 && rm x.tar.xz*
}
no_password_twice() {
	at_terminal 'geheim\n anders\n' keygen twice
	[ "$status" = 2 ] && says screen 'not the same' && [ ! -e twice.key ] && [ ! -e twice.pub ]
}
interrupted() {
	at_terminal '\003' keygen stopped
	[ "$status" = 130 ] && says screen 'stopped by SIGINT' && [ ! -e stopped.key ] && [ ! -e stopped.pub ]
}
if command -v script >/dev/null; then
	claim 'a_password_is_asked_for_on_the_terminal_and_not_shown' typed_password
	claim 'two_passwords_that_differ_make_no_key' no_password_twice
	claim 'a_question_for_a_password_can_be_stopped' interrupted
else
	skip 'a_password_is_asked_for_on_the_terminal_and_not_shown' 'no script on this machine'
fi

ages() {
	SOURCE_DATE_EPOCH=1700000000 run bundle create v3.29.1 -o signed.tar.xz --sign plain.key --sequence 7
	local verify=(bundle verify signed.tar.xz --public-key plain.pub --not-older-than)
	run "${verify[@]}" 2023-11-14 && ended 0 || return 1
	run "${verify[@]}" 2023-11-15 && ended 5 'older than 2023-11-15' || return 1
	run "${verify[@]}" 2023-11-14T22:13:20Z && ended 0 || return 1
	run "${verify[@]}" 2023-11-14T22:13:21Z && ended 5 || return 1
	run "${verify[@]}" 1700000001 && ended 5 || return 1
	run "${verify[@]}" '#7' && ended 0 || return 1
	run "${verify[@]}" '#8' && ended 5 'older than #8 (sequence 7)' || return 1
	run "${verify[@]}" yesterday && ended 2 'write a day' || return 1
	run show --bundle signed.tar.xz --not-older-than 2020-01-01 && ended 2 'only a signature has a time'
}
claim 'what_is_older_than_asked_for_is_refused' ages

if command -v minisign >/dev/null; then
	minisign_verifies() {
		run bundle create v3.29.1 -o signed.tar.xz --sign ours.key --password-file password && ended 0 &&
			minisign -V -m signed.tar.xz -p ours.pub | grep -q '^Trusted comment: timestamp:'
	}
	claim 'minisign_verifies_what_is_signed_here' minisign_verifies
	minisign_signs() {
		cp one.tar.xz theirs.tar.xz
		minisign -S -s plain.key -m theirs.tar.xz -t 'timestamp:1700000000' </dev/null &&
			minisign -S -s ours.key -m one.tar.xz <password && run bundle verify theirs.tar.xz --public-key plain.pub &&
			ended 0 && run bundle verify one.tar.xz --public-key ours.pub --not-older-than 2025-01-01 && ended 0
	}
	claim 'minisign_signs_with_keys_made_here_and_it_verifies' minisign_signs
	comment_is_words() {
		minisign -S -s plain.key -m theirs.tar.xz -t "$(printf 'by \033]0;me\007 \302\233m and \233m')" </dev/null &&
			run bundle verify theirs.tar.xz --public-key plain.pub && ended 0 &&
			printed '^signed by [0-9A-F]*: by ?]0;me? ??m and ?m$'
	}
	claim 'a_trusted_comment_moves_no_cursor' comment_is_words
	minisign_keys() {
		printf 'abc\nabc\n' | minisign -G -f -p theirs.pub -s theirs.key >log 2>&1 && echo abc >abc &&
			run bundle create v3.29.1 -o signed.tar.xz --sign theirs.key --password-file abc && ended 0 &&
			minisign -V -m signed.tar.xz -p theirs.pub >log && run bundle verify signed.tar.xz --public-key theirs.pub && ended 0
	}
	claim 'keys_of_minisign_sign_here' minisign_keys
	signs_as_minisign() { # KEY PUBLIC [--password-file FILE]
		run bundle create v3.29.1 -o signed.tar.xz --sign "$1" "${@:3}" && ended 0 &&
			minisign -V -m signed.tar.xz -p "$2" >log && run bundle verify signed.tar.xz --public-key "$2" && ended 0
	}
	# All forms in which minisign writes a key: -W, an empty password, a password removed and
	# set again.
	every_minisign_key() {
		echo abc >abc && echo >no-password
		minisign -G -W -f -p bare.pub -s bare.key </dev/null >log 2>&1 && signs_as_minisign bare.key bare.pub || return 1
		printf '\n\n' | minisign -G -f -p empty.pub -s empty.key >log 2>&1 &&
			signs_as_minisign empty.key empty.pub --password-file no-password || return 1
		cp theirs.key removed.key && minisign -C -W -s removed.key <abc >log 2>&1 &&
			signs_as_minisign removed.key theirs.pub || return 1
		cp bare.key added.key && printf 'abc\nabc\n' | minisign -C -s added.key >log 2>&1 &&
			signs_as_minisign added.key bare.pub --password-file abc
	}
	claim 'every_form_of_key_that_minisign_writes_signs_here' every_minisign_key
	legacy() {
		minisign -S -l -s plain.key -m theirs.tar.xz </dev/null >log 2>&1 || return 1
		run bundle verify theirs.tar.xz --public-key plain.pub
		ended 5 'legacy format'
	}
	claim 'a_legacy_signature_is_refused' legacy
else
	skip 'signatures_and_keys_go_both_ways' 'no minisign on this machine'
fi

connects_nowhere() {
	strace -f -o trace -e trace=network "$program" bundle verify all.tar.xz >out 2>err &&
		! grep -qE 'socket\(|connect\(' trace
}
if strace -o /dev/null true 2>/dev/null; then
	claim 'verify_opens_no_socket' connects_nowhere
else
	skip 'verify_opens_no_socket' 'strace is not permitted here'
fi
finish
