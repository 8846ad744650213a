/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A body that was cut and continues where it ended (RFC 9110, 13.1.5 and 14): only with a strong
 * entity tag, and only when exactly the rest comes. The body is kept in memory; the struct owns it.
 */
#ifndef BASE_HTTP_RESUME_H
#define BASE_HTTP_RESUME_H

#include "base/buf.h"

enum { HTTP_RESUME_PROGRESS = 1024 }; /* bytes after which an attempt counts as progress */

struct http_resume {
	/* what earlier attempts brought; empty: the next attempt asks for everything */
	struct buf kept;
	char *validator; /* entity tag of the bytes in kept */
	char *tag, *range; /* ETag and Content-Range of the answer that comes in */
	size_t had; /* number of bytes of kept that this answer continues */
	bool wrong; /* the server sent another range than the one that was asked for */
};

/* Reads one line of the answer's head. */
void http_resume_header(struct http_resume *r, const char *line, size_t len);
/*
 * Call before the first byte of a body: copies into answer what the body continues. -1: the body
 * does not fit.
 */
CHECKED int http_resume_begin(struct http_resume *r, long status, struct buf *answer);
/* Call after a cut; begun: part of the body came. Returns whether this attempt made progress. */
bool http_resume_keep(struct http_resume *r, long status, bool begun, struct buf *answer);
void http_resume_release(struct http_resume *r);

#endif
