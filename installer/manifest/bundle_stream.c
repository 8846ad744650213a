/* SPDX-License-Identifier: Apache-2.0 */
#include "manifest/bundle_stream.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "manifest/bundle.h"
#include "manifest/sign.h"

enum { BLOCK = 65536 };

/* Writing */

struct bundle_stream {
	struct archive *a;
	int fd;
	struct sign_hash *hash;
	struct buf sums;
};

static la_ssize_t put_bytes(struct archive *a, void *arg, const void *data, size_t n)
{
	struct bundle_stream *s = arg;
	ssize_t written;

	do
		written = write(s->fd, data, n);
	while (written < 0 && errno == EINTR);
	if (written < 0)
		archive_set_error(a, errno, "cannot write: %s", strerror(errno));
	else if (s->hash)
		sign_hash_add(s->hash, data, (size_t)written);
	return written;
}

struct bundle_stream *bundle_stream_new(int fd, struct sign_hash *hash, struct err *e)
{
	struct bundle_stream *s = xcalloc(1, sizeof(*s));

	s->fd = fd;
	s->hash = hash;
	s->a = xcheck(archive_write_new());
	archive_write_set_format_ustar(s->a);
	archive_write_add_filter_gzip(s->a);
	archive_write_set_filter_option(s->a, "gzip", "timestamp", NULL);
	archive_write_set_bytes_in_last_block(s->a, 1);
	if (archive_write_open(s->a, s, NULL, put_bytes, NULL) == ARCHIVE_OK)
		return s;
	if (bundle_failed(s->a, "backup", e) < 0)
		bundle_stream_free(s);
	return NULL;
}

static int write_entry(
	struct bundle_stream *s, const char *name, const void *data, size_t len, struct err *e)
{
	struct archive_entry *entry = xcheck(archive_entry_new());
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
	archive_write_fail(s->a); /* an archive that was not closed gets no end */
	archive_write_free(s->a);
	buf_release(&s->sums);
	free(s);
}

/* Reading */

/* The file as one stream of unpacked bytes, from which the tar is read. */
struct input {
	int fd;
	struct archive *raw;
	struct sign_hash *hash; /* NULL: nobody asks for the hash */
	char packed[BLOCK], block[BLOCK];
	/* bytes delivered; offset after the last byte that is not 0 */
	int64_t delivered, last_nonzero;
};

struct reading {
	struct archive *a;
	struct input in;
	struct buf content;
	struct buf sums; /* what SHA256SUMS must contain */
	/* SHA256SUMS of the first reading, which verified all; NULL: this is the first */
	const struct buf *expected;
	size_t entries, total;
	bool ended; /* SHA256SUMS has been read */
};

static int refuse(const char *name, const char *why, struct err *e)
{
	return err_set(e, ERR_VERIFY, 0, "entry %.200s: %s; this is no whole backup", name, why);
}

static int damaged(struct archive *a, const char *what, struct err *e)
{
	int rc = bundle_failed(a, what, e);

	e->kind = ERR_VERIFY;
	return rc;
}

static la_ssize_t get_packed(struct archive *a, void *arg, const void **data)
{
	struct input *in = arg;
	ssize_t n;

	do
		n = read(in->fd, in->packed, sizeof(in->packed));
	while (n < 0 && errno == EINTR);
	if (n < 0)
		archive_set_error(a, errno, "cannot read: %s", strerror(errno));
	else if (in->hash)
		sign_hash_add(in->hash, in->packed, (size_t)n);
	*data = in->packed;
	return n;
}

static la_ssize_t get_bytes(struct archive *a, void *arg, const void **data)
{
	struct input *in = arg;
	la_ssize_t n = archive_read_data(in->raw, in->block, sizeof(in->block)), k = n;

	*data = in->block;
	if (n < 0 && a)
		archive_copy_error(a, in->raw);
	while (k > 0 && in->block[k - 1] == '\0')
		k--;
	if (k > 0)
		in->last_nonzero = in->delivered + k;
	in->delivered += n > 0 ? n : 0;
	return n;
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
	return n == 0 ? 0 : damaged(r->a, name, e);
}

static int check_sums(struct reading *r, const char *name, struct err *e)
{
	r->ended = true;
	if (r->content.len != r->sums.len ||
		memcmp(buf_str(&r->content), buf_str(&r->sums), r->sums.len) != 0)
		return refuse(name, "does not have the digests of the entries before it", e);
	return 0;
}

