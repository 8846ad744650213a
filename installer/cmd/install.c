/* SPDX-License-Identifier: Apache-2.0 */
/* install, rollback and plan are one run. plan and --dry-run skip the writes. */
#include <string.h>

#include "base/json.h"
#include "cmd/bootstrap.h"
#include "cmd/migrate_api.h"
#include "engine/look/rights.h"
#include "engine/look/backup.h"
#include "manifest/age.h"
#include "engine/look/observe.h"
#include "engine/look/sets.h"
#include "engine/look/readiness.h"
#include "engine/judge/initial.h"
#include "calico/model/fields.h"
#include "engine/act/apply.h"
#include "engine/act/probe.h"
#include "engine/act/prune.h"
#include "engine/look/ready.h"
#include "manifest/crd.h"
#include "run/document.h"
#include "cmd/install_parts.h"

enum {
	/* wait until other API servers behind the same address are up to date */
	PATIENCE_MS = 10000,
	EFFECT_MS = 20000, /* wait until an API server uses a new policy */
	EFFECT_PAUSE_MS = 200
};

static void release(struct run *r)
{
	readiness_release(&r->readiness);
	check_release(&r->check);
	preflight_release(&r->preflight);
	preflight_release(&r->before);
	preflight_release(&r->after);
	prune_release(&r->prune);
	free(r->backup);
	free(r->backup_dir);
	free(r->look);
	free(r->act);
	buf_release(&r->fix);
	free(r->newer);
	plan_release(&r->plan);
	plan_release(&r->policy_plan);
	policies_release(&r->policies);
	check_release(&r->probe);
	observed_release(&r->seen);
	source_release(&r->source);
	surfaces_release(&r->surfaces);
	catalog_release(&r->catalog);
	err_release(&r->forbidden);
}

static void show_created(void *arg, size_t n, size_t total)
{
	struct run *r = arg;

	out_progress(&r->ctx->out, "written %zu/%zu, %.1f s", n, total,
		(double)(now_ms() - r->ctx->started) / 1000);
}

static void show_served(void *arg, size_t n, size_t total)
{
	struct run *r = arg;

	out_progress(&r->ctx->out, "established %zu/%zu, %.1f s", n, total,
		(double)(now_ms() - r->ctx->started) / 1000);
}

/* Notes which server answers reads of v3 until the switch to CRDs. */
static void note_hidden(const struct run *r)
{
	for (size_t i = 0; i < r->plan.n; i++)
		if (r->plan.items[i].hidden) {
			out_note(&r->ctx->out,
				"the API server %s answers for " MODE_V3
				", with the objects of " MODE_V1_GROUP
				", until its APIService v3.projectcalico.org is gone; the CRDs of "
				MODE_V3_GROUP " serve nothing before that: do not delete the "
				"APIService by hand, the migration does it (kind "
				"DatastoreMigration)",
				r->seen.mode.server);
			return;
		}
}

static bool has_policies(const struct run *r)
{
	return json_array_size(r->source.policies) > 0;
}

/* True for CRDs of v3 that the server serves: only then can a dry run test the policies. */
static bool may_probe(const struct run *r)
{
	return mode_is_v3(r->source.crds) && !r->seen.mode.server &&
	       crd_find(r->source.crds, "stagedglobalnetworkpolicies." MODE_V3_GROUP);
}

/* When all policies are stored already, the dry run shows their effect before any write. */
static int plan_policies(struct run *r, struct err *e)
{
	if (!has_policies(r))
		return 0;
	if (json_object_size(r->policies.live) == json_array_size(r->source.policies) &&
		may_probe(r) && !r->policies.api.inert &&
		probe_admission(r->ctx->at.cluster.api, &r->probe, e) < 0)
		return -1;
	if (r->probe.admission == ADMISSION_MISSING)
		r->policies.api.inert = r->probe.admission_why;
	r->options.policies = &r->policies.api;
	plan_make_policies(&r->policy_plan, r->source.policies, r->policies.live, &r->options);
	r->report.policy_plan = &r->policy_plan;
	return 0;
}

