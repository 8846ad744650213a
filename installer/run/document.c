/* SPDX-License-Identifier: Apache-2.0 */
#include "run/document.h"

#include "base/json.h"
#include "base/yaml.h"
#include "engine/look/mode.h"
#include "engine/look/rights.h"
#include "manifest/surface.h"

void document_put(struct ctx *ctx, const char *kind, json_t *body)
{
	json_decref(ctx->answer.body);
	ctx->answer.kind = kind;
	ctx->answer.body = body;
}

void document_needs_rights(struct ctx *ctx, const char *command, json_t *rights)
{
	json_decref(ctx->answer.rights);
	ctx->answer.rights_of = command;
	ctx->answer.rights = rights;
}

void document_needs(struct ctx *ctx, const char *command, json_t *crd_names)
{
	document_needs_rights(ctx, command, access_of_command(command, crd_names, true));
	json_decref(crd_names);
}

/* The rights for a command that has not named its rights yet: all that it may need. */
static int need_all(struct ctx *ctx, struct err *e)
{
	surfaces_auto surfaces = { 0 };

	if (source_surfaces(&surfaces, NULL, e) < 0)
		return -1;
	document_needs(ctx, ctx->cmd->name, mode_crd_names(&surfaces));
	return 0;
}

/* After a 403, adds all other missing rights to the error at once. */
static void explain(struct ctx *ctx, struct err *e)
{
	struct kube_api *api = ctx->at.cluster.api;
	err_auto unread = { 0 };

	if (!api || e->kind != ERR_AUTH || e->code != 403 || e->remedy)
		return;
	if (!ctx->answer.rights && need_all(ctx, &unread) < 0)
		return;
	(void)access_explain(api, ctx->answer.rights_of, ctx->answer.rights, e);
}

json_t *document_error(const struct err *e)
{
	return json_pack("{s:s, s:i, s:s, s:s*}", "kind", err_kind_name(e->kind), "exitCode",
		err_exit_code(e), "message", e->msg, "remedy", e->remedy);
}

static void put_document(struct ctx *ctx, const struct err *e)
{
	const struct answer *a = &ctx->answer;
	json_auto_t *json = json_pack("{s:s, s:s, s:s?, s:b, s:b, s:s?, s:s?, s:I, s:I}",
		"apiVersion", REPORT_API_VERSION, "kind", a->kind ? a->kind : "Report", "command",
		ctx->cmd ? ctx->cmd->name : NULL, "ok", !e && !a->failed, "changed", a->changed,
		"server", ctx->at.server, "context", ctx->at.cluster.config.context, "milliseconds",
		(json_int_t)(now_ms() - ctx->started), "requests",
		(json_int_t)calico_store_requests_sent(&ctx->at.store));

	if (e)
		json_object_set_new(json, "error", document_error(e));
	json_object_update_missing(json, a->body);
	if (ctx->opt.as_yaml) {
		yaml_write(&ctx->out.text, json);
		return;
	}
	json_write(&ctx->out.text, json, JSON_STYLE_INDENT);
	buf_putc(&ctx->out.text, '\n');
}

int document_run(struct ctx *ctx, int (*run)(struct ctx *ctx, struct err *e), struct err *e)
{
	int rc = run ? run(ctx, e) : -1;
	err_auto unwritten = { 0 };

	out_progress_end(&ctx->out);
	if (rc < 0)
		explain(ctx, e);
	/*
	 * Commands with JSON in the form of another tool print their result without this document.
	 */
	if (ctx->opt.output == OUTPUT_JSON && (ctx->answer.body || rc < 0)) {
		out_discard(&ctx->out);
		put_document(ctx, rc < 0 ? e : NULL);
	}
	/* In texts, the program's name is written as the user typed it. */
	if (ctx->opt.output == OUTPUT_TEXT && (!ctx->cmd || has_prefix(ctx->cmd->outputs, "text")))
		out_name_caller(&ctx->out);
	if (out_flush(&ctx->out, &unwritten) < 0 && rc == 0) {
		err_move(e, &unwritten);
		rc = -1;
	}
	datastore_close(ctx);
	json_decref(ctx->answer.body);
	json_decref(ctx->answer.rights);
	ctx->answer = (struct answer){ 0 };
	return rc;
}
