/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs upstream's DatastoreMigration: looks before, starts it, follows it, and ends or finishes it.
 */
#include "cmd/migrate_api.h"

#include <libgen.h>
#include <string.h>

#include "base/json.h"
#include "cmd/commands.h"
#include "engine/act/api_move.h"
#include "engine/look/backup.h"
#include "engine/look/crds.h"
#include "engine/look/rights.h"
#include "engine/tell/api_move.h"
#include "manifest/crd.h"
#include "manifest/trust.h"
#include "run/document.h"

enum { PAUSE_MS = 1000 };

struct run {
	struct ctx *ctx;
	struct catalog catalog;
	struct source source; /* the CRDs and policies of the set v3 */
	struct api_move move;
	struct api_move_report report;
	char *backup, *backup_dir;
	bool kinds; /* the objects have been read */
	bool changed;
};

static void release(struct run *r)
{
	api_move_release(&r->move);
	source_release(&r->source);
	catalog_release(&r->catalog);
	free(r->backup);
	free(r->backup_dir);
}

static struct kube_api *api_of(const struct run *r)
{
	return r->ctx->at.cluster.api;
}

static void show_read(void *arg, size_t objects)
{
	struct run *r = arg;

	out_progress(&r->ctx->out, "looked at %zu objects, %.1f s", objects,
		(double)(now_ms() - r->ctx->started) / 1000);
}

/* Chooses the CRDs and policies for v3: those of a file, or of the newest built-in release. */
static int choose(struct run *r, struct err *e)
{
	r->ctx->opt.set = (struct set_choice){ .given = !r->ctx->opt.file, .set = SET_V3 };
	if (source_catalog(&r->catalog, e) < 0 ||
		select_source(r->ctx, &r->catalog, &r->source, e) < 0)
		return -1;
	if (!crd_find(r->source.crds, "clusterinformations." MODE_V3_GROUP))
		return err_set(e, ERR_USAGE, 0, "%s has no CRDs of " MODE_V3_GROUP,
			r->source.name);
	return 0;
}

static int look(struct run *r, struct err *e)
{
	api_move_release(&r->move);
	r->report.move = &r->move;
	return api_move_look(&r->move, api_of(r), r->source.crds, r->source.policies, e);
}

static int begin(struct run *r, struct err *e)
{
	if (choose(r, e) < 0 || cluster_open(r->ctx, e) < 0)
		return -1;
	document_needs(r->ctx, "migrate-api", access_crd_names(r->source.crds));
	return look(r, e);
}

static int read_objects(struct run *r, struct err *e)
{
	r->kinds = true;
	return api_move_read(&r->move, api_of(r), show_read, r, e);
}

static int refuse(const struct run *r, enum err_kind kind, const char *what, struct err *e)
{
	const struct api_move_finding *f = api_move_first(&r->move);
	size_t n = api_move_count(&r->move, API_MOVE_BLOCKS) +
		   api_move_count(&r->move, API_MOVE_UNKNOWN);

	return f ? err_set(e, kind, 0, "%s: %zu reason%s, the first: %s%s%s", what, n,
			   n == 1 ? "" : "s", f->object ? f->object : "", f->object ? ": " : "",
			   f->text)
		 : 0;
}

/* Before the migration begins */

static int rehearse(struct run *r, struct err *e)
{
	if (read_objects(r, e) < 0)
		return -1;
	api_move_judge(&r->move);
	api_move_compare(&r->move, false);
	return refuse(r, ERR_BLOCKED, "nothing was written, and the migration cannot begin", e);
}

/* Calico's own CRDs of v1. CRDs of others in the group are reported, but not saved. */
static json_t *v1_crds(const struct run *r, struct err *e)
{
	json_auto_t *names = json_array();
	const json_t *name;
	size_t i;

	json_array_foreach(r->move.mode.v1_crds, i, name)
		json_array_append(names, (json_t *)(uintptr_t)name);
	return crds_read(api_of(r), names, e);
}

/* Writes a backup and reads it again to verify it. It is the way back when all else is lost. */
static int save(struct run *r, struct err *e)
{
	const struct options *o = &r->ctx->opt;
	backup_auto saved = { 0 };
	backup_file_auto again = { .fd = -1 };
	const struct trust no_keys = { 0 };

	if (o->no_backup)
		return 0;
	json_auto_t *crds = v1_crds(r, e);

	if (!crds)
		return -1;
	r->backup = o->backup ? xstrdup(o->backup)
			      : backup_path(r->backup_dir, r->ctx->at.cluster.config.context);
	if (backup_write(api_of(r), crds, r->backup, NULL, NULL, NULL, &saved, e) < 0 ||
		backup_open(&again, r->backup, &no_keys, &o->foreign, e) < 0)
		return err_wrap(e, "no backup, so the migration did not begin (--backup FILE puts "
				   "it elsewhere, --no-backup goes without)");
	r->report.backup = r->backup;
	out_note(&r->ctx->out, "%s: %zu CRDs and %zu objects, read again and whole", r->backup,
		saved.crds, saved.objects);
	return 0;
}

