/* SPDX-License-Identifier: Apache-2.0 */
#include "calico/model/shape.h"

#include <stdio.h>
#include <string.h>

static const struct calico_shape common[] = {
	{ "", "kind:s apiVersion:s metadata:o! spec:o!" },
	{ ".metadata",
		"name:s generateName:s namespace:s selfLink:s uid:s resourceVersion:s generation:i "
		"creationTimestamp:t! deletionTimestamp:t deletionGracePeriodSeconds:i? labels:m "
		"annotations:m ownerReferences:O finalizers:a managedFields:O" },
	{ ".metadata.ownerReferences[]",
		"apiVersion:s! kind:s! name:s! uid:s! controller:b? blockOwnerDeletion:b?" },
	{ ".metadata.managedFields[]",
		"manager:s operation:s apiVersion:s time:t fieldsType:s fieldsV1:x subresource:s" },
	{ NULL, NULL },
};

static const struct type {
	char letter;
	const char *what; /* it should be */
	json_type json;
} types[] = {
	{ 's', "a string", JSON_STRING },
	{ 't', "a time", JSON_STRING },
	{ 'i', "an integer", JSON_INTEGER },
	{ 'b', "a boolean", JSON_TRUE },
	{ 'm', "a map", JSON_OBJECT },
	{ 'o', "a map", JSON_OBJECT },
	{ 'a', "a list", JSON_ARRAY },
	{ 'O', "a list", JSON_ARRAY },
	{ 'l', "a list", JSON_ARRAY },
	{ 'n', "a number", JSON_REAL },
	{ 'x', "anything", JSON_NULL },
};

struct field {
	char name[64];
	const struct type *type;
	bool always, pointer;
};

static const struct type *type_of(char letter)
{
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (types[i].letter == letter)
			return &types[i];
	abort(); /* a shape of ours is misspelt */
}

/* The field that p is at; NULL behind the last one. */
static const char *next_field(const char *p, struct field *f)
{
	p += strspn(p, " ");
	if (!*p)
		return NULL;
	size_t len = strcspn(p, ":");

	if (len >= sizeof(f->name) || !p[len])
		abort();
	*f = (struct field){ .type = type_of(p[len + 1]) };
	memcpy(f->name, p, len);
	p += len + 2;
	f->always = *p == '!';
	f->pointer = *p == '?';
	return p + (f->always || f->pointer);
}

static const char *fields_of(const struct calico_shape *shapes, const char *path)
{
	for (const struct calico_shape *s = shapes; s && s->path; s++)
		if (*s->path == '=' && has_prefix(path, s->path + 1)) {
			char_auto *other = xasprintf("%s%s", s->fields, path + strlen(s->path) - 1);

			return fields_of(shapes, other);
		}
	const struct calico_shape *const tables[] = { shapes, common };

	for (size_t t = 0; t < ARRAY_LEN(tables); t++)
		for (const struct calico_shape *s = tables[t]; s && s->path; s++)
			if (strcmp(s->path, path) == 0)
				return s->fields;
	return "";
}

static int wrong(const char *path, const char *what, const json_t *value, struct err *e)
{
	static const char *const names[] = { "a map", "a list", "a string", "an integer",
		"a number", "a boolean", "a boolean", "null" };

	return err_set(e, ERR_FORMAT, 0, "%s is %s and should be %s",
		*path ? path + 1 : "the object", names[json_typeof(value)], what);
}

static bool is_type(const struct type *type, const json_t *value)
{
	return type->letter == 'x' || json_typeof(value) == type->json ||
	       (type->letter == 'b' && json_is_false(value)) ||
	       (type->letter == 'n' && json_is_integer(value));
}

