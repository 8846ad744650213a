/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads an object through the table of Go types, as calicoctl decodes it. What calicoctl refuses
 * is a problem; what it accepts comes out as calicoctl prints it: fields in order, values in their
 * canonical form ("90s" as "1m30s", "80:80" as 80, "1.10" as 65546).
 */
#ifndef CALICO_MODEL_DECODE_H
#define CALICO_MODEL_DECODE_H

#include <jansson.h>

#include "base/err.h"
#include "calico/model/fields.h"

enum {
	DECODE_STORED = 0, /* as Go reads JSON: unknown fields are no problem */
	/* A person's file: unknown fields are problems; a number or boolean becomes text where the
	 * field is a string, null becomes "" in maps and lists of strings. */
	DECODE_STRICT = 1 << 0,
	DECODE_JUDGE = 1 << 1, /* only problems: nothing is built */
	DECODE_NO_UNKNOWN = 1 << 2, /* unknown fields are left out, else they come last */
	DECODE_MAX_PROBLEMS = 20, /* an object's; more are counted only */
};

struct decode_problem {
	char *path; /* "spec.ingress[0].source.ports[1]"; "" is the object */
	const json_t *json; /* the value, borrowed from the object */
	char *value; /* as JSON, shortened */
	char *why; /* continues the value: "is no duration, such as 90s or 1m30s" */
};

struct decode {
	unsigned how;
	struct decode_problem problems[DECODE_MAX_PROBLEMS];
	size_t n; /* may be above DECODE_MAX_PROBLEMS */
};

/*
 * The object in its types, the caller's; parts that need no change are shared. A value with a
 * problem stays as it is.
 */
CHECKED json_t *decode_object(
	const struct field_table *fields, const json_t *object, struct decode *d);
/* The first problem as an error: "PATH: VALUE WHY". 0 without a problem. */
int decode_error(const struct decode *d, struct err *e);
void decode_release(struct decode *d);

#endif