/* Steps 1 to 6: the source, the state of the server, and the plan. */
static int make_plan(struct run *r, struct err *e)
{
	struct ctx *ctx = r->ctx;

	if (install_look(r, e) < 0)
		return -1;
	if (!ctx->opt.allow_downgrade && floor_check(&r->source, r->seen.live, e) < 0)
		return -1;
	floor_keep(&r->source, r->seen.live);
	r->options.operator_manages = r->seen.tigera.running && r->seen.tigera.manages_crds;
	r->options.api_server = r->seen.mode.server;
	r->options.only_v3 =
		mode_by_crds(&r->seen.mode) && !json_object_get(r->seen.served, MODE_V1_GROUP);
	r->options.held = r->seen.held;
	r->options.kubernetes = r->seen.kubernetes;
	if (r->seen.locked)
		out_note(&ctx->out, "warning: %s", r->seen.locked);
	r->options.locked = ctx->opt.ignore_lock ? NULL : r->seen.locked;
	plan_make(&r->plan, r->source.crds, r->seen.live, r->seen.served, &r->options);
	r->report.plan = &r->plan;
	if (plan_policies(r, e) < 0)
		return -1;
	r->report.unread = &r->seen.unread;
	prune_init(&r->prune, &r->surfaces, r->surface, r->seen.served);
	r->report.prune = &r->prune;
	if (ctx->opt.prune && prune_look(&r->prune, r->ctx->at.cluster.api, e) < 0)
		return -1;
	if (report_check_only(&r->report, e) < 0)
		return -1;
	note_hidden(r);
	if (r->seen.tigera.problem &&
		plan_count(&r->plan, PLAN_CREATE) + plan_count(&r->plan, PLAN_UPDATE) > 0)
		out_note(&ctx->out, "whether a tigera operator writes the CRDs is not known: %s",
			r->seen.tigera.problem);
	return 0;
}

static size_t count_blocked(const struct run *r)
{
	return plan_count(&r->plan, PLAN_BLOCKED) + plan_count(&r->policy_plan, PLAN_BLOCKED);
}

/* Asks for rights only before a first write: a second run has no writes and asks nothing. */
static int check_rights(struct run *r, struct err *e)
{
	json_auto_t *rights = access_of_plan(&r->plan, &r->policy_plan);

	if (json_array_size(rights) == 0 || count_blocked(r) > 0)
		return 0;
	return access_preflight(r->ctx->at.cluster.api, "install", rights, e);
}

/*
 * Step 7: dry runs. A user without the right to write still gets the plan, as a local comparison.
 */
static int judge(struct run *r, struct err *e)
{
	if (count_blocked(r) > 0)
		return 0; /* the run will write nothing */
	if (apply_dry_run(r->ctx->at.cluster.api, &r->plan, &r->options, &r->forbidden, e) < 0 ||
		apply_dry_run(r->ctx->at.cluster.api, &r->policy_plan, &r->options,
			&r->forbidden, e) < 0)
		return -1;
	if (r->forbidden.msg && r->report.writes) {
		err_move(e, &r->forbidden);
		return err_wrap(e, "nothing was written");
	}
	r->report.not_judged = r->forbidden.msg;
	return 0;
}

static void show_read(void *arg, size_t objects)
{
	struct run *r = arg;

	out_progress(&r->ctx->out, "looked at %zu objects, %.1f s", objects,
		(double)(now_ms() - r->ctx->started) / 1000);
}

/* Judges the effect of the plan on stored objects. */
static int look_at_objects(struct run *r, struct err *e)
{
	r->report.preflight = &r->preflight;
	r->preflight.accept = r->ctx->opt.accept_loss;
	r->preflight.release = field_release(r->source.name);
	r->preflight.fix = r->ctx->opt.fix ? &r->fix : NULL;
	if (preflight_run(&r->preflight, r->ctx->at.cluster.api, &r->plan, show_read, r, e) < 0)
		return -1;
	return 0;
}

