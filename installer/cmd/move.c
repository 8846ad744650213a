/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/move_parts.h"

#include <libgen.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "calico/store/kubernetes.h"
#include "cmd/commands.h"
#include "engine/act/apply.h"
#include "engine/look/lock.h"
#include "engine/look/mode.h"
#include "engine/look/ready.h"
#include "engine/look/rights.h"
#include "manifest/crd.h"
#include "run/document.h"

enum { MAX_NODE_MAP = 16 << 20 };

static void release(struct move_cmd *c)
{
	free(c->state_path);
	json_decref(c->state);
	catalog_release(&c->catalog);
	source_release(&c->source);
	datastore_release_release(&c->from);
	datastore_release_release(&c->to);
	calico_store_close(&c->target);
	move_release(&c->move);
	observed_release(&c->seen);
	plan_release(&c->plan);
	json_decref(c->node_map);
	json_decref(c->cluster_uid);
	json_decref(c->occupied.items);
	json_decref(c->different.items);
	json_decref(c->kept.items);
	json_decref(c->denied);
}

static struct kube_api *api_of(const struct move_cmd *c)
{
	return c->ctx->at.cluster.api;
}

static struct move_side source_side(const struct move_cmd *c)
{
	return (struct move_side){ .store = &c->ctx->at.store, .at = &c->from };
}

static struct move_side target_side(const struct move_cmd *c)
{
	return (struct move_side){ .store = &c->target, .api = api_of(c), .at = &c->to };
}

/* Choosing */

static int check_options(struct move_cmd *c, struct err *e)
{
	const struct options *o = &c->ctx->opt;

	if (!o->to)
		return err_set(e, ERR_USAGE, 0,
			"say where to: --to CONTEXT, or --to FILE for a kubeconfig");
	if (o->finish + o->abort + o->dry_run > 1)
		return err_set(
			e, ERR_USAGE, 0, "give one of --dry-run, --finish and --abort at a time");
	if (!o->backup && !o->dry_run)
		return err_set(e, ERR_USAGE, 0,
			"--backup FILE says where the move saves the source, and how it finds its "
			"state again; --dry-run needs none");
	if (!o->backup)
		return 0;
	char_auto *copy = xstrdup(o->backup);

	c->state_path = xasprintf("%s.state", o->backup);
	c->ctx->writable = xstrdup(dirname(copy));
	c->ctx->rereads = true;
	return 0;
}

static int read_node_map(struct move_cmd *c, struct err *e)
{
	const char *path = c->ctx->opt.node_map;
	buf_auto text = { 0 };

	if (!path)
		return 0;
	if (buf_read_file(&text, path, MAX_NODE_MAP, e) < 0)
		return -1;
	c->node_map = move_node_map(buf_str(&text), text.len, e);
	return c->node_map ? 0 : err_wrap(e, "--node-map %s", path);
}

/* Chooses the CRDs: those of the release that wrote the source. */
static int choose_release(struct move_cmd *c, struct err *e)
{
	const struct options *o = &c->ctx->opt;
	const char *kept = json_str(c->state, "release");
	const enum manifest_set which = SET_CRDS;
	const char *asked = kept ? kept : o->release ? o->release : c->from.release;
	const struct release *r = catalog_by_version(&c->catalog, asked);

	if (!r || !release_surface(r, which))
		r = catalog_find(&c->catalog, which, asked, e);
	if (!r)
		return err_wrap(e, "the source is of %s (by %s); --release says which CRDs the "
				   "target gets",
			c->from.release, c->from.from);
	c->to = (struct datastore_release){ .release = xstrdup(r->version), .from = "the source" };
	calico_rules_learn(&c->to.rules, r->version);
	return source_embedded(&c->source, r, which, e);
}

/* With another naming convention, a policy would get another name in the target. */
static int compare_conventions(const struct move_cmd *c, struct err *e)
{
	const struct calico_rules *a = &c->from.rules, *b = &c->to.rules;

	if (a->untiered == b->untiered && a->plain_names == b->plain_names &&
		a->stored_names == b->stored_names)
		return 0;
	return err_set(e, ERR_BLOCKED, 0,
		"the source is of Calico %s (by %s), and %s stores policies under other names: "
		"move first, and upgrade then",
		c->from.release, c->from.from, c->to.release);
}

