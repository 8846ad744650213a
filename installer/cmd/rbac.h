/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shared by rbac and job: the operands COMMAND and RELEASE, and the objects that grant the rights.
 */
#ifndef CMD_RBAC_H
#define CMD_RBAC_H

#include "cmd/commands.h"

struct grant {
	const char *command; /* NULL: any command that talks to a cluster */
	const char *release; /* as the user typed it; NULL: none */
	struct source source; /* crds NULL: no release is chosen, and all releases count */
	json_t *rights;
	char *name; /* name of the role, the binding and the service account */
	const char *namespace;
};

/* Reads [COMMAND] [RELEASE], -f and --exclude. command: when no operand names one. */
CHECKED int grant_make(struct grant *g, const struct ctx *ctx, const char *command, struct err *e);
/* ServiceAccount, ClusterRole, ClusterRoleBinding: an array, which the caller owns. */
json_t *grant_objects(const struct grant *g);
void grant_release(struct grant *g);
/* Prints objects as YAML documents, or with -o json as a List. */
void put_objects(struct ctx *ctx, const json_t *objects);

#define grant_auto __attribute__((cleanup(grant_release))) struct grant

#endif
