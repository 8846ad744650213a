/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/act/migrate.h"

#include <string.h>

#include "base/json.h"
#include "engine/look/observe.h"
#include "manifest/crd.h"

enum { GONE = 410, RESTARTS_MAX = 3, STATUS_ATTEMPTS = 5 };

/* One run over the objects of one CRD. */
struct walk {
	struct migrate *m;
	struct migrate_crd *item;
	struct kube_api *api;
	char *token; /* of the next page; NULL: the first one */
	unsigned restarts;
	bool ended;
};

static bool is_needed(const json_t *crd)
{
	const json_t *stored = json_at(crd, "status", "storedVersions", NULL);
	const char *only = json_string_value(json_array_get(stored, 0));

	return json_array_size(stored) != 1 || !only || strcmp(only, crd_storage_version(crd)) != 0;
}

static void take_crd(struct migrate *m, const struct kube_call *call)
{
	struct migrate_crd *item = &m->items[m->n++];

	*item = (struct migrate_crd){ .live = json_incref(call->object) };
	item->needed = is_needed(item->live);
	if (item->needed && json_at(item->live, "metadata", "deletionTimestamp", NULL))
		item->problem = xstrdup("it is being deleted");
	else if (item->needed && !crd_served_version(item->live))
		item->problem = xstrdup("it serves no version, so its objects cannot be read");
}

int migrate_look(struct migrate *m, struct kube_api *api, const json_t *names, struct err *e)
{
	size_t n = json_array_size(names);
	struct kube_call *calls = xcalloc(n, sizeof(*calls));

	m->items = xcalloc(n, sizeof(*m->items));
	for (size_t i = 0; i < n; i++)
		observe_crd_call(&calls[i], json_string_value(json_array_get(names, i)));
	int rc = kube_run(api, calls, n, NULL, NULL, e);

	for (size_t i = 0; i < n && rc == 0; i++) {
		if (calls[i].object && crd_check(calls[i].object, e) < 0) {
			rc = -1;
		} else if (calls[i].object) {
			take_crd(m, &calls[i]);
		} else if (!kube_call_not_found(&calls[i])) {
			err_move(e, &calls[i].err);
			rc = -1;
		}
	}
	observe_free_calls(calls, n);
	return rc;
}

/* Objects */

static int refused(struct walk *w, struct kube_call *call, struct err *e)
{
	struct migrate_crd *item = w->item;

	if (call->err.kind == ERR_AUTH || kube_call_unknown(call)) {
		err_move(e, &call->err);
		return -1;
	}
	if (item->refused++ == 0)
		item->problem = xstrdup(call->err.msg);
	return 0;
}

/* Gone, or written by somebody else since: then it is stored in the new version, too. */
static bool is_settled(const struct kube_call *call)
{
	return call->object || kube_call_not_found(call) || call->err.kind == ERR_CONFLICT;
}

/* As they were read, guarded by their resourceVersion: the server encodes them anew. */
static int rewrite(struct walk *w, const json_t *items, struct err *e)
{
	size_t n = json_array_size(items);
	const json_t *crd = w->item->live;
	struct kube_call *calls = xcalloc(n, sizeof(*calls));

	for (size_t i = 0; i < n; i++) {
		const json_t *object = json_array_get(items, i);
		const json_t *metadata = json_object_get(object, "metadata");
		const char *name = json_str(metadata, "name");

		kube_call_init(&calls[i], KUBE_UPDATE, crd_group(crd), crd_served_version(crd),
			crd_plural(crd), json_str(metadata, "namespace"), name ? name : "", object,
			w->m->dry_run);
		calls[i].req.repeatable = true; /* the guard makes a second one harmless */
	}
	int rc = kube_run(w->api, calls, n, NULL, NULL, e);

	for (size_t i = 0; i < n && rc == 0; i++) {
		if (is_settled(&calls[i]))
			w->item->objects++;
		else
			rc = refused(w, &calls[i], e);
	}
	observe_free_calls(calls, n);
	return rc;
}

static int take_page(struct walk *w, struct kube_call *call, struct err *e)
{
	const json_t *items = json_object_get(call->object, "items");
	const char *token = json_str(json_object_get(call->object, "metadata"), "continue");

	if (json_is_array(items)) {
		free(w->token);
		w->token = token && *token ? xstrdup(token) : NULL;
		w->ended = !w->token;
		return rewrite(w, items, e);
	}
	if (call->req.status == GONE && w->restarts++ < RESTARTS_MAX) {
		/* What was rewritten already is not stored again by the server. */
		free(w->token);
		w->token = NULL;
		w->item->objects = 0;
		return 0;
	}
	w->ended = true;
	if (call->object)
		return err_set(e, ERR_FORMAT, 0, "%s: the answer is no list", call->resource);
	return refused(w, call, e);
}

