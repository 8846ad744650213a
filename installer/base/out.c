/* SPDX-License-Identifier: Apache-2.0 */
#include "base/out.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/secret.h"

static const char *const codes[] = { "", "\033[1m", "\033[31m", "\033[33m", "\033[32m" };

static const char *caller; /* NULL: the program has its own name */

void out_called_by(const char *word)
{
	caller = word;
}

/* A copy in which each command line of this program begins as the user's did. */
static char *as_called(const char *text)
{
	static const char name[] = "calico-datastore ";
	struct buf b = { 0 };
	const char *at, *p = text;

	for (; caller && (at = strstr(p, name)); p = at + strlen(name)) {
		const char *next = at + strlen(name);
		bool begins = at == text || strchr(" \n\"(`", at[-1]);

		buf_putn(&b, p, (size_t)(at - p));
		if (begins && ((*next >= 'a' && *next <= 'z') || has_prefix(next, "COMMAND")))
			buf_printf(&b, "%s ", caller);
		buf_puts(&b, name);
	}
	buf_puts(&b, p);
	return buf_steal(&b);
}

static bool wants_color(enum out_color color, bool able, int fd)
{
	const char *unwanted = getenv("NO_COLOR");

	if (color != COLOR_AUTO)
		return color == COLOR_ALWAYS;
	return able && isatty(fd) && !(unwanted && *unwanted);
}

void out_init(struct out *out, bool quiet, enum out_color color)
{
	const char *term = getenv("TERM");
	bool able = term && strcmp(term, "dumb") != 0;

	*out = (struct out){
		.quiet = quiet,
		.terminal = isatty(STDOUT_FILENO),
		.progress_on = !quiet && isatty(STDERR_FILENO) && able,
		.colored = wants_color(color, able, STDOUT_FILENO),
		.colored_notes = wants_color(color, able, STDERR_FILENO),
	};
}

/*
 * The length of the UTF-8 character at s (RFC 3629). 0: s begins with a control character or with
 * bytes that are no UTF-8, such as C1 in one byte; *skip is their length.
 */
static size_t character(const unsigned char *s, size_t len, size_t *skip)
{
	const size_t n = *s < 0x80 ? 1 : *s < 0xe0 ? 2 : *s < 0xf0 ? 3 : 4;
	uint32_t c = *s & (n == 1 ? 0x7f : 0x7f >> n);
	static const uint32_t least[] = { 0, 0x20, 0xa0, 0x800, 0x10000 };

	*skip = 1;
	if ((*s >= 0x80 && *s < 0xc2) || *s > 0xf4 || n > len || *s == 0x7f)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	if (n == 2)
		*skip = 2; /* U+0080..U+009F */
	return c < least[n] || (c >= 0xd800 && c < 0xe000) || c > 0x10ffff ? 0 : n;
}

static bool is_plain(char c)
{
	return c >= ' ' && c <= '~';
}

/* Replaces control characters of foreign text by '?', in place. */
static void replace_controls(char *s, size_t len)
{
	for (size_t n, bad, i = 0; i < len; i += n) {
		n = 1;
		if (is_plain(s[i]))
			continue; /* nearly all of the text */
		n = s[i] == '\n' || s[i] == '\t'
			    ? 1
			    : character((unsigned char *)s + i, len - i, &bad);
		if (n == 0) {
			memset(s + i, '?', bad);
			n = bad;
		}
	}
}

void out_sanitize(char *s)
{
	size_t len = secret_mask(s, strlen(s));

	s[len] = '\0';
	replace_controls(s, len);
}

/* Cleans what was collected since the last call, also for a pipe: a terminal may be at its end. */
static void clean_rest(struct out *out)
{
	size_t len = out->text.len - out->clean;

	if (len == 0)
		return;
	char *rest = out->text.data + out->clean;

	if (!out->data)
		len = secret_mask(rest, len);
	rest[len] = '\0';
	out->text.len = out->clean + len;
	replace_controls(rest, len);
}

