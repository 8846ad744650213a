/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/act/restore.h"

#include <string.h>

#include "base/json.h"
#include "engine/look/observe.h"
#include "engine/act/owner_ref.h"
#include "engine/act/restore_parts.h"
#include "manifest/crd.h"

/* One object to be restored. */
struct piece {
	const json_t *saved;
	json_t *target; /* the object to write */
	json_t *live; /* the server's object; NULL: it does not exist */
	const char *outcome; /* NULL: the object is still to be written */
	bool unfit, looked; /* looked: live is known without another request */
	char *problem;
};

enum { AT_A_TIME = 50 };

struct page {
	struct restore *r;
	struct kube_api *api;
	const json_t *crd;
	const char *version;
	bool status; /* the CRD has the status subresource */
	struct piece *pieces;
	size_t n;
};

const char restore_created[] = "created", restore_configured[] = "configured",
	   restore_unchanged[] = "unchanged", restore_differs[] = "differs",
	   restore_failed[] = "failed";
static const char name_unfit[] = "unfit";

void restore_init(struct restore *r, const struct restore_options *options, const json_t *crds)
{
	*r = (struct restore){
		.options = options,
		.crds = crds,
		.absent = json_object(),
		.lines = json_array(),
		.kinds = json_object(),
		.owners = json_object(),
	};
}

void restore_release(struct restore *r)
{
	json_decref(r->absent);
	json_decref(r->lines);
	json_decref(r->kinds);
	server_list_release(&r->list);
	json_decref(r->owners);
	json_decref(r->ready);
	free(r->first_unfit);
	schema_node_free(r->old);
	schema_node_free(r->new);
	json_decref(r->schemas);
	schema_judge_release(&r->judge);
	err_release(&r->denied);
	*r = (struct restore){ 0 };
}

json_t *restore_content(const json_t *object, bool status)
{
	static const char *const of_server[] = { "uid", "resourceVersion", "creationTimestamp",
		"generation", "managedFields", "selfLink", "deletionTimestamp",
		"deletionGracePeriodSeconds" };
	json_t *copy = json_copy((json_t *)(uintptr_t)object);
	json_t *metadata = json_copy(json_object_get(object, "metadata"));

	for (size_t i = 0; i < ARRAY_LEN(of_server); i++)
		json_object_del(metadata, of_server[i]);
	json_object_set_new(copy, "metadata", metadata);
	if (!status)
		json_object_del(copy, "status");
	return copy;
}

static bool is_ipam(const char *plural)
{
	static const char *const kinds[] = { "ipamblocks", "ipamhandles", "blockaffinities",
		"ipamconfigs", "ipamconfigurations" };

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (strcmp(plural, kinds[i]) == 0)
			return true;
	return false;
}

/*
 * datastoreReady says whether the datastore was locked at the time of the backup. It is restored
 * only on request.
 */
void restore_drop_ready(json_t *object)
{
	json_t *spec = json_copy(json_object_get(object, "spec"));

	if (!spec)
		return;
	json_object_del(spec, "datastoreReady");
	json_object_set_new(object, "spec", spec);
}

static const char *name_of(const struct piece *p)
{
	const char *name = json_str(json_object_get(p->saved, "metadata"), "name");

	return name ? name : "";
}

static const char *namespace_of(const struct piece *p)
{
	return json_str(json_object_get(p->saved, "metadata"), "namespace");
}

static struct kube_request request(const struct page *p, struct piece *piece, enum kube_verb verb)
{
	return (struct kube_request){ .verb = verb,
		.group = crd_group(p->crd),
		.version = p->version,
		.plural = crd_plural(p->crd),
		.ns = namespace_of(piece),
		.name = name_of(piece),
		.dry_run = verb != KUBE_GET && p->r->options->dry_run,
		.subject = piece };
}

static void fail(struct piece *piece, const char *why)
{
	piece->outcome = restore_failed;
	free(piece->problem);
	piece->problem = xstrdup(why);
}

