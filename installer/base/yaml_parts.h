/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files behind base/yaml.h share, for nobody else: the meaning of scalars as Kubernetes
 * tooling has it, and the reader of JSON values in a row. What is returned is the caller's.
 */
#ifndef BASE_YAML_PARTS_H
#define BASE_YAML_PARTS_H

#include <jansson.h>

#include "base/err.h"

#define YAML_TAG "tag:yaml.org,2002:"

/* ASCII digits, whatever the locale. */
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
	YAML_IS_BIG, /* beyond int64 but not uint64: an integer to YAML, a real to Kubernetes */
	YAML_IS_FLOAT,
};

struct yaml_scalar {
	enum yaml_scalar_type type;
	bool b;
	json_int_t i;
	double d;
};

/* The meaning of a plain scalar; dates are strings, NaN and infinities are floats. */
struct yaml_scalar yaml_resolve(const char *s, size_t len);

/* NULL for a string, whose text the scalar does not hold. */
json_t *yaml_scalar_json(const struct yaml_scalar *s);
struct yaml_scalar yaml_scalar_of(const json_t *value); /* null for an array or object */

/* Kubernetes prints 1e3 as 1000: what is integral and fits in 64 bits is an integer. */
json_t *yaml_number(double d);

/* The fewest digits that read back as the same double, or as the same float if single. Finite. */
char *yaml_real_text(double d, bool single);

/* Whether a scalar of this type may have a tag that names a type other than string. */
bool yaml_fits_tag(const char *tag, enum yaml_scalar_type type);

struct yaml_place {
	size_t line, column; /* from 0; a column is a character */
};

struct yaml_place yaml_place_of(const char *text, size_t offset);

/*
 * Appends to documents; 1: the text was JSON and is read. 0: it is for YAML to read, and meant
 * says what is wrong with it if it is clearly meant as JSON. -1: refused.
 */
CHECKED int yaml_read_json(json_t *documents, const char *name, const char *text, size_t len,
	struct err *meant, struct err *e);

#endif
