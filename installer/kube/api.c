/* SPDX-License-Identifier: Apache-2.0 */
#include "kube/api.h"

#include <errno.h>
#include <string.h>

#include "base/json.h"
#include "base/out.h"
#include "kube/admission.h"
#include "kube/answer.h"
#include "kube/auth.h"
#include "kube/config/config.h"
#include "kube/warning.h"

enum { FEW = 4 }; /* a batch of at most so many calls may have large answers */

struct kube_api {
	struct http *http;
	char *server;
	struct kube_config config; /* all of its strings are borrowed */
	struct http_endpoint endpoint;
	struct kube_auth auth;
	struct kube_notes notes;
	json_t *warned; /* an object: each key is the text of a warning */
};

struct kube_api *kube_api_new(
	const struct kube_config *config, const char *user_agent, int64_t deadline, struct err *e)
{
	struct http_endpoint endpoint = kube_config_endpoint(config);
	struct http *http = http_new(&endpoint, user_agent, deadline, e);

	if (!http)
		return NULL;
	struct kube_api *api = xcalloc(1, sizeof(*api));

	*api = (struct kube_api){ .http = http,
		.server = xstrdup(config->server),
		.config = *config,
		.endpoint = endpoint,
		.warned = json_object() };
	kube_auth_init(&api->auth, &api->config);
	return api;
}

void kube_api_free(struct kube_api *api)
{
	if (!api)
		return;
	http_free(api->http);
	kube_auth_release(&api->auth);
	json_decref(api->warned);
	free(api->server);
	free(api);
}

void kube_api_listen(struct kube_api *api, void (*note)(void *arg, const char *text), void *arg)
{
	api->notes = (struct kube_notes){ .note = note, .arg = arg };
}

struct http *kube_api_http(struct kube_api *api)
{
	return api->http;
}

static const char *verb_name(const struct kube_call *call)
{
	static const char *const names[] = { "get", "list", "create", "update", "delete" };

	return names[call->verb];
}

static const char *method(enum kube_verb verb)
{
	static const char *const methods[] = { "GET", "GET", "POST", "PUT", "DELETE" };

	return methods[verb];
}

static void put_query(struct buf *path, const struct kube_request *r)
{
	if (r->verb == KUBE_LIST)
		buf_printf(path, "?limit=%u", r->page ? r->page : 500);
	else if (r->verb == KUBE_CREATE || r->verb == KUBE_UPDATE)
		buf_printf(path, "?fieldManager=calico-datastore%s",
			r->dry_run ? "&dryRun=All" : "");
	if (r->token) {
		buf_puts(path, "&continue=");
		http_escape(path, r->token);
	} else if (r->revision) {
		buf_puts(path, "&resourceVersionMatch=Exact&resourceVersion=");
		http_escape(path, r->revision);
	}
}

static void put_segment(struct buf *path, const char *segment)
{
	buf_putc(path, '/');
	http_escape(path, segment);
}

static char *call_path(const struct kube_request *r, const char *group)
{
	struct buf path = { 0 };

	buf_puts(&path, *group ? "/apis" : "/api");
	if (*group)
		put_segment(&path, group);
	put_segment(&path, r->version);
	if (r->ns) {
		buf_puts(&path, "/namespaces");
		put_segment(&path, r->ns);
	}
	put_segment(&path, r->plural);
	/* The path of a create has no name: the body has the name. */
	if (r->name && r->verb != KUBE_CREATE)
		put_segment(&path, r->name);
	if (r->subresource)
		put_segment(&path, r->subresource);
	put_query(&path, r);
	return buf_steal(&path);
}

static void init_document(struct kube_call *call, const struct kube_request *r)
{
	*call = (struct kube_call){
		.verb = KUBE_GET,
		.resource = xstrdup(""),
		.subject = r->subject,
		.check = r->check,
	};
	call->req = (struct http_req){
		.method = "GET", .path = xstrdup(r->path), .repeatable = true,
		.max_answer = KUBE_MAX_OBJECT
	};
}

