/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/look/backup.h"

#include <libgen.h>
#include <string.h>

#include "base/json.h"
#include "cmd/commands.h"
#include "engine/look/crds.h"
#include "engine/look/mode.h"
#include "manifest/surface.h"
#include "run/document.h"

static void show_progress(void *arg, size_t objects)
{
	struct ctx *ctx = arg;

	out_progress(&ctx->out, "%zu objects, %.1f s", objects,
		(double)(now_ms() - ctx->started) / 1000);
}

static int run(struct ctx *ctx, struct err *e)
{
	surfaces_auto surfaces = { 0 };
	backup_auto backup = { 0 };
	signer_auto signer = { 0 };
	char_auto *path = xstrdup(ctx->args[0]);

	ctx->writable = dirname(path);
	if (signer_load(&signer, ctx, ctx->args[0], e) < 0 ||
		source_surfaces(&surfaces, NULL, e) < 0 || cluster_open(ctx, e) < 0)
		return -1;
	json_auto_t *names = mode_crd_names(&surfaces);
	json_auto_t *crds = crds_read(ctx->at.cluster.api, names, e);

	if (!crds || backup_write(ctx->at.cluster.api, crds, ctx->args[0],
			     signer.comment ? &signer : NULL, show_progress, ctx, &backup, e) < 0)
		return -1;
	if (ctx->opt.output == OUTPUT_JSON)
		document_put(ctx, "Report",
			json_pack("{s:s, s:O}", "file", ctx->args[0], "backup", backup.summary));
	else
		buf_printf(&ctx->out.text, "%s: %zu CRDs, %zu objects%s%s of %s%s\n", ctx->args[0],
			backup.crds, backup.objects,
			json_str(backup.summary, "revision") ? " at revision " : "",
			json_str(backup.summary, "revision") ? json_str(backup.summary, "revision")
							     : "",
			ctx->at.server, signer.comment ? ", signed" : "");
	return 0;
}

const struct cmd cmd_backup = {
	.name = "backup",
	.args = "FILE",
	.summary = "save Calico's CRDs and every object of them in one verifiable file",
	.details = "All kinds are read at one revision of the datastore. FILE is a tar.gz with\n"
		   "digests of all it holds, and appears when it is whole; it is never\n"
		   "overwritten. Objects may name Secrets; no Secret is in it. --sign puts\n"
		   "FILE.minisig beside it, which restore and rollback verify.\n\n"
		   "Examples:\n"
		   "  calico-datastore backup before-upgrade.tar.gz\n"
		   "  calico-datastore backup before-upgrade.tar.gz --sign my.key\n",
	.options = "sign sequence password-file output quiet " CLUSTER_OPTIONS " help",
	.outputs = "text json",
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
