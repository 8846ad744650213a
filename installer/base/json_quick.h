/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The common case of JSON, several times as fast as jansson's parser, into jansson's values. What
 * is not common (an error, a number beyond 18 digits, a surrogate, a NUL) is left to jansson, which
 * has the last word.
 */
#ifndef BASE_JSON_QUICK_H
#define BASE_JSON_QUICK_H

#include <jansson.h>

/* A value, the caller's, which is what json_loadb makes of it; NULL: ask jansson. */
json_t *json_quick(const char *text, size_t len);

#endif