static int start(struct run *r, struct err *e)
{
	if (rehearse(r, e) < 0 || save(r, e) < 0 ||
		api_move_create(&r->move, api_of(r), e) < 0)
		return -1;
	r->changed = true;
	out_note(&r->ctx->out, "created DatastoreMigration " MIGRATION_NAME);
	return look(r, e);
}

/* While the migration runs */

static bool is_in(const struct run *r, const char *phase)
{
	const char *now = api_move_phase(&r->move);

	return now && strcmp(now, phase) == 0;
}

/* True when somebody must act before the migration continues. */
static bool needs_hands(const struct run *r)
{
	bool set = true;

	for (size_t i = 0; i < API_MOVE_PARTS; i++)
		set = set && (!r->move.parts[i].ns || api_move_part_is_v3(&r->move.parts[i]));
	return is_in(r, "WaitingForConflictResolution") || is_in(r, "Failed") ||
	       is_in(r, "Complete") || (is_in(r, "Converged") && !r->move.tigera.running && !set);
}

static int follow(struct run *r, struct err *e)
{
	char_auto *last = NULL;

	while (r->move.migration && !needs_hands(r)) {
		buf_auto text = { 0 };

		api_move_progress_text(&text, &r->move);
		if (!last || strcmp(last, api_move_phase(&r->move)) != 0)
			out_note(&r->ctx->out, "phase %s", buf_str(&text));
		else
			out_progress(&r->ctx->out, "%s", buf_str(&text));
		free(last);
		last = xstrdup(api_move_phase(&r->move));
		if (http_pause(kube_api_http(api_of(r)), PAUSE_MS, e) < 0 || look(r, e) < 0)
			return err_wrap(e, "the migration goes on by itself; \"migrate-api\" "
					   "follows it again");
	}
	return r->move.migration
		       ? 0
		       : err_set(e, ERR_CHECK, 0,
				 "somebody has deleted the DatastoreMigration meanwhile");
}

/* Compares the objects of both groups. This is the last moment at which both exist. */
static int prove(struct run *r, struct err *e)
{
	if (read_objects(r, e) < 0)
		return -1;
	api_move_compare(&r->move, true);
	r->report.compared = true;
	api_move_judge_end(&r->move);
	return 0;
}

static int conclude(struct run *r, struct err *e)
{
	if (is_in(r, "WaitingForConflictResolution"))
		return err_set(e, ERR_BLOCKED, 0,
			"objects of v3 are in conflict with those of v1: resolve each, and "
			"\"migrate-api\" follows again");
	if (is_in(r, "Failed"))
		return err_set(e, ERR_CHECK, 0,
			"the migration has failed; \"migrate-api --abort\" ends it");
	if (is_in(r, "Converged"))
		return 0;
	if (prove(r, e) < 0)
		return -1;
	return refuse(r, ERR_CHECK, "the migration is complete, and must not be finished yet", e);
}

static int migrate(struct run *r, struct err *e)
{
	if (!r->move.migration && start(r, e) < 0)
		return -1;
	return follow(r, e) < 0 ? -1 : conclude(r, e);
}

/* How the migration ends */

static int abort_it(struct run *r, struct err *e)
{
	bool unlocked = false;

	if (is_in(r, "Converged") || is_in(r, "Complete"))
		return err_set(e, ERR_BLOCKED, 0,
			"nothing was written: in the phase %s Calico's objects are in v3 already, "
			"and deleting the DatastoreMigration would delete every CRD of v1",
			api_move_phase(&r->move));
	if (!r->move.migration_known)
		return err_set(e, ERR_AUTH, 403,
			"whether there is a DatastoreMigration cannot be read");
	if (!r->move.migration && api_move_ready(&r->move, 0) != 0)
		return err_set(e, ERR_CHECK, 0, "there is no DatastoreMigration to end");
	if (r->move.migration) {
		if (api_move_delete(&r->move, api_of(r), e) < 0)
			return -1;
		r->changed = true;
		out_note(&r->ctx->out, "deleted DatastoreMigration " MIGRATION_NAME);
	}
	if (api_move_unlock(api_of(r), &unlocked, e) < 0)
		return err_wrap(e, "whether v1 is open again is not known");
	r->changed = r->changed || unlocked;
	if (unlocked)
		out_note(&r->ctx->out, "the controller left v1 locked: datastoreReady is true now");
	return look(r, e);
}

static int check_gone(struct run *r, struct err *e)
{
	if (look(r, e) < 0)
		return -1;
	if (r->move.mode.v1)
		return err_set(e, ERR_CHECK, 0,
			"the DatastoreMigration is gone, and " MODE_V1_GROUP " is still served: "
			"see which of its CRDs are left, since components would read v1");
	out_note(&r->ctx->out, "the CRDs of " MODE_V1_GROUP " are gone; \"kubectl delete crd "
			       MIGRATION_CRD "\" removes what is left of the migration. Never "
			       "create a DatastoreMigration here again");
	return 0;
}

