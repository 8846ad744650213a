/* SPDX-License-Identifier: Apache-2.0 */
/* Proof by reading, of a datastore that has no CRDs: every kind is listed, all at once. */
#ifndef ENGINE_LOOK_CHECK_STORE_H
#define ENGINE_LOOK_CHECK_STORE_H

#include "calico/store/store.h"
#include "engine/look/check.h"

/*
 * Fills c with a read a kind of the store, and its identity from the
 * ClusterInformation. -1 when the run is over or no endpoint answers; else each read is done or has
 * a problem.
 */
CHECKED int check_store(struct check *c, const struct calico_store *store, struct err *e);

#endif
