/* SPDX-License-Identifier: Apache-2.0 */
#include "calico/show/read.h"

#include <string.h>

#include "base/json.h"
#include "base/out.h"
#include "calico/show/print.h"

enum { MAX_PROBLEMS = 1000, MAX_HEAD = 64 << 10 };

/* A read: what is asked for, and what is found. */
struct reading {
	const struct calico_store *store;
	const struct calico_kind *kind;
	const struct calico_view *view; /* NULL: objects are kept */
	struct calico_read *r;
	bool wide, has_context;
	struct err failed; /* set: the run is over */
};

static void add_problem(void *arg, const char *text)
{
	struct calico_read *r = ((struct reading *)arg)->r;
	buf_auto plain = { 0 };

	if (json_array_size(r->problems) >= MAX_PROBLEMS)
		return;
	out_plain(&plain, text, strlen(text));
	if (json_array_append_new(r->problems, json_string(buf_str(&plain))) == 0)
		return;
	/* The text was cut inside a character, so only ASCII is certain to be valid UTF-8. */
	for (char *p = plain.data; *p; p++)
		*p = *p & 0x80 ? '?' : *p;
	json_array_append_new(r->problems, json_string(plain.data));
}

static void learn_context(struct reading *g, const json_t *object);

/* Returns false when the row would make the output too large. */
static bool add_row(struct reading *g, const json_t *object)
{
	struct buf *rows = &g->r->rows;
	size_t before = rows->len;

	calico_view_row(rows, g->view, g->kind, object, g->r->context);
	if (rows->ended) {
		buf_cut(rows, before);
		return false;
	}
	g->r->n_rows++;
	return true;
}

static bool keep(struct calico_read *r, const json_t *object)
{
	size_t bound = calico_print_bound(object);

	if (r->bound + bound > CALICO_MAX_OUTPUT)
		return false;
	r->bound += bound;
	return json_array_append(r->objects, (json_t *)(uintptr_t)object) == 0;
}

static void add_object(void *arg, const json_t *object)
{
	struct reading *g = arg;
	struct calico_read *r = g->r;
	learn_context(g, object);
	if (g->view ? add_row(g, object) : keep(r, object))
		return;
	char_auto *text = xasprintf(
		"%s %.300s cannot be shown: it is too large; read it with \"kubectl get -o json\"",
		json_str(object, "kind"), json_str(json_object_get(object, "metadata"), "name"));

	add_problem(g, text);
}

/*
 * The limit of rows. Padding can make a table four times as long as its cells; a list has a head.
 */
static size_t max_rows(const struct calico_view *view)
{
	bool table = view && (view->format == CALICO_TABLE || view->format == CALICO_WIDE);

	return table ? CALICO_MAX_OUTPUT / 4 : CALICO_MAX_OUTPUT - MAX_HEAD;
}

static void start(struct reading *g)
{
	*g->r = (struct calico_read){ .objects = json_array(),
		.problems = json_array(),
		.rows = { .max = max_rows(g->view), .may_end = true },
		.streamed = g->view };
	g->has_context = false;
}

static void start_over(void *arg)
{
	struct reading *g = arg;

	calico_read_release(g->r);
	start(g);
}

/* In a URL, "" and dots mean other paths. No object has such a name. */
static int check_names(
	const struct calico_kind *kind, const char *const *names, size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i++)
		if (!*names[i] || strcmp(names[i], ".") == 0 || strcmp(names[i], "..") == 0)
			return err_set(e, ERR_USAGE, 0,
				"\"%s\" cannot be the name of a %s; without a name all are listed",
				names[i], kind->kind);
	return 0;
}

static double order_of(const json_t *object)
{
	return json_number_value(json_at(object, "spec", "order", NULL));
}

struct ordered {
	json_t *object;
	double order;
	size_t at; /* index before sorting; keeps the sort stable */
};

static int by_order(const void *a, const void *b)
{
	const struct ordered *l = a, *r = b;

	if (l->order != r->order)
		return l->order < r->order ? -1 : 1;
	return l->at < r->at ? -1 : 1;
}

