/* SPDX-License-Identifier: Apache-2.0 */
/* JSON at its edges: numbers of all sizes, comparison by value, paths. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <float.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/json_quick.h"
#include "base/json_scan.h"
#include "base/signals.h"
#include "base/yaml.h"

static json_t *parse(const char *text)
{
	err_auto e = { 0 };
	json_t *value = json_parse(text, strlen(text), &e);

	if (!value)
		fail_msg("%s: %s", text, e.msg);
	return value;
}

static char *written(const json_t *value, unsigned style)
{
	struct buf out = { 0 };

	json_write(&out, value, style);
	return buf_steal(&out);
}

static void no_digit_of_a_real_is_more_than_it_needs(void **state)
{
	static const struct {
		double value;
		const char *text;
	} cases[] = { { 0.1, "0.1" }, { 5e-324, "5e-324" }, { 1e21, "1e+21" }, { 1e-7, "1e-7" },
		{ 1e300, "1e+300" }, { 2.0 / 3, "0.6666666666666666" },
		{ DBL_MAX, "1.7976931348623157e+308" }, { DBL_MIN, "2.2250738585072014e-308" },
		{ 123456789012345680.0, "123456789012345680" }, { 1e20, "100000000000000000000" },
		{ 12345678901234567890.0, "12345678901234567000" }, { 0.00001, "0.00001" },
		{ 1e-6, "0.000001" }, { 9.99e-7, "9.99e-7" }, { 0.000123, "0.000123" },
		{ 1234567.5, "1234567.5" }, { -1e-9, "-1e-9" }, { 2e22, "2e+22" },
		{ 100000.5, "100000.5" }, { -12.5, "-12.5" }, { 7.0, "7" }, { 0.0, "0" },
		{ -0.0, "-0" } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		json_auto_t *value = json_real(cases[i].value);
		char_auto *text = written(value, JSON_STYLE_COMPACT);

		assert_string_equal(text, cases[i].text);
	}
}

static void every_real_is_read_back_as_itself(void **state)
{
	uint64_t bits = 0x9e3779b97f4a7c15u;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		double d;

		bits = bits * 6364136223846793005u + 1442695040888963407u;
		memcpy(&d, &bits, sizeof(d));
		if (d != d || d > DBL_MAX || d < -DBL_MAX)
			continue;
		json_auto_t *value = json_real(d);
		char_auto *text = written(value, JSON_STYLE_COMPACT);
		json_auto_t *back = parse(text);

		if (json_number_value(back) != d)
			fail_msg("%s is not %.17g", text, d);
	}
}

/* One number that is too big must not turn the others beside it into reals. */
static void integers_stay_integers_beside_one_that_is_too_big(void **state)
{
	json_auto_t *value = parse("{\"big\":100000000000000000000,\"n\":[3,-4,{\"m\":0}],"
				   "\"real\":0.5,\"min\":-9007199254740991}");

	(void)state;
	assert_true(json_is_real(json_object_get(value, "big")));
	assert_true(json_number_value(json_object_get(value, "big")) == 1e20);
	assert_true(json_is_integer(json_array_get(json_object_get(value, "n"), 1)));
	assert_true(json_is_integer(
		json_object_get(json_array_get(json_object_get(value, "n"), 2), "m")));
	assert_true(json_is_real(json_object_get(value, "real")));
	assert_true(json_integer_value(json_object_get(value, "min")) == -9007199254740991);
}

static void every_digit_stays_beside_a_number_that_is_too_big(void **state)
{
	static const char text[] =
		"{\"big\":-18446744073709551615,\"n\":[9223372036854775807,"
		"1234567890123456789,-9223372036854775808,true],"
		"\"s\":\"\\\"99999999999999999999\\\\\",\"99999999999999999999\":1}";
	json_auto_t *value = parse(text);
	char_auto *out = written(value, JSON_STYLE_COMPACT);

	(void)state;
	assert_string_equal(out,
		"{\"big\":-18446744073709552000,\"n\":[9223372036854775807,"
		"1234567890123456789,-9223372036854775808,true],"
		"\"s\":\"\\\"99999999999999999999\\\\\",\"99999999999999999999\":1}");
}

static void a_number_beyond_all_reals_is_refused(void **state)
{
	static const char *const texts[] = { "1e400", "[1, -1e400]",
		"[1e400, 12345678901234567890123]" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		err_auto e = { 0 };

		assert_null(json_parse(texts[i], strlen(texts[i]), &e));
		assert_int_equal(e.kind, ERR_FORMAT);
	}
}

