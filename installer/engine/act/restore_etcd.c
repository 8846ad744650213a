/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/json.h"
#include "calico/model/ipam.h"
#include "calico/store/etcd_answer.h"
#include "calico/store/etcd_client.h"
#include "engine/act/etcd_write.h"
#include "engine/act/restore_parts.h"
#include "engine/look/backup.h"

#define INFORMATION ETCD_ROOT "clusterinformations/default"

enum { AT_A_TIME = 100, OK = 200 };

/* One key to be restored. */
struct piece {
	struct buf key, value;
	char *revision; /* revision of the existing key; NULL: the key does not exist */
	const char *outcome; /* NULL: the key is still to be written */
	char *problem;
};

static void fail(struct piece *p, const char *why)
{
	p->outcome = restore_failed;
	free(p->problem);
	p->problem = xstrdup(why);
}

/* ClusterInformation without datastoreReady, for a comparison. */
static json_t *without_ready(const struct buf *value)
{
	err_auto ignored = { 0 };
	json_t *object = json_parse(buf_str(value), value->len, &ignored);

	if (object)
		restore_drop_ready(object);
	return object;
}

static bool is_same(const struct restore *r, const struct piece *p, const struct etcd_kv *live)
{
	if (live->value.len == p->value.len &&
		memcmp(buf_str(&live->value), buf_str(&p->value), p->value.len) == 0)
		return true;
	if (r->options->ipam || strcmp(buf_str(&p->key), INFORMATION) != 0)
		return false;
	json_auto_t *is = without_ready(&live->value);
	json_auto_t *wanted = without_ready(&p->value);

	return is && wanted && json_same(is, wanted);
}

static int take_live(const struct restore *r, const struct calico_store *store, struct piece *p,
	const struct http_req *req, struct err *e)
{
	struct etcd_page page;

	if (req->status != OK)
		return etcd_refused(store->store, req, buf_str(&p->key), e);
	if (etcd_page_parse(&page, buf_str(&req->answer), req->answer.len, e) < 0)
		return err_wrap(e, "get %s", buf_str(&p->key));
	free(p->revision);
	p->revision = NULL;
	if (page.n > 0) {
		p->revision = xasprintf("%lld", (long long)page.kvs[0].mod_revision);
		if (is_same(r, p, &page.kvs[0]))
			p->outcome = restore_unchanged;
		else if (!r->options->overwrite)
			p->outcome = restore_differs;
	}
	etcd_page_release(&page);
	return 0;
}

/* Reads the current keys for the pieces that are still open. */
static int look(const struct restore *r, const struct calico_store *store, struct piece *pieces,
	size_t n, struct err *e)
{
	struct http_req *reqs = xcalloc(n + 1, sizeof(*reqs));
	size_t asked = 0, at = 0;

	for (size_t i = 0; i < n; i++)
		if (!pieces[i].outcome)
			etcd_range(&reqs[asked++], &pieces[i].key, NULL, 0, 0);
	int rc = etcd_ask(store->store, reqs, asked, e);

	for (size_t i = 0; i < n && rc == 0; i++)
		if (!pieces[i].outcome)
			rc = take_live(r, store, &pieces[i], &reqs[at++], e);
	for (size_t i = 0; i < asked; i++)
		http_req_release(&reqs[i]);
	free(reqs);
	return rc;
}

static void take_written(struct piece *p, struct etcd_write *w)
{
	if (w->result == ETCD_WRITTEN)
		p->outcome = p->revision ? restore_configured : restore_created;
	else if (w->result == ETCD_REFUSED)
		fail(p, w->err.msg);
}

/* When an answer was lost or the key changed, the key stays open and is read again. */
static int write_open(
	const struct calico_store *store, struct piece *pieces, size_t n, struct err *e)
{
	struct etcd_write *writes = xcalloc(n + 1, sizeof(*writes));
	struct piece **open = xcalloc(n + 1, sizeof(struct piece *));
	size_t asked = 0;

	for (size_t i = 0; i < n; i++) {
		struct piece *p = &pieces[i];

		if (p->outcome)
			continue;
		writes[asked] = (struct etcd_write){ .revision = p->revision,
			.what = buf_str(&p->key) };
		buf_putn(&writes[asked].key, buf_str(&p->key), p->key.len);
		buf_putn(&writes[asked].value, buf_str(&p->value), p->value.len);
		open[asked++] = p;
	}
	int rc = asked > 0 ? etcd_write_all(store, writes, asked, e) : 0;

	for (size_t i = 0; i < asked; i++) {
		if (rc == 0)
			take_written(open[i], &writes[i]);
		etcd_write_release(&writes[i]);
	}
	free(open);
	free(writes);
	return rc;
}

