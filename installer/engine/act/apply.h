/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Carries a plan out: first the server's dry run of every write, then the writes themselves, each
 * guarded so that no concurrent change is lost. What became of an item is on the item.
 */
#ifndef ENGINE_ACT_APPLY_H
#define ENGINE_ACT_APPLY_H

#include "engine/judge/plan.h"
#include "kube/api.h"

enum { APPLY_ROUNDS = 8 }; /* how often an item that keeps changing is planned anew */

/*
 * Items that the server refuses become BLOCKED with its words. Where the user may not write, items
 * stay as planned with judged false, and *forbidden (owned by the caller) says what is missing.
 */
CHECKED int apply_dry_run(struct kube_api *api, struct plan *p, const struct plan_options *options,
	struct err *forbidden, struct err *e);
/*
 * -1 with the first failure; every other item is carried out all the same. After the last write all
 * items are looked at once more: what somebody else changed since has failed with ERR_CONFLICT.
 */
CHECKED int apply_write(struct kube_api *api, struct plan *p, const struct plan_options *options,
	plan_progress *progress, void *arg, struct err *e);

#endif