void kube_call_init(struct kube_call *call, const struct kube_request *r)
{
	bool reads = r->verb == KUBE_GET || r->verb == KUBE_LIST;
	const char *group = r->group ? r->group : "";

	if (r->path) {
		init_document(call, r);
		return;
	}
	*call = (struct kube_call){
		.verb = r->verb,
		.dry_run = r->dry_run,
		.resource = xasprintf("%s%s%s", r->plural, *group ? "." : "", group),
		.name = r->name ? xstrdup(r->name) : NULL,
		.apart = r->apart,
		.subject = r->subject,
		.check = r->check,
	};
	call->req = (struct http_req){
		.method = method(r->verb),
		.path = call_path(r, group),
		.repeatable = reads || r->dry_run,
		.soon = "initializ", /* in the server's message while it prepares the storage */
		.max_answer = r->verb == KUBE_LIST ? 0 : KUBE_MAX_OBJECT,
	};
	if (r->body)
		json_write(&call->req.body, r->body, JSON_STYLE_COMPACT);
}

void kube_call_release(struct kube_call *call)
{
	free(call->resource);
	free(call->name);
	free(call->reason);
	json_decref(call->object);
	json_items_release(&call->items);
	err_release(&call->err);
	http_req_release(&call->req);
	*call = (struct kube_call){ 0 };
}

/* "get ippools.crd.projectcalico.org/NAME", or the path of a discovery document. */
static char *describe(const struct kube_call *call)
{
	if (!*call->resource)
		return xstrdup(call->req.path);
	return xasprintf("%s %s%s%s%s", verb_name(call), call->resource, call->name ? "/" : "",
		call->name ? call->name : "", call->dry_run ? " (dry run)" : "");
}

static int unauthorized(const struct kube_api *api, const char *what, struct err *e)
{
	char_auto *why = kube_auth_describe(&api->auth);

	return err_set(e, ERR_AUTH, 401,
		"%s: %s: the server does not accept the credentials (401): %s", api->server, what,
		why);
}

static int forbidden(const struct kube_call *call, const struct kube_api *api, const char *what,
	const char *message, struct err *e)
{
	/* The server grants rights to nobody here: it did not recognise the user. */
	if (strstr(message, "\"system:anonymous\"")) {
		char_auto *why = kube_auth_describe(&api->auth);

		return err_set(e, ERR_AUTH, 401,
			"%s: %s: the server does not recognise the user (403): %s: %s", api->server,
			what, message, why);
	}
	return err_set(e, ERR_AUTH, 403,
		"%s: %s: not permitted (403): %s; grant the verb \"%s\" on \"%s\" to this user",
		api->server, what, message, verb_name(call),
		*call->resource ? call->resource : call->req.path);
}

static int redirected(const struct kube_call *call, const struct kube_api *api, const char *what,
	struct err *e)
{
	return err_set(e, ERR_API, call->req.status,
		"%s: %s: redirected (%ld) to %s, which an API server never does: is this the "
		"address of a proxy or of a log-in page? Correct server in %s",
		api->server, what, call->req.status, call->req.location,
		api->config.cluster_from ? api->config.cluster_from : "the configuration");
}

static int status_error(const struct kube_call *call, const struct kube_api *api, const char *what,
	const char *message, struct err *e)
{
	const char *server = api->server;
	long status = call->req.status;
	buf_auto denial = { 0 };

	if (kube_admission_explain(&denial, message))
		return err_set(e, ERR_API, status, "%s: %s: %s (%ld)", server, what,
			buf_str(&denial), status);
	if (status >= 300 && status < 400 && call->req.location)
		return redirected(call, api, what, e);
	switch (status) {
	case 401:
		return unauthorized(api, what, e);
	case 403:
		return forbidden(call, api, what, message, e);
	case 404:
		if (kube_call_not_found(call))
			return err_set(e, ERR_API, status, "%s: %s: not found (404)", server, what);
		return err_set(e, ERR_FORMAT, status,
			"%s: %s: a 404 that no Kubernetes API server gives: %s; is the address "
			"right?",
			server, what, message);
	case 409:
		return err_set(e, ERR_CONFLICT, status, "%s: %s: conflict (409): %s", server, what,
			message);
	case 429:
		return err_set(e, ERR_TIMEOUT, status,
			"%s: %s: the server is overloaded (429); try again later", server, what);
	default:
		return err_set(e, ERR_API, status, "%s: %s: refused with HTTP status %ld: %s",
			server, what, status, message);
	}
}

