/* SPDX-License-Identifier: Apache-2.0 */
/* Words: what is near, what begins and ends how. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/util.h"

static void a_word_of_any_length_finds_no_stranger(void **state)
{
	static const char *const words[] = { "install", "plan" };
	char word[1001];

	(void)state;
	for (size_t n = 12; n < sizeof(word); n++) {
		memset(word, 'q', n);
		word[n] = '\0';
		if (nearest(word, words, ARRAY_LEN(words)))
			fail_msg("%zu letters are near to %s", n,
				nearest(word, words, ARRAY_LEN(words)));
	}
}

static void a_long_word_is_found_up_to_the_limit(void **state)
{
	char word[66] = { 0 }, slip[66] = { 0 };
	const char *const words[] = { "plan", word };

	(void)state;
	memset(word, 'w', 64);
	memcpy(slip, word, 64);
	slip[10] = 'x';
	assert_ptr_equal(nearest(slip, words, 2), word);
	word[64] = slip[64] = 'w';
	assert_null(nearest(slip, words, 2));
}

static void a_slip_is_a_letter_more_or_less_or_another(void **state)
{
	static const char *const words[] = { "ippools" };
	static const struct {
		const char *word;
		bool found;
	} cases[] = { { "ippools", true }, { "IPPOOLS", true }, { "ippool", true },
		{ "iippools", true }, { "ipools", true }, { "ippoolz", true }, { "ippol", true },
		{ "ippo", false }, { "ipp", false }, { "xxxools", true }, { "xxxxols", false },
		{ "", false } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if ((nearest(cases[i].word, words, 1) != NULL) != cases[i].found)
			fail_msg("\"%s\"", cases[i].word);
}

static void the_nearest_is_named_and_of_equals_the_first(void **state)
{
	static const char *const words[] = { "v3.29.3", "v3.29.2", "v3.29.20" };

	(void)state;
	assert_string_equal(nearest("v3.29.20", words, 3), "v3.29.20");
	assert_string_equal(nearest("v3.29.9", words, 3), "v3.29.3");
	assert_null(nearest("v3.29.9", words, 0));
}

static void a_text_begins_and_ends_with_what_it_holds_there(void **state)
{
	(void)state;
	assert_true(has_prefix("abc", "ab"));
	assert_true(has_prefix("abc", ""));
	assert_false(has_prefix("ab", "abc"));
	assert_true(has_suffix("abc", "bc"));
	assert_true(has_suffix("abc", ""));
	assert_false(has_suffix("bc", "abc"));
	assert_false(has_suffix("abc", "ab"));
}

static void a_stolen_pointer_is_left_null(void **state)
{
	char *p = xstrdup("a");
	char_auto *mine = steal(&p);

	(void)state;
	assert_null(p);
	assert_string_equal(mine, "a");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_word_of_any_length_finds_no_stranger),
		cmocka_unit_test(a_long_word_is_found_up_to_the_limit),
		cmocka_unit_test(a_slip_is_a_letter_more_or_less_or_another),
		cmocka_unit_test(the_nearest_is_named_and_of_equals_the_first),
		cmocka_unit_test(a_text_begins_and_ends_with_what_it_holds_there),
		cmocka_unit_test(a_stolen_pointer_is_left_null),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
