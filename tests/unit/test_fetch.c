/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses of mirrors, and downloads that go on where they were cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/http_resume.h"
#include "manifest/fetch.h"

static void release_and_file_are_put_in_behind_the_host(void **state)
{
	err_auto e = { 0 };
	char_auto *url =
		fetch_address("https://h/a/RELEASE/b?f=FILE&r=RELEASE", "v1", "c.yaml", &e);

	(void)state;
	assert_string_equal(url, "https://h/a/v1/b?f=c.yaml&r=v1");
	assert_null(fetch_address("https://RELEASE/FILE", "v1", "c.yaml", &e));
	assert_int_equal(e.kind, ERR_USAGE);
}

static void only_https_and_local_files_are_asked(void **state)
{
	static const char *const good[] = { "https://h/x", "https://h:1/x?y", "file:///x" };
	static const char *const bad[] = { "http://h/x", "HTTPS://h/x", "https://h", "https:///x",
		"https://a@h/x", "https://a:b@h/x", "file://h/x", "file:/x", "ftp://h/x", "x", "",
		"https://h/x\r\ny", "https://h/\x7f" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		err_auto e = { 0 };

		assert_int_equal(fetch_check_url(good[i], false, &e), 0);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		err_auto e = { 0 };

		assert_int_equal(fetch_check_url(bad[i], false, &e), -1);
		assert_int_equal(e.kind, ERR_USAGE);
	}
}

static void header(struct http_resume *r, const char *line)
{
	http_resume_header(r, line, strlen(line));
}

/* An answer of 200 with this tag, cut behind "abcd". */
static void cut(struct http_resume *r, const char *tag)
{
	buf_auto answer = { 0 };

	header(r, "HTTP/1.1 200 OK\r\n");
	header(r, tag);
	assert_int_equal(http_resume_begin(r, 200, &answer), 0);
	buf_puts(&answer, "abcd");
	assert_false(http_resume_keep(r, 200, true, &answer));
}

static int go_on(const char *tag, const char *range, struct buf *answer)
{
	struct http_resume r = { 0 };
	int rc;

	cut(&r, "ETag: \"one\"\r\n");
	assert_int_equal(r.kept.len, 4);
	header(&r, "HTTP/1.1 206 Partial Content\r\n");
	if (tag)
		header(&r, tag);
	header(&r, range);
	rc = http_resume_begin(&r, 206, answer);
	http_resume_release(&r);
	return rc;
}

static void the_rest_of_the_same_file_is_joined(void **state)
{
	buf_auto answer = { 0 };

	(void)state;
	assert_int_equal(
		go_on("etag: \"one\"\r\n", "content-range:  bytes 4-9/10\r\n", &answer), 0);
	assert_string_equal(buf_str(&answer), "abcd");
}

static void any_other_range_is_refused(void **state)
{
	static const char *const bad[] = { "bytes 3-9/10", "bytes 5-9/10", "bytes 4-8/10",
		"bytes 4-9/*", "bytes 4-3/4", "bytes 4-9/10x", "lines 4-9/10", "",
		"bytes 4-18446744073709551615/0" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad) - 1; i++) {
		buf_auto answer = { 0 };
		char_auto *line = xasprintf("Content-Range: %s\r\n", bad[i]);

		assert_int_equal(go_on(NULL, line, &answer), -1);
	}
	buf_auto answer = { 0 };

	assert_int_equal(
		go_on("ETag: \"two\"\r\n", "Content-Range: bytes 4-9/10\r\n", &answer), -1);
}

static void only_a_strong_tag_lets_it_go_on(void **state)
{
	static const char *const weak[] = { "ETag: W/\"one\"\r\n", "ETag: one\r\n",
		"X: \"y\"\r\n" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(weak); i++) {
		struct http_resume r = { 0 };

		cut(&r, weak[i]);
		assert_int_equal(r.kept.len, 0);
		http_resume_release(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(release_and_file_are_put_in_behind_the_host),
		cmocka_unit_test(only_https_and_local_files_are_asked),
		cmocka_unit_test(the_rest_of_the_same_file_is_joined),
		cmocka_unit_test(any_other_range_is_refused),
		cmocka_unit_test(only_a_strong_tag_lets_it_go_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
