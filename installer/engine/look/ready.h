/* SPDX-License-Identifier: Apache-2.0 */
/* Waits until the API server serves what was created, and reads each kind as soon as it is. */
#ifndef ENGINE_LOOK_READY_H
#define ENGINE_LOOK_READY_H

#include "engine/judge/plan.h"
#include "engine/look/check.h"

/*
 * Until discovery lists every served version of every item; sets item->served. The reads of c are
 * wanted and run as their CRDs come up, since a first read costs the server some work that need not
 * wait; those of the last ones are left to check_run. A CRD whose names the server does not accept
 * ends the wait with ERR_CONFLICT.
 */
CHECKED int ready_wait(struct kube_api *api, struct plan *p, struct check *c,
	plan_progress *progress, void *arg, struct err *e);

/*
 * Until the hidden CRDs of the plan are established: the server says so in their conditions, while
 * the API server in front answers discovery and reads.
 */
CHECKED int ready_hidden(struct kube_api *api, const struct plan *p, struct err *e);

#endif
