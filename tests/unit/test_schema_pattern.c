/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns against what Go's regexp says of them (tests/unit/data/schema/patterns.go). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "engine/judge/schema/pattern.h"
#include "manifest/source.h"
#include "manifest/surface.h"

static json_t *table;
static struct schema_patterns cache;

static int load_table(void)
{
	const char *tests = getenv("TESTS_DIR");
	char_auto *path = xasprintf("%s/unit/data/schema/patterns.json", tests ? tests : "tests");
	buf_auto text = { 0 };
	err_auto e = { 0 };

	if (buf_read_file(&text, path, 1 << 20, &e) == 0)
		table = json_parse(buf_str(&text), text.len, &e);
	if (!table)
		fprintf(stderr, "%s\n", e.msg);
	return table ? 0 : -1;
}

static bool is_in(const json_t *list, const json_t *value)
{
	const json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
		if (json_equal(item, value))
			return true;
	return false;
}

/* slow: an input that Perl's way of matching may not get done with. */
static enum schema_match check_one(const json_t *row, const json_t *input, bool slow)
{
	const char *pattern = json_str(row, "pattern");
	enum schema_match wanted =
		is_in(json_object_get(row, "match"), input) ? SCHEMA_MATCH : SCHEMA_NO_MATCH;
	enum schema_match got = schema_pattern_match(
		&cache, pattern, json_string_value(input), json_string_length(input));

	if (json_is_true(json_object_get(row, "notEvaluated")))
		wanted = SCHEMA_MATCH_UNKNOWN;
	if (got != wanted && !(slow && got == SCHEMA_MATCH_UNKNOWN))
		fail_msg("%s on \"%s\": %d instead of %d", pattern, json_string_value(input), got,
			wanted);
	return got;
}

static void every_verdict_is_the_one_of_go(void **state)
{
	const json_t *row, *input;
	size_t i, k, n = 0;

	(void)state;
	json_array_foreach(json_object_get(table, "patterns"), i, row)
		json_array_foreach(json_object_get(table, "inputs"), k, input) {
			check_one(row, input, false);
			n++;
		}
	assert_true(n > 5000);
}

static void a_match_that_backtracks_without_end_is_not_evaluated(void **state)
{
	const json_t *row, *input;
	size_t i, k, unknown = 0;

	(void)state;
	json_array_foreach(json_object_get(table, "patterns"), i, row)
		json_array_foreach(json_object_get(table, "slow"), k, input)
			if (!json_is_true(json_object_get(row, "notEvaluated")))
				unknown += check_one(row, input, true) == SCHEMA_MATCH_UNKNOWN;
	assert_true(unknown > 0);
}

static void a_pattern_that_go_refuses_is_never_judged(void **state)
{
	const json_t *row;
	size_t i;

	(void)state;
	json_array_foreach(json_object_get(table, "patterns"), i, row)
		if (json_is_true(json_object_get(row, "invalid")))
			assert_int_equal(
				schema_pattern_match(&cache, json_str(row, "pattern"), "a", 1),
				SCHEMA_MATCH_UNKNOWN);
}

/* The embedded surfaces */

static bool is_known(const char *pattern)
{
	const json_t *row;
	size_t i;

	json_array_foreach(json_object_get(table, "patterns"), i, row)
		if (strcmp(json_str(row, "pattern"), pattern) == 0)
			return !json_is_true(json_object_get(row, "notEvaluated"));
	return false;
}

static void collect(json_t *found, const json_t *value)
{
	const json_t *member;
	const char *key;
	size_t i;

	json_array_foreach(value, i, member)
		collect(found, member);
	json_object_foreach((json_t *)(uintptr_t)value, key, member)
		if (strcmp(key, "pattern") == 0 && json_is_string(member))
			json_object_set_new(found, json_string_value(member), json_true());
		else
			collect(found, member);
}

static void every_pattern_of_every_surface_is_in_the_table(void **state)
{
	json_auto_t *found = json_object();
	struct catalog catalog = { 0 };
	struct surfaces surfaces = { 0 };
	err_auto e = { 0 };
	const char *pattern;
	json_t *unused;

	(void)state;
	assert_int_equal(source_catalog(&catalog, &e), 0);
	assert_int_equal(source_surfaces(&surfaces, &catalog, &e), 0);
	for (size_t i = 0; i < surfaces.n; i++) {
		const struct release *r = catalog_find(
			&catalog, surfaces.items[i].set, surfaces.items[i].version, &e);
		source_auto s = { 0 };

		assert_non_null(r);
		assert_int_equal(source_embedded(&s, r, surfaces.items[i].set, &e), 0);
		collect(found, s.crds);
	}
	json_object_foreach(found, pattern, unused)
		if (!is_known(pattern))
			fail_msg("not in tests/unit/data/schema/patterns.json: %s", pattern);
	assert_true(json_object_size(found) >= 1);
	surfaces_release(&surfaces);
	catalog_release(&catalog);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_verdict_is_the_one_of_go),
		cmocka_unit_test(a_match_that_backtracks_without_end_is_not_evaluated),
		cmocka_unit_test(a_pattern_that_go_refuses_is_never_judged),
		cmocka_unit_test(every_pattern_of_every_surface_is_in_the_table),
	};
	int rc = load_table() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);

	schema_patterns_release(&cache);
	json_decref(table);
	return rc;
}
