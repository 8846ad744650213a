/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests to the Kubernetes API as JSON values. A call is prepared and run in a batch with others.
 * Then the call has the server's object, or an error that names verb, resource and reason
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
 * Most bytes of an answer that is not a list. etcd takes 1.5 MiB for a value, and the API server 3
 * MiB for a request, so no object is larger. The limit lets several calls run at once in a
 * container with little memory.
 */
enum { KUBE_MAX_OBJECT = 8 << 20 };

/* What a call does; the names are those of RBAC verbs. */
enum kube_verb { KUBE_GET, KUBE_LIST, KUBE_CREATE, KUBE_UPDATE, KUBE_DELETE };

/* What to ask for. Fields that do not apply stay zero. All pointers are borrowed. */
struct kube_request {
	enum kube_verb verb;
	/* Path of a document, such as "/version". With a path, only subject and check are used. */
	const char *path;
	const char *group; /* NULL or "": the core group */
	const char *version, *plural;
	const char *ns; /* NULL: cluster scope, or all namespaces */
	const char *name; /* NULL: a list, in pages */
	unsigned page; /* objects in a page of a list; 0: 500 */
	const char *subresource; /* subresource of one object, such as "status" */
	const json_t *body;
	bool dry_run; /* the server checks the request and stores nothing */
	const char *token; /* continues a list: metadata.continue of the page before */
	const char *revision; /* lists exactly this revision (resourceVersionMatch=Exact) */
	bool apart; /* items of the list are built one at a time, from the call */
	void *subject; /* what the answer is about; only for the caller */
	/* Checks the answer after kube/answer.c; reports ERR_FORMAT. NULL: no further check. */
	int (*check)(const json_t *object, struct err *e);
};

struct kube_call {
	enum kube_verb verb;
	bool dry_run;
	bool keep_answer; /* the text of the answer stays in req.answer, beside object */
	bool apart; /* from the request */
	void *subject; /* from the request */
	char *resource; /* plural.group, for messages; "" for discovery documents */
	char *name; /* NULL for lists */
	int (*check)(const json_t *object, struct err *e); /* from the request */
	struct http_req req;

	json_t *object; /* the answer's JSON object, checked, when status is 2xx */
	struct json_items items; /* with apart: the items of the list, which object lacks */
	size_t bytes; /* length of the answer's text */
	struct err err; /* set in all other cases; kind AUTH for 401 and 403, CONFLICT for 409 */
	char *reason; /* reason of the Status ("NotFound", "AlreadyExists"); NULL: none */
};

/* Borrows what config points to. Calls use these credentials and renew them. */
CHECKED struct kube_api *kube_api_new(
	const struct kube_config *config, const char *user_agent, int64_t deadline, struct err *e);
void kube_api_free(struct kube_api *api);
/*
 * note gets each warning of a server once, and the messages of a credential plugin. A text is one
 * line without its end, control characters removed.
 */
void kube_api_listen(struct kube_api *api, void (*note)(void *arg, const char *text), void *arg);
struct http *kube_api_http(struct kube_api *api);

void kube_call_init(struct kube_call *call, const struct kube_request *r);
void kube_call_release(struct kube_call *call);

/*
 * Runs all calls at once. -1 only when the run is over (deadline, signal): look at err of each
 * call. Callers use kube/batch.h.
 */
CHECKED int kube_run(struct kube_api *api, struct kube_call *const *calls, size_t n,
	void (*done)(void *arg, const struct kube_call *call), void *arg, struct err *e);

/* The outcome is not known: lost connection, time-out, or a status that does not say it. */
bool kube_call_unknown(const struct kube_call *call);
bool kube_call_not_found(const struct kube_call *call);

#endif
