/* SPDX-License-Identifier: Apache-2.0 */
/*
 * YAML in and out, against what kubectl was recorded to make of it (tests/unit/data/yaml/record)
 * and, if SHARED (default ../shared) has them, against calicoctl's recorded outputs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/json.h"
#include "base/yaml.h"

/* Helpers */

static json_t *load(const char *text, size_t len)
{
	err_auto e = { 0 };
	json_t *documents = yaml_load("f", text, len, &e);

	if (!documents)
		fail_msg("%s\n%.*s", e.msg, (int)len, text);
	return documents;
}

static json_t *load_text(const char *text)
{
	return load(text, strlen(text));
}

static void expect_json(const char *text, size_t len, const char *want)
{
	json_auto_t *got = load(text, len);
	err_auto e = { 0 };
	json_auto_t *wanted = json_parse(want, strlen(want), &e);
	buf_auto printed = { 0 };

	assert_non_null(wanted);
	json_write(&printed, got, JSON_STYLE_SORT);
	if (!json_same(got, wanted))
		fail_msg("%.*s\nis   %s\nnot  %s", (int)len, text, buf_str(&printed), want);
}

static void expect(const char *text, const char *want)
{
	expect_json(text, strlen(text), want);
}

static void expect_refused(const char *text, size_t len, const char *message)
{
	err_auto e = { 0 };
	json_auto_t *got = yaml_load("f", text, len, &e);

	if (got)
		fail_msg("%.*s\nis read", (int)len, text);
	assert_int_equal(e.kind, ERR_FORMAT);
	assert_string_equal(e.msg, message);
}

static void expect_rewritten(const json_t *value)
{
	buf_auto text = { 0 };

	yaml_write(&text, value);
	json_auto_t *again = load(buf_str(&text), text.len);
	const json_t *same = json_array_size(again) ? json_array_get(again, 0) : json_null();

	if (json_array_size(again) > 1 || !json_same(same, value))
		fail_msg("is not read back as it was:\n%s", buf_str(&text));
}

static char *read_text(const char *path)
{
	struct buf text = { 0 };
	err_auto e = { 0 };

	if (buf_read_file(&text, path, 1 << 24, &e) < 0)
		fail_msg("%s", e.msg);
	return buf_steal(&text);
}

static char *fixture(const char *name)
{
	const char *tests = getenv("TESTS_DIR");
	char_auto *path = xasprintf("%s/unit/data/yaml/%s", tests ? tests : "tests", name);

	return read_text(path);
}

/* The line at *text, without its end, or NULL at the end of the text; *text moves behind it. */
static char *next_line(char **text)
{
	char *line = **text ? *text : NULL;

	if (line) {
		*text += strcspn(line, "\n");
		if (**text)
			*(*text)++ = '\0';
	}
	return line;
}

/* Hands each case, with the line behind its mark, to a check; returns their number. */
static int each_case(const char *file, const char *mark, void (*check)(const char *, const char *))
{
	char_auto *text = fixture(file);
	buf_auto input = { 0 };
	char *rest = text, *line;
	int n = 0;

	while ((line = next_line(&rest))) {
		if (has_prefix(line, "### case ")) {
			buf_clear(&input);
		} else if (strcmp(line, mark) == 0) {
			check(buf_str(&input), next_line(&rest));
			buf_clear(&input);
			n++;
		} else if (!has_prefix(line, "### ")) {
			buf_printf(&input, "%s\n", line);
		}
	}
	return n;
}

static void check_structure(const char *yaml, const char *json)
{
	char_auto *documents = xasprintf("[%s]", json);
	json_auto_t *got = load_text(yaml);

	expect(yaml, documents);
	expect_rewritten(json_array_get(got, 0));
}

static void check_refusal(const char *yaml, const char *message)
{
	expect_refused(yaml, strlen(yaml), message);
}

/* Against recordings */

static void scalars_have_the_types_that_kubectl_gives_them(void **state)
{
	char_auto *text = fixture("scalars.txt");
	char *rest = text, *line;
	int n = 0;

	(void)state;
	while ((line = next_line(&rest))) {
		char *json = strchr(line, '\t');

		if (has_prefix(line, "# "))
			continue;
		assert_non_null(json);
		*json++ = '\0';
		char_auto *yaml = xasprintf("v: %s\n", line);
		check_structure(yaml, json);
		n++;
	}
	assert_true(n > 250);
}

static void structures_are_what_kubectl_makes_of_them(void **state)
{
	(void)state;
	assert_true(each_case("structures.case", "### expect", check_structure) > 40);
}

