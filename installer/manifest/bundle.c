/* SPDX-License-Identifier: Apache-2.0 */
#include "manifest/bundle.h"

#include <archive.h>
#include <archive_entry.h>
#include <ctype.h>
#include <string.h>
#include <sys/stat.h>

enum { BLOCK = 65536 };

int bundle_failed(struct archive *a, const char *what, struct err *e)
{
	const char *detail = archive_error_string(a);

	return err_set(e, ERR_FORMAT, archive_errno(a), "%s: %s", what,
		detail ? detail : "it is cut off or damaged");
}

static int refuse(const char *name, const char *why, struct err *e)
{
	return err_set(e, ERR_FORMAT, 0, "entry %.200s: %s", name, why);
}

/* Names */

static const char *bad_name(const char *name)
{
	if (!*name)
		return "it has no name";
	if (*name == '/')
		return "an absolute path is refused";
	if (strlen(name) > BUNDLE_MAX_NAME)
		return "its name is too long";
	for (const char *p = name;; p++) {
		size_t n = strcspn(p, "/");

		if (n == 0)
			return "an empty part in its path is refused";
		if ((n == 1 && *p == '.') || (n == 2 && strncmp(p, "..", 2) == 0))
			return "\".\" and \"..\" in a path are refused";
		for (size_t i = 0; i < n; i++)
			if (!isascii(p[i]) ||
				(!isalnum((unsigned char)p[i]) && !strchr("._-", p[i])))
				return "only letters, digits and . _ - may be in a path";
		p += n;
		if (!*p)
			return NULL;
	}
}

int bundle_check_name(const char *name, struct err *e)
{
	const char *slash = strchr(name, '/'), *bad = bad_name(name);

	if (bad)
		return refuse(name, bad, e);
	if (!slash || strchr(slash + 1, '/') ||
		!(has_suffix(name, ".yaml") || has_suffix(name, ".yml") ||
			has_suffix(name, ".json")))
		return refuse(name, "it is not a RELEASE/NAME.yaml", e);
	return 0;
}

int bundle_check_entry(struct archive_entry *entry, struct err *e)
{
	const char *name = archive_entry_pathname(entry);

	if (!name || bad_name(name))
		return refuse(name ? name : "(none)", name ? bad_name(name) : "it has no name", e);
	if (archive_entry_hardlink(entry))
		return refuse(name, "it is a hard link, not a regular file", e);
	switch (archive_entry_filetype(entry)) {
	case S_IFREG:
		break;
	case S_IFLNK:
		return refuse(name, "it is a symbolic link, not a regular file", e);
	case S_IFDIR:
		return refuse(name, "it is a directory, not a regular file", e);
	default:
		return refuse(name, "it is a device or a pipe, not a regular file", e);
	}
	if (archive_entry_sparse_count(entry) > 0)
		return refuse(name, "it is a sparse file", e);
	return 0;
}

/* Unpacking */

bool bundle_is_archive(const void *data, size_t len)
{
	static const struct {
		size_t at, len;
		const char *magic;
	} known[] = { { 0, 2, "\x1f\x8b" },
		{ 0, 6,
			"\xfd"
			"7zXZ\0" },
		{ 0, 4, "\x28\xb5\x2f\xfd" }, { 257, 5, "ustar" } };

	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (len >= known[i].at + known[i].len &&
			memcmp((const char *)data + known[i].at, known[i].magic, known[i].len) == 0)
			return true;
	return false;
}

static struct archive *open_memory(const void *data, size_t len, bool packed)
{
	struct archive *a = xcheck(archive_read_new());

	if (packed) {
		archive_read_support_filter_gzip(a);
		archive_read_support_filter_xz(a);
		archive_read_support_filter_zstd(a);
		archive_read_support_format_raw(a);
	} else {
		archive_read_support_format_tar(a);
	}
	archive_read_open_memory(a, data, len);
	return a;
}

static int unpack_all(struct archive *a, struct buf *tar, size_t packed, struct err *e)
{
	struct archive_entry *entry;
	char chunk[BLOCK];
	la_ssize_t n;
	size_t limit = packed * BUNDLE_MAX_RATIO;

	if (limit < BUNDLE_FREE_TOTAL)
		limit = BUNDLE_FREE_TOTAL;
	if (archive_read_next_header(a, &entry) != ARCHIVE_OK)
		return bundle_failed(a, "bundle", e);
	if (archive_filter_count(a) > 2)
		return err_set(e, ERR_FORMAT, 0, "bundle: it is compressed more than once");
	tar->max = BUNDLE_MAX_TOTAL;
	while ((n = archive_read_data(a, chunk, sizeof(chunk))) > 0) {
		if (buf_add(tar, chunk, (size_t)n) < 0)
			return err_set(e, ERR_FORMAT, 0, "bundle: unpacked it is above %d MiB",
				BUNDLE_MAX_TOTAL >> 20);
		if (tar->len > limit)
			return err_set(e, ERR_FORMAT, 0,
				"bundle: it grows more than %d times when unpacked",
				BUNDLE_MAX_RATIO);
	}
	if (n < 0)
		return bundle_failed(a, "bundle", e);
	if ((size_t)archive_filter_bytes(a, -1) != packed)
		return err_set(e, ERR_FORMAT, 0, "bundle: data follows its end");
	return 0;
}

