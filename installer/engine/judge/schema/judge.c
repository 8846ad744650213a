/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/judge/schema/schema.h"

#include <math.h>
#include <string.h>

#include "base/json.h"
#include "engine/judge/cel/cel.h"

/* Judges one object under one schema. */
struct walk {
	struct schema_judge *judge;
	struct schema_findings *findings;
	struct schema_place place;
	bool torn; /* below this value, the server cannot find a list item in the old object */
	struct trial *trial; /* for a branch of a union: only counts; NULL: findings are noted */
};

struct trial {
	size_t wrong, unknown;
};

static void validate(struct walk *w, const struct schema_node *schema, const json_t *value);

static struct schema_finding *refuse(struct walk *w, const char *rule, const json_t *value)
{
	if (!w->trial)
		return schema_refuse(w->judge, w->findings, &w->place, rule, value, false);
	w->trial->wrong++;
	return NULL;
}

/* schema: the node with the keyword. */
static void wrong(
	struct walk *w, const struct schema_node *schema, const char *rule, const json_t *value)
{
	struct schema_finding *f = refuse(w, rule, value);

	if (f) {
		f->allowed = schema_allowed(schema, rule);
		f->node = schema;
	}
}

static void unknown(struct walk *w, const char *rule, const json_t *value)
{
	if (w->trial)
		w->trial->unknown++;
	else
		schema_note(w->findings, &w->place, SCHEMA_NOT_EVALUATED, rule, value);
}

static void check_match(struct walk *w, const struct schema_node *schema, enum schema_match match,
	const char *rule, const json_t *value)
{
	if (match == SCHEMA_NO_MATCH)
		wrong(w, schema, rule, value);
	else if (match == SCHEMA_MATCH_UNKNOWN)
		unknown(w, rule, value);
}

/* Types */

static bool is_integral(double x)
{
	return isfinite(x) && x == trunc(x);
}

static bool has_type(const json_t *value, enum schema_type type)
{
	switch (type) {
	case SCHEMA_TYPE_INTEGER:
		return json_is_integer(value) ||
		       (json_is_real(value) && is_integral(json_real_value(value)));
	case SCHEMA_TYPE_NUMBER:
		return json_is_number(value);
	case SCHEMA_TYPE_STRING:
		return json_is_string(value);
	case SCHEMA_TYPE_BOOLEAN:
		return json_is_boolean(value);
	case SCHEMA_TYPE_ARRAY:
		return json_is_array(value);
	case SCHEMA_TYPE_OBJECT:
		return json_is_object(value);
	default:
		return false;
	}
}

static void check_type(struct walk *w, const struct schema_node *schema, const json_t *value)
{
	bool either = schema->int_or_string, good;

	if (schema->type == SCHEMA_TYPE_NONE && !either)
		return;
	if (json_is_null(value)) {
		if (!schema->nullable)
			wrong(w, schema, "type", value);
		return;
	}
	/* For strings and lists, the server checks the format in place of the type. */
	if (!either && schema->type != SCHEMA_TYPE_INTEGER && schema->type != SCHEMA_TYPE_NUMBER &&
		schema->format && (json_is_string(value) || json_is_array(value)))
		return;
	good = either ? has_type(value, SCHEMA_TYPE_INTEGER) || json_is_string(value)
		      : has_type(value, schema->type);
	if (!good)
		wrong(w, schema, "type", value);
}

/* Values */

static void check_enum(struct walk *w, const struct schema_node *schema, const json_t *value)
{
	const json_t *item;
	size_t i;

	if (!schema->enumeration)
		return;
	json_array_foreach(schema->enumeration, i, item)
		if (!json_is_null(value) && json_same(item, value))
			return;
	wrong(w, schema, "enum", value);
}

static size_t count_runes(const char *text, size_t n)
{
	size_t runes = 0;

	for (size_t i = 0; i < n; i++)
		runes += ((unsigned char)text[i] & 0xc0) != 0x80;
	return runes;
}

