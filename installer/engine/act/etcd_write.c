/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/act/etcd_write.h"

#include "base/base64.h"
#include "base/json.h"
#include "calico/store/etcd_answer.h"
#include "calico/store/etcd_client.h"

enum { OK = 200, SERVER_FAULT = 500 };

static json_t *base64_of(const struct buf *bytes)
{
	buf_auto text = { 0 };

	base64_encode(&text, buf_str(bytes), bytes->len);
	return json_string(buf_str(&text));
}

static json_t *condition(const struct etcd_write *w)
{
	if (!w->revision)
		return json_pack("{s:s, s:s, s:o, s:s}", "result", "EQUAL", "target", "VERSION",
			"key", base64_of(&w->key), "version", "0");
	return json_pack("{s:s, s:s, s:o, s:s}", "result", "EQUAL", "target", "MOD", "key",
		base64_of(&w->key), "mod_revision", w->revision);
}

static json_t *operation(const struct etcd_write *w)
{
	if (w->deletes)
		return json_pack(
			"{s:{s:o}}", "request_delete_range", "key", base64_of(&w->key));
	return json_pack("{s:{s:o, s:o}}", "request_put", "key", base64_of(&w->key), "value",
		base64_of(&w->value));
}

static void make_txn(struct http_req *req, const struct etcd_write *w)
{
	json_auto_t *body = json_pack(
		"{s:[o], s:[o]}", "compare", condition(w), "success", operation(w));

	*req = (struct http_req){ .method = "POST", .path = xstrdup("/v3/kv/txn") };
	json_write(&req->body, body, JSON_STYLE_COMPACT);
}

static void take_txn(
	const struct calico_store *store, struct etcd_write *w, const struct http_req *req)
{
	err_auto ignored = { 0 };

	if (req->status == 0 || req->status >= SERVER_FAULT) {
		w->result = ETCD_UNKNOWN;
		return;
	}
	if (req->status != OK) {
		char_auto *what = xasprintf("write %s", w->what);

		w->result = ETCD_REFUSED;
		(void)etcd_refused(store->store, req, what, &w->err);
		return;
	}
	json_auto_t *answer = json_parse(buf_str(&req->answer), req->answer.len, &ignored);

	/*
	 * JSON of protobuf leaves out false. Without a header it is no answer, so the result is
	 * unknown.
	 */
	if (!json_is_object(json_object_get(answer, "header")))
		w->result = ETCD_UNKNOWN;
	else
		w->result = json_is_true(json_object_get(answer, "succeeded")) ? ETCD_WRITTEN
									       : ETCD_STALE;
}

int etcd_write_all(
	const struct calico_store *store, struct etcd_write *writes, size_t n, struct err *e)
{
	struct http_req *reqs = xcalloc(n + 1, sizeof(*reqs));

	for (size_t i = 0; i < n; i++)
		make_txn(&reqs[i], &writes[i]);
	int rc = etcd_ask_once(store->store, reqs, n, e);

	for (size_t i = 0; i < n; i++) {
		if (rc == 0)
			take_txn(store, &writes[i], &reqs[i]);
		http_req_release(&reqs[i]);
	}
	free(reqs);
	return rc;
}

void etcd_write_release(struct etcd_write *w)
{
	buf_release(&w->key);
	buf_release(&w->value);
	err_release(&w->err);
	*w = (struct etcd_write){ 0 };
}
