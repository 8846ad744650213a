/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/look/status.h"
#include "cmd/commands.h"
#include "engine/tell/report.h"
#include "run/document.h"

struct run {
	struct ctx *ctx;
	struct catalog catalog;
	struct status status;
};

static void release(struct run *r)
{
	status_release(&r->status);
	catalog_release(&r->catalog);
}

static int look(struct run *r, struct err *e)
{
	if (source_catalog(&r->catalog, e) < 0 || cluster_open(r->ctx, e) < 0)
		return -1;
	out_note(&r->ctx->out, "status of %s, context %s", r->ctx->at.cluster.config.server,
		r->ctx->at.cluster.config.context ? r->ctx->at.cluster.config.context : "(none)");
	return status_read(&r->status, r->ctx->at.cluster.api, &r->catalog, e);
}

static int run(struct ctx *ctx, struct err *e)
{
	struct run r = { .ctx = ctx };
	int rc = look(&r, e);

	bool read = rc == 0;

	if (read && ctx->opt.output == OUTPUT_JSON)
		document_put(ctx, "Status", status_json(&r.status));
	else if (read)
		status_text(&ctx->out, &r.status);
	if (read && r.status.failed.kind)
		rc = err_set(e, r.status.failed.kind, r.status.failed.code,
			"%zu answers could not be read, one of them: %s",
			json_array_size(r.status.unread), r.status.failed.msg);
	else if (read && !status_ok(&r.status))
		ctx->exit_code = 1;
	release(&r);
	return rc;
}

const struct cmd cmd_status = {
	.name = "status",
	.args = "",
	.summary = "show which release the CRDs are, what differs, and who manages them",
	.details =
		"Exits with 0 when every CRD is as one release has it, 1 when not, and 7 when\n"
		"this user may not read something: what was read is printed, and the missing\n"
		"rights. CRDs that only other releases have are reported and are no difference.\n\n"
		"Example:\n"
		"  calico-datastore status -o json\n",
	.options = "output quiet " CLUSTERS_OPTIONS " help",
	.outputs = "text json",
	.run = run,
};
