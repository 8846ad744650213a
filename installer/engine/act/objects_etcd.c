/* SPDX-License-Identifier: Apache-2.0 */
/* Objects in etcd: one key for each object. */
#include <string.h>

#include "base/json.h"
#include "calico/store/etcd_answer.h"
#include "calico/store/etcd_client.h"
#include "engine/act/etcd_write.h"
#include "engine/act/objects_parts.h"

enum { OK = 200 };

static struct etcd *etcd_of(const struct objects *o)
{
	return o->store->store;
}

static void put_key(struct buf *key, const struct object_item *item, const char *name)
{
	char_auto *prefix = etcd_prefix(item->kind, item->ns);

	buf_puts(key, prefix);
	buf_puts(key, name);
}

/* Reads */

static int take_kv(
	struct object_item *item, const char *name, const struct etcd_kv *kv, struct err *e)
{
	char_auto *revision = xasprintf("%lld", (long long)kv->mod_revision);
	json_auto_t *value = json_parse(buf_str(&kv->value), kv->value.len, e);

	if (!value)
		return err_wrap(e, "%s: its key %s holds no JSON", item->id, buf_str(&kv->key));
	objects_take_live(item, value, name, revision);
	return 0;
}

/* reqs: one request for each name. */
static int take_read(const struct objects *o, struct object_item *item,
	const struct http_req *reqs, size_t n, struct err *e)
{
	const char *names[] = { item->names.name, item->names.other };

	objects_take_live(item, NULL, item->names.name, NULL);
	for (size_t i = 0; i < n; i++) {
		struct etcd_page page;

		if (reqs[i].status != OK) {
			err_auto why = { 0 };

			(void)etcd_refused(etcd_of(o), &reqs[i], item->id, &why);
			return objects_unread(item, &why, e);
		}
		if (etcd_page_parse(&page, buf_str(&reqs[i].answer), reqs[i].answer.len, e) < 0)
			return err_wrap(e, "%s", item->id);
		int rc = page.n > 0 ? take_kv(item, names[i], &page.kvs[0], e) : 0;

		etcd_page_release(&page);
		if (rc < 0 || item->live)
			return rc;
	}
	return 0;
}

int objects_etcd_read(
	struct objects *o, struct object_item *const *items, size_t n, struct err *e)
{
	struct http_req *reqs = xcalloc(2 * n + 1, sizeof(*reqs));
	size_t asked = 0, at = 0;

	for (size_t i = 0; i < n; i++) {
		const char *names[] = { items[i]->names.name, items[i]->names.other };

		for (size_t k = 0; k < 2 && names[k]; k++) {
			buf_auto key = { 0 };

			put_key(&key, items[i], names[k]);
			etcd_range(&reqs[asked++], &key, NULL, 0, 0);
		}
	}
	int rc = etcd_ask(etcd_of(o), reqs, asked, e);

	for (size_t i = 0; i < n && rc == 0; i++) {
		size_t names = items[i]->names.other ? 2 : 1;

		rc = take_read(o, items[i], &reqs[at], names, e);
		at += names;
	}
	for (size_t i = 0; i < asked; i++)
		http_req_release(&reqs[i]);
	free(reqs);
	return rc;
}

/* Writes */

/* The key must have the revision that the plan has read, or still be absent. */
static struct etcd_write write_of(const struct object_item *item)
{
	struct etcd_write w = { .deletes = item->verdict == OBJECT_DELETE,
		.revision = item->live ? item->revision : NULL,
		.what = item->id };

	put_key(&w.key, item, item->stored_name);
	if (!w.deletes)
		json_write(&w.value, item->target, JSON_STYLE_HTML);
	return w;
}

static void take_write(struct object_try *try, struct etcd_write *w)
{
	switch (w->result) {
	case ETCD_WRITTEN:
		try->result = TRY_WRITTEN;
		break;
	case ETCD_STALE:
		try->result = TRY_STALE;
		break;
	case ETCD_UNKNOWN:
		try->result = TRY_UNKNOWN;
		break;
	case ETCD_REFUSED:
		try->result = TRY_REFUSED;
		err_move(&try->item->err, &w->err);
		break;
	}
}

int objects_etcd_write(struct objects *o, struct object_try *tries, size_t n, struct err *e)
{
	struct etcd_write *writes = xcalloc(n + 1, sizeof(*writes));

	for (size_t i = 0; i < n; i++)
		writes[i] = write_of(tries[i].item);
	int rc = etcd_write_all(o->store, writes, n, e);

	for (size_t i = 0; i < n; i++) {
		if (rc == 0)
			take_write(&tries[i], &writes[i]);
		etcd_write_release(&writes[i]);
	}
	free(writes);
	return rc;
}
