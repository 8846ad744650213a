/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/act/apply.h"
#include "engine/act/restore.h"

#include <string.h>

#include "base/json.h"
#include "cmd/commands.h"
#include "engine/look/backup.h"
#include "engine/look/observe.h"
#include "engine/look/lock.h"
#include "engine/look/rights.h"
#include "engine/look/ready.h"
#include "engine/tell/report.h"
#include "manifest/crd.h"
#include "run/document.h"

struct run {
	struct ctx *ctx;
	struct backup_file file;
	struct observed seen;
	json_t *missing; /* CRDs that the backup has and the server lacks */
	struct plan plan; /* plan that creates the missing CRDs */
	struct restore_options options;
	struct restore restore;
};

static void release(struct run *r)
{
	restore_release(&r->restore);
	plan_release(&r->plan);
	json_decref(r->missing);
	observed_release(&r->seen);
	backup_close(&r->file);
}

static void show_progress(void *arg, size_t done)
{
	struct run *r = arg;

	out_progress(&r->ctx->out, "%zu of %" JSON_INTEGER_FORMAT " objects", done,
		json_integer_value(json_object_get(r->file.summary, "objects")));
}

/* Finds the CRDs to create. CRDs that are on the server stay unchanged. */
static int find_missing(struct run *r, struct err *e)
{
	json_auto_t *desired = crd_set(r->file.crds, e);
	const json_t *crd;
	size_t i;

	if (!desired || observe(r->ctx->at.cluster.api, desired, &r->seen, e) < 0)
		return -1;
	r->missing = json_array();
	json_array_foreach(desired, i, crd)
		if (!json_object_get(r->seen.live, crd_name(crd))) {
			json_array_append(r->missing, (json_t *)(uintptr_t)crd);
			json_object_set_new(r->restore.absent, crd_name(crd), json_true());
		}
	return 0;
}

static int refuse_blocked(const struct plan *p, struct err *e)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->items[i].verdict == PLAN_BLOCKED)
			return err_set(e, ERR_BLOCKED, 0, "nothing was written: %s: %s",
				p->items[i].name,
				json_string_value(json_array_get(p->items[i].reasons, 0)));
	return 0;
}

static int judge_page(void *arg, const char *crd, const json_t *items, struct err *e)
{
	struct run *r = arg;

	return restore_judge_page(
		&r->restore, r->ctx->at.cluster.api, r->seen.live, crd, items, e);
}

/* All objects must fit the CRDs, unless --partial is given. */
static int judge_objects(struct run *r, struct err *e)
{
	if (r->ctx->opt.partial)
		return 0;
	if (backup_each_page(&r->file, judge_page, r, e) < 0)
		return -1;
	return r->restore.unfit == 0
		       ? 0
		       : err_set(e, ERR_BLOCKED, 0,
				 "nothing was written: %zu objects do not fit the CRDs, the first "
				 "%s; install the release of the backup first (rollback), or go on "
					"with --partial, which writes the objects that fit",
				 r->restore.unfit, r->restore.first_unfit);
}

static int create_missing(struct run *r, struct err *e)
{
	const struct plan_options options = { 0 };
	struct kube_api *api = r->ctx->at.cluster.api;
	err_auto forbidden = { 0 };
	check_auto check = { 0 };

	plan_make(&r->plan, r->missing, r->seen.live, r->seen.served, &options);
	if (refuse_blocked(&r->plan, e) < 0 ||
		apply_dry_run(api, &r->plan, &options, &forbidden, e) < 0 ||
		refuse_blocked(&r->plan, e) < 0)
		return -1;
	if (forbidden.msg) {
		err_move(e, &forbidden);
		return err_wrap(e, "nothing was written");
	}
	if (r->options.dry_run)
		return 0;
	check_init(&check, r->missing, false);
	if (apply_write(api, &r->plan, &options, NULL, NULL, e) < 0 ||
		ready_wait(api, &r->plan, &check, NULL, NULL, e) < 0)
		return -1;
	json_object_clear(r->restore.absent);
	return 0;
}

static int take_page(void *arg, const char *crd, const json_t *items, struct err *e)
{
	struct run *r = arg;

	return restore_page(&r->restore, r->ctx->at.cluster.api, crd, items, e);
}

static int take_keys(void *arg, const char *what, const json_t *keys, struct err *e)
{
	struct run *r = arg;

	return restore_keys(&r->restore, &r->ctx->at.store, what, keys, e);
}

