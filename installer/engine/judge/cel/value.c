/* SPDX-License-Identifier: Apache-2.0 */
/* Values of the object, with the types of its schema, and lists and maps from both sources. */
#include <string.h>

#include "base/base64.h"
#include "engine/judge/cel/parts.h"

/* Making */

bool cel_spend(struct cel_run *run, size_t steps)
{
	size_t *left = run->input->steps;

	if (*left < steps) {
		*left = 0;
		return false;
	}
	*left -= steps;
	return true;
}

struct cel_value cel_exhausted(void)
{
	static const char text[] = "its size";

	return cel_borrow(CEL_V_UNKNOWN, text, sizeof(text) - 1);
}

struct cel_value cel_no_overload(void)
{
	static const char text[] = "no such overload";

	return cel_borrow(CEL_V_ERROR, text, sizeof(text) - 1);
}

static struct cel_value PRINTF(3, 0)
	said(struct cel_run *run, enum cel_type type, const char *fmt, va_list ap)
{
	char_auto *text = xvasprintf(fmt, ap);
	size_t n = strlen(text);
	const char *copy = cel_copy(&run->arena, text, n);

	return copy ? cel_borrow(type, copy, n) : cel_exhausted();
}

struct cel_value cel_error(struct cel_run *run, const char *fmt, ...)
{
	struct cel_value v;
	va_list ap;

	va_start(ap, fmt);
	v = said(run, CEL_V_ERROR, fmt, ap);
	va_end(ap);
	return v;
}

struct cel_value cel_unknown(struct cel_run *run, const char *fmt, ...)
{
	struct cel_value v;
	va_list ap;

	va_start(ap, fmt);
	v = said(run, CEL_V_UNKNOWN, fmt, ap);
	va_end(ap);
	return v;
}

struct cel_value cel_string(struct cel_run *run, const char *s, size_t n)
{
	const char *copy = cel_spend(run, n / 16) ? cel_copy(&run->arena, s, n) : NULL;

	return copy ? cel_borrow(CEL_V_STRING, copy, n) : cel_exhausted();
}

struct cel_value cel_take(struct cel_run *run, struct buf *text)
{
	struct cel_value v = cel_string(run, buf_str(text), text->len);

	buf_release(text);
	return v;
}

struct cel_value cel_optional(struct cel_run *run, const struct cel_value *some)
{
	struct cel_value *copy = NULL;

	if (some) {
		copy = cel_alloc(&run->arena, sizeof(*copy));
		if (!copy)
			return cel_exhausted();
		*copy = *some;
	}
	return (struct cel_value){ .type = CEL_V_OPTIONAL, .some = copy };
}

struct cel_value cel_items(
	struct cel_run *run, enum cel_type type, struct cel_value *values, size_t n)
{
	struct cel_items *items = cel_alloc(&run->arena, sizeof(*items));

	if (!items)
		return cel_exhausted();
	items->values = values;
	items->n = n;
	return (struct cel_value){ .type = type, .native = { .items = items } };
}

bool cel_push(struct cel_run *run, struct cel_list *list, struct cel_value v)
{
	if (list->n == list->cap) {
		size_t cap = list->cap ? 2 * list->cap : 8;
		struct cel_value *values = cel_alloc(&run->arena, cap * sizeof(*values));

		if (!values)
			return false;
		if (list->n > 0)
			memcpy(values, list->values, list->n * sizeof(*values));
		list->values = values;
		list->cap = cap;
	}
	list->values[list->n++] = v;
	return true;
}

struct cel_value cel_list_value(struct cel_run *run, const struct cel_list *list)
{
	return cel_items(run, CEL_V_LIST, list->values, list->n);
}

/* From the object */

static struct cel_value wrong_type(struct cel_run *run, const char *wanted)
{
	return cel_error(run, "invalid data, expected %s", wanted);
}

static struct cel_value native_bytes(struct cel_run *run, const struct cel_text *text)
{
	buf_auto bytes = { 0 };
	err_auto e = { 0 };
	struct cel_value v;

	if (base64_decode(&bytes, text->s, text->n, &e) < 0)
		return cel_error(run, "invalid base64");
	v = cel_take(run, &bytes);
	if (v.type == CEL_V_STRING)
		v.type = CEL_V_BYTES;
	return v;
}

static struct cel_value native_string(
	struct cel_run *run, const json_t *json, const struct schema_node *schema)
{
	struct cel_text text = { json_string_value(json), json_string_length(json) };
	const char *format = schema->format;
	struct cel_value v = { .type = CEL_V_TIMESTAMP };

