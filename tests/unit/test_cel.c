/* SPDX-License-Identifier: Apache-2.0 */
/* What CEL rules give: text cases (tests/unit/data/cel/README), and the bounds of an evaluation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "cases.h"
#include "engine/judge/cel/cel.h"

static json_t *schema;

/* "true", "error", "unknown WHY"; the caller's. */
static char *judge(const char *rule, const json_t *self, const json_t *old, bool optional)
{
	static const char *const words[] = { [CEL_TRUE] = "true", [CEL_FALSE] = "false",
		[CEL_ERROR] = "error", [CEL_UNKNOWN] = "unknown" };
	schema_node_auto *node = schema_node_new(schema);
	struct schema_patterns patterns = { 0 };
	size_t steps = CEL_STEPS_MAX;
	struct cel_program *program = cel_program_new(rule);
	struct cel_input input = { .self = self, .old_self = old, .schema = node,
		.optional_old_self = optional, .patterns = &patterns, .steps = &steps };
	char_auto *why = NULL;
	enum cel_verdict verdict = cel_judge(program, &input, &why);

	assert_true((verdict == CEL_ERROR || verdict == CEL_UNKNOWN) == (why != NULL));
	cel_program_free(program);
	schema_patterns_release(&patterns);
	return xasprintf("%s%s%s", words[verdict], verdict == CEL_UNKNOWN ? " " : "",
		verdict == CEL_UNKNOWN ? why : "");
}

static void run_case(void **state)
{
	const json_t *c = *state, *expect = json_object_get(c, "expect");
	char_auto *given = judge(json_str(c, "rule"), json_object_get(c, "self"),
		json_object_get(c, "old"), json_is_true(json_object_get(c, "optional")));
	const char *wanted = json_is_true(expect)    ? "true"
			     : json_is_false(expect) ? "false"
						     : json_string_value(expect);

	assert_string_equal(given, wanted);
}

static const char *check_form(const json_t *c)
{
	const char *stray = stray_key(c, " case rule self old optional expect ");

	return stray ? stray : json_str(c, "rule") && json_object_get(c, "self") ? NULL : "lacks";
}

/* Lists of lists of lists: what would take an hour and all memory ends at once. */
static void an_evaluation_has_bounds(void **state)
{
	json_auto_t *self = json_pack("{s:[i,i,i,i,i]}", "li", 1, 2, 3, 4, 5);
	buf_auto rule = { 0 };
	char_auto *given = NULL;

	(void)state;
	for (int i = 0; i < 20; i++)
		buf_printf(&rule, "self.li.all(x%d, ", i);
	buf_puts(&rule, "true");
	for (int i = 0; i < 20; i++)
		buf_putc(&rule, ')');
	given = judge(buf_str(&rule), self, NULL, false);
	assert_string_equal(given, "unknown its size");
	free(given);

	given = judge("self.li.all(x, self.li.map(y, 'aaaaaaaaaaaaaaaaaaaaaaaaaaaa'.replace('a', "
		      "'bbbbbbbbbbbbbbbbbbbbbbbbbbbb'.replace('b', 'cccccccccccccccccccccccccccc'"
		      ".replace('c', 'dddddddddddddddddddddddddddddddd'.replace('d', "
		      "'eeeeeeeeeeeeeeeeeeeeeeeeee'.replace('e', 'ffffffffffffff'))))) == []))",
		self, NULL, false);
	assert_string_equal(given, "unknown its size");
}

static void an_expression_has_bounds(void **state)
{
	json_auto_t *self = json_object();
	buf_auto rule = { 0 };
	char_auto *given = NULL;

	(void)state;
	for (int i = 0; i < 1000; i++)
		buf_putc(&rule, '(');
	given = judge(buf_str(&rule), self, NULL, false);
	assert_string_equal(given, "unknown it is too deep");
	free(given);
	buf_clear(&rule);
	for (int i = 0; i < 1000; i++)
		buf_puts(&rule, "1 + ");
	buf_puts(&rule, "1 == 1");
	given = judge(buf_str(&rule), self, NULL, false);
	assert_string_equal(given, "unknown it is too deep");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_evaluation_has_bounds),
		cmocka_unit_test(an_expression_has_bounds),
	};

	schema = load_base("cel");
	add_cases("cel", run_case, check_form);
	return cases_run("cel", tests, ARRAY_LEN(tests));
}
