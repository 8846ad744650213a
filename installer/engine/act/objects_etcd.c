/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects in etcd: a transaction each, which compares the key's revision with the one that was
 * planned on (https://etcd.io/docs/v3.5/learning/api/#transaction).
 */
#include <string.h>

#include "base/base64.h"
#include "base/json.h"
#include "calico/store/etcd_answer.h"
#include "calico/store/etcd_client.h"
#include "engine/act/objects_parts.h"

enum { OK = 200, SERVER_FAULT = 500 };

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

/* reqs: one for each name. */
static int take_read(const struct objects *o, struct object_item *item,
	const struct http_req *reqs, size_t n, struct err *e)
{
	const char *names[] = { item->names.name, item->names.other };

	objects_take_live(item, NULL, item->names.name, NULL);
	for (size_t i = 0; i < n; i++) {
		struct etcd_page page;

		if (reqs[i].status != OK)
			return etcd_refused(etcd_of(o), &reqs[i], item->id, e);
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

static json_t *base64_of(const struct buf *bytes)
{
	buf_auto text = { 0 };

	base64_encode(&text, buf_str(bytes), bytes->len);
	return json_string(buf_str(&text));
}

/* The key must be as it was when it was planned on: of this revision, or absent. */
static json_t *condition(const struct object_item *item, const struct buf *key)
{
	if (!item->live)
		return json_pack("{s:s, s:s, s:o, s:s}", "result", "EQUAL", "target", "VERSION",
			"key", base64_of(key), "version", "0");
	return json_pack("{s:s, s:s, s:o, s:s}", "result", "EQUAL", "target", "MOD", "key",
		base64_of(key), "mod_revision", item->revision);
}

static json_t *operation(const struct object_item *item, const struct buf *key)
{
	buf_auto value = { 0 };

	if (item->verdict == OBJECT_DELETE)
		return json_pack("{s:{s:o}}", "request_delete_range", "key", base64_of(key));
	json_write(&value, item->target, JSON_STYLE_HTML);
	return json_pack("{s:{s:o, s:o}}", "request_put", "key", base64_of(key), "value",
		base64_of(&value));
}

static void make_txn(struct http_req *req, const struct object_item *item)
{
	buf_auto key = { 0 };

	put_key(&key, item, item->stored_name);
	json_auto_t *body = json_pack("{s:[o], s:[o]}", "compare", condition(item, &key), "success",
		operation(item, &key));

	*req = (struct http_req){ .method = "POST", .path = xstrdup("/v3/kv/txn") };
	json_write(&req->body, body, JSON_STYLE_COMPACT);
}

static void take_txn(const struct objects *o, struct object_try *try, const struct http_req *req)
{
	struct object_item *item = try->item;
	err_auto ignored = { 0 };

	if (req->status == 0 || req->status >= SERVER_FAULT) {
		try->result = TRY_UNKNOWN;
		return;
	}
	if (req->status != OK) {
		char_auto *what = xasprintf("write %s", item->id);

		try->result = TRY_REFUSED;
		err_release(&item->err);
		item->err = (struct err){ 0 };
		(void)etcd_refused(etcd_of(o), req, what, &item->err);
		return;
	}
	json_auto_t *answer = json_parse(buf_str(&req->answer), req->answer.len, &ignored);

	/* protobuf's JSON leaves false out; what is no answer at all leaves it open. */
	if (!json_is_object(json_object_get(answer, "header")))
		try->result = TRY_UNKNOWN;
	else
		try->result = json_is_true(json_object_get(answer, "succeeded")) ? TRY_WRITTEN
										 : TRY_STALE;
}

int objects_etcd_write(struct objects *o, struct object_try *tries, size_t n, struct err *e)
{
	struct http_req *reqs = xcalloc(n + 1, sizeof(*reqs));

	for (size_t i = 0; i < n; i++)
		make_txn(&reqs[i], tries[i].item);
	int rc = etcd_ask_once(etcd_of(o), reqs, n, e);

	for (size_t i = 0; i < n; i++) {
		if (rc == 0)
			take_txn(o, &tries[i], &reqs[i]);
		http_req_release(&reqs[i]);
	}
	free(reqs);
	return rc;
}