static int read_identity(struct move_cmd *c, struct err *e)
{
	kube_batch_auto b = { 0 };
	struct identity id = { 0 };
	size_t at = identity_ask(&b, c->to.rules.v3);

	if (kube_batch_run(&b, api_of(c), e) < 0)
		return -1;
	identity_take(&id, &b, at);
	c->cluster_uid = id.uid ? json_string(id.uid) : json_null();
	identity_release(&id);
	return 0;
}

static int open_both(struct move_cmd *c, struct err *e)
{
	struct ctx *ctx = c->ctx;

	if (source_catalog(&c->catalog, e) < 0 || read_node_map(c, e) < 0 ||
		datastore_open_pair(ctx, ctx->opt.to, e) < 0)
		return -1;
	out_note(&ctx->out, "from etcd at %s to %s, context %s", ctx->at.server,
		ctx->at.cluster.config.server,
		ctx->at.cluster.config.context ? ctx->at.cluster.config.context : "(none)");
	if (datastore_release_find(&c->from, &ctx->at.store, NULL, NULL, e) < 0 ||
		choose_release(c, e) < 0 || compare_conventions(c, e) < 0)
		return -1;
	json_auto_t *names = access_crd_names(c->source.crds);

	document_needs(ctx, "move", json_incref(names));
	c->target = kubernetes_store(api_of(c), NULL, false);
	kubernetes_settle(&c->target, &c->to.rules);
	move_open(&c->move, &c->to, c->source.crds);
	c->move.given = json_object_get(c->state, "nodes");
	if (!c->move.given)
		c->move.given = c->node_map;
	return read_identity(c, e) < 0 ? -1 : move_read_cluster(&c->move, api_of(c), e);
}

/* Looking */

static int look_at_crds(struct move_cmd *c, struct err *e)
{
	struct plan_options options = { 0 };

	if (observe(api_of(c), c->source.crds, &c->seen, e) < 0)
		return -1;
	options.locked = c->phase == MOVE_NEW ? c->seen.locked : NULL;
	plan_make(&c->plan, c->source.crds, c->seen.live, c->seen.served, &options);
	return 0;
}

static int look_at_rights(struct move_cmd *c, struct err *e)
{
	json_auto_t *names = access_crd_names(c->source.crds);
	json_auto_t *rights = access_of_command("move", names, false);
	int64_t begun = now_ms();

	c->denied = json_array();
	if (access_review(api_of(c), rights, c->denied, e) < 0)
		return -1;
	c->rights = json_array_size(rights);
	c->rights_seconds = (double)(now_ms() - begun) / 1000;
	return 0;
}

static int look(struct move_cmd *c, struct err *e)
{
	int64_t begun = now_ms();

	c->occupied.items = json_array();
	if (look_at_crds(c, e) < 0 || look_at_rights(c, e) < 0)
		return -1;
	begun = now_ms();
	if (move_read_store(&c->move, &c->ctx->at.store, &c->revision, e) < 0)
		return -1;
	c->read_seconds = (double)(now_ms() - begun) / 1000;
	c->looked = true;
	return move_compare(&c->move, &c->target, &c->occupied, NULL, e);
}

/* What prevents the start of the move. */

static int refuse_crds(const struct move_cmd *c, struct err *e)
{
	for (size_t i = 0; i < c->plan.n; i++) {
		const struct plan_item *item = &c->plan.items[i];

		if (item->verdict == PLAN_BLOCKED)
			return err_set(e, ERR_BLOCKED, 0, "nothing was written: %s: %s", item->name,
				json_string_value(json_array_get(item->reasons, 0)));
		if (item->verdict == PLAN_UPDATE)
			return err_set(e, ERR_BLOCKED, 0,
				"nothing was written: the CRD %s of the target is not that of %s; "
				"\"calico-datastore install %s\" there first",
				item->name, c->to.release, c->to.release);
	}
	return 0;
}

static int refuse_lines(const struct move_lines *l, const char *what, const char *advice,
	struct err *e)
{
	const json_t *first = json_array_get(l->items, 0);
	const char *ns = json_str(first, "namespace");

	if (l->n == 0)
		return 0;
	return err_set(e, ERR_BLOCKED, 0, "%zu %s, the first %s/%s%s%s: %s%s", l->n, what,
		json_str(first, "kind"), ns ? ns : "", ns ? "/" : "", json_str(first, "name"),
		json_str(first, "problem"), advice);
}

