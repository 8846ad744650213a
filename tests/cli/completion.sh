#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The candidates that the program offers for a command line, and how bash, zsh and fish show them.
# shellcheck disable=SC2317 # claim calls the functions
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh

cat >"$tmp/kubeconfig" <<'KUBECONFIG'
apiVersion: v1
kind: Config
contexts: [{name: prod, context: {cluster: far}}, {name: "arn:aws:test", context: {cluster: near}}]
clusters: [{name: far, cluster: {server: "https://far"}}, {name: near, cluster: {server: "https://near"}}]
users: [{name: admin, user: {}}]
KUBECONFIG
export KUBECONFIG=$tmp/kubeconfig
mkdir "$tmp/dir" "$tmp/dir/below"
touch "$tmp/dir/a.yaml" "$tmp/dir/b.json" "$tmp/dir/c.txt" "$tmp/dir/key.pub"
newest=$("$program" list -o name | head -n 1)

# offers WANTED WORD...: the program offers exactly these candidates, in this order
offers() {
	local wanted=$1
	shift
	run completion reply -- "$@"
	ended 0 && [ "$(cut -f1 "$tmp/out" | paste -sd' ')" = "$wanted" ] || { cat "$tmp/out"; return 1; }
}

offers_some() {
	local word=$1
	shift
	run completion reply -- "$@"
	cut -f1 "$tmp/out" | grep -qxF -e "$word" || { cat "$tmp/out"; return 1; }
}

claim 'commands' offers install inst
claim 'all_commands_come_with_their_summary' test "$("$program" completion reply -- '' | wc -l)" = \
	"$("$program" help | grep -c '^  [a-z]')"
claim 'a_command_behind_options' offers plan --context prod -q pla
claim 'options_of_the_command' offers --prune install --pru
claim 'short_options' offers_some -x install -
claim 'no_option_of_another_command' offers '' list --pru
claim 'an_option_before_the_command' offers --kubeconfig --kubec
claim 'formats' offers 'text json yaml markdown' plan -o ''
claim 'a_format_with_a_value_of_its_own_ends_before_it' offers 'custom-columns=' get -o cus
claim 'colours' offers '--color=always' check --color=al
claim 'releases' offers "$("$program" list -o name | grep '^v3\.26\.' | paste -sd' ')" install v3.26.
claim 'the_newest_release_by_its_word' offers_some latest plan ''
claim 'the_second_operand' offers ippools show v3.29 ippo
claim 'a_whole_name_of_a_crd' offers 'ippools.crd.projectcalico.org ippools.projectcalico.org' install -x ippools.
claim 'kinds_by_their_beginning' offers 'bgpconfigurations bgpfilters bgppeers' get bgp
claim 'sub_commands' offers create bundle cr
claim 'operands_of_a_sub_command' offers_some "$newest" bundle create v3.
claim 'operands_of_another_sub_command' offers ':files' bundle verify ''
claim 'commands_that_need_rights' offers install rbac inst
claim 'releases_in_the_place_of_a_command' offers_some "$newest" rbac v3.
claim 'contexts' offers 'prod arn:aws:test' install --context ''
claim 'contexts_behind_an_equals_sign' offers --context=prod install --context=p
claim 'contexts_behind_a_comma' offers prod,arn:aws:test install --context prod,a
claim 'clusters' offers near check --cluster n
claim 'users' offers admin check --user ''
claim 'contexts_of_another_file' offers '' plan --kubeconfig /dev/null --context ''
claim 'manifests_are_files_of_some_suffixes' offers ':files .yaml .yml .json' install -f ''
claim 'keys_are_files_of_their_suffix' offers ':files .pub' install --bundle b --public-key ''
claim 'shells' offers fish completion f
claim 'nothing_where_nothing_is_known' offers '' install --image x
claim 'hidden_words_are_in_no_help' test "$("$program" help completion | grep -c reply)" = 0

