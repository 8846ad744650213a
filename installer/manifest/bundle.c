/* SPDX-License-Identifier: Apache-2.0 */
#include "manifest/bundle.h"

#include <archive.h>
#include <archive_entry.h>
#include <string.h>
#include <sys/stat.h>

int bundle_failed(struct archive *a, const char *what, struct err *e)
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
	return n < 0 ? bundle_failed(a, name, e) : 0;
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
			return bundle_failed(a, "archive", e);
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
			 : bundle_failed(a, "archive", e);

	archive_read_free(a);
	return rc;
}