/* The message of the Status that the server sent, or the beginning of the answer's text. */
static char *answer_message(const struct kube_call *call, const json_t *body)
{
	const char *message = json_str(body, "message");
	const char *text = message ? message : buf_str(&call->req.answer);

	char_auto *clean = xstrdup(*text ? text : "no explanation");

	out_sanitize(clean); /* before the cut: part of a credential would not be recognised */
	return xasprintf("%.*s", message ? 2000 : 200, clean);
}

/* The answer must have the name of the object that the call reads or writes. */
static bool is_answer_to(const struct kube_call *call, const json_t *body)
{
	const char *name = json_str(json_object_get(body, "metadata"), "name");

	return !call->name || call->verb == KUBE_DELETE || (name && strcmp(name, call->name) == 0);
}

static void settle(const struct kube_api *api, struct kube_call *call)
{
	const struct http_req *req = &call->req;
	bool ok = req->status >= 200 && req->status < 300;
	err_auto bad = { 0 };

	if (req->status == 0) {
		err_move(&call->err, &call->req.err);
		return;
	}
	char_auto *what = describe(call);
	json_batch_waiting(http_waiting(api->http));
	const char *text = buf_str(&req->answer);
	json_auto_t *body = call->apart
				    ? json_parse_list(text, req->answer.len, &call->items, &bad)
				    : json_parse(text, req->answer.len, &bad);

	if (ok && body && call->apart && json_batch_keep(req->answer.len, &bad) < 0) {
		json_items_release(&call->items);
		buf_release(&call->req.answer);
	}
	if (bad.kind == ERR_TIMEOUT || bad.kind == ERR_SIGNAL || (ok && bad.code == EFBIG)) {
		err_move(&call->err, &bad);
		err_wrap(&call->err, "%s: %s: the answer", api->server, what);
		return;
	}
	if (ok && json_is_object(body) && !is_answer_to(call, body)) {
		err_set(&call->err, ERR_FORMAT, req->status,
			"%s: %s: the answer is not this object; is this a Kubernetes API server?",
			api->server, what);
		return;
	}
	if (ok && json_is_object(body) && kube_answer_check(call, body, &bad) < 0) {
		err_set(&call->err, ERR_FORMAT, req->status,
			"%s: %s: the answer is not valid: %s; is this a Kubernetes API server?",
			api->server, what, bad.msg);
		return;
	}
	if (ok && json_is_object(body)) {
		call->object = json_incref(body);
		call->bytes = req->answer.len;
		if (!call->keep_answer && !call->apart)
			/* frees memory: a batch holds many answers */
			buf_release(&call->req.answer);
		return;
	}
	if (ok) {
		err_set(&call->err, ERR_FORMAT, req->status,
			"%s: %s: the answer is no JSON object (%s); is this a Kubernetes API "
			"server?",
			api->server, what, bad.msg ? bad.msg : "another JSON type");
		return;
	}
	char_auto *message = answer_message(call, body);

	if (json_str(body, "reason"))
		call->reason = xstrdup(json_str(body, "reason"));
	status_error(call, api, what, message, &call->err);
}

struct run {
	struct kube_api *api;
	struct kube_call *const *calls;
	struct http_req *reqs; /* the requests of the calls, as one array for http.c */
	size_t *call_of; /* index of the call, for each request */
	size_t *again; /* indexes of calls that can be sent again with new credentials */
	size_t refused; /* number of entries in again */
	bool may_renew;
	void (*done)(void *arg, const struct kube_call *call);
	void *arg;
};

/* After a 401 or a TLS alert the request can be sent again: the server has not processed it. */
static bool is_refused(const struct kube_call *call)
{
	return call->req.status == 401 || (call->req.status == 0 && call->req.err.kind == ERR_AUTH);
}

static void finish(struct run *run, struct kube_call *call)
{
	settle(run->api, call);
	if (run->done)
		run->done(run->arg, call);
}

