/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/look/server_list.h"

#include <string.h>

#include "base/json.h"
#include "kube/batch.h"
#include "manifest/crd.h"

/* Objects per page. Pages are small, since another list is in memory at the same time. */
enum { AT_A_TIME = 100 };

char *server_list_key(const json_t *object)
{
	const json_t *metadata = json_object_get(object, "metadata");
	const char *ns = json_str(metadata, "namespace"), *name = json_str(metadata, "name");

	return xasprintf("%s%s%s", ns ? ns : "", ns ? "/" : "", name ? name : "");
}

static void take_items(struct server_list *l, const json_t *items)
{
	const json_t *object;
	size_t i;

	json_array_foreach(items, i, object) {
		char *key = server_list_key(object);

		l->broken = l->broken || (l->passed && strcmp(key, l->passed) <= 0);
		json_object_set(l->ahead, key, (json_t *)(uintptr_t)object);
		free(l->passed);
		l->passed = key;
	}
}

static int next_page(
	struct server_list *l, struct kube_api *api, const char *version, struct err *e)
{
	kube_batch_auto b = { 0 };
	err_auto failed = { 0 };

	kube_batch_add(&b, (struct kube_request){ .verb = KUBE_LIST,
				   .group = crd_group(l->crd),
				   .version = version,
				   .plural = crd_plural(l->crd),
				   .page = AT_A_TIME,
				   .token = l->pages.token });
	if (kube_batch_run(&b, api, e) < 0)
		return -1;
	if (kube_pages_take(&l->pages, b.calls[0], &failed) == KUBE_PAGE_ITEMS)
		take_items(l, json_object_get(b.calls[0]->object, "items"));
	else
		l->broken = true;
	return 0;
}

/* Forgets objects up to the last key asked for: nobody asks for them again. */
static void forget(struct server_list *l)
{
	const char *key;
	json_t *object;
	void *next;

	if (!l->wanted)
		return;
	free(l->begun);
	l->begun = steal(&l->wanted);
	json_object_foreach_safe(l->ahead, next, key, object) if (strcmp(key, l->begun) <= 0)
		json_object_del(l->ahead, key);
}

int server_list_read(struct server_list *l, struct kube_api *api, const json_t *crd,
	const char *version, const char *last, struct err *e)
{
	if (l->crd != crd) {
		server_list_release(l);
		l->crd = crd;
		l->ahead = json_object();
	}
	forget(l);
	l->wanted = xstrdup(last);
	while (!l->broken && !l->pages.ended && (!l->passed || strcmp(l->passed, last) < 0))
		if (next_page(l, api, version, e) < 0)
			return -1;
	return 0;
}

const json_t *server_list_find(const struct server_list *l, const char *key, bool *known)
{
	const json_t *object = json_object_get(l->ahead, key);

	*known = object || (!l->broken && (!l->begun || strcmp(key, l->begun) > 0));
	return object;
}

void server_list_release(struct server_list *l)
{
	kube_pages_release(&l->pages);
	json_decref(l->ahead);
	free(l->passed);
	free(l->begun);
	free(l->wanted);
	*l = (struct server_list){ 0 };
}
