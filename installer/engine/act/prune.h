/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CRDs on the server that the asked release does not have. All are reported. --prune deletes those
 * that the release has dropped (an older release has them) and that have no object. Between the
 * list that shows no object and the deletion someone may still create an object: it goes with its
 * CRD, some milliseconds old. The struct owns its items.
 */
#ifndef ENGINE_ACT_PRUNE_H
#define ENGINE_ACT_PRUNE_H

#include <jansson.h>

#include "kube/api.h"
#include "manifest/surface.h"

struct prune_item {
	const char *name; /* borrowed from the surfaces */
	const char *last; /* the newest older release that has it; NULL: only newer ones have it */
	const char *first; /* then: the oldest of those */
	json_t *live; /* the CRD; NULL before prune_look, or when it is gone */
	long objects; /* -1: not known */
	char *kept; /* why it stays; NULL: nothing keeps it */
	bool deleted;
};

struct prune {
	struct prune_item *items;
	size_t n;
};

/*
 * asked: the surface of the release that is installed, one of all; NULL: what is installed is no
 * whole release, so nothing can be said to be dropped. served: group -> APIResources, as discovery
 * shows them.
 */
void prune_init(struct prune *p, const struct surfaces *all, const struct surface *asked,
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
