/* SPDX-License-Identifier: Apache-2.0 */
#include "manifest/trust.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK = 65536 };

static int add_text(struct trust *t, const char *text, struct err *e)
{
	struct sign_public_key key;

	if (sign_public_key_parse(&key, text, e) < 0)
		return -1;
	t->keys = xrealloc(t->keys, t->n + 1, sizeof(*t->keys));
	t->keys[t->n++] = key;
	return 0;
}

static int add_file(struct trust *t, const char *path, struct err *e)
{
	buf_auto text = { 0 };

	if (buf_read_file(&text, path, SIGN_MAX_FILE, e) < 0)
		return -1;
	return add_text(t, buf_str(&text), e) < 0 ? err_wrap(e, "%s", path) : 0;
}

static int add_directory(struct trust *t, const char *path, struct err *e)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;
	size_t before = t->n;
	int rc = 0;

	if (!dir)
		return err_set(e, ERR_IO, errno, "%s: cannot open: %s", path, strerror(errno));
	while (rc == 0 && (entry = readdir(dir))) {
		char_auto *file = xasprintf("%s/%s", path, entry->d_name);

		if (has_suffix(entry->d_name, ".pub"))
			rc = add_file(t, file, e);
	}
	closedir(dir);
	if (rc == 0 && t->n == before)
		return err_set(e, ERR_USAGE, 0, "%s: there is no public key (*.pub) in it", path);
	return rc;
}

int trust_load(struct trust *t, const char *key, const char *dir, struct err *e)
{
	*t = (struct trust){ 0 };
	if (key && access(key, F_OK) == 0 && add_file(t, key, e) < 0)
		return -1;
	if (key && t->n == 0 && add_text(t, key, e) < 0)
		return err_set(e, ERR_USAGE, 0, "%s: neither a file nor a public key", key);
	return dir ? add_directory(t, dir, e) : 0;
}

static int read_signature(const char *path, struct buf *text, struct err *e)
{
	char_auto *signature = xasprintf("%s.minisig", path);

	if (strcmp(path, "-") == 0)
		return err_set(e, ERR_VERIFY, 0,
			"standard input has no signature beside it; save it to a file");
	if (access(signature, F_OK) < 0)
		return err_set(e, ERR_VERIFY, errno,
			"%s: not signed: there is no %s, and a key is configured", path, signature);
	return buf_read_file(text, signature, SIGN_MAX_FILE, e);
}

int trust_check(const struct trust *t, const char *path, const void *data, size_t len,
	struct signature *s, struct err *e)
{
	buf_auto text = { 0 };

	if (read_signature(path, &text, e) < 0)
		return -1;
	if (sign_verify(s, data, len, buf_str(&text), t->keys, t->n, e) < 0)
		return err_wrap(e, "%s.minisig", path);
	return 0;
}

static int hash_file(int fd, unsigned char hash[SIGN_HASH_SIZE], struct err *e)
{
	struct sign_hash *h = sign_hash_new(e);
	char chunk[BLOCK];
	off_t at = 0;
	ssize_t n = 1;

	if (!h)
		return -1;
	while (n != 0) {
		n = pread(fd, chunk, sizeof(chunk), at);
		if (n < 0 && errno != EINTR)
			break;
		if (n > 0) {
			sign_hash_add(h, chunk, (size_t)n);
			at += n;
		}
	}
	sign_hash_end(h, n == 0 ? hash : NULL);
	return n == 0 ? 0 : err_set(e, ERR_IO, errno, "cannot read: %s", strerror(errno));
}

int trust_check_open(const struct trust *t, const char *path, int fd,
	unsigned char hash[SIGN_HASH_SIZE], struct signature *s, struct err *e)
{
	buf_auto text = { 0 };

	if (read_signature(path, &text, e) < 0)
		return -1;
	if (hash_file(fd, hash, e) < 0)
		return err_wrap(e, "%s", path);
	if (sign_verify_hash(s, hash, buf_str(&text), t->keys, t->n, e) < 0)
		return err_wrap(e, "%s.minisig", path);
	return 0;
}

void trust_release(struct trust *t)
{
	free(t->keys);
	*t = (struct trust){ 0 };
}
