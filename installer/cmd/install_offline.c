/* SPDX-License-Identifier: Apache-2.0 */
/* A plan without a cluster: from one release or manifest to another, with a backup's objects. */
#include <string.h>

#include "base/json.h"
#include "cmd/install_parts.h"
#include "engine/look/backup.h"
#include "manifest/crd.h"

int install_from_backup(
	const struct ctx *ctx, const char *path, struct source *s, struct err *e)
{
	backup_file_auto f = { .fd = -1 };

	if (select_cluster_backup(ctx, path, &f, e) < 0)
		return -1;
	const char *time = json_str(f.summary, "time");

	*s = (struct source){
		.name = xasprintf("backup of %s", time ? time : "unknown time"),
		.origin = xstrdup(path),
		.verified_by = "the digests in it",
		.crds = crd_set(f.crds, e),
	};
	if (f.proof.is_signed) {
		s->proof = xasprintf("signature of %s", f.signature.key_id);
		s->verified_by = s->proof;
	}
	return s->crds ? 0 : err_wrap(e, "%s", path);
}

static char *offline_again(const struct options *o, const char *release)
{
	struct buf text = { 0 };

	buf_printf(&text, "plan%s%s", release ? " " : "", release ? release : "");
	run_put_option(&text, "--set", o->set.given ? set_name(o->set.set) : NULL);
	run_put_option(&text, "-f", o->file);
	run_put_option(&text, "--bundle", o->bundle);
	run_put_option(&text, "--from", o->from);
	run_put_option(&text, "--to", o->to);
	run_put_option(&text, "--objects", o->objects);
	return buf_steal(&text);
}

static int take_objects(void *arg, const char *crd, const json_t *items, struct err *e)
{
	(void)e;
	preflight_take(arg, crd, items);
	return 0;
}

/* Judges the effect of the plan on the objects of a backup. */
static int judge_backup(struct run *r, struct err *e)
{
	backup_file_auto f = { .fd = -1 };

	if (!r->ctx->opt.objects)
		return 0;
	r->preflight.accept = r->ctx->opt.accept_loss;
	r->preflight.fix = r->ctx->opt.fix ? &r->fix : NULL;
	r->report.preflight = &r->preflight;
	preflight_begin(&r->preflight, &r->plan);
	if (select_cluster_backup(r->ctx, r->ctx->opt.objects, &f, e) < 0 ||
		backup_each_page(&f, take_objects, &r->preflight, e) < 0)
		return -1;
	preflight_end(&r->preflight);
	return 0;
}

static int choose_offline(struct run *r, struct source *from, struct err *e)
{
	struct ctx *ctx = r->ctx;
	const struct options *o = &ctx->opt;

	if (!o->from && !o->objects)
		return err_set(e, ERR_USAGE, 0,
			"--to is for plans without a cluster; say where from with --from, or give "
			"--objects BACKUP");
	if (source_catalog(&r->catalog, e) < 0 || source_surfaces(&r->surfaces, &r->catalog, e) < 0)
		return -1;
	if ((o->from ? select_named(ctx, &r->catalog, o->from, from, e)
		     : install_from_backup(ctx, o->objects, from, e)) < 0)
		return -1;
	return o->to ? select_named(ctx, &r->catalog, o->to, &r->source, e)
		     : select_source(ctx, &r->catalog, &r->source, e);
}

/* Makes the same plan without a cluster, for a pull request or a laptop. */
int install_rehearse(struct run *r, struct err *e)
{
	struct ctx *ctx = r->ctx;
	source_auto from = { 0 };
	json_auto_t *live = json_object(), *served = json_object();
	json_t *crd;
	size_t i;

	r->report.offline = true;
	r->report.not_judged = "no cluster was asked";
	r->look = offline_again(&ctx->opt, ctx->n_args > 0 ? ctx->args[0] : NULL);
	r->report.look = r->look;
	if (choose_offline(r, &from, e) < 0)
		return -1;
	r->report.source = &r->source;
	r->options.surfaces = &r->surfaces;
	json_array_foreach(from.crds, i, crd)
		json_object_set(live, crd_name(crd), crd);
	out_note(&ctx->out, "%s to %s, without a cluster", from.name, r->source.name);
	plan_make(&r->plan, r->source.crds, live, served, &r->options);
	r->report.plan = &r->plan;
	return report_check_only(&r->report, e) < 0 ? -1 : judge_backup(r, e);
}
