/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/json.h"
#include "base/yaml.h"
#include "cmd/commands.h"
#include "manifest/crd.h"
#include "manifest/policy.h"
#include "manifest/rules.h"

/* "PLURAL.GROUP" of a CRD, "PLURAL/NAME" of an admission policy. */
static void put_name(struct buf *out, const json_t *object)
{
	char_auto *key = policy_kind(object) ? policy_key(object) : NULL;

	buf_printf(out, "%s\n", key ? key : crd_name(object));
}

/* Prints what install writes. A CEL rule without a message gets a sentence. */
static void print(struct ctx *ctx, json_t *objects)
{
	struct buf *out = &ctx->out.text;
	json_t *object;
	size_t i;

	json_array_foreach(objects, i, object)
		if (!policy_kind(object))
			rules_fill(object);
	if (ctx->opt.output == OUTPUT_JSON) {
		json_auto_t *list = json_pack(
			"{s:s, s:s, s:O}", "apiVersion", "v1", "kind", "List", "items", objects);

		json_write(out, list, JSON_STYLE_INDENT);
		buf_putc(out, '\n');
		return;
	}
	json_array_foreach(objects, i, object) {
		if (ctx->opt.output == OUTPUT_NAME) {
			put_name(out, object);
			continue;
		}
		buf_puts(out, "---\n");
		yaml_write(out, object);
	}
}

static int choose(
	const struct source *s, const char *name, json_t *chosen, struct err *e)
{
	size_t i, n = json_array_size(s->crds);
	const char **names = xcalloc(n, sizeof(*names));
	const char *close;
	json_t *crd;

	json_array_foreach(s->crds, i, crd) {
		names[i] = strchr(name, '.') || policy_kind(crd) ? crd_name(crd)
							     : crd_plural(crd);
		if (strcmp(name, names[i]) == 0)
			json_array_append(chosen, crd);
	}
	close = nearest(name, names, n);
	if (json_array_size(chosen) == 0)
		err_set(e, ERR_USAGE, 0, "%s has no CRD \"%s\"%s%s", s->name, name,
			close ? "; did you mean " : "; \"show -o name\" lists them",
			close ? close : "");
	free(names);
	return json_array_size(chosen) == 0 ? -1 : 0;
}

static int run(struct ctx *ctx, struct err *e)
{
	catalog_auto catalog = { 0 };
	source_auto source = { 0 };
	json_auto_t *chosen = json_array();
	const char *name = ctx->opt.file || ctx->opt.url ? (ctx->n_args ? ctx->args[0] : NULL)
			   : ctx->n_args > 1             ? ctx->args[1]
							 : NULL;
	struct ctx select = *ctx;

	if (ctx->opt.file || ctx->opt.url)
		select.n_args = 0; /* with these options the CRD is the only operand */
	if (source_catalog(&catalog, e) < 0 || select_source(&select, &catalog, &source, e) < 0)
		return -1;
	json_array_extend(source.crds, source.policies);
	if (name && choose(&source, name, chosen, e) < 0)
		return -1;
	print(ctx, name ? chosen : source.crds);
	return 0;
}

const struct cmd cmd_show = {
	.name = "show",
	.args = "[RELEASE [CRD]]",
	.summary = "print the CRDs and policies of a release, for a repository",
	.details = "Examples:\n"
		   "  calico-datastore show v3.29.1 > crds.yaml\n"
		   "  calico-datastore show v3.29 ippools\n",
	.options = SOURCE_OPTIONS " output help",
	.outputs = "yaml json name",
	.max_args = 2,
	.run = run,
};
