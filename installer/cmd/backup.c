/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/look/backup.h"

#include <libgen.h>
#include <string.h>

#include "base/json.h"
#include "cmd/commands.h"
#include "engine/look/crds.h"
#include "engine/look/mode.h"
#include "engine/look/release.h"
#include "manifest/surface.h"
#include "run/document.h"

static void show_progress(void *arg, size_t objects)
{
	struct ctx *ctx = arg;

	out_progress(&ctx->out, "%zu objects, %.1f s", objects,
		(double)(now_ms() - ctx->started) / 1000);
}

static int save_cluster(
	struct ctx *ctx, const struct signer *signer, struct backup *backup, struct err *e)
{
	surfaces_auto surfaces = { 0 };

	if (source_surfaces(&surfaces, NULL, e) < 0)
		return -1;
	json_auto_t *names = mode_crd_names(&surfaces);
	json_auto_t *crds = crds_read(ctx->at.cluster.api, names, e);

	return crds ? backup_write(ctx->at.cluster.api, crds, ctx->args[0], signer, show_progress,
			      ctx, backup, e)
		    : -1;
}

static int save_etcd(
	struct ctx *ctx, const struct signer *signer, struct backup *backup, struct err *e)
{
	struct datastore_release at;

	if (datastore_release_find(&at, &ctx->at.store, NULL, NULL, e) < 0)
		return -1;
	int rc = backup_write_etcd(&ctx->at.store, at.release, ctx->args[0], signer,
		show_progress, ctx, backup, e);

	datastore_release_release(&at);
	return rc;
}

static void put_text(struct ctx *ctx, const struct backup *b, bool is_signed)
{
	struct buf *out = &ctx->out.text;
	const char *revision = json_str(b->summary, "revision");

	if (ctx->at.cluster.api)
		buf_printf(out, "%s: %zu CRDs, %zu objects", ctx->args[0], b->crds, b->objects);
	else
		buf_printf(out, "%s: %zu keys", ctx->args[0], b->objects);
	buf_printf(out, "%s%s of %s%s\n", revision ? " at revision " : "",
		revision ? revision : "", ctx->at.server, is_signed ? ", signed" : "");
}

static int run(struct ctx *ctx, struct err *e)
{
	backup_auto backup = { 0 };
	signer_auto signer = { 0 };
	char_auto *path = xstrdup(ctx->args[0]);

	ctx->writable = dirname(path);
	if (signer_load(&signer, ctx, ctx->args[0], e) < 0 || datastore_open(ctx, e) < 0)
		return -1;
	const struct signer *with = signer.comment ? &signer : NULL;
	int rc = ctx->at.cluster.api ? save_cluster(ctx, with, &backup, e)
				     : save_etcd(ctx, with, &backup, e);

	if (rc < 0)
		return -1;
	if (ctx->opt.output == OUTPUT_JSON)
		document_put(ctx, "Report",
			json_pack("{s:s, s:O}", "file", ctx->args[0], "backup", backup.summary));
	else
		put_text(ctx, &backup, with != NULL);
	return 0;
}

const struct cmd cmd_backup = {
	.name = "backup",
	.args = "FILE",
	.summary = "save Calico's CRDs and objects, or its keys in etcd, in a file",
	.details = "All kinds are read at one revision of the datastore. FILE is a tar.gz with\n"
		   "digests of all it holds, and appears when it is whole; it is never\n"
		   "overwritten. Objects may name Secrets; no Secret is in it. --sign puts\n"
		   "FILE.minisig beside it, which restore and rollback verify. Of etcd, every key\n"
		   "of Calico is saved as it is, IPAM's keys as well.\n\n"
		   "Examples:\n"
		   "  calico-datastore backup before-upgrade.tar.gz\n"
		   "  calico-datastore backup before-upgrade.tar.gz --sign my.key\n",
	.options = "sign sequence password-file output quiet " CLUSTER_OPTIONS " help",
	.outputs = "text json",
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
