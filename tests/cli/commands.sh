#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every command without a server: help, proposals after a typing error, list and show, broken
# manifests, streams that cannot be written.
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh

fixtures=tests/cli/fixtures
commands=$("$program" help | sed -n 's/^  \([a-z][a-z-]*\) .*/\1/p' | tr '\n' ' ')
man=installer/calico-datastore.1

# Help

# shown COMMAND [value]: prints the long options in its help; with "value" only those with a value
shown() {
	local value=${2+' [A-Z]'}
	"$program" help "$1" | sed -n '/^Options:/,$p' | grep -E -- "^(  -[a-zA-Z], |      )--[a-z0-9-]+$value" |
		sed 's/^ *\(-[a-zA-Z], \)\{0,1\}--\([a-z0-9-]*\).*/\2/'
}

for command in $commands; do
	shown "$command" >"$tmp/$command.options"
	shown "$command" value >"$tmp/$command.values"
done
sort -u "$tmp"/*.options >"$tmp/all.options"

# The command accepts the options in its help, and refuses those of other commands.
takes_what_it_shows() {
	local option
	while read -r option; do
		if grep -qx -e "$option" "$tmp/$1.values"; then
			run "$1" "--$option"
			ended 2 "--$option needs a value" || return 1
		elif grep -qx -e "$option" "$tmp/$1.options"; then
			run "$1" "--$option" --help
			ended 0 || return 1
		else
			run "$1" "--$option"
			ended 2 "$1 has no option --$option" || return 1
		fi
	done <"$tmp/all.options"
}

same_help_both_ways() {
	run "$1" --help && ended 0 && printed "^Usage: calico-datastore $1 " && cp "$tmp/out" "$tmp/first" || return 1
	run help "$1" && cmp "$tmp/first" "$tmp/out"
}

for command in ${commands% help }; do
	claim "${command}_takes_the_options_that_its_help_shows_and_no_other" takes_what_it_shows "$command"
	claim "help_${command}_is_${command}_help" same_help_both_ways "$command"
done

overview_names_all() {
	local command
	run help && ended 0 && cp "$tmp/out" "$tmp/overview" || return 1
	for command in $commands; do
		grep -q "^  $command  *[a-z]" "$tmp/overview" || return 1
	done
	for command in --help -h; do
		run "$command"
		cmp "$tmp/overview" "$tmp/out" || return 1
	done
	run
	cmp "$tmp/overview" "$tmp/out" || return 1
	run help --help
	cmp "$tmp/overview" "$tmp/out"
}
claim "help_without_a_command_names_all_commands" overview_names_all
claim "help_takes_no_option_of_another_command" takes_what_it_shows help
run help nonsense
claim "help_of_an_unknown_command_is_exit_2" ended 2 'unknown command "nonsense"'

run help --prune
claim "help_of_an_option_says_what_to_ask" ended 2 'help has no option --prune; "calico-datastore help COMMAND" shows all'

options_first() {
	run list -o name && cp "$tmp/out" "$tmp/first"
	run -o name list && cmp "$tmp/first" "$tmp/out" && run --output name list &&
		cmp "$tmp/first" "$tmp/out" && run --output=name list && cmp "$tmp/first" "$tmp/out"
}
claim "options_may_come_before_the_command" options_first

man_page_has_all() {
	local word
	for word in $commands; do
		sed 's/\\-/-/g' "$man" | grep -q "^\.B[R]* $word\b" || { echo "no command $word" >&2; return 1; }
	done
	while read -r word; do
		grep -q -- "-$(printf '%s' "$word" | sed 's/-/\\\\-/g')\b" "$man" ||
			{ echo "no option $word" >&2; return 1; }
	done <"$tmp/all.options"
	sed -n '/^Exit codes:/,$p' "$tmp/overview" | sed 's/^Exit codes://' | tr ',' '\n' |
		sed -n 's/^ *\([0-9][0-9]*\) \([a-z]*\).*/\1 \2/p' >"$tmp/codes"
	[ "$(wc -l <"$tmp/codes")" -ge 12 ] || return 1
	while read -r code kind; do
		[ "$kind" = signal ] || grep -q "^$code	$kind	" "$man" ||
			{ echo "no exit code $code $kind" >&2; return 1; }
	done <"$tmp/codes"
}
claim "man_page_has_every_command_option_and_exit_code" man_page_has_all

