/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For many objects of one kind, a list costs the API server less than a request for each. A list is
 * only a short cut: an object that no list shows is asked for by itself.
 */
#include <string.h>

#include "base/json.h"
#include "engine/act/objects_parts.h"
#include "kube/batch.h"
#include "kube/pages.h"

enum {
	LIST_FROM = 33, /* objects of one kind from which on a list is used */
	/* no list for a kind with more than this many times the wanted objects, plus a page */
	LIST_MOST = 4,
	PAGE = 500,
};

struct listing {
	const struct object_item *one; /* any item of the kind */
	const char *ns; /* the namespace of all items; NULL: several */
	size_t wanted;
	bool failed;
	struct kube_pages pages;
	json_t *found; /* objects, by objects_key */
};

char *objects_key(const char *ns, const char *name)
{
	return xasprintf("%s/%s", ns ? ns : "", name);
}

static struct listing *listing_of(struct listing *all, size_t *n, const struct object_item *item)
{
	for (size_t i = 0; i < *n; i++)
		if (all[i].one->kind == item->kind)
			return &all[i];
	/* Items in a list of a core resource have no kind, so such a list is not used. */
	all[*n] = (struct listing){ .one = item,
		.ns = item->ns,
		.failed = !*item->kind->resources[0].group };
	return &all[(*n)++];
}

static size_t count_kinds(
	struct listing *all, struct object_item *const *items, size_t n_items)
{
	size_t n = 0;

	for (size_t i = 0; i < n_items; i++) {
		struct listing *l = listing_of(all, &n, items[i]);

		l->wanted++;
		if (l->ns && (!items[i]->ns || strcmp(l->ns, items[i]->ns) != 0))
			l->ns = NULL;
	}
	return n;
}

static bool is_open(const struct listing *l)
{
	return l->wanted >= LIST_FROM && !l->failed && !l->pages.ended;
}

static void take_items(struct listing *l, const struct kube_call *call)
{
	const json_t *list = json_object_get(call->object, "items");
	long all = kube_list_count(call->object);
	json_t *item;
	size_t i;

	l->failed = l->pages.n == 1 && all > (long)(LIST_MOST * l->wanted + PAGE);
	json_array_foreach((json_t *)(uintptr_t)list, i, item) {
		const json_t *metadata = json_object_get(item, "metadata");
		const char *name = json_str(metadata, "name");
		char_auto *key =
			name ? objects_key(json_str(metadata, "namespace"), name) : NULL;

		if (key)
			json_object_set(l->found, key, item);
	}
}

static void take_page(struct listing *l, struct kube_call *call)
{
	err_auto ignored = { 0 };

	switch (kube_pages_take(&l->pages, call, &ignored)) {
	case KUBE_PAGE_ITEMS:
		take_items(l, call);
		break;
	case KUBE_PAGE_AGAIN:
		json_object_clear(l->found);
		break;
	case KUBE_PAGE_FAILED:
		l->failed = true;
		break;
	}
}

/* Reads the next page of each list. */
static int read_pages(struct objects *o, struct listing *all, size_t n, bool *more, struct err *e)
{
	kube_batch_auto b = { 0 };

	*more = false;
	for (size_t i = 0; i < n; i++) {
		struct kube_request r = objects_request(o, all[i].one, NULL, KUBE_LIST);

		if (!is_open(&all[i]))
			continue;
		r.ns = all[i].ns;
		r.token = all[i].pages.token;
		r.subject = &all[i];
		kube_batch_add(&b, r);
	}
	if (kube_batch_run(&b, o->api, e) < 0)
		return -1;
	for (size_t i = 0; i < b.n; i++) {
		take_page(b.calls[i]->subject, b.calls[i]);
		*more = *more || is_open(b.calls[i]->subject);
	}
	return 0;
}

int objects_kube_list(struct objects *o, struct object_item *const *items, size_t n_items,
	json_t *lists, struct err *e)
{
	struct listing *all = xcalloc(n_items + 1, sizeof(*all));
	size_t n = count_kinds(all, items, n_items);
	bool more = true;
	int rc = 0;

	for (size_t i = 0; i < n; i++)
		all[i].found = json_object();
	while (rc == 0 && more)
		rc = read_pages(o, all, n, &more, e);
	for (size_t i = 0; i < n; i++) {
		if (rc == 0 && all[i].pages.ended && !all[i].failed)
			json_object_set(lists, all[i].one->kind->kind, all[i].found);
		json_decref(all[i].found);
		kube_pages_release(&all[i].pages);
	}
	free(all);
	return rc;
}
