/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules and values from a hostile manifest or server: the rule, a line "---", the value as YAML.
 * There is always a verdict within the budget. ERROR and UNKNOWN have a reason, and no other
 * verdict has one.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/yaml.h"
#include "engine/judge/cel/cel.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Makes a schema with the types of this value. */
static json_t *schema_of(const json_t *value, int depth)
{
	json_t *schema = json_object(), *properties, *member;
	const char *key;

	json_object_set_new(schema, "type",
		json_string(json_is_object(value)	? "object"
			    : json_is_array(value)	? "array"
			    : json_is_string(value)	? "string"
			    : json_is_integer(value) ? "integer"
			    : json_is_number(value)	? "number"
							: "boolean"));
	if (json_is_array(value) && depth > 0)
		json_object_set_new(
			schema, "items", schema_of(json_array_get(value, 0), depth - 1));
	if (!json_is_object(value) || depth == 0)
		return schema;
	properties = json_object();
	json_object_foreach((json_t *)(uintptr_t)value, key, member)
		json_object_set_new(properties, key, schema_of(member, depth - 1));
	json_object_set_new(schema, "properties", properties);
	return schema;
}

static void judge(const char *rule, const json_t *value)
{
	json_auto_t *schema = schema_of(value, 8);
	schema_node_auto *node = schema_node_new(schema);
	struct schema_patterns patterns = { 0 };
	size_t steps = 100000;
	struct cel_program *program = cel_program_new(rule);
	struct cel_input input = { .self = value, .old_self = value, .schema = node, .root = true,
		.optional_old_self = strlen(rule) % 2, .patterns = &patterns, .steps = &steps };
	char_auto *why = NULL;
	enum cel_verdict verdict = cel_judge(program, &input, &why);
	char_auto *text = cel_text(program, &input);

	(void)text;
	if ((verdict == CEL_ERROR || verdict == CEL_UNKNOWN) != (why != NULL) || steps > 100000)
		abort();
	cel_program_free(program);
	schema_patterns_release(&patterns);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char_auto *text = xstrndup((const char *)data, size);
	char *behind = strstr(text, "\n---\n");
	json_auto_t *documents = NULL;
	err_auto e = { 0 };

	if (behind) {
		*behind = '\0';
		documents = yaml_load("fuzz", behind + 5, strlen(behind + 5), &e);
	}
	json_auto_t *none = json_object();

	judge(text, json_array_size(documents) > 0 ? json_array_get(documents, 0) : none);
	return 0;
}
