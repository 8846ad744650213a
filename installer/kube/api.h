/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests to the Kubernetes API as JSON values. A call is prepared, run in a batch with others,
 * and then holds either the server's object or an error that names verb, resource and reason
 * (https://kubernetes.io/docs/reference/using-api/api-concepts/). Calls own what they hold.
 */
#ifndef KUBE_API_H
#define KUBE_API_H

#include <jansson.h>

#include "base/http.h"

struct kube_config;
struct kube_api;

/* What a call does; the verb is what RBAC calls it. */
enum kube_verb { KUBE_GET, KUBE_LIST, KUBE_CREATE, KUBE_UPDATE, KUBE_DELETE };

struct kube_call {
	enum kube_verb verb;
	bool dry_run; /* the server judges and stores nothing */
	bool keep_answer; /* its text stays in req.answer beside the object */
	char *resource; /* plural.group, for messages; "" for discovery documents */
	char *name; /* NULL for lists */
	struct http_req req;

	json_t *object; /* the answer's JSON object when status is 2xx */
	size_t bytes; /* of its text */
	struct err err; /* anything else; kind AUTH for 401 and 403, CONFLICT for 409 */
	char *reason; /* the Status' reason ("NotFound", "AlreadyExists"), NULL when none */
};

/* Borrows what config points to: credentials are used, and renewed, as long as there are calls. */
CHECKED struct kube_api *kube_api_new(
	const struct kube_config *config, const char *user_agent, int64_t deadline, struct err *e);
void kube_api_free(struct kube_api *api);
/* What servers warn of, each text once, and what a credential plugin says: a line without its end,
 * control characters removed. */
void kube_api_listen(struct kube_api *api, void (*note)(void *arg, const char *text), void *arg);
struct http *kube_api_http(struct kube_api *api);

/*
 * group "" is the core group; name NULL lists with limit=500; namespace NULL means cluster scope
 * (or all namespaces). body is borrowed and may be NULL.
 */
void kube_call_init(struct kube_call *call, enum kube_verb verb, const char *group,
	const char *version, const char *plural, const char *ns, const char *name,
	const json_t *body, bool dry_run);
/* A document by path, such as "/apis/crd.projectcalico.org/v1". */
void kube_call_path(struct kube_call *call, const char *path);
/* Makes a list go on where another one ended: token is that one's metadata.continue. */
void kube_call_continue(struct kube_call *call, const char *token);
/* Makes a list one of this revision exactly (resourceVersionMatch=Exact). */
void kube_call_at_revision(struct kube_call *call, const char *revision);
/* Makes a get or an update one of a subresource, such as "status". */
void kube_call_subresource(struct kube_call *call, const char *name);
void kube_call_release(struct kube_call *call);

/* All at once; -1 only when the run is over (deadline, signal). Look at each call's err. */
CHECKED int kube_run(struct kube_api *api, struct kube_call *calls, size_t n,
	void (*done)(void *arg, const struct kube_call *call), void *arg, struct err *e);

/* The answer was no answer: lost connection, time-out, or a status that leaves it open. */
bool kube_call_unknown(const struct kube_call *call);
bool kube_call_not_found(const struct kube_call *call);

#endif
