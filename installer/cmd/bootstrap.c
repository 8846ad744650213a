/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs install, initialise, apply and check as one run: first all of them as plans, then all of
 * them for real. Each part runs the command of that name, and its JSON becomes a part of the one
 * report.
 */
#include "cmd/bootstrap.h"

#include <libgen.h>
#include <string.h>

#include "base/json.h"
#include "engine/judge/initial.h"
#include "engine/tell/report.h"
#include "run/document.h"

struct run {
	struct ctx *ctx;
	const char *objects; /* the value of -f; NULL: none */
	/* the release that install chose; NULL: a manifest without a release's name */
	char *release;
	json_t *body; /* the report */
	json_t *items; /* the objects of the report */
	bool changed;
	char *dir; /* directory of the backup; NULL: no backup is written */
};

/* Adds the body of a command to the report. Fields that the body lacks keep their values. */
static void merge(struct run *r, json_t *body)
{
	const json_t *items = json_object_get(body, "objects"), *item;
	size_t i;

	json_array_foreach(items, i, item)
		json_array_append(r->items, (json_t *)(uintptr_t)item);
	json_object_del(body, "objects");
	json_object_del(body, "releaseFrom");
	if (json_is_string(json_object_get(body, "release")))
		json_object_del(body, "release");
	json_object_update(r->body, body);
}

static int call(struct run *r, const struct cmd *cmd, struct err *e)
{
	struct ctx *ctx = r->ctx;

	ctx->writable = r->dir;
	int rc = cmd->run(ctx, e);

	ctx->writable = r->dir; /* install set a directory that it has freed */

	if (ctx->answer.body)
		merge(r, ctx->answer.body);
	json_decref(ctx->answer.body);
	ctx->answer.body = NULL;
	r->changed = r->changed || ctx->answer.changed;
	ctx->answer.changed = false;
	ctx->exit_code = 0;
	buf_clear(&ctx->out.text);
	return rc < 0 ? err_wrap(e, "%s", cmd->name) : 0;
}

static void forget(struct run *r)
{
	json_decref(r->body);
	json_decref(r->items);
	r->body = json_object();
	r->items = json_array();
	r->changed = false;
}

static int install(struct run *r, struct err *e)
{
	int rc = call(r, &cmd_install, e);
	const char *name = json_str(json_object_get(r->body, "release"), "name");

	free(r->release);
	r->release = initial_is_release(name) ? xstrdup(name) : NULL;
	return rc;
}

/*
 * Runs a command with the release of the CRDs that install writes. Without such a release, the
 * command finds the release on the server.
 */
static int with_release(struct run *r, const struct cmd *cmd, const char *file, struct err *e)
{
	struct ctx *ctx = r->ctx;
	struct options saved = ctx->opt;
	const char *const *args = ctx->args;
	size_t n_args = ctx->n_args;

	ctx->opt.file = file;
	ctx->opt.release = r->release;
	ctx->n_args = 0;
	int rc = call(r, cmd, e);

	ctx->opt.file = saved.file;
	ctx->opt.release = saved.release;
	ctx->args = args;
	ctx->n_args = n_args;
	return rc;
}

static bool is_positive(const struct run *r, const char *field)
{
	const json_t *summary = json_object_get(r->body, "summary");

	return json_integer_value(json_object_get(summary, field)) > 0;
}

/* True when initialise will create objects: without them policies have no tier. */
static bool lacks_tiers(const struct run *r)
{
	const json_t *item;
	size_t i;

	json_array_foreach(r->items, i, item) {
		const char *action = json_str(item, "action");

		if (action && strcmp(action, "create") == 0)
			return true;
	}
	return false;
}

/* Judges everything possible before the first write. */
static int plan(struct run *r, struct err *e)
{
	struct ctx *ctx = r->ctx;
	bool dry_run = ctx->opt.dry_run;
	int rc;

	ctx->opt.dry_run = true;
	rc = install(r, e);
	bool served = !is_positive(r, "toCreate");

	if (rc == 0 && served)
		rc = with_release(r, &cmd_initialise, NULL, e);
	if (rc == 0 && r->objects)
		rc = with_release(r,
			served && !lacks_tiers(r) ? &cmd_apply : &cmd_validate, r->objects, e);
	ctx->opt.dry_run = dry_run;
	return rc;
}

static int check(struct run *r, struct err *e)
{
	struct ctx *ctx = r->ctx;
	const char *verdict = ctx->opt.verdict;

	ctx->opt.verdict = readiness_name(READINESS_READY);
	int rc = call(r, &cmd_check, e);

	ctx->opt.verdict = verdict;
	return rc;
}

static int carry_out(struct run *r, struct err *e)
{
	if (plan(r, e) < 0 || r->ctx->opt.dry_run)
		return r->ctx->opt.dry_run && !e->kind ? 0 : -1;
	forget(r);
	if (install(r, e) < 0 || with_release(r, &cmd_initialise, NULL, e) < 0)
		return -1;
	if (r->objects && with_release(r, &cmd_apply, r->objects, e) < 0)
		return -1;
	return check(r, e);
}

/* Text */

static const char *word_of(const json_t *item)
{
	static const char *const fields[] = { "outcome", "action" };
	const char *word = NULL;

	for (size_t i = 0; i < ARRAY_LEN(fields) && !word; i++)
		word = json_str(item, fields[i]);
	return word ? word : "valid";
}

