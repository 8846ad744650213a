/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Applies a plan: first the server's dry run of every write, then the writes. Each write is
 * guarded, so no concurrent change is lost. The result of an item is in the item.
 */
#ifndef ENGINE_ACT_APPLY_H
#define ENGINE_ACT_APPLY_H

#include "engine/judge/plan.h"
#include "kube/api.h"

enum { APPLY_ROUNDS = 8 }; /* how often an item that others keep changing is planned again */

/*
 * An item that the server refuses becomes BLOCKED with the server's message. Where the user may not
 * write, items stay planned with judged false, and *forbidden says what is missing. The caller owns
 * *forbidden.
 */
CHECKED int apply_dry_run(struct kube_api *api, struct plan *p, const struct plan_options *options,
	struct err *forbidden, struct err *e);
/*
 * -1 with the first failure; all other items are still written. After the last write all items are
 * read once more: an item that somebody else changed since fails with ERR_CONFLICT.
 */
CHECKED int apply_write(struct kube_api *api, struct plan *p, const struct plan_options *options,
	plan_progress *progress, void *arg, struct err *e);

#endif
