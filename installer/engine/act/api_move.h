/* SPDX-License-Identifier: Apache-2.0 */
/* Creates the DatastoreMigration v1-to-v3, and deletes it to abort or to finish the migration. */
#ifndef ENGINE_ACT_API_MOVE_H
#define ENGINE_ACT_API_MOVE_H

#include "engine/look/api_move.h"

/* Creates it in the version that the server serves. An existing one is no error. */
CHECKED int api_move_create(const struct api_move *m, struct kube_api *api, struct err *e);
/*
 * Deletes the one that api_move_look has read, and waits until its controller releases it. In the
 * phase Complete this deletes every CRD of crd.projectcalico.org; in an earlier phase it aborts the
 * migration.
 */
CHECKED int api_move_delete(const struct api_move *m, struct kube_api *api, struct err *e);
/*
 * After an aborted migration: sets datastoreReady of v1 to true where the controller left it false.
 * *unlocked: it was false.
 */
CHECKED int api_move_unlock(struct kube_api *api, bool *unlocked, struct err *e);

#endif
