/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is wrong with an object, field by field. All findings of an object are collected, so that a
 * person mends a file once. The struct owns its texts; zero is none.
 */
#ifndef CALICO_WRITE_FINDINGS_H
#define CALICO_WRITE_FINDINGS_H

#include <jansson.h>

#include "base/buf.h"

struct write_finding {
	char *rule; /* a word for scripts, such as "selector" or "overlap" */
	char *path; /* "spec.ingress[0].action"; "": the object as a whole */
	char *value; /* what the object has there, as JSON, shortened; NULL: nothing is there */
	char *why; /* what is wrong with it: "is not one of: Allow, Deny, Log, Pass" */
	char *remedy; /* what would do: "write Allow"; NULL: the reason says it */
};

struct write_findings {
	struct write_finding *items; /* in the order of the object's fields */
	size_t n, room;
	size_t cut; /* beyond FINDINGS_MAX, counted only */
};

enum { FINDINGS_MAX = 200 }; /* an object */

/* remedy NULL: none; value NULL: the field is absent. path and value are copied. */
void findings_add(struct write_findings *f, const char *rule, const char *path,
	const json_t *value, const char *remedy, const char *fmt, ...) PRINTF(6, 7);
/* The same with a value that is JSON text already. */
void findings_add_text(struct write_findings *f, const char *rule, const char *path,
	const char *value, const char *remedy, const char *fmt, ...) PRINTF(6, 7);
/* One finding as a sentence: "spec.cidr: \"10.0.0.1\": is no network; write 10.0.0.0/8". */
void finding_text(struct buf *out, const struct write_finding *f);
/* All of them, joined by "; ". */
void findings_text(struct buf *out, const struct write_findings *f);
/* [{rule, path, value, why, remedy}]: a new array. */
json_t *findings_json(const struct write_findings *f);
void findings_release(struct write_findings *f);

#define findings_auto __attribute__((cleanup(findings_release))) struct write_findings

#endif
