/* SPDX-License-Identifier: Apache-2.0 */
/* Reads CRDs by name from the API server. crd_check checks each one before any other use. */
#ifndef ENGINE_LOOK_CRDS_H
#define ENGINE_LOOK_CRDS_H

#include "kube/batch.h"

/* Adds the GET of one CRD; subject as in kube_request. */
struct kube_call *crds_ask(struct kube_batch *b, const char *name, void *subject);
/* crd: the answer, borrowed; NULL: it does not exist. -1: it could not be read, or is no CRD. */
CHECKED int crds_take(struct kube_call *call, const json_t **crd, struct err *e);
/* The CRDs that exist, as a new array in the order of the names; NULL on error. */
CHECKED json_t *crds_read(struct kube_api *api, const json_t *names, struct err *e);

#endif
