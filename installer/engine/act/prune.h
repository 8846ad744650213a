/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CRDs of other releases that the wanted one no longer has. They are kept and told of; --prune
 * deletes those without a single object. Between the list that shows none and the deletion an
 * object may still be created: it would go with its CRD, some milliseconds old. The struct owns its
 * items.
 */
#ifndef ENGINE_ACT_PRUNE_H
#define ENGINE_ACT_PRUNE_H

#include <jansson.h>

#include "kube/api.h"
#include "manifest/surface.h"

struct prune_item {
	const char *name; /* borrowed from the surfaces */
	json_t *live; /* the CRD; NULL before prune_look, or when it is gone */
	long objects; /* -1: not known */
	char *kept; /* why it stays; NULL: nothing keeps it */
	bool deleted;
};

struct prune {
	struct prune_item *items;
	size_t n;
};

/* Those that discovery (group -> APIResources) shows, of the CRDs of all releases, but wanted. */
void prune_init(struct prune *p, const struct surfaces *surfaces, const json_t *wanted,
	const json_t *served);
/* Reads each and counts its objects with a quorum list; what must stay gets its reason. */
CHECKED int prune_look(struct prune *p, struct kube_api *api, struct err *e);
/*
 * Looks anew, and deletes what nothing keeps, with uid and resourceVersion as preconditions; waits
 * until it is gone.
 */
CHECKED int prune_delete(struct prune *p, struct kube_api *api, struct err *e);
size_t prune_pending(const struct prune *p); /* found, looked at, and not kept */
void prune_release(struct prune *p);

#define prune_auto __attribute__((cleanup(prune_release))) struct prune

#endif
