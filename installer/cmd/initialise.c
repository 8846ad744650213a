/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/commands.h"
#include "engine/act/initialise.h"
#include "engine/look/lock.h"
#include "engine/look/mode.h"
#include "engine/look/rights.h"
#include "engine/tell/items.h"
#include "engine/tell/report.h"
#include "manifest/source.h"
#include "run/document.h"

struct run {
	struct ctx *ctx;
	char *release; /* the release that the user names; NULL: none */
	struct objects objects;
	struct objects after; /* the same objects, read again after the writes */
	char *locked; /* why nobody may write now; NULL: writes are allowed */
	struct readiness readiness;
	bool planned;
};

static void release(struct run *r)
{
	readiness_release(&r->readiness);
	objects_release(&r->after);
	objects_release(&r->objects);
	free(r->locked);
	free(r->release);
}

static struct kube_api *api_of(const struct run *r)
{
	return r->ctx->at.cluster.api;
}

/* Reads RELEASE, like install. */
static int choose(struct run *r, struct err *e)
{
	const char *asked = r->ctx->n_args > 0 ? r->ctx->args[0] : r->ctx->opt.release;
	catalog_auto catalog = { 0 };

	if (!asked)
		return 0;
	if (r->ctx->n_args > 0 && r->ctx->opt.release)
		return err_set(e, ERR_USAGE, 0, "give either RELEASE or --release RELEASE");
	if (source_catalog(&catalog, e) < 0)
		return -1;
	const struct release *found = catalog_find(&catalog, SET_CRDS, asked, e);

	if (!found)
		return -1;
	r->release = xstrdup(found->version);
	return 0;
}

static int read_lock(struct run *r, struct err *e)
{
	return lock_reason(&r->ctx->at.store, api_of(r),
		r->objects.at.rules.v3 ? LOCK_V3 : LOCK_V1, &r->locked, e);
}

/* CRDs that the run needs rights for, in the one group that it writes. */
static json_t *crd_names(const struct run *r)
{
	static const char *const plurals[] = { "clusterinformations", "felixconfigurations",
		"ippools", "tiers" };
	json_t *names = json_array();

	for (size_t i = 0; i < ARRAY_LEN(plurals); i++)
		json_array_append_new(
			names, json_sprintf("%s.%s", plurals[i],
				       r->objects.at.rules.v3 ? MODE_V3_GROUP : MODE_V1_GROUP));
	return names;
}

static int plan(struct run *r, struct err *e)
{
	struct ctx *ctx = r->ctx;
	struct objects *o = &r->objects;

	if (choose(r, e) < 0 || datastore_open(ctx, e) < 0)
		return -1;
	if (objects_open(o, &ctx->at.store, api_of(r), r->release, e) < 0)
		return -1;
	out_note(&ctx->out, "%s (by %s) on %s", o->at.release, o->at.from, ctx->at.server);
	document_needs(ctx, "initialise", crd_names(r));
	initialise_add(o);
	if (objects_plan(o, e) < 0 || read_lock(r, e) < 0)
		return -1;
	r->planned = true;
	return 0;
}

static bool has_writes(const struct objects *o)
{
	return objects_count(o, OBJECT_CREATE) + objects_count(o, OBJECT_UPDATE) > 0;
}

static int refuse(struct run *r, struct err *e)
{
	const struct object_item *failed = objects_first_failure(&r->objects);

	if (failed)
		return err_set(e, failed->err.kind, failed->err.code, "nothing was written: %s",
			failed->err.msg);
	if (r->locked && !r->ctx->opt.ignore_lock && has_writes(&r->objects))
		return err_set(e, ERR_BLOCKED, 0, "nothing was written: %s", r->locked);
	return 0;
}

static int judge(struct run *r, struct err *e)
{
	struct objects *o = &r->objects;

	if (objects_dry_run(o, e) < 0)
		return -1;
	if (o->forbidden.kind && !r->ctx->opt.dry_run) {
		err_copy(e, &o->forbidden);
		return err_wrap(e, "nothing was written");
	}
	return refuse(r, e);
}

