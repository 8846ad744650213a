/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks the shape of a JSON value from outside before the program relies on it: rows of a path and
 * a type, as the Kubernetes API types them. null counts as absent, as in Kubernetes.
 */
#ifndef BASE_JSON_SHAPE_H
#define BASE_JSON_SHAPE_H

#include <jansson.h>

#include "base/err.h"

/*
 * path: keys joined by dots. "[]" behind a key means each item of an array, "{}" each value of an
 * object. A value on the path before the last key must have its type wherever it is present. type:
 * string, array, object, boolean, integer or number; "!" behind the type means that the value may
 * not be absent.
 */
struct json_shape {
	const char *path, *type;
};

/* ERR_FORMAT names the path: "spec.group is an array, not a string", "spec.group is missing". */
CHECKED int json_check(const json_t *value, const struct json_shape *rows, size_t n, struct err *e);

#endif