# Proposals after a typing error

run instal
claim "mistyped_command_is_exit_2_and_says_what_was_meant" ended 2 'unknown command "instal"' 'did you mean install'
run conquer
claim "unknown_command_says_where_all_are_listed" ended 2 'calico-datastore help' '!did you mean'
run install --dryrun
claim "mistyped_option_is_exit_2_and_says_what_was_meant" ended 2 'no option --dryrun' 'did you mean --dry-run'
run list -Z
claim "unknown_short_option_is_named" ended 2 'list has no option -Z'
run show v3.29.99
claim "unknown_release_is_exit_2_and_says_what_was_meant" ended 2 'unknown release "v3.29.99"' \
	'did you mean v3\.29\.'
# A plan without a cluster, as for a pull request

offline() {
	env -u KUBECONFIG HOME="$tmp" PATH=/nowhere "$program" plan "$@" >"$tmp/out" 2>"$tmp/err"
	status=$?
}
rehearsed() {
	offline --from v3.31.7 --to v3.32.1
	ended 1 'v3.31.7 to v3.32.1, without a cluster' &&
		printed '^v3.32.1: 1 to create, 19 to update, 3 unchanged, 0 blocked$' '^unknown: no objects were given' '^update (17): ' '^create (1): clusternetworkpolicies$' || return 1
	offline --from v3.31.7 --to v3.32.1 ippools
	ended 1 && printed '^    not read   v1 .spec.ipip: the field is removed$' '!^felix'
}
of_files() {
	"$program" show v3.31.7 >"$tmp/a.yaml" && sed 's/maxLength: .*/maxLength: 77/' "$tmp/a.yaml" >"$tmp/b.yaml" || return 1
	offline --from "$tmp/a.yaml" --to "$tmp/a.yaml"
	ended 0 && printed '^nothing to do$' || return 1
	offline --from "$tmp/a.yaml" --to v3.31.7
	ended 0 || return 1
	offline -f "$tmp/b.yaml" --from v3.31.7 -o markdown --details
	ended 1 && printed '^## ' '| consequence | field | change | what to do |'
}
# diff A B prints the same plan, word for word
compared() {
	offline --from v3.31.7 --to "$tmp/b.yaml" --details
	cp "$tmp/out" "$tmp/planned" || return 1
	env -u KUBECONFIG HOME="$tmp" PATH=/nowhere "$program" diff v3.31.7 "$tmp/b.yaml" --details >"$tmp/out" 2>"$tmp/err"
	status=$?
	ended 1 'v3.31.7 to .*b.yaml, without a cluster' && diff "$tmp/planned" "$tmp/out" || return 1
	run diff v3.31.7 v3.31.7
	ended 0 && printed '^nothing to do$' || return 1
	run diff v3.31.7
	ended 2 'diff v3.31.7 RELEASE; for objects in files: diff -f FILE' || return 1
	run diff v3.31.7 v3.32.1 -f "$tmp/b.yaml"
	ended 2 'give one of both' || return 1
	run diff -f "$tmp/b.yaml" --details
	ended 2 'give one of both'
}
wrong_uses() {
	offline --to v3.32.1
	ended 2 'say where from with --from, or give --objects BACKUP' || return 1
	offline --from v3.32.1 --to v3.31.7
	ended 10 'is a downgrade' || return 1
	offline --from v9.9.9 --to v3.32.1
	ended 2 || return 1
	offline --from "$tmp/nothing.yaml" --to v3.32.1
	ended 3 'nothing.yaml' || return 1
	run install v3.32.1 --from v3.31.7
	ended 2
}
claim 'plan_from_one_release_to_another_needs_no_cluster' rehearsed
claim 'plan_from_a_manifest_to_another_needs_no_cluster' of_files
claim 'diff_of_two_releases_or_manifests_is_that_plan' compared
claim 'plans_without_a_cluster_refuse_what_makes_no_sense' wrong_uses

run plan v2.6.0
claim "unknown_release_is_found_before_any_cluster" ended 2 'unknown release' '"list" shows all'
run show v3.23.5
claim "release_of_an_older_minor_is_told_the_range" ended 2 'the known releases are v3\.24\.0 to v3\.' '-f FILE' \
	'fetch RELEASE' 'newer calico-datastore' '!did you mean'
