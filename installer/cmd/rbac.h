/* SPDX-License-Identifier: Apache-2.0 */
/* What rbac and job share: a command and a release as operands, and the objects that grant it. */
#ifndef CMD_RBAC_H
#define CMD_RBAC_H

#include "cmd/commands.h"

struct grant {
	const char *command; /* NULL: any of those that talk to a cluster */
	const char *release; /* as given; NULL: none was */
	struct source source; /* crds NULL: no release was chosen, so those of all releases count */
	json_t *rights;
	char *name; /* of the role, the binding and the service account */
	const char *namespace;
};

/* [COMMAND] [RELEASE], -f and --exclude; command is for when no operand names one. */
CHECKED int grant_make(struct grant *g, const struct ctx *ctx, const char *command, struct err *e);
/* ServiceAccount, ClusterRole, ClusterRoleBinding; an array of the caller's. */
json_t *grant_objects(const struct grant *g);
void grant_release(struct grant *g);
/* As YAML documents, or with -o json as a List. */
void put_objects(struct ctx *ctx, const json_t *objects);

#define grant_auto __attribute__((cleanup(grant_release))) struct grant

#endif
