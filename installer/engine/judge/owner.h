/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who manages a CRD, from the marks on it: labels and annotations of programs that reconcile (Helm,
 * Argo CD, Flux, k0s, k3s, ... a table with sources in owner.c), owner references, and managers in
 * metadata.managedFields that look like a controller
 * (https://kubernetes.io/docs/reference/using-api/server-side-apply/). Pure. The struct owns what
 * it holds.
 */
#ifndef ENGINE_JUDGE_OWNER_H
#define ENGINE_JUDGE_OWNER_H

#include <jansson.h>

#include "base/util.h"

struct owner {
	char *who; /* "Helm (release calico of calico-system)", "kubectl-client-side-apply" */
	char *since; /* RFC 3339; NULL: not known */
	json_t *fields; /* strings, only as detailed as "spec.versions" */
	bool foreign; /* it restores its own state, so ask before its CRD is changed */
	bool marked; /* found by a label, an annotation or an owner reference, for all fields */
};

struct owners {
	struct owner *items; /* marks first, then managers in the order of the server */
	size_t n;
};

void owners_find(struct owners *o, const json_t *crd);
/*
 * The first foreign owner that these changes (from crd_diff) concern: its mark is on the CRD, or it
 * owns a changed field. NULL: none.
 */
const struct owner *owners_concerned(const struct owners *o, const json_t *changes);
/* The first owner with a mark on the CRD, foreign or not, or a foreign manager of its spec. */
const struct owner *owners_marked(const struct owners *o);
/* "Helm (...) since 2025-01-01T00:00:00Z, owner of spec.versions"; the caller frees it. */
char *owner_text(const struct owner *owner);
void owners_release(struct owners *o);

/* True: other projects also use the group, so its CRDs are never downgraded. */
bool owner_shares_group(const char *group);

#define owners_auto __attribute__((cleanup(owners_release))) struct owners

#endif
