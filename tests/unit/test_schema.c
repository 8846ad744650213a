/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What becomes of objects under another schema: text cases (tests/unit/data/schema/README).
 * "--dump" prints them as JSON, for a suite that puts them to a real server.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "cases.h"
#include "engine/judge/schema/schema.h"

static json_t *with_spec(json_t *spec)
{
	return json_pack("{s:s, s:{s:O}}", "type", "object", "properties", "spec", spec);
}

/* Paths without the "spec." that all have. */
static const char *below_spec(const char *path)
{
	return strcmp(path, "spec") == 0 ? "" : has_prefix(path, "spec.") ? path + 5 : path;
}

static char *line_of(const struct schema_finding *f)
{
	return xasprintf("%s %s %s (%s)%s%s", schema_class_name(f->class), f->rule,
		below_spec(f->path), below_spec(f->part), f->value ? " " : "",
		f->value ? f->value : "");
}

static void judge_with(struct schema_judge *judge, const json_t *old, const json_t *new,
	const json_t *object, struct schema_findings *found)
{
	schema_node_auto *from = schema_node_new(old), *to = schema_node_new(new);

	schema_judge(judge, from, to, object, found);
}

/* What two schemas have in common is no matter. */
static void assert_same_when_reduced(struct schema_judge *judge, json_t *old, json_t *new,
	const json_t *object, const struct schema_findings *found)
{
	schema_findings_auto again = { 0 };

	json_incref(old);
	json_incref(new);
	schema_reduce(&old, &new);
	judge_with(judge, old, new, object, &again);
	json_decref(old);
	json_decref(new);
	assert_int_equal(again.n, found->n);
	for (size_t i = 0; i < again.n; i++) {
		char_auto *one = line_of(&found->items[i]), *other = line_of(&again.items[i]);

		assert_string_equal(one, other);
		assert_string_equal(found->items[i].field, again.items[i].field);
	}
}

static void run_case(void **state)
{
	const json_t *c = *state, *expect = json_object_get(c, "expect");
	const json_t *schema = json_object_get(c, "schema");
	json_auto_t *old = with_spec(json_array_get(schema, 0));
	json_auto_t *new = with_spec(json_array_get(schema, 1));
	json_auto_t *object = json_pack("{s:s, s:s, s:{s:s}, s:O}", "apiVersion", "example.test/v1",
		"kind", "Case", "metadata", "name", "a", "spec", json_object_get(c, "spec"));
	json_auto_t *before = json_deep_copy(object);
	struct schema_judge judge = { .ratchets = !json_is_false(json_object_get(c, "ratchets")) };
	schema_findings_auto found = { 0 };
	buf_auto all = { 0 };
	bool as_expected = true;

	judge_with(&judge, old, new, object, &found);
	assert_same_when_reduced(&judge, old, new, object, &found);
	for (size_t i = 0; i < found.n; i++) {
		const char *wanted = json_string_value(json_array_get(expect, i));
		char_auto *line = line_of(&found.items[i]);

		as_expected = as_expected && wanted && has_prefix(line, wanted);
		buf_printf(&all, "%s\n", line);
	}
	schema_judge_release(&judge);
	assert_true(json_equal(before, object));
	if (!as_expected || found.n != json_array_size(expect))
		fail_msg("findings are:\n%s", buf_str(&all));
}

static const char *check_form(const json_t *c)
{
	const char *stray = stray_key(c, " case schema spec ratchets expect server ");

	return stray ? stray : json_is_array(json_object_get(c, "expect")) ? NULL : "lacks expect";
}

static int dump(void)
{
	json_auto_t *all = json_array();
	buf_auto text = { 0 };

	for (size_t i = 0; i < n_cases; i++)
		json_array_append(all, cases[i].initial_state);
	json_write(&text, all, JSON_STYLE_INDENT);
	puts(buf_str(&text));
	return 0;
}
/* What a hostile object could do to a report. */
static void an_object_has_at_most_so_many_findings(void **state)
{
	json_auto_t *many = json_object(), *old, *new, *object;
	struct schema_judge judge = { 0 };
	schema_findings_auto found = { 0 };

	(void)state;
	for (int i = 0; i < 2 * SCHEMA_FINDINGS_MAX; i++) {
		char_auto *key = xasprintf("k%d", i);

		json_object_set_new(many, key, json_true());
	}
	old = json_pack("{s:b}", "x-kubernetes-preserve-unknown-fields", 1);
	new = json_pack("{s:s}", "type", "object");
	object = json_pack("{s:O}", "spec", many);
	json_object_update(object, many);
	judge_with(&judge, old, new, object, &found);
	assert_int_equal(found.n, SCHEMA_FINDINGS_MAX);
	assert_true(found.cut > SCHEMA_FINDINGS_MAX / 2 && found.severe_cut);
	schema_judge_release(&judge);
}

/* Policies of hundreds of rules: what nobody knows of them does not hide what is known. */
static void many_unknown_findings_hide_no_severe_one(void **state)
{
	static const size_t sizes[] = { 340, 2000 };
	json_auto_t *old = json_pack("{s:s, s:{s:{s:s, s:{s:s}}}}", "type", "object", "properties",
		"rules", "type", "array", "items", "type", "object");
	json_auto_t *new = json_deep_copy(old);
	json_t *items = (json_t *)(uintptr_t)json_at(new, "properties", "rules", "items", NULL);

	(void)state;
	json_object_set_new(items, "x-kubernetes-validations",
		json_pack("[{s:s}, {s:s}, {s:s}, {s:s}]", "rule", "later.a(self)", "rule",
			"later.b(self)", "rule", "later.c(self)", "rule", "has(self.x)"));
	json_object_set_new(new, "required", json_pack("[s]", "order"));
	json_auto_t *old_object = with_spec(old), *new_object = with_spec(new);

	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		json_auto_t *object = json_pack("{s:{s:[]}}", "spec", "rules");
		json_t *rules = (json_t *)(uintptr_t)json_at(object, "spec", "rules", NULL);
		struct schema_judge judge = { .ratchets = true };
		schema_findings_auto found = { 0 };

		for (size_t k = 0; k < sizes[i]; k++)
			json_array_append_new(rules, json_object());
		judge_with(&judge, old_object, new_object, object, &found);
		assert_int_equal(found.items[0].class, SCHEMA_ANY_CHANGE);
		assert_string_equal(found.items[0].path, "spec.order");
		assert_int_equal(found.n, 1 + sizes[i] + 3);
		assert_int_equal(found.cut, 0);
		for (size_t k = 0; k < 3; k++)
			assert_int_equal(
				found.items[found.n - 1 - k].class, SCHEMA_NOT_EVALUATED);
		schema_judge_release(&judge);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_unknown_findings_hide_no_severe_one),
		cmocka_unit_test(an_object_has_at_most_so_many_findings),
	};

	add_cases("schema", run_case, check_form);
	if (argc == 2 && strcmp(argv[1], "--dump") == 0)
		return dump();
	return cases_run("schema", tests, ARRAY_LEN(tests));
}