static void refusals_tell_line_and_column(void **state)
{
	(void)state;
	assert_true(each_case("refused.case", "### error", check_refusal) > 50);
}

static void texts_are_written_as_kubectl_writes_them(void **state)
{
	char_auto *json = fixture("written.json");
	char_auto *yaml = fixture("written.yaml");
	json_auto_t *documents = load_text(json);
	buf_auto got = { 0 };

	(void)state;
	yaml_write(&got, json_array_get(documents, 0));
	assert_string_equal(buf_str(&got), yaml);
	expect_rewritten(json_array_get(documents, 0));
}

static char *recordings(void)
{
	const char *shared = getenv("SHARED");
	char_auto *dir = xasprintf("%s/calicoctl", shared ? shared : "../shared");

	if (access(dir, R_OK) != 0) {
		print_error("SKIPPED: no %s; SHARED is where calicoctl's outputs are\n", dir);
		free(steal(&dir)); /* skip() does not return */
		skip();
	}
	return steal(&dir);
}

static void expect_same_text(const char *path, const char *want, size_t len)
{
	json_auto_t *documents = load(want, len);
	buf_auto got = { 0 };

	assert_int_equal(json_array_size(documents), 1);
	yaml_write(&got, json_array_get(documents, 0));
	if (got.len != len || memcmp(got.data, want, len) != 0)
		fail_msg("%s is written as\n%s", path, buf_str(&got));
}

static void calicoctl_quoting_is_met_byte_for_byte(void **state)
{
	char_auto *dir = recordings();
	char_auto *path = xasprintf("%s/yaml-quoting-v3.29.1.txt", dir);
	char_auto *text = read_text(path);
	char *end = strstr(text, "<nil>\n"); /* the program's own last word, no YAML */

	(void)state;
	expect_same_text(path, text, end ? (size_t)(end - text) : strlen(text));
}

static void calicoctl_outputs_are_met_byte_for_byte(void **state)
{
	char_auto *dir = recordings();
	char_auto *pattern = xasprintf("%s/golden/[!i]*/*.yaml", dir);
	glob_t found;

	(void)state;
	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		char_auto *text = read_text(found.gl_pathv[i]);

		if (strcmp(text, "null\n") != 0)
			expect_same_text(found.gl_pathv[i], text, strlen(text));
	}
	assert_true(found.gl_pathc > 10);
	globfree(&found);
}

/* Documents */

static void empty_and_null_documents_are_left_out(void **state)
{
	(void)state;
	expect("", "[]");
	expect(" \n\n", "[]");
	expect("# nothing\n", "[]");
	expect("---\n", "[]");
	expect("---\n---\n...\n---\n~\n", "[]");
	expect("---\na: 1\n---\n---\nnull\n---\nb: 2\n...\n", "[{\"a\":1},{\"b\":2}]");
	expect("--- # why\na: 1\n--- {b: 2}\n--- text\n", "[{\"a\":1},{\"b\":2},\"text\"]");
}

static void crlf_and_byte_order_mark_are_read(void **state)
{
	(void)state;
	expect("\xef\xbb\xbf"
	       "a: 1\r\nb: |\r\n  x\r\n  y\r\n---\r\nc: 2\r\n",
		"[{\"a\":1,\"b\":\"x\\ny\\n\"},{\"c\":2}]");
	expect("\xef\xbb\xbf{\"a\":1}", "[{\"a\":1}]");
	expect_refused("\xef\xbb\xbf"
		       "a: [",
		7,
		"f:2:1: did not find expected node content, while parsing a flow "
		"node that begins at line 2");
}

static void json_values_stand_in_a_row_or_behind_separators(void **state)
{
	(void)state;
	expect("{\"a\":1}{\"b\":2} [3]\n[]", "[{\"a\":1},{\"b\":2},[3],[]]");
	expect("---\n{\"a\":1}\n---\n{\"b\":\"\\ud83d\\ude00\"}\n---\n",
		"[{\"a\":1},{\"b\":\"\\ud83d\\ude00\"}]");
	expect("{\"a\":1}\n---\nb: 2\n", "[{\"a\":1},{\"b\":2}]");
	expect("{\n\t\"a\":\t1.0,\n\t\"b\": [1e3, 0.5, -0.0]\n}\n",
		"[{\"a\":1,\"b\":[1000,0.5,0]}]");
	expect("{\"a\":\"\\u0000\"}", "[{\"a\":\"\\u0000\"}]");
	expect("{\"a\":12345678901234567890123}", "[{\"a\":1.2345678901234568e22}]");
	expect("{\"a\":9223372036854775807}", "[{\"a\":9223372036854775807}]");
}