	if (!json_is_string(json))
		return wrong_type(run, "a string");
	if (format && strcmp(format, "byte") == 0)
		return native_bytes(run, &text);
	if (format && strcmp(format, "duration") == 0)
		return cel_parse_duration(&text, &v.i) ? cel_duration(v.i)
						       : cel_unknown(run, "the format duration");
	if (format && strcmp(format, "date") == 0)
		return cel_parse_date(&text, &v.time) ? v : cel_error(run, "invalid date");
	if (format && strcmp(format, "date-time") == 0)
		return cel_parse_time(&text, &v.time) ? v
						       : cel_unknown(run, "the format date-time");
	return cel_borrow(CEL_V_STRING, text.s, text.n);
}

static struct cel_value container(
	enum cel_type type, const json_t *json, const struct schema_node *schema)
{
	return (struct cel_value){
		.type = type, .root = schema->embedded, .native = { json, { .schema = schema } }
	};
}

static struct cel_value native_int_or_string(struct cel_run *run, const json_t *json)
{
	if (json_is_string(json))
		return cel_borrow(CEL_V_STRING, json_string_value(json), json_string_length(json));
	if (json_is_integer(json))
		return cel_int(json_integer_value(json));
	return wrong_type(run, "an integer or a string");
}

static struct cel_value native_of_type(
	struct cel_run *run, const json_t *json, const struct schema_node *schema)
{
	switch (schema->type) {
	case SCHEMA_TYPE_OBJECT:
		return json_is_object(json) ? container(CEL_V_MAP, json, schema)
					    : wrong_type(run, "an object");
	case SCHEMA_TYPE_ARRAY:
		return json_is_array(json) && schema->items
			       ? container(CEL_V_LIST, json, schema)
			       : wrong_type(run, "a list");
	case SCHEMA_TYPE_STRING:
		return native_string(run, json, schema);
	case SCHEMA_TYPE_NUMBER:
		return json_is_number(json) ? cel_double(json_number_value(json))
					    : wrong_type(run, "a number");
	case SCHEMA_TYPE_INTEGER:
		return json_is_integer(json) ? cel_int(json_integer_value(json))
					     : wrong_type(run, "an integer");
	case SCHEMA_TYPE_BOOLEAN:
		return json_is_boolean(json) ? cel_bool(json_is_true(json))
					     : wrong_type(run, "a boolean");
	default:
		break;
	}
	if (!schema->preserve)
		return wrong_type(run, "a value with a type");
	return (struct cel_value){ .type = CEL_V_OPAQUE, .native = { json, { NULL } } };
}

struct cel_value cel_native(
	struct cel_run *run, const json_t *json, const struct schema_node *schema)
{
	if (json_is_null(json))
		return schema->nullable ? cel_null() : wrong_type(run, "no null");
	if (schema->int_or_string)
		return native_int_or_string(run, json);
	return native_of_type(run, json, schema);
}

struct cel_value cel_root(struct cel_run *run, const json_t *json)
{
	struct cel_value v = cel_native(run, json, run->input->schema);

	if (v.type == CEL_V_MAP)
		v.root = v.root || run->input->root;
	return v;
}

/* What every resource has, with any schema: kind, apiVersion, and two names in metadata. */
static const struct schema_node metadata_schema = { .type = SCHEMA_TYPE_OBJECT };
static const struct schema_node string_schema = { .type = SCHEMA_TYPE_STRING };

static const struct schema_node *member_schema(const struct cel_value *map, const char *name)
{
	const struct schema_node *schema = map->native.schema;

	if (schema == &metadata_schema)
		return strcmp(name, "name") == 0 || strcmp(name, "generateName") == 0
			       ? &string_schema
			       : NULL;
	if (map->root && strcmp(name, "metadata") == 0)
		return &metadata_schema;
	if (map->root && (strcmp(name, "kind") == 0 || strcmp(name, "apiVersion") == 0))
		return &string_schema;
	return schema->n_properties > 0 ? schema_node_property(schema, name) : schema->additional;
}

static bool is_object(const struct cel_value *map)
{
	return map->root || map->native.schema == &metadata_schema ||
	       map->native.schema->n_properties > 0;
}

static bool find_native(struct cel_run *run, const struct cel_value *map, const char *name,
	struct cel_value *found)
{
	const json_t *member = json_object_get(map->native.json, name);
	const struct schema_node *schema = member ? member_schema(map, name) : NULL;

	/* In an object with properties, a null counts as absent. */
	if (!schema || (json_is_null(member) && is_object(map)))
		return false;
	*found = cel_native(run, member, schema);
	return true;
}

/* The text for an escape of signs and words that a name may not have; NULL: no such escape. */
static const char *unescape(const char *word, size_t n, bool whole)
{
	static const char *const escapes[][2] = { { "underscores", "__" }, { "dot", "." },
		{ "dash", "-" }, { "slash", "/" } };
	static const char *const reserved[] = { "true", "false", "null", "in", "as", "break",
		"const", "continue", "else", "for", "function", "if", "import", "let", "loop",
		"package", "namespace", "return" };

	for (size_t i = 0; i < ARRAY_LEN(escapes); i++)
		if (strlen(escapes[i][0]) == n && memcmp(word, escapes[i][0], n) == 0)
			return escapes[i][1];
	for (size_t i = 0; i < ARRAY_LEN(reserved) && whole; i++)
		if (strlen(reserved[i]) == n && memcmp(word, reserved[i], n) == 0)
			return reserved[i];
	return NULL;
}

