/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the API server reads an object: it drops fields that the schema does not name, and adds
 * defaults.
 */
#include <string.h>

#include "base/json.h"
#include "engine/judge/schema/schema.h"

static bool is_meta(const char *key)
{
	return strcmp(key, "apiVersion") == 0 || strcmp(key, "kind") == 0 ||
	       strcmp(key, "metadata") == 0;
}

struct reading {
	struct schema_findings *findings;
	struct schema_place place;
};

/* keep: keep unknown fields, whatever the schema says. */
static void prune(struct reading *r, json_t *value, const struct schema_node *schema, bool keep,
	bool is_resource);

/* Named fields follow their own rules, also where unknown fields are kept. */
static void prune_member(struct reading *r, json_t *object, const char *key, json_t *member,
	const struct schema_node *schema, bool keep)
{
	bool named;
	const struct schema_node *below = schema_node_member(schema, key, &named);
	bool any = schema && schema->additional_allowed;
	bool gone = !below && !any && !keep;
	/* A pruned key is a field of its own, since the old schema had it. */
	struct schema_mark mark = schema_enter_key(&r->place, key, named || gone);

	if (gone) {
		schema_note(r->findings, &r->place, SCHEMA_HIDDEN, "pruned", member);
		json_object_del(object, key);
	} else if (below || any) {
		prune(r, member, below, false, false);
	}
	schema_leave(&r->place, mark);
}

/* A schema that keeps unknown fields also keeps those in the items of its list. */
static void prune_items(
	struct reading *r, json_t *list, const struct schema_node *schema, bool keep)
{
	const struct schema_node *items = schema ? schema->items : NULL;
	json_t *item;
	size_t i;

	if (!items && keep)
		return;
	json_array_foreach(list, i, item) {
		struct schema_mark mark = schema_enter_item(&r->place, i, schema);

		prune(r, item, items, keep, false);
		schema_leave(&r->place, mark);
	}
}

static void prune(struct reading *r, json_t *value, const struct schema_node *schema, bool keep,
	bool is_resource)
{
	bool embedded = is_resource || (schema && schema->embedded);
	json_t *member;
	const char *key;
	void *next;

	keep = keep || (schema && schema->preserve);
	if (json_is_array(value))
		prune_items(r, value, schema, keep);
	if (!json_is_object(value))
		return;
	json_object_foreach_safe(value, next, key, member) if (!embedded || !is_meta(key))
		prune_member(r, value, key, member, schema, keep);
}

/* A null that the schema does not allow counts as absent. */
static bool is_stray_null(const json_t *value, const struct schema_node *schema)
{
	return json_is_null(value) && schema && !schema->nullable;
}

static void set_defaults(json_t *value, const struct schema_node *schema);

static void set_members(json_t *object, const struct schema_node *schema)
{
	const struct schema_node *below;
	json_t *member;
	const char *key;
	void *next;
	bool named;

	json_object_foreach_safe(object, next, key, member)
	{
		below = schema_node_member(schema, key, &named);
		if (!is_stray_null(member, below)) {
			if (below)
				set_defaults(member, below);
		} else if (below->fallback) {
			member = json_deep_copy(below->fallback);
			json_object_set_new(object, key, member);
			set_defaults(member, below);
		} else {
			json_object_del(object, key);
		}
	}
	for (size_t i = 0; i < schema->n_properties; i++) {
		below = schema->properties[i];
		if (!below->fallback || json_object_get(object, schema->names[i]))
			continue;
		member = json_deep_copy(below->fallback);
		json_object_set_new(object, schema->names[i], member);
		set_defaults(member, below);
	}
}

static void set_defaults(json_t *value, const struct schema_node *schema)
{
	const struct schema_node *items = schema->items;
	json_t *item;
	size_t i;

	if (json_is_object(value))
		set_members(value, schema);
	if (!json_is_array(value) || !items)
		return;
	json_array_foreach(value, i, item) {
		if (is_stray_null(item, items) && items->fallback) {
			item = json_deep_copy(items->fallback);
			json_array_set_new(value, i, item);
		}
		set_defaults(item, items);
	}
}

json_t *schema_read(
	const struct schema_node *schema, const json_t *object, struct schema_findings *findings)
{
	struct reading r = { .findings = findings };
	json_t *copy = json_deep_copy(object);

	prune(&r, copy, schema, false, true);
	set_defaults(copy, schema);
	buf_release(&r.place.path);
	buf_release(&r.place.field);
	return copy;
}
