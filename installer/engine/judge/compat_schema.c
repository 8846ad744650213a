/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compares two schemas, keyword by keyword (structural schemas of apiextensions.k8s.io/v1). Each
 * keyword has one comparison. When values differ and the comparison notes nothing, the change is
 * not understood.
 */
#include <string.h>

#include "base/json.h"
#include "engine/judge/compat.h"

struct pair {
	struct compat *c;
	const char *path; /* path of the keyword */
	const char *key;
	const json_t *from, *to; /* values of the keyword: different, and not both NULL */
	const json_t *old, *new; /* the schemas with these values */
};

static void note(const struct pair *p, enum compat_rule rule)
{
	char_auto *from = compat_value(p->from), *to = compat_value(p->to);

	if (p->from && p->to)
		compat_note(p->c, rule, p->path, "%s -> %s", from, to);
	else
		compat_note(p->c, rule, p->path, "%s %s", p->from ? "removed" : "added",
			p->from ? from : to);
}

static bool is_true(const json_t *schema, const char *key)
{
	return json_is_true(json_object_get(schema, key));
}

/* True: objects keep fields that the schema does not name. */
static bool keeps_unknown(const json_t *schema)
{
	const json_t *additional = json_object_get(schema, "additionalProperties");

	return is_true(schema, "x-kubernetes-preserve-unknown-fields") ||
	       json_is_true(additional) || json_is_object(additional);
}

static bool contains(const json_t *list, const json_t *value)
{
	const json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
		if (json_same(item, value))
			return true;
	return false;
}

/* The items of list that other does not have; a new array. */
static json_t *missing(const json_t *list, const json_t *other)
{
	json_t *result = json_array(), *item;
	size_t i;

	json_array_foreach(list, i, item)
		if (!contains(other, item))
			json_array_append(result, item);
	return result;
}

/* "A", "B": the items of a JSON array, without the brackets. */
static char *listed(const json_t *values)
{
	struct buf text = { 0 };
	const json_t *value;
	size_t i;

	json_array_foreach(values, i, value) {
		char_auto *one = compat_value(value);

		buf_printf(&text, "%s%s", i ? ", " : "", one);
	}
	return buf_steal(&text);
}

/* Values */

static void compare_prose(const struct pair *p)
{
	note(p, COMPAT_PROSE);
}

static bool is_type(const json_t *value, const char *name)
{
	const char *type = json_string_value(value);

	return type && strcmp(type, name) == 0;
}

static void compare_type(const struct pair *p)
{
	bool becomes_either = !p->to && is_true(p->new, "x-kubernetes-int-or-string") &&
			      (is_type(p->from, "integer") || is_type(p->from, "string"));

	note(p, becomes_either || (is_type(p->from, "integer") && is_type(p->to, "number"))
			? COMPAT_TYPE_LOOSENED
			: COMPAT_TYPE);
}

/* When a type is removed at the same time, the note of the type says whether that is looser. */
static void compare_int_or_string(const struct pair *p)
{
	if (!json_is_true(p->to))
		note(p, json_is_true(p->from) ? COMPAT_TYPE : COMPAT_PROSE);
	else
		note(p, json_object_get(p->old, "type") ? COMPAT_TYPE_LOOSENED : COMPAT_TYPE);
}

/* False: the API server does not enforce the format. It reads all integers with 64 bits. */
static bool is_enforced(const json_t *format)
{
	static const char *const noted[] = { "int32", "int64", "float", "double", "string",
		"integer", "int-or-string", "binary" };
	const char *name = json_string_value(format);

	for (size_t i = 0; name && i < ARRAY_LEN(noted); i++)
		if (strcmp(name, noted[i]) == 0)
			return false;
	return format != NULL;
}

static void compare_format(const struct pair *p)
{
	if (is_enforced(p->to))
		note(p, COMPAT_FORMAT);
	else
		note(p, is_enforced(p->from) ? COMPAT_FORMAT_LOOSENED : COMPAT_FORMAT_NOTED);
}

