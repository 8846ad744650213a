/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether the admission policies of projectcalico.org/v3 are in effect. Discovery cannot tell: an
 * API server can serve the policies and not run them. So the server is asked for a dry run of a
 * staged policy without types, which enforces nothing even where it is stored.
 */
#ifndef ENGINE_ACT_PROBE_H
#define ENGINE_ACT_PROBE_H

#include "engine/look/check.h"

/* Sets c->admission and its reason; a 403 becomes c->unread. -1 only when the run is over. */
CHECKED int probe_admission(struct kube_api *api, struct check *c, struct err *e);

#endif