# bash_offers LINE: prints the candidates at the end of LINE, without the part that bash keeps
"$program" completion bash >"$tmp/calico-datastore.bash"
bash_offers() {
	(
		compopt() { echo "compopt:$2"; }
		# shellcheck disable=SC1091 # made by the program
		. "$tmp/calico-datastore.bash"
		COMP_LINE=$1 COMP_POINT=${#1}
		# As bash splits the line: at blanks, and at "=" and ":".
		read -ra COMP_WORDS <<<"$(sed 's/[=:]/ & /g' <<<"$1")"
		case $1 in *[[:blank:]]) COMP_WORDS+=('') ;; esac
		COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
		PATH=$(dirname "$program"):$PATH
		cd "$tmp/dir"
		_calico_datastore calico-datastore
		echo "${COMPREPLY[*]-}"
	)
}
in_bash() {
	local got
	got=$(bash_offers "$1" | tr ' ' '\n' | sort | paste -sd' ')
	[ "$got" = "$2" ] || { echo "$got"; return 1; }
}
claim 'bash: a_command' in_bash 'calico-datastore inst' install
claim 'bash: an_option' in_bash 'calico-datastore install --contex' --context
claim 'bash: a_format' in_bash 'calico-datastore check -o j' json
claim 'bash: releases' in_bash 'calico-datastore install v3.32.' "$("$program" list -o name | grep '^v3\.32\.' | sort | paste -sd' ')"
claim 'bash: what_follows_an_equals_sign' in_bash 'calico-datastore --context=p' prod
claim 'bash: what_follows_a_colon' in_bash 'calico-datastore --context arn:aws:t' test
claim 'bash: files_by_suffix_and_directories' in_bash 'calico-datastore install -f ' \
	'a.yaml b.json below compopt:filenames'
claim 'bash: no_blank_behind_an_equals_sign' in_bash 'calico-datastore get nodes -o custom' 'compopt:nospace custom-columns='

if command -v zsh >/dev/null; then
	"$program" completion zsh >"$tmp/_calico-datastore"
	# Stubs of zsh's completion functions print their arguments.
	zsh_offers() {
		PATH=$(dirname "$program"):$PATH zsh -f -c '
			compdef() { : }
			compadd() { print -r -- "compadd $*" }
			_describe() { print -rl -- "${(@P)2}" }
			_files() { print -r -- "_files $*" }
			compset() { : }
			source "$1"
			words=("${@:2}") CURRENT=$(($# - 1))
			_calico_datastore' zsh "$tmp/_calico-datastore" "$@"
	}
	in_zsh() {
		local wanted=$1 got
		shift
		got=$(zsh_offers "$@" 2>&1 | paste -sd' ')
		[ "$got" = "$wanted" ] || { echo "$got"; return 1; }
	}
	claim 'zsh: a_command_with_its_summary' in_zsh \
		'plan:show what install would write, and why, without writing' calico-datastore --context prod pla
	claim 'zsh: short_options' in_zsh '-x:leave this CRD out; may be repeated' calico-datastore install -x
	claim 'zsh: a_colon_in_a_name' in_zsh 'arn\:aws\:test:' calico-datastore plan --context arn
	claim 'zsh: files_by_suffix' in_zsh '_files -g *(.yaml|.yml|.json)' calico-datastore install -f ''
	claim 'zsh: no_blank_behind_an_equals_sign' in_zsh 'compadd -S  -- custom-columns=' calico-datastore get -o cus
else
	skip 'zsh: a_command_with_its_summary' 'no zsh on this machine'
fi

if command -v fish >/dev/null; then
	"$program" completion fish >"$tmp/calico-datastore.fish"
	in_fish() {
		local got
		got=$(cd "$tmp/dir" && HOME=$tmp PATH=$(dirname "$program"):$PATH fish --no-config -c "
			source $tmp/calico-datastore.fish
			complete -C '$1'" 2>&1 | cut -f1 | sort -u | paste -sd' ')
		[ "$got" = "$2" ] || { echo "$got"; return 1; }
	}
	claim 'fish: a_command_behind_an_option' in_fish 'calico-datastore --context prod pla' plan
	claim 'fish: options' in_fish 'calico-datastore install --pru' --prune
	claim 'fish: contexts' in_fish 'calico-datastore plan --context p' prod
	claim 'fish: behind_an_equals_sign' in_fish 'calico-datastore plan --context=p' --context=prod
	claim 'fish: files_by_suffix_and_directories' in_fish 'calico-datastore install -f ' 'a.yaml b.json below/'
else
	skip 'fish: a_command_behind_an_option' 'no fish on this machine'
fi

finish
