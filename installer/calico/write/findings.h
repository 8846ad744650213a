/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is wrong with an object, field by field. All findings of an object are collected, so a
 * person corrects a file only once. The struct owns its texts. A zeroed struct has no findings.
 */
#ifndef CALICO_WRITE_FINDINGS_H
#define CALICO_WRITE_FINDINGS_H

#include <jansson.h>

#include "base/buf.h"

struct write_finding {
	char *rule; /* a fixed word for scripts, such as "selector" or "overlap" */
	char *path; /* "spec.ingress[0].action"; "": the whole object */
	char *value; /* the value in the object, as JSON, shortened; NULL: the field is absent */
	char *why; /* what is wrong with it: "is not one of: Allow, Deny, Log, Pass" */
	char *remedy; /* what to do: "write Allow"; NULL: why already says it */
};

struct write_findings {
	struct write_finding *items; /* in the order of the object's fields */
	size_t n, room;
	size_t cut; /* findings beyond FINDINGS_MAX, only counted */
};

enum { FINDINGS_MAX = 200 }; /* kept of one object */

/* Adds a finding. remedy NULL: none; value NULL: the field is absent. path and value are copied. */
void findings_add(struct write_findings *f, const char *rule, const char *path,
	const json_t *value, const char *remedy, const char *fmt, ...) PRINTF(6, 7);
/* The same, but value is JSON text already. */
void findings_add_text(struct write_findings *f, const char *rule, const char *path,
	const char *value, const char *remedy, const char *fmt, ...) PRINTF(6, 7);
/* One finding as a sentence: "spec.cidr: \"10.0.0.1\": is no network; write 10.0.0.0/8". */
void finding_text(struct buf *out, const struct write_finding *f);
/* All findings as sentences, joined by "; ". */
void findings_text(struct buf *out, const struct write_findings *f);
/* All findings as a new array: [{rule, path, value, why, remedy}]. */
json_t *findings_json(const struct write_findings *f);
void findings_release(struct write_findings *f);

#define findings_auto __attribute__((cleanup(findings_release))) struct write_findings

#endif
