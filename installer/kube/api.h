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
#include "base/json.h"

struct kube_config;
struct kube_api;

/*
 * Bytes of an answer that is no list. etcd takes 1.5 MiB a value, and the API server 3 MiB a
 * request: what is larger is no object. So calls that run at once share a small container's memory.
 */
enum { KUBE_MAX_OBJECT = 8 << 20 };

/* What a call does; the verb is what RBAC calls it. */
enum kube_verb { KUBE_GET, KUBE_LIST, KUBE_CREATE, KUBE_UPDATE, KUBE_DELETE };

/* What to ask for; whatever does not apply is left out. All of it is borrowed. */
struct kube_request {
	enum kube_verb verb;
	/* A document by its path, such as "/version"; then only subject and check count. */
	const char *path;
	const char *group; /* NULL or "": the core group */
	const char *version, *plural;
	const char *ns; /* NULL: cluster scope, or all namespaces */
	const char *name; /* NULL: a list, in pages */
	unsigned page; /* objects of a page of a list; 0: 500 */
	const char *subresource; /* of one object, such as "status" */
	const json_t *body;
	bool dry_run; /* the server judges and stores nothing */
	const char *token; /* a list goes on here: metadata.continue of the page before */
	const char *revision; /* a list of this revision exactly (resourceVersionMatch=Exact) */
	bool apart; /* a list whose items are built one at a time: the call has them */
	void *subject; /* what the answer is about, for whoever takes it */
	/* What the answer must be beyond kube/answer.c; ERR_FORMAT. NULL: nothing. */
	int (*check)(const json_t *object, struct err *e);
};

struct kube_call {
	enum kube_verb verb;
	bool dry_run;
	bool keep_answer; /* its text stays in req.answer beside the object */
	bool apart; /* of the request */
	void *subject; /* of the request */
	char *resource; /* plural.group, for messages; "" for discovery documents */
	char *name; /* NULL for lists */
	int (*check)(const json_t *object, struct err *e); /* of the request */
	struct http_req req;

	json_t *object; /* the answer's JSON object, checked, when status is 2xx */
	struct json_items items; /* with apart: those of the list, which object lacks */
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

void kube_call_init(struct kube_call *call, const struct kube_request *r);
void kube_call_release(struct kube_call *call);

/*
 * All at once; -1 only when the run is over (deadline, signal). Look at each call's err. Callers
 * use kube/batch.h.
 */
CHECKED int kube_run(struct kube_api *api, struct kube_call *const *calls, size_t n,
	void (*done)(void *arg, const struct kube_call *call), void *arg, struct err *e);

/* The answer was no answer: lost connection, time-out, or a status that leaves it open. */
bool kube_call_unknown(const struct kube_call *call);
bool kube_call_not_found(const struct kube_call *call);

#endif