static void compare_enum(const struct pair *p)
{
	json_auto_t *lost = missing(p->from, p->to), *won = missing(p->to, p->from);
	char_auto *less = listed(lost), *more = listed(won);

	if ((p->from && !json_is_array(p->from)) || (p->to && !json_is_array(p->to)))
		return;
	if (!p->from)
		compat_note(p->c, COMPAT_ENUM, p->path, "only these are allowed now: %s", more);
	else if (!p->to)
		compat_note(p->c, COMPAT_ENUM_LOOSENED, p->path,
			"any value is allowed, not only %s", less);
	else if (json_array_size(lost) > 0)
		compat_note(p->c, COMPAT_ENUM, p->path, "no longer allowed: %s%s%s", less,
			*more ? "; allowed now: " : "", more);
	else if (*more)
		compat_note(p->c, COMPAT_ENUM_LOOSENED, p->path, "allowed now: %s", more);
	else
		note(p, COMPAT_ORDER);
}

static void compare_pattern(const struct pair *p)
{
	note(p, p->to ? COMPAT_PATTERN : COMPAT_PATTERN_LOOSENED);
}

/* Bounds: lower and upper ones. */

static const struct bound {
	const char *key;
	bool lower;
	enum compat_rule tightened, loosened;
} bounds[] = {
	{ "minimum", true, COMPAT_RANGE, COMPAT_RANGE_LOOSENED },
	{ "maximum", false, COMPAT_RANGE, COMPAT_RANGE_LOOSENED },
	{ "minLength", true, COMPAT_LENGTH, COMPAT_LENGTH_LOOSENED },
	{ "maxLength", false, COMPAT_LENGTH, COMPAT_LENGTH_LOOSENED },
	{ "minItems", true, COMPAT_ITEMS, COMPAT_ITEMS_LOOSENED },
	{ "maxItems", false, COMPAT_ITEMS, COMPAT_ITEMS_LOOSENED },
	{ "minProperties", true, COMPAT_PROPERTIES, COMPAT_PROPERTIES_LOOSENED },
	{ "maxProperties", false, COMPAT_PROPERTIES, COMPAT_PROPERTIES_LOOSENED },
};

static int compare_numbers(const json_t *a, const json_t *b)
{
	if (json_is_integer(a) && json_is_integer(b))
		return (json_integer_value(a) > json_integer_value(b)) -
		       (json_integer_value(a) < json_integer_value(b));
	return (json_number_value(a) > json_number_value(b)) -
	       (json_number_value(a) < json_number_value(b));
}

static void compare_bound(const struct pair *p)
{
	const struct bound *b = bounds;

	while (strcmp(b->key, p->key) != 0)
		b++;
	if ((p->from && !json_is_number(p->from)) || (p->to && !json_is_number(p->to)))
		return;
	if (p->from && p->to) {
		int order = compare_numbers(p->to, p->from);

		note(p, (b->lower ? order > 0 : order < 0) ? b->tightened : b->loosened);
	} else {
		/* A minimum of 0 items, characters or properties changes nothing. */
		bool empty =
			b->lower && b->tightened != COMPAT_RANGE && json_number_value(p->to) <= 0;

		note(p, p->to && !empty ? b->tightened : b->loosened);
	}
}

static void compare_exclusive(const struct pair *p)
{
	note(p, json_is_true(p->to) ? COMPAT_RANGE : COMPAT_RANGE_LOOSENED);
}

static void compare_multiple(const struct pair *p)
{
	note(p, p->to ? COMPAT_RANGE : COMPAT_RANGE_LOOSENED);
}

static void compare_unique(const struct pair *p)
{
	note(p, json_is_true(p->to) ? COMPAT_ITEMS : COMPAT_ITEMS_LOOSENED);
}

static void compare_required(const struct pair *p)
{
	json_auto_t *won = missing(p->to, p->from), *lost = missing(p->from, p->to);
	const json_t *name;
	size_t i;

	json_array_foreach(won, i, name) {
		const char *field = json_string_value(name);
		const json_t *schema = json_at(p->new, "properties", field ? field : "", NULL);

		compat_note(p->c,
			json_object_get(schema, "default") ? COMPAT_REQUIRED_DEFAULT
							   : COMPAT_REQUIRED,
			p->path, "required now: %s", field ? field : "?");
	}
	json_array_foreach(lost, i, name)
		compat_note(p->c, COMPAT_REQUIRED_REMOVED, p->path, "no longer required: %s",
			json_is_string(name) ? json_string_value(name) : "?");
	if (json_array_size(won) + json_array_size(lost) == 0 &&
		(!p->from || json_is_array(p->from)) && (!p->to || json_is_array(p->to)))
		note(p, COMPAT_ORDER);
}