/* True: the server has what this restore would write. */
static bool is_same(const struct page *p, const struct piece *piece, const json_t *live)
{
	json_auto_t *is = restore_content(live, p->status);
	json_auto_t *wanted = restore_content(piece->target, p->status);

	if (!p->r->options->ipam && strcmp(crd_plural(p->crd), "clusterinformations") == 0)
		restore_drop_ready(is);
	/* The target has no references to owners that no longer exist. */
	return json_same(is, wanted);
}

/* Reading the server's objects */

static void take_object(const struct page *p, struct piece *piece, const json_t *object)
{
	piece->live = json_incref((json_t *)(uintptr_t)object);
	if (is_same(p, piece, piece->live))
		piece->outcome = restore_unchanged;
	else if (!p->r->options->overwrite)
		piece->outcome = restore_differs;
}

static void take_live(const struct page *p, struct piece *piece, struct kube_call *call)
{
	if (call->object)
		take_object(p, piece, call->object);
	else if (!kube_call_not_found(call))
		fail(piece, call->err.msg);
}

/* Runs one call for each piece from "from" up to "to" that pick chooses. */
static int some(struct page *p, size_t from, size_t to,
	bool (*pick)(const struct page *p, const struct piece *piece),
	void (*ask)(const struct page *p, struct piece *piece, struct kube_batch *b),
	void (*take)(const struct page *p, struct piece *piece, struct kube_call *call),
	struct err *e)
{
	kube_batch_auto b = { 0 };

	for (size_t i = from; i < to; i++)
		if (pick(p, &p->pieces[i]))
			ask(p, &p->pieces[i], &b);
	int rc = kube_batch_run(&b, p->api, e);

	for (size_t i = 0; i < b.n && rc == 0; i++) {
		if (b.calls[i]->err.kind == ERR_AUTH && !p->r->denied.kind)
			err_copy(&p->r->denied, &b.calls[i]->err);
		take(p, b.calls[i]->subject, b.calls[i]);
	}
	return rc;
}

/* The same for all pieces, in batches, so that the answers need little memory. */
static int each(struct page *p, bool (*pick)(const struct page *p, const struct piece *piece),
	void (*ask)(const struct page *p, struct piece *piece, struct kube_batch *b),
	void (*take)(const struct page *p, struct piece *piece, struct kube_call *call),
	struct err *e)
{
	for (size_t i = 0; i < p->n; i += AT_A_TIME) {
		size_t to = i + AT_A_TIME < p->n ? i + AT_A_TIME : p->n;

		if (some(p, i, to, pick, ask, take, e) < 0)
			return -1;
	}
	return 0;
}

static bool is_open(const struct page *p, const struct piece *piece)
{
	(void)p;
	return !piece->outcome;
}

static bool is_unlooked(const struct page *p, const struct piece *piece)
{
	return is_open(p, piece) && !piece->looked;
}

static void ask_live(const struct page *p, struct piece *piece, struct kube_batch *b)
{
	kube_batch_add(b, request(p, piece, KUBE_GET));
}

/* An object that the server's list has shown needs no request of its own. */
static int look_in_list(struct page *p, struct err *e)
{
	struct server_list *list = &p->r->list;
	char_auto *last = NULL;

	for (size_t i = 0; i < p->n; i++) {
		char_auto *key = server_list_key(p->pieces[i].saved);

		if (!last || strcmp(key, last) > 0) {
			free(last);
			last = steal(&key);
		}
	}
	if (last && server_list_read(list, p->api, p->crd, p->version, last, e) < 0)
		return -1;
	for (size_t i = 0; i < p->n; i++) {
		struct piece *piece = &p->pieces[i];
		char_auto *key = server_list_key(piece->saved);
		const json_t *object = server_list_find(list, key, &piece->looked);

		if (object && is_open(p, piece))
			take_object(p, piece, object);
	}
	return 0;
}

/* Writing */

static void ask_write(const struct page *p, struct piece *piece, struct kube_batch *b)
{
	struct kube_request r = request(p, piece, piece->live ? KUBE_UPDATE : KUBE_CREATE);

	if (!piece->live) {
		r.body = piece->target;
		kube_batch_add(b, r);
		return;
	}
	/* The write is guarded, so it does not overwrite an edit since the read. */
	json_auto_t *body = restore_content(piece->target, true);
	const json_t *metadata = json_object_get(piece->live, "metadata");

	json_object_set(json_object_get(body, "metadata"), "resourceVersion",
		json_object_get(metadata, "resourceVersion"));
	json_object_set(json_object_get(body, "metadata"), "uid", json_object_get(metadata, "uid"));
	r.body = body;
	kube_batch_add(b, r);
}

