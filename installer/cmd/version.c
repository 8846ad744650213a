/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"
#include "cmd/commands.h"
#include "run/document.h"

static int run(struct ctx *ctx, struct err *e)
{
	struct buf *out = &ctx->out.text;
	catalog_auto catalog = { 0 };
	size_t embedded = 0;

	if (source_catalog(&catalog, e) < 0)
		return -1;
	for (size_t i = 0; i < catalog.n; i++)
		embedded += release_is_embedded(&catalog.releases[i]);
	const struct release *newest =
		embedded ? catalog_find(&catalog, SET_CRDS, "latest", e) : NULL;
	const char *latest = newest ? newest->version : "none";

	if (ctx->opt.output == OUTPUT_JSON) {
		document_put(ctx, "Version",
			json_pack("{s:s, s:s, s:I}", "version", VERSION, "newestRelease", latest,
				"embeddedReleases", (json_int_t)embedded));
	} else {
		buf_printf(out,
			"calico-datastore %s\n%zu Calico releases embedded, the newest %s\n",
			VERSION, embedded, latest);
	}
	return 0;
}

const struct cmd cmd_version = {
	.name = "version",
	.args = "",
	.summary = "show this program's version and what is built in",
	.options = "output help",
	.outputs = "text json",
	.run = run,
};
