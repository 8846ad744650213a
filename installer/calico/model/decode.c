/* SPDX-License-Identifier: Apache-2.0 */
#include "calico/model/decode.h"

#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "calico/model/scalar.h"

enum { MAX_VALUE_TEXT = 60 };

/* The place of the value that is decoded. Its path is written only for a problem. */
struct at {
	const struct at *up;
	const char *name; /* name of a field or key; NULL: an item of a list */
	size_t item;
};

static json_t *same(const json_t *value)
{
	return json_incref((json_t *)(uintptr_t)value);
}

/* Problems */

static void put_path(struct buf *out, const struct at *at)
{
	if (!at)
		return;
	put_path(out, at->up);
	if (at->name)
		buf_printf(out, "%s%s", out->len ? "." : "", at->name);
	else
		buf_printf(out, "[%zu]", at->item);
}

static char *short_text(const json_t *value)
{
	struct buf text = { 0 };

	json_write(&text, value, JSON_STYLE_COMPACT);
	if (text.len <= MAX_VALUE_TEXT)
		return buf_steal(&text);
	size_t cut = MAX_VALUE_TEXT;

	while (cut > 0 && ((unsigned char)text.data[cut] & 0xc0) == 0x80)
		cut--; /* never cut inside a character */
	char *shortened = xasprintf("%.*s...", (int)cut, text.data);

	buf_release(&text);
	return shortened;
}

static void problem(struct decode *d, const struct at *at, const json_t *value, char *why)
{
	struct buf path = { 0 };

	if (d->n >= DECODE_MAX_PROBLEMS) {
		d->n++;
		free(why);
		return;
	}
	put_path(&path, at);
	d->problems[d->n++] = (struct decode_problem){ .path = buf_steal(&path),
		.json = value,
		.value = short_text(value),
		.why = why };
}

static json_t *wrong_type(
	struct decode *d, const struct at *at, const json_t *value, const char *wanted)
{
	problem(d, at, value, xasprintf("should be %s", wanted));
	return same(value);
}

/* Says which release has this field when this release does not; NULL: no release has it. */
static char *other_release(const struct field_table *t, const char *name)
{
	for (const struct calico_field *f = t->of->fields; f->name; f++) {
		if (strcasecmp(f->name, name) != 0)
			continue;
		if (f->since > t->release)
			return xasprintf("is a field of Calico v3.%d and later only",
				f->since / 100);
		return xasprintf("is a field of Calico up to v3.%d only", f->until / 100);
	}
	return NULL;
}

static void unknown_field(
	struct decode *d, const struct at *at, const struct field_table *t, const json_t *value)
{
	const char *names[FIELD_MAX_PER_STRUCT], *near;
	char *other = other_release(t, at->name);

	if (other) {
		problem(d, at, value, other);
		return;
	}
	for (size_t i = 0; i < t->n; i++)
		names[i] = t->fields[i]->name;
	near = nearest(at->name, names, t->n);
	problem(d, at, value,
		near ? xasprintf("is no field of %s (did you mean %s?)", t->of->name, near)
		     : xasprintf("is no field of %s", t->of->name));
}

/* Values */

static json_t *struct_of(struct decode *d, const struct at *at, const struct field_table *t,
	const json_t *value);

/* The value of a field that is not set, and of an item that is null. */
static json_t *zero(enum field_type type, const struct field_table *t)
{
	struct decode none = { 0 };
	json_auto_t *empty = NULL;

	switch (type) {
	case FIELD_STRING:
		return json_string("");
	case FIELD_BOOL:
		return json_false();
	case FIELD_TIME:
	case FIELD_ANY:
		return json_null();
	case FIELD_DURATION:
		return json_string("0s");
	case FIELD_STRUCT:
		empty = json_object();
		return struct_of(&none, NULL, t, empty);
	default:
		return json_integer(0);
	}
}

