/* SPDX-License-Identifier: Apache-2.0 */
#include "fault-wire.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAX_HEAD = 1 << 20, MAX_BODY = 64 << 20 };

static ssize_t read_some(struct wire *w, void *data, size_t n)
{
	if (w->ssl)
		return SSL_read(w->ssl, data, n > INT_MAX ? INT_MAX : (int)n);
	for (;;) {
		ssize_t got = read(w->fd, data, n);

		if (got >= 0 || errno != EINTR)
			return got;
	}
}

static int fill(struct wire *w)
{
	ssize_t got = read_some(w, w->in, sizeof(w->in));

	if (got <= 0)
		return -1;
	w->at = 0;
	w->len = (size_t)got;
	return 0;
}

int wire_write(struct wire *w, const void *data, size_t n)
{
	const char *p = data;

	while (n > 0) {
		int part = n > 1 << 20 ? 1 << 20 : (int)n;
		ssize_t put = w->ssl ? SSL_write(w->ssl, p, part) : write(w->fd, p, (size_t)part);

		if (put < 0 && !w->ssl && errno == EINTR)
			continue;
		if (put <= 0)
			return -1;
		p += put;
		n -= (size_t)put;
	}
	return 0;
}

/* Reads one line without its CR LF. */
static int read_line(struct wire *w, struct buf *line, size_t max)
{
	buf_clear(line);
	for (;;) {
		if (w->at == w->len && fill(w) < 0)
			return -1;
		const char *from = w->in + w->at;
		const char *nl = memchr(from, '\n', w->len - w->at);
		size_t n = nl ? (size_t)(nl - from) + 1 : w->len - w->at;

		if (line->len + n > max)
			return -1;
		buf_putn(line, from, n);
		w->at += n;
		if (!nl)
			continue;
		line->len -= line->len > 1 && line->data[line->len - 2] == '\r' ? 2 : 1;
		line->data[line->len] = '\0';
		return 0;
	}
}

static int read_bytes(struct wire *w, struct buf *out, size_t n)
{
	if (n > MAX_BODY || out->len + n > MAX_BODY)
		return -1;
	while (n > 0) {
		if (w->at == w->len && fill(w) < 0)
			return -1;
		size_t part = w->len - w->at < n ? w->len - w->at : n;

		buf_putn(out, w->in + w->at, part);
		w->at += part;
		n -= part;
	}
	return 0;
}

int message_read_head(struct wire *w, struct message *m)
{
	buf_auto line = {0};

	buf_clear(&m->start);
	buf_clear(&m->headers);
	buf_clear(&m->body);
	if (read_line(w, &m->start, MAX_HEAD) < 0 || m->start.len == 0)
		return -1;
	for (;;) {
		if (read_line(w, &line, MAX_HEAD) < 0 || m->headers.len + line.len > MAX_HEAD)
			return -1;
		if (line.len == 0)
			return 0;
		buf_printf(&m->headers, "%s\r\n", line.data);
	}
}

static int read_chunks(struct wire *w, struct buf *body)
{
	buf_auto line = {0};

	for (;;) {
		char *end = NULL;

		if (read_line(w, &line, MAX_HEAD) < 0)
			return -1;
		unsigned long n = strtoul(buf_str(&line), &end, 16);

		if (end == line.data || n > MAX_BODY)
			return -1;
		if (n == 0)
			break;
		if (read_bytes(w, body, n) < 0 || read_line(w, &line, 2) < 0)
			return -1;
	}
	do {
		if (read_line(w, &line, MAX_HEAD) < 0)
			return -1;
	} while (line.len > 0); /* trailers */
	return 0;
}

static int read_to_end(struct wire *w, struct buf *body)
{
	for (;;) {
		size_t n = w->len - w->at;

		if (body->len + n > MAX_BODY)
			return -1;
		buf_putn(body, w->in + w->at, n);
		w->at = w->len;
		if (fill(w) < 0)
			return 0;
	}
}

static bool has_no_body(const struct message *m)
{
	const char *code = strchr(buf_str(&m->start), ' ');
	long status = code ? strtol(code, NULL, 10) : 0;

	return status == 204 || status == 304;
}

int message_read_body(struct wire *w, struct message *m, bool is_answer)
{
	char_auto *coding = message_header(m, "Transfer-Encoding");
	char_auto *length = message_header(m, "Content-Length");

	if (is_answer && has_no_body(m))
		return 0;
	if (coding && strcasecmp(coding, "chunked") == 0)
		return read_chunks(w, &m->body);
	if (length)
		return read_bytes(w, &m->body, strtoul(length, NULL, 10));
	return is_answer ? read_to_end(w, &m->body) : 0;
}

void wire_wait_for_close(struct wire *w)
{
	while (fill(w) == 0)
		;
}

void wire_cut(struct wire *w)
{
	if (w->ssl)
		SSL_free(w->ssl);
	if (w->fd >= 0)
		close(w->fd);
	w->ssl = NULL;
	w->fd = -1;
}

void wire_close(struct wire *w)
{
	if (w->ssl)
		SSL_shutdown(w->ssl);
	wire_cut(w);
}

void wire_reset(struct wire *w)
{
	struct linger now = {.l_onoff = 1, .l_linger = 0};

	setsockopt(w->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	wire_cut(w);
}

/* The value of the header line at p when the line has this name, else NULL. */
static const char *value_of(const char *p, const char *name)
{
	size_t n = strlen(name);

	if (strncasecmp(p, name, n) != 0 || p[n] != ':')
		return NULL;
	return p + n + 1 + strspn(p + n + 1, " \t");
}

static const char *next_line(const char *p)
{
	const char *nl = strchr(p, '\n');

	return nl ? nl + 1 : p + strlen(p);
}

char *message_header(const struct message *m, const char *name)
{
	for (const char *p = buf_str(&m->headers); *p; p = next_line(p)) {
		const char *value = value_of(p, name);

		if (value)
			return xstrndup(value, strcspn(value, "\r\n"));
	}
	return NULL;
}

void message_copy_headers(struct buf *out, const struct message *m)
{
	static const char *const own[] = {"Connection", "Content-Length", "Expect", "Keep-Alive",
		"TE", "Trailer", "Transfer-Encoding", "Upgrade"};

	for (const char *p = buf_str(&m->headers); *p; p = next_line(p)) {
		bool copy = true;

		for (size_t i = 0; i < ARRAY_LEN(own); i++)
			copy = copy && !value_of(p, own[i]);
		if (copy)
			buf_putn(out, p, (size_t)(next_line(p) - p));
	}
}

void message_release(struct message *m)
{
	buf_release(&m->start);
	buf_release(&m->headers);
	buf_release(&m->body);
}