static void flow_yaml_that_looks_like_json_is_yaml(void **state)
{
	(void)state;
	expect("{a: yes, \"b\": [c, 0x10,],}\n", "[{\"a\":true,\"b\":[\"c\",16]}]");
	expect("[a, b]\n---\n{c: }\n", "[[\"a\",\"b\"],{\"c\":null}]");
	expect("{\"a\": b}", "[{\"a\":\"b\"}]");
	expect("{\"a\": 1} # done\n", "[{\"a\":1}]");
}

static void own_keys_win_over_merged_ones_wherever_they_stand(void **state)
{
	(void)state;
	/* kubectl lets the later one win, against the rule of YAML. */
	expect("{a: 1, <<: {a: 2, b: 3}}", "[{\"a\":1,\"b\":3}]");
	expect("{<<: {a: 2, b: 3}, a: 1}", "[{\"a\":1,\"b\":3}]");
}

static void values_behind_aliases_are_apart(void **state)
{
	json_auto_t *documents = load_text("a: &x {b: [1]}\nc: *x\nd:\n  <<: *x\n");
	json_t *root = json_array_get(documents, 0);
	json_t *list = json_object_get(json_object_get(root, "a"), "b");

	(void)state;
	json_array_append_new(list, json_integer(2));
	json_t *c = json_object_get(json_object_get(root, "c"), "b");
	json_t *d = json_object_get(json_object_get(root, "d"), "b");
	assert_int_equal(json_array_size(c), 1);
	assert_int_equal(json_array_size(d), 1);
}

/* Hostile input */

static void text_that_is_no_utf8_is_refused(void **state)
{
	(void)state;
	expect_refused("a: 1\nb: x\xff\xfe", 11, "f:2:5: bad UTF-8: save the file as UTF-8");
	expect_refused("a: \xc3", 4, "f:1:4: bad UTF-8: save the file as UTF-8");
	expect_refused("a: \xc0\x80", 5, "f:1:4: bad UTF-8: save the file as UTF-8");
	expect_refused("\xc3\xa9: \xed\xa0\x80", 7, "f:1:4: bad UTF-8: save the file as UTF-8");
	expect_refused("{\"a\":\"\xff\"}", 9, "f:1:7: bad UTF-8: save the file as UTF-8");
	expect_refused("\xff\xfe"
		       "a\0:\0",
		6, "f:1:1: this is UTF-16 text; save the file as UTF-8");
	expect_refused("\xfe\xff\0a\0:", 6, "f:1:1: this is UTF-16 text; save the file as UTF-8");
	expect_refused("a\0:\0 \0b\0", 8, "f:1:1: this is UTF-16 text; save the file as UTF-8");
	expect_refused("a: b\0\0", 6,
		"f:1:5: control character U+0000: this is binary data, or damaged text");
	expect_refused("\x7f"
		       "ELF\x02\x01\x01\0",
		8, "f:1:1: control character U+007F: this is binary data, or damaged text");
}

static char *repeated(const char *part, size_t n, const char *end)
{
	struct buf text = { 0 };

	for (size_t i = 0; i < n; i++)
		buf_puts(&text, part);
	buf_puts(&text, end);
	return buf_steal(&text);
}

/* Of this process alone: how busy the machine is does not count. */
static double cpu_seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void expect_refused_at_start(const char *text, size_t len, const char *fragment)
{
	err_auto e = { 0 };
	double start = cpu_seconds();
	json_auto_t *got = yaml_load("f", text, len, &e);

	assert_null(got);
	if (!has_prefix(e.msg, "f:") || !strstr(e.msg, fragment))
		fail_msg("%s\ndoes not say: %s", e.msg, fragment);
	assert_true(cpu_seconds() - start < 10);
}

