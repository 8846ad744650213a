/* SPDX-License-Identifier: Apache-2.0 */
#include "base/http_resume.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static void set_text(char **to, char *value)
{
	free(*to);
	*to = value;
}

/* Returns the value of the header when the line has this name, else NULL. */
static char *value_of(const char *line, const char *name)
{
	size_t n = strlen(name);

	if (strncasecmp(line, name, n) != 0)
		return NULL;
	line += n + strspn(line + n, " \t");
	return xstrndup(line, strcspn(line, "\r\n"));
}

void http_resume_header(struct http_resume *r, const char *data, size_t len)
{
	char_auto *line = xstrndup(data, len);
	char *value;

	if (has_prefix(line, "HTTP/")) {
		set_text(&r->tag, NULL);
		set_text(&r->range, NULL);
	}
	value = value_of(line, "ETag:");
	if (value)
		set_text(&r->tag, value);
	value = value_of(line, "Content-Range:");
	if (value)
		set_text(&r->range, value);
}

static bool fits(const struct http_resume *r)
{
	unsigned long long first, last, all;
	char end;

	return r->kept.len > 0 && r->range &&
	       sscanf(r->range, "bytes %llu-%llu/%llu%c", &first, &last, &all, &end) == 3 &&
	       first == r->kept.len && last >= first && last + 1 == all &&
	       (!r->tag || strcmp(r->tag, r->validator) == 0);
}

static void forget(struct http_resume *r)
{
	buf_release(&r->kept);
	set_text(&r->validator, NULL);
}

int http_resume_begin(struct http_resume *r, long status, struct buf *answer)
{
	r->had = 0;
	r->wrong = status == 206 && !fits(r);
	if (r->wrong)
		return -1;
	if (status != 206)
		return 0;
	r->had = r->kept.len;
	return buf_add(answer, r->kept.data, r->kept.len);
}

bool http_resume_keep(struct http_resume *r, long status, bool begun, struct buf *answer)
{
	size_t had = r->had;
	const char *tag = status == 206 ? r->validator : r->tag;

	r->had = 0;
	if (r->wrong) {
		forget(r);
		return false;
	}
	if (!begun || (status != 200 && status != 206))
		return false;
	if (!tag || tag[0] != '"' || strlen(tag) > 200 || strpbrk(tag, "\r\n")) {
		forget(r);
		return false;
	}
	char *validator = xstrdup(tag);

	buf_release(&r->kept);
	r->kept = *answer;
	*answer = (struct buf){ .max = r->kept.max };
	set_text(&r->validator, validator);
	return r->kept.len >= had + HTTP_RESUME_PROGRESS;
}

void http_resume_release(struct http_resume *r)
{
	forget(r);
	set_text(&r->tag, NULL);
	set_text(&r->range, NULL);
}
