/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What changes of a CRD mean: text cases (tests/unit/data/compat/README), and the embedded
 * surfaces, each against the next one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "cases.h"
#include "engine/judge/compat.h"
#include "manifest/crd.h"
#include "manifest/source.h"
#include "manifest/surface.h"

#define SPEC "spec.versions[v1].schema.openAPIV3Schema.properties.spec"

static json_t *base; /* borrowed from the cases */

static json_t *with_schema(json_t *schema)
{
	return json_pack("{s:O, s:{s:s, s:s, s:O, s:[{s:s, s:b, s:b, s:{s:{s:s, s:{s:O}}}}]}}",
		"metadata", json_object_get(base, "metadata"), "spec", "group", "example.test",
		"scope", "Cluster", "names", json_at(base, "spec", "names", NULL), "versions",
		"name", "v1", "served", 1, "storage", 1, "schema", "openAPIV3Schema", "type",
		"object", "properties", "spec", schema);
}

static json_t *side_of(const json_t *c, size_t side)
{
	const json_t *schemas = json_object_get(c, "schema");
	const json_t *patch = json_object_get(c, side == 0 ? "live" : "desired");
	json_auto_t *none = json_object();

	if (schemas)
		return with_schema(json_array_get(schemas, side));
	return merge_patch(base, patch ? patch : none);
}

static char *line_of(const struct compat_change *change)
{
	const char *path = change->path;

	if (has_prefix(path, SPEC) && path[strlen(SPEC)] == '.')
		path += strlen(SPEC) + 1;
	return xasprintf(
		"%s %s %s: %s", compat_class_name(change->class), change->rule, path, change->text);
}

static void run_case(void **state)
{
	const json_t *c = *state, *expect = json_object_get(c, "expect");
	json_auto_t *from = side_of(c, 0), *to = side_of(c, 1);
	compat_auto compat = { 0 };
	buf_auto all = { 0 };
	bool as_expected = true;

	compat_compare(&compat, from, to);
	for (size_t i = 0; i < compat.n; i++) {
		const char *wanted = json_string_value(json_array_get(expect, i));
		char_auto *line = line_of(&compat.items[i]);

		as_expected = as_expected && wanted && has_prefix(line, wanted);
		buf_printf(&all, "%s\n", line);
		assert_true(
			(compat.items[i].class == COMPAT_SAFE) == (compat.items[i].advice == NULL));
	}
	if (!as_expected || compat.n != json_array_size(expect))
		fail_msg("changes are:\n%s", buf_str(&all));
}

static const char *check_form(const json_t *c)
{
	const char *stray = stray_key(c, " case schema live desired expect ");

	return stray ? stray : json_is_array(json_object_get(c, "expect")) ? NULL : "lacks expect";
}

/* The embedded surfaces */

static struct catalog catalog;
static struct surfaces surfaces;

static int open_surfaces(void)
{
	err_auto e = { 0 };

	if (source_catalog(&catalog, &e) == 0 && source_surfaces(&surfaces, &catalog, &e) == 0)
		return 0;
	fprintf(stderr, "%s\n", e.msg);
	return -1;
}

static void read_surface(struct source *s, const char *version)
{
	err_auto e = { 0 };
	const struct release *r = catalog_find(&catalog, SET_CRDS, version, &e);

	assert_non_null(r);
	assert_int_equal(source_embedded(s, r, SET_CRDS, &e), 0);
}

/*
 * A change that crd_diff finds is about the place of a change, or about all of what the change is
 * part of. The enums of an allOf are taken for the enum beside it.
 */
static bool is_covered(const struct compat *c, const json_t *change)
{
	static const char all_of[] = ".allOf", values[] = ".enum";
	const char *given = json_str(change, "path");
	size_t n = strlen(given);
	char_auto *path = has_suffix(given, all_of)
				  ? xasprintf("%.*s%s", (int)(n - strlen(all_of)), given, values)
				  : xstrdup(given);

	n = strlen(path);
	for (size_t i = 0; i < c->n; i++) {
		const char *other = c->items[i].path;
		size_t m = strlen(other), shorter = m < n ? m : n;
		char next = (m > n ? other : path)[shorter];

		if (strncmp(path, other, shorter) == 0 && (next == '.' || !next))
			return true;
	}
	return false;
}

