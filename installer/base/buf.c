/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "base/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PRINTF_FEW = 256 }; /* bytes of most texts: no memory of their own */

static size_t ceiling(const struct buf *b)
{
	return b->max ? b->max : BUF_MAX_DEFAULT;
}

/* Makes room for n more bytes and the NUL. */
static int grow(struct buf *b, size_t n)
{
	if (n > ceiling(b) - b->len)
		return -1;
	if (b->len + n + 1 > b->cap) {
		size_t cap = b->cap ? b->cap : 64;

		while (cap < b->len + n + 1)
			cap *= 2;
		b->data = xrealloc(b->data, cap, 1);
		b->cap = cap;
	}
	return 0;
}

int buf_add(struct buf *b, const void *data, size_t n)
{
	if (grow(b, n) < 0)
		return -1;
	if (n)
		memcpy(b->data + b->len, data, n);
	b->len += n;
	b->data[b->len] = '\0';
	return 0;
}

void buf_putn(struct buf *b, const char *s, size_t n)
{
	if (!b->ended && buf_add(b, s, n) == 0)
		return;
	if (!b->may_end)
		abort();
	b->ended = true;
}

void buf_puts(struct buf *b, const char *s)
{
	buf_putn(b, s, strlen(s));
}

void buf_putc(struct buf *b, char c)
{
	if (b->len + 1 >= b->cap || b->ended) {
		buf_putn(b, &c, 1);
		return;
	}
	b->data[b->len++] = c;
	b->data[b->len] = '\0';
}

void buf_put_first(struct buf *b, const char *s)
{
	size_t n = strlen(s), len = b->len;

	buf_puts(b, s); /* makes room */
	memmove(b->data + n, b->data, len);
	memcpy(b->data, s, n);
}

void buf_quote(struct buf *b, const char *s)
{
	buf_putc(b, '\'');
	for (; *s; s++)
		if (*s == '\'')
			buf_puts(b, "'\\''");
		else
			buf_putc(b, *s);
	buf_putc(b, '\'');
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
	char few[PRINTF_FEW];
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(few, sizeof(few), fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n < sizeof(few)) {
		buf_putn(b, few, (size_t)n);
		return;
	}
	va_start(ap, fmt);
	char_auto *s = xvasprintf(fmt, ap);
	va_end(ap);
	buf_puts(b, s);
}

const char *buf_str(const struct buf *b)
{
	return b->data ? b->data : "";
}

char *buf_steal(struct buf *b)
{
	char *s = b->data ? b->data : xstrdup("");

	*b = (struct buf){ .max = b->max };
	return s;
}

void buf_cut(struct buf *b, size_t len)
{
	b->len = len;
	b->ended = false;
	if (b->data)
		b->data[len] = '\0';
}

void buf_clear(struct buf *b)
{
	buf_cut(b, 0);
}

void buf_release(struct buf *b)
{
	free(b->data);
	*b = (struct buf){ .max = b->max };
}

void buf_wipe(struct buf *b)
{
	if (b->data)
		explicit_bzero(b->data, b->cap);
	buf_release(b);
}

static int read_fd(struct buf *b, int fd, const char *path, size_t max, struct err *e)
{
	char chunk[65536];

	for (;;) {
		if (stop_wait(fd, path, e) < 0)
			return -1;
		ssize_t n = read(fd, chunk, sizeof(chunk));

		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n < 0)
			return err_set(
				e, ERR_IO, errno, "%s: cannot read: %s", path, strerror(errno));
		if (n == 0)
			return 0;
		if (b->len + (size_t)n > max || buf_add(b, chunk, (size_t)n) < 0)
			return err_set(e, ERR_FORMAT, 0,
				"%s: larger than the limit of %zu MiB; is this the right file?",
				path, max >> 20);
	}
}

static struct {
	char *paths[BUF_FILES_MAX + 1];
	size_t n;
} opened;

const char *const *buf_opened_files(void)
{
	return (const char *const *)opened.paths;
}

static void note_opened(const char *path)
{
	for (size_t i = 0; i < opened.n; i++)
		if (strcmp(opened.paths[i], path) == 0)
			return;
	if (opened.n < BUF_FILES_MAX)
		opened.paths[opened.n++] = xstrdup(path);
}

/* Without O_NONBLOCK, open would wait for the writer of a pipe, also after the deadline. */
int buf_open_file(const char *path, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), why = errno;

	if (fd >= 0) {
		note_opened(path);
		return fd;
	}
	char_auto *name = name_for_message(path);

	return err_set(e, ERR_IO, why, "%s: cannot open: %s", name, strerror(why));
}

int buf_read_file(struct buf *b, const char *path, size_t max, struct err *e)
{
	bool is_stdin = strcmp(path, "-") == 0;
	struct stat st;
	int fd = is_stdin ? STDIN_FILENO : buf_open_file(path, e);

	if (fd < 0)
		return -1;
	int rc = fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)
			 ? err_set(e, ERR_IO, EISDIR, "%s: is a directory, not a file", path)
			 : read_fd(b, fd, is_stdin ? "standard input" : path, max, e);
	if (!is_stdin)
		close(fd);
	return rc;
}