static void put_items(struct buf *out, const struct run *r)
{
	const json_t *item;
	size_t i;

	json_array_foreach(json_object_get(r->body, "customResourceDefinitions"), i, item)
		buf_printf(out, CRD_RESOURCE "/%s %s\n", json_str(item, "name"), word_of(item));
	json_array_foreach(json_object_get(r->body, "policies"), i, item)
		buf_printf(out, "%s/%s %s\n", json_str(item, "kind"), json_str(item, "name"),
			word_of(item));
	json_array_foreach(r->items, i, item) {
		const char *ns = json_str(item, "namespace");

		buf_printf(out, "%s/%s%s%s %s\n", json_str(item, "kind"), ns ? ns : "",
			ns ? "/" : "", json_str(item, "name"), word_of(item));
	}
	json_array_foreach(json_object_get(r->body, "missing"), i, item) {
		const char *remedy = json_str(item, "remedy");

		if (!r->ctx->opt.dry_run)
			buf_printf(out, "%s  FAILED  %s%s%s\n", json_str(item, "object"),
				json_str(item, "problem"), remedy ? "; " : "",
				remedy ? remedy : "");
	}
}

static long count(const json_t *items, const char *word)
{
	const json_t *item;
	long n = 0;
	size_t i;

	json_array_foreach(items, i, item)
		n += strcmp(word_of(item), word) == 0;
	return n;
}

static void put_verdict(struct buf *out, const struct run *r)
{
	const json_t *crds = json_object_get(r->body, "customResourceDefinitions");
	const char *name = json_str(json_object_get(r->body, "release"), "name");
	bool plans = r->ctx->opt.dry_run;
	const char *created = plans ? "create" : "created";
	const char *changed = plans ? "update" : "configured";
	const char *to = plans ? "to " : "";

	buf_printf(out,
		"%s: CRDs: %ld %s%s, %ld %s%s; objects: %ld %s%s, %ld %s%s, %ld unchanged",
		name ? name : json_str(r->body, "datastore"), count(crds, created), to, created,
		count(crds, changed), to, changed, count(r->items, created), to, created,
		count(r->items, changed), to, changed, count(r->items, "unchanged"));
	if (!plans)
		buf_puts(out, json_is_true(json_object_get(r->body, "ready")) ? "; ready"
									      : "; not ready");
}

static void report(struct run *r, int rc)
{
	struct ctx *ctx = r->ctx;
	struct buf *out = &ctx->out.text;
	buf_auto verdict = { 0 };

	if (!json_object_get(r->body, "datastore"))
		return; /* the run failed before it had a result */
	put_verdict(&verdict, r);
	if (ctx->opt.output == OUTPUT_JSON) {
		json_object_set_new(r->body, "verdict", json_string(buf_str(&verdict)));
		json_object_set(r->body, "objects", r->items);
		document_put(ctx, "Report", json_incref(r->body));
		return;
	}
	put_items(out, r);
	buf_printf(out, "# %s, %.2f s\n", buf_str(&verdict),
		(double)(now_ms() - ctx->started) / 1000);
	if (rc == 0 && !ctx->opt.dry_run)
		config_put_hint(out, ctx);
}

/*
 * Chooses the directory before the first part gives up the right to write files: the last part may
 * need it.
 */
static int choose_backup(struct run *r, struct err *e)
{
	const struct options *o = &r->ctx->opt;
	const char *path;

	if (o->dry_run || o->no_backup)
		return 0;
	if (select_setting("backup", o->backup, "CALICO_DATASTORE_BACKUP_DIR", &path, e) < 0)
		return -1;
	char_auto *copy = xstrdup(path ? path : ".");

	r->dir = xstrdup(o->backup ? dirname(copy) : copy);
	return 0;
}

int bootstrap_run(struct ctx *ctx, const char *objects, struct err *e)
{
	struct run r = { .ctx = ctx, .objects = objects };
	enum output output = ctx->opt.output;

	if (objects && strcmp(objects, "-") == 0)
		return err_set(e, ERR_USAGE, 0,
			"-f -: the objects are read twice, as a plan and to write them; save them "
			"to a file");
	if (choose_backup(&r, e) < 0)
		return -1;
	forget(&r);
	ctx->opt.output = OUTPUT_JSON;
	ctx->in_parts = true;
	ctx->opt.initialise = false; /* otherwise install would call bootstrap again */
	int rc = carry_out(&r, e);

	ctx->opt.output = output;
	ctx->answer.changed = r.changed;
	report(&r, rc);
	json_decref(r.body);
	json_decref(r.items);
	free(r.release);
	ctx->writable = NULL;
	free(r.dir);
	return rc;
}

static int run(struct ctx *ctx, struct err *e)
{
	const char *objects = ctx->opt.file;

	ctx->opt.file = NULL; /* install would read the file as a manifest */
	return bootstrap_run(ctx, objects, e);
}

const struct cmd cmd_bootstrap = {
	.name = "bootstrap",
	.args = "[RELEASE]",
	.summary = "make a datastore ready: install, initialise, apply -f, check",
	.details =
		"The run installs the CRDs of RELEASE, creates ClusterInformation and the\n"
		"built-in tiers, and applies the objects of -f FILE or DIR. It fails when the\n"
		"datastore is not ready at the end. All of it is planned and judged before the\n"
		"first write. The rules of the release judge the objects; where the CRDs exist\n"
		"already, the API server judges them as well. A second run writes nothing.\n"
		"--dry-run shows the plan.\n\n"
		"Examples:\n"
		"  calico-datastore bootstrap v3.29.1 -f pools.yaml\n"
		"  calico-datastore bootstrap -f objects/ -R --dry-run -o json\n",
	.options = SOURCE_OPTIONS
	" recursive skip-empty namespace dry-run prose allow-downgrade accept-loss take-over "
	"ignore-lock without-policies backup no-backup output quiet " CLUSTER_OPTIONS
	" help",
	.outputs = "text json",
	.max_args = 1,
	.run = run,
};
