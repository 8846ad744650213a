/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/objects.h"

#include <string.h>

#include "base/json.h"
#include "calico/model/convert.h"
#include "calico/write/defaults.h"
#include "calico/write/validate.h"
#include "engine/act/initialise.h"
#include "engine/act/objects_check.h"
#include "engine/look/lock.h"
#include "engine/tell/items.h"
#include "run/document.h"
#include "run/outcome.h"

void objects_run_release(struct objects_run *r)
{
	fit_release(&r->fit);
	source_release(&r->crds);
	objects_release(&r->objects);
	input_release(&r->input);
	buf_release(&r->faults);
}

/* One CRD of the group is enough for the lock and for the rights of the run. */
static json_t *written_crds(const struct objects_run *r)
{
	return json_pack("[s]", r->objects.at.rules.v3 ? "ippools.projectcalico.org"
						       : "ippools.crd.projectcalico.org");
}

/* etcd has no API server that judges objects, so the CRDs of the release judge them. */
static int open_schemas(struct objects_run *r, struct err *e)
{
	const char *version = r->objects.at.release;
	size_t n = strcspn(version, "."); /* length of "v3.29" */

	n += version[n] ? 1 + strcspn(version + n + 1, ".") : 0;
	char_auto *minor = xstrndup(version, n);
	catalog_auto catalog = { 0 };
	err_auto unknown = { 0 };

	if (r->objects.api || r->verb == OBJECTS_DELETE)
		return 0;
	if (source_catalog(&catalog, e) < 0)
		return -1;
	const struct release *release = catalog_by_version(&catalog, version);

	if (!release || !release_surface(release, SET_CRDS))
		release = catalog_find(&catalog, SET_CRDS, minor, &unknown);
	if (!release)
		release = catalog_find(&catalog, SET_CRDS, "latest", e);
	if (!release || source_embedded(&r->crds, release, SET_CRDS, e) < 0)
		return -1;
	r->fit.crds = r->crds.crds;
	return 0;
}

int objects_run_open(struct objects_run *r, struct err *e)
{
	struct ctx *ctx = r->ctx;

	if (ctx->opt.allow_version_mismatch)
		out_note(&ctx->out,
			"--allow-version-mismatch is not needed: this program knows every release");
	if (datastore_open(ctx, e) < 0)
		return -1;
	if (objects_open(&r->objects, &ctx->at.store, ctx->at.cluster.api, ctx->opt.release, e) < 0)
		return -1;
	document_needs(ctx, ctx->cmd->name, written_crds(r));
	return open_schemas(r, e);
}

/* From files to items */

static void add_fault(struct objects_run *r, const struct write_object *o)
{
	char_auto *place = input_place(o), *id = input_id(o);

	for (size_t i = 0; i < o->findings.n; i++) {
		buf_printf(&r->faults, "\n  %s, %s: ", place, id);
		finding_text(&r->faults, &o->findings.items[i]);
	}
	r->n_faults++;
}

static void refuse_item(struct object_item *item, const struct write_findings *found)
{
	buf_auto text = { 0 };

	findings_text(&text, found);
	object_refuse(item, ERR_REFUSED, "%s", buf_str(&text));
}

/* Takes an object in the stored form (crd.projectcalico.org/v1), as kubectl would send it. */
static void take_raw(struct objects_run *r, struct object_item *item)
{
	if (r->objects.terms.form != STORED_V1) {
		object_refuse(item, ERR_REFUSED,
			"apiVersion: this datastore does not store crd.projectcalico.org/v1; write "
			"%s",
			CALICO_V3);
		return;
	}
	item->raw = true;
	stored_name_release(&item->names);
	item->names.name = xstrdup(item->name);
	item->stored_name = item->names.name;
}

static void judge(struct objects_run *r, struct object_item *item)
{
	const struct write_target target = objects_target(&r->objects);
	const char *refusal = objects_kind_refusal(&r->objects, item->kind);
	findings_auto found = { 0 };

	if (refusal) {
		object_refuse(item, ERR_REFUSED, "%s", refusal);
		return;
	}
	/* For a delete only the name of the object counts. */
	if (item->raw && r->verb != OBJECTS_DELETE)
		item->meaning = validate_meaning(item->kind, item->wanted, &target, &found);
	const json_t *object = item->raw ? item->meaning : item->wanted;

	if (object && r->verb != OBJECTS_DELETE)
		validate_object(item->kind, object, &target, &found);
	if (r->fit.crds)
		fit_judge(&r->fit, item->kind, item->wanted, &found);
	if (found.n > 0)
		refuse_item(item, &found);
}