static int unpack(struct buf *tar, const void *archive, size_t len, struct err *e)
{
	struct archive *a = open_memory(archive, len, true);
	int rc = unpack_all(a, tar, len, e);

	archive_read_free(a);
	return rc;
}

static int read_content(struct archive *a, const char *name, struct buf *content, struct err *e)
{
	char chunk[BLOCK];
	la_ssize_t n;

	content->max = BUNDLE_MAX_ENTRY;
	while ((n = archive_read_data(a, chunk, sizeof(chunk))) > 0)
		if (buf_add(content, chunk, (size_t)n) < 0)
			return err_set(e, ERR_FORMAT, 0,
				"entry %s: larger than the limit of %d MiB", name,
				BUNDLE_MAX_ENTRY >> 20);
	return n < 0 ? bundle_failed(a, name, e) : 0;
}

/* SHA256SUMS */

static struct bundle_file *find_file(const struct bundle *b, const char *name)
{
	for (size_t i = 0; i < b->n; i++)
		if (strcmp(b->files[i].name, name) == 0)
			return &b->files[i];
	return NULL;
}

static int add_sum(struct bundle *b, const char *line, size_t len, struct err *e)
{
	char_auto *text = xstrndup(line, len);
	const char *name = text + SHA256_HEX_SIZE + 1;
	size_t line_number = b->n + 1;

	if (len < SHA256_HEX_SIZE + 2 || strspn(text, "0123456789abcdef") != SHA256_HEX_SIZE - 1 ||
		strlen(text) != len || text[SHA256_HEX_SIZE - 1] != ' ' ||
		!strchr(" *", text[SHA256_HEX_SIZE]))
		return err_set(
			e, ERR_FORMAT, 0, BUNDLE_SUMS ":%zu: not \"DIGEST  NAME\"", line_number);
	if (bundle_check_name(name, e) < 0)
		return err_wrap(e, BUNDLE_SUMS ":%zu", line_number);
	if (find_file(b, name))
		return refuse(name, "it is listed twice in " BUNDLE_SUMS, e);
	if (b->n >= BUNDLE_MAX_ENTRIES)
		return refuse(name, "too many entries", e);
	b->files = xrealloc(b->files, b->n + 1, sizeof(*b->files));
	b->files[b->n] = (struct bundle_file){ .name = xstrdup(name) };
	memcpy(b->files[b->n++].sha256, text, SHA256_HEX_SIZE - 1);
	return 0;
}

static int parse_sums(struct bundle *b, const struct buf *text, struct err *e)
{
	for (const char *p = buf_str(text), *end = p + text->len; p < end;) {
		size_t n = strcspn(p, "\n");

		if (add_sum(b, p, n, e) < 0)
			return -1;
		p += n + 1;
	}
	return b->n > 0 ? 0 : err_set(e, ERR_FORMAT, 0, BUNDLE_SUMS ": it lists nothing");
}

/* Entries */

static int take_file(struct bundle *b, struct archive *a, const char *name, struct err *e)
{
	struct bundle_file *file = find_file(b, name);
	char hex[SHA256_HEX_SIZE];

	if (!file)
		return refuse(name, "it is not listed in " BUNDLE_SUMS, e);
	if (file->seen)
		return refuse(name, "it occurs twice", e);
	file->seen = true;
	if (read_content(a, name, &file->data, e) < 0)
		return -1;
	sha256_hex(buf_str(&file->data), file->data.len, hex);
	if (strcmp(hex, file->sha256) != 0)
		return err_set(e, ERR_VERIFY, 0,
			"entry %s: its digest is %s and not %s as " BUNDLE_SUMS
			" says; the bundle was "
			"changed or damaged",
			name, hex, file->sha256);
	if (bundle_is_archive(buf_str(&file->data), file->data.len))
		return refuse(name, "it is an archive and not a manifest", e);
	return 0;
}

