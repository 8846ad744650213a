/* SPDX-License-Identifier: Apache-2.0 */
/* Waits until the API server serves what was created. */
#ifndef ENGINE_READY_H
#define ENGINE_READY_H

#include "engine/apply.h"

/*
 * Until discovery lists every served version of every item; sets item->served. A CRD whose names
 * the server does not accept ends the wait at once with ERR_CONFLICT.
 */
CHECKED int ready_wait(
	struct kube_api *api, struct plan *p, apply_progress *progress, void *arg, struct err *e);

#endif
