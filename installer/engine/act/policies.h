/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether objects of projectcalico.org/v3 get what Calico's MutatingAdmissionPolicies add. That
 * they are served and stored says nothing: with the feature gate off they have no effect.
 */
#ifndef ENGINE_ACT_POLICIES_H
#define ENGINE_ACT_POLICIES_H

#include "kube/api.h"

enum policies_effect {
	POLICIES_UNKNOWN, /* this user may not create policies, or the server did not say */
	POLICIES_IN_EFFECT,
	POLICIES_ABSENT
};

/* The server's dry run of a NetworkPolicy without types: nothing is stored. -1: the run is over. */
CHECKED int policies_look(struct kube_api *api, enum policies_effect *effect, struct err *e);
/* What is missing without them, and what to do; NULL when they are in effect. */
const char *policies_text(enum policies_effect effect);

#endif
