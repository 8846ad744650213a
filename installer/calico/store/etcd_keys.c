/* SPDX-License-Identifier: Apache-2.0 */
#include "calico/store/etcd_keys.h"

#include <string.h>

#include "calico/store/etcd_client.h"

enum { PAGE_KEYS = 500, MAX_PAGES = 20000 };

typedef int take_page(
	void *arg, const struct etcd_keys *range, const struct etcd_page *page, struct err *e);

int etcd_revision(const struct calico_store *store, int64_t *revision, struct err *e)
{
	struct http_req req;
	struct etcd_page page = { 0 };
	buf_auto key = { 0 };

	buf_puts(&key, ETCD_ROOT "clusterinformations/default");
	etcd_range(&req, &key, NULL, 0, 0);
	int rc = etcd_ask(store->store, &req, 1, e);

	if (rc == 0 && req.status != 200)
		rc = etcd_refused(store->store, &req, "get clusterinformations/default", e);
	if (rc == 0)
		rc = etcd_page_parse(&page, buf_str(&req.answer), req.answer.len, e);
	*revision = page.revision;
	etcd_page_release(&page);
	http_req_release(&req);
	return rc;
}

static int compare(const struct buf *a, const struct buf *b)
{
	size_t n = a->len < b->len ? a->len : b->len;
	int order = memcmp(buf_str(a), buf_str(b), n);

	return order ? order : (a->len > b->len) - (a->len < b->len);
}

static int go_on(struct etcd_keys *r, const struct etcd_page *page, struct err *e)
{
	for (size_t i = 0; i < page->n; i++) {
		const struct buf *key = &page->kvs[i].key;

		if (compare(key, &r->next) < 0)
			return err_set(e, ERR_FORMAT, 0,
				"list %s: keys are not in order; is this etcd?", r->what);
		buf_clear(&r->next);
		buf_putn(&r->next, buf_str(key), key->len);
		buf_putc(&r->next, '\0');
	}
	r->ended = !page->more;
	if (!r->ended && ++r->pages >= MAX_PAGES)
		return err_set(e, ERR_FORMAT, 0, "list %s: no end after %zu pages", r->what,
			r->pages);
	return 0;
}

static int settle(const struct calico_store *store, struct etcd_keys *r,
	const struct http_req *req, take_page *take, void *arg, struct err *e)
{
	struct etcd_page page;

	/* The page is too large: ask for the same keys again, half as many. */
	if (req->too_large && r->limit > 1) {
		r->limit /= 2;
		return 0;
	}
	if (req->status != 200) {
		char_auto *what = xasprintf("list %s", r->what);

		return etcd_refused(store->store, req, what, e);
	}
	if (etcd_page_parse(&page, buf_str(&req->answer), req->answer.len, e) < 0)
		return err_wrap(e, "list %s", r->what);
	int rc = go_on(r, &page, e);

	if (rc == 0 && page.n > 0)
		rc = take(arg, r, &page, e);
	etcd_page_release(&page);
	return rc;
}

static int read_pages(const struct calico_store *store, struct etcd_keys **open, size_t n,
	int64_t revision, take_page *take, void *arg, struct err *e)
{
	struct http_req *reqs = xcalloc(n, sizeof(*reqs));

	for (size_t i = 0; i < n; i++)
		etcd_range(&reqs[i], &open[i]->next, &open[i]->end, open[i]->limit, revision);
	int rc = etcd_ask(store->store, reqs, n, e);

	for (size_t i = 0; i < n; i++) {
		if (rc == 0)
			rc = settle(store, open[i], &reqs[i], take, arg, e);
		http_req_release(&reqs[i]);
	}
	free(reqs);
	return rc;
}

int etcd_read_keys(const struct calico_store *store, struct etcd_keys *ranges, size_t n,
	int64_t revision, take_page *take, void *arg, struct err *e)
{
	struct etcd_keys **open = xcalloc(n + 1, sizeof(struct etcd_keys *));
	size_t left = n;
	int rc = 0;

	for (size_t i = 0; i < n; i++) {
		ranges[i].limit = PAGE_KEYS;
		buf_clear(&ranges[i].next);
		buf_putn(&ranges[i].next, buf_str(&ranges[i].first), ranges[i].first.len);
	}
	while (left > 0 && rc == 0) {
		left = 0;
		for (size_t i = 0; i < n; i++)
			if (!ranges[i].ended)
				open[left++] = &ranges[i];
		if (left > 0)
			rc = read_pages(store, open, left, revision, take, arg, e);
	}
	free(open);
	return rc;
}

void etcd_keys_release(struct etcd_keys *range)
{
	buf_release(&range->first);
	buf_release(&range->end);
	buf_release(&range->next);
	*range = (struct etcd_keys){ 0 };
}
