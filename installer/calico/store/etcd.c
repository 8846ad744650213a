/* SPDX-License-Identifier: Apache-2.0 */
#include "calico/store/etcd.h"

#include <string.h>

#include "base/json.h"
#include "calico/model/convert.h"
#include "calico/store/etcd_answer.h"
#include "calico/store/etcd_client.h"
#include "calico/store/etcd_rules.h"

/* Limits: a server that always has another page must not keep the program reading. */
enum {
	PAGE_KEYS = 500,
	LIST_MAX_PAGES = 20000,
	LIST_MAX_BYTES = 1 << 30, /* bytes received; most of them are not kept */
};

/* Pages */

struct reading {
	struct etcd *s;
	const struct calico_kind *kind;
	const char *ns;
	const struct calico_sink *sink;
	char *prefix;
	struct buf next; /* the first key of the next page */
	int64_t revision; /* the revision of the first page; 0: no page is read yet */
	int limit;
	size_t pages, bytes;
	bool more, compacted, again;
	double seconds;
	struct err failed; /* set: no further page is read */
};

/*
 * Reports a value that calicoctl leaves out without a message. When "get" can show the value, the
 * user corrects and replaces it with this program. Other values, and those of IPAM, need etcdctl.
 */
static void problem(const struct calico_sink *sink, const struct calico_kind *kind,
	const struct buf *key, const json_t *shown, const char *why)
{
	const json_t *metadata = json_object_get(shown, "metadata");
	const char *ns = kind->namespaced ? json_str(metadata, "namespace") : NULL;
	bool writable = shown && !kind->own;
	char_auto *mend = writable ? xstrdup("calico-datastore replace -f FILE")
				   : xasprintf("etcdctl del %.300s", buf_str(key));
	buf_auto text = { 0 };

	buf_printf(&text, "%s of key %.300s%s: %.1000s%s; ", kind->kind, buf_str(key),
		shown ? "" : " cannot be shown", why,
		kind->own ? "" : "; calicoctl leaves it out");
	if (writable)
		buf_printf(&text,
			"correct what \"calico-datastore get %s %.300s%s%.300s -o yaml\" "
			"prints, and \"%s\" mends it",
			kind->plural, json_str(metadata, "name"), ns ? " -n " : "", ns ? ns : "",
			mend);
	else
		buf_printf(&text, "\"%s\" removes it", mend);
	if (sink->refused)
		sink->refused(sink->arg,
			&(struct calico_refused){ etcd_key_object(kind, key), why, mend });
	sink->problem(sink->arg, buf_str(&text));
}

static void take_value(const struct etcd *s, const struct calico_kind *kind,
	const struct etcd_kv *kv, const struct calico_sink *sink)
{
	err_auto bad = { 0 };
	json_auto_t *object = etcd_object(kind, kv, &s->rules, &bad);

	if (object)
		sink->object(sink->arg, object);
	if (bad.msg)
		problem(sink, kind, &kv->key, object, bad.msg);
}

static int compare_keys(const struct buf *a, const struct buf *b)
{
	size_t n = a->len < b->len ? a->len : b->len;
	int order = memcmp(buf_str(a), buf_str(b), n);

	return order ? order : (a->len > b->len) - (a->len < b->len);
}

static int take_page(struct reading *r, const struct etcd_page *page, struct err *e)
{
	for (size_t i = 0; i < page->n; i++) {
		const struct etcd_kv *kv = &page->kvs[i];

		/* Without this check a server could send the same keys for ever. */
		if (compare_keys(&kv->key, &r->next) < 0)
			return err_set(e, ERR_FORMAT, 0,
				"%s: list %s: keys are not in order; is this etcd?",
				r->s->endpoints[r->s->current].url, r->kind->plural);
		buf_clear(&r->next);
		buf_putn(&r->next, buf_str(&kv->key), kv->key.len);
		buf_putc(&r->next, '\0');
		if (etcd_key_name(r->kind, r->ns, r->prefix, &kv->key))
			take_value(r->s, r->kind, kv, r->sink);
		else
			problem(r->sink, r->kind, &kv->key, NULL,
				"the key is not that of an object");
	}
	if (r->revision == 0)
		r->revision = page->revision;
	r->more = page->more;
	if (r->more && (++r->pages >= LIST_MAX_PAGES || r->bytes >= LIST_MAX_BYTES))
		return err_set(e, ERR_FORMAT, 0,
			"list %s: no end after %zu pages and %zu MiB; read objects by their names",
			r->kind->plural, r->pages, r->bytes >> 20);
	return 0;
}