static void take_back(void *arg, const struct http_req *req)
{
	struct run *run = arg;
	size_t i = run->call_of[req - run->reqs];
	struct kube_call *call = run->calls[i];

	call->req = *req;
	call->req.attempt = NULL;
	kube_warn(run->api->warned, buf_str(&req->warnings), &run->api->notes);
	if (call->req.status != 0 && !is_refused(call))
		kube_auth_accepted(&run->api->auth);
	if (run->may_renew && is_refused(call))
		run->again[run->refused++] = i;
	else
		finish(run, call);
}

static int run_once(struct run *run, size_t n, struct err *e)
{
	kube_auth_fill(&run->api->auth, &run->api->endpoint);
	http_set_credentials(run->api->http, &run->api->endpoint);
	for (size_t i = 0; i < n; i++)
		run->reqs[i] = run->calls[run->call_of[i]]->req;
	return http_run(run->api->http, run->reqs, n, take_back, run, e);
}

/* Sends refused calls once more when there are new credentials. */
static int run_again(struct run *run, struct err *e)
{
	size_t n = run->refused;
	bool changed = false;
	err_auto failed = { 0 };
	int rc = kube_auth_renew(&run->api->auth, http_deadline(run->api->http), &run->api->notes,
		&changed, &failed);

	run->may_renew = false;
	if (rc < 0 && failed.kind == ERR_SIGNAL)
		err_move(e, &failed);
	else
		rc = 0;
	for (size_t i = 0; i < n; i++) {
		struct kube_call *call = run->calls[run->again[i]];

		run->call_of[i] = run->again[i];
		if (changed && rc == 0) {
			err_release(&call->req.err);
			call->req.err = (struct err){ 0 };
		} else if (failed.msg) {
			err_release(&call->req.err);
			call->req.status = 0;
			call->req.err = (struct err){ 0 };
			err_set(&call->req.err, failed.kind, failed.code, "%s", failed.msg);
			finish(run, call);
		} else {
			finish(run, call);
		}
	}
	return rc < 0 ? -1 : changed ? run_once(run, n, e) : 0;
}

/* Without credentials no request is sent, and the error of each call gives the reason. */
static int fail_all(struct run *run, size_t n, struct err *failed, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		struct kube_call *call = run->calls[i];

		err_set(&call->req.err, failed->kind, failed->code, "%s", failed->msg);
		finish(run, call);
	}
	if (failed->kind != ERR_SIGNAL && failed->kind != ERR_TIMEOUT)
		return 0;
	err_move(e, failed);
	return -1;
}

int kube_run(struct kube_api *api, struct kube_call *const *calls, size_t n,
	void (*done)(void *arg, const struct kube_call *call), void *arg, struct err *e)
{
	struct run run = {
		.api = api, .calls = calls, .done = done, .arg = arg, .may_renew = true
	};
	err_auto failed = { 0 };
	int rc;

	if (kube_auth_prepare(&api->auth, http_deadline(api->http), &api->notes, &failed) < 0)
		return fail_all(&run, n, &failed, e);
	run.reqs = xcalloc(n, sizeof(*run.reqs));
	run.call_of = xcalloc(n, sizeof(*run.call_of));
	run.again = xcalloc(n, sizeof(*run.again));
	for (size_t i = 0; i < n; i++)
		run.call_of[i] = i;
	json_batch_begin(n > FEW);
	rc = run_once(&run, n, e);
	for (size_t i = 0; rc < 0 && i < run.refused; i++)
		finish(&run, calls[run.again[i]]);
	if (rc == 0 && run.refused > 0)
		rc = run_again(&run, e);
	json_batch_end();
	free(run.reqs);
	free(run.call_of);
	free(run.again);
	return rc;
}

bool kube_call_unknown(const struct kube_call *call)
{
	long status = call->req.status;

	return status == 0 || status == 500 || (status >= 502 && status <= 504) ||
	       (status < 300 && !call->object);
}

/*
 * An API server answers 404 with a Status when the object does not exist. It answers 404 with this
 * plain text when it does not serve the resource. Any other 404 comes from another server at this
 * address.
 */
bool kube_call_not_found(const struct kube_call *call)
{
	return call->req.status == 404 &&
	       (call->reason || has_prefix(buf_str(&call->req.answer), "404 page not found"));
}
