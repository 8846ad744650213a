/* SPDX-License-Identifier: Apache-2.0 */
#include "calico/show/read.h"

#include <string.h>

#include "base/json.h"
#include "base/out.h"
#include "calico/show/print.h"

enum { MAX_PROBLEMS = 1000 };

/* A read under way: what it is for, and what came of it. */
struct reading {
	const struct calico_store *store;
	const struct calico_kind *kind;
	const struct calico_view *view; /* NULL: objects are kept */
	struct calico_read *r;
	bool wide, has_context;
	struct err failed; /* the run is over */
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
	/* Cut within a character: only ASCII is certain to be whole. */
	for (char *p = plain.data; *p; p++)
		*p = *p & 0x80 ? '?' : *p;
	json_array_append_new(r->problems, json_string(plain.data));
}

static void learn_context(struct reading *g, const json_t *object);

static void add_object(void *arg, const json_t *object)
{
	struct reading *g = arg;
	struct calico_read *r = g->r;
	size_t bound = calico_print_bound(object);

	learn_context(g, object);
	if (r->bound + bound > CALICO_MAX_OUTPUT) {
		char_auto *text = xasprintf(
			"%s %.300s cannot be shown: it is too large; read it with \"kubectl get -o "
			"json\"",
			json_str(object, "kind"),
			json_str(json_object_get(object, "metadata"), "name"));

		add_problem(g, text);
	} else if (g->view) {
		calico_view_row(&r->rows, g->view, g->kind, object, r->context);
		r->bound = r->rows.len;
		r->n_rows++;
	} else {
		r->bound += bound;
		json_array_append(r->objects, (json_t *)(uintptr_t)object);
	}
}

static void start(struct reading *g)
{
	*g->r = (struct calico_read){ .objects = json_array(),
		.problems = json_array(),
		.rows = { .max = CALICO_MAX_OUTPUT },
		.streamed = g->view };
	g->has_context = false;
}

static void start_over(void *arg)
{
	struct reading *g = arg;

	calico_read_release(g->r);
	start(g);
}

/* "" and dots are paths of their own in a URL; no object has such a name. */
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
	size_t at; /* where it was: keeps the sort stable */
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
 * The object "default" that wide columns refer to: asked for when the first object comes that needs
 * it, since none is kept until all have come.
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
	const struct calico_sink sink = { &inner, add_object, add_problem, start_over };

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

/* What was found is shown; a failure is among the problems then, unless the run is over. */
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
	struct calico_list list = { .kind = g->kind, .ns = ns, .sink = sink };
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
	bool whole = n > 0 || kind->ordered; /* few, or all are needed at the end */
	struct reading g = {
		.store = store, .kind = kind, .view = whole ? NULL : view, .r = r, .wide = wide
	};
	const struct calico_sink sink = { &g, add_object, add_problem, start_over };
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
