/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CRDs on the server that the wanted release does not have. All are reported. --prune deletes a CRD
 * that the release has dropped (an older release has it) and that has no object. Between the list
 * and the deletion somebody may create an object. That object, some milliseconds old, is deleted
 * with its CRD. The struct owns its items.
 */
#ifndef ENGINE_ACT_PRUNE_H
#define ENGINE_ACT_PRUNE_H

#include <jansson.h>

#include "kube/api.h"
#include "manifest/surface.h"

struct prune_item {
	const char *name; /* borrowed from the surfaces */
	/* the newest older release that has the CRD; NULL: only newer releases have it */
	const char *last;
	const char *first; /* when last is NULL: the oldest newer release that has it */
	json_t *live; /* the CRD; NULL before prune_look, or when it does not exist */
	long objects; /* -1: not known */
	char *kept; /* why the CRD stays; NULL: nothing keeps it */
	bool deleted;
};

struct prune {
	struct prune_item *items;
	size_t n;
};

/*
 * asked: the CRDs of the installed release, one of all. NULL: the installed CRDs are no complete
 * release, so no CRD counts as dropped. served: group -> APIResources, from discovery.
 */
void prune_init(struct prune *p, const struct surfaces *all, const struct surface *asked,
	const json_t *served);
/*
 * Reads each CRD and counts its objects with a quorum list. Sets the reason of a CRD that must
 * stay.
 */
CHECKED int prune_look(struct prune *p, struct kube_api *api, struct err *e);
/*
 * Looks again, and deletes each CRD that nothing keeps, with uid and resourceVersion as
 * preconditions. Waits until the CRD no longer exists.
 */
CHECKED int prune_delete(struct prune *p, struct kube_api *api, struct err *e);
/* CRDs that were found and read, and that nothing keeps */
size_t prune_pending(const struct prune *p);
void prune_release(struct prune *p);

#define prune_auto __attribute__((cleanup(prune_release))) struct prune

#endif