static void check_least(struct walk *w, const struct schema_node *schema, const char *rule,
	const json_t *bound, size_t size, const json_t *value)
{
	if (bound && (double)size < json_number_value(bound))
		wrong(w, schema, rule, value);
}

/* True: the value keeps the upper bound. Only then the lower bound is checked. */
static bool check_most(struct walk *w, const struct schema_node *schema, const char *rule,
	const json_t *bound, size_t size, const json_t *value)
{
	if (!bound || (double)size <= json_number_value(bound))
		return true;
	wrong(w, schema, rule, value);
	return false;
}

static void check_string(struct walk *w, const struct schema_node *schema, const json_t *value)
{
	const char *text = json_string_value(value);
	size_t n = json_string_length(value);
	size_t runes = schema->min_length || schema->max_length ? count_runes(text, n) : 0;

	if (check_most(w, schema, "maxLength", schema->max_length, runes, value))
		check_least(w, schema, "minLength", schema->min_length, runes, value);
	if (schema->pattern)
		check_match(w, schema,
			schema_pattern_match(&w->judge->patterns, schema->pattern, text, n),
			"pattern", value);
	if (schema->format)
		check_match(w, schema,
			schema_format_match(&w->judge->patterns, schema->format, text, n), "format",
			value);
}

static bool is_multiple(const json_t *value, double factor)
{
	double x = json_number_value(value);

	if (json_is_integer(value)) {
		json_int_t whole = fabs(factor) < 9e18 ? (json_int_t)factor : 0;

		return whole > 0 && json_integer_value(value) % whole == 0;
	}
	x = factor < 1 ? 1 / factor * x : x / factor;
	return factor > 0 && fabs(x - round(x)) <= 1e-9 * fmax(1, fabs(x));
}

/* -1, 0, 1. For an integer value, the server first cuts the bound to an integer. */
static int against(const json_t *value, const json_t *bound)
{
	double limit = json_number_value(bound);

	if (json_is_integer(value) && fabs(limit) < 9e18) {
		json_int_t n =
			json_is_integer(bound) ? json_integer_value(bound) : (json_int_t)limit;

		return (json_integer_value(value) > n) - (json_integer_value(value) < n);
	}
	return (json_number_value(value) > limit) - (json_number_value(value) < limit);
}

static void check_number(struct walk *w, const struct schema_node *schema, const json_t *value)
{
	if (schema->minimum &&
		against(value, schema->minimum) < (schema->exclusive_minimum ? 1 : 0))
		wrong(w, schema, "minimum", value);
	if (schema->maximum &&
		against(value, schema->maximum) > (schema->exclusive_maximum ? -1 : 0))
		wrong(w, schema, "maximum", value);
	if (schema->multiple_of && !is_multiple(value, json_number_value(schema->multiple_of)))
		wrong(w, schema, "multipleOf", value);
}

/* Lists */

/* The identity of an item in its list; a new reference. */
static json_t *identity(const json_t *keys, const json_t *item)
{
	const json_t *key;
	json_t *result;
	size_t i;

	if (!keys)
		return json_incref((json_t *)(uintptr_t)item);
	result = json_object();
	json_array_foreach(keys, i, key) {
		const char *name = json_string_value(key);
		json_t *part = name ? json_object_get(item, name) : NULL;

		if (part)
			json_object_set(result, name, part);
	}
	return result;
}

/*
 * Compares sorted, compact texts. Equal values have equal texts, except 1 and 1.0, which Go also
 * takes as different.
 */
static bool has_duplicate(const json_t *keys, const json_t *list)
{
	json_auto_t *seen = json_object();
	const json_t *item;
	size_t i;

	json_array_foreach(list, i, item) {
		json_auto_t *own = identity(keys, item);
		buf_auto text = { 0 };

		json_write(&text, own, JSON_STYLE_COMPACT | JSON_STYLE_SORT);
		if (json_object_get(seen, buf_str(&text)))
			return true;
		json_object_set_new(seen, buf_str(&text), json_true());
	}
	return false;
}

