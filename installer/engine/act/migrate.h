/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Storage versions: objects that may still be stored in a version that a CRD has left are rewritten
 * as they are, and then status.storedVersions says so. What cannot be taken back: a field that the
 * schema has lost goes with the rewrite. The struct owns what it holds.
 */
#ifndef ENGINE_ACT_MIGRATE_H
#define ENGINE_ACT_MIGRATE_H

#include <jansson.h>

#include "kube/api.h"

struct migrate_crd {
	json_t *live;
	bool needed; /* storedVersions is not the storage version alone */
	bool done; /* storedVersions is, now */
	size_t objects; /* that were rewritten, or that others rewrote meanwhile */
	size_t refused;
	char *problem; /* why it is not done, the first refusal included; NULL: nothing is wrong */
};

struct migrate {
	struct migrate_crd *items;
	size_t n;
	bool dry_run; /* the server judges each rewrite, nothing is stored */
};

/* Reads these CRDs (an array of names); those that are not there are left out. */
CHECKED int migrate_look(
	struct migrate *m, struct kube_api *api, const json_t *names, struct err *e);
/*
 * Page by page, then the status, if the CRD is still as it was looked at. What a server refuses is
 * told in its item, and the next one goes on; -1 when the run is over or a right is missing.
 */
CHECKED int migrate_run(struct migrate *m, struct kube_api *api,
	void (*progress)(void *arg, size_t objects), void *arg, struct err *e);
size_t migrate_needed(const struct migrate *m);
size_t migrate_failed(const struct migrate *m);
void migrate_release(struct migrate *m);

#define migrate_auto __attribute__((cleanup(migrate_release))) struct migrate

#endif
