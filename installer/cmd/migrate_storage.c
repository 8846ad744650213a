/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/json.h"
#include "cmd/commands.h"
#include "engine/look/rights.h"
#include "engine/act/migrate.h"
#include "engine/look/mode.h"
#include "engine/tell/report.h"
#include "manifest/crd.h"
#include "run/document.h"

static void show_progress(void *arg, size_t objects)
{
	struct ctx *ctx = arg;

	out_progress(&ctx->out, "%zu objects, %.1f s", objects,
		(double)(now_ms() - ctx->started) / 1000);
}

/* A word with a dot is the name of a CRD. A plural stands for Calico's CRDs with this plural. */
static int add_names(json_t *chosen, const char *word, const json_t *known, struct err *e)
{
	size_t length = strlen(word), before = json_array_size(chosen), i;
	const json_t *name;

	if (strchr(word, '.')) {
		json_array_append_new(chosen, json_string(word));
		return 0;
	}
	json_array_foreach(known, i, name) {
		const char *text = json_string_value(name);

		if (strncmp(text, word, length) == 0 && text[length] == '.')
			json_array_append_new(chosen, json_string(text));
	}
	if (json_array_size(chosen) == before)
		return err_set(e, ERR_USAGE, 0,
			"%s: no CRD of Calico has this plural; a whole name is PLURAL.GROUP", word);
	return 0;
}

static json_t *choose(const struct ctx *ctx, struct err *e)
{
	surfaces_auto surfaces = { 0 };
	json_auto_t *chosen = json_array();

	if (source_surfaces(&surfaces, NULL, e) < 0)
		return NULL;
	json_auto_t *known = mode_crd_names(&surfaces);

	if (ctx->n_args == 0)
		return json_incref(known);
	for (size_t i = 0; i < ctx->n_args; i++)
		if (add_names(chosen, ctx->args[i], known, e) < 0)
			return NULL;
	return json_incref(chosen);
}

static const char *outcome(const struct migrate *m, const struct migrate_crd *item)
{
	return item->problem   ? "failed"
	       : !item->needed ? "unchanged"
	       : m->dry_run    ? "migrate"
			       : "migrated";
}

static char *stored(const struct migrate_crd *item)
{
	const json_t *versions = json_at(item->live, "status", "storedVersions", NULL), *version;
	buf_auto text = { 0 };
	size_t i;

	json_array_foreach(versions, i, version)
		buf_printf(&text, "%s%s", i > 0 ? "," : "",
			json_is_string(version) ? json_string_value(version) : "?");
	return buf_steal(&text);
}

static void put_text(struct ctx *ctx, const struct migrate *m)
{
	struct buf *out = &ctx->out.text;

	for (size_t i = 0; i < m->n; i++) {
		const struct migrate_crd *item = &m->items[i];
		char_auto *before = stored(item);

		buf_printf(out, CRD_RESOURCE "/%s %s\n", crd_name(item->live), outcome(m, item));
		if (item->needed)
			buf_printf(out, "    %s -> %s, %zu objects%s%s\n", before,
				crd_storage_version(item->live), item->objects,
				item->problem ? "; " : "", item->problem ? item->problem : "");
	}
	buf_printf(out, "# %zu of %zu CRDs %s\n", migrate_needed(m) - migrate_failed(m), m->n,
		m->dry_run ? "to migrate" : "migrated");
}

static json_t *as_json(const struct migrate *m)
{
	json_t *items = json_array();

	for (size_t i = 0; i < m->n; i++) {
		const struct migrate_crd *item = &m->items[i];

		json_array_append_new(items,
			json_pack("{s:s, s:s, s:O?, s:s, s:I, s:I, s:s?}", "name",
				crd_name(item->live), "outcome", outcome(m, item), "storedVersions",
				json_at(item->live, "status", "storedVersions", NULL),
				"storageVersion", crd_storage_version(item->live), "objects",
				(json_int_t)item->objects, "refused", (json_int_t)item->refused,
				"problem", item->problem));
	}
	return json_pack("{s:o}", "customResourceDefinitions", items);
}

static int verdict(const struct migrate *m, struct err *e)
{
	for (size_t i = 0; i < m->n; i++) {
		const struct migrate_crd *item = &m->items[i];

		if (item->refused > 0)
			return err_set(e, ERR_API, 0,
				"%s: %zu objects were refused, the first: %s; correct them and run "
				"this again",
				crd_name(item->live), item->refused, item->problem);
		if (item->problem)
			return err_set(
				e, ERR_CONFLICT, 0, "%s: %s", crd_name(item->live), item->problem);
	}
	return 0;
}

static int migrate(struct ctx *ctx, struct migrate *m, struct err *e)
{
	json_auto_t *names = choose(ctx, e);

	if (!names || cluster_open(ctx, e) < 0)
		return -1;
	document_needs(ctx, "migrate-storage", json_incref(names));
	if (migrate_look(m, ctx->at.cluster.api, names, e) < 0)
		return -1;
	json_auto_t *there = json_array();

	for (size_t i = 0; i < m->n; i++)
		json_array_append_new(there, json_string(crd_name(m->items[i].live)));
	if ((migrate_needed(m) > 0 &&
		    lock_refuse(ctx->at.cluster.api, there, ctx->opt.ignore_lock, e) < 0) ||
		migrate_run(m, ctx->at.cluster.api, show_progress, ctx, e) < 0)
		return -1;
	if (m->n == 0)
		return err_set(e, ERR_CHECK, 0, "%s has none of these CRDs", ctx->at.server);
	return verdict(m, e);
}

static int run(struct ctx *ctx, struct err *e)
{
	migrate_auto m = { .dry_run = ctx->opt.dry_run };
	int rc = migrate(ctx, &m, e);

	ctx->answer.changed = migrate_needed(&m) > migrate_failed(&m);
	if (ctx->opt.output == OUTPUT_JSON)
		document_put(ctx, "Report", as_json(&m));
	else if (m.n > 0)
		put_text(ctx, &m);
	return rc;
}

const struct cmd cmd_migrate_storage = {
	.name = "migrate-storage",
	.args = "[CRD...]",
	.summary = "rewrite objects that are stored in an old version",
	.details = "Of all of Calico's CRDs, or of these: a plural, or PLURAL.GROUP. Where\n"
		   "status.storedVersions has more than the storage version, every object is\n"
		   "written as it is, page by page; then, if the CRD is still the same,\n"
		   "storedVersions is cut down, and an upgrade may drop the old version.\n"
		   "Fields that the schema has lost are lost for good then; before that,\n"
		   "rollback shows them again. Wait a minute after a change of the CRD, so that\n"
		   "every API server writes the new version.\n\n"
		   "Example:\n"
		   "  calico-datastore migrate-storage --dry-run\n",
	.options = "dry-run ignore-lock output quiet " CLUSTER_OPTIONS " help",
	.outputs = "text json",
	.max_args = 64,
	.run = run,
};
