/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/look/status.h"
#include "base/json.h"
#include "cmd/commands.h"
#include "engine/tell/report.h"

struct run {
	struct ctx *ctx;
	struct catalog catalog;
	struct cluster cluster;
	struct status status;
};

static void release(struct run *r)
{
	status_release(&r->status);
	cluster_close(&r->cluster);
	catalog_release(&r->catalog);
}

static int look(struct run *r, struct err *e)
{
	if (source_catalog(&r->catalog, e) < 0 || cluster_open(&r->cluster, r->ctx, e) < 0)
		return -1;
	out_note(&r->ctx->out, "status of %s, context %s", r->cluster.config.server,
		r->cluster.config.context ? r->cluster.config.context : "(none)");
	return status_read(&r->status, r->cluster.api, &r->catalog, e);
}

static void put_json(const struct run *r, const struct err *e)
{
	struct http *http = r->cluster.api ? kube_api_http(r->cluster.api) : NULL;
	json_auto_t *json = json_pack("{s:s, s:s, s:s, s:b, s:b, s:s?, s:s?, s:I, s:I}",
		"apiVersion", REPORT_API_VERSION, "kind", "Status", "command", "status", "ok",
		e == NULL, "changed", 0, "server", r->cluster.config.server, "context",
		r->cluster.config.context, "milliseconds", (json_int_t)(now_ms() - r->ctx->started),
		"requests", (json_int_t)(http ? http_requests_sent(http) : 0));

	if (e) {
		json_object_set_new(json, "error",
			json_pack("{s:s, s:i, s:s}", "kind", err_kind_name(e->kind), "exitCode",
				err_exit_code(e), "message", e->msg));
	} else {
		json_auto_t *status = status_json(&r->status);

		json_object_update(json, status);
	}
	json_write(&r->ctx->out.text, json, JSON_STYLE_INDENT);
	buf_putc(&r->ctx->out.text, '\n');
}

static int run(struct ctx *ctx, struct err *e)
{
	if (many_wanted(ctx))
		return many_run(ctx, e);
	struct run r = { .ctx = ctx };
	err_auto unwritten = { 0 };
	int rc = look(&r, e);

	if (ctx->opt.output == OUTPUT_JSON)
		put_json(&r, rc < 0 ? e : NULL);
	else if (rc == 0)
		status_text(&ctx->out, &r.status);
	if (rc == 0 && !status_ok(&r.status))
		ctx->exit_code = 1;
	if (out_flush(&ctx->out, &unwritten) < 0 && rc == 0) {
		err_move(e, &unwritten);
		rc = -1;
	}
	release(&r);
	return rc;
}

const struct cmd cmd_status = {
	.name = "status",
	.args = "",
	.summary = "show which release the CRDs are, what differs, and who manages them",
	.details =
		"Exits with 0 when every CRD is as one release has it, 1 when not. CRDs that only\n"
		"other releases have are told, and are no difference.\n\n"
		"Example:\n"
		"  calico-datastore status -o json\n",
	.options = "output color quiet " CLUSTERS_OPTIONS " help",
	.outputs = "text json",
	.run = run,
};