run install v3.40
claim "release_of_a_newer_minor_is_told_the_range" ended 2 'no v3\.40 is known' 'v3\.24\.0 to v3\.' '!did you mean'
run check v3.99.1
claim "check_of_an_unknown_release_is_told_the_range" ended 2 'no v3\.99 is known' '-f FILE'
for file in crds.yaml ./calico.yml dir/crds.json manifests/ -; do
	run plan -- "$file"
	claim "plan_<$file>_says_-f" ended 2 "give -f $file"
done
run install calico.tar.gz
claim "bundle_in_place_of_a_release_says_--bundle" ended 2 'give --bundle calico.tar.gz'
run show https://example.test/crds.yaml
claim "address_in_place_of_a_release_says_--url" ended 2 'give --url https://example.test/crds.yaml'

# word WORD PATTERN...: a command name of other tools gets a useful answer, also from help
word() {
	local word=$1
	shift
	run "$word" -f x --yes && ended 2 "$@" '!unknown command' '!did you mean' || return 1
	run help "$word" && ended 2 "$@"
}
for word in upgrade update; do
	claim "${word}_says_install" word $word '"install \[RELEASE\]"'
done
claim "preview_says_plan" word preview '"plan \[RELEASE\]"'
for word in uninstall remove prune unistall; do
	claim "${word}_says_that_nothing_deletes_crds" word $word "nothing here deletes Calico's CRDs" 'every object'
done
run v3.29.1 install
claim "release_before_the_command_says_the_order" ended 2 'v3.29.1 is a release' 'calico-datastore plan v3.29.1'
run crds.yaml
claim "manifest_without_a_command_says_-f" ended 2 'plan -f crds.yaml'
run show v3
claim "major_version_alone_is_too_little" ended 2 'unknown release'
run show v3.29.1 ippool
claim "mistyped_crd_says_what_was_meant" ended 2 'has no CRD "ippool"' 'did you mean ippools'
run show v3.29.1 --exclude ippol
claim "mistyped_exclude_says_what_was_meant" ended 2 'exclude ippol' 'did you mean ippools'
run show v3.29.1 ippools tiers
claim "too_many_operands_are_exit_2_with_the_usage" ended 2 'usage: calico-datastore show'
run list v3.29.1
claim "operand_where_none_is_taken_is_exit_2" ended 2 'usage: calico-datastore list'
run get
claim "missing_operand_is_exit_2_with_the_usage" ended 2 'usage: calico-datastore get KIND'
run install v3.29.1 -f "$fixtures/good.yaml"
claim "release_and_file_together_are_exit_2" ended 2 'either a release'
run show -o table
claim "unknown_output_names_the_known_ones" ended 2 'yaml json name'
for duration in 0 -1s 5x 25h s 1ms1 '' nan inf 1e300; do
	run plan v3.29.1 --timeout "$duration"
	claim "timeout_of_<$duration>_is_exit_2" ended 2 'not a duration'
done

# List

sort -V manifests/releases.txt | grep -v '^#' | cut -d' ' -f1 | uniq | tac >"$tmp/releases"
run list -o name
claim "list_names_every_release_newest_first" cmp "$tmp/releases" "$tmp/out"
claim "list_has_54_releases_or_more" test "$(wc -l <"$tmp/releases")" -ge 54

list_as_text() {
	run list && ended 0 || return 1
	head -n 1 "$tmp/out" | grep -q '^RELEASE  *SAME AS  *CRDS  KUBERNETES$' &&
		printed '^v3.32.1 .* 1.31$' '^v3.24.0 .* 1.16$' &&
		tail -n +2 "$tmp/out" | cut -d' ' -f1 | cmp "$tmp/releases" -
}
claim "list_is_a_table_with_a_row_a_release" list_as_text

list_as_json() {
	run list -o json && ended 0 || return 1
	jq -r '.items[].release' "$tmp/out" | cmp "$tmp/releases" - &&
		holds '.apiVersion == "calico-datastore/v1" and .kind == "ReleaseList" and .changed == false' &&
		holds '.items[] | select(.release == "v3.32.1").files | all(.kubernetes == "1.31")' &&
		holds '[.items[].files[] | select(.sha256 | test("^[0-9a-f]{64}$") | not)] == []' &&
		holds '[.items[] | select([.files[].name] | index("crds.yaml") | not)] == []' &&
		holds '[.items[] | select(.surface == null)] == []' &&
		holds '[.items[].surface] | unique | length >= 23'
}
claim "list_as_json_has_files_digests_and_surfaces" list_as_json