static void what_is_no_single_json_value_is_refused(void **state)
{
	static const char *const texts[] = { "", " ", "{", "[1,]", "{\"a\":1} {}", "nul", "'a'",
		"\"\xff\"", "\"\\ud800\"", "{\"a\":01}", "[NaN]", "{\"a\" 1}" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		err_auto e = { 0 };
		json_auto_t *value = json_parse(texts[i], strlen(texts[i]), &e);

		if (value)
			fail_msg("accepted: %s", texts[i]);
		assert_int_equal(e.kind, ERR_FORMAT);
		assert_non_null(strstr(e.msg, "line 1"));
	}
}

static void nesting_without_end_is_refused(void **state)
{
	enum { DEPTH = 100000 };
	char_auto *text = xcalloc(DEPTH + 1, 1);
	err_auto e = { 0 };

	(void)state;
	memset(text, '[', DEPTH);
	assert_null(json_parse(text, DEPTH, &e));
	assert_int_equal(e.kind, ERR_FORMAT);
}

static void a_text_is_read_to_its_length_only(void **state)
{
	err_auto e = { 0 };
	json_auto_t *value = json_parse("12345", 2, &e);

	(void)state;
	assert_int_equal(json_integer_value(value), 12);
}

static void values_are_the_same_by_what_they_say(void **state)
{
	static const struct {
		const char *a, *b;
		bool same;
	} cases[] = { { "1", "1.0", true }, { "[1]", "[1e0]", true }, { "0.5", "0.25", false },
		{ "9007199254740993", "9007199254740992", false }, { "1", "\"1\"", false },
		{ "1", "true", false }, { "0", "null", false }, { "0", "false", false },
		{ "{}", "[]", false }, { "{}", "null", false }, { "[1,2]", "[2,1]", false },
		{ "[1]", "[1,1]", false }, { "{\"a\":1,\"b\":2}", "{\"b\":2.0,\"a\":1}", true },
		{ "{\"a\":null}", "{}", false }, { "{\"a\":1}", "{\"b\":1}", false },
		{ "\"a\\u0000b\"", "\"a\\u0000c\"", false }, { "\"a\"", "\"A\"", false } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		json_auto_t *a = parse(cases[i].a), *b = parse(cases[i].b);

		if (json_same(a, b) != cases[i].same || json_same(b, a) != cases[i].same)
			fail_msg("%s and %s", cases[i].a, cases[i].b);
	}
}

static void styles_can_be_told_apart(void **state)
{
	json_auto_t *value = parse("{\"b\":[1,{}],\"a\":[]}");
	char_auto *compact = written(value, JSON_STYLE_COMPACT);
	char_auto *sorted = written(value, JSON_STYLE_SORT);
	char_auto *indented = written(value, JSON_STYLE_SORT | JSON_STYLE_INDENT);

	(void)state;
	assert_string_equal(compact, "{\"b\":[1,{}],\"a\":[]}");
	assert_string_equal(sorted, "{\"a\":[],\"b\":[1,{}]}");
	assert_string_equal(indented, "{\n  \"a\": [],\n  \"b\": [\n    1,\n    {}\n  ]\n}");
}

static void a_path_ends_where_a_step_is_missing(void **state)
{
	json_auto_t *value = parse("{\"a\":{\"b\":{\"c\":1},\"t\":\"x\",\"n\":5}}");
	const json_t *a = json_object_get(value, "a");

	(void)state;
	assert_int_equal(json_integer_value(json_at(value, "a", "b", "c", NULL)), 1);
	assert_ptr_equal(json_at(value, NULL), value);
	assert_null(json_at(value, "a", "x", "c", NULL));
	assert_null(json_at(value, "a", "t", "c", NULL));
	assert_null(json_at(NULL, "a", NULL));
	assert_string_equal(json_str(a, "t"), "x");
	assert_null(json_str(a, "n"));
	assert_null(json_str(a, "nothing"));
	assert_null(json_str(NULL, "t"));
}

static void repeat(
	struct buf *text, const char *first, const char *item, size_t n, const char *last)
{
	buf_puts(text, first);
	while (n-- > 0)
		buf_puts(text, item);
	buf_puts(text, last);
}

static void values_beyond_the_memory_are_refused(void **state)
{
	static const struct {
		const char *first, *item;
		size_t n;
		const char *last;
	} cases[] = { { "[", "[],", 2000000, "[]]" }, { "[", "1,", 8000000, "1]" },
		{ "[", "{\"a\":{}},", 1000000, "{}]" },
		{ "[99999999999999999999,", "1,", 8000000, "1]" } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		buf_auto text = { 0 };
		err_auto e = { 0 };

		repeat(&text, cases[i].first, cases[i].item, cases[i].n, cases[i].last);
		assert_null(json_parse(text.data, text.len, &e));
		assert_int_equal(e.kind, ERR_FORMAT);
		assert_non_null(strstr(e.msg, "more than 200 MiB"));
		if (text.len > YAML_MAX_BYTES)
			continue;
		err_auto in_file = { 0 };

		assert_null(yaml_load("x.yaml", text.data, text.len, &in_file));
		/* Where the JSON is read as YAML, that has a limit of its own. */
		assert_non_null(strstr(in_file.msg, "x.yaml:"));
		assert_non_null(strstr(in_file.msg, "more than 200"));
	}
}

