#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The documentation: it is complete, its links are valid, and its words are plain. The messages,
# commands and options in it are those of the program.
. tests/lib/shell.sh

pages=$(echo README.md CONTRIBUTING.md SECURITY.md CHANGELOG.md docs/*.md examples/README.md)

# Prints every literal of the program that is a sentence or a part of one, one on each line.
find installer -name '*.[ch]' | sort | while read -r file; do
	sed -zE 's,/\*([^*]|\*+[^*/])*\*+/,,g; s/"[ \t\n]*(PRI[a-z0-9]+[ \t\n]*)?"//g' "$file" |
		grep -v '^#include' | grep -oE '"([^"\\]|\\.)*"' | sed "s,^,$file: ,"
done >"$tmp/literals"

front_page_is_short() {
	[ "$(wc -c <README.md)" -le 9216 ]
}

# The index has every page, and every page links back to the index.
pages_are_in_the_index() {
	local page missing=0
	for page in docs/*.md; do
		[ "$page" != docs/README.md ] || continue
		grep -qF "(${page#docs/})" docs/README.md || { echo "the index lacks $page"; missing=1; }
		grep -q '^\[Index\](README.md)' "$page" || { echo "$page has no link to the index"; missing=1; }
	done
	return "$missing"
}

# anchors FILE: prints the anchors of its headings
anchors() {
	sed -nE 's/^#+ //p' "$1" | tr 'A-Z' 'a-z' | sed 's/[^a-z0-9 _-]//g; s/ /-/g'
}

links_lead_somewhere() {
	local page link file missing=0
	for page in $pages ARCHITECTURE.md tests/README.md; do
		for link in $(grep -oE '\]\([^)]+\)' "$page" | sed 's/^](//; s/)$//' | grep -v '^https://'); do
			file=$(dirname "$page")/${link%%#*}
			[ -n "${link%%#*}" ] || file=$page
			[ -e "$file" ] || { echo "$page: $link: no such file"; missing=1; continue; }
			case $link in
			*#*) anchors "$file" | grep -qx -e "${link#*#}" || { echo "$page: $link: no such heading"; missing=1; } ;;
			esac
		done
	done
	return "$missing"
}

# The first column of each row has words that the program prints.
symptoms_are_messages() {
	local row part rows=0 missing=0
	while IFS= read -r row; do
		rows=$((rows + 1))
		while IFS= read -r part; do
			grep -qF -e "$part" "$tmp/literals" || { echo "no message has: $part"; missing=1; }
		done < <(cut -d'|' -f2 <<<"$row" | grep -oE '`[^`]+`' | tr -d '`')
	done < <(grep '^| `' docs/troubleshooting.md)
	[ "$rows" -ge 25 ] && [ "$missing" = 0 ]
}

# Words that a reader would have to decode. "--prose" is the name of an option.
words='surfaces?|told|carr(y|ied|ies)|meets?|met|holds? up|stands? for|of which none|whither|prose'
plain_pages() {
	! grep -nwE -- "$words" $pages installer/calico-datastore.1 | grep -v -e '-prose'
}

# Names of options in a list are not judged as words.
plain_messages() {
	! grep -E '"[^"]* [^"]*"$' "$tmp/literals" | sed -E 's/[^:]*: //; s/ prose ([a-z]+-)/ \1/; s/[a-z]+\.txt//' | grep -wE -- "$words"
}

# sentences: prints the sentences of standard input, one on each line; semicolons, headings, cells
# and empty lines also end a sentence
sentences() {
	sed -E 's/^ *([-*]|[0-9]+\.) +/\n/; s/ · /\n/g; s/`[^`]*`/X/g; s/\]\([^)]*\)/]/g' | sed -E 's/^$/\x01/; s/\|/\x01/g' |
		tr '\n' ' ' | sed -E 's/([.!?:;])[ )]/\1\n/g; s/\x01/\n/g'
}

# longer N: prints the sentences of standard input with more than N words
longer() {
	! sentences | awk -v n="$1" 'NF > n { print NF " words: " $0; found = 1 } END { exit !found }'
}

short_pages() {
	local page long=0
	for page in $pages; do
		[ "$page" != docs/commands.md ] || continue
		sed '/^```/,/^```/d; /^#/s/$/\n/; / get customresourcedefinitions/d' "$page" | longer 30 || { echo "in $page"; long=1; }
	done
	return "$long"
}

short_help() {
	local command long=0
	for command in $("$program" help | sed -n '/^Commands:/,/^$/s/^  \([a-z-]*\) .*/\1/p'); do
		"$program" help "$command" | sed '/^Examples:/,/^$/d; s/^ .*--/\n&/' | longer 30 || { echo "in help $command"; long=1; }
	done
	return "$long"
}

narrow_help() {
	local command
	{
		"$program" help
		for command in $("$program" help | sed -n '/^Commands:/,/^$/s/^  \([a-z-]*\) .*/\1/p'); do
			"$program" help "$command"
		done
	} >"$tmp/help"
	! awk 'length > 80' "$tmp/help" | grep .
}

short_messages() {
	grep -v '^installer/cmd/completion.c:' "$tmp/literals" | sed -E 's/^[^:]*: "//; s/"$/\n/; s/\\n/ /g' | sed 's/$/\n/' | longer 30
}

claim 'the_front_page_has_at_most_9_kB' front_page_is_short
claim 'every_page_is_in_the_index_and_leads_back' pages_are_in_the_index
claim 'every_link_leads_to_a_file_and_a_heading' links_lead_somewhere
claim 'commands_and_options_are_what_the_program_prints' scripts/docs --check "$program"
claim 'every_symptom_is_a_message_of_the_program' symptoms_are_messages
claim 'pages_have_no_word_that_must_be_decoded' plain_pages
claim 'messages_have_no_word_that_must_be_decoded' plain_messages
claim 'no_sentence_of_a_page_is_longer_than_30_words' short_pages
claim 'no_sentence_of_help_is_longer_than_30_words' short_help
claim 'help_fits_80_columns' narrow_help
claim 'no_sentence_of_a_message_is_longer_than_30_words' short_messages
finish
