/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds out whether the admission policies of projectcalico.org/v3 are in effect. Discovery does
 * not show that: an API server can serve the policies and not run them. So the probe asks for a dry
 * run of a staged policy without types. That policy enforces nothing, even if the server stores it.
 */
#ifndef ENGINE_ACT_PROBE_H
#define ENGINE_ACT_PROBE_H

#include "engine/look/check.h"

/* Sets c->admission and its reason; a 403 becomes c->unread. -1 only when the run is over. */
CHECKED int probe_admission(struct kube_api *api, struct check *c, struct err *e);

#endif
