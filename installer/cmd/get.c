/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/json.h"
#include "calico/show/print.h"
#include "calico/show/read.h"
#include "cmd/commands.h"
#include "engine/look/rights.h"
#include "run/document.h"

#define CUSTOM "custom-columns="

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
	default:
		return CALICO_TABLE;
	}
}

/* What is missing makes the run fail, though what was found is printed. */
static int verdict(struct calico_read *r, struct err *e)
{
	size_t n = json_array_size(r->problems);
	buf_auto text = { 0 };

	if (r->denied.kind) {
		err_move(e, &r->denied);
		return -1;
	}

	for (size_t i = 0; i < n && i < SHOWN_PROBLEMS; i++)
		buf_printf(&text, "%s%s", i > 0 ? "\n" : "",
			json_string_value(json_array_get(r->problems, i)));
	if (n > SHOWN_PROBLEMS)
		buf_printf(&text, "\nand %zu more", n - SHOWN_PROBLEMS);
	return n > 0 ? err_set(e, ERR_CHECK, (long)n, "%s", buf_str(&text)) : 0;
}

/* As calicoctl: "default" unless another namespace, or all, is named. */
static int choose_namespace(
	const struct ctx *ctx, const struct calico_kind *kind, const char **ns, struct err *e)
{
	const struct options *o = &ctx->opt;

	*ns = kind->namespaced ? "default" : NULL;
	if (o->namespace && o->all_namespaces)
		return err_set(e, ERR_USAGE, 0, "give either -n or -A");
	if ((o->namespace || o->all_namespaces) && !kind->namespaced)
		return err_set(e, ERR_USAGE, 0, "a %s is in no namespace; leave out -n and -A",
			kind->kind);
	if (o->all_namespaces && ctx->n_args > 1)
		return err_set(e, ERR_USAGE, 0,
			"-A lists all namespaces; for an object by its name give -n NAMESPACE");
	if (o->all_namespaces)
		*ns = NULL;
	else if (o->namespace)
		*ns = o->namespace;
	return 0;
}

/* As calicoctl: of objects by name only. */
static void export_objects(const struct calico_read *r)
{
	static const char *const gone[] = { "namespace", "uid", "resourceVersion",
		"deletionTimestamp", "deletionGracePeriodSeconds" };
	const json_t *object;
	size_t i;

	json_array_foreach(r->objects, i, object) {
		json_t *metadata = json_object_get(object, "metadata");

		for (size_t k = 0; k < ARRAY_LEN(gone); k++)
			json_object_del(metadata, gone[k]);
		json_object_set_new(metadata, "creationTimestamp", json_null());
	}
}

static int read_and_print(
	struct ctx *ctx, const struct calico_kind *kind, struct calico_read *r, struct err *e)
{
	const char *custom = ctx->opt.output_name && has_prefix(ctx->opt.output_name, CUSTOM)
				     ? ctx->opt.output_name + strlen(CUSTOM)
				     : NULL;
	struct calico_view view = {
		.format = format_of(ctx->opt.output),
		.namespaces = ctx->opt.namespace || ctx->opt.all_namespaces,
	};
	const char *ns;
	int rc = -1;

	if (choose_namespace(ctx, kind, &ns, e) == 0 &&
		calico_view_columns(&view, kind, custom, e) == 0 &&
		datastore_open(ctx, e) == 0) {
		document_needs_rights(ctx, "get",
			access_of_get(kind, ctx->args + 1, ctx->n_args - 1,
				view.format == CALICO_WIDE));
		rc = calico_read(&ctx->at.store, kind, ns, ctx->args + 1, ctx->n_args - 1,
			view.format == CALICO_WIDE || custom, &view, r, e);
	}
	if (rc == 0 && ctx->opt.export && ctx->n_args > 1)
		export_objects(r);
	if (rc == 0)
		calico_print(&ctx->out.text, kind, r, &view);
	free(view.columns);
	return rc;
}

/* Only a part of the objects could be read: they stand beside the error, in one document. */
static int put_part(struct ctx *ctx, struct err *e)
{
	struct buf *out = &ctx->out.text;
	json_auto_t *printed = out->len > 0 ? json_parse_own(out->data, out->len, e) : json_array();

	if (!printed)
		return -1;
	json_t *items = json_object_get(printed, "items");

	document_put(ctx, "Report",
		!items && json_is_object(printed)
			? json_pack("{s:[O]}", "items", printed)
			: json_pack("{s:O}", "items", items ? items : printed));
	return 0;
}

