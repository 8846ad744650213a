/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The planner on text cases: every document of tests/unit/data/plan/\*.case is one test.
 * tests/unit/data/plan/README says what a case can say.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "cases.h"
#include "engine/judge/plan.h"
#include "manifest/crd.h"

static json_t *base; /* borrowed from the cases */

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
		value = json_is_array(value) ? json_array_get(value, (size_t)atoi(token))
					     : json_object_get(value, token);
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

static int by_name(const void *a, const void *b)
{
	return strcmp(crd_name(*(json_t *const *)a), crd_name(*(json_t *const *)b));
}

/* The CRD of the case and those beside it, sorted by name as plan_make wants them. */
static json_t *desired_crds(const json_t *c)
{
	const json_t *patch = json_object_get(c, "desired"), *beside = json_object_get(c, "beside");
	size_t n = json_array_size(beside) + 1;
	json_t **crds = xcalloc(n, sizeof(json_t *)), *sorted = json_array();
	json_auto_t *none = json_object();

	crds[0] = merge_patch(base, patch ? patch : none);
	for (size_t i = 1; i < n; i++)
		crds[i] = merge_patch(base, json_array_get(beside, i - 1));
	qsort(crds, n, sizeof(json_t *), by_name);
	for (size_t i = 0; i < n; i++)
		json_array_append_new(sorted, crds[i]);
	free(crds);
	return sorted;
}

static struct plan_item *item_of(struct plan *p, const char *name)
{
	for (size_t i = 0; i < p->n; i++)
		if (strcmp(p->items[i].name, name) == 0)
			return &p->items[i];
	fail_msg("the plan has no %s", name);
	return NULL;
}

/* release -> which of the two CRDs it has, newest first. */
static void make_surfaces(
	struct surfaces *s, const json_t *releases, const json_t *desired, const json_t *live)
{
	buf_auto text = { 0 };
	err_auto e = { 0 };
	const char *release;
	json_t *side;

	json_object_foreach((json_t *)(uintptr_t)releases, release, side) {
		if (strcmp(json_string_value(side), "neither") == 0)
			continue;
		const json_t *crd = strcmp(json_string_value(side), "live") == 0 ? live : desired;
		char hex[SHA256_HEX_SIZE];

		crd_fingerprint(crd, hex);
		if (strcmp(json_string_value(side), "neither") == 0)
			memset(hex, '0', sizeof(hex) - 1);
		buf_printf(&text, "%s crds %s %s %s\n", release, crd_name(crd), release, hex);
	}
	assert_int_equal(surfaces_parse(s, buf_str(&text), &e), 0);
}

static json_t *compat_lines(const struct compat *c)
{
	json_t *lines = json_array();

	for (size_t i = 0; i < c->n; i++)
		json_array_append_new(
			lines, json_sprintf("%s %s %s: %s", compat_class_name(c->items[i].class),
				       c->items[i].rule, c->items[i].path, c->items[i].text));
	return lines;
}

/* What happens to an item after the plan was made. */
static void go_on(struct plan_item *item, const json_t *c, const struct plan_options *options)
{
	const json_t *answer = json_object_get(c, "answer"), *again = json_object_get(c, "again");

	if (again) {
		json_auto_t *live = json_is_string(again) ? NULL : merge_patch(base, again);

		plan_again(item, live, options);
	}
	if (answer) {
		json_auto_t *answered = merge_patch(base, answer);

		plan_judge(item, answered, options);
		assert_true(item->judged);
	}
}

static void run_case(void **state)
{
	const json_t *c = *state, *expect = json_object_get(c, "expect");
	const json_t *live_patch = json_object_get(c, "live");
	const json_t *releases = json_object_get(c, "releases");
	const json_t *patch = json_object_get(c, "desired");
	json_auto_t *none = json_object(), *one = merge_patch(base, patch ? patch : none);
	json_auto_t *desired = desired_crds(c), *live = json_object();
	surfaces_auto surfaces = { 0 };
	plan_auto p = { 0 };

	if (live_patch)
		json_object_set_new(live, crd_name(one), merge_patch(base, live_patch));
	make_surfaces(&surfaces, releases, one, json_object_get(live, crd_name(one)));
	struct plan_options options = { .prose = json_is_true(json_object_get(c, "prose")),
		.allow_downgrade = json_is_true(json_object_get(c, "allowDowngrade")),
		.take_over = json_is_true(json_object_get(c, "takeOver")),
		.operator_manages = json_is_true(json_object_get(c, "operator")),
		.api_server = json_str(c, "apiServer"),
		.locked = json_str(c, "locked"),
		.kubernetes = json_str(c, "kubernetes"),
		.only_v3 = json_is_true(json_object_get(c, "onlyV3")),
		.held = json_object_get(c, "held"),
		.newer = json_str(c, "newer"),
		.surfaces = releases ? &surfaces : NULL };

	plan_make(&p, desired, live, json_object_get(c, "served"), &options);
	struct plan_item *item = item_of(&p, crd_name(one));

	go_on(item, c, &options);
	assert_string_equal(plan_verdict_name(item->verdict), json_str(expect, "verdict"));
	expect_strings("reasons", json_object_get(expect, "reasons"), item->reasons);
	json_auto_t *changes = crd_diff_lines(item->changes);

	expect_strings("changes", json_object_get(expect, "changes"), changes);
	json_auto_t *compat = compat_lines(&item->compat);

	expect_strings("compatibility", json_object_get(expect, "compatibility"), compat);
	expect_target(json_object_get(expect, "target"), item->target);
}

static const char *check_form(const json_t *c)
{
	const json_t *expect = json_object_get(c, "expect");
	const char *stray =
		stray_key(c, " case desired beside live served again answer prose releases "
			     "allowDowngrade takeOver operator apiServer locked kubernetes onlyV3 "
			     "held newer "
			     "expect ");

	if (!stray)
		stray = stray_key(expect, " verdict reasons changes compatibility target ");
	return stray ? stray : json_str(expect, "verdict") ? NULL : "lacks expect.verdict";
}

int main(void)
{
	base = load_base("plan");
	add_cases("plan", run_case, check_form);
	return cases_run("plan", NULL, 0);
}
