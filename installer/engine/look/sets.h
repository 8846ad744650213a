/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the set of CRDs of a cluster from the groups that the cluster serves. */
#ifndef ENGINE_LOOK_SETS_H
#define ENGINE_LOOK_SETS_H

#include "kube/batch.h"
#include "manifest/catalog.h"

/*
 * One request; a second one where only projectcalico.org is served. V3: only that group is served,
 * by CRDs. OPERATOR: the operator's group is served. CRDS: all other cases. ERR_AUTH and other
 * errors when the groups cannot be read.
 */
CHECKED int sets_find(struct kube_api *api, enum manifest_set *set, struct err *e);

#endif
