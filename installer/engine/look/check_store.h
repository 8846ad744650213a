/* SPDX-License-Identifier: Apache-2.0 */
/* Proof by reading for a datastore without CRDs: lists every kind, all in parallel. */
#ifndef ENGINE_LOOK_CHECK_STORE_H
#define ENGINE_LOOK_CHECK_STORE_H

#include "calico/store/store.h"
#include "engine/look/check.h"

/*
 * Fills c with one read for each kind of the store, and with the identity from ClusterInformation.
 * -1 when the run is over or no endpoint answers; else each read is done or has a problem.
 */
CHECKED int check_store(struct check *c, const struct calico_store *store, struct err *e);

#endif