static int take_entry(
	struct bundle *b, struct archive *a, struct archive_entry *entry, bool first, struct err *e)
{
	const char *name = archive_entry_pathname(entry);
	buf_auto sums = { 0 };

	if (bundle_check_entry(entry, e) < 0)
		return -1;
	if (!first)
		return take_file(b, a, name, e);
	if (strcmp(name, BUNDLE_SUMS) != 0)
		return refuse(
			name, "the first entry must be " BUNDLE_SUMS "; is this a bundle?", e);
	return read_content(a, name, &sums, e) < 0 ? -1 : parse_sums(b, &sums, e);
}

/* After the end of the tar only the zeros that fill its last record are allowed. */
static int check_rest(const struct buf *tar, size_t used, struct err *e)
{
	for (size_t i = used; i < tar->len; i++)
		if (tar->data[i])
			return err_set(e, ERR_FORMAT, 0, "bundle: data follows the end of the tar");
	return 0;
}

static int read_entries(struct bundle *b, struct archive *a, const struct buf *tar, struct err *e)
{
	struct archive_entry *entry;
	bool first = true;
	int rc;

	for (; (rc = archive_read_next_header(a, &entry)) == ARCHIVE_OK; first = false)
		if (take_entry(b, a, entry, first, e) < 0)
			return -1;
	if (rc != ARCHIVE_EOF)
		return bundle_failed(a, "bundle", e);
	if (first)
		return err_set(e, ERR_FORMAT, 0, "bundle: it is empty");
	for (size_t i = 0; i < b->n; i++)
		if (!b->files[i].seen)
			return err_set(e, ERR_VERIFY, 0,
				"entry %s: it is listed in " BUNDLE_SUMS
				" and not there; the bundle is "
				"not whole",
				b->files[i].name);
	return check_rest(tar, (size_t)archive_filter_bytes(a, 0), e);
}

int bundle_read(struct bundle *b, const void *archive, size_t len, struct err *e)
{
	buf_auto tar = { 0 };

	*b = (struct bundle){ 0 };
	if (!bundle_is_archive(archive, len))
		return err_set(e, ERR_FORMAT, 0,
			"it is no tar archive, nor one in gzip, xz or zstd; is this a bundle?");
	if (unpack(&tar, archive, len, e) < 0)
		return -1;
	struct archive *a = open_memory(buf_str(&tar), tar.len, false);
	int rc = read_entries(b, a, &tar, e);

	archive_read_free(a);
	return rc;
}

const struct bundle_file *bundle_get(const struct bundle *b, const char *release, const char *name)
{
	char_auto *path = xasprintf("%s/%s", release, name);

	return find_file(b, path);
}

void bundle_release(struct bundle *b)
{
	for (size_t i = 0; i < b->n; i++) {
		free(b->files[i].name);
		buf_release(&b->files[i].data);
	}
	free(b->files);
	*b = (struct bundle){ 0 };
}

/* The embedded archive. Its release list comes first. It is trusted like the program itself. */

static struct bundle_wanted *find_wanted(
	struct bundle_wanted *wanted, size_t n, const char *name)
{
	for (size_t i = 0; name && i < n; i++)
		if (!wanted[i].found && strcmp(wanted[i].name, name) == 0)
			return &wanted[i];
	return NULL;
}

static int find(struct archive *a, struct bundle_wanted *wanted, size_t n, struct err *e)
{
	struct archive_entry *entry;
	size_t found = 0;
	int rc;

	for (int i = 0; i < BUNDLE_MAX_ENTRIES && found < n; i++) {
		rc = archive_read_next_header(a, &entry);
		if (rc == ARCHIVE_EOF)
			break;
		if (rc != ARCHIVE_OK)
			return bundle_failed(a, "archive", e);
		struct bundle_wanted *w = find_wanted(wanted, n, archive_entry_pathname(entry));

		if (!w || archive_entry_filetype(entry) != S_IFREG)
			continue;
		if (read_content(a, w->name, &w->content, e) < 0)
			return -1;
		w->found = true;
		found++;
	}
	for (size_t i = 0; i < n; i++)
		if (!wanted[i].found)
			return err_set(
				e, ERR_FORMAT, 0, "%s: not in the archive", wanted[i].name);
	return 0;
}

int bundle_find(const void *archive, size_t len, struct bundle_wanted *wanted, size_t n,
	struct err *e)
{
	struct archive *a = xcheck(archive_read_new());

	archive_read_support_filter_xz(a);
	archive_read_support_format_tar(a);
	int rc = archive_read_open_memory(a, archive, len) == ARCHIVE_OK
			 ? find(a, wanted, n, e)
			 : bundle_failed(a, "archive", e);

	archive_read_free(a);
	return rc;
}