static void compare_default(const struct pair *p)
{
	note(p, !p->from ? COMPAT_DEFAULT_ADDED
		: !p->to ? COMPAT_DEFAULT_REMOVED
			 : COMPAT_DEFAULT_CHANGED);
}

static void compare_nullable(const struct pair *p)
{
	note(p, json_is_true(p->from) ? COMPAT_NULLABLE_REMOVED : COMPAT_NULLABLE_ADDED);
}

/* Objects, maps and lists */

static void compare_properties(const struct pair *p)
{
	bool kept = keeps_unknown(p->new), free = keeps_unknown(p->old);
	const char *name;
	json_t *schema;

	json_object_foreach((json_t *)(uintptr_t)p->from, name, schema) {
		const json_t *other = json_object_get(p->to, name);
		char_auto *below = xasprintf("%s.%s", p->path, name);

		if (other)
			compat_schema(p->c, below, schema, other);
		else
			compat_note(p->c, kept ? COMPAT_FIELD_UNTYPED : COMPAT_FIELD_REMOVED, below,
				kept ? "the field has no schema any more" : "the field is removed");
	}
	json_object_foreach((json_t *)(uintptr_t)p->to, name, schema) {
		const char *type = json_str(schema, "type");
		char_auto *below = xasprintf("%s.%s", p->path, name);

		if (!json_object_get(p->from, name))
			compat_note(p->c, free ? COMPAT_FIELD_TYPED : COMPAT_FIELD_ADDED, below,
				"the field is new%s%s%s", type ? " (" : "", type ? type : "",
				type ? ")" : "");
	}
	if (json_object_size(p->from) + json_object_size(p->to) == 0)
		note(p, COMPAT_ORDER); /* absent and empty are equal */
}

static void compare_additional(const struct pair *p)
{
	bool open = json_is_true(p->to) || json_is_object(p->to);
	bool was_open = json_is_true(p->from) || json_is_object(p->from);

	if (json_is_object(p->from) && json_is_object(p->to))
		compat_schema(p->c, p->path, p->from, p->to);
	else if (!was_open)
		note(p, is_true(p->old, "x-kubernetes-preserve-unknown-fields") &&
					json_is_object(p->to)
				? COMPAT_FIELD_TYPED
				: COMPAT_MAP_OPENED);
	else if (!open)
		note(p, keeps_unknown(p->new) ? COMPAT_FIELD_UNTYPED : COMPAT_MAP_CLOSED);
	else
		note(p, json_is_object(p->to) ? COMPAT_FIELD_TYPED : COMPAT_FIELD_UNTYPED);
}

static void compare_items(const struct pair *p)
{
	if (json_is_object(p->from) && json_is_object(p->to))
		compat_schema(p->c, p->path, p->from, p->to);
	else
		note(p, COMPAT_NOT_UNDERSTOOD);
}

static void compare_preserve(const struct pair *p)
{
	note(p, json_is_true(p->from) ? COMPAT_UNKNOWN_PRUNED : COMPAT_UNKNOWN_KEPT);
}

static const char *list_type(const json_t *schema)
{
	const char *type = json_str(schema, "x-kubernetes-list-type");

	return type ? type : "atomic";
}

static void compare_list_type(const struct pair *p)
{
	if (strcmp(list_type(p->new), list_type(p->old)) == 0)
		note(p, COMPAT_ORDER); /* absent and "atomic" are equal */
	else
		note(p, strcmp(list_type(p->new), "atomic") == 0 ? COMPAT_LIST_TYPE_LOOSENED
								 : COMPAT_LIST_TYPE);
}