static int refuse_loss(const struct move_cmd *c, struct err *e)
{
	const char *advice = "; --accept-loss goes on without";

	if (c->ctx->opt.accept_loss)
		return 0;
	return refuse_lines(&c->move.left, "objects or keys have no place in Kubernetes", advice,
		       e) < 0 ||
			       refuse_lines(&c->move.lossy, "fields of objects are lost", advice,
				       e) < 0
		       ? -1
		       : 0;
}

static int refuse(const struct move_cmd *c, struct err *e)
{
	const struct move *m = &c->move;

	if (!m->initialised)
		return err_set(e, ERR_BLOCKED, 0,
			"the source has no ClusterInformation: it is not initialised, so there is "
			"nothing to lock and to move");
	if (m->locked && c->phase == MOVE_NEW && !c->ctx->opt.ignore_lock)
		return err_set(e, ERR_BLOCKED, 0,
			"the source is locked already (datastoreReady is false): somebody else "
			"migrates it; --ignore-lock takes it as it is");
	if (refuse_crds(c, e) < 0)
		return -1;
	if (refuse_lines(&c->occupied, "objects are in the target already, and not of this source",
		    "; a move needs an empty target", e) < 0)
		return -1;
	if (refuse_lines(&m->blocked, "objects cannot move as they are", "", e) < 0)
		return -1;
	return refuse_loss(c, e);
}

/* Steps */

static void show_progress(void *arg, size_t n)
{
	struct move_cmd *c = arg;

	out_progress(&c->ctx->out, "%zu objects, %.1f s", n,
		(double)(now_ms() - c->ctx->started) / 1000);
}

static int lock_source(struct move_cmd *c, struct err *e)
{
	const struct move_side side = source_side(c);

	return move_set_ready(&side, false, e) < 0 ? err_wrap(e, "lock the source") : 0;
}

/*
 * Saves the source, then reads and judges the backup: the source may have changed since the look.
 */
static int save(struct move_cmd *c, struct backup_file *f, struct err *e)
{
	const char *path = c->ctx->opt.backup;
	backup_auto saved = { 0 };

	if (access(path, F_OK) < 0 &&
		backup_write_etcd(&c->ctx->at.store, c->from.release, path, NULL, show_progress, c,
			&saved, e) < 0)
		return -1;
	if (select_backup(c->ctx, path, f, e) < 0)
		return -1;
	const char *guid = json_str(f->summary, "clusterGUID");

	if (!f->etcd || !same_text(guid, json_str(c->state, "clusterGUID")))
		return err_set(e, ERR_VERIFY, 0, "%s is not the backup of this source", path);
	move_restart(&c->move);
	if (move_read_backup(&c->move, f, e) < 0)
		return -1;
	c->looked = true;
	if (refuse_lines(&c->move.blocked, "objects cannot move as they are",
		    "; the source is locked: correct them after --abort", e) < 0)
		return -1;
	return refuse_loss(c, e);
}

static int create_crds(struct move_cmd *c, struct err *e)
{
	const struct plan_options options = { 0 };
	err_auto forbidden = { 0 };
	check_auto check = { 0 };

	if (refuse_crds(c, e) < 0 || plan_count(&c->plan, PLAN_CREATE) == 0)
		return e->kind ? -1 : 0;
	if (apply_dry_run(api_of(c), &c->plan, &options, &forbidden, e) < 0)
		return -1;
	if (forbidden.msg) {
		err_move(e, &forbidden);
		return -1;
	}
	if (refuse_crds(c, e) < 0)
		return -1;
	check_init(&check, c->source.crds, false);
	return apply_write(api_of(c), &c->plan, &options, NULL, NULL, e) < 0
		       ? -1
		       : ready_wait(api_of(c), &c->plan, &check, NULL, NULL, e);
}

static struct move_work work(struct move_cmd *c)
{
	return (struct move_work){ .m = &c->move,
		.target = target_side(c),
		.kept.items = json_array(),
		.progress = show_progress,
		.arg = c };
}

static int write_objects(struct move_cmd *c, struct backup_file *f, struct err *e)
{
	struct move_work w = work(c);
	int rc = move_write(&w, f, e);

	json_decref(w.kept.items);
	return rc;
}