static void compare_crds(const json_t *from, const json_t *to)
{
	json_auto_t *diff = crd_diff(from, to);
	const json_t *line;
	compat_auto c = { 0 };
	size_t i;

	compat_compare(&c, from, to);
	assert_true((c.n == 0) == (json_array_size(diff) == 0));
	json_array_foreach(diff, i, line)
		if (!is_covered(&c, line))
			fail_msg("%s: not classed: %s", crd_name(from), json_str(line, "path"));
	for (i = 0; i < c.n; i++)
		if (strcmp(c.items[i].rule, "not-understood") == 0)
			fail_msg("%s: %s: %s", crd_name(from), c.items[i].path, c.items[i].text);
}

static void every_change_between_neighbours_is_classed_and_understood(void **state)
{
	(void)state;
	assert_true(surfaces.n >= 2);
	for (size_t i = 0; i + 1 < surfaces.n; i++) {
		source_auto newer = { 0 }, older = { 0 };
		const json_t *crd;
		size_t k;

		read_surface(&newer, surfaces.items[i].version);
		read_surface(&older, surfaces.items[i + 1].version);
		json_array_foreach(older.crds, k, crd) {
			const json_t *other = crd_find(newer.crds, crd_name(crd));

			if (!other)
				continue;
			compare_crds(crd, other);
			compare_crds(other, crd);
		}
	}
}

struct tally {
	struct {
		const char *rule;
		const char *key; /* the end of the path; NULL: any */
		size_t n;
	} rows[8];
};

static void count(struct tally *t, const struct compat_change *change)
{
	for (size_t i = 0; i < ARRAY_LEN(t->rows) && t->rows[i].rule; i++)
		if (strcmp(change->rule, t->rows[i].rule) == 0 &&
			(!t->rows[i].key || has_suffix(change->path, t->rows[i].key)))
			t->rows[i].n++;
}

static void from_v3_31_to_v3_32_counts_are_what_was_measured(void **state)
{
	source_auto older = { 0 }, newer = { 0 };
	struct tally t = { { { "enum-tightened", NULL, 0 }, { "range-tightened", ".minimum", 0 },
		{ "length-tightened", NULL, 0 }, { "items-tightened", ".maxItems", 0 },
		{ "field-removed", NULL, 0 } } };
	size_t i, removed = 0;
	const json_t *crd;

	(void)state;
	read_surface(&older, "v3.31");
	read_surface(&newer, "v3.32.0");
	json_array_foreach(older.crds, i, crd) {
		const json_t *other = crd_find(newer.crds, crd_name(crd));
		compat_auto c = { 0 };

		if (!other) {
			removed++;
			continue;
		}
		compat_compare(&c, crd, other);
		for (size_t k = 0; k < c.n; k++)
			count(&t, &c.items[k]);
	}
	assert_int_equal(removed, 2);
	/* 74 enum keywords; seven of them only say in another way what three fields have. */
	assert_int_equal(t.rows[0].n, 67);
	assert_int_equal(t.rows[1].n, 38);
	assert_int_equal(t.rows[2].n, 28);
	assert_int_equal(t.rows[3].n, 22);
	assert_int_equal(t.rows[4].n, 5); /* two of them of IP pools */
}

static void a_crd_is_compatible_with_itself(void **state)
{
	compat_auto c = { 0 };

	(void)state;
	compat_compare(&c, base, base);
	assert_int_equal(c.n, 0);
	assert_int_equal(compat_worst(&c), COMPAT_SAFE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_crd_is_compatible_with_itself),
		cmocka_unit_test(every_change_between_neighbours_is_classed_and_understood),
		cmocka_unit_test(from_v3_31_to_v3_32_counts_are_what_was_measured),
	};

	if (open_surfaces() < 0)
		return 1;
	base = load_base("compat");
	add_cases("compat", run_case, check_form);
	int failed = cases_run("compat", tests, ARRAY_LEN(tests));

	catalog_release(&catalog);
	surfaces_release(&surfaces);
	return failed;
}
