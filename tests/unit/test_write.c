/* SPDX-License-Identifier: Apache-2.0 */
/* What files of objects mean: text cases (tests/unit/data/write/README). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "calico/write/cross.h"
#include "calico/write/defaults.h"
#include "calico/write/input.h"
#include "calico/write/selector.h"
#include "calico/write/validate.h"
#include "calico/write/words.h"
#include "cases.h"

static struct write_target target_of(const json_t *c)
{
	const char *release = json_str(c, "release");

	return (struct write_target){ .release = release ? release : "v3.32.1",
		.etcd = json_is_true(json_object_get(c, "etcd")) };
}

/* "1 spec.cidr net", an object's number, the path and the rule of each finding. */
static void list_findings(json_t *list, size_t i, const struct write_findings *f)
{
	for (size_t k = 0; k < f->n; k++) {
		assert_true(*f->items[k].why != '\0');
		json_array_append_new(list,
			json_sprintf("%zu %s %s", i + 1, *f->items[k].path ? f->items[k].path : "-",
				f->items[k].rule));
	}
}

static void expect_same(const json_t *given, const json_t *wanted)
{
	buf_auto a = { 0 }, b = { 0 };

	json_write(&a, given, JSON_STYLE_COMPACT | JSON_STYLE_SORT);
	json_write(&b, wanted, JSON_STYLE_COMPACT | JSON_STYLE_SORT);
	assert_string_equal(buf_str(&a), buf_str(&b));
}

static void judge(const json_t *c, struct write_object *o, const struct write_target *t)
{
	const json_t *stored = json_object_get(c, "stored");
	const json_t *old = json_object_get(c, "old");
	struct cross_store store = { .pools = json_object_get(stored, "pools"),
		.tiers = json_object_get(stored, "tiers"),
		.filters = json_object_get(stored, "filters"),
		.blocks = json_object_get(stored, "blocks"),
		.peers = json_object_get(stored, "peers"),
		.policies = json_object_get(stored, "policies") };

	if (o->stored || o->findings.n > 0)
		return;
	defaults_apply(o->kind, o->object, t);
	json_auto_t *once = json_deep_copy(o->object);

	defaults_apply(o->kind, o->object, t);
	expect_same(o->object, once); /* a second time changes nothing */
	if (json_is_true(json_object_get(c, "delete"))) {
		cross_delete(o->kind, o->object, &store, t, &o->findings);
		return;
	}
	validate_object(o->kind, o->object, t, &o->findings);
	if (old)
		cross_update(o->kind, o->object, old, &store, t, &o->findings);
	else
		cross_create(o->kind, o->object, &store, t, &o->findings);
}

static void run_objects(const json_t *c)
{
	struct input_options o = { .target = target_of(c), .namespace = json_str(c, "namespace"),
		.skip_empty = json_is_true(json_object_get(c, "skip-empty")) };
	json_auto_t *ids = json_array(), *findings = json_array(), *none = json_array();
	const json_t *wanted = json_object_get(c, "findings"), *spec = json_object_get(c, "spec");
	const char *text = json_str(c, "text"), *refused = json_str(c, "refused");
	input_auto in = { 0 };
	err_auto e = { 0 };
	int rc = input_text(&in, "f.yaml", text, strlen(text), &o, &e);

	if (refused) {
		assert_int_equal(rc, -1);
		assert_non_null(strstr(e.msg, refused));
		return;
	}
	assert_int_equal(rc, 0);
	for (size_t i = 0; i < in.n; i++) {
		char_auto *id = input_id(&in.objects[i]);

		json_array_append_new(ids, json_string(id));
		judge(c, &in.objects[i], &o.target);
		list_findings(findings, i, &in.objects[i].findings);
	}
	if (json_object_get(c, "objects"))
		expect_same(ids, json_object_get(c, "objects"));
	expect_same(findings, wanted ? wanted : none);
	if (spec)
		expect_same(json_object_get(in.objects[0].object, "spec"), spec);
	if (json_object_get(c, "metadata"))
		expect_same(json_object_get(in.objects[0].object, "metadata"),
			json_object_get(c, "metadata"));
}

static void run_selector(const json_t *c)
{
	const json_t *text = json_object_get(c, "selector");
	const char *refused = json_str(c, "refused");
	struct selector s;
	err_auto e = { 0 };
	int rc = selector_parse(&s, json_string_value(text), json_string_length(text), &e);

	if (refused)
		assert_string_equal(e.msg ? e.msg : "accepted", refused);
	else
		assert_string_equal(rc == 0 ? "" : e.msg, "");
}

static void run_regexps(const json_t *c)
{
	static const char *const keys[] = { "compile", "fail" };
	const json_t *item;
	const char *why = "";
	size_t i;

	for (size_t k = 0; k < 2; k++)
		json_array_foreach(json_object_get(c, keys[k]), i, item)
			if (word_is_regexp(json_string_value(item), &why) != (k == 0))
				fail_msg("%s: %s", json_string_value(item), why);
}

static void run_case(void **state)
{
	const json_t *c = *state;

	if (json_object_get(c, "selector"))
		run_selector(c);
	else if (json_object_get(c, "compile"))
		run_regexps(c);
	else
		run_objects(c);
}

static const char *check_form(const json_t *c)
{
	const char *stray = stray_key(c, " case release etcd namespace skip-empty text refused "
					 "objects findings spec metadata stored old delete "
					 "selector compile fail ");

	if (stray)
		return stray;
	if (json_object_get(c, "selector") || json_object_get(c, "compile"))
		return NULL;
	return json_str(c, "text") ? NULL : "lacks its text";
}

static void a_selector_has_limits(void **state)
{
	char *text = xcalloc(SELECTOR_MAX_BYTES + 2, 1);
	struct selector s;
	err_auto e = { 0 };

	(void)state;
	memset(text, '(', 1000);
	assert_int_equal(selector_parse(&s, text, 1000, &e), -1);
	assert_non_null(strstr(e.msg, "more than 100 parentheses"));
	err_release(&e);
	memset(text, '!', SELECTOR_MAX_BYTES + 1);
	assert_int_equal(selector_parse(&s, text, SELECTOR_MAX_BYTES + 1, &e), -1);
	memcpy(text + SELECTOR_MAX_BYTES - 6, "has(a)", 6);
	assert_int_equal(selector_parse(&s, text, SELECTOR_MAX_BYTES, &e), 0);
	free(text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = { cmocka_unit_test(a_selector_has_limits) };

	add_cases("write", run_case, check_form);
	return cases_run("write", tests, ARRAY_LEN(tests));
}