static void sort_by_order(json_t *objects)
{
	size_t n = json_array_size(objects);
	struct ordered *all = xcalloc(n, sizeof(*all));

	for (size_t i = 0; i < n; i++) {
		json_t *object = json_incref(json_array_get(objects, i));

		all[i] = (struct ordered){ object, order_of(object), i };
	}
	qsort(all, n, sizeof(*all), by_order);
	for (size_t i = 0; i < n; i++)
		json_array_set_new(objects, i, all[i].object);
	free(all);
}

/*
 * Reads the object "default" that wide columns refer to. This happens when the first object comes
 * that needs it, because rows are made as objects come.
 */
static void learn_context(struct reading *g, const json_t *object)
{
	static const char *const name[] = { "default" };

	if (!g->wide || !g->kind->context || g->has_context || !g->kind->needs_context(object))
		return;
	g->has_context = true;
	err_auto failed = { 0 };
	const struct calico_kind *other = calico_kind_find(g->kind->context, &failed);
	struct calico_read found;
	struct reading inner = { .kind = other, .r = &found };
	const struct calico_sink sink = { &inner, add_object, add_problem, start_over, NULL };

	start(&inner);
	if (g->store->driver->get(g->store->store, other, NULL, name, 1, &sink, &failed) < 0) {
		if (failed.kind == ERR_TIMEOUT || failed.kind == ERR_SIGNAL)
			err_move(&g->failed, &failed);
		else if (failed.kind != ERR_CHECK)
			g->r->context = json_false();
		if (failed.kind == ERR_AUTH)
			err_move(&g->r->denied, &failed);
	}
	if (!g->r->context)
		g->r->context = json_incref(json_array_get(found.objects, 0));
	calico_read_release(&found);
}

/*
 * Objects that were found are shown, and a failure is one of the problems. When the run is over,
 * the failure is the error.
 */
static int read_names(struct reading *g, const struct calico_sink *sink, const char *ns,
	const char *const *names, size_t n, struct err *e)
{
	err_auto failed = { 0 };
	int rc = g->store->driver->get(g->store->store, g->kind, ns, names, n, sink, &failed);

	if (rc < 0 && json_array_size(g->r->objects) > 0 && failed.kind != ERR_TIMEOUT &&
		failed.kind != ERR_SIGNAL) {
		if (failed.kind == ERR_AUTH)
			err_move(&g->r->denied, &failed);
		return 0;
	}
	if (rc < 0)
		err_move(e, &failed);
	return rc;
}

static int read_list(
	struct reading *g, const struct calico_sink *sink, const char *ns, struct err *e)
{
	struct calico_list list = { .kind = g->kind,
		.ns = ns,
		.sink = sink,
		.brief = g->view && g->view->brief };
	int rc = calico_store_list(g->store, &list, e);
	const char *version = list.resource_version;

	g->r->metadata = json_object();
	if (version && *version)
		json_object_set_new(g->r->metadata, "resourceVersion", json_string(version));
	calico_list_release(&list);
	if (rc == 0 && g->kind->ordered)
		sort_by_order(g->r->objects);
	return rc;
}

int calico_read(const struct calico_store *store, const struct calico_kind *kind, const char *ns,
	const char *const *names, size_t n, bool wide, const struct calico_view *view,
	struct calico_read *r, struct err *e)
{
	/* objects are kept: they are few, or sorting needs all of them */
	bool whole = n > 0 || kind->ordered;
	struct reading g = {
		.store = store, .kind = kind, .view = whole ? NULL : view, .r = r, .wide = wide
	};
	const struct calico_sink sink = { &g, add_object, add_problem, start_over, NULL };
	int rc;

	if (check_names(kind, names, n, e) < 0)
		return -1;
	start(&g);
	rc = n > 0 ? read_names(&g, &sink, ns, names, n, e) : read_list(&g, &sink, ns, e);
	if (rc == 0 && g.failed.kind) {
		err_move(e, &g.failed);
		rc = -1;
	}
	err_release(&g.failed);
	if (rc < 0)
		calico_read_release(r);
	return rc;
}

void calico_read_release(struct calico_read *r)
{
	json_decref(r->objects);
	json_decref(r->metadata);
	json_decref(r->context);
	json_decref(r->problems);
	buf_release(&r->rows);
	err_release(&r->denied);
	*r = (struct calico_read){ 0 };
}
