/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For suites that compare the judge of stored objects with a real server:
 *   schema-judge generate SEED N <CRDS      for each CRD N objects that it allows, as a List
 *   schema-judge rules SEED N <CRDS         each rule of the CRDs once: {rule, place, schema:
 *                                           [without, with it], specs: N values for the place}
 *   schema-judge judge OLD NEW OBJECTS      all findings: {"KIND/NAME": [findings]}
 * Files are Lists in JSON. Generated values depend on the seed alone.
 */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "engine/judge/schema/schema.h"
#include "manifest/crd.h"

static uint64_t state;
static struct schema_judge judge_state = { .ratchets = true };

static void die(const char *text)
{
	fprintf(stderr, "schema-judge: %s\n", text);
	exit(2);
}

static json_t *read_items(const char *path)
{
	buf_auto text = { 0 };
	err_auto e = { 0 };
	json_t *list = NULL;

	if (buf_read_file(&text, path, BUF_MAX_DEFAULT, &e) == 0)
		list = json_parse(buf_str(&text), text.len, &e);
	if (!list)
		die(e.msg);
	json_t *items = json_is_array(list) ? json_incref(list)
					    : json_incref(json_object_get(list, "items"));

	json_decref(list);
	return items;
}

static void put(const json_t *value)
{
	buf_auto text = { 0 };

	json_write(&text, value, JSON_STYLE_INDENT);
	puts(buf_str(&text));
}

static const json_t *schema_of(const json_t *crd)
{
	const json_t *version;
	size_t i;

	json_array_foreach(crd_versions(crd), i, version)
		if (strcmp(json_str(version, "name"), crd_storage_version(crd)) == 0)
			return json_at(version, "schema", "openAPIV3Schema", NULL);
	return NULL;
}

/* Generation */

static unsigned below(unsigned n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned)((state >> 11) % n);
}

/* What the current rule says about values: its literals and its text. NULL: there is no rule. */
static json_t *literals;
static const char *rule_text;

static json_t *make(const json_t *schema, int depth);

/* A literal of this type; an integer may be one more or less. NULL: the choice has another type. */
static json_t *make_literal(bool string)
{
	json_t *literal = json_array_get(literals, below((unsigned)json_array_size(literals) + 1));

	if (!literal || json_is_string(literal) != string)
		return NULL;
	return string ? json_incref(literal)
		      : json_integer(json_integer_value(literal) + (json_int_t)below(3) - 1);
}

static void judge_with(const json_t *old, const json_t *new, const json_t *object,
	struct schema_findings *found)
{
	schema_node_auto *from = schema_node_new(old), *to = schema_node_new(new);

	schema_judge(&judge_state, from, to, object, found);
}

static bool allows(const json_t *schema, const json_t *value)
{
	json_auto_t *before = json_pack("{s:b}", "x-kubernetes-preserve-unknown-fields", 1);
	schema_findings_auto found = { 0 };
	bool good = true;

	judge_with(before, schema, value, &found);
	for (size_t i = 0; i < found.n; i++)
		good = good && (found.items[i].class == SCHEMA_NOT_EVALUATED);
	return good;
}

/* NULL: the schema allows none of the values that were tried. */
static json_t *make_allowed(const json_t *schema, int depth)
{
	for (int i = 0; i < 24; i++) {
		json_t *value = make(schema, depth);

		if (value && allows(schema, value))
			return value;
		json_decref(value);
	}
	return NULL;
}