static struct object_item *add_item(
	struct objects_run *r, const struct calico_kind *kind, json_t *object)
{
	const struct write_target target = objects_target(&r->objects);

	if (r->verb != OBJECTS_DELETE)
		defaults_apply(kind, object, &target);
	struct object_item *item = objects_add_take(&r->objects, r->verb, kind, object);

	item->accept_present = r->ctx->opt.skip_exists;
	item->accept_absent = r->ctx->opt.skip_not_exists;
	return item;
}

static void take_object(struct objects_run *r, const struct write_object *o)
{
	if (!o->kind || o->findings.n > 0) {
		add_fault(r, o);
		return;
	}
	struct object_item *item =
		o->stored ? objects_add_take(&r->objects, r->verb, o->kind, json_incref(o->object))
			  : add_item(r, o->kind, json_incref(o->object));

	item->accept_present = r->ctx->opt.skip_exists;
	item->accept_absent = r->ctx->opt.skip_not_exists;
	item->place = input_place(o);
	if (o->stored)
		take_raw(r, item);
	if (item->verdict != OBJECT_REFUSED)
		judge(r, item);
}

/* Refuses two objects of one name: the result must not depend on their order. */
static void refuse_twins(struct objects_run *r)
{
	json_auto_t *seen = json_object();

	for (size_t i = 0; i < r->objects.n; i++) {
		struct object_item *item = &r->objects.items[i];
		char_auto *key = xasprintf("%s/%s/%s", item->kind->kind, item->ns ? item->ns : "",
			item->stored_name);
		const char *first = json_string_value(json_object_get(seen, key));

		if (first)
			object_refuse(item, ERR_REFUSED,
				"it is in the input twice, the first time in %s: leave one out",
				first);
		else
			json_object_set_new(seen, key,
				json_string(item->place ? item->place : "the arguments"));
	}
}

int objects_run_read(struct objects_run *r, struct err *e)
{
	const struct options *opt = &r->ctx->opt;
	struct input_options o = { .target = objects_target(&r->objects),
		.recursive = opt->recursive,
		.skip_empty = opt->skip_empty,
		.namespace = opt->namespace };

	if (input_read(&r->input, opt->file, &o, e) < 0)
		return -1;
	r->n = r->input.n;
	for (size_t i = 0; i < r->input.n; i++)
		take_object(r, &r->input.objects[i]);
	return 0;
}

int objects_run_name(
	struct objects_run *r, const struct calico_kind *kind, const char *name, struct err *e)
{
	const char *ns = r->ctx->opt.namespace;
	json_t *object = json_pack("{s:s, s:s, s:{s:s}}", "kind", kind->kind, "apiVersion",
		CALICO_V3, "metadata", "name", name);

	if (ns && !kind->namespaced) {
		json_decref(object);
		return err_set(
			e, ERR_USAGE, 0, "a %s is in no namespace; leave out -n", kind->kind);
	}
	if (kind->namespaced)
		json_object_set_new(json_object_get(object, "metadata"), "namespace",
			json_string(ns ? ns : "default"));
	r->n++;
	judge(r, add_item(r, kind, object));
	return 0;
}

/* Judging */

static bool is_lost(const struct objects_run *r)
{
	return r->n_faults > 0 || objects_first_failure(&r->objects);
}

/* One refused object stops the run, unless --keep-going is given. A wrong file always stops it. */
static bool stops(const struct objects_run *r)
{
	return r->n_faults > 0 || (is_lost(r) && !r->ctx->opt.keep_going);
}

/*
 * Adds the objects that calicoctl creates before its first write. If one of them fails, the run
 * does not.
 */
static void add_initial(struct objects_run *r)
{
	if (r->verb == OBJECTS_DELETE)
		return;
	initialise_add(&r->objects);
	for (size_t i = r->own; i < r->objects.n; i++)
		r->objects.items[i].optional = true;
}

