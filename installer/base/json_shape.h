/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a JSON value from outside must look like before anything relies on it: rows of a path and a
 * type, as the Kubernetes API types them. null counts as absent, as it does for Kubernetes.
 */
#ifndef BASE_JSON_SHAPE_H
#define BASE_JSON_SHAPE_H

#include <jansson.h>

#include "base/err.h"

/*
 * path: keys joined by dots; "[]" behind one stands for each item of an array, "{}" for each value
 * of an object. What is before the last key must have its type wherever it is. type: one of
 * string, array, object, boolean, integer, number, with "!" behind it when it may not be absent.
 */
struct json_shape {
	const char *path, *type;
};

/* ERR_FORMAT names the path: "spec.group is an array, not a string", "spec.group is missing". */
CHECKED int json_check(const json_t *value, const struct json_shape *rows, size_t n, struct err *e);

#endif