# Show

same_after_show() {
	run show v3.29.1 "$@" && ended 0 && cp "$tmp/out" "$tmp/shown" || return 1
	run show -f - <"$tmp/shown" && ended 0 && cp "$tmp/out" "$tmp/again" || return 1
	run show v3.29.1 && cmp "$tmp/again" "$tmp/out"
}
claim "what_show_prints_as_yaml_reads_back_the_same" same_after_show
claim "what_show_prints_as_json_reads_back_the_same" same_after_show -o json

run show v3.29.1 -o name
claim "show_names_20_crds_in_order" test "$(sort -u "$tmp/out" | cmp - "$tmp/out" && wc -l <"$tmp/out")" = 20

shows_one() {
	run show v3.29.1 ippools && ended 0 && cp "$tmp/out" "$tmp/shown" || return 1
	run show v3.29.1 ippools.crd.projectcalico.org && cmp "$tmp/shown" "$tmp/out" || return 1
	run show -f "$tmp/shown" -o json && holds '[.items[].metadata.name] == ["ippools.crd.projectcalico.org"]'
}
claim "show_of_one_crd_takes_plural_or_full_name" shows_one

selects() {
	local newest
	newest=$(grep "^v3\.29\." "$tmp/releases" | head -n 1)
	run show "$newest" && cp "$tmp/out" "$tmp/shown" || return 1
	run show v3.29 && cmp "$tmp/shown" "$tmp/out" || return 1
	run show "${newest#v}" && cmp "$tmp/shown" "$tmp/out"
}
claim "minor_version_is_its_newest_patch" selects

selects_latest() {
	run show "$(head -n 1 "$tmp/releases")" && cp "$tmp/out" "$tmp/shown" || return 1
	run show latest && cmp "$tmp/shown" "$tmp/out" || return 1
	run show && cmp "$tmp/shown" "$tmp/out"
}
claim "latest_and_no_release_are_the_newest" selects_latest

run show v3.29.1 -x tiers --exclude bgppeers.crd.projectcalico.org -o name
claim "exclude_leaves_crds_out" test "$(wc -l <"$tmp/out"):$(grep -c -e tiers -e bgppeers "$tmp/out")" = 18:0

shows_own_file() {
	run show -f "$fixtures/good.yaml" -o json && ended 0 || return 1
	holds '[.items[].metadata.name] == ["gadgets.example.test", "widgets.example.test"]' &&
		holds '.items[1].metadata.labels == {shape: "round"}' &&
		holds '.items[1].spec.versions[0].schema.openAPIV3Schema.properties.description.type == "string"' || return 1
	run show -f "$fixtures/good.yaml" gadgets -o name
	[ "$(cat "$tmp/out")" = gadgets.example.test ]
}
claim "show_of_a_file_has_its_crds_by_name" shows_own_file

version_says_what_it_carries() {
	run version && ended 0 && grep -q '^calico-datastore [0-9]' "$tmp/out" &&
		grep -q "the newest $(head -n 1 "$tmp/releases")\$" "$tmp/out" || return 1
	cp "$tmp/out" "$tmp/shown"
	run --version && cmp "$tmp/shown" "$tmp/out" || return 1
	run -v && cmp "$tmp/shown" "$tmp/out" || return 1
	run -V && cmp "$tmp/shown" "$tmp/out" || return 1
	run version -o json && holds '.apiVersion == "calico-datastore/v1" and .kind == "Version"' &&
		holds ".embeddedReleases == $(wc -l <"$tmp/releases")"
}
claim "version_says_what_the_program_carries" version_says_what_it_carries

# No cluster

without_kubeconfig() {
	mkdir -p "$tmp/home"
	status=0
	env -i HOME="$tmp/home" PATH="$PATH" "$program" "$@" >"$tmp/out" 2>"$tmp/err" || status=$?
}
for command in install plan check 'get nodes'; do
	# shellcheck disable=SC2086 # a command and its operand
	without_kubeconfig $command
	claim "${command/ /_}_without_a_kubeconfig_says_what_to_set" ended 2 \
		'KUBECONFIG is not set' "$tmp/home/.kube/config does not exist" 'give --kubeconfig FILE'
