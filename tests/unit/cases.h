/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text cases: files of YAML documents, each of them one test. Included behind cmocka.h by one file
 * a test program, which ends with cases_run.
 */
#ifndef TESTS_UNIT_CASES_H
#define TESTS_UNIT_CASES_H

#include <glob.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/yaml.h"

static json_t *cases_loaded;
static struct CMUnitTest *cases;
static size_t n_cases;

/* The documents of a file; borrowed until cases_run ends. */
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
	if (!cases_loaded)
		cases_loaded = json_array();
	json_array_append_new(cases_loaded, documents);
	return documents;
}

__attribute__((unused)) static json_t *load_base(const char *dir)
{
	const char *tests = getenv("TESTS_DIR");
	char_auto *path = xasprintf("%s/unit/data/%s/base.yaml", tests ? tests : "tests", dir);

	return json_array_get(load(path), 0);
}

/* RFC 7386. */
__attribute__((unused)) static json_t *merge_patch(json_t *target, const json_t *patch)
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

/* A key that nothing reads would be a claim that nothing checks. */
static const char *stray_key(const json_t *object, const char *known)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)object, key, value) {
		char_auto *word = xasprintf(" %s ", key);

		if (!strstr(known, word))
			return key;
	}
	return NULL;
}

/* Every document of DIR/\*.case; check says what is wrong with the form of one, or NULL. */
static void add_cases(
	const char *dir, CMUnitTestFunction run, const char *(*check)(const json_t *c))
{
	const char *tests = getenv("TESTS_DIR");
	char_auto *pattern = xasprintf("%s/unit/data/%s/*.case", tests ? tests : "tests", dir);
	glob_t files;

	if (glob(pattern, 0, NULL, &files) != 0) {
		fprintf(stderr, "%s: no case\n", pattern);
		exit(1);
	}
	for (size_t i = 0; i < files.gl_pathc; i++) {
		json_t *documents = load(files.gl_pathv[i]), *c;
		size_t k;

		json_array_foreach(documents, k, c) {
			const char *wrong = json_str(c, "case") ? check(c) : "lacks its case";

			if (wrong) {
				fprintf(stderr, "%s: document %zu: %s\n", files.gl_pathv[i], k + 1,
					wrong);
				exit(1);
			}
			cases = xrealloc(cases, n_cases + 1, sizeof(*cases));
			cases[n_cases++] = (struct CMUnitTest){
				.name = json_str(c, "case"), .test_func = run, .initial_state = c
			};
		}
	}
	globfree(&files);
}

/* The cases, and further tests of the program's own. */
static int cases_run(const char *group, const struct CMUnitTest *tests, size_t n)
{
	cases = xrealloc(cases, n_cases + n, sizeof(*cases));
	for (size_t i = 0; i < n; i++)
		cases[n_cases++] = tests[i];
	int failed = _cmocka_run_group_tests(group, cases, n_cases, NULL, NULL);

	json_decref(cases_loaded);
	free(cases);
	return failed;
}

#endif
