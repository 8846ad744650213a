/* SPDX-License-Identifier: Apache-2.0 */
#include "manifest/bundle.h"

#include <archive.h>
#include <archive_entry.h>
#include <string.h>
#include <sys/stat.h>

static int archive_failed(struct archive *a, const char *what, struct err *e)
{
	const char *detail = archive_error_string(a);

	return err_set(e, ERR_FORMAT, archive_errno(a), "%s: %s", what,
		detail ? detail : "libarchive gave no reason");
}

static int read_content(struct archive *a, const char *name, struct buf *content, struct err *e)
{
	char chunk[65536];
	la_ssize_t n;

	content->max = BUNDLE_MAX_ENTRY;
	while ((n = archive_read_data(a, chunk, sizeof(chunk))) > 0)
		if (buf_add(content, chunk, (size_t)n) < 0)
			return err_set(e, ERR_FORMAT, 0, "%s: larger than the limit of %d MiB",
				name, BUNDLE_MAX_ENTRY >> 20);
	return n < 0 ? archive_failed(a, name, e) : 0;
}

static int find(struct archive *a, const char *name, struct buf *content, struct err *e)
{
	struct archive_entry *entry;
	int rc;

	for (int i = 0; i < BUNDLE_MAX_ENTRIES; i++) {
		rc = archive_read_next_header(a, &entry);
		if (rc == ARCHIVE_EOF)
			break;
		if (rc != ARCHIVE_OK)
			return archive_failed(a, "archive", e);
		const char *path = archive_entry_pathname(entry);

		if (path && strcmp(path, name) == 0 && archive_entry_filetype(entry) == S_IFREG)
			return read_content(a, name, content, e);
	}
	return err_set(e, ERR_FORMAT, 0, "%s: not in the archive", name);
}

int bundle_find(
	const void *archive, size_t len, const char *name, struct buf *content, struct err *e)
{
	struct archive *a = archive_read_new();

	archive_read_support_filter_xz(a);
	archive_read_support_format_tar(a);
	int rc = archive_read_open_memory(a, archive, len) == ARCHIVE_OK
			 ? find(a, name, content, e)
			 : archive_failed(a, "archive", e);

	archive_read_free(a);
	return rc;
}

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
		rc = archive_failed(a, file->name, e);
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
		rc = archive_failed(a, "archive", e);
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = write_entry(a, &entries[i], e);
	if (rc == 0 && archive_write_close(a) != ARCHIVE_OK)
		rc = archive_failed(a, "archive", e);
	archive_write_free(a);
	return rc;
}