static bool has_keys(const json_t *keys, const json_t *item)
{
	const json_t *key;
	size_t i;

	json_array_foreach(keys, i, key)
		if (json_string_value(key) && !json_object_get(item, json_string_value(key)))
			return false;
	return true;
}

static bool has_any_key(const json_t *keys, const json_t *item)
{
	const json_t *key;
	size_t i;

	json_array_foreach(keys, i, key)
		if (json_string_value(key) && json_object_get(item, json_string_value(key)))
			return true;
	return false;
}

/*
 * Why structured merge, which server-side apply uses, refuses the list; NULL: it accepts the list.
 */
static char *unmergeable(const struct schema_node *schema, const json_t *list, bool duplicates)
{
	const json_t *item, *keys = schema->map_keys;
	size_t i;

	json_array_foreach(list, i, item) {
		if (schema->list_type == SCHEMA_LIST_SET &&
			(json_is_object(item) || json_is_array(item)))
			return xstrdup("items that are no objects: a set has no way to tell those "
				       "apart");
		if (schema->list_type == SCHEMA_LIST_MAP && keys && !has_any_key(keys, item))
			return schema_allowed(schema, "structured-merge");
	}
	return duplicates ? schema_allowed(schema, "x-kubernetes-list-type") : NULL;
}

static void check_merge(
	struct walk *w, const struct schema_node *schema, const json_t *list, bool duplicates)
{
	char_auto *allowed = unmergeable(schema, list, duplicates);
	struct schema_finding *f = !allowed ? NULL
					    : schema_note(w->findings, &w->place, SCHEMA_APPLY,
						      "structured-merge", list);

	if (f)
		f->allowed = steal(&allowed);
}

/* An update may keep duplicates that exist already, at any place. */
static void check_list_type(struct walk *w, const struct schema_node *schema, const json_t *list)
{
	const json_t *item;
	bool bad, map = schema->list_type == SCHEMA_LIST_MAP;
	size_t i;

	if (schema->list_type == SCHEMA_LIST_ATOMIC || w->trial)
		return;
	bad = has_duplicate(map ? schema->map_keys : NULL, list);
	check_merge(w, schema, list, bad);
	if (map)
		json_array_foreach(list, i, item)
			bad = bad || (!json_is_object(item) && !json_is_null(item));
	if (!bad)
		return;
	struct schema_finding *f =
		schema_note(w->findings, &w->place, SCHEMA_CREATE, "x-kubernetes-list-type", list);

	if (f)
		f->allowed = schema_allowed(schema, "x-kubernetes-list-type");
}

/*
 * True: the server finds the item in the old object. seen: text of the keys -> the first item with
 * them.
 */
static bool is_found_again(const json_t *keys, const json_t *item, json_t *seen)
{
	json_auto_t *own = identity(keys, item);
	const json_t *first;
	buf_auto text = { 0 };

	if (!has_keys(keys, item))
		return false;
	json_write(&text, own, JSON_STYLE_COMPACT | JSON_STYLE_SORT);
	first = json_object_get(seen, buf_str(&text));
	if (!first)
		json_object_set(seen, buf_str(&text), (json_t *)(uintptr_t)item);
	return !first || json_same(first, item);
}

/*
 * In a list of type map, the server finds an item of the old object by its keys. An item without a
 * key, or with the keys of an item before it, counts as new. Then what contains the item counts as
 * changed.
 */
static void check_item(struct walk *w, const struct schema_node *list_schema, json_t *seen,
	size_t i, const json_t *item)
{
	struct schema_mark mark = schema_enter_item(&w->place, i, list_schema);
	bool torn = w->torn;

	if (seen && !w->place.fixed && !is_found_again(list_schema->map_keys, item, seen))
		w->place.unmatched = w->place.always = true;
	w->torn = false;
	validate(w, list_schema->items, item);
	w->torn = w->torn || torn || w->place.unmatched;
	schema_leave(&w->place, mark);
}