static int finish(struct run *r, struct err *e)
{
	if (!r->move.migration && r->move.migration_known && !r->move.mode.v1 && r->move.mode.v3)
		return 0; /* an earlier run finished it */
	if (!is_in(r, "Complete"))
		return err_set(e, ERR_BLOCKED, 0,
			"nothing was written: only a migration in the phase Complete can be "
			"finished, and %s",
			r->move.migration ? "this one is not there yet; \"migrate-api\" follows it"
					  : "there is no DatastoreMigration");
	if (prove(r, e) < 0)
		return -1;
	if (!r->ctx->opt.accept_loss &&
		refuse(r, ERR_BLOCKED,
			"nothing was deleted (--accept-loss goes on all the same)", e) < 0)
		return -1;
	if (api_move_delete(&r->move, api_of(r), e) < 0)
		return -1;
	r->changed = true;
	return 0;
}

/* Output */

static void put_text(struct run *r, int rc)
{
	struct out *out = &r->ctx->out;

	if (!r->report.move)
		return;
	api_move_status_text(out, &r->move);
	if (r->kinds)
		api_move_kinds_text(out, &r->move);
	api_move_findings_text(out, &r->move);
	if (is_in(r, "Converged"))
		api_move_next_text(out, &r->move);
	if (rc == 0 && is_in(r, "Complete") && r->report.compared)
		out_line(out, STYLE_BOLD, "%s",
			"next: calico-datastore migrate-api --finish");
}

static void tell(struct run *r, int rc)
{
	struct ctx *ctx = r->ctx;

	ctx->answer.changed = r->changed;
	if (ctx->opt.output == OUTPUT_JSON)
		document_put(ctx, "Migration",
			r->report.move ? api_move_json(&r->report) : json_object());
	else
		put_text(r, rc);
}

int migrate_api_rehearse(struct ctx *ctx, struct err *e)
{
	if (ctx->opt.output != OUTPUT_TEXT && ctx->opt.output != OUTPUT_JSON)
		return err_set(e, ERR_USAGE, 0, "--migrate-api: -o is one of: text json");
	struct run r = { .ctx = ctx };
	int rc = begin(&r, e);

	if (rc == 0 && !r.move.migration)
		rc = rehearse(&r, e);
	if (rc == 0 && !r.move.migration)
		ctx->exit_code = 1;
	tell(&r, rc);
	release(&r);
	return rc;
}

static int choose_backup(struct run *r, struct err *e)
{
	const struct options *o = &r->ctx->opt;
	const char *path;

	if (select_setting("backup", o->backup, "CALICO_DATASTORE_BACKUP_DIR", &path, e) < 0)
		return -1;
	r->backup_dir = xstrdup(path ? path : ".");
	r->ctx->writable = o->backup ? dirname(r->backup_dir) : r->backup_dir;
	r->ctx->rereads = true; /* reads the backup to verify it */
	return 0;
}

static int carry_out(struct run *r, struct err *e)
{
	const struct options *o = &r->ctx->opt;

	if (o->status + o->abort + o->finish > 1)
		return err_set(
			e, ERR_USAGE, 0, "give one of --status, --abort and --finish");
	bool begins = !o->status && !o->abort && !o->finish;

	if ((begins && !o->no_backup && choose_backup(r, e) < 0) || begin(r, e) < 0)
		return -1;
	if (o->status)
		return 0;
	if (o->abort)
		return abort_it(r, e);
	return o->finish ? finish(r, e) : migrate(r, e);
}

static int run(struct ctx *ctx, struct err *e)
{
	struct run r = { .ctx = ctx };
	int rc = carry_out(&r, e);

	tell(&r, rc);
	if (rc == 0 && ctx->opt.finish && r.changed)
		rc = check_gone(&r, e);
	release(&r);
	ctx->writable = NULL;
	return rc;
}

const struct cmd cmd_migrate_api = {
	.name = "migrate-api",
	.args = "",
	.summary = "drive upstream's migration to projectcalico.org/v3",
	.details =
		"Upstream's controller in calico-kube-controllers (v3.32 and later) runs the\n"
		"migration. This command looks whether it can begin, saves and verifies a\n"
		"backup, creates the DatastoreMigration v1-to-v3, and follows its phases. It\n"
		"ends when somebody has to act: at a conflict, in the phase Converged without\n"
		"the tigera operator, after a failure, and in the phase Complete, where it\n"
		"compares all objects of both groups. The same command follows again.\n"
		"\"plan --migrate-api\" is the rehearsal, which writes nothing.\n\n"
		"  --status  shows phase, progress, conflicts and locks.\n"
		"  --abort   ends a migration that is not Converged, and opens v1 again.\n"
		"  --finish  compares both groups once more, and deletes the DatastoreMigration:\n"
		"            every CRD of crd.projectcalico.org goes with it.\n\n"
		"Examples:\n"
		"  calico-datastore plan --migrate-api\n"
		"  calico-datastore migrate-api --backup before-v3.tar.gz --timeout 1h\n"
		"  calico-datastore migrate-api --status\n",
	.options = "file status abort finish accept-loss backup no-backup output quiet "
		   CLUSTER_OPTIONS " help",
	.outputs = "text json",
	.run = run,
};
