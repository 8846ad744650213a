/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the restore into Kubernetes and the restore into etcd. */
#ifndef ENGINE_ACT_RESTORE_PARTS_H
#define ENGINE_ACT_RESTORE_PARTS_H

#include "engine/act/restore.h"

extern const char restore_created[], restore_configured[], restore_unchanged[], restore_differs[],
	restore_failed[];

/* The result for one object; borrowed. outcome is one of the names above. */
struct restored {
	const char *resource, *ns, *name, *outcome, *problem;
};

void restore_count(struct restore *r, const struct restored *done);
/* Takes datastoreReady of a saved ClusterInformation out of target; r->ready keeps the value. */
void restore_leave_ready_out(struct restore *r, const json_t *saved, json_t *target);
void restore_drop_ready(json_t *object);

#endif
