/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The typed form of an object, as the calicoctl of v3.29.1 prints it: fields in the order of its
 * types, empty ones left out, and no field of another type than it should have. Fields that no
 * shape knows come last and stay as they are: a later release may have added them.
 */
#ifndef CALICO_MODEL_SHAPE_H
#define CALICO_MODEL_SHAPE_H

#include <jansson.h>

#include "base/buf.h"

/*
 * One struct: where it is (".spec", ".metadata.ownerReferences[]") and its fields in order, as
 * "name:TYPE[!|?]", space-separated. TYPE is s string, i integer, b boolean, t time, m map of
 * strings, a array of strings, l array of anything, o struct, O array of structs, n number, x
 * anything. An empty value is left out, except "!" always there, "?" left out only when absent or
 * null. A path that begins with "=" makes what is below it have the shapes of another path.
 */
struct calico_shape {
	const char *path; /* "" is the object itself */
	const char *fields; /* of "=PATH": the other path */
};

/*
 * A new object; parts that need no change are shared. shapes is closed by a NULL path; the rows
 * of the object itself and of its metadata are built in. The error says which field is wrong.
 */
CHECKED json_t *shape_apply(const struct calico_shape *shapes, const json_t *object, struct err *e);

#endif