static json_t *make_string(void)
{
	static const char *const pool[] = { "", "a", "default", "eth0", "Enabled", "Disabled",
		"Always", "Never", "Info", "Warning", "DEBUG", "drop", "ACCEPT", "Auto", "NFT",
		"10.0.0.0/24", "fd00::/64", "192.168.1.1", "5s", "1m30s", "90", "10.5", "1:2",
		"65000:1", "all()", "has(a) && b == 'c'", "calico.io/a", "a=true,b=false",
		"2024-02-29T23:59:59Z", "TCP", "UDP", "http/1",
		"an-rather-long-name-that-goes-on-"
		"and-on-and-on-and-on-and-on-and-on-and-on-and-on-and-on-and-on-and-on-and-on-and-"
		"on-and-on-and-on-and-on-and-on-and-on-and-on-and-on-and-on-and-on-and-on-and-on",
		"Vxlan", "IPIP", "CrossSubnet", "äöü", "10/second", "Workload", "WorkloadIPs" };
	json_t *literal = make_literal(true);

	if (literal)
		return literal;
	return json_string(pool[below(ARRAY_LEN(pool))]);
}

static json_t *make_integer(void)
{
	static const json_int_t pool[] = { 0, 1, -1, 2, 5, 17, 26, 32, 64, 100, 128, 179, 255, 1500,
		4096, 9099, 30000, 65535, 65536, 100000, 2000000000, -5, 5000000000 };
	json_t *literal = make_literal(false);

	if (literal)
		return literal;
	return json_integer(pool[below(ARRAY_LEN(pool))]);
}

static json_t *make_list(const json_t *schema, int depth)
{
	const json_t *items = json_object_get(schema, "items");
	json_t *list = json_array();

	for (unsigned n = below(4); n > 0; n--) {
		json_t *item = make_allowed(items, depth);

		if (item)
			json_array_append_new(list, item);
	}
	return list;
}

static bool is_required(const json_t *schema, const char *key)
{
	const json_t *name;
	size_t i;

	json_array_foreach(json_object_get(schema, "required"), i, name)
		if (strcmp(json_string_value(name), key) == 0)
			return true;
	return false;
}

/* Members that the rule names are made often, others seldom. */
static bool is_wanted(const char *key, int depth)
{
	if (!rule_text)
		return below((unsigned)depth) != 0;
	return below(8) < (strstr(rule_text, key) ? 5u : 1u);
}

static json_t *make_object(const json_t *schema, int depth)
{
	json_t *object = json_object();
	const json_t *additional = json_object_get(schema, "additionalProperties"), *member;
	const char *key;

	json_object_foreach(json_object_get(schema, "properties"), key, member) {
		json_t *value = is_required(schema, key) || is_wanted(key, depth)
					? make_allowed(member, depth - 1)
					: NULL;

		if (value)
			json_object_set_new(object, key, value);
	}
	if (json_is_object(additional))
		json_object_set_new(object, "some.example/key", make_allowed(additional, depth));
	if (json_is_true(json_object_get(schema, "x-kubernetes-preserve-unknown-fields")))
		json_object_set_new(object, "unknown", make_string());
	return object;
}

static json_t *make(const json_t *schema, int depth)
{
	const json_t *choices = json_object_get(schema, "enum");
	const char *type = json_str(schema, "type");

	if (depth <= 0)
		return NULL;
	if (json_array_size(choices) > 0)
		return json_incref(
			json_array_get(choices, below((unsigned)json_array_size(choices))));
	if (!type)
		return below(2) ? make_integer() : make_string();
	if (strcmp(type, "string") == 0)
		return make_string();
	if (strcmp(type, "integer") == 0)
		return make_integer();
	if (strcmp(type, "number") == 0)
		return below(2) ? make_integer() : json_real(0.5);
	if (strcmp(type, "boolean") == 0)
		return json_boolean(below(2));
	return strcmp(type, "array") == 0 ? make_list(schema, depth) : make_object(schema, depth);
}