static void compare_list_keys(const struct pair *p)
{
	json_auto_t *won = missing(p->to, p->from), *lost = missing(p->from, p->to);

	/* A list that is no longer a map has no keys. The note of its type says so. */
	if (!p->to && strcmp(list_type(p->new), "map") != 0)
		note(p, COMPAT_LIST_TYPE_LOOSENED);
	else
		note(p, json_array_size(won) + json_array_size(lost) ? COMPAT_LIST_KEYS
								     : COMPAT_ORDER);
}

static void compare_map_type(const struct pair *p)
{
	bool before = is_type(p->from, "atomic"), after = is_type(p->to, "atomic");

	/* absent and "granular" are equal */
	note(p, before == after ? COMPAT_ORDER : COMPAT_MAP_TYPE);
}

/* Unions and rules */

static void compare_all_of(const struct pair *p)
{
	size_t n = json_array_size(p->from);

	if (n > 0 && n == json_array_size(p->to)) {
		/* All members of allOf hold, so each is compared alone. */
		for (size_t i = 0; i < n; i++) {
			char_auto *below = xasprintf("%s[%zu]", p->path, i);

			compat_schema(
				p->c, below, json_array_get(p->from, i), json_array_get(p->to, i));
		}
		return;
	}
	note(p, p->to ? COMPAT_UNION : COMPAT_UNION_LOOSENED);
}

/* True: anyOf only repeats x-kubernetes-int-or-string, as an int-or-string is written. */
static bool says_int_or_string(const json_t *any_of, const json_t *schema)
{
	return is_true(schema, "x-kubernetes-int-or-string") && json_array_size(any_of) == 2 &&
	       is_type(json_object_get(json_array_get(any_of, 0), "type"), "integer") &&
	       is_type(json_object_get(json_array_get(any_of, 1), "type"), "string");
}

static void compare_union(const struct pair *p)
{
	if (!p->to)
		note(p, COMPAT_UNION_LOOSENED);
	else
		note(p, !p->from && says_int_or_string(p->to, p->new) ? COMPAT_UNION_LOOSENED
								      : COMPAT_UNION);
}

static const json_t *rule_of(const json_t *rules, const char *text)
{
	const json_t *rule;
	size_t i;

	json_array_foreach(rules, i, rule) {
		const char *have = json_str(rule, "rule");

		if (have && text && strcmp(have, text) == 0)
			return rule;
	}
	return NULL;
}

/* Compares what the rules judge, without their messages. */
static bool judges_the_same(const json_t *a, const json_t *b)
{
	static const char *const words[] = { "message", "messageExpression", "reason",
		"fieldPath" };
	json_auto_t *x = json_copy((json_t *)(uintptr_t)a), *y = json_copy((json_t *)(uintptr_t)b);

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		json_object_del(x, words[i]);
		json_object_del(y, words[i]);
	}
	return json_same(x, y);
}

static void compare_rules(const struct pair *p)
{
	size_t before_any = p->c->n, i;
	const json_t *rule;

	if ((p->from && !json_is_array(p->from)) || (p->to && !json_is_array(p->to)))
		return;
	json_array_foreach(p->to, i, rule) {
		const char *text = json_str(rule, "rule");
		const json_t *before = rule_of(p->from, text);

		if (!before)
			compat_note(p->c, COMPAT_CEL_ADDED, p->path, "the rule is new: %s",
				text ? text : "?");
		else if (!json_same(before, rule))
			compat_note(p->c,
				judges_the_same(before, rule) ? COMPAT_PROSE : COMPAT_CEL_CHANGED,
				p->path, "the rule is changed: %s", text);
	}
	json_array_foreach(p->from, i, rule) {
		const char *text = json_str(rule, "rule");

		if (!rule_of(p->to, text))
			compat_note(p->c, COMPAT_CEL_REMOVED, p->path, "the rule is removed: %s",
				text ? text : "?");
	}
	if (p->c->n == before_any)
		note(p, COMPAT_ORDER); /* the same rules in another order */
}