static void check_list(struct walk *w, const struct schema_node *schema, const json_t *list)
{
	size_t i, n = json_array_size(list);
	const json_t *item;
	bool map = schema->list_type == SCHEMA_LIST_MAP && !w->trial;
	json_auto_t *seen = map ? json_object() : NULL;

	if (schema->items)
		json_array_foreach(list, i, item)
			check_item(w, schema, seen, i, item);
	w->place.always = w->place.always || w->torn;
	if (check_most(w, schema, "maxItems", schema->max_items, n, list))
		check_least(w, schema, "minItems", schema->min_items, n, list);
	if (schema->unique && has_duplicate(NULL, list))
		wrong(w, schema, "uniqueItems", list);
	check_list_type(w, schema, list);
}

/* Objects */

static void check_members(struct walk *w, const struct schema_node *schema, const json_t *object)
{
	const json_t *member;
	const char *key;
	bool named;

	json_object_foreach((json_t *)(uintptr_t)object, key, member) {
		const struct schema_node *below = schema_node_member(schema, key, &named);

		if (!below)
			continue;
		struct schema_mark mark = schema_enter_key(&w->place, key, named);
		bool torn = w->torn;

		w->torn = false;
		validate(w, below, member);
		w->torn = w->torn || torn;
		schema_leave(&w->place, mark);
	}
	w->place.always = w->place.always || w->torn;
}

/* The finding names the missing member; the part to change is the object without it. */
static void check_required(struct walk *w, const struct schema_node *schema, const json_t *object)
{
	const json_t *key;
	size_t i;

	json_array_foreach(schema->required, i, key) {
		const char *name = json_string_value(key);

		if (!name || json_object_get(object, name))
			continue;
		struct schema_mark mark = schema_enter_key(&w->place, name, true);

		w->place.part = mark.part;
		struct schema_finding *f = refuse(w, "required", NULL);

		if (f)
			f->allowed = schema_allowed_member(schema, name);
		schema_leave(&w->place, mark);
	}
}

static void check_object(struct walk *w, const struct schema_node *schema, const json_t *object)
{
	size_t n = json_object_size(object);

	check_members(w, schema, object);
	check_required(w, schema, object);
	if (check_most(w, schema, "maxProperties", schema->max_properties, n, object))
		check_least(w, schema, "minProperties", schema->min_properties, n, object);
	if (schema->embedded)
		unknown(w, "x-kubernetes-embedded-resource", object);
}

/* Unions */

static enum schema_match try(struct walk *w, const struct schema_node *schema, const json_t *value)
{
	struct trial trial = { 0 }, *outer = w->trial;

	w->trial = &trial;
	validate(w, schema, value);
	w->trial = outer;
	return trial.wrong ? SCHEMA_NO_MATCH : trial.unknown ? SCHEMA_MATCH_UNKNOWN : SCHEMA_MATCH;
}

static void check_some(struct walk *w, const struct schema_node *schema,
	const struct schema_branches *branches, const char *key, const json_t *value)
{
	size_t n[3] = { 0 };
	bool only_one = strcmp(key, "oneOf") == 0;

	if (branches->n == 0)
		return;
	for (size_t i = 0; i < branches->n; i++)
		n[try(w, branches->items[i], value)]++;
	if (only_one ? n[SCHEMA_MATCH] > 1 : n[SCHEMA_MATCH] > 0)
		n[SCHEMA_MATCH_UNKNOWN] = 0;
	if (n[SCHEMA_MATCH_UNKNOWN] > 0)
		unknown(w, key, value);
	else if (only_one ? n[SCHEMA_MATCH] != 1 : n[SCHEMA_MATCH] == 0)
		wrong(w, schema, key, value);
}

static void check_unions(struct walk *w, const struct schema_node *schema, const json_t *value)
{
	for (size_t i = 0; i < schema->all_of.n; i++)
		validate(w, schema->all_of.items[i], value);
	check_some(w, schema, &schema->any_of, "anyOf", value);
	check_some(w, schema, &schema->one_of, "oneOf", value);
	if (schema->not ) {
		enum schema_match match = try(w, schema->not, value);

		if (match != SCHEMA_NO_MATCH)
			check_match(w, schema,
				match == SCHEMA_MATCH ? SCHEMA_NO_MATCH : match, "not", value);
	}
}

