/* SPDX-License-Identifier: Apache-2.0 */
#include "base/out.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void out_init(struct out *out, bool quiet)
{
	const char *term = getenv("TERM");

	*out = (struct out){
		.quiet = quiet,
		.progress_on = !quiet && isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0,
	};
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

	if (out->text.len > 0 && isatty(STDOUT_FILENO))
		out_sanitize(out->text.data);
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
	return 0;
}

static void write_stderr(const char *fmt, va_list ap)
{
	char_auto *line = xvasprintf(fmt, ap);

	out_sanitize(line);
	fputs(line, stderr);
}

void out_note(struct out *out, const char *fmt, ...)
{
	va_list ap;

	if (out->quiet)
		return;
	out_progress_end(out);
	if (out->prefix)
		fprintf(stderr, "%s: ", out->prefix);
	va_start(ap, fmt);
	write_stderr(fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

void out_progress(struct out *out, const char *fmt, ...)
{
	va_list ap;

	if (!out->progress_on)
		return;
	fputs("\r\033[K", stderr);
	va_start(ap, fmt);
	write_stderr(fmt, ap);
	va_end(ap);
	fflush(stderr);
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
