/* SPDX-License-Identifier: Apache-2.0 */
#include "calico/read.h"

#include <string.h>

#include "base/json.h"
#include "calico/print.h"

/* Ceilings: a server that always has another page must not go on for ever. */
enum {
	LIST_MAX_PAGES = 20000,
	LIST_MAX_BYTES = 1 << 30, /* as received; most of it is not kept */
	PRINT_MAX_BYTES = 100 << 20,
	MAX_PROBLEMS = 1000,
};

enum { EXPIRED = 410 };

static void init_call(struct kube_call *call, const struct calico_kind *kind, const char *name)
{
	kube_call_init(call, name ? KUBE_GET : KUBE_LIST, kind->group, "v1", kind->plural, NULL,
		name, NULL, false);
}

static void add_problem(struct calico_read *r, const char *text)
{
	buf_auto plain = { 0 };

	if (json_array_size(r->problems) >= MAX_PROBLEMS)
		return;
	calico_plain(&plain, text, strlen(text));
	if (json_array_append_new(r->problems, json_string(buf_str(&plain))) == 0)
		return;
	/* Cut within a character: only ASCII is certain to be whole. */
	for (char *p = plain.data; *p; p++)
		*p = *p & 0x80 ? '?' : *p;
	json_array_append_new(r->problems, json_string(plain.data));
}

static const char *why_not(const struct calico_read *r, const char *name, const json_t *object)
{
	if (!name || !*name)
		return "metadata.name is missing";
	if (r->bound + calico_print_bound(object) > PRINT_MAX_BYTES)
		return "it is too large; read it with \"kubectl get -o json\"";
	return NULL;
}

/* One stored object: to the objects, or why not to the problems. */
static void add_object(struct calico_read *r, const struct calico_kind *kind, const json_t *stored)
{
	err_auto bad = { 0 };
	json_auto_t *object = kind->to_v3(kind, stored, &bad);
	const char *name = json_str(json_object_get(stored, "metadata"), "name");
	const char *why = object ? why_not(r, name, object) : bad.msg;

	if (!why) {
		r->bound += calico_print_bound(object);
		json_array_append(r->objects, object);
		return;
	}
	char_auto *text = xasprintf("%s %.300s cannot be shown: %.1000s", kind->kind,
		name && *name ? name : "without a name", why);

	add_problem(r, text);
}

/* A custom resource that the server does not serve at all is a CRD that is missing. */
static int take_error(const struct calico_kind *kind, struct kube_call *call, struct err *e)
{
	if (kube_call_not_found(call) && *kind->group && (!call->name || !call->reason))
		return err_set(e, ERR_CHECK, call->req.status,
			"%s; the CRD %s is not installed or not served yet: \"calico-datastore "
			"install\" creates it",
			call->err.msg, call->resource);
	err_move(e, &call->err);
	return -1;
}

/* Lists */

struct pages {
	char *token; /* metadata.continue of the last page; NULL: that was the end */
	size_t n, bytes;
	bool expired; /* the server no longer knows the token */
};

static int take_page(struct calico_read *r, const struct calico_kind *kind, struct pages *p,
	const struct kube_call *call, struct err *e)
{
	const json_t *items = json_object_get(call->object, "items"), *item;
	const json_t *meta = json_object_get(call->object, "metadata");
	const char *token = json_str(meta, "continue");
	size_t i;

	if (!items || !(json_is_array(items) || json_is_null(items)))
		return err_set(e, ERR_FORMAT, call->req.status,
			"list %s: the answer has no items; is this a Kubernetes API server?",
			call->resource);
	json_array_foreach(items, i, item)
		add_object(r, kind, item);
	if (p->n == 0 && json_str(meta, "resourceVersion"))
		json_object_set(r->metadata, "resourceVersion",
			json_object_get(meta, "resourceVersion"));
	free(p->token);
	p->token = token && *token ? xstrdup(token) : NULL;
	p->bytes += call->bytes;
	if (p->token && (++p->n >= LIST_MAX_PAGES || p->bytes >= LIST_MAX_BYTES))
		return err_set(e, ERR_FORMAT, 0,
			"list %s: no end after %zu pages and %zu MiB; read objects by their names",
			call->resource, p->n, p->bytes >> 20);
	return 0;
}

static int read_page(struct kube_api *api, struct calico_read *r, const struct calico_kind *kind,
	struct pages *p, struct err *e)
{
	struct kube_call call;

	init_call(&call, kind, NULL);
	if (p->token)
		kube_call_continue(&call, p->token);
	int rc = kube_run(api, &call, 1, NULL, NULL, e);

	if (rc == 0 && call.object) {
		rc = take_page(r, kind, p, &call, e);
	} else if (rc == 0) {
		p->expired = p->token && call.req.status == EXPIRED;
		rc = take_error(kind, &call, e);
	}
	kube_call_release(&call);
	return rc;
}