/* Structured merge only looks at types, not at formats and unions. */
static void check_merge_type(struct walk *w, const struct schema_node *schema, const json_t *value)
{
	bool number = schema->type == SCHEMA_TYPE_INTEGER || schema->type == SCHEMA_TYPE_NUMBER;
	struct schema_finding *f;

	if (w->trial || schema->type == SCHEMA_TYPE_NONE || schema->int_or_string ||
		schema->preserve || json_is_null(value) ||
		(number ? json_is_number(value) : has_type(value, schema->type)))
		return;
	f = schema_note(w->findings, &w->place, SCHEMA_APPLY, "structured-merge", value);
	if (f)
		f->allowed = schema_allowed(schema, "type");
}

static void validate(struct walk *w, const struct schema_node *schema, const json_t *value)
{
	check_type(w, schema, value);
	check_merge_type(w, schema, value);
	check_enum(w, schema, value);
	if (json_is_null(value))
		return;
	check_unions(w, schema, value);
	if (json_is_string(value))
		check_string(w, schema, value);
	else if (json_is_number(value))
		check_number(w, schema, value);
	else if (json_is_array(value))
		check_list(w, schema, value);
	else if (json_is_object(value))
		check_object(w, schema, value);
	if (!w->trial)
		schema_check_rules(w->judge, schema, value, &w->place, w->findings);
}

/* Comparison */

static void find(struct schema_judge *judge, const struct schema_node *schema, const json_t *object,
	struct schema_findings *findings)
{
	struct walk w = { .judge = judge, .findings = findings };

	validate(&w, schema, object);
	buf_release(&w.place.path);
	buf_release(&w.place.field);
}

/*
 * The text identifies a rule. A finding that was not evaluated is another one when its value
 * differs.
 */
static char *key_of(const struct schema_finding *f)
{
	bool open = f->class == SCHEMA_NOT_EVALUATED;

	if (f->text)
		return xasprintf("%d %s %s", open, open ? f->field : f->path, f->text);
	return xasprintf("%s %s %s", f->rule, f->path, open && f->value ? f->value : "");
}

/* Removes from the new schema's findings those that the old schema also has. */
static void subtract(struct schema_findings *from, const struct schema_findings *old)
{
	json_auto_t *known = json_object();
	struct schema_findings kept = { 0 }, gone = { 0 };

	for (size_t i = 0; i < old->n; i++) {
		char_auto *key = key_of(&old->items[i]);

		json_object_set_new(known, key, json_true());
	}
	kept.items = xcalloc(from->n, sizeof(*kept.items));
	gone.items = xcalloc(from->n, sizeof(*gone.items));
	for (size_t i = 0; i < from->n; i++) {
		char_auto *key = key_of(&from->items[i]);
		struct schema_findings *to = json_object_get(known, key) ? &gone : &kept;

		to->items[to->n++] = from->items[i];
	}
	free(from->items);
	from->items = kept.items;
	from->room = from->n;
	from->n = kept.n;
	schema_findings_release(&gone);
}

void schema_judge(struct schema_judge *judge, const struct schema_node *old,
	const struct schema_node *new, const json_t *object, struct schema_findings *findings)
{
	schema_findings_auto before = { 0 };
	json_auto_t *as_read = schema_read(new, object, findings);

	judge->steps = CEL_STEPS_MAX;
	find(judge, new, as_read, findings);
	if (findings->n > 0) {
		judge->steps = CEL_STEPS_MAX;
		find(judge, old, object, &before);
	}
	if (before.n > 0)
		subtract(findings, &before);
	schema_findings_sort(findings);
}

void schema_judge_release(struct schema_judge *judge)
{
	schema_patterns_release(&judge->patterns);
}
