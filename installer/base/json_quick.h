/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parses common JSON into jansson's values, several times as fast as jansson. For anything else (an
 * error, a number beyond 18 digits, a surrogate, a NUL) the caller asks jansson, which decides.
 */
#ifndef BASE_JSON_QUICK_H
#define BASE_JSON_QUICK_H

#include "base/json.h"

/*
 * The value at *p, the caller's, which is what json_loadb makes of it, with the members that w
 * wants (NULL: all); *p is behind it then. unique: a key that comes twice is an error. NULL: ask
 * jansson.
 */
json_t *json_quick_value(
	const char **p, const char *end, const struct json_wanted *w, bool unique);
/* For json_parse_list; NULL: ask jansson. */
json_t *json_quick_list(const char *text, size_t len, struct json_items *items);

#endif