void out_line(struct out *out, enum out_style style, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	char_auto *line = xvasprintf(fmt, ap);
	va_end(ap);
	if (!out->colored) {
		buf_printf(&out->text, "%s\n", line);
		return;
	}
	clean_rest(out);
	out_sanitize(line);
	buf_printf(&out->text, "%s%s%s\n", codes[style], line, style ? "\033[0m" : "");
	out->clean = out->text.len;
}

void out_name_caller(struct out *out)
{
	clean_rest(out);
	if (!caller || out->text.len == 0)
		return;
	char_auto *text = as_called(out->text.data);

	out_discard(out);
	buf_puts(&out->text, text);
	out->clean = out->text.len;
}

void out_discard(struct out *out)
{
	buf_clear(&out->text);
	out->clean = 0;
}

int out_flush(struct out *out, struct err *e)
{
	size_t done = 0;

	clean_rest(out);
	while (done < out->text.len) {
		ssize_t n = write(STDOUT_FILENO, out->text.data + done, out->text.len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(e, ERR_IO, errno, "standard output: cannot write: %s",
				strerror(errno));
		done += (size_t)n;
	}
	out_discard(out);
	return 0;
}

/* One write for a line, so that the lines of several processes are not mixed. */
static void PRINTF(3, 0)
	write_stderr(const char *before, const char *end, const char *fmt, va_list ap)
{
	char_auto *text = xvasprintf(fmt, ap);

	out_sanitize(text);
	char_auto *called = as_called(text);
	char_auto *line = xasprintf("%s%s%s", before, called, end);
	const size_t len = strlen(line);

	fflush(stderr);
	for (size_t done = 0; done < len;) {
		ssize_t n = write(STDERR_FILENO, line + done, len - done);

		if (n < 0 && errno != EINTR)
			return;
		done += n > 0 ? (size_t)n : 0;
	}
}

static void PRINTF(2, 3) write_line(const char *before, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	write_stderr(before, "\n", fmt, ap);
	va_end(ap);
}

void out_error(struct out *out, const char *text)
{
	out_progress_end(out);
	if (out->colored_notes)
		write_line("calico-datastore: \033[31merror:\033[0m ", "%s", text);
	else
		write_line("calico-datastore: error: ", "%s", text);
}

void out_remedy(char *text)
{
	out_sanitize(text);
	char_auto *called = as_called(text);

	fputs(called, stderr);
}

#define WARNING "warning:"

void out_note(struct out *out, const char *fmt, ...)
{
	va_list ap;

	if (out->quiet)
		return;
	out_progress_end(out);
	va_start(ap, fmt);
	char_auto *text = xvasprintf(fmt, ap);
	va_end(ap);
	bool yellow = out->colored_notes && has_prefix(text, WARNING);
	char_auto *before = xasprintf("%s%s%s", out->prefix ? out->prefix : "",
		out->prefix ? ": " : "", yellow ? "\033[33m" WARNING "\033[0m" : "");

	write_line(before, "%s", text + (yellow ? strlen(WARNING) : 0));
}

void out_progress(struct out *out, const char *fmt, ...)
{
	va_list ap;

	if (!out->progress_on)
		return;
	va_start(ap, fmt);
	write_stderr("\r\033[K", "", fmt, ap);
	va_end(ap);
	out->progress_seen = true;
}

void out_progress_end(struct out *out)
{
	if (out->progress_seen)
		fputs("\r\033[K", stderr);
	out->progress_seen = false;
}

void out_release(struct out *out)
{
	buf_release(&out->text);
}

void out_plain(struct buf *out, const char *s, size_t len)
{
	for (size_t n, bad, i = 0; i < len; i += n ? n : bad) {
		for (n = 0; i + n < len && is_plain(s[i + n]);)
			n++; /* nearly all of the text */
		if (n == 0)
			n = character((const unsigned char *)s + i, len - i, &bad);
		buf_putn(out, n ? s + i : "?", n ? n : 1);
	}
}
