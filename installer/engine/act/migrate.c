/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/act/migrate.h"

#include <string.h>

#include "base/json.h"
#include "engine/look/crds.h"
#include "kube/pages.h"
#include "manifest/crd.h"

enum { STATUS_ATTEMPTS = 5 };

/* The rewrite of all objects of one CRD. */
struct walk {
	struct migrate *m;
	struct migrate_crd *item;
	struct kube_api *api;
	struct kube_pages pages;
};

static bool is_needed(const json_t *crd)
{
	const json_t *stored = json_at(crd, "status", "storedVersions", NULL);
	const char *only = json_string_value(json_array_get(stored, 0));

	return json_array_size(stored) != 1 || !only || strcmp(only, crd_storage_version(crd)) != 0;
}

static void take_crd(struct migrate *m, const json_t *crd)
{
	struct migrate_crd *item = &m->items[m->n++];

	*item = (struct migrate_crd){ .live = json_incref((json_t *)(uintptr_t)crd) };
	item->needed = is_needed(item->live);
	if (item->needed && json_at(item->live, "metadata", "deletionTimestamp", NULL))
		item->problem = xstrdup("it is being deleted");
	else if (item->needed && !crd_served_version(item->live))
		item->problem = xstrdup("it serves no version, so its objects cannot be read");
}

int migrate_look(struct migrate *m, struct kube_api *api, const json_t *names, struct err *e)
{
	json_auto_t *crds = crds_read(api, names, e);
	const json_t *crd;
	size_t i;

	if (!crds)
		return -1;
	m->items = xcalloc(json_array_size(crds), sizeof(*m->items));
	json_array_foreach(crds, i, crd)
		take_crd(m, crd);
	return 0;
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

/* True: the object is deleted, or somebody else wrote it, so it is in the new version. */
static bool is_settled(const struct kube_call *call)
{
	return call->object || kube_call_not_found(call) || call->err.kind == ERR_CONFLICT;
}

/* Writes the objects unchanged, guarded by their resourceVersion. The server encodes them again. */
static int rewrite(struct walk *w, const json_t *items, struct err *e)
{
	const json_t *crd = w->item->live, *object;
	kube_batch_auto b = { 0 };
	size_t i;

	json_array_foreach(items, i, object) {
		const json_t *metadata = json_object_get(object, "metadata");
		const char *name = json_str(metadata, "name");
		struct kube_call *call = kube_batch_add(&b,
			(struct kube_request){ .verb = KUBE_UPDATE,
				.group = crd_group(crd),
				.version = crd_served_version(crd),
				.plural = crd_plural(crd),
				.ns = json_str(metadata, "namespace"),
				.name = name ? name : "",
				.body = object,
				.dry_run = w->m->dry_run });

		/* because of the guard, a repeated write is harmless */
		call->req.repeatable = true;
	}
	int rc = kube_batch_run(&b, w->api, e);

	for (i = 0; i < b.n && rc == 0; i++) {
		if (is_settled(b.calls[i]))
			w->item->objects++;
		else
			rc = refused(w, b.calls[i], e);
	}
	return rc;
}

static int take_page(struct walk *w, struct kube_call *call, struct err *e)
{
	err_auto failed = { 0 };

	switch (kube_pages_take(&w->pages, call, &failed)) {
	case KUBE_PAGE_ITEMS:
		return rewrite(w, json_object_get(call->object, "items"), e);
	case KUBE_PAGE_AGAIN:
		/* The list begins again. The server does not store an unchanged object again. */
		w->item->objects = 0;
		return 0;
	case KUBE_PAGE_FAILED:
		break;
	}
	if (call->object) {
		err_move(e, &failed);
		return -1;
	}
	err_move(&call->err, &failed);
	return refused(w, call, e);
}

static int next_page(struct walk *w, struct err *e)
{
	const json_t *crd = w->item->live;
	kube_batch_auto b = { 0 };
	struct kube_call *call = kube_batch_add(&b, (struct kube_request){ .verb = KUBE_LIST,
							    .group = crd_group(crd),
							    .version = crd_served_version(crd),
							    .plural = crd_plural(crd),
							    .token = w->pages.token });

	return kube_batch_run(&b, w->api, e) < 0 ? -1 : take_page(w, call, e);
}

static int rewrite_all(
	struct walk *w, void (*progress)(void *arg, size_t objects), void *arg, struct err *e)
{
	int rc = 0;

	while (rc == 0 && !w->pages.ended) {
		rc = next_page(w, e);
		if (rc == 0 && progress)
			progress(arg, w->item->objects);
	}
	kube_pages_release(&w->pages);
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

static struct kube_call *ask_status(struct kube_batch *b, json_t *crd)
{
	json_t *status = json_object_get(crd, "status");

	json_object_set_new(status, "storedVersions", json_pack("[s]", crd_storage_version(crd)));
	struct kube_call *call = kube_batch_add(b, (struct kube_request){ .verb = KUBE_UPDATE,
							   .group = "apiextensions.k8s.io",
							   .version = "v1",
							   .plural = "customresourcedefinitions",
							   .name = crd_name(crd),
							   .subresource = "status",
							   .body = crd });

	call->req.repeatable = true;
	return call;
}

/* *again: somebody changed the CRD between the look and the write. */
static int put_status(struct walk *w, json_t *crd, bool *again, struct err *e)
{
	kube_batch_auto b = { 0 };
	struct kube_call *call = ask_status(&b, crd);

	if (kube_batch_run(&b, w->api, e) < 0)
		return -1;
	w->item->done = call->object != NULL;
	*again = call->err.kind == ERR_CONFLICT;
	return w->item->done || *again ? 0 : refused(w, call, e);
}

/* Reads the CRD again and writes the proven status, guarded by the resourceVersion just read. */
static int try_status(struct walk *w, bool *again, struct err *e)
{
	struct migrate_crd *item = w->item;
	kube_batch_auto b = { 0 };
	struct kube_call *call = crds_ask(&b, crd_name(item->live), NULL);

	*again = false;
	if (kube_batch_run(&b, w->api, e) < 0)
		return -1;
	if (!call->object)
		return refused(w, call, e);
	if (!is_as_it_was(item->live, call->object)) {
		item->problem = xstrdup("it was changed meanwhile: run this again");
		return 0;
	}
	return put_status(w, call->object, again, e);
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
