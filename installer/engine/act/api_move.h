/* SPDX-License-Identifier: Apache-2.0 */
/* The DatastoreMigration v1-to-v3: made, and deleted to end it or to finish it. */
#ifndef ENGINE_ACT_API_MOVE_H
#define ENGINE_ACT_API_MOVE_H

#include "engine/look/api_move.h"

/* Creates it in the version that is served. One that is there already is no error. */
CHECKED int api_move_create(const struct api_move *m, struct kube_api *api, struct err *e);
/*
 * Deletes the one that was looked at, and waits until its controller has let it go. In the phase
 * Complete this deletes every CRD of crd.projectcalico.org, before that it ends the migration.
 */
CHECKED int api_move_delete(const struct api_move *m, struct kube_api *api, struct err *e);
/*
 * After the end of a migration: sets datastoreReady of v1 to true where the controller has left it
 * false. *unlocked: it had.
 */
CHECKED int api_move_unlock(struct kube_api *api, bool *unlocked, struct err *e);

#endif