/* Compares the source with its backup once more. */
static int prove_source(struct move_cmd *c, struct err *e)
{
	json_auto_t *saved = json_incref(c->move.expected);
	const char *key;
	json_t *digest;

	move_restart(&c->move);
	if (move_read_store(&c->move, &c->ctx->at.store, &c->revision, e) < 0)
		return -1;
	json_object_foreach(c->move.expected, key, digest)
		if (!json_equal(digest, json_object_get(saved, key)))
			move_add_line(&c->different, "source", NULL, key,
				"it was changed after the source was locked");
	json_object_foreach(saved, key, digest)
		if (!json_object_get(c->move.expected, key))
			move_add_line(&c->different, "source", NULL, key,
				"it was deleted after the source was locked");
	return 0;
}

static int prove(struct move_cmd *c, struct backup_file *f, struct err *e)
{
	struct move_work w = work(c);

	json_decref(c->different.items);
	c->different = (struct move_lines){ .items = json_array() };
	c->looked = true;
	int rc = move_compare_nodes(&w, f, &c->different, e);

	json_decref(w.kept.items);
	if (rc < 0 || move_compare(&c->move, &c->target, &c->different, &c->different, e) < 0 ||
		prove_source(c, e) < 0)
		return -1;
	return refuse_lines(&c->different, "differences between both sides",
		"; nothing is unlocked: see the list; run the move again, or give it up with "
		"--abort",
		e);
}

/* The target must be the one in the state file: otherwise two moves would mix. */
static int check_sides(const struct move_cmd *c, struct err *e)
{
	if (!json_equal(json_object_get(c->state, "clusterUID"), c->cluster_uid))
		return err_set(e, ERR_USAGE, 0, "%s is of a move into another cluster (%s)",
			c->state_path, json_str(c->state, "target"));
	return 0;
}

static int carry_out(struct move_cmd *c, struct err *e)
{
	backup_file_auto f = { .fd = -1 };

	if (lock_source(c, e) < 0 || save(c, &f, e) < 0)
		return -1;
	if (c->phase == MOVE_LOCKING && move_state_set(c, MOVE_SAVED, e) < 0)
		return -1;
	if (create_crds(c, e) < 0 || write_objects(c, &f, e) < 0 || prove(c, &f, e) < 0)
		return -1;
	return move_state_set(c, MOVE_PROVEN, e);
}

static int begin(struct move_cmd *c, struct err *e)
{
	json_auto_t *names = access_crd_names(c->source.crds);
	json_auto_t *rights = access_of_command("move", names, false);

	if (look(c, e) < 0 || refuse(c, e) < 0)
		return -1;
	if (c->ctx->opt.dry_run)
		return 0;
	if (access_preflight(api_of(c), "move", rights, e) < 0 || move_state_begin(c, e) < 0)
		return -1;
	return carry_out(c, e);
}

static int go_on(struct move_cmd *c, struct err *e)
{
	if (c->phase >= MOVE_FINISHED)
		return err_set(e, ERR_USAGE, 0,
			"the move of %s is %s; another one needs another --backup",
			c->state_path, move_phase_name(c->phase));
	out_note(&c->ctx->out, "the move goes on: %s says \"%s\"", c->state_path,
		move_phase_name(c->phase));
	return check_sides(c, e) < 0 || look_at_crds(c, e) < 0 ? -1 : carry_out(c, e);
}

static int finish(struct move_cmd *c, struct err *e)
{
	const struct move_side side = target_side(c);
	backup_file_auto f = { .fd = -1 };

	if (c->phase == MOVE_FINISHED)
		return 0;
	if (c->phase != MOVE_PROVEN)
		return err_set(e, ERR_USAGE, 0,
			"there is no move to finish: %s is \"%s\"; \"move\" without --finish goes "
			"on, and proves it",
			c->ctx->opt.backup, move_phase_name(c->phase));
	if (check_sides(c, e) < 0 || select_backup(c->ctx, c->ctx->opt.backup, &f, e) < 0)
		return -1;
	bool ready;

	/* The answer to an earlier unlock may be lost, and the target may be in use already. */
	if (move_read_ready(&side, &ready, e) < 0 || (!ready && prove(c, &f, e) < 0))
		return -1;
	if (move_set_ready(&side, true, e) < 0)
		return err_wrap(e, "unlock the target");
	return move_state_set(c, MOVE_FINISHED, e);
}