static int plan(struct objects_run *r, struct err *e)
{
	struct objects *o = &r->objects;

	if (objects_plan(o, e) < 0)
		return -1;
	if (stops(r))
		return 0;
	if (objects_check(o, r->ctx->opt.disable_first, e) < 0)
		return -1;
	return stops(r) ? 0 : objects_dry_run(o, e);
}

/* Each of both groups has a lock. The lock of the written group counts. */
static int check_lock(struct objects_run *r, struct err *e)
{
	unsigned groups = r->objects.at.rules.v3 ? LOCK_V3 : LOCK_V1;

	return r->ctx->opt.ignore_lock
		       ? 0
		       : lock_refuse_writes(&r->ctx->at.store, r->objects.api, groups, e);
}

static void announce(struct objects_run *r)
{
	const struct datastore *at = &r->ctx->at;
	const char *context = at->cluster.config.context;

	if (at->cluster.api)
		out_note(&r->ctx->out, "%s on %s, context %s, as Calico %s (%s)", r->word,
			at->server, context ? context : "(none)", r->objects.at.release,
			r->objects.at.from);
	else
		out_note(&r->ctx->out, "%s in etcd at %s, as Calico %s (%s)", r->word, at->server,
			r->objects.at.release, r->objects.at.from);
}

static size_t writes(const struct objects_run *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->objects.n; i++)
		n += object_is_write(&r->objects.items[i]);
	return n;
}

/* Disables the pools, then checks again while nothing gets a new address. A pool in use stays. */
static int free_pools(struct objects_run *r, struct err *e)
{
	if (objects_count(&r->objects, OBJECT_DELETE) == 0)
		return 0;
	return objects_disable_pools(&r->objects, e) < 0 ||
			       objects_check(&r->objects, false, e) < 0 ||
			       objects_release_blocks(&r->objects, e) < 0
		       ? -1
		       : 0;
}

static int write_all(struct objects_run *r, struct err *e)
{
	if (writes(r) == 0)
		return 0;
	if (r->objects.forbidden.kind) {
		err_move(e, &r->objects.forbidden);
		return err_wrap(e, "nothing was written");
	}
	if (check_lock(r, e) < 0)
		return -1;
	announce(r);
	r->written = true;
	if (free_pools(r, e) < 0)
		return -1;
	if (objects_write(&r->objects, r->ctx->opt.keep_going, e) < 0)
		return -1;
	return objects_confirm(&r->objects, e);
}

/* Reporting */

static const struct calico_kind *common_kind(const struct objects_run *r)
{
	const struct calico_kind *kind = NULL;

	if (r->input.n > 0)
		return input_kind(&r->input);
	for (size_t i = 0; i < r->own; i++) {
		if (kind && kind != r->objects.items[i].kind)
			return NULL;
		kind = r->objects.items[i].kind;
	}
	return kind;
}

static bool has_failed(const struct object_item *item)
{
	return item->verdict == OBJECT_REFUSED || item->outcome == OBJECT_FAILED;
}

static struct outcome count(const struct objects_run *r)
{
	struct outcome out = { .verb = r->word,
		.done = r->done,
		.kind = common_kind(r),
		.n = r->n,
		.failed = r->n_faults };

	for (size_t i = 0; i < r->own; i++) {
		const struct object_item *item = &r->objects.items[i];
		bool open = object_is_write(item) && item->outcome == OBJECT_OPEN;

		out.failed += has_failed(item);
		out.handled += !has_failed(item) && !open;
	}
	/* When nothing was written, objects that need no change are no success of this run. */
	if (out.failed > 0 && !r->written && !r->ctx->opt.keep_going)
		out.handled = 0;
	return out;
}

/* True for an object that the run writes in addition to those of the input. */
static bool is_besides(const struct object_item *item)
{
	return object_is_write(item) || item->outcome != OBJECT_OPEN;
}

