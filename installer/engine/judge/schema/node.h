/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A schema (openAPIV3Schema) as a struct: each keyword is looked up once, and a walk over any
 * number of objects finds it in a field. Nodes borrow from their JSON.
 */
#ifndef ENGINE_JUDGE_SCHEMA_NODE_H
#define ENGINE_JUDGE_SCHEMA_NODE_H

#include <jansson.h>

#include "base/util.h"

struct cel_program;

/* NONE: the keyword is absent. OTHER: a word that no value matches. */
enum schema_type {
	SCHEMA_TYPE_NONE,
	SCHEMA_TYPE_INTEGER,
	SCHEMA_TYPE_NUMBER,
	SCHEMA_TYPE_STRING,
	SCHEMA_TYPE_BOOLEAN,
	SCHEMA_TYPE_ARRAY,
	SCHEMA_TYPE_OBJECT,
	SCHEMA_TYPE_OTHER
};

enum schema_list_type { SCHEMA_LIST_ATOMIC, SCHEMA_LIST_SET, SCHEMA_LIST_MAP };

/* A rule of x-kubernetes-validations; compiled at its first use. */
struct schema_rule {
	const char *text, *message; /* NULL: no message */
	const char *message_text; /* messageExpression; NULL: none */
	bool optional_old_self;
	struct cel_program *program, *message_program;
};

struct schema_branches {
	struct schema_node **items;
	size_t n;
};

struct schema_node {
	enum schema_type type;
	enum schema_list_type list_type;
	/* x-kubernetes-int-or-string, -preserve-unknown-fields, -embedded-resource */
	bool int_or_string, preserve, embedded, nullable, unique;
	bool exclusive_minimum, exclusive_maximum;

	/* JSON numbers, NULL: absent */
	const json_t *minimum, *maximum, *multiple_of, *min_length, *max_length, *min_items,
		*max_items, *min_properties, *max_properties;
	const char *pattern; /* NULL: absent or empty */
	const char *format; /* NULL: absent, or a format that the server does not check */
	const json_t *enumeration, *required, *map_keys; /* arrays; NULL: absent, or empty */
	struct schema_rule *rules;
	size_t n_rules;
	/* types of values in rules, when the node is reduced; NULL: this node */
	struct schema_node *types;
	const json_t *fallback; /* "default" */

	struct schema_branches all_of, any_of, one_of;
	struct schema_node * not, *items, *additional; /* NULL: absent, or not an object */
	bool additional_allowed; /* additionalProperties: true */

	json_t *places; /* name -> index into properties; NULL: no properties */
	struct schema_node **properties;
	const char **names; /* names of properties */
	size_t n_properties;
};

/* Accepts any JSON, also when it is not an object. The caller frees the node. */
struct schema_node *schema_node_new(const json_t *schema);
void schema_node_free(struct schema_node *node);
/* The member of a reduced schema that holds its original; no keyword has this name. */
#define SCHEMA_ORIGINAL " original"
/* The property with this name; NULL: none. */
const struct schema_node *schema_node_property(const struct schema_node *node, const char *name);
/* The property, or the schema of additional properties. *named: it is the property. */
const struct schema_node *schema_node_member(
	const struct schema_node *node, const char *name, bool *named);

static inline void schema_node_free_at(struct schema_node **node)
{
	schema_node_free(*node);
}
#define schema_node_auto __attribute__((cleanup(schema_node_free_at))) struct schema_node

#endif
