/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What jansson leaves out: answers with numbers beyond 64 bits, reals printed shortest-first,
 * comparison by value, reads of nested members without checks at every step.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <jansson.h>

#include "base/buf.h"

enum json_style {
	JSON_STYLE_COMPACT = 0,
	JSON_STYLE_INDENT = 1 << 0, /* two spaces, as kubectl and calicoctl print */
	JSON_STYLE_SORT = 1 << 1, /* keys sorted; otherwise insertion order */
	JSON_STYLE_HTML = 1 << 2, /* < > & escaped, as Go prints them */
};

/* One JSON value; "\u0000" in strings is allowed, integers beyond 64 bits become reals.
 * An error quotes nothing of the text. */
CHECKED json_t *json_parse(const char *text, size_t len, struct err *e);
void json_write(struct buf *out, const json_t *value, unsigned style);
/* Equal as numbers when both are numbers, else type by type; object order does not count. */
bool json_same(const json_t *a, const json_t *b);

/* Borrowed members along a path of keys, closed by NULL; NULL where any step is missing. */
const json_t *json_at(const json_t *value, ...) __attribute__((sentinel));
const char *json_str(const json_t *object, const char *key); /* NULL unless a string */

/* Overwrites all strings of a tree that nobody else holds: for secrets. */
void json_wipe(json_t *v);

#endif
