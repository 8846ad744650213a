/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/json.h"
#include "manifest/crd.h"

/*
 * Both functions on prose walk a schema side by side with another one, which is NULL where it has
 * nothing at the same place. They visit only nodes that are schemas. A property named
 * "description", or a default that has one, is not prose.
 */
typedef void visit_fn(json_t *node, const json_t *other);

static void walk(json_t *schema, const json_t *other, visit_fn *visit)
{
	static const char *const maps[] = { "properties", "patternProperties", "definitions" };
	static const char *const single[] = { "items", "additionalProperties", "not" };
	static const char *const lists[] = { "items", "allOf", "anyOf", "oneOf" };
	json_t *child;
	const char *name;
	size_t k;

	if (!json_is_object(schema))
		return;
	visit(schema, other);
	for (size_t i = 0; i < ARRAY_LEN(maps); i++)
		json_object_foreach(json_object_get(schema, maps[i]), name, child)
			walk(child, json_at(other, maps[i], name, NULL), visit);
	for (size_t i = 0; i < ARRAY_LEN(single); i++)
		walk(json_object_get(schema, single[i]), json_object_get(other, single[i]), visit);
	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		json_array_foreach(json_object_get(schema, lists[i]), k, child)
			walk(child, json_array_get(json_object_get(other, lists[i]), k), visit);
}

static void drop_rule_messages(json_t *schema)
{
	json_t *rule;
	size_t i;

	json_array_foreach(json_object_get(schema, "x-kubernetes-validations"), i, rule)
		json_object_del(rule, "message");
}

static void drop(json_t *node, const json_t *other)
{
	(void)other;
	if (json_is_string(json_object_get(node, "description")))
		json_object_del(node, "description");
	drop_rule_messages(node);
}

static const json_t *find_by(const json_t *list, const char *key, const char *value)
{
	const json_t *item;
	size_t i;

	json_array_foreach(list, i, item) {
		const char *text = json_str(item, key);

		if (text && value && strcmp(text, value) == 0)
			return item;
	}
	return NULL;
}

static void fill_member(json_t *object, const json_t *other, const char *key)
{
	json_t *theirs = json_object_get(other, key);

	if (json_is_string(theirs) && !json_object_get(object, key))
		json_object_set(object, key, theirs);
}

static void fill(json_t *node, const json_t *other)
{
	const json_t *rules = json_object_get(other, "x-kubernetes-validations");
	json_t *rule;
	size_t i;

	fill_member(node, other, "description");
	json_array_foreach(json_object_get(node, "x-kubernetes-validations"), i, rule)
		fill_member(rule, find_by(rules, "rule", json_str(rule, "rule")), "message");
}

static void each_version(json_t *crd, const json_t *other, visit_fn *visit)
{
	json_t *version, *column;
	size_t i, k;

	json_array_foreach(crd_versions(crd), i, version) {
		const json_t *theirs =
			other ? find_by(crd_versions(other), "name", json_str(version, "name"))
			      : NULL;
		const json_t *columns = json_object_get(theirs, "additionalPrinterColumns");

		walk((json_t *)(uintptr_t)json_at(version, "schema", "openAPIV3Schema", NULL),
			json_at(theirs, "schema", "openAPIV3Schema", NULL), visit);
		json_array_foreach(json_object_get(version, "additionalPrinterColumns"), k, column)
			visit(column, find_by(columns, "name", json_str(column, "name")));
	}
}

void crd_drop_prose(json_t *crd)
{
	each_version(crd, NULL, drop);
}

void crd_fill_prose(json_t *target, const json_t *from)
{
	each_version(target, from, fill);
}
