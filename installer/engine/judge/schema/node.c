/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/judge/schema/node.h"

#include <string.h>

#include "base/json.h"
#include "engine/judge/cel/cel.h"
#include "engine/judge/schema/schema.h"

static bool flag(const json_t *schema, const char *key)
{
	return json_is_true(json_object_get(schema, key));
}

static const json_t *number(const json_t *schema, const char *key)
{
	const json_t *value = json_object_get(schema, key);

	return json_is_number(value) ? value : NULL;
}

static const json_t *list(const json_t *schema, const char *key)
{
	const json_t *value = json_object_get(schema, key);

	return json_array_size(value) > 0 ? value : NULL;
}

static const char *word(const json_t *schema, const char *key)
{
	const char *text = json_str(schema, key);

	return text && *text ? text : NULL;
}

static enum schema_type type_of(const json_t *schema)
{
	static const char *const names[] = {
		[SCHEMA_TYPE_INTEGER] = "integer",
		[SCHEMA_TYPE_NUMBER] = "number",
		[SCHEMA_TYPE_STRING] = "string",
		[SCHEMA_TYPE_BOOLEAN] = "boolean",
		[SCHEMA_TYPE_ARRAY] = "array",
		[SCHEMA_TYPE_OBJECT] = "object",
	};
	const char *name = json_str(schema, "type");

	if (!name)
		return SCHEMA_TYPE_NONE;
	for (size_t i = SCHEMA_TYPE_INTEGER; i < ARRAY_LEN(names); i++)
		if (strcmp(name, names[i]) == 0)
			return (enum schema_type)i;
	return SCHEMA_TYPE_OTHER;
}

static enum schema_list_type list_type_of(const json_t *schema)
{
	const char *name = json_str(schema, "x-kubernetes-list-type");

	return !name                      ? SCHEMA_LIST_ATOMIC
	       : strcmp(name, "set") == 0 ? SCHEMA_LIST_SET
	       : strcmp(name, "map") == 0 ? SCHEMA_LIST_MAP
					  : SCHEMA_LIST_ATOMIC;
}

static struct schema_node *child(const json_t *schema, const char *key)
{
	const json_t *value = json_object_get(schema, key);

	return json_is_object(value) ? schema_node_new(value) : NULL;
}

static struct schema_branches branches(const json_t *schema, const char *key)
{
	const json_t *all = json_object_get(schema, key), *item;
	struct schema_branches b = { .n = json_array_size(all) };
	size_t i;

	b.items = xcalloc(b.n, sizeof(struct schema_node *));
	json_array_foreach(all, i, item)
		b.items[i] = schema_node_new(item);
	return b;
}

static void take_properties(struct schema_node *node, const json_t *schema)
{
	const json_t *all = json_object_get(schema, "properties");
	const char *name;
	json_t *value;

	if (json_object_size(all) == 0)
		return;
	node->places = json_object();
	node->properties = xcalloc(json_object_size(all), sizeof(struct schema_node *));
	node->names = xcalloc(json_object_size(all), sizeof(const char *));
	json_object_foreach((json_t *)(uintptr_t)all, name, value) {
		json_object_set_new(
			node->places, name, json_integer((json_int_t)node->n_properties));
		node->names[node->n_properties] = name;
		node->properties[node->n_properties++] = schema_node_new(value);
	}
}

static void take_keywords(struct schema_node *node, const json_t *schema)
{
	const char *format = word(schema, "format");

	node->type = type_of(schema);
	node->list_type = list_type_of(schema);
	node->int_or_string = flag(schema, "x-kubernetes-int-or-string");
	node->preserve = flag(schema, "x-kubernetes-preserve-unknown-fields");
	node->embedded = flag(schema, "x-kubernetes-embedded-resource");
	node->nullable = flag(schema, "nullable");
	node->unique = flag(schema, "uniqueItems");
	node->exclusive_minimum = flag(schema, "exclusiveMinimum");
	node->exclusive_maximum = flag(schema, "exclusiveMaximum");
	node->minimum = number(schema, "minimum");
	node->maximum = number(schema, "maximum");
	node->multiple_of = number(schema, "multipleOf");
	node->min_length = number(schema, "minLength");
	node->max_length = number(schema, "maxLength");
	node->min_items = number(schema, "minItems");
	node->max_items = number(schema, "maxItems");
	node->min_properties = number(schema, "minProperties");
	node->max_properties = number(schema, "maxProperties");
	node->pattern = word(schema, "pattern");
	node->format = format && schema_format_is_checked(format) ? format : NULL;
	node->enumeration = list(schema, "enum");
	node->required = list(schema, "required");
	node->map_keys = json_object_get(schema, "x-kubernetes-list-map-keys");
	node->fallback = json_object_get(schema, "default");
}

static void take_rules(struct schema_node *node, const json_t *schema)
{
	const json_t *all = list(schema, "x-kubernetes-validations"), *item;
	size_t i;

	if (!all)
		return;
	node->rules = xcalloc(json_array_size(all), sizeof(*node->rules));
	json_array_foreach(all, i, item)
		if (json_str(item, "rule"))
			node->rules[node->n_rules++] = (struct schema_rule){
				.text = json_str(item, "rule"),
				.message = word(item, "message"),
				.message_text = word(item, "messageExpression"),
				.optional_old_self = flag(item, "optionalOldSelf"),
			};
	node->types = child(schema, SCHEMA_ORIGINAL);
}

struct schema_node *schema_node_new(const json_t *schema)
{
	struct schema_node *node = xcalloc(1, sizeof(*node));

	take_keywords(node, schema);
	node->all_of = branches(schema, "allOf");
	node->any_of = branches(schema, "anyOf");
	node->one_of = branches(schema, "oneOf");
	node->not = json_object_get(schema, "not") ? schema_node_new(json_object_get(schema, "not"))
						   : NULL;
	node->items = child(schema, "items");
	node->additional = child(schema, "additionalProperties");
	node->additional_allowed = flag(schema, "additionalProperties");
	take_properties(node, schema);
	take_rules(node, schema);
	return node;
}

static void free_branches(struct schema_branches *b)
{
	for (size_t i = 0; i < b->n; i++)
		schema_node_free(b->items[i]);
	free(b->items);
}

void schema_node_free(struct schema_node *node)
{
	if (!node)
		return;
	free_branches(&node->all_of);
	free_branches(&node->any_of);
	free_branches(&node->one_of);
	schema_node_free(node->not );
	schema_node_free(node->items);
	schema_node_free(node->additional);
	for (size_t i = 0; i < node->n_properties; i++)
		schema_node_free(node->properties[i]);
	for (size_t i = 0; i < node->n_rules; i++) {
		cel_program_free(node->rules[i].program);
		cel_program_free(node->rules[i].message_program);
	}
	free(node->rules);
	schema_node_free(node->types);
	free(node->properties);
	free(node->names);
	json_decref(node->places);
	free(node);
}

const struct schema_node *schema_node_property(const struct schema_node *node, const char *name)
{
	const json_t *place = node && node->places ? json_object_get(node->places, name) : NULL;

	return place ? node->properties[json_integer_value(place)] : NULL;
}

const struct schema_node *schema_node_member(
	const struct schema_node *node, const char *name, bool *named)
{
	const struct schema_node *found = schema_node_property(node, name);

	*named = found != NULL;
	return found || !node ? found : node->additional;
}
