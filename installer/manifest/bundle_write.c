/* SPDX-License-Identifier: Apache-2.0 */
#include <archive.h>
#include <archive_entry.h>
#include <string.h>

#include "manifest/bundle.h"

static la_ssize_t append(struct archive *a, void *arg, const void *data, size_t n)
{
	(void)a;
	return buf_add(arg, data, n) < 0 ? -1 : (la_ssize_t)n;
}

static int write_entry(
	struct archive *a, const struct bundle_entry *file, int64_t mtime, struct err *e)
{
	struct archive_entry *entry = xcheck(archive_entry_new());
	int rc = 0;

	archive_entry_set_pathname(entry, file->name);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, 0644);
	archive_entry_set_mtime(entry, mtime, 0);
	archive_entry_set_size(entry, (la_int64_t)file->len);
	if (archive_write_header(a, entry) != ARCHIVE_OK ||
		archive_write_data(a, file->data, file->len) != (la_ssize_t)file->len)
		rc = bundle_failed(a, file->name, e);
	archive_entry_free(entry);
	return rc;
}

/* The smallest file, with nothing in it that differs on another day or machine. */
static void set_filter(struct archive *a, enum bundle_filter filter)
{
	switch (filter) {
	case BUNDLE_GZIP:
		archive_write_add_filter_gzip(a);
		archive_write_set_filter_option(a, "gzip", "compression-level", "9");
		archive_write_set_filter_option(a, "gzip", "timestamp", NULL);
		break;
	case BUNDLE_XZ:
		archive_write_add_filter_xz(a);
		archive_write_set_filter_option(a, "xz", "compression-level", "9");
		archive_write_set_filter_option(a, "xz", "threads", "1");
		break;
	case BUNDLE_ZSTD:
		archive_write_add_filter_zstd(a);
		archive_write_set_filter_option(a, "zstd", "compression-level", "19");
		break;
	}
}

int bundle_write(struct buf *archive, const struct bundle_entry *entries, size_t n,
	enum bundle_filter filter, int64_t mtime, struct err *e)
{
	struct archive *a = xcheck(archive_write_new());
	int rc = 0;

	archive_write_set_format_ustar(a);
	set_filter(a, filter);
	archive_write_set_bytes_in_last_block(a, 1);
	if (archive_write_open(a, archive, NULL, append, NULL) != ARCHIVE_OK)
		rc = bundle_failed(a, "archive", e);
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = write_entry(a, &entries[i], mtime, e);
	if (rc == 0 && archive_write_close(a) != ARCHIVE_OK)
		rc = bundle_failed(a, "archive", e);
	archive_write_free(a);
	return rc;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(
		((const struct bundle_entry *)a)->name, ((const struct bundle_entry *)b)->name);
}

int bundle_make(struct buf *archive, struct bundle_entry *entries, size_t n,
	enum bundle_filter filter, int64_t mtime, struct err *e)
{
	struct bundle_entry *all = xcalloc(n + 1, sizeof(*all));
	buf_auto sums = { 0 };

	qsort(entries, n, sizeof(*entries), by_name);
	for (size_t i = 0; i < n; i++) {
		char hex[SHA256_HEX_SIZE];

		sha256_hex(entries[i].data, entries[i].len, hex);
		buf_printf(&sums, "%s  %s\n", hex, entries[i].name);
		all[i + 1] = entries[i];
	}
	all[0] = (struct bundle_entry){ BUNDLE_SUMS, buf_str(&sums), sums.len };
	int rc = bundle_write(archive, all, n + 1, filter, mtime, e);

	free(all);
	return rc;
}