int install_refuse_blocked(const struct plan *p, const char *noun, struct err *e)
{
	size_t blocked = plan_count(p, PLAN_BLOCKED);

	for (size_t i = 0; i < p->n; i++)
		if (p->items[i].verdict == PLAN_BLOCKED)
			return err_set(e, ERR_BLOCKED, 0,
				"nothing was written: %zu of %zu %s are blocked, the first %s: %s",
				blocked, p->n, noun, p->items[i].name,
				json_string_value(json_array_get(p->items[i].reasons, 0)));
	return 0;
}

/* Before any write the program must know who else writes the CRDs, and what serves them. */
static int refuse_unread(const struct run *r, struct err *e)
{
	if (!r->seen.unread.kind)
		return 0;
	err_copy(e, &r->seen.unread);
	return -1;
}

/* Refuses --prune while the datastore is locked, too. */
static int refuse_locked(const struct run *r, struct err *e)
{
	if (!r->ctx->opt.prune || !r->options.locked || prune_pending(&r->prune) == 0)
		return 0;
	return err_set(e, ERR_BLOCKED, 0, "nothing was written: --prune: %s", r->options.locked);
}

static bool is_served_already(const struct run *r, const struct plan_item *item)
{
	const json_t *resource;
	size_t i;

	json_array_foreach(json_object_get(r->seen.served, crd_group(item->desired)), i, resource) {
		const char *name = json_string_value(json_object_get(resource, "name"));

		if (name && strcmp(name, crd_plural(item->desired)) == 0)
			return true;
	}
	return false;
}

/* No wait is needed when the server served all CRDs at the start. */
static bool needs_wait(const struct run *r)
{
	for (size_t i = 0; i < r->plan.n; i++)
		if (!r->plan.items[i].hidden && !is_served_already(r, &r->plan.items[i]))
			return true;
	return false;
}

/* The live CRDs that this run may change or delete. */
static json_t *touched(const struct run *r)
{
	json_t *crds = json_array(), *crd;
	const char *name;

	json_object_foreach(r->seen.live, name, crd)
		json_array_append(crds, crd);
	for (size_t i = 0; i < r->prune.n; i++)
		if (r->prune.items[i].live)
			json_array_append(crds, r->prune.items[i].live);
	return crds;
}

/*
 * Writes a backup before changes that another install cannot undo. With --backup before any write.
 */
static int save(struct run *r, struct err *e)
{
	const struct options *o = &r->ctx->opt;
	bool prunes = o->prune && prune_pending(&r->prune) > 0;
	bool writes = plan_count(&r->plan, PLAN_CREATE) + plan_count(&r->plan, PLAN_UPDATE) > 0;
	backup_auto saved = { 0 };

	if (o->no_backup || !(prunes || (o->backup ? writes : plan_is_breaking(&r->plan))))
		return 0;
	json_auto_t *crds = touched(r);
	char_auto *path = o->backup ? xstrdup(o->backup)
				    : backup_path(r->backup_dir,
					      r->ctx->at.cluster.config.context);

	if (json_array_size(crds) == 0)
		return 0; /* a clean server has nothing to save */
	if (backup_write(r->ctx->at.cluster.api, crds, path, NULL, NULL, NULL, &saved, e) < 0)
		return err_wrap(e,
			"no backup, so nothing was written (--backup FILE puts it elsewhere, "
			"--no-backup goes without)");
	r->backup = steal(&path);
	r->report.backup = r->backup;
	out_note(&r->ctx->out, "%s: %zu CRDs and %zu objects as they were", r->backup, saved.crds,
		saved.objects);
	return 0;
}

/* Judges what Calico still needs to start, and who creates it. */
static void judge_readiness(struct run *r)
{
	if (!r->check.start)
		return;
	readiness_of_check(
		&r->readiness, &r->check, r->surface ? r->surface->last : r->source.name);
	r->report.readiness = &r->readiness;
	r->report.asked = READINESS_READABLE;
}