static void take_written(const struct page *p, struct piece *piece, struct kube_call *call)
{
	bool created = !piece->live;

	if (call->object) {
		json_decref(piece->live);
		piece->live = json_incref(call->object);
		piece->outcome = created ? restore_created : restore_configured;
	} else if (call->req.status == 404 && namespace_of(piece) && created) {
		char_auto *why = xasprintf("the namespace %s is not there: create it, and run the "
					   "restore again",
			namespace_of(piece));

		fail(piece, why);
	} else if (!kube_call_unknown(call) && call->req.status != 409) {
		fail(piece, call->err.msg);
	}
	(void)p; /* an answer was lost, or somebody else wrote: take_again reads the object */
}

static void take_again(const struct page *p, struct piece *piece, struct kube_call *call)
{
	if (!call->object) {
		fail(piece,
			"its write was not answered, and it is not there: run the restore again");
		return;
	}
	bool created = !piece->live;

	if (!is_same(p, piece, call->object)) {
		fail(piece, "someone else changed it meanwhile: run the restore again");
		return;
	}
	json_decref(piece->live);
	piece->live = json_incref(call->object);
	piece->outcome = created ? restore_created : restore_configured;
}

static bool needs_status(const struct page *p, const struct piece *piece)
{
	return p->status && !p->r->options->dry_run &&
	       (piece->outcome == restore_created || piece->outcome == restore_configured) &&
	       json_object_get(piece->saved, "status") &&
	       !json_same(json_object_get(piece->saved, "status"),
		       json_object_get(piece->live, "status"));
}

/* When status is a subresource, a create or replace does not write it. */
static void ask_status(const struct page *p, struct piece *piece, struct kube_batch *b)
{
	struct kube_request r = request(p, piece, KUBE_UPDATE);
	json_auto_t *body = json_copy(piece->live);

	json_object_set(body, "status", json_object_get(piece->saved, "status"));
	r.body = body;
	r.subresource = "status";
	kube_batch_add(b, r);
}

static void take_status(const struct page *p, struct piece *piece, struct kube_call *call)
{
	(void)p;
	if (call->object) {
		json_decref(piece->live);
		piece->live = json_incref(call->object);
	} else {
		char_auto *why = xasprintf("it was written, but not its status: %s", call->err.msg);

		fail(piece, why);
	}
}

/* A schema other than the backup's may have pruned fields or added defaults. */
static void check_written(const struct page *p, struct piece *piece)
{
	if ((piece->outcome == restore_created || piece->outcome == restore_configured) &&
		!is_same(p, piece, piece->live) && !p->r->options->dry_run)
		piece->problem =
			xstrdup("the server stores it differently: the CRD on the server is "
				"another one than the backup's");
}

/* Results */

static void add_line(struct restore *r, const struct restored *done)
{
	json_array_append_new(
		r->lines, json_pack("{s:s, s:s?, s:s, s:s, s:s?}", "resource", done->resource,
				  "namespace", done->ns, "name", done->name, "outcome",
				  done->outcome, "problem", done->problem));
}

static void count_kind(struct restore *r, const struct restored *done)
{
	json_t *kind = json_object_get(r->kinds, done->resource);

	if (!kind) {
		kind = json_object();
		json_object_set_new(r->kinds, done->resource, kind);
	}
	json_object_set_new(kind, done->outcome,
		json_integer(json_integer_value(json_object_get(kind, done->outcome)) + 1));
}

void restore_count(struct restore *r, const struct restored *done)
{
	const char *outcome = done->outcome;

	count_kind(r, done);
	if (outcome == restore_unchanged) {
		r->unchanged++;
		return;
	}
	r->created += outcome == restore_created;
	r->configured += outcome == restore_configured;
	r->differing += outcome == restore_differs;
	r->failed += outcome == restore_failed;
	if (done->problem || r->options->lines ||
		(outcome != restore_created && outcome != restore_configured))
		add_line(r, done);
}

