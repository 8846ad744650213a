/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"
#include "cmd/commands.h"
#include "run/document.h"

static json_t *files_json(const struct release *r)
{
	json_t *files = json_array();

	for (size_t k = 0; k < r->n_files; k++) {
		const struct release_file *f = &r->files[k];

		json_array_append_new(files,
			json_pack("{s:s, s:I, s:I, s:s, s:s?, s:s?}", "name", f->name, "bytes",
				(json_int_t)f->bytes, "crds", (json_int_t)f->crds, "sha256",
				f->sha256, "surface", f->surface, "kubernetes", f->kubernetes));
	}
	return files;
}

static json_t *as_json(const struct catalog *catalog, enum manifest_set set)
{
	json_t *items = json_array();

	for (size_t i = catalog->n; i-- > 0;) {
		const struct release *r = &catalog->releases[i];

		if (release_set(r, set))
			json_array_append_new(
				items, json_pack("{s:s, s:s?, s:o}", "release", r->version,
					       "surface", release_surface(r, set), "files",
					       files_json(r)));
	}
	return json_pack("{s:s, s:o}", "set", set_name(set), "items", items);
}

static void as_text(
	struct buf *out, const struct catalog *catalog, enum manifest_set set, bool names)
{
	if (!names)
		buf_puts(out, "RELEASE    SAME AS    CRDS  KUBERNETES\n");
	for (size_t i = catalog->n; i-- > 0;) {
		const struct release *r = &catalog->releases[i];
		const struct release_file *file = release_set(r, set);

		if (file && names)
			buf_printf(out, "%s\n", r->version);
		else if (file)
			buf_printf(out, "%-10s %-10s %4zu  %s\n", r->version,
				file->surface ? file->surface : "-", file->crds,
				file->kubernetes ? file->kubernetes : "-");
	}
}

static int run(struct ctx *ctx, struct err *e)
{
	enum manifest_set set = ctx->opt.set.set;
	catalog_auto catalog = { 0 };

	if (source_catalog(&catalog, e) < 0)
		return -1;
	if (ctx->opt.output == OUTPUT_JSON)
		document_put(ctx, "ReleaseList", as_json(&catalog, set));
	else
		as_text(&ctx->out.text, &catalog, set, ctx->opt.output == OUTPUT_NAME);
	return 0;
}

const struct cmd cmd_list = {
	.name = "list",
	.args = "",
	.summary = "show the Calico releases that this program knows, newest first",
	.details =
		"SAME AS is the first release with the same CRDs in the set. \"-\": the release\n"
		"is not built in, and only the digests of its files are known. KUBERNETES is the\n"
		"oldest version whose API server takes all CRDs of the set. The sets are\n"
		"crds, the default, operator (the tigera operator's CRDs, too) and v3 (CRDs of\n"
		"projectcalico.org/v3).\n\n"
		"Examples:\n"
		"  calico-datastore list -o json\n"
		"  calico-datastore list --set operator\n",
	.options = "set output help",
	.outputs = "text json name",
	.run = run,
};
