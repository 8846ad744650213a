/* SPDX-License-Identifier: Apache-2.0 */
#include "base/out.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool wants_color(enum out_color color, bool able)
{
	const char *unwanted = getenv("NO_COLOR");

	if (color != COLOR_AUTO)
		return color == COLOR_ALWAYS;
	return able && isatty(STDOUT_FILENO) && !(unwanted && *unwanted);
}

void out_init(struct out *out, bool quiet, enum out_color color)
{
	const char *term = getenv("TERM");
	bool able = term && strcmp(term, "dumb") != 0;

	*out = (struct out){
		.quiet = quiet,
		.progress_on = !quiet && isatty(STDERR_FILENO) && able,
		.colored = wants_color(color, able),
	};
}

void out_line(struct out *out, enum out_style style, const char *fmt, ...)
{
	static const char *const codes[] = { "", "\033[1m", "\033[31m", "\033[33m", "\033[32m" };
	va_list ap;

	va_start(ap, fmt);
	char_auto *line = xvasprintf(fmt, ap);
	va_end(ap);
	if (!out->colored) {
		buf_printf(&out->text, "%s\n", line);
		return;
	}
	if (out->text.len > out->clean)
		out_sanitize(out->text.data + out->clean);
	out_sanitize(line);
	buf_printf(&out->text, "%s%s%s\n", codes[style], line, style ? "\033[0m" : "");
	out->clean = out->text.len;
}

void out_sanitize(char *s)
{
	for (unsigned char *p = (unsigned char *)s; *p; p++) {
		if ((*p < 0x20 && *p != '\n' && *p != '\t') || *p == 0x7f)
			*p = '?';
		else if (p[0] == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0)
			p[0] = p[1] = '?'; /* U+0080..U+009F */
	}
}

int out_flush(struct out *out, struct err *e)
{
	size_t done = 0;

	if (out->text.len > out->clean && isatty(STDOUT_FILENO))
		out_sanitize(out->text.data + out->clean);
	while (done < out->text.len) {
		ssize_t n = write(STDOUT_FILENO, out->text.data + done, out->text.len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(e, ERR_IO, errno, "standard output: cannot write: %s",
				strerror(errno));
		done += (size_t)n;
	}
	buf_clear(&out->text);
	out->clean = 0;
	return 0;
}

/* One write: other processes write to the same stream, and a line stays whole. */
static void write_stderr(
	const char *before, const char *separator, const char *end, const char *fmt, va_list ap)
{
	char_auto *text = xvasprintf(fmt, ap);
	char_auto *line = xasprintf("%s%s%s%s", before, separator, text, end);
	const size_t len = strlen(line);

	out_sanitize(line + strlen(before) + strlen(separator));
	fflush(stderr);
	for (size_t done = 0; done < len;) {
		ssize_t n = write(STDERR_FILENO, line + done, len - done);

		if (n < 0 && errno != EINTR)
			return;
		done += n > 0 ? (size_t)n : 0;
	}
}

void out_note(struct out *out, const char *fmt, ...)
{
	va_list ap;

	if (out->quiet)
		return;
	out_progress_end(out);
	va_start(ap, fmt);
	write_stderr(out->prefix ? out->prefix : "", out->prefix ? ": " : "", "\n", fmt, ap);
	va_end(ap);
}

void out_progress(struct out *out, const char *fmt, ...)
{
	va_list ap;

	if (!out->progress_on)
		return;
	va_start(ap, fmt);
	write_stderr("\r\033[K", "", "", fmt, ap);
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
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];
		unsigned char next = i + 1 < len ? (unsigned char)s[i + 1] : 0;

		if (c == 0xc2 && next >= 0x80 && next < 0xa0) { /* U+0080..U+009F */
			buf_putc(out, '?');
			i++;
		} else {
			buf_putc(out, c < 0x20 || c == 0x7f ? '?' : (char)c);
		}
	}
}