static int rewrite_all(
	struct walk *w, void (*progress)(void *arg, size_t objects), void *arg, struct err *e)
{
	const json_t *crd = w->item->live;
	int rc = 0;

	while (rc == 0 && !w->ended) {
		struct kube_call call;

		kube_call_init(&call, KUBE_LIST, crd_group(crd), crd_served_version(crd),
			crd_plural(crd), NULL, NULL, NULL, false);
		if (w->token)
			kube_call_continue(&call, w->token);
		rc = kube_run(w->api, &call, 1, NULL, NULL, e);
		if (rc == 0)
			rc = take_page(w, &call, e);
		kube_call_release(&call);
		if (rc == 0 && progress)
			progress(arg, w->item->objects);
	}
	free(w->token);
	w->token = NULL;
	return rc;
}

/* Status */

static bool is_as_it_was(const json_t *before, const json_t *now)
{
	const char *was = json_str(json_object_get(before, "metadata"), "uid");
	const char *is = json_str(json_object_get(now, "metadata"), "uid");
	const char *stores = crd_storage_version(now);

	return was && is && strcmp(was, is) == 0 && stores &&
	       strcmp(stores, crd_storage_version(before)) == 0;
}

static void status_call(struct kube_call *call, json_t *crd)
{
	json_t *status = json_object_get(crd, "status");

	json_object_set_new(status, "storedVersions", json_pack("[s]", crd_storage_version(crd)));
	kube_call_init(call, KUBE_UPDATE, "apiextensions.k8s.io", "v1", "customresourcedefinitions",
		NULL, crd_name(crd), crd, false);
	kube_call_subresource(call, "status");
	call->req.repeatable = true;
}

/* Looks at the CRD again and writes what was proven, guarded by what it looked at. */
static int try_status(struct walk *w, bool *again, struct err *e)
{
	struct migrate_crd *item = w->item;
	struct kube_call call;

	*again = false;
	observe_crd_call(&call, crd_name(item->live));
	int rc = kube_run(w->api, &call, 1, NULL, NULL, e);

	if (rc == 0 && !call.object) {
		rc = refused(w, &call, e);
	} else if (rc == 0 &&
		   (crd_check(call.object, e) < 0 || !is_as_it_was(item->live, call.object))) {
		item->problem = xstrdup("it was changed meanwhile: run this again");
	} else if (rc == 0) {
		struct kube_call put;

		status_call(&put, call.object);
		rc = kube_run(w->api, &put, 1, NULL, NULL, e);
		item->done = rc == 0 && put.object;
		*again = rc == 0 && put.err.kind == ERR_CONFLICT;
		if (rc == 0 && !item->done && !*again)
			rc = refused(w, &put, e);
		kube_call_release(&put);
	}
	kube_call_release(&call);
	return rc;
}

static int write_status(struct walk *w, struct err *e)
{
	bool again = true;
	int rc = 0;

	for (int i = 0; i < STATUS_ATTEMPTS && again && rc == 0; i++)
		rc = try_status(w, &again, e);
	if (rc == 0 && again && !w->item->problem)
		w->item->problem = xstrdup("its status kept changing: run this again");
	return rc;
}

int migrate_run(struct migrate *m, struct kube_api *api,
	void (*progress)(void *arg, size_t objects), void *arg, struct err *e)
{
	for (size_t i = 0; i < m->n; i++) {
		struct migrate_crd *item = &m->items[i];
		struct walk w = { .m = m, .item = item, .api = api };

		if (!item->needed || item->problem)
			continue;
		if (rewrite_all(&w, progress, arg, e) < 0)
			return err_wrap(e, "%s", crd_name(item->live));
		if (!item->problem && !m->dry_run && write_status(&w, e) < 0)
			return err_wrap(e, "%s", crd_name(item->live));
	}
	return 0;
}

size_t migrate_needed(const struct migrate *m)
{
	size_t n = 0;

	for (size_t i = 0; i < m->n; i++)
		n += m->items[i].needed;
	return n;
}

size_t migrate_failed(const struct migrate *m)
{
	size_t n = 0;

	for (size_t i = 0; i < m->n; i++)
		n += m->items[i].problem != NULL;
	return n;
}

void migrate_release(struct migrate *m)
{
	for (size_t i = 0; i < m->n; i++) {
		json_decref(m->items[i].live);
		free(m->items[i].problem);
	}
	free(m->items);
	*m = (struct migrate){ 0 };
}