static json_t *to_json(const struct objects_run *r)
{
	const struct objects *o = &r->objects;
	json_t *objects = json_array(), *besides = json_array();

	for (size_t i = 0; i < o->n; i++)
		if (i < r->own || is_besides(&o->items[i]))
			json_array_append_new(i < r->own ? objects : besides,
				items_one(o, &o->items[i], r->shows_changes));
	return json_pack("{s:s?, s:s?, s:o, s:o}", "release", o->at.release, "releaseFrom",
		o->at.from, "objects", objects, "besides", besides);
}

static void put_plan(const struct objects_run *r, struct buf *out)
{
	const struct objects *o = &r->objects;

	for (size_t i = 0; i < o->n; i++)
		if (i < r->own || is_besides(&o->items[i]))
			items_put(out, o, &o->items[i], r->shows_changes);
}

static void note_initial(const struct objects_run *r)
{
	struct out *out = &r->ctx->out;
	buf_auto made = { 0 };
	bool failed = false;

	for (size_t i = r->own; i < r->objects.n && r->verb != OBJECTS_DELETE; i++) {
		const struct object_item *item = &r->objects.items[i];

		if (has_failed(item) && !failed)
			out_note(out,
				"the datastore is not initialised: %s; somebody with more rights "
				"can run \"calico-datastore initialise\"",
				item->err.msg);
		failed = failed || has_failed(item);
		if (item->outcome == OBJECT_DONE)
			buf_printf(&made, "%s%s", made.len ? ", " : "", item->id);
	}
	if (made.len)
		out_note(out, "initialised the datastore first: %s", buf_str(&made));
}

static void put_errors(const struct objects_run *r, struct buf *out)
{
	buf_puts(out, buf_str(&r->faults));
	for (size_t i = 0; i < r->objects.n; i++) {
		const struct object_item *item = &r->objects.items[i];

		if (has_failed(item) && !item->optional)
			buf_printf(out, "\n  %s%s%s", item->place ? item->place : "",
				item->place ? ", " : "", item->err.msg);
	}
}

static void set_failure(struct objects_run *r, const struct outcome *out, struct err *e)
{
	const struct object_item *first = objects_first_failure(&r->objects);
	buf_auto text = { 0 };

	put_errors(r, &text);
	if (!r->written)
		buf_puts(&text, "\nnothing was written");
	(void)outcome_fail(out, buf_str(&text), e);
	if (first && first->err.kind != ERR_REFUSED && r->n_faults == 0) {
		e->kind = first->err.kind;
		e->code = first->err.code;
	} else if (r->only_plan) {
		e->kind = ERR_BLOCKED;
	}
}

/* After a delete, calicoctl reports only the deleted objects. */
static void put_success(struct objects_run *r, struct outcome out)
{
	if (r->verb == OBJECTS_DELETE)
		out.failed = 0;
	outcome_put(r->ctx, &out);
}

static int conclude(struct objects_run *r, struct err *e)
{
	struct outcome out = count(r);
	struct ctx *ctx = r->ctx;

	ctx->answer.changed =
		!(r->only_plan && stops(r)) && items_changed(&r->objects, r->only_plan);
	note_initial(r);
	if (ctx->opt.output == OUTPUT_JSON)
		document_put(ctx, "Objects", to_json(r));
	else if (r->only_plan)
		put_plan(r, &ctx->out.text);
	else if (out.handled > 0)
		put_success(r, out);
	if (r->fit.unknown > 0)
		out_note(&ctx->out, "only an API server can judge %zu parts of these objects",
			r->fit.unknown);
	if (out.failed > 0) {
		set_failure(r, &out, e);
		return -1;
	}
	if (r->shows_changes && ctx->answer.changed)
		ctx->exit_code = 1;
	return 0;
}

int objects_run_carry_out(struct objects_run *r, struct err *e)
{
	struct ctx *ctx = r->ctx;

	if (r->n == 0) {
		out_line(&ctx->out, STYLE_PLAIN, "No resources specified");
		return 0;
	}
	refuse_twins(r);
	r->own = r->objects.n;
	r->only_plan = r->only_plan || ctx->opt.dry_run;
	if (!stops(r)) {
		add_initial(r);
		if (objects_add_endpoints(&r->objects, e) < 0 || plan(r, e) < 0)
			return -1;
	}
	if (!stops(r) && !r->only_plan && write_all(r, e) < 0)
		return -1;
	return conclude(r, e);
}
