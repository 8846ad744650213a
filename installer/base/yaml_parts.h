/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of base/yaml.h share, and nobody else: the meaning of scalars in Kubernetes
 * tooling, and the reader of JSON values in a row. The caller owns what is returned.
 */
#ifndef BASE_YAML_PARTS_H
#define BASE_YAML_PARTS_H

#include <jansson.h>

#include "base/err.h"

#define YAML_TAG "tag:yaml.org,2002:"

/* ASCII digits, in every locale. */
static inline bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline const char *skip_digits(const char *s)
{
	while (is_digit(*s))
		s++;
	return s;
}

enum yaml_scalar_type {
	YAML_IS_STRING,
	YAML_IS_NULL,
	YAML_IS_BOOL,
	YAML_IS_INT,
	YAML_IS_BIG, /* beyond int64 but within uint64: an integer in YAML, a real in Kubernetes */
	YAML_IS_FLOAT,
};

struct yaml_scalar {
	enum yaml_scalar_type type;
	bool b;
	json_int_t i;
	double d;
};

/* The meaning of a plain scalar. Dates are strings. NaN and infinities are floats. */
struct yaml_scalar yaml_resolve(const char *s, size_t len);

/* NULL for a string: the scalar has no copy of its text. */
json_t *yaml_scalar_json(const struct yaml_scalar *s);
struct yaml_scalar yaml_scalar_of(const json_t *value); /* null for an array or object */

/* Kubernetes prints 1e3 as 1000: an integral number within 64 bits is an integer. */
json_t *yaml_number(double d);

/*
 * The fewest digits that give the same double, or with single the same float. The number is finite.
 */
char *yaml_real_text(double d, bool single);

/* Whether a scalar of this type may have a tag of another type than string. */
bool yaml_fits_tag(const char *tag, enum yaml_scalar_type type);

struct yaml_place {
	size_t line, column; /* counted from 0; a column is a character */
};

struct yaml_place yaml_place_of(const char *text, size_t offset);

/*
 * Appends to documents. 1: the text was JSON and has been read. 0: the YAML reader has to read the
 * text; meant then says what is wrong with it when it is clearly meant as JSON. -1: refused.
 */
CHECKED int yaml_read_json(json_t *documents, const char *name, const char *text, size_t len,
	struct err *meant, struct err *e);

#endif