/* What Go's omitempty leaves out. */
static bool is_empty(const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_STRING:
		return json_string_length(value) == 0;
	case JSON_INTEGER:
		return json_integer_value(value) == 0;
	case JSON_OBJECT:
		return json_object_size(value) == 0;
	case JSON_ARRAY:
		return json_array_size(value) == 0;
	default:
		return json_is_false(value);
	}
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static json_t *sorted_map(const char *path, const json_t *value, struct err *e)
{
	json_t *from = (json_t *)(uintptr_t)value, *item;
	json_auto_t *map = json_object();
	const char **keys = xcalloc(json_object_size(value), sizeof(*keys));
	const char *key;
	size_t n = 0;
	int rc = 0;

	json_object_foreach(from, key, item) {
		char_auto *at = xasprintf("%s.%s", path, key);

		if (!json_is_string(item) && rc == 0)
			rc = wrong(at, "a string", item, e);
		keys[n++] = key;
	}
	qsort(keys, n, sizeof(*keys), by_text);
	for (size_t i = 0; i < n; i++)
		json_object_set(map, keys[i], json_object_get(from, keys[i]));
	free(keys);
	return rc == 0 ? steal(&map) : NULL;
}

static json_t *object_at(
	const struct calico_shape *shapes, const char *path, const json_t *value, struct err *e);

static json_t *list_at(const struct calico_shape *shapes, const char *path, const json_t *value,
	bool structs, struct err *e)
{
	json_auto_t *list = json_array();
	char_auto *at = xasprintf("%s[]", path);
	json_t *item;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)value, i, item) {
		json_t *typed = NULL;

		if (structs)
			typed = object_at(shapes, at, item, e);
		else if (json_is_string(item))
			typed = json_incref(item);
		else
			wrong(at, "a string", item, e);
		if (!typed)
			return NULL;
		json_array_append_new(list, typed);
	}
	return steal(&list);
}

static json_t *value_at(const struct calico_shape *shapes, const char *path,
	const struct type *type, const json_t *value, struct err *e)
{
	if (!is_type(type, value)) {
		wrong(path, type->what, value, e);
		return NULL;
	}
	switch (type->letter) {
	case 'o':
		return object_at(shapes, path, value, e);
	case 'm':
		return sorted_map(path, value, e);
	case 'a':
	case 'O':
		return list_at(shapes, path, value, type->letter == 'O', e);
	default:
		return json_incref((json_t *)(uintptr_t)value);
	}
}

/* What an absent field that is always there holds. */
static json_t *zero_at(
	const struct calico_shape *shapes, const char *path, const struct type *type, struct err *e)
{
	json_auto_t *empty = json_object();

	switch (type->letter) {
	case 'o':
		return object_at(shapes, path, empty, e);
	case 's':
		return json_string("");
	case 'i':
	case 'n':
		return json_integer(0);
	case 'b':
		return json_false();
	default:
		return json_null();
	}
}

static int put_field(const struct calico_shape *shapes, const char *path, const struct field *f,
	const json_t *from, json_t *to, struct err *e)
{
	const json_t *value = json_object_get(from, f->name);
	char_auto *at = xasprintf("%s.%s", path, f->name);
	json_t *typed;

	if (!value || json_is_null(value)) {
		if (!f->always)
			return 0;
		typed = zero_at(shapes, at, f->type, e);
	} else {
		typed = value_at(shapes, at, f->type, value, e);
	}
	if (!typed)
		return -1;
	if (!f->always && !f->pointer && f->type->letter != 'x' && is_empty(typed)) {
		json_decref(typed);
		return 0;
	}
	json_object_set_new(to, f->name, typed);
	return 0;
}

static bool is_known(const char *fields, const char *name)
{
	struct field f;

	while ((fields = next_field(fields, &f)))
		if (strcmp(f.name, name) == 0)
			return true;
	return false;
}

static json_t *object_at(
	const struct calico_shape *shapes, const char *path, const json_t *value, struct err *e)
{
	const char *fields = fields_of(shapes, path), *key;
	json_auto_t *object = json_object();
	struct field f;
	json_t *item;

	if (!json_is_object(value)) {
		wrong(path, "a map", value, e);
		return NULL;
	}
	for (const char *p = fields; (p = next_field(p, &f));)
		if (put_field(shapes, path, &f, value, object, e) < 0)
			return NULL;
	json_object_foreach((json_t *)(uintptr_t)value, key, item)
		if (!is_known(fields, key))
			json_object_set(object, key, item);
	return steal(&object);
}

json_t *shape_apply(const struct calico_shape *shapes, const json_t *object, struct err *e)
{
	return object_at(shapes, "", object, e);
}