static int read_pages(struct kube_api *api, struct calico_read *r, const struct calico_kind *kind,
	bool *expired, struct err *e)
{
	struct pages p = { 0 };
	int rc;

	r->metadata = json_object();
	do {
		rc = read_page(api, r, kind, &p, e);
	} while (rc == 0 && p.token);
	free(p.token);
	*expired = p.expired;
	return rc;
}

static void start_over(struct calico_read *r)
{
	calico_read_release(r);
	*r = (struct calico_read){ .objects = json_array(), .problems = json_array() };
}

/* The server forgets a list after some minutes; then a fresh one is read, once. */
static int read_list(struct kube_api *api, struct calico_read *r, const struct calico_kind *kind,
	struct err *e)
{
	err_auto first = { 0 };
	bool expired;

	if (read_pages(api, r, kind, &expired, &first) == 0)
		return 0;
	if (!expired) {
		err_move(e, &first);
		return -1;
	}
	start_over(r);
	return read_pages(api, r, kind, &expired, e);
}

/* Names */

/* "" and dots are paths of their own in a URL; no object has such a name. */
static int check_names(const struct calico_kind *kind, const char *const *names, size_t n,
	struct err *e)
{
	for (size_t i = 0; i < n; i++)
		if (!*names[i] || strcmp(names[i], ".") == 0 || strcmp(names[i], "..") == 0)
			return err_set(e, ERR_USAGE, 0,
				"\"%s\" cannot be the name of a %s; without a name all are listed",
				names[i], kind->kind);
	return 0;
}

/* failed becomes the first error that is more than the absence of one object. */
static void settle_name(struct calico_read *r, const struct calico_kind *kind,
	struct kube_call *call, struct err *failed)
{
	err_auto e = { 0 };

	if (call->object) {
		add_object(r, kind, call->object);
	} else if (kube_call_not_found(call) && call->reason) {
		char_auto *text = xasprintf("there is no %s %s", kind->kind, call->name);

		add_problem(r, text);
	} else if (take_error(kind, call, &e) < 0) {
		add_problem(r, e.msg);
		if (!failed->kind)
			err_move(failed, &e);
	}
}

static int read_names(struct kube_api *api, struct calico_read *r, const struct calico_kind *kind,
	const char *const *names, size_t n, struct err *e)
{
	struct kube_call *calls = xcalloc(n, sizeof(*calls));
	err_auto failed = { 0 };

	for (size_t i = 0; i < n; i++)
		init_call(&calls[i], kind, names[i]);
	int rc = kube_run(api, calls, n, NULL, NULL, e);

	for (size_t i = 0; i < n && rc == 0; i++)
		settle_name(r, kind, &calls[i], &failed);
	if (rc == 0 && failed.kind && json_array_size(r->objects) == 0) {
		err_move(e, &failed);
		rc = -1;
	}
	for (size_t i = 0; i < n; i++)
		kube_call_release(&calls[i]);
	free(calls);
	return rc;
}

/* The object "default" that wide columns refer to; asked for only if one of the objects does. */
static int read_context(struct kube_api *api, struct calico_read *r, const struct calico_kind *kind,
	struct err *e)
{
	bool needed = false;
	const json_t *object;
	struct kube_call call;
	size_t i;

	json_array_foreach(r->objects, i, object)
		needed = needed || kind->needs_context(object);
	if (!needed)
		return 0;
	kube_call_init(&call, KUBE_GET, "crd.projectcalico.org", "v1", kind->context, NULL,
		"default", NULL, false);
	int rc = kube_run(api, &call, 1, NULL, NULL, e);

	if (rc == 0 && call.object)
		r->context = json_incref(call.object);
	else if (rc == 0 && !kube_call_not_found(&call))
		r->context = json_false();
	kube_call_release(&call);
	return rc;
}

int calico_read(struct kube_api *api, const struct calico_kind *kind, const char *const *names,
	size_t n, bool wide, struct calico_read *r, struct err *e)
{
	if (check_names(kind, names, n, e) < 0)
		return -1;
	*r = (struct calico_read){ .objects = json_array(), .problems = json_array() };
	int rc = n > 0 ? read_names(api, r, kind, names, n, e) : read_list(api, r, kind, e);

	if (rc == 0 && wide && kind->context)
		rc = read_context(api, r, kind, e);
	if (rc < 0)
		calico_read_release(r);
	return rc;
}

void calico_read_release(struct calico_read *r)
{
	json_decref(r->objects);
	json_decref(r->metadata);
	json_decref(r->context);
	json_decref(r->problems);
	*r = (struct calico_read){ 0 };
}
