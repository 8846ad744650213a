/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the server has of Calico's admission policies, and whether it would run them. Served is not
 * in effect: with the feature gate off, an API server stores MutatingAdmissionPolicies and ignores
 * them. The struct owns what it holds.
 */
#ifndef ENGINE_LOOK_POLICIES_H
#define ENGINE_LOOK_POLICIES_H

#include "engine/judge/plan.h"
#include "kube/api.h"

struct policies_seen {
	struct policy_api api;
	json_t *live; /* key -> policy, of those that were asked for */
};

/*
 * Of these policies (policy_set; NULL or none: no request), in two flights. Where only a beta or
 * alpha version is served, the metrics say whether its feature gate is on; who may not read them
 * does not know.
 */
CHECKED int policies_look(
	struct policies_seen *p, struct kube_api *api, const json_t *policies, struct err *e);
void policies_release(struct policies_seen *p);

#endif
