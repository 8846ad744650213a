/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads an object through the table of Go types, as calicoctl decodes it. A value that calicoctl
 * refuses is a problem. A value that calicoctl accepts comes out as calicoctl prints it: fields in
 * order, values in their canonical form ("90s" as "1m30s", "80:80" as 80, "1.10" as 65546).
 */
#ifndef CALICO_MODEL_DECODE_H
#define CALICO_MODEL_DECODE_H

#include <jansson.h>

#include "base/err.h"
#include "calico/model/fields.h"

enum {
	DECODE_STORED = 0, /* as Go reads JSON: unknown fields are no problem */
	/*
	 * As calicoctl reads a file: unknown fields are problems. A number or boolean becomes text
	 * where the field is a string. null becomes "" in maps and lists of strings.
	 */
	DECODE_STRICT = 1 << 0,
	DECODE_JUDGE = 1 << 1, /* only report problems; build no result */
	DECODE_NO_UNKNOWN = 1 << 2, /* leave unknown fields out; without this flag they come last */
	DECODE_MAX_PROBLEMS = 20, /* problems kept of one object; more are only counted */
};

struct decode_problem {
	char *path; /* "spec.ingress[0].source.ports[1]"; "": the whole object */
	const json_t *json; /* the value; borrowed from the object */
	char *value; /* as JSON, shortened */
	char *why; /* follows the value in a sentence: "is no duration, such as 90s or 1m30s" */
};

struct decode {
	unsigned how;
	struct decode_problem problems[DECODE_MAX_PROBLEMS];
	size_t n; /* number of problems; may be above DECODE_MAX_PROBLEMS */
};

/*
 * Returns the object in its types, a new reference; it shares parts that need no change. A value
 * with a problem stays unchanged.
 */
CHECKED json_t *decode_object(
	const struct field_table *fields, const json_t *object, struct decode *d);
/* Reports the first problem as an error: "PATH: VALUE WHY". Returns 0 without a problem. */
int decode_error(const struct decode *d, struct err *e);
void decode_release(struct decode *d);

#endif