static int prune(struct run *r, struct err *e)
{
	if (!r->ctx->opt.prune)
		return 0;
	for (size_t i = 0; i < r->prune.n; i++)
		if (!r->prune.items[i].kept)
			out_note(&r->ctx->out,
				"deleting %s, which %s has dropped and which has no objects",
				r->prune.items[i].name, r->source.name);
	return prune_delete(&r->prune, r->ctx->at.cluster.api, e);
}

/* Waits for the API server, which uses a policy only some moments after it is stored. */
static int wait_for_effect(struct run *r, struct err *e)
{
	struct kube_api *api = r->ctx->at.cluster.api;
	int64_t until = now_ms() + (has_policies(r) ? EFFECT_MS : 0);
	bool known = r->probe.admission == ADMISSION_WORKS;

	while (!known) {
		if (probe_admission(api, &r->probe, e) < 0)
			return -1;
		known = r->probe.admission != ADMISSION_MISSING || now_ms() >= until;
		if (!known && http_pause(kube_api_http(api), EFFECT_PAUSE_MS, e) < 0)
			return -1;
	}
	r->check.admission = r->probe.admission;
	r->check.admission_why = xstrdup_or_null(r->probe.admission_why);
	return 0;
}

/* Reports whether the policies work: without them some fields of objects are never filled in. */
static int tell_policies(struct run *r, struct err *e)
{
	if (!may_probe(r))
		return 0;
	if (r->probe.admission == ADMISSION_WORKS)
		r->report.policies = "in effect";
	if (r->probe.admission == ADMISSION_UNKNOWN)
		out_note(&r->ctx->out,
			"warning: whether the admission policies are in effect is not known: %s",
			r->probe.admission_why);
	if (r->probe.admission != ADMISSION_MISSING)
		return 0;
	r->report.policies = "not in effect";
	if (has_policies(r))
		return err_set(e, ERR_CHECK, 0,
			"the CRDs and the admission policies are stored, and the policies have no "
			"effect: %s; " POLICY_COST,
			r->probe.admission_why);
	out_note(&r->ctx->out, "warning: %s; " POLICY_COST, r->probe.admission_why);
	return 0;
}

/* Steps 8 to 10: write, wait, check. */
static int carry_out(struct run *r, struct err *e)
{
	struct kube_api *api = r->ctx->at.cluster.api;
	bool wait = needs_wait(r);

	if (install_look_before(r, e) < 0 ||
		apply_write(api, &r->plan, &r->options, show_created, r, e) < 0)
		return -1;
	json_auto_t *expected = json_array();

	for (size_t i = 0; i < r->plan.n; i++)
		if (!r->plan.items[i].hidden)
			json_array_append(
				expected, (json_t *)(uintptr_t)plan_expected(&r->plan.items[i]));
	check_init(&r->check, expected, wait);
	r->check.release = r->source.name;
	r->check.release_wins = true;
	r->check.start =
		readiness_applies(r->source.crds) && json_array_size(expected) == r->plan.n;
	r->report.check = &r->check;
	if (wait && ready_wait(api, &r->plan, &r->check, show_served, r, e) < 0)
		return -1;
	if (apply_write(api, &r->policy_plan, &r->options, NULL, NULL, e) < 0)
		return -1;
	if (ready_hidden(api, &r->plan, e) < 0)
		return -1;
	if (may_probe(r) && wait_for_effect(r, e) < 0)
		return -1;
	check_want(&r->check, NULL);
	if (check_run(api, &r->check, PATIENCE_MS, e) < 0)
		return -1;
	judge_readiness(r);
	/* an error that only concerns readiness, which is then unknown */
	err_release(&r->check.unread);
	if (check_verdict(&r->check, e) < 0)
		return -1;
	if (install_look_after(r, e) < 0 || prune(r, e) < 0)
		return -1;
	return tell_policies(r, e);
}

