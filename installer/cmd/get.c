/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/json.h"
#include "base/signals.h"
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

/* One kind that the user asks for. */
struct asked {
	const struct calico_kind *kind;
	const char *const *names; /* borrowed from argv */
	size_t n;
	const char *ns;
	struct calico_view view;
};

/* The kinds in "get a,b" or "get a/x b/y", in the order of the command line. */
struct request {
	struct asked *items;
	size_t n;
	char **texts; /* owned: parts of operands */
	const char **names; /* the names after the slashes */
	size_t n_texts;
};

static void request_release(struct request *q)
{
	for (size_t i = 0; i < q->n; i++)
		free(q->items[i].view.columns);
	for (size_t i = 0; i < q->n_texts; i++)
		free(q->texts[i]);
	free(q->texts);
	free(q->names);
	free(q->items);
}

/* A missing object makes the run fail, although the others are printed. */
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

/* As in calicoctl: "default", unless another namespace or all namespaces are named. */
static int choose_namespace(const struct ctx *ctx, struct asked *a, struct err *e)
{
	const struct options *o = &ctx->opt;
	const struct calico_kind *kind = a->kind;

	a->ns = kind->namespaced ? "default" : NULL;
	if (o->namespace && o->all_namespaces)
		return err_set(e, ERR_USAGE, 0, "give either -n or -A");
	if ((o->namespace || o->all_namespaces) && !kind->namespaced)
		return err_set(e, ERR_USAGE, 0, "a %s is in no namespace; leave out -n and -A",
			kind->kind);
	if (o->all_namespaces && a->n > 0)
		return err_set(e, ERR_USAGE, 0,
			"-A lists all namespaces; for an object by its name give -n NAMESPACE");
	if (o->all_namespaces)
		a->ns = NULL;
	else if (o->namespace)
		a->ns = o->namespace;
	return 0;
}

/* As in calicoctl: only for objects that are named. */
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

static int add_kind(struct request *q, const char *word, size_t len, const char *const *names,
	size_t n, struct err *e)
{
	char *text = xstrndup(word, len);
	const struct calico_kind *kind;

	q->texts[q->n_texts++] = text;
	kind = calico_kind_find(text, e);
	if (!kind)
		return -1;
	/* In "ippool/a ippool/b" both are names of one kind. */
	if (q->n > 0 && q->items[q->n - 1].kind == kind && n > 0 &&
		names == q->items[q->n - 1].names + q->items[q->n - 1].n) {
		q->items[q->n - 1].n += n;
		return 0;
	}
	q->items = xrealloc(q->items, q->n + 1, sizeof(*q->items));
	q->items[q->n++] = (struct asked){ .kind = kind, .names = names, .n = n };
	return 0;
}

/* "KIND[,KIND...] [NAME...]" or, as in kubectl, "KIND/NAME...". */
static int request_parse(struct request *q, const struct ctx *ctx, struct err *e)
{
	const char *first = ctx->args[0];

	q->texts = xcalloc(ctx->n_args + strlen(first) + 1, sizeof(*q->texts));
	q->names = xcalloc(ctx->n_args, sizeof(*q->names));
	for (size_t i = 0; i < ctx->n_args && strchr(first, '/'); i++) {
		const char *slash = strchr(ctx->args[i], '/');

		if (!slash || !slash[1] || strchr(slash + 1, '/'))
			return err_set(e, ERR_USAGE, 0,
				"%s: write every object as KIND/NAME, or KIND once and then its "
				"NAMEs",
				ctx->args[i]);
		q->names[i] = slash + 1;
		if (add_kind(q, ctx->args[i], (size_t)(slash - ctx->args[i]), &q->names[i], 1, e) <
			0)
			return -1;
	}
	for (const char *p = first; q->n == 0 || p[-1] == ',';) {
		size_t len = strcspn(p, ",");

		if (strchr(first, '/'))
			break;
		if (add_kind(q, p, len, ctx->args + 1, ctx->n_args - 1, e) < 0)
			return -1;
		p += len + 1;
	}
	return 0;
}

/* Checks everything that can be wrong before the first request. */
static int prepare(struct ctx *ctx, struct request *q, const char *custom, struct err *e)
{
	if (q->n > 1 && (ctx->opt.output == OUTPUT_JSON || ctx->opt.output == OUTPUT_YAML))
		return err_set(e, ERR_USAGE, 0,
			"-o %s prints one document: run get once for each of the %zu kinds",
			ctx->opt.output_name, q->n);
	for (size_t i = 0; i < q->n; i++) {
		struct asked *a = &q->items[i];

		a->view = (struct calico_view){
			.format = format_of(ctx->opt.output),
			.namespaces = ctx->opt.namespace || ctx->opt.all_namespaces,
		};
		if (choose_namespace(ctx, a, e) < 0 ||
			calico_view_columns(&a->view, a->kind, custom, e) < 0)
			return -1;
	}
	return 0;
}

static int read_and_print(
	struct ctx *ctx, const struct asked *a, bool custom, struct calico_read *r, struct err *e)
{
	bool wide = a->view.format == CALICO_WIDE;

