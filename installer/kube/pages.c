/* SPDX-License-Identifier: Apache-2.0 */
#include "kube/pages.h"

#include <string.h>

#include "base/json.h"

enum { GONE = 410, RESTARTS_MAX = 3, PAGES_MAX = 20000, BYTES_MAX = 1 << 30 };

static void set_token(struct kube_pages *p, const char *token)
{
	free(p->token);
	p->token = token && *token ? xstrdup(token) : NULL;
}

static enum kube_page take_items(struct kube_pages *p, const struct kube_call *call, struct err *e)
{
	const json_t *metadata = json_object_get(call->object, "metadata");
	const char *revision = json_str(metadata, "resourceVersion");

	if (p->n++ == 0 && revision) {
		free(p->revision);
		p->revision = xstrdup(revision);
	}
	p->bytes += call->bytes;
	set_token(p, json_str(metadata, "continue"));
	p->ended = !p->token;
	if (p->ended || (p->n < PAGES_MAX && p->bytes < BYTES_MAX))
		return KUBE_PAGE_ITEMS;
	p->ended = true;
	(void)err_set(e, ERR_FORMAT, 0,
		"list %s: no end after %zu pages and %zu MiB; is this a Kubernetes API server?",
		call->resource, p->n, p->bytes >> 20);
	return KUBE_PAGE_FAILED;
}

enum kube_page kube_pages_take(struct kube_pages *p, struct kube_call *call, struct err *e)
{
	const json_t *items = json_object_get(call->object, "items");

	if (json_is_array(items) || json_is_null(items))
		return take_items(p, call, e);
	if (call->req.status == GONE && p->restarts < RESTARTS_MAX) {
		p->restarts++;
		kube_pages_rewind(p);
		return KUBE_PAGE_AGAIN;
	}
	set_token(p, NULL);
	p->ended = true;
	if (call->object)
		(void)err_set(e, ERR_FORMAT, call->req.status,
			"list %s: the answer has no items; is this a Kubernetes API server?",
			call->resource);
	else
		err_move(e, &call->err);
	return KUBE_PAGE_FAILED;
}

static const struct json_wanted *of_metadata(const struct json_wanted *w, const char *key)
{
	(void)w;
	return strcmp(key, "managedFields") == 0 ? NULL : &json_all;
}

static const struct json_wanted metadata = { of_metadata };

static const struct json_wanted *of_object(const struct json_wanted *w, const char *key)
{
	(void)w;
	return strcmp(key, "metadata") == 0 ? &metadata : &json_all;
}

const struct json_wanted kube_without_managers = { of_object };

json_t *kube_pages_next(struct kube_pages *p, struct kube_call *call, const struct json_wanted *w,
	struct err *e)
{
	json_t *item = json_next_item(&call->items, w, e);

	if (item || !e->msg)
		return item;
	err_wrap(e, "list %s: the answer", call->resource);
	set_token(p, NULL);
	p->ended = true;
	return NULL;
}

void kube_pages_rewind(struct kube_pages *p)
{
	set_token(p, NULL);
	p->n = p->bytes = 0;
	p->ended = false;
}

void kube_pages_release(struct kube_pages *p)
{
	free(p->token);
	free(p->revision);
	*p = (struct kube_pages){ 0 };
}

long kube_list_count(const json_t *list)
{
	const json_t *items = json_object_get(list, "items");
	const json_t *more = json_at(list, "metadata", "remainingItemCount", NULL);

	if (!json_is_array(items))
		return -1;
	return (long)json_array_size(items) + (long)json_integer_value(more);
}