static const struct keyword {
	const char *key;
	void (*compare)(const struct pair *p);
} keywords[] = {
	{ "$schema", compare_prose },
	{ "additionalProperties", compare_additional },
	{ "allOf", compare_all_of },
	{ "anyOf", compare_union },
	{ "default", compare_default },
	{ "description", compare_prose },
	{ "enum", compare_enum },
	{ "example", compare_prose },
	{ "exclusiveMaximum", compare_exclusive },
	{ "exclusiveMinimum", compare_exclusive },
	{ "externalDocs", compare_prose },
	{ "format", compare_format },
	{ "id", compare_prose },
	{ "items", compare_items },
	{ "maxItems", compare_bound },
	{ "maxLength", compare_bound },
	{ "maxProperties", compare_bound },
	{ "maximum", compare_bound },
	{ "minItems", compare_bound },
	{ "minLength", compare_bound },
	{ "minProperties", compare_bound },
	{ "minimum", compare_bound },
	{ "multipleOf", compare_multiple },
	{ "not", compare_union },
	{ "nullable", compare_nullable },
	{ "oneOf", compare_union },
	{ "pattern", compare_pattern },
	{ "properties", compare_properties },
	{ "required", compare_required },
	{ "title", compare_prose },
	{ "type", compare_type },
	{ "uniqueItems", compare_unique },
	{ "x-kubernetes-int-or-string", compare_int_or_string },
	{ "x-kubernetes-list-map-keys", compare_list_keys },
	{ "x-kubernetes-list-type", compare_list_type },
	{ "x-kubernetes-map-type", compare_map_type },
	{ "x-kubernetes-preserve-unknown-fields", compare_preserve },
	{ "x-kubernetes-validations", compare_rules },
};

static void compare_keyword(const struct pair *p)
{
	size_t before = p->c->n;

	for (size_t i = 0; i < ARRAY_LEN(keywords); i++)
		if (strcmp(keywords[i].key, p->key) == 0)
			keywords[i].compare(p);
	if (p->c->n == before)
		note(p, COMPAT_NOT_UNDERSTOOD);
}

static bool is_enum_alone(const json_t *schema)
{
	return json_object_size(schema) == 1 && json_is_array(json_object_get(schema, "enum"));
}

/*
 * A copy whose enum has the values that it and the enums of allOf all allow. Generators write both
 * forms.
 */
static json_t *flattened(const json_t *schema)
{
	json_t *flat = json_copy((json_t *)(uintptr_t)schema), *part;
	json_auto_t *rest = json_array();
	size_t i;

	json_array_foreach(json_object_get(schema, "allOf"), i, part) {
		const json_t *own = json_object_get(flat, "enum");

		if (!is_enum_alone(part) || (own && !json_is_array(own))) {
			json_array_append(rest, part);
			continue;
		}
		json_auto_t *denied = missing(own, json_object_get(part, "enum"));
		json_t *allowed =
			own ? missing(own, denied) : json_incref(json_object_get(part, "enum"));

		json_object_set_new(flat, "enum", allowed);
	}
	if (json_array_size(rest) < json_array_size(json_object_get(schema, "allOf")))
		json_object_set(flat, "allOf", rest);
	if (json_is_array(json_object_get(flat, "allOf")) && json_array_size(rest) == 0)
		json_object_del(flat, "allOf");
	return flat;
}

void compat_schema(struct compat *c, const char *path, const json_t *from, const json_t *to)
{
	json_auto_t *all = json_object();
	const char *key;
	json_t *unused;

	if (from && to && json_same(from, to))
		return;
	if (!json_is_object(from) || !json_is_object(to)) {
		note(&(struct pair){ .c = c, .path = path, .from = from, .to = to },
			COMPAT_NOT_UNDERSTOOD);
		return;
	}
	json_auto_t *old = flattened(from), *new = flattened(to);
	size_t before = c->n;

	json_object_update(all, old);
	json_object_update(all, new);
	json_object_foreach(all, key, unused) {
		char_auto *below = xasprintf("%s.%s", path, key);
		struct pair p = { .c = c,
			.path = below,
			.key = key,
			.from = json_object_get(old, key),
			.to = json_object_get(new, key),
			.old = old,
			.new = new };

		if (!p.from || !p.to || !json_same(p.from, p.to))
			compare_keyword(&p);
	}
	if (c->n == before)
		compat_note(c, COMPAT_ORDER, path, "the same, said in another way");
}
