/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/judge/fit.h"

#include <string.h>

#include "base/json.h"
#include "manifest/crd.h"

struct fit_kind {
	const struct calico_kind *kind;
	struct schema_node *schema; /* NULL: no CRD has this kind */
};

static const json_t *schema_of(const json_t *crds, const struct calico_kind *kind)
{
	const json_t *crd, *version;
	size_t i, k;

	json_array_foreach((json_t *)(uintptr_t)crds, i, crd) {
		const char *served = crd_served_version(crd);

		if (!served || strcmp(crd_kind(crd), kind->kind) != 0)
			continue;
		json_array_foreach((json_t *)(uintptr_t)crd_versions(crd), k, version)
			if (strcmp(json_str(version, "name"), served) == 0)
				return json_at(version, "schema", "openAPIV3Schema", NULL);
	}
	return NULL;
}

static const struct schema_node *node_of(struct fit *fit, const struct calico_kind *kind)
{
	const json_t *schema;

	for (size_t i = 0; i < fit->n; i++)
		if (fit->kinds[i].kind == kind)
			return fit->kinds[i].schema;
	schema = schema_of(fit->crds, kind);
	fit->kinds = xrealloc(fit->kinds, fit->n + 1, sizeof(*fit->kinds));
	fit->kinds[fit->n] =
		(struct fit_kind){ kind, schema ? schema_node_new(schema) : NULL };
	return fit->kinds[fit->n++].schema;
}

/* The parts that the schema describes: names, and spec. */
static json_t *trimmed(const json_t *object)
{
	json_t *copy = json_object();
	static const char *const parts[] = { "apiVersion", "kind", "metadata", "spec" };

	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		if (json_object_get(object, parts[i]))
			json_object_set(copy, parts[i], json_object_get(object, parts[i]));
	return copy;
}

/* The text for a keyword of a schema; it continues the name of the field. */
static const char *words_of(const char *keyword)
{
	static const char *const words[][2] = { { "enum", "is none of the values of the CRD" },
		{ "pattern", "does not match the CRD's pattern" },
		{ "format", "does not have the format that the CRD wants" },
		{ "type", "has another type in the CRD" },
		{ "required", "lacks a field that the CRD wants" },
		{ "minimum", "is below the CRD's minimum" },
		{ "maximum", "is above the CRD's maximum" } };

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strcmp(words[i][0], keyword) == 0)
			return words[i][1];
	return NULL;
}

/* True: a finding exists already at this field or below it. */
static bool is_told(const struct write_findings *f, const char *path)
{
	size_t n = strlen(path);

	for (size_t i = 0; i < f->n; i++)
		if (strncmp(f->items[i].path, path, n) == 0 &&
			(!f->items[i].path[n] || strchr(".[", f->items[i].path[n])))
			return true;
	return false;
}

/*
 * Ignores unknown fields, which are pruned: the types of calicoctl decide about fields. Also
 * ignores a rule of a whole object when one of its fields was refused already, since both often say
 * the same.
 */
static void take_finding(
	struct fit *fit, const struct schema_finding *s, struct write_findings *f, size_t own)
{
	const struct write_findings before = { .items = f->items, .n = own };
	const char *words = words_of(s->rule);

	if (s->class == SCHEMA_HIDDEN || is_told(&before, s->path))
		return;
	if (s->class == SCHEMA_NOT_EVALUATED)
		fit->unknown++;
	else if (s->text)
		findings_add(f, "schema", s->path, NULL, NULL, "breaks a rule of the CRD: %s",
			s->message ? s->message : s->text);
	else
		findings_add_text(f, "schema", s->path, s->value, NULL, "%s%s%s%s",
			words ? words : "is refused by the CRD: ", words ? "" : s->rule,
			s->message ? ": " : "", s->message ? s->message : "");
}

void fit_judge(struct fit *fit, const struct calico_kind *kind, const json_t *object,
	struct write_findings *f)
{
	const struct schema_node *schema = node_of(fit, kind);
	json_auto_t *anything = json_pack(
		"{s:s, s:b}", "type", "object", "x-kubernetes-preserve-unknown-fields", 1);
	schema_node_auto *open = schema ? schema_node_new(anything) : NULL;
	schema_findings_auto found = { 0 };

	if (!schema)
		return;
	json_auto_t *part = trimmed(object);

	fit->judge.steps = 10000000;
	schema_judge(&fit->judge, open, schema, part, &found);
	for (size_t i = 0, own = f->n; i < found.n; i++)
		take_finding(fit, &found.items[i], f, own);
}

void fit_release(struct fit *fit)
{
	for (size_t i = 0; i < fit->n; i++)
		schema_node_free(fit->kinds[i].schema);
	free(fit->kinds);
	schema_judge_release(&fit->judge);
	*fit = (struct fit){ 0 };
}
