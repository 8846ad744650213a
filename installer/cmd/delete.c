/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "cmd/commands.h"
#include "cmd/objects.h"

enum { MAX_NAMES = 1000 };

static int add_names(struct objects_run *r, struct err *e)
{
	const struct ctx *ctx = r->ctx;
	const struct calico_kind *kind = calico_kind_find(ctx->args[0], e);

	if (!kind)
		return -1;
	if (ctx->n_args < 2)
		return err_set(e, ERR_USAGE, 0,
			"name the %s to delete: \"delete %s NAME...\"; nothing deletes all of them",
			kind->kind, ctx->args[0]);
	for (size_t i = 1; i < ctx->n_args; i++)
		if (objects_run_name(r, kind, ctx->args[i], e) < 0)
			return -1;
	return 0;
}

static int carry_out(struct objects_run *r, struct err *e)
{
	const struct ctx *ctx = r->ctx;

	if (!ctx->opt.file == !ctx->n_args)
		return err_set(e, ERR_USAGE, 0,
			"give either -f FILE, or KIND and the NAMEs of what to delete");
	if (objects_run_open(r, e) < 0)
		return -1;
	if ((ctx->opt.file ? objects_run_read(r, e) : add_names(r, e)) < 0)
		return -1;
	return objects_run_carry_out(r, e);
}

static int run(struct ctx *ctx, struct err *e)
{
	struct objects_run r = {
		.ctx = ctx, .verb = OBJECTS_DELETE, .word = "delete", .done = "deleted"
	};
	int rc = carry_out(&r, e);

	objects_run_release(&r);
	return rc;
}

const struct cmd cmd_delete = {
	.name = "delete",
	.args = "-f FILE|DIR|- | KIND NAME...",
	.summary = "delete Calico objects by name, or those of files",
	.details =
		"Of files, only kind, namespace and name count. All objects are judged before\n"
		"the first is deleted: a tier that has policies is refused, so is a BGPFilter in\n"
		"use. An IPPool is disabled before it is deleted. One with addresses in use is\n"
		"refused; --disable-first disables it, so that it can be deleted once they are\n"
		"released.\n\n"
		"Examples:\n"
		"  calico-datastore delete ippool pool-a\n"
		"  calico-datastore delete networkpolicy -n production web db\n"
		"  calico-datastore delete -f objects/ --skip-not-exists\n",
	.options = "skip-not-exists disable-first dry-run " OBJECT_OPTIONS,
	.outputs = "text json",
	.max_args = MAX_NAMES + 1,
	.run = run,
};
