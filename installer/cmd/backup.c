/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/look/backup.h"

#include <libgen.h>
#include <string.h>

#include "base/json.h"
#include "cmd/commands.h"
#include "engine/look/rights.h"
#include "engine/look/mode.h"
#include "engine/tell/report.h"
#include "manifest/surface.h"

static void show_progress(void *arg, size_t objects)
{
	struct ctx *ctx = arg;

	out_progress(&ctx->out, "%zu objects, %.1f s", objects,
		(double)(now_ms() - ctx->started) / 1000);
}

static void put_json(struct ctx *ctx, const struct cluster *c, const struct backup *b)
{
	json_auto_t *json = json_pack("{s:s, s:s, s:s, s:b, s:b, s:s, s:s?, s:s, s:O}",
		"apiVersion", REPORT_API_VERSION, "kind", "Report", "command", "backup", "ok", true,
		"changed", false, "server", c->config.server, "context", c->config.context, "file",
		ctx->args[0], "backup", b->summary);

	json_write(&ctx->out.text, json, JSON_STYLE_INDENT);
	buf_putc(&ctx->out.text, '\n');
}

static int run(struct ctx *ctx, struct err *e)
{
	surfaces_auto surfaces = { 0 };
	cluster_auto cluster = { 0 };
	backup_auto backup = { 0 };
	char_auto *path = xstrdup(ctx->args[0]);

	ctx->writable = dirname(path);
	if (source_surfaces(&surfaces, NULL, e) < 0 || cluster_open(&cluster, ctx, e) < 0)
		return -1;
	json_auto_t *names = mode_crd_names(&surfaces);
	json_auto_t *crds = backup_live_crds(cluster.api, names, e);

	if (!crds ||
		backup_write(cluster.api, crds, ctx->args[0], show_progress, ctx, &backup, e) < 0) {
		json_auto_t *rights = access_of_command("backup", names, false);

		return access_explain(cluster.api, "backup", rights, e);
	}
	if (ctx->opt.output == OUTPUT_JSON)
		put_json(ctx, &cluster, &backup);
	else
		buf_printf(&ctx->out.text, "%s: %zu CRDs, %zu objects%s%s of %s\n", ctx->args[0],
			backup.crds, backup.objects,
			json_str(backup.summary, "revision") ? " at revision " : "",
			json_str(backup.summary, "revision") ? json_str(backup.summary, "revision")
							     : "",
			cluster.config.server);
	return 0;
}

const struct cmd cmd_backup = {
	.name = "backup",
	.args = "FILE",
	.summary = "save Calico's CRDs and every object of them in one verifiable file",
	.details = "All kinds are read at one revision of the datastore. FILE is a tar.gz with\n"
		   "digests of all it holds, and appears when it is whole; it is never\n"
		   "overwritten. Objects may name Secrets; no Secret is in it.\n\n"
		   "Example:\n"
		   "  calico-datastore backup before-upgrade.tar.gz\n",
	.options = "output quiet " CLUSTER_OPTIONS " help",
	.outputs = "text json",
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
