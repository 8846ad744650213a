/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "calico/write/cross.h"
#include "calico/write/defaults.h"
#include "calico/write/input.h"
#include "calico/write/validate.h"
#include "cmd/commands.h"
#include "engine/judge/fit.h"
#include "run/document.h"
#include "run/outcome.h"

struct run {
	struct ctx *ctx;
	struct catalog catalog;
	struct source source; /* the release's CRDs */
	struct write_target target;
	struct write_input in;
	struct fit fit;
};

/* Chooses the release whose rules count, and loads its CRDs. */
static int choose(struct run *r, struct err *e)
{
	const char *wanted = r->ctx->opt.release;
	const struct release *chosen;

	if (source_catalog(&r->catalog, e) < 0)
		return -1;
	chosen = catalog_find(&r->catalog, SET_CRDS, wanted ? wanted : "latest", e);
	if (!chosen)
		return err_blame(e, "release");
	if (source_embedded(&r->source, chosen, SET_CRDS, e) < 0)
		return -1;
	r->target.release = chosen->version;
	r->fit.crds = r->source.crds;
	return 0;
}

/* An object in the stored form is judged as the v3 object that it stands for. */
static void judge(struct run *r, struct write_object *o)
{
	json_auto_t *v3 = o->stored ? validate_meaning(o->kind, o->object, &r->target, &o->findings)
				    : json_incref(o->object);

	if (!v3)
		return;
	defaults_apply(o->kind, v3, &r->target);
	validate_object(o->kind, v3, &r->target, &o->findings);
	fit_judge(&r->fit, o->kind, o->stored ? o->object : v3, &o->findings);
}

/* Pools of the input must not overlap; this check needs no datastore. */
static void compare_pools(struct run *r)
{
	json_auto_t *pools = json_array();

	for (size_t i = 0; i < r->in.n; i++) {
		struct write_object *o = &r->in.objects[i];
		struct cross_store store = { .pools = pools };

		if (strcmp(o->kind->kind, "IPPool") != 0)
			continue;
		cross_create(o->kind, o->object, &store, &r->target, &o->findings);
		json_array_append(pools, o->object);
	}
}

static json_t *report(const struct run *r)
{
	json_t *objects = json_array();

	for (size_t i = 0; i < r->in.n; i++) {
		const struct write_object *o = &r->in.objects[i];
		const json_t *metadata = json_object_get(o->object, "metadata");
		json_t *name = json_object_get(metadata, "name");
		json_t *namespace = json_object_get(metadata, "namespace");

		json_array_append_new(objects,
			json_pack("{s:s, s:i, s:i, s:o, s:O?, s:O?, s:b, s:o}", "file", o->file,
				"document", (int)o->document, "item", (int)o->item, "kind",
				o->kind ? json_string(o->kind->kind) : json_null(), "namespace",
				namespace, "name", name, "valid", o->findings.n == 0, "findings",
				findings_json(&o->findings)));
	}
	return json_pack("{s:s?, s:i, s:o}", "release", r->target.release, "notEvaluated",
		(int)r->fit.unknown, "objects", objects);
}

/* Prints one line for each finding, so that a person can go through the file. */
static void put_findings(struct buf *out, const struct write_input *in)
{
	for (size_t i = 0; i < in->n; i++) {
		const struct write_object *o = &in->objects[i];
		char_auto *place = input_place(o), *id = input_id(o);

		for (size_t k = 0; k < o->findings.n; k++) {
			buf_printf(out, "\n  %s, %s: ", place, id);
			finding_text(out, &o->findings.items[k]);
		}
		if (o->findings.cut > 0)
			buf_printf(out, "\n  %s: and %zu more", place, o->findings.cut);
	}
}

static int conclude(struct run *r, struct err *e)
{
	struct outcome o = { .verb = "validate",
		.done = "validated",
		.kind = input_kind(&r->in),
		.n = r->in.n };
	buf_auto errors = { 0 };

	for (size_t i = 0; i < r->in.n; i++)
		o.failed += r->in.objects[i].findings.n > 0;
	o.handled = o.n - o.failed;
	if (r->ctx->opt.output == OUTPUT_JSON)
		document_put(r->ctx, "Validation", report(r));
	else if (o.n == 0)
		out_line(&r->ctx->out, STYLE_PLAIN, "No resources specified");
	else
		outcome_put(r->ctx, &o);
	if (r->fit.unknown > 0)
		out_note(&r->ctx->out, "only an API server can judge %zu parts of these objects",
			r->fit.unknown);
	if (o.failed == 0)
		return 0;
	put_findings(&errors, &r->in);
	return outcome_fail(&o, buf_str(&errors), e);
}

static int validate(struct run *r, struct err *e)
{
	const struct options *opt = &r->ctx->opt;

	if (!opt->file)
		return err_set(e, ERR_USAGE, 0,
			"validate reads files: give -f FILE, -f DIR or -f -");
	if (choose(r, e) < 0)
		return -1;
	struct input_options o = { .target = r->target,
		.recursive = opt->recursive,
		.skip_empty = opt->skip_empty,
		.namespace = opt->namespace };

	if (input_read(&r->in, opt->file, &o, e) < 0)
		return -1;
	if (input_check(&r->in, e) < 0) {
		if (opt->output == OUTPUT_JSON)
			document_put(r->ctx, "Validation", report(r));
		return -1;
	}
	for (size_t i = 0; i < r->in.n; i++)
		judge(r, &r->in.objects[i]);
	compare_pools(r);
	return conclude(r, e);
}

static int run(struct ctx *ctx, struct err *e)
{
	struct run r = { .ctx = ctx };
	int rc = validate(&r, e);

	fit_release(&r.fit);
	input_release(&r.in);
	source_release(&r.source);
	catalog_release(&r.catalog);
	return rc;
}

const struct cmd cmd_validate = {
	.name = "validate",
	.args = "-f FILE|DIR|-",
	.summary = "judge files of Calico objects, as create would; no datastore",
	.details =
		"The rules are those of a release: field by field, between fields, and those of\n"
		"its CRDs. All faults of all objects are reported at once. What depends on a\n"
		"datastore is not judged: whether a tier or a BGPFilter exists, other pools,\n"
		"addresses in use.\n\n"
		"Examples:\n"
		"  calico-datastore validate -f pools.yaml\n"
		"  calico-datastore validate -f objects/ -R --release v3.29.1 -o json\n"
		"  kustomize build . | calico-datastore validate -f -\n",
	.options = "file recursive skip-empty release namespace output quiet help",
	.outputs = "text json",
	.run = run,
};