static void finish(struct run *r, int rc)
{
	struct ctx *ctx = r->ctx;

	r->report.seconds = (double)(now_ms() - ctx->started) / 1000;
	r->report.failed = rc < 0;
	ctx->answer.changed = report_changed(&r->report);
	if (ctx->opt.output == OUTPUT_JSON)
		document_put(ctx, "Report", report_json(&r->report));
	else if (ctx->opt.output == OUTPUT_MARKDOWN && r->report.plan)
		report_plan_markdown(&ctx->out.text, &r->report);
	else
		install_put_text(r, rc);
}

/* etcd takes any key: there are no CRDs to install, so the run checks the reads. */
static int run_without_crds(struct ctx *ctx, bool writes, struct err *e)
{
	if (ctx->cmd == &cmd_rollback)
		return err_set(
			e, ERR_USAGE, 0, "the datastore is etcdv3, which has no CRDs to put back");
	if (ctx->opt.prune)
		return err_set(e, ERR_USAGE, 0,
			"--prune: the datastore is etcdv3, which has no CRDs to delete");
	out_note(&ctx->out, "etcdv3 (%s): no CRDs to apply%s",
		ctx->config.values[CLIENT_ETCD_ENDPOINTS], writes ? "; checking the reads" : "");
	if (!writes) {
		struct report report = { .datastore = datastore_driver(ctx)->type };

		if (ctx->opt.output == OUTPUT_JSON)
			document_put(ctx, "Report", report_json(&report));
		else
			buf_puts(&ctx->out.text, "etcdv3: no CRDs to apply\n");
		return 0;
	}
	if (cmd_check.run(ctx, e) < 0)
		return -1;
	if (ctx->opt.output == OUTPUT_TEXT)
		config_put_hint(&ctx->out.text, ctx);
	return 0;
}

/* plan RELEASE CRD...: shows details of these CRDs. A manifest replaces RELEASE. */
static void take_only(struct run *r)
{
	struct ctx *ctx = r->ctx;
	size_t first = ctx->opt.file || ctx->opt.url || ctx->opt.to ? 0 : 1;

	if (ctx->cmd != &cmd_plan || ctx->n_args <= first)
		return;
	r->report.only = ctx->args + first;
	r->report.n_only = ctx->n_args - first;
	r->report.details = true;
	ctx->n_args = first;
}

static int run(struct ctx *ctx, bool writes, struct err *e)
{
	bool offline = ctx->opt.from || ctx->opt.to || ctx->opt.objects;
	err_auto later = { 0 }; /* the same error comes again when the datastore is opened */

	if (!offline && datastore_choose(ctx, &later) == 0 && !datastore_driver(ctx)->has_crds)
		return run_without_crds(ctx, writes, e);

	struct run r = {
		.ctx = ctx,
		.options = { .prose = ctx->opt.prose,
			.allow_downgrade = ctx->opt.allow_downgrade || ctx->cmd == &cmd_rollback,
			.take_over = ctx->opt.take_over },
		.report = { .writes = writes, .details = ctx->opt.details },
	};
	take_only(&r);
	int rc = offline ? install_rehearse(&r, e) : make_plan(&r, e);

	if (rc == 0 && writes)
		rc = check_rights(&r, e);
	if (rc == 0 && !offline)
		rc = judge(&r, e);
	if (rc == 0 && !offline)
		rc = look_at_objects(&r, e);
	if (rc == 0)
		rc = run_write_fixes(ctx, &r.preflight, r.source.name, e);
	if (rc == 0)
		rc = install_refuse_blocked(&r.plan, "CRDs", e);
	if (rc == 0)
		rc = install_refuse_blocked(&r.policy_plan, "admission policies", e);
	if (rc == 0)
		rc = refuse_locked(&r, e);
	if (rc == 0)
		rc = refuse_unread(&r, e);
	if (rc == 0 && writes)
		rc = save(&r, e);
	if (rc == 0 && !offline)
		run_confine_writing(ctx);
	if (rc == 0 && writes)
		rc = carry_out(&r, e);
	finish(&r, rc);
	if (rc == 0 && !writes && (ctx->cmd == &cmd_plan || ctx->cmd == &cmd_diff) &&
		ctx->answer.changed)
		ctx->exit_code = 1;
	release(&r);
	return rc;
}

