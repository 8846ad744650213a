/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The permissions that a run needs. A right is the spec of a SelfSubjectAccessReview
 * (authorization.k8s.io/v1): resourceAttributes {verb, group, resource, name} or
 * nonResourceAttributes {verb, path}. All rights come from one table: "rbac" prints what a run asks
 * for and what an error reports as missing. The caller owns returned arrays.
 */
#ifndef ENGINE_LOOK_RIGHTS_H
#define ENGINE_LOOK_RIGHTS_H

#include "calico/model/kinds.h"
#include "engine/judge/plan.h"
#include "kube/api.h"

#define ACCESS_RBAC "rbac.authorization.k8s.io"

/* The commands in the table; the last element is NULL. */
const char *const *access_commands(void);
/*
 * All rights that a command may need; command NULL: any command. names: of the CRDs. discovery:
 * also the documents that every authenticated user may read by default.
 */
json_t *access_of_command(const char *command, const json_t *names, bool discovery);
/*
 * Rights for the requests that a plan still has to send: its writes, and the reads that prove them.
 */
json_t *access_of_plan(const struct plan *p, const struct plan *policies);
/* Rights of one "get": list the kind, or get the objects with these names. */
json_t *access_of_get(
	const struct calico_kind *kind, const char *const *names, size_t n, bool wide);
json_t *access_crd_names(const json_t *crds);

/*
 * The same as PolicyRules of rbac.authorization.k8s.io/v1: as few rules as possible, no right more.
 */
json_t *access_rules(const json_t *rights);
json_t *access_role(const char *name, const json_t *rights);
/* A ClusterRoleBinding of the role to one subject {kind, name, ...}. Takes the subject. */
json_t *access_binding_take(const char *role, json_t *subject);

/*
 * Asks the server for each right, all in one batch, and appends those that it denies to missing. A
 * right without an answer is not missing: the request itself will show it. -1 only when the run is
 * over.
 */
CHECKED int access_review(
	struct kube_api *api, const json_t *rights, json_t *missing, struct err *e);
/*
 * After a 403, sets the error's remedy to a ClusterRole and its binding with the missing rights,
 * for kubectl. Any other error is unchanged. Always -1.
 */
int access_explain(struct kube_api *api, const char *command, const json_t *rights, struct err *e);
/* The same before the first request: -1 when a right is missing. */
CHECKED int access_preflight(
	struct kube_api *api, const char *command, const json_t *rights, struct err *e);

#endif
