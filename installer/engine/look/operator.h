/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a tigera operator runs in the cluster, and whether it writes the CRDs itself. */
#ifndef ENGINE_LOOK_OPERATOR_H
#define ENGINE_LOOK_OPERATOR_H

#include "kube/batch.h"

struct operator_state {
	bool running; /* its Deployment exists and is not scaled to zero */
	bool manages_crds; /* started with -manage-crds */
	char *image; /* NULL: the operator does not run */
	char *api_group; /* its variable CALICO_API_GROUP; NULL: not set */
	char *problem; /* why nothing is known about it; NULL: it is known */
};

/* Adds the call that reads the Deployment; operator_take takes the answer. */
struct kube_call *operator_ask(struct kube_batch *b);
void operator_take(struct operator_state *o, const struct kube_call *call);
void operator_release(struct operator_state *o);

#endif