static int settle_page(struct reading *r, const struct http_req *req, struct err *e)
{
	struct etcd_page page;

	if (req->too_large && r->limit > 1) {
		r->limit /= 2;
		return 0;
	}
	if (req->status != 200) {
		char_auto *what = xasprintf("list %s", r->kind->plural);

		r->compacted = r->revision > 0 &&
			       strstr(buf_str(&req->answer), "revision has been compacted");
		return etcd_refused(r->s, req, what, e);
	}
	r->bytes += req->answer.len;
	if (etcd_page_parse(&page, buf_str(&req->answer), req->answer.len, e) < 0)
		return err_wrap(
			e, "%s: list %s", r->s->endpoints[r->s->current].url, r->kind->plural);
	int rc = take_page(r, &page, e);

	etcd_page_release(&page);
	return rc;
}

static void begin(struct reading *r)
{
	r->revision = 0;
	r->pages = 0;
	r->bytes = 0;
	r->compacted = false;
	r->more = true;
	buf_clear(&r->next);
	buf_puts(&r->next, r->prefix);
}

static struct reading reading_of(struct etcd *s, const struct calico_kind *kind, const char *ns,
	const struct calico_sink *sink)
{
	struct reading r = {
		.s = s,
		.kind = kind,
		.ns = kind->namespaced ? ns : NULL,
		.sink = sink,
		.limit = PAGE_KEYS,
	};

	r.prefix = etcd_prefix(kind, r.ns);
	begin(&r);
	return r;
}

static void reading_release(struct reading *r)
{
	free(r->prefix);
	buf_release(&r->next);
	err_release(&r->failed);
}

static void ask_page(const struct reading *r, struct http_req *req)
{
	buf_auto end = { 0 };

	etcd_prefix_end(r->kind, r->prefix, &end);
	etcd_range(req, &r->next, &end, r->limit, r->revision);
}

/* etcd can compact a revision away between two pages. Then the whole list is read again, once. */
static void take_answer_of(struct reading *r, const struct http_req *req)
{
	err_auto why = { 0 };

	r->seconds += req->seconds;
	if (settle_page(r, req, &why) == 0)
		return;
	if (r->compacted && !r->again) {
		r->again = true;
		r->sink->restart(r->sink->arg);
		begin(r);
		return;
	}
	r->more = false;
	err_move(&r->failed, &why);
}

static int check_part(const char *what, const char *part, struct err *e)
{
	if (*part && !strchr(part, '/'))
		return 0;
	return err_set(e, ERR_USAGE, 0,
		"\"%s\" cannot be the name of a %s; without a name all "
		"are listed",
		part, what);
}

static void give_default_profile(const struct etcd *s, const struct calico_sink *sink)
{
	json_auto_t *profile = convert_default_profile(&s->rules);

	sink->object(sink->arg, profile);
}

static bool is_profile(const struct calico_kind *kind)
{
	return strcmp(kind->kind, "Profile") == 0;
}

/* Reads the next page of each list in one batch. The first batch also reads what the rules need. */
static int read_pages(struct etcd *s, struct reading *r, size_t n, struct err *e)
{
	struct http_req *reqs = xcalloc(n + ETCD_N_TELLING, sizeof(*reqs));
	struct http_req *req = reqs;
	bool rules = !s->rules_known;

	for (size_t i = 0; i < n; i++)
		if (r[i].more)
			ask_page(&r[i], req++);
	if (rules) {
		etcd_ask_rules(req);
		req += ETCD_N_TELLING;
	}
	size_t asked = (size_t)(req - reqs);
	int rc = etcd_ask(s, reqs, asked, e);

	if (rc == 0 && rules)
		etcd_take_rules(s, req - ETCD_N_TELLING);
	req = reqs;
	for (size_t i = 0; i < n && rc == 0; i++)
		if (r[i].more)
			take_answer_of(&r[i], req++);
	for (size_t i = 0; i < asked; i++)
		http_req_release(&reqs[i]);
	free(reqs);
	return rc;
}