static json_t *single(struct decode *d, const struct at *at, const struct calico_field *f,
	const struct field_table *below, const json_t *value)
{
	const char *why = NULL;
	json_t *typed;

	if (below)
		return struct_of(d, at, below, value);
	typed = scalar_decode(field_type(f), value, d->how & DECODE_STRICT, &why);
	if (typed)
		return typed;
	problem(d, at, value, xstrdup(why));
	return same(value);
}

/* A copy of the first n items, made when a later item changes. */
static json_t *list_up_to(const json_t *list, size_t n)
{
	json_t *copy = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append(copy, json_array_get(list, i));
	return copy;
}

static json_t *list_of(struct decode *d, const struct at *up, const struct calico_field *f,
	const struct field_table *below, const json_t *value)
{
	struct at at = { .up = up };
	json_auto_t *copy = NULL;
	json_t *item;

	if (!json_is_array(value))
		return wrong_type(d, up, value, "a list");
	json_array_foreach((json_t *)(uintptr_t)value, at.item, item) {
		json_t *typed;

		if (!json_is_null(item))
			typed = single(d, &at, f, below, item);
		else
			typed = f->type & FIELD_ITEM_POINTER ? same(item)
							     : zero(field_type(f), below);
		if (typed != item && !copy)
			copy = list_up_to(value, at.item);
		if (copy)
			json_array_append_new(copy, typed);
		else
			json_decref(typed);
	}
	return copy ? steal(&copy) : same(value);
}

static json_t *sorted(const json_t *map)
{
	const char **keys = xcalloc(json_object_size(map), sizeof(*keys)), *key;
	json_t *result = json_object(), *item;
	size_t n = 0;

	json_object_foreach((json_t *)(uintptr_t)map, key, item)
		keys[n++] = key;
	qsort(keys, n, sizeof(*keys), compare_texts);
	for (size_t i = 0; i < n; i++)
		json_object_set_nocheck(result, keys[i], json_object_get(map, keys[i]));
	free(keys);
	return result;
}

/* Sorts keys, as Go prints a map. */
static json_t *map_of(struct decode *d, const struct at *up, const struct calico_field *f,
	const struct field_table *below, const json_t *value)
{
	bool in_order = true, changed = false;
	struct at at = { .up = up };
	const char *last = NULL, *key;
	json_auto_t *copy = NULL;
	json_t *item;

	if (!json_is_object(value))
		return wrong_type(d, up, value, "a map");
	copy = json_object();
	json_object_foreach((json_t *)(uintptr_t)value, key, item) {
		json_t *typed;

		at.name = key;
		in_order = in_order && (!last || strcmp(last, key) < 0);
		last = key;
		typed = json_is_null(item) ? zero(field_type(f), below)
					   : single(d, &at, f, below, item);
		changed = changed || typed != item;
		json_object_set_new_nocheck(copy, key, typed);
	}
	if (d->how & DECODE_JUDGE || (in_order && !changed))
		return same(value);
	return in_order ? steal(&copy) : sorted(copy);
}

static json_t *field_of(struct decode *d, const struct at *at, const struct calico_field *f,
	const struct field_table *below, const json_t *value)
{
	if (f->type & FIELD_LIST)
		return list_of(d, at, f, below, value);
	if (f->type & FIELD_MAP)
		return map_of(d, at, f, below, value);
	return single(d, at, f, below, value);
}

/* Structs */

/* Go's omitempty and omitzero leave these values out. */
static bool is_empty(const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_STRING:
		return json_string_length(value) == 0;
	case JSON_INTEGER:
		return json_integer_value(value) == 0;
	case JSON_REAL:
		return json_real_value(value) == 0;
	case JSON_OBJECT:
		return json_object_size(value) == 0;
	case JSON_ARRAY:
		return json_array_size(value) == 0;
	default:
		return !json_is_true(value);
	}
}

static bool is_printed(const struct calico_field *f, const json_t *value)
{
	return f->type & (FIELD_ALWAYS | FIELD_POINTER) || field_type(f) == FIELD_ANY ||
	       !is_empty(value);
}

/* The values of one struct; the index is that of the field. */
struct values {
	json_t *of[FIELD_MAX_PER_STRUCT];
	int last;
	bool changed; /* the result differs from the object that came in */
	bool unknown; /* the object has unknown fields */
};

