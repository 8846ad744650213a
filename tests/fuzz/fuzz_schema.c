/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Schemas and objects from a hostile server, in groups of three documents: old schema, new schema,
 * object. The object does not change. Findings are limited in number and have no control
 * characters. An object that a schema has read has no new finding under the same schema.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/yaml.h"
#include "engine/judge/schema/schema.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *text)
{
	for (; text && *text; text++)
		if (((unsigned char)*text < ' ' && *text != '\n' && *text != '\t') || *text == 0x7f)
			abort();
}

static void judge(const json_t *old, const json_t *new, const json_t *object)
{
	struct schema_judge judge = { .ratchets = json_is_object(old) };
	json_auto_t *before = json_deep_copy(object);
	schema_node_auto *from = schema_node_new(old), *to = schema_node_new(new);
	schema_findings_auto found = { 0 };

	schema_judge(&judge, from, to, object, &found);
	if (!json_equal(before, object) || found.n > SCHEMA_FINDINGS_MAX)
		abort();
	for (size_t i = 0; i < found.n; i++) {
		const struct schema_finding *f = &found.items[i];

		check_text(f->path);
		check_text(f->value);
		if (!f->rule || !f->field || !f->part || strlen(f->part) > strlen(f->path))
			abort();
	}
	schema_judge_release(&judge);
}

/*
 * For an object that the old schema has read, reduced schemas give as many findings as whole ones.
 */
static void judge_reduced(json_t *old, json_t *new, const json_t *object)
{
	struct schema_judge judge = { 0 };
	schema_node_auto *from = schema_node_new(old), *to = schema_node_new(new);
	schema_findings_auto pruned = { 0 }, whole = { 0 }, reduced = { 0 };
	json_auto_t *read = schema_read(from, object, &pruned);
	json_auto_t *again = schema_read(from, read, &pruned);

	if (!json_equal(read, again) || !json_is_object(old) || !json_is_object(new))
		return;
	schema_judge(&judge, from, to, read, &whole);
	json_incref(old);
	json_incref(new);
	schema_reduce(&old, &new);
	schema_node_auto *less_from = schema_node_new(old), *less_to = schema_node_new(new);

	schema_judge(&judge, less_from, less_to, read, &reduced);
	json_decref(old);
	json_decref(new);
	schema_judge_release(&judge);
	if (whole.n < SCHEMA_FINDINGS_MAX && whole.n != reduced.n)
		abort();
}

/* Under the same schema, an object that it has read does not change and has no new fault. */
static void judge_again(const json_t *schema, const json_t *object)
{
	struct schema_judge judge = { 0 };
	schema_findings_auto pruned = { 0 }, found = { 0 };
	schema_node_auto *node = schema_node_new(schema);
	json_auto_t *once = schema_read(node, object, &pruned);
	json_auto_t *twice = schema_read(node, once, &pruned);

	/* A default may add fields that must be pruned again. */
	if (json_equal(once, twice))
		schema_judge(&judge, node, node, once, &found);
	for (size_t i = 0; i < found.n; i++)
		if (found.items[i].class == SCHEMA_ANY_CHANGE && json_is_object(schema) &&
			pruned.n + found.n < SCHEMA_FINDINGS_MAX)
			abort();
	schema_judge_release(&judge);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	err_auto e = { 0 };
	json_auto_t *documents = yaml_load("fuzz", (const char *)data, size, &e);

	for (size_t i = 0; i + 2 < json_array_size(documents); i++) {
		json_t *old = json_array_get(documents, i);
		json_t *new = json_array_get(documents, i + 1);
		const json_t *object = json_array_get(documents, i + 2);

		judge(old, new, object);
		judge(new, old, object);
		judge_again(new, object);
		judge_reduced(old, new, object);
	}
	return 0;
}