static void aliases_of_aliases_are_refused_at_once(void **state)
{
	buf_auto text = { 0 };
	err_auto e = { 0 };

	(void)state;
	buf_puts(&text, "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
	for (int i = 1; i < 60; i++) {
		buf_printf(&text, "a%d: &a%d [", i, i);
		for (int j = 0; j < 10; j++)
			buf_printf(&text, "*a%d, ", i - 1);
		buf_puts(&text, "]\n");
	}
	json_auto_t *got = yaml_load("f", text.data, text.len, &e);
	assert_null(got);
	assert_string_equal(e.msg, "f:7:10: more than 2000000 values, with aliases expanded; split "
				   "the file"); /* in the first line that passes it */
}

static void nesting_has_an_end(void **state)
{
	static const struct {
		const char *open, *close, *message;
	} kinds[] = {
		{ "[", "]", "nested deeper than 100" },
		{ "{a: ", "}", "nested deeper than 100" },
		{ "{\"a\":", "}", "nested deeper than 100" },
		{ "- ", "", "nested deeper than 100" },
		{ "[{a: ", "", "nested deeper than 100" },
		{ "? ", "", "cannot be a key" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		char_auto *deep = repeated(kinds[i].open, 100000, "");

		expect_refused_at_start(deep, strlen(deep), kinds[i].message);
	}
	for (size_t i = 0; i < 4; i++) {
		char_auto *close = repeated(kinds[i].close, YAML_MAX_DEPTH, "");
		char_auto *core = xasprintf("1%s", close);
		char_auto *most = repeated(kinds[i].open, YAML_MAX_DEPTH, core);
		char_auto *core_more = xasprintf("1%s%s", close, kinds[i].close);
		char_auto *more = repeated(kinds[i].open, YAML_MAX_DEPTH + 1, core_more);
		json_auto_t *documents = load_text(most);

		expect_rewritten(json_array_get(documents, 0));
		expect_refused_at_start(more, strlen(more), "nested deeper than 100");
	}
}

static void aliases_do_not_get_around_the_depth(void **state)
{
	char_auto *inner_end = repeated("]", 60, "\n");
	char_auto *inner = repeated("[", 60, inner_end);
	char_auto *outer_end = repeated("]", 60, "\n");
	char_auto *outer = repeated("[", 60, "*x");
	char_auto *text = xasprintf("- &x %s- %s%s", inner, outer, outer_end);

	(void)state;
	expect_refused_at_start(text, strlen(text), "nested deeper than 100");
}

static void size_and_number_have_an_end(void **state)
{
	char_auto *documents = repeated("---\n", YAML_MAX_DOCUMENTS + 1, "");
	char_auto *values = repeated("{}\n", YAML_MAX_DOCUMENTS + 1, "");
	char_auto *items = repeated("0,", YAML_MAX_NODES, "");
	char_auto *json = xasprintf("[%s0]", items);
	char_auto *yaml = xasprintf("[%s]", items);
	char_auto *large = repeated("# 345678901234\n", YAML_MAX_BYTES / 15 + 1, "");

	(void)state;
	expect_refused_at_start(documents, strlen(documents), "more than 1000 documents");
	expect_refused_at_start(values, strlen(values), "more than 1000 documents");
	expect_refused_at_start(json, strlen(json), "more than 2000000 values");
	expect_refused_at_start(yaml, strlen(yaml), "more than 2000000 values");
	expect_refused_at_start(large, strlen(large), "larger than the limit of 16 MiB");
}

static void many_directives_are_refused_at_once(void **state)
{
	char_auto *names = repeated("%TAG !a! x\n", 1001, "---\na: 1\n");

	(void)state;
	expect_refused_at_start(names, strlen(names), "f:1001:1: more than 1000 %TAG directives");
}

static const char crd[] = "# a definition\n"
			  "---\n"
			  "apiVersion: apiextensions.k8s.io/v1\n"
			  "kind: CustomResourceDefinition\n"
			  "metadata:\n"
			  "  name: &n widgets.example.com\n"
			  "  annotations: {a: 'it''s', \"b\": \"\\u00e9\\n\"}\n"
			  "spec:\n"
			  "  names: &names\n"
			  "    kind: Widget\n"
			  "    shortNames: [w, *n]\n"
			  "  versions:\n"
			  "  - name: v1\n"
			  "    schema:\n"
			  "      openAPIV3Schema:\n"
			  "        description: |-\n"
			  "          Two\n"
			  "\n"
			  "            lines é\n"
			  "        folded: >\n"
			  "          a\n"
			  "          b\n"
			  "        ? complex\n"
			  "        : 0x1f\n"
			  "        <<: *names\n"
			  "        b: !!binary aGVsbG8=\n"
			  "        ok: !!str yes\n"
			  "---\n"
			  "{\"j\": [1.5, null]}\n"
			  "...\n";

static void text_cut_off_anywhere_does_no_harm(void **state)
{
	(void)state;
	for (size_t n = 0; n < sizeof(crd); n++) {
		char *exact = xcalloc(n, 1); /* so that a read behind the end is found */
		err_auto e = { 0 };

		memcpy(exact, crd, n);
		json_auto_t *got = yaml_load("f", exact, n, &e);
		assert_true(got ? !e.msg : has_prefix(e.msg, "f:"));
		free(exact);
	}
}

static void byte_changed_anywhere_does_no_harm(void **state)
{
	static const char bytes[] = "\0\t\n \"'&*-:#{}[]|>!%@\xff\xc3";

	(void)state;
	for (size_t i = 0; i < sizeof(crd) - 1; i++)
		for (size_t j = 0; j < sizeof(bytes) - 1; j++) {
			char changed[sizeof(crd)];
			err_auto e = { 0 };

			memcpy(changed, crd, sizeof(crd));
			changed[i] = bytes[j];
			json_auto_t *got = yaml_load("f", changed, sizeof(crd) - 1, &e);
			assert_true(got ? !e.msg : has_prefix(e.msg, "f:"));
			for (size_t k = 0; k < json_array_size(got); k++)
				expect_rewritten(json_array_get(got, k));
		}
}

/* Writing */

static void every_string_is_read_back(void **state)
{
	static const char signs[] = "a1-:#\n\t '\"\\|>~0.ey<\r!";
	char text[4];

	(void)state;
	for (unsigned n = 0; n < 20 * 20 * 20; n++) {
		text[0] = signs[n % 20];
		text[1] = signs[n / 20 % 20];
		text[2] = signs[n / 400];
		for (size_t len = n < 20 ? 1 : n < 400 ? 2 : 3; len <= 3; len += 3) {
			json_auto_t *both = json_object();
			char_auto *key = xstrndup(text, len);

			json_object_set_new(both, key, json_stringn(text, len));
			json_auto_t *list = json_pack("[s#, [O], O]", text, (int)len, both, both);
			expect_rewritten(list);
			expect_rewritten(json_array_get(list, 0));
		}
	}
}

static void keys_stand_in_the_order_of_kubernetes_tooling(void **state)
{
	json_auto_t *documents =
		load_text("{a10: 1, a2: 1, a: 1, b: 1, a-b: 1, a.b: 1, aB: 1, ab: 1, "
			  "a02: 1, '10': 1, '9': 1, a/b: 1, é: 1, A: 1, a2b: 1}");
	buf_auto got = { 0 };

	(void)state;
	yaml_write(&got, json_array_get(documents, 0));
	assert_string_equal(buf_str(&got),
		"\"9\": 1\n\"10\": 1\nA: 1\na: 1\na-b: 1\na.b: 1\na/b: 1\n"
		"a2: 1\na2b: 1\na02: 1\na10: 1\naB: 1\nab: 1\nb: 1\né: 1\n");
}

static void output_is_appended_and_has_no_marks(void **state)
{
	json_auto_t *kept = json_string("text\n\n");
	buf_auto got = { 0 };

	(void)state;
	buf_puts(&got, "---\n");
	yaml_write(&got, kept);
	buf_puts(&got, "---\n");
	yaml_write(&got, json_null());
	assert_string_equal(buf_str(&got), "---\n|+\n  text\n\n---\nnull\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scalars_have_the_types_that_kubectl_gives_them),
		cmocka_unit_test(structures_are_what_kubectl_makes_of_them),
		cmocka_unit_test(refusals_tell_line_and_column),
		cmocka_unit_test(texts_are_written_as_kubectl_writes_them),
		cmocka_unit_test(calicoctl_quoting_is_met_byte_for_byte),
		cmocka_unit_test(calicoctl_outputs_are_met_byte_for_byte),
		cmocka_unit_test(empty_and_null_documents_are_left_out),
		cmocka_unit_test(crlf_and_byte_order_mark_are_read),
		cmocka_unit_test(json_values_stand_in_a_row_or_behind_separators),
		cmocka_unit_test(flow_yaml_that_looks_like_json_is_yaml),
		cmocka_unit_test(own_keys_win_over_merged_ones_wherever_they_stand),
		cmocka_unit_test(values_behind_aliases_are_apart),
		cmocka_unit_test(text_that_is_no_utf8_is_refused),
		cmocka_unit_test(aliases_of_aliases_are_refused_at_once),
		cmocka_unit_test(nesting_has_an_end),
		cmocka_unit_test(aliases_do_not_get_around_the_depth),
		cmocka_unit_test(size_and_number_have_an_end),
		cmocka_unit_test(many_directives_are_refused_at_once),
		cmocka_unit_test(text_cut_off_anywhere_does_no_harm),
		cmocka_unit_test(byte_changed_anywhere_does_no_harm),
		cmocka_unit_test(every_string_is_read_back),
		cmocka_unit_test(keys_stand_in_the_order_of_kubernetes_tooling),
		cmocka_unit_test(output_is_appended_and_has_no_marks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
