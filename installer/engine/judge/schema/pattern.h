/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Matches a schema's "pattern" as the API server does: Go's regexp, which is RE2
 * (https://github.com/google/re2/wiki/Syntax), in UTF-8, unanchored. Each pattern is compiled once.
 * The struct owns the compiled patterns; a zero struct is an empty cache.
 */
#ifndef ENGINE_JUDGE_SCHEMA_PATTERN_H
#define ENGINE_JUDGE_SCHEMA_PATTERN_H

#include <jansson.h>

#include "base/util.h"

/* UNKNOWN: the pattern has another meaning here than in Go, or the match takes too long. */
enum schema_match { SCHEMA_MATCH, SCHEMA_NO_MATCH, SCHEMA_MATCH_UNKNOWN };

struct schema_patterns {
	json_t *index; /* pattern -> its index */
	struct schema_pattern *items;
	size_t n;
};

/* text: n bytes of UTF-8, NULs allowed. */
enum schema_match schema_pattern_match(
	struct schema_patterns *cache, const char *pattern, const char *text, size_t n);
/* Finds the first match from byte start on: bytes from "from" up to "to". */
enum schema_match schema_pattern_find(struct schema_patterns *cache, const char *pattern,
	const char *text, size_t n, size_t start, size_t *from, size_t *to);
void schema_patterns_release(struct schema_patterns *cache);

#endif
