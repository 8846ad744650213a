/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/base64.h"

static void expect_bytes(const char *text, const char *bytes, size_t n)
{
	err_auto e = { 0 };
	buf_auto out = { 0 };

	assert_int_equal(base64_decode(&out, text, strlen(text), &e), 0);
	assert_int_equal(out.len, n);
	assert_memory_equal(buf_str(&out), bytes, n);
}

static void expect_refused(const char *text, const char *fragment)
{
	err_auto e = { 0 };
	buf_auto out = { 0 };

	assert_int_equal(base64_decode(&out, text, strlen(text), &e), -1);
	assert_int_equal(e.kind, ERR_FORMAT);
	assert_non_null(strstr(e.msg, fragment));
}

static void rfc4648_vectors_decode(void **state)
{
	(void)state;
	expect_bytes("", "", 0);
	expect_bytes("Zg==", "f", 1);
	expect_bytes("Zm8=", "fo", 2);
	expect_bytes("Zm9v", "foo", 3);
	expect_bytes("Zm9vYg==", "foob", 4);
	expect_bytes("Zm9vYmE=", "fooba", 5);
	expect_bytes("Zm9vYmFy", "foobar", 6);
}

static void every_digit_has_its_value(void **state)
{
	(void)state;
	expect_bytes("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
		"\x00\x10\x83\x10\x51\x87\x20\x92\x8b\x30\xd3\x8f\x41\x14\x93\x51\x55\x97\x61\x96"
		"\x9b\x71\xd7\x9f\x82\x18\xa3\x92\x59\xa7\xa2\x9a\xab\xb2\xdb\xaf\xc3\x1c\xb3\xd3"
		"\x5d\xb7\xe3\x9e\xbb\xf3\xdf\xbf",
		48);
}

static void line_ends_are_skipped_anywhere(void **state)
{
	(void)state;
	expect_bytes("Zm9v\r\nYm\nE\n=\n", "fooba", 5);
	expect_bytes("\n\n", "", 0);
}

static void missing_padding_is_refused(void **state)
{
	(void)state;
	expect_refused("Zg", "cut off");
	expect_refused("Zg=", "cut off");
	expect_refused("Zm9vY", "cut off");
}

static void misplaced_padding_is_refused(void **state)
{
	(void)state;
	expect_refused("=", "character 1");
	expect_refused("Z===", "character 2");
	expect_refused("Zg=a", "character 4");
	expect_refused("Zg===", "character 5");
	expect_refused("Zg==Zg==", "character 5");
}

static void foreign_characters_are_refused(void **state)
{
	(void)state;
	expect_refused("Zm9v Ym", "character 5");
	expect_refused("Zm9-", "character 4");
	expect_refused("Zm\x80v", "character 3");
}

static void bits_without_a_byte_must_be_zero(void **state)
{
	(void)state;
	expect_refused("Zh==", "character 3");
	expect_refused("Zm9=", "character 4");
}

static void a_nul_byte_is_no_digit(void **state)
{
	err_auto e = { 0 };
	buf_auto out = { 0 };

	(void)state;
	assert_int_equal(base64_decode(&out, "Zm\0v", 4, &e), -1);
}

static void bytes_are_appended_below_the_ceiling(void **state)
{
	err_auto e = { 0 };
	buf_auto out = { .max = 4 };

	(void)state;
	assert_int_equal(base64_decode(&out, "Zm9v", 4, &e), 0);
	assert_int_equal(base64_decode(&out, "Zg==", 4, &e), 0);
	assert_string_equal(buf_str(&out), "foof");
	assert_int_equal(base64_decode(&out, "Zg==", 4, &e), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc4648_vectors_decode),
		cmocka_unit_test(every_digit_has_its_value),
		cmocka_unit_test(line_ends_are_skipped_anywhere),
		cmocka_unit_test(missing_padding_is_refused),
		cmocka_unit_test(misplaced_padding_is_refused),
		cmocka_unit_test(foreign_characters_are_refused),
		cmocka_unit_test(bits_without_a_byte_must_be_zero),
		cmocka_unit_test(a_nul_byte_is_no_digit),
		cmocka_unit_test(bytes_are_appended_below_the_ceiling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