static void limits_are_those_of_one_parse(void **state)
{
	buf_auto text = { 0 };
	json_t *kept[4];

	(void)state;
	repeat(&text, "[", "[],", 1000000, "[]]");
	for (size_t i = 0; i < ARRAY_LEN(kept); i++)
		kept[i] = parse(text.data);
	for (size_t i = 0; i < ARRAY_LEN(kept); i++)
		json_decref(kept[i]);
}

/* Each member replaces the one before it: that takes time only. */
static void a_long_parse_minds_the_deadline(void **state)
{
	buf_auto json = { 0 }, yaml = { 0 };
	err_auto e = { 0 }, in_file = { 0 };

	(void)state;
	repeat(&json, "{", "\"a\":[],", 1000000, "\"a\":1}");
	repeat(&yaml, "", "- a\n", 1000000, "");
	stop_set_deadline(now_ms());
	json_decref(parse("{\"what a run\":\"reports at its end\"}"));
	json_decref(json_parse_own(json.data, json.len, &e));
	assert_null(e.msg);
	assert_null(json_parse(json.data, json.len, &e));
	assert_null(yaml_load("x.yaml", yaml.data, yaml.len, &in_file));
	stop_set_deadline(INT64_MAX);
	assert_int_equal(e.kind, ERR_TIMEOUT);
	assert_int_equal(in_file.kind, ERR_TIMEOUT);
}

/* What the quick parser takes is what jansson makes of it; what it does not take is jansson's. */
static void the_quick_parser_agrees_with_jansson(void **state)
{
	static const char *const texts[] = { "{}", "[]", " { } ", "{\"a\":1}", "[1,-2,0,-0,3 ]",
		"{\"a\":{\"b\":[true,false,null]}}", "[1.5,-2.25e3,1E5,0.1]",
		"\"a\\n\\t\\\"\\\\\\/\\b\\f\\r\"", "\"\\u00e9\\u20ac\\u0041\"",
		"\"\xc3\xa9\"",
		"{\"a\":1,\"a\":2}", "[123456789012345678,-123456789012345678]", "[01]", "[1.]",
		"[.5]", "[1e]", "[1.5.2]", "[+1]", "[1,]", "[,1]", "{\"a\"}", "{\"a\":}", "{a:1}",
		"[1 2]", "[\"\\x\"]", "[\"\\u12\"]", "[\"\\ud800\"]", "[\"\\u0000\"]", "[\"\x01\"]",
		"[\"\xff\"]", "{\"\xff\":1}", "[tru]", "[true1]", "[1e999]", "[", "{", "\"", "",
		" ",
		"[1]x", "[9223372036854775807]", "[99999999999999999999]", "[-]", "[nul" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		const char *end = texts[i] + strlen(texts[i]), *behind = texts[i], *p = texts[i];
		json_auto_t *value = json_quick_value(&behind, end, NULL, false);
		const json_t *quick = value && json_scan_space(behind, end) == end ? value : NULL;
		json_auto_t *slow = json_loadb(texts[i], strlen(texts[i]),
			JSON_ALLOW_NUL | JSON_DECODE_ANY, NULL);

		if (quick && !json_equal(quick, slow))
			fail_msg("%s is read in two ways", texts[i]);
		if (i < 10)
			assert_non_null(quick); /* these are common */
		p = json_scan_value(p, end);
		if (p && json_scan_space(p, end) == end && !slow)
			fail_msg("%s is passed over, and jansson refuses it", texts[i]);
		if (quick && !p && i < 10 && i != 6)
			fail_msg("%s is not passed over", texts[i]); /* 6 has exponents */
	}
}

/* What is passed over is judged all the same. */
static void only_whole_text_is_passed_over(void **state)
{
	static const struct {
		const char *text;
		bool good;
	} cases[] = { { "\"\xf0\x9f\x98\x80\"", true }, { "\"\xed\xa0\x80\"", false },
		{ "\"\xc0\xaf\"", false }, { "\"\xf4\x90\x80\x80\"", false },
		{ "\"\xe2\x82\"", false }, { "\"\x7f\"", true }, { "\"\\u0041\"", true },
		{ "\"\\u004\"", false }, { "\"a", false }, { "\"0123456789abcdef\x1f\"", false },
		{ "-0.5", true }, { "-", false }, { "-.5", false }, { "00", false },
		{ "{\"a\" : [ 1 , {} , [ ] ] }", true }, { "{\"a\" 1}", false },
		{ "{\"a\":1 \"b\":2}", false }, { "[1,]", false }, { "nul", false } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *end = cases[i].text + strlen(cases[i].text);

		if ((json_scan_value(cases[i].text, end) == end) != cases[i].good)
			fail_msg("%s is %s", cases[i].text, cases[i].good ? "refused" : "taken");
	}
}