done
without_kubeconfig list
claim "list_needs_no_kubeconfig" ended 0

# Streams

full() {
	status=0
	"$program" "$@" >/dev/full 2>"$tmp/err" || status=$?
	ended 3 'standard output: cannot write' 'No space left'
}
claim "full_standard_output_is_exit_3" full show v3.29.1
claim "full_standard_output_is_exit_3_for_a_line_too" full version
claim "full_standard_output_is_exit_3_for_help" full install --help

closed_pipe() {
	{
		status=0
		"$program" show v3.29.1 2>"$tmp/err" || status=$?
		echo "$status" >"$tmp/status"
	} | :
	status=$(cat "$tmp/status")
	ended 3 'standard output: cannot write' 'Broken pipe'
}
claim "closed_pipe_is_exit_3_and_no_death_by_signal" closed_pipe

closed_stdout() {
	status=0
	timeout -s KILL 20 "$program" "$@" >&- 2>"$tmp/err" || status=$?
	ended 3 'standard output: cannot write' 'Bad file descriptor'
}
claim "closed_standard_output_is_exit_3" closed_stdout show v3.29.1
claim "closed_standard_output_is_exit_3_for_a_line_too" closed_stdout version

closed_stderr() {
	status=0
	timeout -s KILL 20 "$program" show nonsense >"$tmp/out" 2>&- || status=$?
	[ "$status" = 2 ] && [ ! -s "$tmp/out" ]
}
claim "closed_standard_error_changes_no_exit_code" closed_stderr

closed_stdin() {
	status=0
	timeout -s KILL 20 "$program" show -f - >"$tmp/out" 2>"$tmp/err" <&- || status=$?
	ended 3 'standard input' 'Bad file descriptor'
}
claim "closed_standard_input_is_exit_3" closed_stdin

# Broken manifests: every command refuses them alike, before it looks for a cluster

printf '\177ELF\002\001\001\000\000\000\377\376\375' >"$tmp/binary"
: >"$tmp/empty"
{ cat "$fixtures/good.yaml"; printf '# \377\376\n'; } >"$tmp/bad-utf8"
head -c $((17 << 20)) /dev/zero | tr '\0' '#' >"$tmp/huge"
mkdir "$tmp/directory"

# broken NAME FILE CODE PATTERN...
broken() {
	local file=$1 command
	shift
	for command in install plan check show; do
		without_kubeconfig "$command" -f "$file"
		ended "$@" "$file" || return 1
	done
}

claim "tab_is_refused_with_line_and_column" broken "$fixtures/tabs.yaml" 4 'tabs.yaml:4:[0-9]*: '
claim "file_cut_in_the_middle_is_refused_with_line_and_column" \
	broken "$fixtures/cut.yaml" 4 'cut.yaml:[78]:[0-9]*: '
claim "key_that_stands_twice_is_refused_with_line_and_column" \
	broken "$fixtures/same-key-twice.yaml" 4 'same-key-twice.yaml:4:[0-9]*: ' metadata
claim "binary_data_are_refused" broken "$tmp/binary" 4 "$tmp/binary:[0-9]*:[0-9]*: "
claim "bytes_that_are_no_utf8_are_refused" broken "$tmp/bad-utf8" 4 "$tmp/bad-utf8:[0-9]*:[0-9]*: "
claim "another_kind_is_refused_by_name" broken "$fixtures/other-kind.yaml" 4 'document 2' \
	'ConfigMap "settings"' 'kubectl'
claim "crd_that_stands_twice_is_refused_by_name" broken "$fixtures/twice.yaml" 4 'document 2' \
	'widgets.example.test occurs twice'
claim "crd_without_versions_is_refused" broken "$fixtures/no-versions.yaml" 4 'widgets.example.test' \
	'spec.versions is missing or empty'
claim "crd_with_two_storage_versions_is_refused" broken "$fixtures/two-storage-versions.yaml" 4 \
	'one version must have'
claim "crd_with_another_name_than_its_plural_is_refused" broken "$fixtures/wrong-name.yaml" 4 \
	'which is widgets.example.test'
