/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"
#include "cmd/commands.h"
#include "run/document.h"

static json_t *as_json(const struct catalog *catalog)
{
	json_t *items = json_array();

	for (size_t i = catalog->n; i-- > 0;) {
		const struct release *r = &catalog->releases[i];
		json_t *files = json_array();

		for (size_t k = 0; k < r->n_files; k++)
			json_array_append_new(
				files, json_pack("{s:s, s:I, s:I, s:s}", "name", r->files[k].name,
					       "bytes", (json_int_t)r->files[k].bytes, "crds",
					       (json_int_t)r->files[k].crds, "sha256",
					       r->files[k].sha256));
		json_array_append_new(items, json_pack("{s:s, s:s?, s:o}", "release", r->version,
						     "surface", r->surface, "files", files));
	}
	return json_pack("{s:o}", "items", items);
}

static void as_text(struct buf *out, const struct catalog *catalog)
{
	buf_puts(out, "RELEASE    SURFACE    CRDS\n");
	for (size_t i = catalog->n; i-- > 0;) {
		const struct release *r = &catalog->releases[i];

		buf_printf(out, "%-10s %-10s %4zu\n", r->version, r->surface ? r->surface : "-",
			release_crds(r)->crds);
	}
}

static int run(struct ctx *ctx, struct err *e)
{
	catalog_auto catalog = { 0 };

	if (source_catalog(&catalog, e) < 0)
		return -1;
	if (ctx->opt.output == OUTPUT_JSON) {
		document_put(ctx, "ReleaseList", as_json(&catalog));
	} else if (ctx->opt.output == OUTPUT_NAME) {
		for (size_t i = catalog.n; i-- > 0;)
			buf_printf(&ctx->out.text, "%s\n", catalog.releases[i].version);
	} else {
		as_text(&ctx->out.text, &catalog);
	}
	return 0;
}

const struct cmd cmd_list = {
	.name = "list",
	.args = "",
	.summary = "show the Calico releases that this program knows, newest first",
	.details =
		"SURFACE is the first release with the same API; \"-\" is known by its digests but "
		"not\n"
		"embedded in this binary.\n\n"
		"Example:\n  calico-datastore list -o json\n",
	.options = "output help",
	.outputs = "text json name",
	.run = run,
};