static int undo(struct move_cmd *c, struct err *e)
{
	struct move_work w = work(c);
	backup_file_auto f = { .fd = -1 };
	int rc = 0;

	if (c->phase >= MOVE_SAVED) {
		rc = select_backup(c->ctx, c->ctx->opt.backup, &f, e);
		/*
		 * Objects exist only when all CRDs exist: the move writes CRDs first, and the undo
		 * deletes them last.
		 */
		if (rc == 0 && plan_count(&c->plan, PLAN_CREATE) == 0)
			rc = move_undo(&w, &f, json_object_get(c->state, "annotations"), e);
		if (rc == 0)
			rc = move_undo_crds(
				&w, json_object_get(c->state, "customResourceDefinitions"), e);
	}
	json_decref(c->kept.items);
	c->kept = w.kept;
	return rc;
}

static int give_up(struct move_cmd *c, struct err *e)
{
	const struct move_side side = source_side(c);

	if (c->phase == MOVE_ABORTED)
		return 0;
	if (c->phase == MOVE_NEW)
		return err_set(e, ERR_USAGE, 0, "there is no move to give up: %s is not there",
			c->state_path);
	if (c->phase == MOVE_FINISHED)
		return err_set(e, ERR_USAGE, 0,
			"the move is finished, and the target may be in use: what it wrote since "
			"would be lost; docs/move.md says how to go back");
	if (check_sides(c, e) < 0 || look_at_crds(c, e) < 0 || undo(c, e) < 0)
		return -1;
	if (json_is_true(json_object_get(c->state, "sourceWasReady")) &&
		move_set_ready(&side, true, e) < 0)
		return err_wrap(e, "unlock the source");
	return move_state_set(c, MOVE_ABORTED, e);
}

static int check_state(struct move_cmd *c, struct err *e)
{
	const struct options *o = &c->ctx->opt;

	if (move_state_read(c, e) < 0)
		return -1;
	if (c->phase != MOVE_NEW && o->node_map)
		return err_set(e, ERR_USAGE, 0,
			"--node-map: the move has begun, and %s has its names of nodes; leave it "
			"out, or give the move up with --abort",
			c->state_path);
	if (c->phase == MOVE_NEW && o->backup && !o->finish && !o->abort &&
		access(o->backup, F_OK) == 0)
		return err_set(e, ERR_USAGE, 0,
			"%s: the file exists, and a backup is never overwritten; give another name",
			o->backup);
	return 0;
}

static int move(struct move_cmd *c, struct err *e)
{
	const struct options *o = &c->ctx->opt;

	if (check_options(c, e) < 0 || check_state(c, e) < 0 || open_both(c, e) < 0)
		return -1;
	if (o->finish)
		return finish(c, e);
	if (o->abort)
		return give_up(c, e);
	return c->phase == MOVE_NEW || o->dry_run ? begin(c, e) : go_on(c, e);
}

static int run(struct ctx *ctx, struct err *e)
{
	struct move_cmd c = { .ctx = ctx };
	int rc = move(&c, e);
	char_auto *writable = (char *)(uintptr_t)ctx->writable;

	ctx->writable = NULL;
	ctx->answer.changed = c.phase != MOVE_NEW && !ctx->opt.dry_run;
	if (c.target.driver && ctx->opt.output == OUTPUT_JSON)
		document_put(ctx, "Move", move_json(&c));
	else if (c.target.driver)
		move_put_text(&c, rc);
	release(&c);
	return rc;
}

const struct cmd cmd_move = {
	.name = "move",
	.args = "--to TARGET",
	.summary = "move Calico from etcd to Kubernetes, proven, with a way back",
	.details =
		"The source is the etcd that --config, the environment or calicoctl.cfg names.\n"
		"The target is an empty cluster: a context of the kubeconfig, or a kubeconfig\n"
		"file. --dry-run shows what moves, what gets another name, what Kubernetes makes\n"
		"itself and what has no place there.\n\n"
		"The move locks the source, saves it in the backup, installs the CRDs of its\n"
		"release, writes the objects and compares both sides object by object. A run\n"
		"that was cut off goes on when it is repeated. Nothing is unlocked until\n"
		"--finish, which unlocks the target alone. --abort deletes what the move wrote\n"
		"and unlocks the source. FILE.state beside the backup says how far it has come.\n\n"
		"Examples:\n"
		"  calico-datastore move --to new-cluster --dry-run\n"
		"  calico-datastore move --to new-cluster --backup move.tar.gz\n"
		"  calico-datastore move --to new-cluster --backup move.tar.gz --finish\n",
	.options = "to backup node-map dry-run finish abort accept-loss ignore-lock release "
		   "config timeout request-timeout output quiet verbose help",
	.outputs = "text json",
	.run = run,
};