static int restore_etcd(struct run *r, struct err *e)
{
	struct ctx *ctx = r->ctx;

	if (!ctx->opt.ignore_lock && !r->options.dry_run &&
		lock_refuse_writes(&ctx->at.store, NULL, 0, e) < 0)
		return -1;
	return backup_each_page(&r->file, take_keys, r, e);
}

static int restore_cluster(struct run *r, struct err *e)
{
	struct ctx *ctx = r->ctx;
	json_auto_t *names = access_crd_names(r->file.crds);

	document_needs(ctx, "restore", json_incref(names));
	if (lock_refuse(ctx->at.cluster.api, names, ctx->opt.ignore_lock, e) < 0 ||
		find_missing(r, e) < 0 || judge_objects(r, e) < 0 ||
		(json_array_size(r->missing) > 0 && create_missing(r, e) < 0) ||
		backup_each_page(&r->file, take_page, r, e) < 0)
		return -1;
	return 0;
}

/* Refuses the backup of another datastore type: its content has no meaning here. */
static int check_datastore(const struct run *r, struct err *e)
{
	bool etcd = !r->ctx->at.cluster.api;

	if (r->file.etcd == etcd)
		return 0;
	return err_set(e, ERR_USAGE, 0,
		etcd ? "%s is a backup of a Kubernetes datastore, and %s is etcd: choose a "
		       "cluster with --kubeconfig or --context"
		     : "%s is a backup of etcd, and %s is an API server: choose etcd with "
		       "--config FILE or DATASTORE_TYPE=etcdv3",
		r->ctx->args[0], r->ctx->at.server);
}

static int restore(struct run *r, struct err *e)
{
	struct ctx *ctx = r->ctx;

	if (select_backup(ctx, ctx->args[0], &r->file, e) < 0 || datastore_open(ctx, e) < 0 ||
		check_datastore(r, e) < 0)
		return -1;
	const char *time = json_str(r->file.summary, "time");
	const char *context = ctx->at.cluster.config.context;

	out_note(&ctx->out, "%s of %s on %s%s%s", ctx->args[0], time ? time : "unknown time",
		ctx->at.server, r->file.etcd ? "" : ", context ",
		r->file.etcd ? "" : context ? context : "(none)");
	restore_init(&r->restore, &r->options, r->file.crds);
	r->restore.progress = show_progress;
	r->restore.arg = r;
	if ((r->file.etcd ? restore_etcd(r, e) : restore_cluster(r, e)) < 0)
		return -1;
	if (r->restore.denied.kind)
		return err_set(e, ERR_AUTH, r->restore.denied.code,
			"%zu objects could not be restored, each is listed; one of them: %s",
			r->restore.failed, r->restore.denied.msg);
	if (r->restore.failed > 0)
		return err_set(e, ERR_API, 0, "%zu objects could not be restored; each is listed",
			r->restore.failed);
	if (r->restore.differing > 0)
		return err_set(e, ERR_CHECK, 0,
			"%zu objects differ from the backup and were left as they are; --overwrite "
			"resets them",
			r->restore.differing);
	return 0;
}

static bool is_created(const struct run *r, const struct plan_item *item)
{
	if (!r->options.dry_run)
		return item->outcome == OUTCOME_CREATED;
	/* When the server refuses one CRD, none is created. */
	return item->judged && plan_count(&r->plan, PLAN_BLOCKED) == 0;
}

static size_t created_crds(const struct run *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->plan.n; i++)
		n += is_created(r, &r->plan.items[i]);
	return n;
}

/* Lists what this run leaves out of the backup, and the option that restores it. */
static void put_left_out(struct buf *out, const struct restore *s, const char *what)
{
	char_auto *objects =
		s->skipped > 0 ? xasprintf("%zu %s of IPAM", s->skipped, what) : NULL;
	char_auto *ready = s->ready ? xasprintf("datastoreReady (%s in the backup)",
					      json_is_true(s->ready) ? "true" : "false")
				    : NULL;

	if (objects || ready)
		buf_printf(out,
			"# left out: %s%s%s; --ipam puts them back, only where no Calico runs "
			"yet\n",
			objects ? objects : "", objects && ready ? " and " : "",
			ready ? ready : "");
}