static int write(struct run *r, struct err *e)
{
	if (objects_write(&r->objects, false, e) < 0)
		return -1;
	const struct object_item *failed = objects_first_failure(&r->objects);

	if (!failed)
		return 0;
	err_copy(e, &failed->err);
	return -1;
}

/* Reads the objects again: another run may have written, too. */
static int read_back(struct run *r, struct err *e)
{
	struct objects *o = &r->after;

	if (objects_open(o, &r->ctx->at.store, api_of(r), r->objects.at.release, e) < 0)
		return -1;
	initialise_add(o);
	return objects_plan(o, e);
}

static int initialise(struct run *r, struct err *e)
{
	if (plan(r, e) < 0 || judge(r, e) < 0)
		return -1;
	bool writes = has_writes(&r->objects) && !r->ctx->opt.dry_run;

	if (writes && (write(r, e) < 0 || read_back(r, e) < 0))
		return -1;
	initialise_judge(&r->readiness, writes ? &r->after : &r->objects, r->locked);
	return 0;
}

static void put_ready(struct buf *out, const struct readiness *r)
{
	int holds = readiness_holds(r, READINESS_READY);

	buf_puts(out, holds == 1 ? "ready" : holds == 0 ? "not ready" : "not known to be ready");
}

static void put_text(struct run *r)
{
	struct buf *out = &r->ctx->out.text;

	items_text(out, &r->objects);
	if (!r->ctx->opt.dry_run)
		readiness_text(out, &r->readiness, READINESS_READY, 0);
	buf_printf(out, "# %s: ", r->objects.at.release);
	items_verdict(out, &r->objects, r->ctx->opt.dry_run);
	buf_puts(out, "; ");
	put_ready(out, &r->readiness);
	buf_printf(out, ", %.2f s\n", (double)(now_ms() - r->ctx->started) / 1000);
}

static json_t *to_json(const struct run *r)
{
	const struct objects *o = &r->objects;
	buf_auto verdict = { 0 };

	items_verdict(&verdict, o, r->ctx->opt.dry_run);
	json_t *json = json_pack("{s:s, s:s, s:{s:s, s:s}, s:o}", "datastore",
		r->ctx->at.store.driver->type, "verdict", buf_str(&verdict), "release", "name",
		o->at.release, "origin", o->at.from, "objects", items_json(o));

	if (r->readiness.initialised_known)
		readiness_json(json, &r->readiness);
	return json;
}

/* In a plan, one refused object means that no object would be written. */
static bool is_changed(const struct run *r)
{
	bool plans = r->ctx->opt.dry_run;

	return !(plans && objects_first_failure(&r->objects)) &&
	       items_changed(&r->objects, plans);
}

static int run(struct ctx *ctx, struct err *e)
{
	struct run r = { .ctx = ctx };
	int rc = initialise(&r, e);

	ctx->answer.changed = r.planned && is_changed(&r);
	if (r.planned && ctx->opt.output == OUTPUT_JSON)
		document_put(ctx, "Report", to_json(&r));
	else if (rc == 0)
		put_text(&r);
	else if (r.planned)
		items_text(&ctx->out.text, &r.objects);
	release(&r);
	return rc;
}

const struct cmd cmd_initialise = {
	.name = "initialise",
	.args = "[RELEASE]",
	.summary = "create ClusterInformation and the built-in tiers",
	.details =
		"What is there is completed and never changed: a GUID stays, and a datastore that\n"
		"somebody locked stays locked. A second run writes nothing. RELEASE says whose\n"
		"tiers are created; without it, that is the release in ClusterInformation, else\n"
		"that of the CRDs.\n\n"
		"Examples:\n"
		"  calico-datastore initialise\n"
		"  calico-datastore initialise v3.29.1 --dry-run\n",
	.options = "release dry-run ignore-lock output quiet " CLUSTER_OPTIONS " help",
	.outputs = "text json",
	.max_args = 1,
	.run = run,
};
