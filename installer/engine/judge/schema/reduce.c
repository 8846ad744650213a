/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parts that two schemas share find the same in an object, and what both find is no finding. So
 * these parts are removed from both schemas once, before any object is judged.
 */
#include <string.h>

#include "base/json.h"
#include "engine/judge/schema/schema.h"

static bool is_child(const char *key)
{
	return strcmp(key, "properties") == 0 || strcmp(key, "items") == 0 ||
	       strcmp(key, "additionalProperties") == 0;
}

/* True: all other keywords are equal in both, apart from descriptions. */
static bool same_keywords(const json_t *a, const json_t *b)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)a, key, value)
		if (!is_child(key) && strcmp(key, "description") != 0 &&
			!json_equal(value, json_object_get(b, key)))
			return false;
	json_object_foreach((json_t *)(uintptr_t)b, key, value)
		if (!is_child(key) && strcmp(key, "description") != 0 && !json_object_get(a, key))
			return false;
	return true;
}

static bool same_default(const json_t *a, const json_t *b)
{
	const json_t *one = json_object_get(a, "default"), *other = json_object_get(b, "default");

	return one && other ? json_equal(one, other) : one == other;
}

static bool same_flag(const json_t *a, const json_t *b, const char *key)
{
	return json_is_true(json_object_get(a, key)) == json_is_true(json_object_get(b, key));
}

/* A schema that finds nothing, keeps all fields, and allows nulls as the given schema does. */
static json_t *anything(const json_t *schema)
{
	return json_pack("{s:b, s:O*, s:O*}", "x-kubernetes-preserve-unknown-fields", 1, "nullable",
		json_object_get(schema, "nullable"), "default", json_object_get(schema, "default"));
}

/* Rules read values by their types, also below removed parts. So the original schema is kept. */
static void keep_original(json_t *schema, const json_t *original)
{
	if (json_array_size(json_object_get(original, "x-kubernetes-validations")) > 0)
		json_object_set(schema, SCHEMA_ORIGINAL, (json_t *)(uintptr_t)original);
}

static bool reduce(const json_t *old, const json_t *new, json_t **old_out, json_t **new_out);

/* Reduces one member of both schemas; true: it was equal. */
static bool reduce_member(json_t *old, json_t *new, const char *key)
{
	json_t *a = json_object_get(old, key), *b = json_object_get(new, key);
	json_t *a_out, *b_out;

	if (!json_is_object(a) || !json_is_object(b))
		return a && b ? json_equal(a, b) : a == b;
	bool same = reduce(a, b, &a_out, &b_out);

	json_object_set_new(old, key, a_out);
	json_object_set_new(new, key, b_out);
	return same;
}

static bool reduce_properties(json_t *old, json_t *new)
{
	const json_t *a = json_object_get(old, "properties");
	const json_t *b = json_object_get(new, "properties");
	json_t *a_copy = json_copy((json_t *)(uintptr_t)a);
	json_t *b_copy = json_copy((json_t *)(uintptr_t)b), *unused;
	bool same = json_object_size(a) == json_object_size(b);
	const char *key;

	json_object_foreach((json_t *)(uintptr_t)a, key, unused)
		same = reduce_member(a_copy, b_copy, key) && same;
	if (a)
		json_object_set_new(old, "properties", a_copy);
	if (b)
		json_object_set_new(new, "properties", b_copy);
	return same;
}

/* Returns new values. True: both schemas are equal, so the reduced ones find nothing. */
static bool reduce(const json_t *old, const json_t *new, json_t **old_out, json_t **new_out)
{
	/* A new or changed default adds values that the old schema never checked. */
	if (!same_default(old, new)) {
		*old_out = json_incref((json_t *)(uintptr_t)old);
		*new_out = json_incref((json_t *)(uintptr_t) new);
		return false;
	}
	json_t *a = json_copy((json_t *)(uintptr_t)old), *b = json_copy((json_t *)(uintptr_t) new);
	bool same = same_keywords(old, new);

	same = reduce_properties(a, b) && same;
	/* A list that keeps unknown fields also keeps those of its items, whatever their schema. */
	if (same_flag(old, new, "x-kubernetes-preserve-unknown-fields"))
		same = reduce_member(a, b, "items") && same;
	same = reduce_member(a, b, "additionalProperties") && same;
	if (same) {
		json_decref(a);
		json_decref(b);
		a = anything(old);
		b = anything(new);
	} else {
		keep_original(a, old);
		keep_original(b, new);
	}
	*old_out = a;
	*new_out = b;
	return same;
}

void schema_reduce(json_t **old, json_t **new)
{
	json_t *a, *b;

	reduce(*old, *new, &a, &b);
	json_decref(*old);
	json_decref(*new);
	*old = a;
	*new = b;
}
