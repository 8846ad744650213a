/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who looks after a CRD, by what they left on it: labels and annotations of those who reconcile
 * (Helm, Argo CD, Flux, k0s, k3s, ... a table with sources in owner.c), owner references, and the
 * managers of metadata.managedFields that look like a controller
 * (https://kubernetes.io/docs/reference/using-api/server-side-apply/). Pure. The struct owns what
 * it holds.
 */
#ifndef ENGINE_JUDGE_OWNER_H
#define ENGINE_JUDGE_OWNER_H

#include <jansson.h>

#include "base/util.h"

struct owner {
	char *who; /* "Helm (release calico of calico-system)", "kubectl-client-side-apply" */
	char *since; /* RFC 3339; NULL: nothing says so */
	json_t *fields; /* strings, as far as fields are told apart: "spec.versions" */
	bool foreign; /* will want its own state back: ask before its CRD is changed */
	bool marked; /* by a label, an annotation or an owner reference, whatever it owns */
};

struct owners {
	struct owner *items; /* marks first, then managers in the server's order */
	size_t n;
};

void owners_find(struct owners *o, const json_t *crd);
/*
 * The first foreign one to whom these changes (as crd_diff gives them) matter: its mark is on the
 * CRD, or one of its fields changes. NULL: none.
 */
const struct owner *owners_concerned(const struct owners *o, const json_t *changes);
/* The first whose mark is on the CRD, whether foreign or not, or a foreign manager of its spec. */
const struct owner *owners_marked(const struct owners *o);
/* "Helm (...) since 2025-01-01T00:00:00Z, owner of spec.versions"; the caller's. */
char *owner_text(const struct owner *owner);
void owners_release(struct owners *o);

/* A group that projects other than Calico share: its CRDs are never downgraded. */
bool owner_shares_group(const char *group);

#define owners_auto __attribute__((cleanup(owners_release))) struct owners

#endif