/* Length of "__WORD__" at p, where WORD has no "_"; 0: no escape begins here. */
static size_t escape_length(const char *p)
{
	size_t n;

	if (!has_prefix(p, "__"))
		return 0;
	n = strcspn(p + 2, "_");
	return n > 0 && has_prefix(p + 2 + n, "__") ? n + 4 : 0;
}

char *cel_unescape(struct cel_arena *arena, const char *name)
{
	size_t total = strlen(name);
	buf_auto out = { 0 };

	for (const char *p = name; *p;) {
		size_t n = escape_length(p);
		const char *plain = n > 0 ? unescape(p + 2, n - 4, n == total) : NULL;

		if (n > 0 && !plain)
			return NULL;
		if (plain)
			buf_puts(&out, plain);
		else
			buf_putc(&out, *p);
		p += n > 0 ? n : 1;
	}
	return cel_copy(arena, buf_str(&out), out.len);
}

bool cel_find_field(struct cel_run *run, const struct cel_value *map, const char *name,
	const char *field, struct cel_value *found)
{
	if (map->native.json) {
		const char *key = is_object(map) ? field : name;

		return key && find_native(run, map, key, found);
	}
	struct cel_value key = cel_borrow(CEL_V_STRING, name, strlen(name));

	return cel_find(run, map, &key, found);
}

static bool find_made(const struct cel_value *map, const struct cel_value *key,
	struct cel_value *found)
{
	const struct cel_items *items = map->native.items;
	bool number = key->type == CEL_V_INT || key->type == CEL_V_UINT ||
		      key->type == CEL_V_DOUBLE;

	for (size_t i = 0; i < items->n; i++) {
		const struct cel_value *own = &items->values[2 * i];
		bool own_number = own->type == CEL_V_INT || own->type == CEL_V_UINT;
		int order;

		if ((own->type == key->type || (number && own_number)) &&
			cel_order(own, key, &order) && order == 0) {
			*found = items->values[2 * i + 1];
			return true;
		}
	}
	return false;
}

bool cel_find(struct cel_run *run, const struct cel_value *map, const struct cel_value *key,
	struct cel_value *found)
{
	char_auto *name = NULL;

	if (!map->native.json) {
		if (cel_spend(run, map->native.items->n))
			return find_made(map, key, found);
		*found = cel_exhausted();
		return true;
	}
	if (key->type != CEL_V_STRING) {
		*found = cel_no_overload();
		return true;
	}
	if (memchr(key->text.s, '\0', key->text.n))
		return false;
	name = xstrndup(key->text.s, key->text.n);
	if (!is_object(map))
		return find_native(run, map, name, found);
	const char *field = cel_unescape(&run->arena, name);

	return field && find_native(run, map, field, found);
}

size_t cel_size(const struct cel_value *v)
{
	const struct cel_native *native = &v->native;

	if (!native->json)
		return native->items->n;
	return v->type == CEL_V_LIST ? json_array_size(native->json)
				     : json_object_size(native->json);
}

struct cel_value cel_item(struct cel_run *run, const struct cel_value *list, size_t i)
{
	const struct cel_native *native = &list->native;

	if (!native->json)
		return native->items->values[i];
	return cel_native(run, json_array_get(native->json, i), native->schema->items);
}

static bool next_member(struct cel_run *run, struct cel_cursor *c, struct cel_value *key,
	struct cel_value *value)
{
	json_t *json = (json_t *)(uintptr_t)c->of->native.json;

	for (;;) {
		c->member = c->i++ == 0 ? json_object_iter(json)
					: json_object_iter_next(json, c->member);
		if (!c->member)
			return false;
		const char *name = json_object_iter_key(c->member);
		const struct schema_node *schema = member_schema(c->of, name);

		if (!schema)
			continue;
		*key = cel_borrow(CEL_V_STRING, name, strlen(name));
		*value = cel_native(run, json_object_iter_value(c->member), schema);
		return true;
	}
}

bool cel_next(struct cel_run *run, struct cel_cursor *c, struct cel_value *key,
	struct cel_value *value)
{
	const struct cel_value *of = c->of;

	if (of->type == CEL_V_MAP && of->native.json)
		return next_member(run, c, key, value);
	if (c->i >= cel_size(of))
		return false;
	if (of->type == CEL_V_LIST) {
		*key = cel_int((int64_t)c->i);
		*value = cel_item(run, of, c->i);
	} else {
		*key = of->native.items->values[2 * c->i];
		*value = of->native.items->values[2 * c->i + 1];
	}
	c->i++;
	return true;
}