static int look_again(const struct restore *r, const struct calico_store *store,
	struct piece *pieces, size_t n, struct err *e)
{
	bool *open = xcalloc(n + 1, sizeof(*open)), *there = xcalloc(n + 1, sizeof(*there));

	for (size_t i = 0; i < n; i++) {
		open[i] = !pieces[i].outcome;
		there[i] = pieces[i].revision != NULL;
	}
	int rc = look(r, store, pieces, n, e);

	for (size_t i = 0; i < n && rc == 0; i++) {
		if (!open[i])
			continue;
		if (pieces[i].outcome == restore_unchanged)
			pieces[i].outcome = there[i] ? restore_configured : restore_created;
		else
			fail(&pieces[i],
				"somebody else changed it, or its write was not answered: run the "
				"restore again");
	}
	free(there);
	free(open);
	return rc;
}

static int write_all(const struct restore *r, const struct calico_store *store,
	struct piece *pieces, size_t n, struct err *e)
{
	if (look(r, store, pieces, n, e) < 0)
		return -1;
	if (!r->options->dry_run)
		return write_open(store, pieces, n, e) < 0 ||
				       look_again(r, store, pieces, n, e) < 0
			       ? -1
			       : 0;
	for (size_t i = 0; i < n; i++)
		if (!pieces[i].outcome)
			pieces[i].outcome =
				pieces[i].revision ? restore_configured : restore_created;
	return 0;
}

/* Removes datastoreReady by parsing the JSON; without that field the bytes do not change. */
static void prepare_information(struct restore *r, struct piece *p)
{
	err_auto ignored = { 0 };
	json_auto_t *saved = json_parse(buf_str(&p->value), p->value.len, &ignored);

	if (!json_at(saved, "spec", "datastoreReady", NULL))
		return;
	json_auto_t *target = json_copy(saved);

	restore_leave_ready_out(r, saved, target);
	buf_clear(&p->value);
	json_write(&p->value, target, JSON_STYLE_HTML);
}

static int open_piece(struct restore *r, struct piece *p, const json_t *item, struct err *e)
{
	if (backup_key(item, &p->key, &p->value, e) < 0)
		return -1;
	if (strcmp(buf_str(&p->key), INFORMATION) == 0 && !r->options->ipam)
		prepare_information(r, p);
	return 0;
}

static void count(struct restore *r, const char *what, const struct piece *p)
{
	const char *key = buf_str(&p->key);
	const struct restored done = { .resource = what,
		.name = has_prefix(key, ETCD_ROOT) ? key + strlen(ETCD_ROOT) : key,
		.outcome = p->outcome,
		.problem = p->problem };

	restore_count(r, &done);
}

static int restore_some(struct restore *r, const struct calico_store *store, const char *what,
	const json_t *keys, size_t from, struct err *e)
{
	size_t left = json_array_size(keys) - from, n = left < AT_A_TIME ? left : AT_A_TIME;
	struct piece *pieces = xcalloc(n, sizeof(*pieces));
	int rc = 0;

	for (size_t i = 0; i < n && rc == 0; i++)
		rc = open_piece(r, &pieces[i], json_array_get(keys, from + i), e);
	if (rc == 0)
		rc = write_all(r, store, pieces, n, e);
	for (size_t i = 0; i < n; i++) {
		if (rc == 0)
			count(r, what, &pieces[i]);
		buf_release(&pieces[i].key);
		buf_release(&pieces[i].value);
		free(pieces[i].revision);
		free(pieces[i].problem);
	}
	free(pieces);
	return rc;
}

/* All keys of a page are of one kind. A forged file may mix them, so one IPAM key is enough. */
static bool has_ipam(const json_t *keys)
{
	buf_auto key = { 0 }, value = { 0 };
	err_auto ignored = { 0 };
	const json_t *item;
	size_t i;

	json_array_foreach(keys, i, item)
		if (backup_key(item, &key, &value, &ignored) == 0 &&
			has_prefix(buf_str(&key), IPAM_ROOT))
			return true;
	return false;
}

int restore_keys(struct restore *r, const struct calico_store *store, const char *what,
	const json_t *keys, struct err *e)
{
	if (has_ipam(keys) && !r->options->ipam) {
		r->skipped += json_array_size(keys);
		return 0;
	}
	for (size_t i = 0; i < json_array_size(keys); i += AT_A_TIME)
		if (restore_some(r, store, what, keys, i, e) < 0)
			return -1;
	if (r->progress)
		r->progress(r->arg, r->created + r->configured + r->unchanged + r->differing +
					    r->failed + r->skipped);
	return 0;
}
