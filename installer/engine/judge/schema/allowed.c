/* SPDX-License-Identifier: Apache-2.0 */
/* What a schema accepts in place of a refused value, in a few words. */
#include <string.h>

#include "base/json.h"
#include "engine/judge/schema/schema.h"

enum { LIST_MAX = 160 };

static char *json_words(const char *before, const json_t *value, const char *after)
{
	struct buf text = { 0 };

	buf_puts(&text, before);
	json_write(&text, value, JSON_STYLE_COMPACT);
	buf_puts(&text, after);
	return buf_steal(&text);
}

/* The values, as many as fit. */
static char *one_of(const json_t *values)
{
	struct buf text = { 0 };
	const json_t *value;
	size_t i, n = json_array_size(values);

	json_array_foreach(values, i, value) {
		if (text.len > LIST_MAX) {
			buf_printf(&text, " and %zu more", n - i);
			break;
		}
		if (i > 0)
			buf_puts(&text, ", ");
		json_write(&text, value, JSON_STYLE_COMPACT);
	}
	return buf_steal(&text);
}

static const char *type_word(const struct schema_node *schema)
{
	static const char *const words[] = { "a value", "a whole number", "a number", "a string",
		"true or false", "a list", "an object", "no value" };

	return schema->int_or_string ? "a whole number or a string" : words[schema->type];
}

static char *value_of(const struct schema_node *schema)
{
	if (!schema)
		return xstrdup("a value");
	return schema->enumeration ? one_of(schema->enumeration) : xstrdup(type_word(schema));
}

static char *of_list_type(const struct schema_node *schema)
{
	if (schema->list_type == SCHEMA_LIST_MAP && schema->map_keys) {
		char_auto *keys = one_of(schema->map_keys);

		return xasprintf("no two items with the same %s", keys);
	}
	return xstrdup("no item twice");
}

char *schema_allowed(const struct schema_node *schema, const char *rule)
{
	static const struct {
		const char *rule;
		size_t at;
		const char *before, *after;
	} bounds[] = {
#define AT(field) offsetof(struct schema_node, field)
		{ "multipleOf", AT(multiple_of), "a multiple of ", "" },
		{ "maxLength", AT(max_length), "at most ", " characters" },
		{ "minLength", AT(min_length), "at least ", " characters" },
		{ "maxItems", AT(max_items), "at most ", " items" },
		{ "minItems", AT(min_items), "at least ", " items" },
		{ "maxProperties", AT(max_properties), "at most ", " members" },
		{ "minProperties", AT(min_properties), "at least ", " members" },
#undef AT
	};

	for (size_t i = 0; i < ARRAY_LEN(bounds); i++)
		if (strcmp(rule, bounds[i].rule) == 0)
			return json_words(bounds[i].before,
				*(const json_t *const *)((const char *)schema + bounds[i].at),
				bounds[i].after);
	if (strcmp(rule, "minimum") == 0)
		return json_words(schema->exclusive_minimum ? "more than " : "at least ",
			schema->minimum, "");
	if (strcmp(rule, "maximum") == 0)
		return json_words(schema->exclusive_maximum ? "less than " : "at most ",
			schema->maximum, "");
	if (strcmp(rule, "enum") == 0 || strcmp(rule, "type") == 0)
		return value_of(schema);
	if (strcmp(rule, "pattern") == 0)
		return xasprintf("text that matches %s", schema->pattern);
	if (strcmp(rule, "format") == 0)
		return xasprintf("text in the format %s", schema->format);
	if (strcmp(rule, "uniqueItems") == 0 || strcmp(rule, "x-kubernetes-list-type") == 0)
		return of_list_type(schema);
	if (strcmp(rule, "structured-merge") == 0) {
		char_auto *keys = one_of(schema->map_keys);

		return xasprintf("items that each have %s", keys);
	}
	return NULL;
}

char *schema_allowed_member(const struct schema_node *schema, const char *name)
{
	const struct schema_node *member = schema_node_property(schema, name);
	char_auto *value = value_of(member);

	return xasprintf("it has to be set: %s", value);
}
