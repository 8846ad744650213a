/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Storage versions: rewrites unchanged the objects that may be stored in a version that a CRD no
 * longer uses. Then it updates status.storedVersions. A rewrite cannot be undone: it drops fields
 * that the schema no longer has. The struct owns what it holds.
 */
#ifndef ENGINE_ACT_MIGRATE_H
#define ENGINE_ACT_MIGRATE_H

#include <jansson.h>

#include "kube/api.h"

struct migrate_crd {
	json_t *live;
	bool needed; /* storedVersions holds other versions than the storage version */
	bool done; /* storedVersions now holds only the storage version */
	size_t objects; /* objects that this run, or somebody else meanwhile, has rewritten */
	size_t refused;
	char *problem; /* why it is not done, with the first refusal; NULL: no problem */
};

struct migrate {
	struct migrate_crd *items;
	size_t n;
	bool dry_run; /* the server judges each rewrite and stores nothing */
};

/* Reads these CRDs (an array of names); leaves out names that do not exist. */
CHECKED int migrate_look(
	struct migrate *m, struct kube_api *api, const json_t *names, struct err *e);
/*
 * Rewrites page by page, then updates the status if the CRD is unchanged since the look. A refusal
 * of the server is the problem of its item, and the next item follows. -1 when the run is over or a
 * right is missing.
 */
CHECKED int migrate_run(struct migrate *m, struct kube_api *api,
	void (*progress)(void *arg, size_t objects), void *arg, struct err *e);
size_t migrate_needed(const struct migrate *m);
size_t migrate_failed(const struct migrate *m);
void migrate_release(struct migrate *m);

#define migrate_auto __attribute__((cleanup(migrate_release))) struct migrate

#endif
