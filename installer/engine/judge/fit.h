/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether the API server would accept a new object: checks the schema and rules of its CRD, from a
 * release or a cluster. Pure. A zero struct with crds set is ready. It keeps compiled schemas for
 * the next object.
 */
#ifndef ENGINE_JUDGE_FIT_H
#define ENGINE_JUDGE_FIT_H

#include "calico/model/kinds.h"
#include "calico/write/findings.h"
#include "engine/judge/schema/schema.h"

struct fit_kind;

struct fit {
	const json_t *crds; /* an array; borrowed */
	struct schema_judge judge;
	struct fit_kind *kinds;
	size_t n;
	size_t unknown; /* parts of objects that only the server can judge */
};

/* object: v3 or its stored form, since the schema is that of spec. Adds what the schema refuses. */
void fit_judge(struct fit *fit, const struct calico_kind *kind, const json_t *object,
	struct write_findings *f);
void fit_release(struct fit *fit);

#define fit_auto __attribute__((cleanup(fit_release))) struct fit

#endif
