/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/commands.h"
#include "cmd/install_parts.h"
#include "cmd/objects.h"

static int carry_out(struct objects_run *r, struct err *e)
{
	if (!r->ctx->opt.file)
		return err_set(e, ERR_USAGE, 0,
			"%s reads objects from files: give -f FILE, -f DIR or -f -",
			r->ctx->cmd->name);
	if (objects_run_open(r, e) < 0 || objects_run_read(r, e) < 0)
		return -1;
	return objects_run_carry_out(r, e);
}

static int run(struct ctx *ctx, enum objects_verb verb, const char *word, const char *done,
	bool diff, struct err *e)
{
	struct objects_run r = { .ctx = ctx,
		.verb = verb,
		.word = word,
		.done = done,
		.only_plan = diff,
		.shows_changes = diff };
	int rc = carry_out(&r, e);

	objects_run_release(&r);
	return rc;
}

static int run_create(struct ctx *ctx, struct err *e)
{
	return run(ctx, OBJECTS_CREATE, "create", "created", false, e);
}

static int run_apply(struct ctx *ctx, struct err *e)
{
	return run(ctx, OBJECTS_APPLY, "apply", "applied", false, e);
}

static int run_replace(struct ctx *ctx, struct err *e)
{
	return run(ctx, OBJECTS_REPLACE, "replace", "replaced", false, e);
}

/* "diff A B" shows the plan from one release or manifest to another. */
static int run_diff(struct ctx *ctx, struct err *e)
{
	if (ctx->n_args == 1)
		return err_set(e, ERR_USAGE, 0,
			"diff compares two releases or manifests: diff %s RELEASE; for objects in "
			"files: diff -f FILE",
			ctx->args[0]);
	if (ctx->n_args == 2 && !ctx->opt.file) {
		ctx->opt.from = ctx->args[0];
		ctx->opt.to = ctx->args[1];
		ctx->n_args = 0;
		return install_plan(ctx, e);
	}
	if (ctx->n_args > 0 || ctx->opt.objects || ctx->opt.details || ctx->opt.set.given)
		return err_set(e, ERR_USAGE, 0,
			"releases, --objects, --details and --set belong to \"diff A B\", -f "
			"belongs to objects: give one of both");
	return run(ctx, OBJECTS_APPLY, "apply", "applied", true, e);
}

#define ALL_OR_NOTHING \
	"Every object is read, filled in and judged before the first write. One that is\n" \
	"refused stops all of them; --keep-going writes the others, as calicoctl does.\n" \
	"Objects are written in the order of their needs: tiers before policies, pools\n" \
	"last. An object that is stored as wanted is not written.\n"

const struct cmd cmd_create = {
	.name = "create",
	.args = "-f FILE|DIR|-",
	.summary = "create Calico objects from files",
	.details = ALL_OR_NOTHING
		"An object that exists is refused, unless --skip-exists is given.\n\n"
		"Examples:\n"
		"  calico-datastore create -f pools.yaml\n"
		"  calico-datastore create -f objects/ -R --skip-exists\n",
	.options = "skip-exists dry-run " OBJECT_OPTIONS,
	.outputs = "text json",
	.run = run_create,
};

const struct cmd cmd_apply = {
	.name = "apply",
	.args = "-f FILE|DIR|-",
	.summary = "create or change Calico objects from files",
	.details = ALL_OR_NOTHING
		"The spec becomes that of the file. Labels and annotations of the file replace\n"
		"those that were applied before; what others put on the object stays.\n"
		"metadata.resourceVersion in the file is a condition: the object must not have\n"
		"changed since.\n\n"
		"Examples:\n"
		"  calico-datastore apply -f policy.yaml\n"
		"  calico-datastore get ippool a -o yaml | sed ... | calico-datastore apply -f -\n",
	.options = "dry-run " OBJECT_OPTIONS,
	.outputs = "text json",
	.run = run_apply,
};

const struct cmd cmd_replace = {
	.name = "replace",
	.args = "-f FILE|DIR|-",
	.summary = "change Calico objects that exist, from files",
	.details = ALL_OR_NOTHING "An object that does not exist is refused.\n\n"
				  "Examples:\n"
				  "  calico-datastore replace -f policy.yaml\n",
	.options = "dry-run " OBJECT_OPTIONS,
	.outputs = "text json",
	.run = run_replace,
};

const struct cmd cmd_diff = {
	.name = "diff",
	.args = "-f FILE|DIR|- | RELEASE|FILE RELEASE|FILE",
	.summary = "show what apply would change, or how two releases differ",
	.details = "With -f, objects in files are compared with the datastore. Two releases or\n"
		   "manifests are compared without a cluster, as plan --from A --to B does;\n"
		   "--objects judges the objects of a backup.\n\n"
		   "Exit code 0: nothing would change; 1: something would; 10: an object is\n"
		   "refused, or needs you.\n\n"
		   "Examples:\n"
		   "  calico-datastore diff -f objects/ -R\n"
		   "  calico-datastore diff v3.31.7 v3.32.1 --details\n"
		   "  calico-datastore diff v3.31.7 new-crds.yaml --objects backup.tar.gz\n",
	.options = "set objects details " OBJECT_OPTIONS,
	.max_args = 2,
	.outputs = "text json",
	.run = run_diff,
};
