/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a run needs to be permitted. A right is the spec of a SelfSubjectAccessReview
 * (authorization.k8s.io/v1): resourceAttributes {verb, group, resource, name} or
 * nonResourceAttributes {verb, path}. Rights come from one table, so what "rbac" prints is what a
 * run asks for and what an error says is missing. Arrays that are returned are the caller's.
 */
#ifndef ENGINE_LOOK_RIGHTS_H
#define ENGINE_LOOK_RIGHTS_H

#include "calico/model/kinds.h"
#include "engine/judge/plan.h"
#include "kube/api.h"

#define ACCESS_RBAC "rbac.authorization.k8s.io"

/* The commands that the table knows, closed by NULL. */
const char *const *access_commands(void);
/*
 * All that a command may ask for; command NULL: any of them. names: those of the CRDs. discovery:
 * with the documents that every authenticated user may read unless a cluster took that away.
 */
json_t *access_of_command(const char *command, const json_t *names, bool discovery);
/* The requests that a plan still has ahead: its writes, and the reads that prove them. */
json_t *access_of_plan(const struct plan *p, const struct plan *policies);
/* One "get": the list, or the objects of these names. */
json_t *access_of_get(
	const struct calico_kind *kind, const char *const *names, size_t n, bool wide);
json_t *access_crd_names(const json_t *crds);

/* As PolicyRules of rbac.authorization.k8s.io/v1, as few as say exactly this. */
json_t *access_rules(const json_t *rights);
json_t *access_role(const char *name, const json_t *rights);
/* Its ClusterRoleBinding to one subject {kind, name, ...}, which is taken. */
json_t *access_binding_take(const char *role, json_t *subject);

/*
 * Asks the server for each right, all at once, and appends to missing those that it denies. What it
 * does not answer is not missing: the request itself will tell. -1 only when the run is over.
 */
CHECKED int access_review(
	struct kube_api *api, const json_t *rights, json_t *missing, struct err *e);
/*
 * After a 403: the error's remedy becomes those of these rights that are missing, as a ClusterRole
 * and its binding, ready for kubectl. Any other error stays as it is. Always -1.
 */
int access_explain(struct kube_api *api, const char *command, const json_t *rights, struct err *e);
/* The same before anything was sent: -1 when a right is missing. */
CHECKED int access_preflight(
	struct kube_api *api, const char *command, const json_t *rights, struct err *e);

#endif
