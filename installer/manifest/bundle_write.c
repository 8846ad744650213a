/* SPDX-License-Identifier: Apache-2.0 */
/* Apart from bundle.c, so that a program which only reads links only what reads. */
#include <archive.h>
#include <archive_entry.h>

#include "manifest/bundle.h"

static la_ssize_t append(struct archive *a, void *arg, const void *data, size_t n)
{
	(void)a;
	return buf_add(arg, data, n) < 0 ? -1 : (la_ssize_t)n;
}

static int write_entry(struct archive *a, const struct bundle_entry *file, struct err *e)
{
	struct archive_entry *entry = archive_entry_new();
	int rc = 0;

	archive_entry_set_pathname(entry, file->name);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, 0644);
	archive_entry_set_mtime(entry, 0, 0);
	archive_entry_set_size(entry, (la_int64_t)file->len);
	if (archive_write_header(a, entry) != ARCHIVE_OK ||
		archive_write_data(a, file->data, file->len) != (la_ssize_t)file->len)
		rc = bundle_failed(a, file->name, e);
	archive_entry_free(entry);
	return rc;
}

int bundle_write(struct buf *archive, const struct bundle_entry *entries, size_t n, struct err *e)
{
	struct archive *a = archive_write_new();
	int rc = 0;

	archive_write_set_format_ustar(a);
	archive_write_add_filter_xz(a);
	archive_write_set_filter_option(a, "xz", "compression-level", "9");
	archive_write_set_filter_option(a, "xz", "threads", "1");
	archive_write_set_bytes_in_last_block(a, 1);
	if (archive_write_open(a, archive, NULL, append, NULL) != ARCHIVE_OK)
		rc = bundle_failed(a, "archive", e);
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = write_entry(a, &entries[i], e);
	if (rc == 0 && archive_write_close(a) != ARCHIVE_OK)
		rc = bundle_failed(a, "archive", e);
	archive_write_free(a);
	return rc;
}
