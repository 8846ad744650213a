/* SPDX-License-Identifier: Apache-2.0 */
/* How the API server reads an object: what the schema does not name goes, defaults come. */
#include <string.h>

#include "base/json.h"
#include "engine/schema.h"

static bool is_true(const json_t *schema, const char *key)
{
	return json_is_true(json_object_get(schema, key));
}

/* The schema of a member; named: by "properties". NULL: none. */
static const json_t *member_schema(const json_t *schema, const char *key, bool *named)
{
	const json_t *found = json_object_get(json_object_get(schema, "properties"), key);

	*named = found != NULL;
	if (!found)
		found = json_object_get(schema, "additionalProperties");
	return json_is_object(found) ? found : NULL;
}

static bool is_meta(const char *key)
{
	return strcmp(key, "apiVersion") == 0 || strcmp(key, "kind") == 0 ||
	       strcmp(key, "metadata") == 0;
}

struct reading {
	struct schema_findings *findings;
	struct schema_place place;
};

/* keep: as if the schema kept unknown fields. */
static void prune(
	struct reading *r, json_t *value, const json_t *schema, bool keep, bool is_resource);

/* Where unknown fields stay, those that are named have rules all the same. */
static void prune_member(struct reading *r, json_t *object, const char *key, json_t *member,
	const json_t *schema, bool keep)
{
	bool named;
	const json_t *below = member_schema(schema, key, &named);
	const json_t *additional = json_object_get(schema, "additionalProperties");
	bool gone = !below && !json_is_true(additional) && !keep;
	/* What goes was named once: each of its names is a field. */
	struct schema_mark mark = schema_enter_key(&r->place, key, named || gone);

	if (gone) {
		schema_note(r->findings, &r->place, SCHEMA_HIDDEN, "pruned", member);
		json_object_del(object, key);
	} else if (below || json_is_true(additional)) {
		prune(r, member, below, false, false);
	}
	schema_leave(&r->place, mark);
}

/* What keeps unknown fields does so for the items of its list, too. */
static void prune_items(struct reading *r, json_t *list, const json_t *schema, bool keep)
{
	const json_t *items = json_object_get(schema, "items");
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

static void prune(
	struct reading *r, json_t *value, const json_t *schema, bool keep, bool is_resource)
{
	bool embedded = is_resource || is_true(schema, "x-kubernetes-embedded-resource");
	json_t *member;
	const char *key;
	void *next;

	keep = keep || is_true(schema, "x-kubernetes-preserve-unknown-fields");
	if (json_is_array(value))
		prune_items(r, value, schema, keep);
	if (!json_is_object(value))
		return;
	json_object_foreach_safe(value, next, key, member) if (!embedded || !is_meta(key))
		prune_member(r, value, key, member, schema, keep);
}

/* A null that the schema does not allow is as good as absent. */
static bool is_stray_null(const json_t *value, const json_t *schema)
{
	return json_is_null(value) && schema && !is_true(schema, "nullable");
}

static void set_defaults(json_t *value, const json_t *schema);

static void set_members(json_t *object, const json_t *schema)
{
	const json_t *properties = json_object_get(schema, "properties");
	json_t *member;
	const json_t *below, *fallback;
	const char *key;
	void *next;
	bool named;

	json_object_foreach_safe(object, next, key, member)
	{
		below = member_schema(schema, key, &named);
		fallback = json_object_get(below, "default");
		if (is_stray_null(member, below) && !fallback)
			json_object_del(object, key);
		else if (is_stray_null(member, below))
			json_object_set_new(object, key, json_deep_copy(fallback));
	}
	json_object_foreach((json_t *)(uintptr_t)properties, key, below) {
		fallback = json_object_get(below, "default");
		if (fallback && !json_object_get(object, key))
			json_object_set_new(object, key, json_deep_copy(fallback));
	}
	json_object_foreach(object, key, member) {
		below = member_schema(schema, key, &named);
		if (below)
			set_defaults(member, below);
	}
}

static void set_defaults(json_t *value, const json_t *schema)
{
	const json_t *items = json_object_get(schema, "items");
	const json_t *fallback = json_object_get(items, "default");
	json_t *item;
	size_t i;

	if (json_is_object(value))
		set_members(value, schema);
	if (!json_is_array(value) || !items)
		return;
	json_array_foreach(value, i, item) {
		if (is_stray_null(item, items) && fallback) {
			item = json_deep_copy(fallback);
			json_array_set_new(value, i, item);
		}
		set_defaults(item, items);
	}
}

json_t *schema_read(const json_t *schema, const json_t *object, struct schema_findings *findings)
{
	struct reading r = { .findings = findings };
	json_t *copy = json_deep_copy(object);

	prune(&r, copy, schema, false, true);
	set_defaults(copy, schema);
	buf_release(&r.place.path);
	buf_release(&r.place.field);
	return copy;
}
