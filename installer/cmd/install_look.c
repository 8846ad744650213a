/* SPDX-License-Identifier: Apache-2.0 */
/* The first part of an install: reads its source, and the state of the server. */
#include <libgen.h>
#include <string.h>

#include "base/json.h"
#include "cmd/commands.h"
#include "cmd/install_parts.h"
#include "engine/look/rights.h"
#include "engine/look/sets.h"
#include "manifest/crd.h"
#include "manifest/nearest.h"
#include "run/document.h"
#include "run/release.h"

/* Chooses the file of the backup, or without --backup the directory for it. */
static int choose_backup(struct run *r, struct err *e)
{
	struct ctx *ctx = r->ctx;
	const char *path;

	if (select_setting(
		    "backup", ctx->opt.backup, "CALICO_DATASTORE_BACKUP_DIR", &path, e) < 0)
		return -1;
	r->backup_dir = xstrdup(path ? path : ".");
	ctx->writable = ctx->opt.backup ? dirname(r->backup_dir) : r->backup_dir;
	return 0;
}

static void set_commands(struct run *r)
{
	bool rollback = r->ctx->cmd == &cmd_rollback;

	r->act = run_again(r->ctx, rollback ? "rollback" : "install");
	r->look = rollback ? xasprintf("%s --dry-run", r->act) : run_again(r->ctx, "plan");
	r->report.look = r->look;
	r->report.act = r->act;
}

/* Called when the source is known. */
static int settle(struct run *r, struct err *e)
{
	if (r->ctx->opt.without_policies)
		json_array_clear(r->source.policies);
	r->report.source = &r->source;
	r->surface = source_surface(&r->source, &r->catalog, &r->surfaces);
	if (r->ctx->opt.prune && !r->surface)
		return err_set(e, ERR_USAGE, 0,
			"--prune: %s is no whole release, so nothing says which CRDs were dropped; "
			"name a RELEASE, or give upstream's own crds.yaml of one",
			r->source.name);
	return 0;
}

static int choose(struct run *r, struct err *e)
{
	struct ctx *ctx = r->ctx;

	set_commands(r);
	if (ctx->opt.fix) {
		r->backup_dir = xstrdup(ctx->opt.fix);
		ctx->writable = dirname(r->backup_dir);
	}
	if (source_catalog(&r->catalog, e) < 0 || source_surfaces(&r->surfaces, &r->catalog, e) < 0)
		return -1;
	if (ctx->opt.prune && ctx->opt.no_backup)
		return err_set(e, ERR_USAGE, 0,
			"--prune deletes only after a backup; leave --no-backup out");
	if (r->report.writes && !ctx->opt.no_backup && choose_backup(r, e) < 0)
		return -1;
	if (!release_is_named(ctx))
		return select_check(ctx, e);
	if ((ctx->cmd == &cmd_rollback ? install_from_backup(ctx, ctx->args[0], &r->source, e)
				       : select_source(ctx, &r->catalog, &r->source, e)) < 0)
		return -1;
	return settle(r, e);
}

/*
 * Without a RELEASE, the CRDs on the server decide. Afterwards seen has only CRDs of that release.
 */
static int choose_by_server(struct run *r, struct err *e)
{
	json_t *live = r->seen.live, *crd;
	const char *name;
	void *next;

	if (release_choose(r->ctx, &r->catalog, &r->surfaces, live, r->seen.version, &r->source,
		    e) < 0)
		return -1;
	json_object_foreach_safe(live, next, name, crd)
		if (!crd_find(r->source.crds, name))
			json_object_del(live, name);
	return settle(r, e);
}

/* Rights for the CRDs do not include /apis. Requests for the CRDs report missing rights. */
static int keep_set(struct run *r, struct err *why, struct err *e)
{
	if (!r->source.crds || why->kind != ERR_AUTH || why->code != 403) {
		err_move(e, why);
		return -1;
	}
	out_note(&r->ctx->out,
		"warning: this user may not read /apis, so the set of CRDs that the cluster has is "
		"not known; this run uses the set %s (--set selects another)",
		r->source.set);
	return 0;
}

/* Without --set a release is installed as the set that the cluster has. */
static int choose_set(struct run *r, struct err *e)
{
	struct options *o = &r->ctx->opt;
	err_auto why = { 0 };

	if (o->set.given || o->file || o->url || o->bundle || r->ctx->cmd == &cmd_rollback)
		return 0;
	if (sets_find(r->ctx->at.cluster.api, &o->set.set, &why) < 0)
		return keep_set(r, &why, e);
	if (!r->source.crds || strcmp(r->source.set, set_name(o->set.set)) == 0)
		return 0;
	source_release(&r->source);
	if (select_source(r->ctx, &r->catalog, &r->source, e) < 0)
		return err_wrap(e, "the cluster has the set %s (--set takes another)",
			set_name(o->set.set));
	return settle(r, e);
}

/* "v3.32.1, set operator (embedded) on URL, context NAME". */
static void note_source(const struct run *r)
{
	const struct kube_config *config = &r->ctx->at.cluster.config;
	const struct source *s = &r->source;

	out_note(&r->ctx->out, "%s%s%s (%s%s) on %s, context %s", s->name, s->set ? ", set " : "",
		s->set ? s->set : "", s->origin, s->verified_by ? "" : ", not verified",
		config->server, config->context ? config->context : "(none)");
}

/* Finds CRDs that are newer than this program: its releases would drop their new fields. */
static int look_at_age(struct run *r, struct err *e)
{
	surfaces_auto own = { 0 };
	struct nearest_match match;

	r->options.surfaces = &r->surfaces;
	if (r->options.allow_downgrade)
		return 0;
	surfaces_select(&own, &r->surfaces, r->surface ? r->surface->set : SET_CRDS, NULL);
	if (nearest_find(&own, &r->catalog, r->seen.live, r->seen.version, &match, e) < 0)
		return -1;
	r->newer = match.age == AGE_NEWER ? nearest_age_text(&own, &match) : NULL;
	r->options.newer = r->newer;
	return 0;
}

/* The CRDs to look at. The run needs rights for exactly these. */
static json_t *asked_for(struct run *r, struct err *e)
{
	json_t *crds = r->source.crds ? json_incref(r->source.crds)
				      : release_known_crds(&r->catalog, &r->surfaces,
						r->ctx->opt.set.set, e);

	if (crds)
		document_needs(r->ctx, r->report.writes ? "install" : "plan",
			access_crd_names(crds));
	return crds;
}

int install_look(struct run *r, struct err *e)
{
	struct ctx *ctx = r->ctx;

	if (choose(r, e) < 0)
		return -1;
	bool named = r->source.crds != NULL;
	json_auto_t *first = asked_for(r, e);

	if (!first || cluster_open(ctx, e) < 0 || choose_set(r, e) < 0)
		return -1;
	json_auto_t *crds = asked_for(r, e);

	if (!crds)
		return -1;
	if (named)
		note_source(r);
	if (observe(ctx->at.cluster.api, crds, &r->seen, e) < 0)
		return -1;
	if (!named) {
		if (choose_by_server(r, e) < 0)
			return -1;
		note_source(r);
	}
	return policies_look(&r->policies, ctx->at.cluster.api, r->source.policies, e) < 0
		       ? -1
		       : look_at_age(r, e);
}