/* Every kind with its number of objects; one that cannot be read is a row, too. */
static int count_all(struct ctx *ctx, struct err *e)
{
	/* Of each object no more is kept than its name. */
	const struct calico_view view = { .format = CALICO_NAME };
	const char **cells;
	char **counts;
	err_auto forbidden = { 0 };
	size_t n, failed = 0;
	const struct calico_kind *kinds = calico_kinds(&n);

	if (ctx->opt.output != OUTPUT_TEXT || ctx->n_args > 1)
		return err_set(
			e, ERR_USAGE, 0, "\"get all\" counts the objects of each kind, as a table");
	if (datastore_open(ctx, e) < 0)
		return -1;
	cells = xcalloc(2 * (n + 1), sizeof(*cells));
	counts = xcalloc(n, sizeof(*counts));
	cells[0] = "KIND";
	cells[1] = "OBJECTS";
	for (size_t i = 0; i < n; i++) {
		calico_read_auto r = { 0 };
		err_auto bad = { 0 };

		if (calico_read(&ctx->at.store, &kinds[i], NULL, NULL, 0, false, &view, &r, &bad) ==
				0 &&
			json_array_size(r.problems) == 0)
			counts[i] = xasprintf("%zu", r.n_rows + json_array_size(r.objects));
		else if (bad.kind == ERR_CHECK)
			counts[i] = xstrdup("not installed");
		else
			counts[i] = xasprintf("failed: %s",
				bad.msg ? bad.msg
					: json_string_value(json_array_get(r.problems, 0)));
		failed += counts[i][0] == 'f';
		if (bad.kind == ERR_AUTH && !forbidden.kind)
			err_move(&forbidden, &bad);
		cells[2 * i + 2] = kinds[i].kind;
		cells[2 * i + 3] = counts[i];
	}
	calico_table(&ctx->out.text, cells, n + 1, 2);
	for (size_t i = 0; i < n; i++)
		free(counts[i]);
	free(counts);
	free(cells);
	if (forbidden.kind)
		return err_set(e, ERR_AUTH, forbidden.code,
			"%zu of %zu kinds could not be read, the first: %s", failed, n,
			forbidden.msg);
	return failed ? err_set(e, ERR_CHECK, 0, "%zu of %zu kinds could not be read", failed, n)
		      : 0;
}

static int run(struct ctx *ctx, struct err *e)
{
	calico_read_auto r = { 0 };

	if (strcasecmp(ctx->args[0], "all") == 0)
		return count_all(ctx, e);
	const struct calico_kind *kind = calico_kind_find(ctx->args[0], e);

	if (!kind || read_and_print(ctx, kind, &r, e) < 0)
		return -1;
	if (json_array_size(r.problems) == 0 && !r.denied.kind)
		return 0;
	if (ctx->opt.output == OUTPUT_JSON && put_part(ctx, e) < 0)
		return -1;
	return verdict(&r, e);
}

const struct cmd cmd_get = {
	.name = "get",
	.args = "KIND [NAME...]",
	.summary = "show Calico objects as calicoctl shows them",
	.details =
		"KIND is one that calicoctl reads, or one of its short names, or one of IPAM's\n"
		"kinds or caliconodestatuses; \"get all\" counts every kind. Without a NAME all\n"
		"are listed; with names, each is an object of its own. Kinds that are in\n"
		"namespaces are read in \"default\" unless -n or -A says otherwise. A CRD that is\n"
		"not there is a failure and not an empty list. -o custom-columns=A,B takes\n"
		"headings of the wide table, and HEADING:.spec.path for any other field; for\n"
		"templates, give -o json to jq. Policies are found by the name that they are\n"
		"listed with, in the conventions of the release in ClusterInformation.\n\n"
		"Examples:\n"
		"  calico-datastore get nodes -o wide\n"
		"  calico-datastore get networkpolicies -A\n"
		"  calico-datastore get ippool default-ipv4-ippool -o yaml\n",
	.options = "output namespace all-namespaces export quiet " CLUSTER_OPTIONS " help",
	.outputs = "table wide json yaml name custom-columns=HEADING[:PATH],...",
	.min_args = 1,
	.max_args = MAX_NAMES + 1,
	.run = run,
};