static bool is_under_way(const struct reading *r, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (r[i].more)
			return true;
	return false;
}

/* Reads whole lists. -1: the run is over. A list that fails by itself has failed set. */
static int read_lists(struct etcd *s, struct reading *r, size_t n, struct err *e)
{
	while (is_under_way(r, n))
		if (read_pages(s, r, n, e) < 0)
			return -1;
	for (size_t i = 0; i < n; i++)
		if (!r[i].failed.kind && is_profile(r[i].kind))
			give_default_profile(s, r[i].sink);
	return 0;
}

/*
 * IPAM: keys are not in the order of names, and a name does not give the key. So all keys are read,
 * and objects are handed over sorted by name.
 */

struct gathered {
	json_t *objects, *problems;
};

static void gather_object(void *arg, const json_t *object)
{
	struct gathered *g = arg;

	json_array_append(g->objects, (json_t *)(uintptr_t)object);
}

static void gather_problem(void *arg, const char *text)
{
	struct gathered *g = arg;

	json_array_append_new(g->problems, json_string(text));
}

static void gather_again(void *arg)
{
	struct gathered *g = arg;

	json_array_clear(g->objects);
	json_array_clear(g->problems);
}

static void gathered_release(struct gathered *g)
{
	json_decref(g->objects);
	json_decref(g->problems);
}

static const char *name_of(const json_t *object)
{
	return json_str(json_object_get(object, "metadata"), "name");
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(name_of(*(json_t *const *)a), name_of(*(json_t *const *)b));
}

static void give_sorted(const struct gathered *g, const struct calico_sink *sink)
{
	size_t n = json_array_size(g->objects);
	json_t **objects = xcalloc(n + 1, sizeof(json_t *));

	for (size_t i = 0; i < n; i++)
		objects[i] = json_array_get(g->objects, i);
	qsort(objects, n, sizeof(json_t *), compare_names);
	for (size_t i = 0; i < n; i++)
		sink->object(sink->arg, objects[i]);
	free(objects);
}

/* Returns whether the object exists. */
static bool give_named(const struct gathered *g, const struct calico_sink *sink, const char *name)
{
	json_t *object;
	size_t i;

	json_array_foreach(g->objects, i, object) {
		if (strcmp(name_of(object), name) != 0)
			continue;
		sink->object(sink->arg, object);
		return true;
	}
	return false;
}

static void give_problems(const struct gathered *g, const struct calico_sink *sink)
{
	json_t *text;
	size_t i;

	json_array_foreach(g->problems, i, text)
		sink->problem(sink->arg, json_string_value(text));
}

/* Hands over the objects with these names. */
static void give_names(const struct gathered *g, const struct calico_kind *kind,
	const char *const *names, size_t n, const struct calico_sink *sink)
{
	bool missing = false;

	for (size_t i = 0; i < n; i++) {
		if (give_named(g, sink, names[i]))
			continue;
		char_auto *text = xasprintf("there is no %s %s", kind->kind, names[i]);

		sink->problem(sink->arg, text);
		missing = true;
	}
	/* The missing object may be one that cannot be shown. */
	if (missing)
		give_problems(g, sink);
}

static int list_named(struct etcd *s, const struct calico_kind *kind, const char *const *names,
	size_t n, const struct calico_sink *sink, struct err *e)
{
	struct gathered g = { .objects = json_array(), .problems = json_array() };
	const struct calico_sink inner = { &g, gather_object, gather_problem, gather_again, NULL };
	struct reading r = reading_of(s, kind, NULL, &inner);
	int rc = read_lists(s, &r, 1, e);

	if (rc == 0 && r.failed.kind) {
		err_move(e, &r.failed);
		rc = -1;
	}
	if (rc == 0)
		give_names(&g, kind, names, n, sink);
	reading_release(&r);
	gathered_release(&g);
	return rc;
}

