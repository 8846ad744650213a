/* SPDX-License-Identifier: Apache-2.0 */
/* CRDs by their names, as the API server has them. Each is checked where it enters (crd_check). */
#ifndef ENGINE_LOOK_CRDS_H
#define ENGINE_LOOK_CRDS_H

#include "kube/batch.h"

/* Adds the GET of one CRD; subject as in kube_request. */
struct kube_call *crds_ask(struct kube_batch *b, const char *name, void *subject);
/* *crd: the answer, borrowed; NULL: there is none. -1: it could not be read, or is no CRD. */
CHECKED int crds_take(struct kube_call *call, const json_t **crd, struct err *e);
/* Those of the names that exist: a new array in the order of the names, or NULL. */
CHECKED json_t *crds_read(struct kube_api *api, const json_t *names, struct err *e);

#endif