static int add_digest(struct reading *r, const char *name, struct err *e)
{
	char hex[SHA256_HEX_SIZE];
	size_t before = r->sums.len;

	sha256_hex(buf_str(&r->content), r->content.len, hex);
	buf_printf(&r->sums, "%s  %s\n", hex, name);
	if (r->expected && (r->sums.len > r->expected->len ||
				   memcmp(r->sums.data + before, r->expected->data + before,
					   r->sums.len - before) != 0))
		return refuse(name, "it was changed while it was read", e);
	return 0;
}

static int read_entry(struct reading *r, struct archive_entry *entry,
	int (*take)(void *arg, const char *name, const struct buf *content, struct err *e),
	void *arg, struct err *e)
{
	const char *name = archive_entry_pathname(entry);

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
	return add_digest(r, name, e) < 0 ? -1 : take(arg, name, &r->content, e);
}

/* After the end of the tar come only the zeros of its last record, then the end of the file. */
static int check_end(struct reading *r, struct err *e)
{
	const void *data;
	la_ssize_t n;
	struct stat st;

	while ((n = get_bytes(NULL, &r->in, &data)) > 0)
		if (r->in.delivered > (int64_t)STREAM_MAX_TOTAL)
			break;
	if (n < 0)
		return damaged(r->in.raw, "backup", e);
	if (n > 0 || r->in.last_nonzero > archive_filter_bytes(r->a, 0) ||
		fstat(r->in.fd, &st) < 0 ||
		archive_filter_bytes(r->in.raw, -1) != st.st_size)
		return err_set(e, ERR_VERIFY, 0,
			"data follows the end of the backup: something was appended, or it is two "
			"files in one");
	return 0;
}

static int check_hash(
	struct reading *r, const unsigned char expected[SIGN_HASH_SIZE], struct err *e)
{
	unsigned char hash[SIGN_HASH_SIZE];

	sign_hash_end(steal(&r->in.hash), hash);
	return memcmp(hash, expected, sizeof(hash)) == 0
		       ? 0
		       : err_set(e, ERR_VERIFY, 0,
				 "it was changed after its signature was verified");
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
	if (rc != ARCHIVE_EOF)
		return damaged(r->a, "backup", e);
	if (!r->ended)
		return err_set(e, ERR_VERIFY, 0,
			"it ends without " BUNDLE_SUMS ": it was cut off, or is no backup");
	return check_end(r, e);
}

static int open_input(struct reading *r, bool hash, struct err *e)
{
	struct archive_entry *entry;

	if (hash && !(r->in.hash = sign_hash_new(e)))
		return -1;
	if (lseek(r->in.fd, 0, SEEK_SET) < 0)
		return err_set(
			e, ERR_IO, errno, "cannot read from its beginning: %s", strerror(errno));
	archive_read_support_filter_gzip(r->in.raw);
	archive_read_support_format_raw(r->in.raw);
	archive_read_support_format_empty(r->in.raw);
	archive_read_support_format_tar(r->a);
	if (archive_read_open(r->in.raw, &r->in, NULL, get_packed, NULL) != ARCHIVE_OK ||
		archive_read_next_header(r->in.raw, &entry) != ARCHIVE_OK)
		return damaged(r->in.raw, "backup", e);
	if (archive_read_open(r->a, &r->in, NULL, get_bytes, NULL) != ARCHIVE_OK)
		return damaged(r->a, "backup", e);
	return 0;
}

int bundle_stream_read(int fd, struct stream_proof *proof,
	int (*take)(void *arg, const char *name, const struct buf *content, struct err *e),
	void *arg, struct err *e)
{
	struct reading *r = xcalloc(1, sizeof(*r));

	r->in.fd = fd;
	r->expected = proof->sums.len > 0 ? &proof->sums : NULL;
	r->sums.max = STREAM_MAX_ENTRY;
	r->in.raw = xcheck(archive_read_new());
	r->a = xcheck(archive_read_new());
	int rc = open_input(r, proof->is_signed, e) < 0 ? -1 : read_all(r, take, arg, e);

	if (rc == 0 && proof->is_signed)
		rc = check_hash(r, proof->hash, e);
	if (rc == 0 && !r->expected)
		buf_putn(&proof->sums, buf_str(&r->sums), r->sums.len);
	archive_read_free(r->a);
	archive_read_free(r->in.raw);
	sign_hash_end(r->in.hash, NULL);
	buf_release(&r->content);
	buf_release(&r->sums);
	free(r);
	return rc;
}
