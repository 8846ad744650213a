/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The planner on text cases: every document of tests/plan/\*.case is one test. tests/plan/README
 * says what a case can say.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/yaml.h"
#include "engine/plan.h"

static json_t *base; /* borrowed from loaded, as the cases are */
static json_t *loaded;

static json_t *load(const char *path)
{
	err_auto e = { 0 };
	buf_auto text = { 0 };
	json_t *documents = NULL;

	if (buf_read_file(&text, path, YAML_MAX_BYTES, &e) == 0)
		documents = yaml_load(path, buf_str(&text), text.len, &e);
	if (!documents) {
		fprintf(stderr, "%s\n", e.msg);
		exit(1);
	}
	json_array_append_new(loaded, documents);
	return documents;
}

/* RFC 7386. */
static json_t *merge_patch(json_t *target, const json_t *patch)
{
	json_t *result = json_is_object(target) ? json_copy(target) : json_object(), *value;
	const char *key;

	if (!json_is_object(patch)) {
		json_decref(result);
		return json_deep_copy(patch);
	}
	json_object_foreach((json_t *)(uintptr_t)patch, key, value)
		if (json_is_null(value))
			json_object_del(result, key);
		else
			json_object_set_new(
				result, key, merge_patch(json_object_get(result, key), value));
	return result;
}

/* RFC 6901; NULL where there is nothing. */
static const json_t *pointer(const json_t *value, const char *path)
{
	while (value && *path == '/') {
		size_t n = strcspn(++path, "/");
		char_auto *token = xstrndup(path, n);

		for (char *p = token; (p = strstr(p, "~1")); p++) {
			*p = '/';
			memmove(p + 1, p + 2, strlen(p + 2) + 1);
		}
		value = json_is_array(value) ? json_array_get(value, (size_t)atoi(token)) :
					       json_object_get(value, token);
		path += n;
	}
	return value;
}

static char *text_of(const json_t *value)
{
	struct buf text = { 0 };

	if (value)
		json_write(&text, value, JSON_STYLE_SORT);
	return value ? buf_steal(&text) : xstrdup("nothing");
}

static void expect_strings(const char *what, const json_t *wanted, const json_t *got)
{
	const json_t *text, *line;
	size_t i, k;

	json_array_foreach(wanted, i, text) {
		bool found = false;

		json_array_foreach(got, k, line)
			found = found || strstr(json_string_value(line), json_string_value(text));
		if (!found) {
			char_auto *all = text_of(got);

			fail_msg("%s lack \"%s\": %s", what, json_string_value(text), all);
		}
	}
	if (wanted && json_array_size(wanted) != json_array_size(got)) {
		char_auto *all = text_of(got);

		fail_msg("%s are %zu and not %zu: %s", what, json_array_size(got),
			json_array_size(wanted), all);
	}
}

static void expect_target(const json_t *wanted, const json_t *target)
{
	const char *path;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)wanted, path, value) {
		const json_t *got = pointer(target, path);
		bool same = json_is_null(value) ? !got : got && json_same(got, value);
		char_auto *want_text = text_of(value), *got_text = text_of(got);

		if (!same)
			fail_msg("target%s is %s, not %s", path, got_text, want_text);
	}
}

static void run_case(void **state)
{
	const json_t *c = *state, *expect = json_object_get(c, "expect");
	const json_t *live_patch = json_object_get(c, "live");
	const json_t *answer = json_object_get(c, "answer");
	const json_t *desired_patch = json_object_get(c, "desired");
	struct plan_options options = { .prose = json_is_true(json_object_get(c, "prose")) };
	json_auto_t *desired = json_array(), *live = json_object();
	json_t *none = json_object();
	plan_auto p = { 0 };

	json_array_append_new(desired, merge_patch(base, desired_patch ? desired_patch : none));
	if (live_patch)
		json_object_set_new(live, "widgets.example.test", merge_patch(base, live_patch));
	plan_make(&p, desired, live, json_object_get(c, "served"), &options);
	if (answer) {
		json_auto_t *answered = merge_patch(base, answer);

		plan_judge(&p.items[0], answered, &options);
	}
	json_decref(none);
	assert_string_equal(plan_verdict_name(p.items[0].verdict), json_str(expect, "verdict"));
	expect_strings("reasons", json_object_get(expect, "reasons"), p.items[0].reasons);
	expect_strings("changes", json_object_get(expect, "changes"), p.items[0].changes);
	expect_target(json_object_get(expect, "target"), p.items[0].target);
}

static struct CMUnitTest *tests;
static size_t n_tests;

static void add_file(const char *path)
{
	json_t *documents = load(path), *c;
	size_t i;

	json_array_foreach(documents, i, c) {
		if (!json_str(c, "case") || !json_str(json_object_get(c, "expect"), "verdict")) {
			fprintf(stderr, "%s: document %zu lacks case or expect.verdict\n", path,
				i + 1);
			exit(1);
		}
		tests = xrealloc(tests, n_tests + 1, sizeof(*tests));
		tests[n_tests++] = (struct CMUnitTest){ .name = json_str(c, "case"),
			.test_func = run_case,
			.initial_state = c };
	}
}

int main(void)
{
	const char *dir = getenv("TESTS_DIR");
	char_auto *base_path = xasprintf("%s/plan/base.yaml", dir ? dir : "tests");
	char_auto *pattern = xasprintf("%s/plan/*.case", dir ? dir : "tests");
	glob_t files;

	loaded = json_array();
	base = json_array_get(load(base_path), 0);
	if (glob(pattern, 0, NULL, &files) != 0) {
		fprintf(stderr, "%s: no case\n", pattern);
		return 1;
	}
	for (size_t i = 0; i < files.gl_pathc; i++)
		add_file(files.gl_pathv[i]);
	globfree(&files);
	int failed = _cmocka_run_group_tests("plan", tests, n_tests, NULL, NULL);

	json_decref(loaded);
	free(tests);
	return failed;
}
