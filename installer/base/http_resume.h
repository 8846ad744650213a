/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A body that was cut and goes on where it ended (RFC 9110, 13.1.5 and 14): only with a strong
 * entity tag, and only with exactly the rest. It is kept in memory; the struct owns it.
 */
#ifndef BASE_HTTP_RESUME_H
#define BASE_HTTP_RESUME_H

#include "base/buf.h"

enum { HTTP_RESUME_PROGRESS = 1024 }; /* bytes that make an attempt one that got on */

struct http_resume {
	struct buf kept; /* what came before; empty: the next attempt asks for everything */
	char *validator; /* entity tag of kept */
	char *tag, *range; /* ETag and Content-Range of the answer that is coming in */
	size_t had; /* bytes of kept that this answer went on with */
	bool wrong; /* the server's range is not the one that was asked for */
};

/* A line of the answer's head. */
void http_resume_header(struct http_resume *r, const char *line, size_t len);
/* Before the first byte of a body: answer gets what it continues. -1: it does not fit. */
CHECKED int http_resume_begin(struct http_resume *r, long status, struct buf *answer);
/* After a cut; begun: some of the body came. Whether this attempt got on. */
bool http_resume_keep(struct http_resume *r, long status, bool begun, struct buf *answer);
void http_resume_release(struct http_resume *r);

#endif
