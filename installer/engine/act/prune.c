/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/act/prune.h"

#include <string.h>

#include "base/json.h"
#include "engine/judge/owner.h"
#include "engine/look/crds.h"
#include "kube/pages.h"
#include "manifest/crd.h"

enum { GONE_POLLS = 50, GONE_PAUSE_MS = 100 };

static bool is_served(const json_t *served, const char *name)
{
	const char *dot = strchr(name, '.');
	const json_t *resource;
	size_t i;

	json_array_foreach(json_object_get(served, dot + 1), i, resource) {
		const char *plural = json_str(resource, "name");

		if (plural && strlen(plural) == (size_t)(dot - name) &&
			strncmp(plural, name, strlen(plural)) == 0)
			return true;
	}
	return false;
}

static struct prune_item *item_of(struct prune *p, const char *name)
{
	for (size_t i = 0; i < p->n; i++)
		if (strcmp(p->items[i].name, name) == 0)
			return &p->items[i];
	p->items = xrealloc(p->items, p->n + 1, sizeof(*p->items));
	p->items[p->n] = (struct prune_item){ .name = name, .objects = -1 };
	return &p->items[p->n++];
}

/* Surfaces are sorted from the newest release to the oldest. Those of other sets are ignored. */
void prune_init(struct prune *p, const struct surfaces *all, const struct surface *asked,
	const json_t *served)
{
	*p = (struct prune){ 0 };
	for (const struct surface *f = all->items; asked && f < all->items + all->n; f++)
		for (size_t k = 0; f->set == asked->set && k < f->n; k++) {
			const char *name = f->crds[k].name;

			if (surface_crd(asked, name) || !is_served(served, name))
				continue;
			struct prune_item *item = item_of(p, name);

			if (f < asked)
				item->first = f->version;
			else if (!item->last)
				item->last = f->last;
		}
}

static void keep(struct prune_item *item, char *why)
{
	free(item->kept);
	item->kept = why;
}

/* Keeps CRDs that this program may not delete, with or without objects. */
static void judge_crd(struct prune_item *item)
{
	owners_auto owners = { 0 };
	const struct owner *owner;

	owners_find(&owners, item->live);
	owner = owners_marked(&owners);
	if (json_at(item->live, "metadata", "deletionTimestamp", NULL))
		keep(item, xstrdup("it is being deleted already"));
	else if (owner && owner->foreign)
		keep(item, xasprintf("%s manages it", owner->who));
	else if (!item->last)
		keep(item, xstrdup("only newer releases have it"));
}

static void judge_objects(struct prune_item *item, const struct kube_call *list)
{
	item->objects = kube_list_count(list->object);
	if (item->objects < 0)
		keep(item, xasprintf("its objects cannot be counted: %s",
				   list->err.msg ? list->err.msg : "the answer is no list"));
	else if (item->objects > 0 && !item->kept)
		keep(item, xasprintf("it has %ld objects", item->objects));
}

static void take_crd(struct prune_item *item, struct kube_call *call)
{
	err_auto bad = { 0 };
	const json_t *crd;

	json_decref(item->live);
	item->live = NULL;
	keep(item, NULL);
	if (crds_take(call, &crd, &bad) < 0) {
		keep(item, xasprintf("it cannot be read: %s", bad.msg));
	} else if (crd) {
		item->live = json_incref((json_t *)(uintptr_t)crd);
		judge_crd(item);
	} else {
		keep(item, xstrdup("it is gone"));
	}
}

static int read_crds(struct prune *p, struct kube_api *api, struct err *e)
{
	kube_batch_auto b = { 0 };

	for (size_t i = 0; i < p->n; i++)
		crds_ask(&b, p->items[i].name, &p->items[i]);
	int rc = kube_batch_run(&b, api, e);

	for (size_t i = 0; i < b.n && rc == 0; i++)
		take_crd(b.calls[i]->subject, b.calls[i]);
	return rc;
}

/* The list has no resourceVersion, so a quorum of etcd answers it, not a cache. */
static int count_objects(struct prune *p, struct kube_api *api, struct err *e)
{
	kube_batch_auto b = { 0 };

	for (size_t i = 0; i < p->n; i++) {
		const json_t *crd = p->items[i].live;

		if (crd)
			kube_batch_add(&b, (struct kube_request){ .verb = KUBE_LIST,
						   .group = crd_group(crd),
						   .version = crd_storage_version(crd),
						   .plural = crd_plural(crd),
						   .subject = &p->items[i] });
	}
	int rc = kube_batch_run(&b, api, e);

	for (size_t i = 0; i < b.n && rc == 0; i++)
		judge_objects(b.calls[i]->subject, b.calls[i]);
	return rc;
}

int prune_look(struct prune *p, struct kube_api *api, struct err *e)
{
	if (p->n == 0)
		return 0;
	return read_crds(p, api, e) < 0 ? -1 : count_objects(p, api, e);
}

size_t prune_pending(const struct prune *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++)
		n += p->items[i].live && !p->items[i].kept && !p->items[i].deleted;
	return n;
}

static int wait_until_gone(struct kube_api *api, const char *name, struct err *e)
{
	bool gone = false;

	for (int i = 0; i < GONE_POLLS && !gone; i++) {
		kube_batch_auto b = { 0 };
		struct kube_call *call = crds_ask(&b, name, NULL);
		int rc = kube_batch_run(&b, api, e);

		gone = rc == 0 && kube_call_not_found(call);
		if (rc < 0 || (!gone && http_pause(kube_api_http(api), GONE_PAUSE_MS, e) < 0))
			return -1;
	}
	return gone ? 0
		    : err_set(e, ERR_API, 0,
			      "%s: the server accepted the deletion, but the CRD is still there: "
			      "look at its finalizers",
			      name);
}

/* Deletes the CRD only if it is still exactly as prune_look has read it. */
static int delete_one(struct prune_item *item, struct kube_api *api, struct err *e)
{
	const json_t *metadata = json_object_get(item->live, "metadata");
	json_auto_t *body = json_pack("{s:s, s:s, s:{s:O, s:O}}", "apiVersion", "v1", "kind",
		"DeleteOptions", "preconditions", "uid", json_object_get(metadata, "uid"),
		"resourceVersion", json_object_get(metadata, "resourceVersion"));
	kube_batch_auto b = { 0 };
	struct kube_call *call = kube_batch_add(&b, (struct kube_request){ .verb = KUBE_DELETE,
							    .group = "apiextensions.k8s.io",
							    .version = "v1",
							    .plural = "customresourcedefinitions",
							    .name = item->name,
							    .body = body });
	int rc = kube_batch_run(&b, api, e);

	if (rc == 0 && call->err.msg && !kube_call_not_found(call)) {
		err_move(e, &call->err);
		rc = -1;
	}
	if (rc == 0)
		rc = wait_until_gone(api, item->name, e);
	item->deleted = rc == 0;
	return rc;
}

int prune_delete(struct prune *p, struct kube_api *api, struct err *e)
{
	if (prune_look(p, api, e) < 0)
		return -1;
	for (size_t i = 0; i < p->n; i++)
		if (p->items[i].live && !p->items[i].kept && delete_one(&p->items[i], api, e) < 0)
			return -1;
	return 0;
}

void prune_release(struct prune *p)
{
	for (size_t i = 0; i < p->n; i++) {
		json_decref(p->items[i].live);
		free(p->items[i].kept);
	}
	free(p->items);
	*p = (struct prune){ 0 };
}