static json_t *make_resource(const json_t *crd, int n)
{
	const json_t *properties = json_object_get(schema_of(crd), "properties"), *member;
	char_auto *version = xasprintf("%s/%s", crd_group(crd), crd_storage_version(crd));
	char_auto *name = xasprintf("generated-%d", n);
	json_t *object = json_pack("{s:s, s:s, s:{s:s}}", "apiVersion", version, "kind",
		crd_kind(crd), "metadata", "name", name);
	const char *key;

	if (strcmp(crd_scope(crd), "Namespaced") == 0)
		json_object_set_new(
			json_object_get(object, "metadata"), "namespace", json_string("default"));
	json_object_foreach((json_t *)(uintptr_t)properties, key, member) {
		json_t *value = json_object_get(object, key) ? NULL : make_allowed(member, 6);

		if (value)
			json_object_set_new(object, key, value);
	}
	return object;
}

static void generate(const char *seed, int n)
{
	json_auto_t *crds = read_items("-"), *objects = json_array(), *list = NULL;
	const json_t *crd;
	size_t i;

	state = strtoull(seed, NULL, 10) * 2654435761u + 88172645463325252ull;
	json_array_foreach(crds, i, crd)
		for (int k = 0; k < n; k++)
			json_array_append_new(objects, make_resource(crd, k));
	list = json_pack("{s:s, s:s, s:O}", "apiVersion", "v1", "kind", "List", "items", objects);
	put(list);
}

/* Rules, one by one */

static json_t *without_rules(const json_t *schema)
{
	json_t *copy = json_deep_copy(schema), *member;
	const char *key;
	size_t i;

	if (json_is_array(json_object_get(copy, "x-kubernetes-validations")))
		json_object_del(copy, "x-kubernetes-validations");
	json_object_foreach(copy, key, member)
		json_object_set_new(copy, key, without_rules(member));
	json_array_foreach(copy, i, member)
		json_array_set_new(copy, i, without_rules(member));
	return copy;
}

static bool is_literal(const char *text, size_t n)
{
	const json_t *literal;
	size_t i;

	json_array_foreach(literals, i, literal)
		if (json_string_length(literal) == n &&
			memcmp(json_string_value(literal), text, n) == 0)
			return true;
	return false;
}

static void take_literals(void)
{
	json_array_clear(literals);
	for (const char *p = rule_text; *p;) {
		size_t n = *p == '\'' || *p == '"' ? strcspn(p + 1, (char[]){ *p, '\0' }) : 0;
		char *end = NULL;
		long long i = n == 0 && *p >= '0' && *p <= '9' ? strtoll(p, &end, 10) : 0;

		if (n > 0 && !is_literal(p + 1, n))
			json_array_append_new(literals, json_stringn(p + 1, n));
		else if (end)
			json_array_append_new(literals, json_integer(i));
		p = n > 0 ? p + n + 2 : end ? end : p + 1;
	}
}

/* Sets the name that a rule of resources asks for; later resources get other names. */
static void set_name(json_t *resource, size_t i)
{
	char_auto *other = xasprintf("object-%zu", i);
	const char *name = json_string_value(json_array_get(literals, i));

	json_object_set_new(resource, "metadata",
		json_pack("{s:s}", "name", name && is_dns_label(name) ? name : other));
}

/*
 * Half of the values keep the rule and half break it, if 400 trials find both. A resource with a
 * name from the rule breaks it.
 */
static json_t *make_specs(const json_t *old, const json_t *new, bool root, int n)
{
	size_t counts[2] = { 0 };
	json_t *specs = json_array();

	for (int i = 0; i < 400 && json_array_size(specs) < (size_t)n; i++) {
		json_t *value = make_allowed(old, 6);
		size_t place = json_array_size(specs);

		if (root)
			set_name(value, place);
		bool good = value && allows(new, value);
		bool wanted = root && place < json_array_size(literals) ? !good
						: counts[good] < (size_t)n / 2;

		if (value && (wanted || i > 300)) {
			counts[good]++;
			json_array_append_new(specs, value);
		} else {
			json_decref(value);
		}
	}
	return specs;
}

