/* SPDX-License-Identifier: Apache-2.0 */
/* Bundles: what is written is read, and damage anywhere is refused or changes nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "manifest/bundle.h"

static const enum bundle_filter filters[] = { BUNDLE_GZIP, BUNDLE_XZ, BUNDLE_ZSTD };

static void make(struct buf *archive, enum bundle_filter filter, bool turned)
{
	struct bundle_entry a = { "v1/crds.yaml", "first: 1\n", 9 },
			    b = { "v2/crds.yaml", "second: 2\n", 10 };
	struct bundle_entry entries[] = { turned ? b : a, turned ? a : b };
	err_auto e = { 0 };

	assert_int_equal(bundle_make(archive, entries, 2, filter, 0, &e), 0);
}

static bool is_whole(const struct bundle *b)
{
	const struct bundle_file *first = bundle_get(b, "v1", "crds.yaml"),
				 *second = bundle_get(b, "v2", "crds.yaml");

	return b->n == 2 && first && second && strcmp(buf_str(&first->data), "first: 1\n") == 0 &&
	       strcmp(buf_str(&second->data), "second: 2\n") == 0;
}

static void what_is_written_is_read_in_any_compression(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(filters); i++) {
		buf_auto archive = { 0 }, again = { 0 };
		bundle_auto b = { 0 };
		err_auto e = { 0 };

		make(&archive, filters[i], false);
		make(&again, filters[i], true);
		assert_int_equal(archive.len, again.len);
		assert_memory_equal(archive.data, again.data, again.len);
		assert_int_equal(bundle_read(&b, archive.data, archive.len, &e), 0);
		assert_true(is_whole(&b));
		assert_null(bundle_get(&b, "v3", "crds.yaml"));
	}
}

static void a_bundle_cut_anywhere_is_an_error(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(filters); i++) {
		buf_auto archive = { 0 };

		make(&archive, filters[i], false);
		for (size_t len = 0; len < archive.len; len++) {
			bundle_auto b = { 0 };
			err_auto e = { 0 };

			if (bundle_read(&b, archive.data, len, &e) == 0)
				fail_msg("filter %zu, %zu of %zu bytes", i, len, archive.len);
			assert_non_null(e.msg);
		}
	}
}

/* Times, checksums that gzip leaves unread and the like may differ; what is read may not. */
static void a_changed_byte_never_changes_what_is_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(filters); i++) {
		buf_auto archive = { 0 };
		size_t refused = 0;

		make(&archive, filters[i], false);
		for (size_t at = 0; at < archive.len; at++) {
			bundle_auto b = { 0 };
			err_auto e = { 0 };

			archive.data[at] ^= 0x55;
			if (bundle_read(&b, archive.data, archive.len, &e) == 0)
				assert_true(is_whole(&b));
			else
				refused++;
			archive.data[at] ^= 0x55;
		}
		assert_true(refused > archive.len / 2);
	}
}

static void names_are_a_release_and_a_plain_file(void **state)
{
	static const char *const good[] = { "v3.29.1/crds.yaml", "a/b.yml", "a/b.json",
		"..a/b.yaml", "a/..b.yaml" };
	static const char *const bad[] = { "", "/", "/a/b.yaml", "b.yaml", "a/b/c.yaml",
		"a//b.yaml", "../b.yaml", "./b.yaml", "a/..", "a/../b.yaml", "a/", "a/b", "a/b.sh",
		"a/b.yaml/", "a/b.yaml\n", "a/b\t.yaml", "a b/c.yaml", "a\\b/c.yaml",
		"a/\x1b[2J.yaml", "a/\xc3\xa9.yaml", "a/*.yaml", "~/b.yaml", "a/$b.yaml" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		err_auto e = { 0 };

		assert_int_equal(bundle_check_name(good[i], &e), 0);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		err_auto e = { 0 };

		if (bundle_check_name(bad[i], &e) == 0)
			fail_msg("\"%s\" is taken", bad[i]);
		assert_int_equal(e.kind, ERR_FORMAT);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read_in_any_compression),
		cmocka_unit_test(a_bundle_cut_anywhere_is_an_error),
		cmocka_unit_test(a_changed_byte_never_changes_what_is_read),
		cmocka_unit_test(names_are_a_release_and_a_plain_file),
	};

	return cmocka_run_group_tests_name("bundle", tests, NULL, NULL);
}