static void take_value(struct decode *d, const struct at *at, const struct field_table *t, int i,
	const json_t *value, struct values *v)
{
	const struct calico_field *f = t->fields[i];
	bool pointer = f->type & (FIELD_POINTER | FIELD_LIST | FIELD_MAP);
	json_t *typed = NULL;

	if (v->of[i] && d->how & DECODE_STRICT)
		problem(d, at, value, xstrdup("is given twice; letter case does not count"));
	if (!json_is_null(value))
		typed = field_of(d, at, f, t->below[i], value);
	else if (field_type(f) == FIELD_DURATION && !pointer)
		problem(d, at, value, xstrdup("is no duration, such as 90s or 1m30s"));
	if (typed != value || i <= v->last || v->unknown || strcmp(f->name, at->name) != 0)
		v->changed = true;
	v->last = i;
	if (typed && !is_printed(f, typed)) {
		json_decref(typed);
		typed = NULL;
		v->changed = true;
	}
	json_decref(v->of[i]);
	v->of[i] = typed;
}

static void fill_zeros(const struct field_table *t, struct values *v)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct calico_field *f = t->fields[i];

		if (v->of[i] || !(f->type & FIELD_ALWAYS))
			continue;
		v->of[i] = f->type & (FIELD_LIST | FIELD_MAP | FIELD_POINTER)
				   ? json_null()
				   : zero(field_type(f), t->below[i]);
		v->changed = true;
	}
}

static json_t *build(const struct decode *d, const struct field_table *t, const json_t *value,
	struct values *v)
{
	json_t *object = json_object(), *item;
	const char *key;

	for (size_t i = 0; i < t->n; i++)
		if (v->of[i])
			json_object_set_nocheck(object, t->fields[i]->name, v->of[i]);
	if (v->unknown && !(d->how & DECODE_NO_UNKNOWN))
		json_object_foreach((json_t *)(uintptr_t)value, key, item)
			if (field_index(t, key) < 0)
				json_object_set_nocheck(object, key, item);
	return object;
}

static json_t *struct_of(
	struct decode *d, const struct at *up, const struct field_table *t, const json_t *value)
{
	struct at at = { .up = up };
	json_t *item, *result;
	struct values v; /* large, so only the first t->n values are cleared */

	if (!json_is_object(value))
		return wrong_type(d, up, value, "a map");
	v.last = -1;
	v.changed = v.unknown = false;
	memset(v.of, 0, t->n * sizeof(*v.of));
	json_object_foreach((json_t *)(uintptr_t)value, at.name, item) {
		int i = field_index(t, at.name);

		if (i >= 0) {
			take_value(d, &at, t, i, item, &v);
			continue;
		}
		v.unknown = true;
		if (d->how & DECODE_STRICT)
			unknown_field(d, &at, t, item);
	}
	if (!(d->how & DECODE_JUDGE))
		fill_zeros(t, &v);
	if (d->how & DECODE_JUDGE ||
		(!v.changed && !(v.unknown && d->how & DECODE_NO_UNKNOWN)))
		result = same(value);
	else
		result = build(d, t, value, &v);
	for (size_t i = 0; i < t->n; i++)
		json_decref(v.of[i]);
	return result;
}

json_t *decode_object(const struct field_table *fields, const json_t *object, struct decode *d)
{
	return struct_of(d, NULL, fields, object);
}

int decode_error(const struct decode *d, struct err *e)
{
	const struct decode_problem *first = &d->problems[0];

	if (d->n == 0)
		return 0;
	return err_set(e, ERR_FORMAT, 0, "%s: %s %s", *first->path ? first->path : "the object",
		first->value, first->why);
}

void decode_release(struct decode *d)
{
	for (size_t i = 0; i < d->n && i < DECODE_MAX_PROBLEMS; i++) {
		free(d->problems[i].path);
		free(d->problems[i].value);
		free(d->problems[i].why);
	}
	d->n = 0;
}
