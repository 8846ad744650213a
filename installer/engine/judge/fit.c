/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/judge/fit.h"

#include <string.h>

#include "base/json.h"
#include "manifest/crd.h"

struct fit_kind {
	const struct calico_kind *kind;
	struct schema_node *schema; /* NULL: no CRD is of the kind */
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

/* What the schema is of: names, and the spec. */
static json_t *trimmed(const json_t *object)
{
	json_t *copy = json_object();
	static const char *const parts[] = { "apiVersion", "kind", "metadata", "spec" };

	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		if (json_object_get(object, parts[i]))
			json_object_set(copy, parts[i], json_object_get(object, parts[i]));
	return copy;
}

/* A field that the schema does not know is pruned: calicoctl's own types decide about fields. */
static void take_finding(
	struct fit *fit, const struct schema_finding *s, const json_t *object,
	struct write_findings *f)
{
	if (s->class == SCHEMA_HIDDEN)
		return;
	if (s->class == SCHEMA_NOT_EVALUATED) {
		fit->unknown++;
		return;
	}
	json_auto_t *value = s->value ? json_loads(s->value, JSON_DECODE_ANY, NULL) : NULL;

	(void)object;
	findings_add(f, "schema", s->path, s->text ? NULL : value, NULL,
		"is refused by the CRD%s%s%s%s", s->text ? "" : ": ", s->text ? "" : s->rule,
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
	for (size_t i = 0; i < found.n; i++)
		take_finding(fit, &found.items[i], object, f);
}

void fit_release(struct fit *fit)
{
	for (size_t i = 0; i < fit->n; i++)
		schema_node_free(fit->kinds[i].schema);
	free(fit->kinds);
	schema_judge_release(&fit->judge);
	*fit = (struct fit){ 0 };
}