/* "ippools.crd.projectcalico.org: 4 created, 2 unchanged" */
static void put_kinds(struct buf *out, const json_t *kinds, const char *dry)
{
	const char *name, *outcome;
	json_t *kind, *n;

	json_object_foreach((json_t *)(uintptr_t)kinds, name, kind) {
		const char *comma = "";

		buf_printf(out, "%s: ", name);
		json_object_foreach(kind, outcome, n) {
			buf_printf(out, "%s%" JSON_INTEGER_FORMAT " %s", comma,
				json_integer_value(n), outcome);
			comma = ", ";
		}
		buf_printf(out, "%s\n", dry);
	}
}

static void put_text(const struct run *r)
{
	struct buf *out = &r->ctx->out.text;
	const struct restore *s = &r->restore;
	const char *dry = r->options.dry_run ? " (dry run)" : "";
	const json_t *line;
	size_t i;

	for (i = 0; i < r->plan.n; i++)
		if (is_created(r, &r->plan.items[i]))
			buf_printf(out, CRD_RESOURCE "/%s created%s\n", r->plan.items[i].name, dry);
	json_array_foreach(s->lines, i, line) {
		const char *ns = json_str(line, "namespace"), *problem = json_str(line, "problem");

		out_line(&r->ctx->out, problem ? STYLE_RED : STYLE_PLAIN, "%s/%s%s%s %s%s%s%s",
			json_str(line, "resource"), ns ? ns : "", ns ? "/" : "",
			json_str(line, "name"), json_str(line, "outcome"), dry,
			problem ? ": " : "", problem ? problem : "");
	}
	put_kinds(out, s->kinds, dry);
	buf_printf(out, "# %zu created, %zu configured, %zu unchanged, %zu differ, %zu failed",
		s->created, s->configured, s->unchanged, s->differing, s->failed);
	buf_puts(out, "\n");
	put_left_out(out, s, r->file.etcd ? "keys" : "objects");
}

static json_t *as_json(const struct run *r)
{
	const struct restore *s = &r->restore;

	return json_pack("{s:s, s:O?, s:O, s:{s:I, s:I, s:I, s:I, s:I, s:I, s:I}, s:{s:I, s:O?}}",
		"file",
		r->ctx->args[0], "backup", r->file.summary, "objects", s->lines, "summary",
		"customResourceDefinitions", (json_int_t)created_crds(r), "created",
		(json_int_t)s->created, "configured", (json_int_t)s->configured, "unchanged",
		(json_int_t)s->unchanged, "differ", (json_int_t)s->differing, "failed",
		(json_int_t)s->failed, "skipped", (json_int_t)s->skipped, "leftOut", "ipam",
		(json_int_t)s->skipped, "datastoreReady", s->ready);
}

static int run(struct ctx *ctx, struct err *e)
{
	struct run r = {
		.ctx = ctx,
		.file = { .fd = -1 },
		.options = { .overwrite = ctx->opt.overwrite,
			.ipam = ctx->opt.ipam,
			.dry_run = ctx->opt.dry_run,
			.lines = ctx->opt.details || ctx->opt.output == OUTPUT_JSON },
	};
	int rc = restore(&r, e);

	ctx->answer.changed = r.restore.created + r.restore.configured + r.plan.n > 0;
	if (r.restore.lines && ctx->opt.output == OUTPUT_JSON)
		document_put(ctx, "Report", as_json(&r));
	else if (r.restore.lines)
		put_text(&r);
	release(&r);
	return rc;
}

const struct cmd cmd_restore = {
	.name = "restore",
	.args = "FILE",
	.summary = "put back from a backup what is missing; delete nothing",
	.details =
		"Missing CRDs and objects are created. Objects that differ are listed, and reset\n"
		"with --overwrite. IPAM's objects and datastoreReady come with --ipam only: old\n"
		"blocks break a cluster that runs. Owners that are gone are left out. Every\n"
		"object is judged before the first write. One that does not fit the CRDs stops\n"
		"the whole restore. A backup of etcd goes back into etcd, key by key.\n\n"
		"Examples:\n"
		"  calico-datastore restore before-upgrade.tar.gz --dry-run\n"
		"  calico-datastore restore before-upgrade.tar.gz --overwrite\n",
	.options = BACKUP_OPTIONS
	" overwrite ipam partial ignore-lock dry-run details output quiet " CLUSTER_OPTIONS " help",
	.outputs = "text json",
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