static int run_install(struct ctx *ctx, struct err *e)
{
	if (ctx->opt.initialise)
		return bootstrap_run(ctx, NULL, e);
	return run(ctx, !ctx->opt.dry_run, e);
}

int install_plan(struct ctx *ctx, struct err *e)
{
	if (ctx->opt.migrate_api)
		return migrate_api_rehearse(ctx, e);
	return run(ctx, false, e);
}

#define SELECTION \
	"RELEASE is v3.29.1, v3.29 (its newest patch) or latest; \"list\" shows all.\n" \
	"Without RELEASE, the minor release whose CRDs are on the server stays, and its\n" \
	"newest patch is taken; a server without Calico gets the newest release. Name an\n" \
	"upgrade: latest.\n"

const struct cmd cmd_install = {
	.name = "install",
	.args = "[RELEASE]",
	.summary = "create or update a release's CRDs, and read every kind back",
	.details = SELECTION
	"A second run writes nothing. Before a breaking change, and before --prune\n"
	"deletes a CRD, all of Calico's CRDs and objects are saved: in --backup FILE,\n"
	"else in calico-datastore-backup-CONTEXT-TIME-PID.tar.gz in the directory\n"
	"$CALICO_DATASTORE_BACKUP_DIR, or the current one. --initialise creates\n"
	"ClusterInformation and the built-in tiers as well, and the datastore has to be\n"
	"ready then.\n\n"
	"Examples:\n"
	"  calico-datastore install v3.29.1 --initialise\n"
	"  calico-datastore install -f crds.yaml --context staging\n",
	.options = SOURCE_OPTIONS
	" initialise dry-run details prose allow-downgrade accept-loss take-over ignore-lock "
	"without-policies backup no-backup prune output quiet " CLUSTERS_OPTIONS " help",
	.outputs = "text json",
	.max_args = 1,
	.run = run_install,
};

const struct cmd cmd_rollback = {
	.name = "rollback",
	.args = "FILE",
	.summary = "put the CRDs back as they were when a backup was made",
	.details = "A CRD that came since stays. Fields that an upgrade removed show again in\n"
		   "objects that nobody has written meanwhile; \"restore\" puts objects back.\n\n"
		   "Example:\n"
		   "  calico-datastore rollback before-upgrade.tar.gz\n",
	.options = BACKUP_OPTIONS " dry-run details prose accept-loss take-over ignore-lock backup "
				  "no-backup output quiet " CLUSTER_OPTIONS " help",
	.outputs = "text json",
	.min_args = 1,
	.max_args = 1,
	.run = run_install,
};

const struct cmd cmd_plan = {
	.name = "plan",
	.args = "[RELEASE [CRD...]]",
	.summary = "show what install would write, and why, without writing",
	.details = SELECTION
	"Objects that would lose data or could not be written any more come\n"
	"first, with what mends them. --details, or the plural of a CRD, shows\n"
	"each schema change. --fix writes objects with what is known to take the\n"
	"place of fields and spellings that the release has dropped.\n\n"
	"With --from or --objects no cluster is asked: CRDs are compared with those of a\n"
	"release or manifest, and the objects of a backup are judged.\n\n"
	"Exits with 0 when there is nothing to do, 1 when there is, and above 1\n"
	"on an error, as kubectl diff does.\n\n"
	"Examples:\n"
	"  calico-datastore plan v3.32\n"
	"  calico-datastore plan v3.32 ippools\n"
	"  calico-datastore plan v3.32 --fix corrected.yaml\n"
	"  calico-datastore plan --migrate-api\n"
	"  calico-datastore plan --from v3.31.7 --to v3.32.1 --objects backup.tar.gz\n",
	.options = SOURCE_OPTIONS
	" from to objects details fix prose allow-downgrade accept-loss take-over ignore-lock "
	"without-policies migrate-api prune output quiet " CLUSTERS_OPTIONS " help",
	.outputs = "text json yaml markdown",
	.max_args = 100,
	.run = install_plan,
};
