/* SPDX-License-Identifier: Apache-2.0 */
/* Buffers: their ceiling, their owner, and files read into them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"

static char dir[] = "/tmp/test_buf.XXXXXX";

static char *file_of(const char *content, size_t n)
{
	char *path = xasprintf("%s/file", dir);
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(content, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
	return path;
}

static void a_zero_buffer_is_an_empty_text(void **state)
{
	buf_auto b = { 0 };

	(void)state;
	assert_string_equal(buf_str(&b), "");
	buf_clear(&b);
	char_auto *stolen = buf_steal(&b);

	assert_string_equal(stolen, "");
}

static void a_refused_addition_leaves_the_content(void **state)
{
	buf_auto b = { .max = 4 };

	(void)state;
	assert_int_equal(buf_add(&b, "abcd", 4), 0);
	assert_int_equal(buf_add(&b, "e", 1), -1);
	assert_int_equal(buf_add(&b, "e", SIZE_MAX), -1);
	assert_int_equal(b.len, 4);
	assert_string_equal(b.data, "abcd");
}

static void a_stolen_text_leaves_an_empty_buffer_with_its_ceiling(void **state)
{
	buf_auto b = { .max = 3 };

	(void)state;
	assert_int_equal(buf_add(&b, "abc", 3), 0);
	char_auto *stolen = buf_steal(&b);

	assert_string_equal(stolen, "abc");
	assert_null(b.data);
	assert_int_equal(b.len, 0);
	assert_int_equal(buf_add(&b, "abcd", 4), -1);
}

static void a_cleared_or_wiped_buffer_can_be_used_again(void **state)
{
	buf_auto b = { .max = 8 };

	(void)state;
	buf_puts(&b, "12345678");
	buf_clear(&b);
	buf_printf(&b, "%d-%s", 7, "x");
	assert_string_equal(buf_str(&b), "7-x");
	buf_wipe(&b);
	assert_int_equal(b.len, 0);
	assert_null(b.data);
	assert_int_equal(buf_add(&b, "123456789", 9), -1);
}

static void bytes_and_their_nul_grow_together(void **state)
{
	buf_auto b = { 0 };

	(void)state;
	for (int i = 0; i < 5000; i++) {
		buf_putc(&b, (char)('a' + i % 26));
		assert_int_equal(b.data[b.len], '\0');
		assert_true(b.cap > b.len);
	}
	assert_int_equal(b.len, 5000);
	assert_int_equal(b.data[4999], 'a' + 4999 % 26);
}

static void a_file_is_read_whole_with_its_nuls(void **state)
{
	char_auto *path = file_of("a\0b\n", 4);
	buf_auto b = { 0 };
	err_auto e = { 0 };

	(void)state;
	assert_int_equal(buf_read_file(&b, path, 4, &e), 0);
	assert_int_equal(b.len, 4);
	assert_memory_equal(b.data, "a\0b\n", 4);
	assert_null(e.msg);
}

static void a_file_one_byte_too_long_is_refused(void **state)
{
	char_auto *path = file_of("12345", 5);
	buf_auto b = { 0 };
	err_auto e = { 0 };

	(void)state;
	assert_int_equal(buf_read_file(&b, path, 4, &e), -1);
	assert_int_equal(e.kind, ERR_FORMAT);
	assert_non_null(strstr(e.msg, path));
}

/* /dev/zero never ends; only the ceiling does. */
static void a_file_without_end_is_refused(void **state)
{
	buf_auto b = { .max = 1 << 20 };
	err_auto e = { 0 };

	(void)state;
	assert_int_equal(buf_read_file(&b, "/dev/zero", 1 << 20, &e), -1);
	assert_int_equal(e.kind, ERR_FORMAT);
	assert_non_null(strstr(e.msg, "1 MiB"));
}

static void an_empty_file_is_an_empty_text(void **state)
{
	buf_auto b = { 0 };
	err_auto e = { 0 };

	(void)state;
	assert_int_equal(buf_read_file(&b, "/dev/null", 4, &e), 0);
	assert_string_equal(buf_str(&b), "");
}

static void what_is_no_readable_file_is_an_error_of_io(void **state)
{
	char_auto *missing = xasprintf("%s/missing", dir);
	const char *const paths[] = { missing, dir, "" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		buf_auto b = { 0 };
		err_auto e = { 0 };

		assert_int_equal(buf_read_file(&b, paths[i], 4, &e), -1);
		assert_int_equal(e.kind, ERR_IO);
		assert_true(e.code != 0);
		assert_non_null(strstr(e.msg, paths[i]));
	}
}

static void a_dash_is_standard_input_which_stays_open(void **state)
{
	char_auto *path = file_of("from a pipe", 11);
	int saved = dup(STDIN_FILENO), fd = open(path, O_RDONLY | O_CLOEXEC);
	buf_auto b = { 0 };
	err_auto e = { 0 };

	(void)state;
	assert_true(fd >= 0 && dup2(fd, STDIN_FILENO) == STDIN_FILENO);
	close(fd);
	int rc = buf_read_file(&b, "-", 20, &e);
	bool open_still = fcntl(STDIN_FILENO, F_GETFD) >= 0;

	if (saved >= 0) {
		dup2(saved, STDIN_FILENO);
		close(saved);
	}
	assert_int_equal(rc, 0);
	assert_string_equal(buf_str(&b), "from a pipe");
	assert_true(open_still);
}

static int make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	char_auto *path = xasprintf("%s/file", dir);

	(void)state;
	unlink(path);
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_zero_buffer_is_an_empty_text),
		cmocka_unit_test(a_refused_addition_leaves_the_content),
		cmocka_unit_test(a_stolen_text_leaves_an_empty_buffer_with_its_ceiling),
		cmocka_unit_test(a_cleared_or_wiped_buffer_can_be_used_again),
		cmocka_unit_test(bytes_and_their_nul_grow_together),
		cmocka_unit_test(a_file_is_read_whole_with_its_nuls),
		cmocka_unit_test(a_file_one_byte_too_long_is_refused),
		cmocka_unit_test(a_file_without_end_is_refused),
		cmocka_unit_test(an_empty_file_is_an_empty_text),
		cmocka_unit_test(what_is_no_readable_file_is_an_error_of_io),
		cmocka_unit_test(a_dash_is_standard_input_which_stays_open),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
