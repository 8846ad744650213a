/* SPDX-License-Identifier: Apache-2.0 */
#include "manifest/bundle_stream.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/digest.h"
#include "manifest/bundle.h"

enum { BLOCK = 65536 };

/* Writing */

struct bundle_stream {
	struct archive *a;
	struct buf sums;
};

struct bundle_stream *bundle_stream_new(int fd, struct err *e)
{
	struct bundle_stream *s = xcalloc(1, sizeof(*s));

	s->a = archive_write_new();
	archive_write_set_format_ustar(s->a);
	archive_write_add_filter_gzip(s->a);
	archive_write_set_filter_option(s->a, "gzip", "timestamp", NULL);
	if (archive_write_open_fd(s->a, fd) == ARCHIVE_OK)
		return s;
	if (bundle_failed(s->a, "backup", e) < 0)
		bundle_stream_free(s);
	return NULL;
}

static int write_entry(
	struct bundle_stream *s, const char *name, const void *data, size_t len, struct err *e)
{
	struct archive_entry *entry = archive_entry_new();
	int rc = 0;

	archive_entry_set_pathname(entry, name);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, 0600);
	archive_entry_set_mtime(entry, 0, 0);
	archive_entry_set_size(entry, (la_int64_t)len);
	if (archive_write_header(s->a, entry) != ARCHIVE_OK ||
		archive_write_data(s->a, data, len) != (la_ssize_t)len) {
		rc = bundle_failed(s->a, name, e);
		e->kind = ERR_IO;
	}
	archive_entry_free(entry);
	return rc;
}

int bundle_stream_add(
	struct bundle_stream *s, const char *name, const void *data, size_t len, struct err *e)
{
	char hex[SHA256_HEX_SIZE];

	sha256_hex(data, len, hex);
	buf_printf(&s->sums, "%s  %s\n", hex, name);
	return write_entry(s, name, data, len, e);
}

int bundle_stream_close(struct bundle_stream *s, struct err *e)
{
	if (write_entry(s, BUNDLE_SUMS, buf_str(&s->sums), s->sums.len, e) < 0)
		return -1;
	if (archive_write_close(s->a) == ARCHIVE_OK)
		return 0;
	int rc = bundle_failed(s->a, "backup", e);

	e->kind = ERR_IO;
	return rc;
}

void bundle_stream_free(struct bundle_stream *s)
{
	if (!s)
		return;
	archive_write_fail(s->a); /* no end is written for one that was not closed */
	archive_write_free(s->a);
	buf_release(&s->sums);
	free(s);
}

/* Reading */

struct reading {
	struct archive *a;
	struct buf content;
	struct buf sums; /* what SHA256SUMS must be */
	size_t entries, total;
	bool ended; /* SHA256SUMS was seen */
};

static int refuse(const char *name, const char *why, struct err *e)
{
	return err_set(e, ERR_VERIFY, 0, "entry %.200s: %s; this is no whole backup", name, why);
}

static int read_content(struct reading *r, const char *name, struct err *e)
{
	char chunk[BLOCK];
	la_ssize_t n;

	buf_clear(&r->content);
	r->content.max = STREAM_MAX_ENTRY;
	while ((n = archive_read_data(r->a, chunk, sizeof(chunk))) > 0) {
		r->total += (size_t)n;
		if (buf_add(&r->content, chunk, (size_t)n) < 0 || r->total > STREAM_MAX_TOTAL)
			return refuse(name, "larger than the limit", e);
	}
	if (n == 0)
		return 0;
	int rc = bundle_failed(r->a, name, e);

	e->kind = ERR_VERIFY;
	return rc;
}

static int check_sums(struct reading *r, const char *name, struct err *e)
{
	r->ended = true;
	if (r->content.len != r->sums.len ||
		memcmp(buf_str(&r->content), buf_str(&r->sums), r->sums.len) != 0)
		return refuse(name, "does not have the digests of the entries before it", e);
	return 0;
}

static int read_entry(struct reading *r, struct archive_entry *entry,
	int (*take)(void *arg, const char *name, const struct buf *content, struct err *e),
	void *arg, struct err *e)
{
	const char *name = archive_entry_pathname(entry);
	char hex[SHA256_HEX_SIZE];

	if (bundle_check_entry(entry, e) < 0) {
		e->kind = ERR_VERIFY;
		return -1;
	}
	if (r->ended)
		return refuse(name, "it comes after " BUNDLE_SUMS, e);
	if (++r->entries > STREAM_MAX_ENTRIES)
		return refuse(name, "too many entries", e);
	if (read_content(r, name, e) < 0)
		return -1;
	if (strcmp(name, BUNDLE_SUMS) == 0)
		return check_sums(r, name, e);
	sha256_hex(buf_str(&r->content), r->content.len, hex);
	buf_printf(&r->sums, "%s  %s\n", hex, name);
	return take(arg, name, &r->content, e);
}

static int read_all(struct reading *r,
	int (*take)(void *arg, const char *name, const struct buf *content, struct err *e),
	void *arg, struct err *e)
{
	struct archive_entry *entry;
	int rc;

	while ((rc = archive_read_next_header(r->a, &entry)) == ARCHIVE_OK)
		if (read_entry(r, entry, take, arg, e) < 0)
			return -1;
	if (rc != ARCHIVE_EOF) {
		rc = bundle_failed(r->a, "backup", e);
		e->kind = ERR_VERIFY;
		return rc;
	}
	if (!r->ended)
		return err_set(e, ERR_VERIFY, 0,
			"it ends without " BUNDLE_SUMS ": it was cut off, or is no backup");
	return 0;
}

int bundle_stream_read(int fd,
	int (*take)(void *arg, const char *name, const struct buf *content, struct err *e),
	void *arg, struct err *e)
{
	struct reading r = { .a = archive_read_new(), .sums = { .max = STREAM_MAX_ENTRY } };
	int rc;

	if (lseek(fd, 0, SEEK_SET) < 0) {
		archive_read_free(r.a);
		return err_set(
			e, ERR_IO, errno, "cannot read from its beginning: %s", strerror(errno));
	}
	archive_read_support_filter_gzip(r.a);
	archive_read_support_format_tar(r.a);
	if (archive_read_open_fd(r.a, fd, BLOCK) == ARCHIVE_OK) {
		rc = read_all(&r, take, arg, e);
	} else {
		rc = bundle_failed(r.a, "backup", e);
		e->kind = ERR_VERIFY;
	}
	archive_read_free(r.a);
	buf_release(&r.content);
	buf_release(&r.sums);
	return rc;
}
