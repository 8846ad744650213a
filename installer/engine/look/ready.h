/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Waits until the API server serves what was created, and reads each kind as soon as it is served.
 */
#ifndef ENGINE_LOOK_READY_H
#define ENGINE_LOOK_READY_H

#include "engine/judge/plan.h"
#include "engine/look/check.h"

/*
 * Waits until discovery lists every served version of every item; sets item->served. Reads of c run
 * as soon as their CRDs are served, because a first read costs the server some work. check_run does
 * the last reads. When the server does not accept a CRD's names, the wait ends with ERR_CONFLICT.
 */
CHECKED int ready_wait(struct kube_api *api, struct plan *p, struct check *c,
	plan_progress *progress, void *arg, struct err *e);

/*
 * Waits until the hidden CRDs of the plan are established. Their conditions say so, since an API
 * server in front answers discovery and reads.
 */
CHECKED int ready_hidden(struct kube_api *api, const struct plan *p, struct err *e);

#endif