/* A list, read at once and one by one, is the same; with what a parser wants, only that. */
static void items_come_one_by_one(void **state)
{
	static const char *const texts[] = {
		"{\"kind\":\"L\",\"items\":[{\"a\":1}, [2], \"three\" ,null ],\"more\":true}",
		"{\"items\":[]}", "{\"items\":null}", "{\"items\":{\"a\":1}}", "{}", "[1]", "7",
		"{\"items\":[1e3,99999999999999999999,\"\\ud83d\\ude00\",\"\\u0000\"]}",
		"{\"items\":[1],\"items\":[2,3]}", "{\"a\":{\"items\":[1]}}"
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct json_items items;
		err_auto e = { 0 };
		json_auto_t *whole = parse(texts[i]), *all = json_array();
		json_auto_t *list = json_parse_list(texts[i], strlen(texts[i]), &items, &e);
		json_t *item;

		while ((item = json_next_item(&items, NULL, &e)))
			json_array_append_new(all, item);
		assert_null(e.msg);
		if (json_is_array(json_object_get(list, "items")))
			json_object_set(list, "items", all);
		assert_true(json_equal(whole, list));
		json_items_release(&items);
	}
}

static void broken_list_has_no_items(void **state)
{
	static const char *const texts[] = { "{\"items\":[1,]}", "{\"items\":[1 2]}",
		"{\"items\":[{\"a\":}]}", "{\"items\":[1]", "{\"items\":[1]}x",
		"{\"items\":[\"\xff\"]}", "{\"items\":[1],}", "{\"items\":[\"a}" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct json_items items;
		err_auto e = { 0 };

		assert_null(json_parse_list(texts[i], strlen(texts[i]), &items, &e));
		assert_int_equal(e.kind, ERR_FORMAT);
	}
}

static const struct json_wanted *only_b(const struct json_wanted *w, const char *key)
{
	return strcmp(key, "b") == 0 ? &json_all : strcmp(key, "below") == 0 ? w : NULL;
}

static void only_what_is_wanted_is_built(void **state)
{
	static const char text[] = "{\"items\":[{\"a\":[1,{\"x\":\"\\\"]\"}],\"b\":{\"a\":2},"
				   "\"below\":[{\"a\":3,\"b\":4}]},5]}";
	static const struct json_wanted wanted = { only_b };
	struct json_items items;
	err_auto e = { 0 };
	json_auto_t *list = json_parse_list(text, strlen(text), &items, &e);
	json_auto_t *first = json_next_item(&items, &wanted, &e);
	json_auto_t *second = json_next_item(&items, &wanted, &e);
	char_auto *one = written(first, JSON_STYLE_COMPACT);

	(void)state;
	assert_non_null(list);
	assert_string_equal(one, "{\"b\":{\"a\":2},\"below\":[{\"b\":4}]}");
	assert_int_equal(json_integer_value(second), 5);
	assert_null(json_next_item(&items, &wanted, &e));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_quick_parser_agrees_with_jansson),
		cmocka_unit_test(only_whole_text_is_passed_over),
		cmocka_unit_test(items_come_one_by_one),
		cmocka_unit_test(broken_list_has_no_items),
		cmocka_unit_test(only_what_is_wanted_is_built),
		cmocka_unit_test(no_digit_of_a_real_is_more_than_it_needs),
		cmocka_unit_test(every_real_is_read_back_as_itself),
		cmocka_unit_test(integers_stay_integers_beside_one_that_is_too_big),
		cmocka_unit_test(every_digit_stays_beside_a_number_that_is_too_big),
		cmocka_unit_test(a_number_beyond_all_reals_is_refused),
		cmocka_unit_test(what_is_no_single_json_value_is_refused),
		cmocka_unit_test(nesting_without_end_is_refused),
		cmocka_unit_test(a_text_is_read_to_its_length_only),
		cmocka_unit_test(values_are_the_same_by_what_they_say),
		cmocka_unit_test(styles_can_be_told_apart),
		cmocka_unit_test(a_path_ends_where_a_step_is_missing),
		cmocka_unit_test(values_beyond_the_memory_are_refused),
		cmocka_unit_test(limits_are_those_of_one_parse),
		cmocka_unit_test(a_long_parse_minds_the_deadline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