/* Lists */

/* A list that is being read. */
struct listing {
	struct gathered gathered; /* objects and problems, kept for sorting */
	struct calico_sink sink; /* puts what is read into gathered */
	bool sorts;
};

static struct reading begin_list(struct etcd *s, const struct calico_list *list, struct listing *l)
{
	*l = (struct listing){ .sorts = list->kind->ipam.first && !list->unordered };
	if (l->sorts) {
		l->gathered = (struct gathered){ json_array(), json_array() };
		l->sink = (struct calico_sink){
			&l->gathered, gather_object, gather_problem, gather_again, NULL
		};
	}
	struct reading r = reading_of(s, list->kind, list->ns, l->sorts ? &l->sink : list->sink);

	if (r.ns && check_part("namespace", r.ns, &r.failed) < 0)
		r.more = false;
	return r;
}

static void end_list(struct calico_list *list, struct listing *l, struct reading *r)
{
	list->ms = r->seconds * 1000;
	if (r->failed.kind) {
		err_move(&list->failed, &r->failed);
	} else {
		list->resource_version = xasprintf("%lld", (long long)r->revision);
		if (l->sorts) {
			give_sorted(&l->gathered, list->sink);
			give_problems(&l->gathered, list->sink);
		}
	}
}

static int list(void *store, struct calico_list *lists, size_t n, struct err *e)
{
	struct reading *r = xcalloc(n + 1, sizeof(*r));
	struct listing *l = xcalloc(n + 1, sizeof(*l));

	for (size_t i = 0; i < n; i++)
		r[i] = begin_list(store, &lists[i], &l[i]);
	int rc = read_lists(store, r, n, e);

	for (size_t i = 0; i < n; i++) {
		if (rc == 0)
			end_list(&lists[i], &l[i], &r[i]);
		reading_release(&r[i]);
		gathered_release(&l[i].gathered);
	}
	free(l);
	free(r);
	return rc;
}

/* Names */

/* The keys to read for one name. A policy has two: its key by the conventions of either release. */
struct wanted {
	struct buf keys[2];
	size_t n;
};

static void want(struct wanted *w, const struct calico_kind *kind, const char *ns, const char *name)
{
	char_auto *prefix = etcd_prefix(kind, kind->namespaced ? ns : NULL);

	*w = (struct wanted){ .n = 1 };
	buf_printf(&w->keys[0], "%s%s", prefix, name);
	if (calico_is_policy(kind) && !strchr(name, '.'))
		buf_printf(&w->keys[w->n++], "%sdefault.%s", prefix, name);
}

struct answer {
	struct etcd_page page;
	bool found;
};

static int take_answer(const struct etcd *s, const struct buf *key, const struct http_req *req,
	struct answer *a, struct err *e)
{
	const char *name = buf_str(key) + strlen(ETCD_ROOT);

	if (req->status != 200) {
		char_auto *what = xasprintf("get %s", name);

		return etcd_refused(s, req, what, e);
	}
	if (etcd_page_parse(&a->page, buf_str(&req->answer), req->answer.len, e) < 0)
		return err_wrap(e, "%s: get %s", s->endpoints[s->current].url, name);
	a->found = a->page.n > 0 && compare_keys(&a->page.kvs[0].key, key) == 0;
	return 0;
}

/* Up to v3.31 a policy without a tier in its name is stored with the tier "default" in its key. */
static int settle_name(struct etcd *s, const struct calico_kind *kind, const struct wanted *w,
	const char *name, const struct http_req *reqs, const struct calico_sink *sink,
	struct err *e)
{
	size_t first = w->n > 1 && !s->rules.plain_names ? 1 : 0;
	struct answer answers[2] = { 0 };
	int rc = 0;

