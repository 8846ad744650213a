/* SPDX-License-Identifier: Apache-2.0 */
#include "calico/print.h"
#include "cmd/cmd.h"
#include "engine/access.h"

enum { SHOWN_PROBLEMS = 20, MAX_NAMES = 1000 };

static enum calico_format format_of(enum output output)
{
	switch (output) {
	case OUTPUT_WIDE:
		return CALICO_WIDE;
	case OUTPUT_JSON:
		return CALICO_JSON;
	case OUTPUT_YAML:
		return CALICO_YAML;
	case OUTPUT_NAME:
		return CALICO_NAME;
	case OUTPUT_MARKDOWN:
	case OUTPUT_TEXT:
		break;
	}
	return CALICO_TABLE;
}

/* What is missing makes the run fail, though what was found is printed. */
static int verdict(const struct calico_read *r, struct err *e)
{
	size_t n = json_array_size(r->problems);
	buf_auto text = { 0 };

	for (size_t i = 0; i < n && i < SHOWN_PROBLEMS; i++)
		buf_printf(&text, "%s%s", i > 0 ? "\n" : "",
			json_string_value(json_array_get(r->problems, i)));
	if (n > SHOWN_PROBLEMS)
		buf_printf(&text, "\nand %zu more", n - SHOWN_PROBLEMS);
	return n > 0 ? err_set(e, ERR_CHECK, (long)n, "%s", buf_str(&text)) : 0;
}

static int run(struct ctx *ctx, struct err *e)
{
	const struct calico_kind *kind = calico_kind_find(ctx->args[0], e);
	cluster_auto cluster = { 0 };
	calico_read_auto r = { 0 };

	if (!kind || cluster_open(&cluster, ctx, e) < 0)
		return -1;
	bool wide = ctx->opt.output == OUTPUT_WIDE;

	if (calico_read(cluster.api, kind, ctx->args + 1, ctx->n_args - 1, wide, &r, e) < 0) {
		json_auto_t *rights = access_of_get(kind, ctx->args + 1, ctx->n_args - 1, wide);

		return access_explain(cluster.api, "get", rights, e);
	}
	calico_print(&ctx->out.text, kind, &r, format_of(ctx->opt.output));
	if (out_flush(&ctx->out, e) < 0)
		return -1;
	return verdict(&r, e);
}

const struct cmd cmd_get = {
	.name = "get",
	.args = "KIND [NAME...]",
	.summary = "show Calico objects as calicoctl shows them",
	.details = "KIND is nodes or ippools, or one of their short names. Without a NAME all are\n"
		   "listed; with names, each is an object of its own. A CRD that is not there is\n"
		   "a failure and not an empty list.\n\n"
		   "Examples:\n"
		   "  calico-datastore get nodes -o wide\n"
		   "  calico-datastore get ippool default-ipv4-ippool -o yaml\n",
	.options = "output quiet " CLUSTER_OPTIONS " help",
	.outputs = "table wide json yaml name",
	.min_args = 1,
	.max_args = MAX_NAMES + 1,
	.run = run,
};
