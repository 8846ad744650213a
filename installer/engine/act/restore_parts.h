/* SPDX-License-Identifier: Apache-2.0 */
/* What a restore into Kubernetes and one into etcd share. */
#ifndef ENGINE_ACT_RESTORE_PARTS_H
#define ENGINE_ACT_RESTORE_PARTS_H

#include "engine/act/restore.h"

extern const char restore_created[], restore_configured[], restore_unchanged[], restore_differs[],
	restore_failed[];

/* What became of one object; borrowed. outcome is one of the names above. */
struct restored {
	const char *resource, *ns, *name, *outcome, *problem;
};

void restore_count(struct restore *r, const struct restored *done);
/* datastoreReady of a ClusterInformation stays as it is, unless the user asks for IPAM. */
void restore_leave_ready_out(struct restore *r, const json_t *saved, json_t *target);
void restore_drop_ready(json_t *object);

#endif