claim "crd_without_a_scope_is_refused" broken "$fixtures/no-scope.yaml" 4 'spec.scope must be'
claim "crd_of_v1beta1_is_refused" broken "$fixtures/old-api.yaml" 4 'apiextensions.k8s.io/v1beta1'
claim "document_that_is_no_object_is_refused" broken "$fixtures/no-object.yaml" 4 'document 1'
claim "file_of_comments_is_refused" broken "$fixtures/only-comments.yaml" 4 'no CustomResourceDefinition'
claim "empty_file_is_refused" broken "$tmp/empty" 4 'no CustomResourceDefinition'
mkdir "$tmp/several"
cp "$fixtures/twice.yaml" "$tmp/several/b.yaml"
claim "file_of_a_directory_is_named" broken "$tmp/several" 4 "$tmp/several/b.yaml: document 2"
echo 'kind: {{ .Values.kind }}' >"$tmp/template"
escape=$(printf '\033')
run show v9.9.9 --color always
claim "error_is_red_when_asked_for" ended 2 "^calico-datastore: $escape\[31merror:$escape\[0m unknown release"
run show v9.9.9
claim "error_in_a_pipe_has_no_colour" ended 2 "!$escape" '^calico-datastore: error: unknown release'
run verify "$tmp/template" --color always
claim "failed_row_is_red" printed "^$escape\[31m.*: failed: .*$escape\[0m\$"
claim "template_is_named_as_one" broken "$tmp/template" 4 'render it first'
sed 's/^metadata: {name: widgets.*/metadata: {name: widgets.example.test, labels: {app: "{{ .Chart.Name }}"}}/' \
	tests/cluster/fixtures/widgets.yaml >"$tmp/template"
claim "template_that_is_yaml_is_named_as_one" broken "$tmp/template" 4 'metadata.labels.app has {{ }}' 'render it first'
claim "address_in_the_place_of_a_file_is_told_the_flag" broken https://mirror.invalid/crds.yaml 2 \
	'--url https://mirror.invalid/crds.yaml'
claim "huge_file_is_refused" broken "$tmp/huge" 4
# An install manifest of upstream: CRDs among other objects, also in lists.
{
	printf -- '---\napiVersion: v1\nkind: Namespace\nmetadata: {name: calico}\n---\n'
	"$program" show v3.29.1 ippools.crd.projectcalico.org -o yaml
	printf -- '---\n{"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}}, %s]}\n' \
		"$("$program" show v3.29.1 tiers.crd.projectcalico.org -o json)"
} >"$tmp/whole.yaml"
mkdir "$tmp/whole"
cp "$tmp/whole.yaml" "$tmp/whole/a.yaml"
printf 'apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n' >"$tmp/whole/b.yaml"
only_crds() {
	"$program" show "$@" --crds-only -o json >"$tmp/out" 2>"$tmp/err" || { cat "$tmp/err"; return 1; }
	[ "$(grep -oE '"(ippools|tiers).crd.projectcalico.org"' "$tmp/out" | sort -u | wc -l)" = 2 ] &&
		! grep -qE 'Namespace|Secret|"Pod"' "$tmp/out"
}
refuses_crds_only() {
	"$program" show v3.29.1 --crds-only >"$tmp/out" 2>&1
	[ $? -eq 2 ] && grep -q -- 'needs -f FILE or --url URL' "$tmp/out"
}
claim "objects_that_are_no_crds_are_refused_and_the_way_is_said" broken "$tmp/whole.yaml" 4 'Namespace "calico"' '--crds-only'
claim "crds_only_takes_the_crds_of_a_file" only_crds -f "$tmp/whole.yaml"
claim "crds_only_takes_the_crds_of_a_directory" only_crds -f "$tmp/whole"
claim "crds_only_needs_a_manifest_of_others" refuses_crds_only
claim "directory_is_exit_3" broken "$tmp/directory" 3 'directory'
claim "missing_file_is_exit_3" broken "$tmp/missing" 3 'No such file'

from_standard_input() {
	status=0
	"$program" show -f - <"$fixtures/tabs.yaml" >"$tmp/out" 2>"$tmp/err" || status=$?
	ended 4 'standard input:4:[0-9]*: '
}
claim "standard_input_is_named_in_errors" from_standard_input

finish