	for (size_t i = 0; i < w->n && rc == 0; i++)
		rc = take_answer(s, &w->keys[i], &reqs[i], &answers[i], e);
	size_t use = answers[first].found ? first : w->n - 1 - first;

	if (rc == 0 && answers[use].found) {
		take_value(s, kind, &answers[use].page.kvs[0], sink);
	} else if (rc == 0 && is_profile(kind) && strcmp(name, CALICO_DEFAULT_PROFILE) == 0) {
		give_default_profile(s, sink);
	} else if (rc == 0) {
		char_auto *text = xasprintf("there is no %s %s", kind->kind,
			buf_str(&w->keys[first]) + strlen(ETCD_ROOT) + strlen(kind->plural) + 1);

		sink->problem(sink->arg, text);
	}
	for (size_t i = 0; i < w->n; i++)
		etcd_page_release(&answers[i].page);
	return rc;
}

/* Reports each failure as a problem; first gets the first failure. */
static void settle_names(struct etcd *s, const struct calico_kind *kind,
	const struct wanted *wanted, const char *const *names, size_t n,
	const struct http_req *reqs, const struct calico_sink *sink, struct err *first)
{
	for (size_t i = 0; i < n; reqs += wanted[i].n, i++) {
		err_auto why = { 0 };

		if (settle_name(s, kind, &wanted[i], names[i], reqs, sink, &why) == 0)
			continue;
		sink->problem(sink->arg, why.msg);
		if (!first->kind)
			err_move(first, &why);
	}
}

static int read_names(struct etcd *s, const struct calico_kind *kind, const char *ns,
	const char *const *names, size_t n, const struct calico_sink *sink, struct err *e)
{
	struct http_req *reqs = xcalloc(2 * n + ETCD_N_TELLING, sizeof(*reqs));
	struct wanted *wanted = xcalloc(n, sizeof(*wanted));
	bool rules = !s->rules_known;
	err_auto first = { 0 };
	size_t asked = 0;

	for (size_t i = 0; i < n; i++) {
		want(&wanted[i], kind, ns, names[i]);
		for (size_t k = 0; k < wanted[i].n; k++)
			etcd_range(&reqs[asked++], &wanted[i].keys[k], NULL, 0, 0);
	}
	if (rules) {
		etcd_ask_rules(&reqs[asked]);
		asked += ETCD_N_TELLING;
	}
	int rc = etcd_ask(s, reqs, asked, e);

	if (rc == 0 && rules)
		etcd_take_rules(s, &reqs[asked - ETCD_N_TELLING]);
	if (rc == 0)
		settle_names(s, kind, wanted, names, n, reqs, sink, &first);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < wanted[i].n; k++)
			buf_release(&wanted[i].keys[k]);
	for (size_t i = 0; i < asked; i++)
		http_req_release(&reqs[i]);
	free(wanted);
	free(reqs);
	if (rc == 0 && first.kind) {
		err_move(e, &first);
		rc = -1;
	}
	return rc;
}

static int get(void *store, const struct calico_kind *kind, const char *ns,
	const char *const *names, size_t n, const struct calico_sink *sink, struct err *e)
{
	if (kind->namespaced && (!ns || check_part("namespace", ns, e) < 0))
		return ns ? -1
			  : err_set(e, ERR_USAGE, 0, "a %s by name needs its namespace",
				    kind->kind);
	for (size_t i = 0; i < n; i++)
		if (check_part(kind->kind, names[i], e) < 0)
			return -1;
	return kind->ipam.first ? list_named(store, kind, names, n, sink, e)
				: read_names(store, kind, ns, names, n, sink, e);
}

static void assume(void *store, const char *release)
{
	struct etcd *s = store;

	calico_rules_learn(&s->rules, release);
	s->rules_known = true;
}

static const char *doubt(const void *store)
{
	return ((const struct etcd *)store)->doubt;
}

const struct calico_driver etcd_driver = {
	.type = "etcdv3",
	.list = list,
	.get = get,
	.assume = assume,
	.doubt = doubt,
	.pause = etcd_pause,
	.requests_sent = etcd_requests_sent,
	.free = etcd_close,
};