	document_needs_rights(ctx, "get", access_of_get(a->kind, a->names, a->n, wide));
	if (calico_read(&ctx->at.store, a->kind, a->ns, a->names, a->n, wide || custom, &a->view,
		    r, e) < 0)
		return -1;
	if (ctx->opt.export && a->n > 0)
		export_objects(r);
	calico_print(&ctx->out.text, a->kind, r, &a->view);
	return stop_check("printing", e);
}

/* When only some objects could be read, the document has both these objects and the error. */
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

/* Lists every kind with its number of objects. A kind that cannot be read has a row, too. */
static int count_all(struct ctx *ctx, struct err *e)
{
	/* Only the names of objects are kept. */
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
		if (r.denied.kind && !forbidden.kind)
			err_move(&forbidden, &r.denied);
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

static int read_one(struct ctx *ctx, const struct asked *a, bool custom, struct err *e)
{
	calico_read_auto r = { 0 };

	if (read_and_print(ctx, a, custom, &r, e) < 0)
		return -1;
	if (json_array_size(r.problems) == 0 && !r.denied.kind)
		return 0;
	if (ctx->opt.output == OUTPUT_JSON && put_part(ctx, e) < 0)
		return -1;
	return verdict(&r, e);
}

/* Reads all kinds, also after one failed. A refused read decides the exit code. */
static int read_all(struct ctx *ctx, const struct request *q, bool custom, struct err *e)
{
	for (size_t i = 0; i < q->n; i++) {
		err_auto earlier = { 0 }, bad = { 0 };

		if (read_one(ctx, &q->items[i], custom, &bad) == 0)
			continue;
		bool stops = bad.kind != ERR_CHECK && bad.kind != ERR_AUTH;

		err_move(&earlier, e);
		if (!earlier.kind)
			err_move(e, &bad);
		else if (bad.kind == ERR_CHECK)
			err_set(e, earlier.kind, earlier.code, "%s\n%s", earlier.msg, bad.msg);
		else
			err_set(e, bad.kind, bad.code, "%s\n%s", earlier.msg, bad.msg);
		if (stops)
			return -1;
	}
	return e->kind ? -1 : 0;
}

static int check_release(const struct ctx *ctx, struct err *e)
{
	if (!ctx->opt.release || field_release(ctx->opt.release) > 0)
		return 0;
	return err_set(e, ERR_USAGE, 0, "--release %s: give one such as v3.29.1", ctx->opt.release);
}

static int run(struct ctx *ctx, struct err *e)
{
	const char *custom = ctx->opt.output_name && has_prefix(ctx->opt.output_name, CUSTOM)
				     ? ctx->opt.output_name + strlen(CUSTOM)
				     : NULL;
	struct request q __attribute__((cleanup(request_release))) = { 0 };

	if (ctx->opt.allow_version_mismatch)
		out_note(&ctx->out,
			"--allow-version-mismatch is not needed: get reads every release");
	if (strcasecmp(ctx->args[0], "all") == 0)
		return count_all(ctx, e);
	ctx->out.data = true;
	if (check_release(ctx, e) < 0 || request_parse(&q, ctx, e) < 0 ||
		prepare(ctx, &q, custom, e) < 0 || datastore_open(ctx, e) < 0)
		return -1;
	if (ctx->opt.release)
		ctx->at.store.driver->assume(ctx->at.store.store, ctx->opt.release);
	int rc = read_all(ctx, &q, custom, e);
	const char *doubt = ctx->at.store.driver->doubt(ctx->at.store.store);

	if (doubt && ctx->out.text.len > 0)
		out_note(&ctx->out, "warning: %s", doubt);
	return rc;
}

const struct cmd cmd_get = {
	.name = "get",
	.args = "KIND[,KIND...] [NAME...]",
	.summary = "show Calico objects as calicoctl shows them",
	.details =
		"KIND is one that calicoctl reads, or one of its short names, or one of IPAM's\n"
		"kinds or caliconodestatuses; \"get all\" counts every kind. Without a NAME all\n"
		"are listed; with names, each is an object of its own. KIND/NAME and\n"
		"KIND.GROUP mean what they mean for kubectl. Kinds that are in\n"
		"namespaces are read in \"default\" unless -n or -A says otherwise. A CRD that is\n"
		"not there is a failure and not an empty list. -o custom-columns=A,B takes\n"
		"headings of the wide table, and HEADING:.spec.path for any other field; for\n"
		"templates, give -o json to jq. Policies are found by the name that they are\n"
		"listed with. Fields and names are those of the release in ClusterInformation,\n"
		"or of --release.\n\n"
		"Examples:\n"
		"  calico-datastore get nodes -o wide\n"
		"  calico-datastore get networkpolicies -A\n"
		"  calico-datastore get ippool default-ipv4-ippool -o yaml\n",
	.options = "output namespace all-namespaces release allow-version-mismatch export quiet "
		   CLUSTER_OPTIONS " help",
	.outputs = "table wide json yaml name custom-columns=HEADING[:PATH],...",
	.min_args = 1,
	.max_args = MAX_NAMES + 1,
	.run = run,
};