static struct restored restored(const struct page *p, const struct piece *piece)
{
	return (struct restored){ .resource = crd_name(p->crd),
		.ns = namespace_of(piece),
		.name = name_of(piece),
		.outcome = piece->outcome,
		.problem = piece->problem };
}

static void count(struct restore *r, const struct page *p, struct piece *piece)
{
	if (!piece->outcome)
		fail(piece, "it was not written");
	const struct restored done = restored(p, piece);

	restore_count(r, &done);
}

static int run(struct page *p, struct err *e)
{
	bool absent = json_object_get(p->r->absent, crd_name(p->crd)) != NULL;

	if (absent) {
		for (size_t i = 0; i < p->n; i++)
			p->pieces[i].outcome = restore_created;
		return 0;
	}
	if (look_in_list(p, e) < 0 || each(p, is_unlooked, ask_live, take_live, e) < 0 ||
		each(p, is_open, ask_write, take_written, e) < 0 ||
		each(p, is_open, ask_live, take_again, e) < 0 ||
		each(p, needs_status, ask_status, take_status, e) < 0)
		return -1;
	for (size_t i = 0; i < p->n; i++)
		check_written(p, &p->pieces[i]);
	return 0;
}

void restore_leave_ready_out(struct restore *r, const json_t *saved, json_t *target)
{
	const json_t *ready = json_at(saved, "spec", "datastoreReady", NULL);

	if (!ready)
		return;
	json_decref(r->ready);
	r->ready = json_incref((json_t *)(uintptr_t)ready);
	restore_drop_ready(target);
}

static void prepare_pieces(struct page *p, const json_t *items)
{
	bool information = strcmp(crd_plural(p->crd), "clusterinformations") == 0;
	const json_t *item;
	size_t i;

	json_array_foreach(items, i, item) {
		struct piece *piece = &p->pieces[p->n++];

		piece->saved = item;
		piece->target = restore_content(item, true);
		if (information && !p->r->options->ipam)
			restore_leave_ready_out(p->r, piece->saved, piece->target);
		if (!*name_of(piece))
			fail(piece, "it has no name");
	}
}

static bool has_status(const json_t *crd, const char *version)
{
	const json_t *v;
	size_t i;

	json_array_foreach(crd_versions(crd), i, v)
		if (strcmp(json_str(v, "name"), version) == 0)
			return json_at(v, "subresources", "status", NULL) != NULL;
	return false;
}

static void page_open(struct page *p, const json_t *items)
{
	p->version = crd_storage_version(p->crd);
	p->status = has_status(p->crd, p->version);
	p->pieces = xcalloc(json_array_size(items), sizeof(*p->pieces));
	p->n = 0;
	prepare_pieces(p, items);
}

static void page_close(struct page *p)
{
	for (size_t i = 0; i < p->n; i++) {
		json_decref(p->pieces[i].target);
		json_decref(p->pieces[i].live);
		free(p->pieces[i].problem);
	}
	free(p->pieces);
}

/* Judging, before anything is written */

/* The schema by which the server checks objects of this version; NULL: not served. */
static const json_t *served_schema(const json_t *crd, const char *version)
{
	const json_t *v;
	size_t i;

	json_array_foreach(crd_versions(crd), i, v)
		if (strcmp(json_str(v, "name"), version) == 0 &&
			json_is_true(json_object_get(v, "served")))
			return json_at(v, "schema", "openAPIV3Schema", NULL);
	return NULL;
}

/* A new object is judged as a whole: the old schema allows everything. */
static bool take_schema(struct restore *r, const struct page *p, const json_t *crd)
{
	const json_t *schema = served_schema(crd, p->version);

	if (r->judged == p->crd || !schema)
		return schema != NULL;
	schema_node_free(r->old);
	schema_node_free(r->new);
	json_decref(r->schemas);
	r->schemas = json_pack("[{s:s, s:b}, O]", "type", "object",
		"x-kubernetes-preserve-unknown-fields", 1, schema);
	r->old = schema_node_new(json_array_get(r->schemas, 0));
	r->new = schema_node_new(json_array_get(r->schemas, 1));
	r->judged = p->crd;
	return true;
}

