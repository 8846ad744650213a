/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether the API server would take a new object: the schema and the rules of its CRD, of a release
 * or of a cluster. Pure. Zero with crds set is ready; what is compiled is kept between objects.
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

/* A v3 object, or one in its stored form: the schema is of spec. Adds what it does not take. */
void fit_judge(struct fit *fit, const struct calico_kind *kind, const json_t *object,
	struct write_findings *f);
void fit_release(struct fit *fit);

#define fit_auto __attribute__((cleanup(fit_release))) struct fit

#endif
