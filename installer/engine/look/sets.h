/* SPDX-License-Identifier: Apache-2.0 */
/* Which set of CRDs a cluster has, by the groups that it serves. */
#ifndef ENGINE_LOOK_SETS_H
#define ENGINE_LOOK_SETS_H

#include "kube/batch.h"
#include "manifest/catalog.h"

/*
 * One request; a second one where only projectcalico.org is served. V3: that group alone, by CRDs;
 * OPERATOR: the operator's group is served; else CRDS. ERR_AUTH and others when the groups cannot
 * be read.
 */
CHECKED int sets_find(struct kube_api *api, enum manifest_set *set, struct err *e);

#endif