static void judge_piece(struct restore *r, struct piece *piece)
{
	schema_findings_auto found = { 0 };

	schema_judge(&r->judge, r->old, r->new, piece->target, &found);
	for (size_t i = 0; i < found.n && !piece->unfit; i++) {
		const struct schema_finding *f = &found.items[i];

		if (f->class == SCHEMA_NOT_EVALUATED)
			continue;
		piece->unfit = true;
		piece->problem = f->class == SCHEMA_HIDDEN
					 ? xasprintf("the server would drop %s", f->path)
					 : xasprintf("the server would refuse %s (%s)",
						   *f->path ? f->path : "it", f->rule);
	}
}

static bool is_unfit(const struct page *p, const struct piece *piece)
{
	(void)p;
	return piece->unfit && !piece->outcome;
}

static void count_unfit(struct restore *r, const struct page *p, struct piece *piece)
{
	const char *ns = namespace_of(piece);

	if (!is_unfit(p, piece))
		return;
	piece->outcome = name_unfit;
	if (r->unfit++ == 0)
		r->first_unfit = xasprintf("%s/%s%s%s: %s", crd_name(p->crd), ns ? ns : "",
			ns ? "/" : "", name_of(piece), piece->problem);
	const struct restored done = restored(p, piece);

	add_line(r, &done);
}

int restore_judge_page(struct restore *r, struct kube_api *api, const json_t *live,
	const char *name, const json_t *items, struct err *e)
{
	struct page p = { .r = r, .api = api, .crd = crd_find(r->crds, name) };
	const json_t *target = json_object_get(live, name);
	int rc = 0;

	if (!p.crd || (is_ipam(crd_plural(p.crd)) && !r->options->ipam))
		return 0;
	page_open(&p, items);
	bool served = take_schema(r, &p, target ? target : p.crd);

	for (size_t i = 0; i < p.n; i++)
		if (served) {
			judge_piece(r, &p.pieces[i]);
		} else {
			p.pieces[i].unfit = true;
			p.pieces[i].problem =
				xasprintf("the CRD on the server does not serve %s", p.version);
		}
	if (target && served)
		rc = each(&p, is_unfit, ask_live, take_live, e);
	for (size_t i = 0; i < p.n && rc == 0; i++)
		count_unfit(r, &p, &p.pieces[i]);
	page_close(&p);
	return rc;
}

static int restore_slice(struct page *p, const json_t *items, struct err *e)
{
	int rc = 0;

	page_open(p, items);
	for (size_t i = 0; i < p->n && rc == 0; i++)
		rc = owner_ref_drop_dead(p->api, p->r->owners, p->pieces[i].target, p->r->lines, e);
	if (rc == 0)
		rc = run(p, e);
	for (size_t i = 0; i < p->n && rc == 0; i++)
		count(p->r, p, &p->pieces[i]);
	page_close(p);
	return rc;
}

/* Restores a page in portions, so that the objects and answers need little memory. */
int restore_page(struct restore *r, struct kube_api *api, const char *name, const json_t *items,
	struct err *e)
{
	struct page p = { .r = r, .api = api, .crd = crd_find(r->crds, name) };
	size_t n = json_array_size(items);
	int rc = 0;

	if (!p.crd)
		return err_set(e, ERR_FORMAT, 0, "the backup has objects of %s, but not that CRD",
			name);
	if (is_ipam(crd_plural(p.crd)) && !r->options->ipam) {
		r->skipped += n;
		return 0;
	}
	for (size_t from = 0; from < n && rc == 0; from += AT_A_TIME) {
		json_auto_t *slice = json_array();

		for (size_t i = from; i < n && i < from + AT_A_TIME; i++)
			json_array_append(slice, json_array_get(items, i));
		rc = restore_slice(&p, slice, e);
	}
	if (rc == 0 && r->progress)
		r->progress(r->arg, r->created + r->configured + r->unchanged + r->differing +
					    r->failed + r->skipped);
	return rc;
}
