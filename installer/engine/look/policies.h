/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which of Calico's admission policies the server has, and whether it would run them. A served
 * policy may have no effect: without the feature gate, an API server stores
 * MutatingAdmissionPolicies and ignores them. The struct owns what it holds.
 */
#ifndef ENGINE_LOOK_POLICIES_H
#define ENGINE_LOOK_POLICIES_H

#include "engine/judge/plan.h"
#include "kube/api.h"

struct policies_seen {
	struct policy_api api;
	json_t *live; /* key -> policy, only for the policies that were asked for */
};

/*
 * Looks for these policies (policy_set; NULL or none: no request), in two flights. Where the server
 * only serves a beta or alpha version, its metrics say whether the feature gate is on. Without
 * permission to read the metrics, that is not known.
 */
CHECKED int policies_look(
	struct policies_seen *p, struct kube_api *api, const json_t *policies, struct err *e);
void policies_release(struct policies_seen *p);

#endif
