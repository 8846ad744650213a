/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What jansson does not do: it reads numbers beyond 64 bits, prints reals with the fewest digits,
 * compares by value, and reads nested members without a check at each step.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <jansson.h>

#include "base/buf.h"

enum {
	/*
	 * Bytes of a text and of its values while it is parsed. Values take up to 60 times the
	 * bytes of their text, and the Job has 256 MiB.
	 */
	JSON_MAX_MEMORY = 200 << 20,
	JSON_MAX_BATCH = 128 << 20, /* of all answers of a batch of many, whose texts come in */
	/*
	 * Values that are parsed before the deadline and signals are looked at, so that short texts
	 * pass at the end of a run.
	 */
	JSON_MIND_STOP = 1 << 18,
	JSON_ITEM_MEMORY = 64, /* bytes that an item of a list takes at least */
	JSON_MIND_ITEMS = 4096, /* the same for items of a list */
};

enum json_style {
	JSON_STYLE_COMPACT = 0,
	JSON_STYLE_INDENT = 1 << 0, /* two spaces, as kubectl and calicoctl print */
	JSON_STYLE_SORT = 1 << 1, /* keys sorted; otherwise insertion order */
	JSON_STYLE_HTML = 1 << 2, /* < > & escaped, as Go prints them */
};

/*
 * One JSON value; "\u0000" in strings is allowed, integers beyond 64 bits become reals. An error
 * quotes nothing of the text. ERR_FORMAT with the code EFBIG: the text and its values are above
 * JSON_MAX_MEMORY. A parse that takes long ends as stop_check does.
 */
CHECKED json_t *json_parse(const char *text, size_t len, struct err *e);
/* What of an object is built; the other members are judged as JSON and left out. */
struct json_wanted {
	/* Of a member by its key, and of the items of its list; NULL: it is left out. */
	const struct json_wanted *(*member)(const struct json_wanted *w, const char *key);
};
extern const struct json_wanted json_all; /* a value with all that is in it */

/* Items that are built one at a time, from a text that stays where it is. Zero: none. */
struct json_items {
	size_t n; /* left */
	const char *next, *end;
	json_t *built; /* instead of a text; owned */
};

/*
 * json_parse for an object whose member "items" is a long list: the list is empty in the result,
 * and its items follow one by one.
 */
CHECKED json_t *json_parse_list(
	const char *text, size_t len, struct json_items *items, struct err *e);
/* The next one, the caller's; w NULL: all of it. NULL without an error: none is left. */
CHECKED json_t *json_next_item(
	struct json_items *items, const struct json_wanted *w, struct err *e);
void json_items_release(struct json_items *items);

/*
 * Between these, one limit counts for all that is parsed and still there; waiting: bytes of texts
 * that wait to be parsed. One batch at a time.
 */
void json_batch_begin(bool many);
void json_batch_waiting(size_t bytes);
/* A text that stays until the batch is looked at. -1: with it, the limit is passed. */
CHECKED int json_batch_keep(size_t text, struct err *e);
void json_batch_end(void);
/* Parses what this program wrote itself: without limits, also after the deadline. */
CHECKED json_t *json_parse_own(const char *text, size_t len, struct err *e);
/*
 * jansson's json_loadb within the limits of json_parse. refused is set only when a limit was met.
 */
CHECKED json_t *json_load_limited(const char *text, size_t len, size_t flags, json_error_t *je,
	struct err *refused);
/* A deep copy within the same limits. */
CHECKED json_t *json_copy_limited(const json_t *value, struct err *e);
/* Escapes control characters, also C1. */
void json_write(struct buf *out, const json_t *value, unsigned style);
/* Writes a part of a document: the lines after the first one are indented by so many steps more. */
void json_write_at(struct buf *out, const json_t *value, unsigned style, size_t depth);
/*
 * Compares two numbers as numbers, and other values type by type. The order of members does not
 * count.
 */
bool json_same(const json_t *a, const json_t *b);

/*
 * Returns the borrowed member along a path of keys that NULL closes. NULL where a step is missing.
 */
const json_t *json_at(const json_t *value, ...) __attribute__((sentinel));
/* NULL unless the member is a string */
const char *json_str(const json_t *object, const char *key);
bool json_array_has(const json_t *array, const json_t *value); /* json_equal to one of them */

/* Overwrites all strings of a tree that has no other owner: for secrets. */
void json_wipe(json_t *v);

/* From now on counts the bytes of values that other parsers make. Nothing is refused. */
void json_count_begin(size_t text_len);
CHECKED int json_count_check(struct err *e); /* -1, as json_parse, once a limit is met */
void json_count_end(void);

#endif