static void put_case(
	json_t *cases, const json_t *schema, const json_t *rule, const char *place, int n)
{
	json_t *old = without_rules(schema), *new = json_deep_copy(old);

	rule_text = json_str(rule, "rule");
	take_literals();
	json_object_set_new(new, "x-kubernetes-validations", json_pack("[O]", rule));
	json_array_append_new(cases,
		json_pack("{s:O, s:s, s:[o, o], s:o}", "rule", rule, "place", place, "schema", old,
			new, "specs", make_specs(old, new, !strchr(place, '.'), n)));
	rule_text = NULL;
	json_array_clear(literals);
}

static void find_rules(
	json_t *cases, json_t *seen, const json_t *schema, const char *place, int n)
{
	const json_t *rule, *member;
	const char *key;
	size_t i;

	if (!json_is_object(schema))
		return;
	json_array_foreach(json_object_get(schema, "x-kubernetes-validations"), i, rule)
		if (!json_object_get(seen, json_str(rule, "rule"))) {
			json_object_set_new(seen, json_str(rule, "rule"), json_true());
			put_case(cases, schema, rule, place, n);
		}
	json_object_foreach(json_object_get(schema, "properties"), key, member) {
		char_auto *below_it = xasprintf("%s%s%s", place, *place ? "." : "", key);

		find_rules(cases, seen, member, below_it, n);
	}
	char_auto *items = xasprintf("%s[]", place);

	find_rules(cases, seen, json_object_get(schema, "items"), items, n);
	find_rules(cases, seen, json_object_get(schema, "additionalProperties"), items, n);
}

static void rules(const char *seed, int n)
{
	json_auto_t *crds = read_items("-"), *cases = json_array(), *seen = json_object();
	const json_t *crd;
	size_t i;

	state = strtoull(seed, NULL, 10) * 2654435761u + 88172645463325252ull;
	literals = json_array();
	json_array_foreach(crds, i, crd)
		find_rules(cases, seen, schema_of(crd), crd_kind(crd), n);
	json_decref(literals);
	put(cases);
}

/* Judgement */

static const json_t *find_schema(const json_t *crds, const char *kind)
{
	const json_t *crd;
	size_t i;

	json_array_foreach(crds, i, crd)
		if (strcmp(crd_kind(crd), kind) == 0)
			return schema_of(crd);
	return NULL;
}

static json_t *findings_json(const struct schema_findings *found)
{
	json_t *list = json_array();

	for (size_t i = 0; i < found->n; i++) {
		const struct schema_finding *f = &found->items[i];

		json_array_append_new(
			list, json_pack("{s:s, s:s, s:s, s:s, s:s?}", "class",
				      schema_class_name(f->class), "rule", f->rule, "path", f->path,
				      "part", f->part, "value", f->value));
	}
	return list;
}

static void judge(const char *old_path, const char *new_path, const char *objects_path)
{
	json_auto_t *old = read_items(old_path), *new = read_items(new_path);
	json_auto_t *objects = read_items(objects_path), *result = json_object();
	const json_t *object;
	size_t i;

	json_array_foreach(objects, i, object) {
		const char *kind = json_str(object, "kind");
		const json_t *from = find_schema(old, kind), *to = find_schema(new, kind);
		char_auto *key = xasprintf(
			"%s/%s", kind, json_str(json_object_get(object, "metadata"), "name"));
		schema_findings_auto found = { 0 };

		if (from && to)
			judge_with(from, to, object, &found);
		json_object_set_new(result, key, findings_json(&found));
	}
	put(result);
}

int main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "generate") == 0)
		generate(argv[2], atoi(argv[3]));
	else if (argc == 4 && strcmp(argv[1], "rules") == 0)
		rules(argv[2], atoi(argv[3]));
	else if (argc == 5 && strcmp(argv[1], "judge") == 0)
		judge(argv[2], argv[3], argv[4]);
	else
		die("usage: schema-judge generate SEED N | rules SEED N | judge OLD NEW OBJECTS");
	schema_judge_release(&judge_state);
	return 0;
}
