/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/judge/compat.h"

#include <string.h>

#include "base/json.h"
#include "manifest/crd.h"

const char *compat_class_name(enum compat_class class)
{
	static const char *const names[] = { "safe", "warning", "breaking" };

	return names[class];
}

void compat_note(struct compat *c, enum compat_rule rule, const char *path, const char *fmt, ...)
{
	static const struct {
		const char *word;
		enum compat_class class;
		const char *advice;
	} rules[] = {
#define COMPAT_ROW(id, word, class, advice) { word, COMPAT_##class, advice },
		COMPAT_RULES(COMPAT_ROW)
#undef COMPAT_ROW
	};
	va_list ap;

	c->items = xrealloc(c->items, c->n + 1, sizeof(*c->items));
	va_start(ap, fmt);
	c->items[c->n++] = (struct compat_change){
		.class = rules[rule].class,
		.rule = rules[rule].word,
		.path = xstrdup(path),
		.text = xvasprintf(fmt, ap),
		.advice = rules[rule].advice,
	};
	va_end(ap);
}

char *compat_value(const json_t *value)
{
	struct buf text = { 0 };

	if (!value)
		return xstrdup("none");
	json_write(&text, value, JSON_STYLE_COMPACT | JSON_STYLE_SORT);
	return buf_steal(&text);
}

static void note_values(struct compat *c, enum compat_rule rule, const char *path,
	const json_t *from, const json_t *to)
{
	char_auto *old = compat_value(from), *new = compat_value(to);

	if (from && to)
		compat_note(c, rule, path, "%s -> %s", old, new);
	else
		compat_note(c, rule, path, "%s %s", from ? "removed" : "added", from ? old : new);
}

/* Names */

static bool contains(const json_t *list, const json_t *value)
{
	const json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
		if (json_same(item, value))
			return true;
	return false;
}

/* shortNames and categories: who types a removed word gets an error. */
static void compare_words(struct compat *c, const char *path, const json_t *from, const json_t *to)
{
	const json_t *word;
	bool lost = false;
	size_t i;

	json_array_foreach(from, i, word)
		lost = lost || !contains(to, word);
	note_values(c, lost ? COMPAT_NAMES : COMPAT_NAME_ADDED, path, from, to);
}

static void compare_names(struct compat *c, const char *path, const json_t *from, const json_t *to)
{
	static const struct {
		const char *key;
		enum compat_rule rule;
	} fixed[] = { { "plural", COMPAT_PLURAL }, { "kind", COMPAT_KIND },
		{ "singular", COMPAT_NAMES }, { "listKind", COMPAT_NAMES } };
	json_auto_t *all = json_object();
	const char *key;
	json_t *unused;

	json_object_update(all, (json_t *)(uintptr_t)from);
	json_object_update(all, (json_t *)(uintptr_t)to);
	json_object_foreach(all, key, unused) {
		const json_t *old = json_object_get(from, key), *new = json_object_get(to, key);
		bool words = strcmp(key, "shortNames") == 0 || strcmp(key, "categories") == 0;
		enum compat_rule rule = COMPAT_NOT_UNDERSTOOD;
		char_auto *below = xasprintf("%s.%s", path, key);

		for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
			if (strcmp(key, fixed[i].key) == 0)
				rule = fixed[i].rule;
		if (old && new &&json_same(old, new))
			continue;
		if (words)
			compare_words(c, below, old, new);
		else
			note_values(c, rule, below, old, new);
	}
}

/* Versions */

static void compare_flag(
	struct compat *c, const char *path, const char *key, const json_t *from, const json_t *to)
{
	bool before = json_is_true(from), after = json_is_true(to);
	enum compat_rule rule = COMPAT_NOT_UNDERSTOOD;

	if (strcmp(key, "served") == 0)
		rule = after ? COMPAT_VERSION_ADDED : COMPAT_VERSION_REMOVED;
	else if (strcmp(key, "storage") == 0)
		rule = COMPAT_STORAGE_CHANGED;
	else
		rule = after ? COMPAT_DEPRECATED : COMPAT_PROSE;
	if (before == after)
		note_values(c, COMPAT_PROSE, path, from, to); /* absent and false are equal */
	else
		compat_note(c, rule, path, "%s -> %s", before ? "true" : "false",
			after ? "true" : "false");
}

static void compare_subresources(
	struct compat *c, const char *path, const json_t *from, const json_t *to)
{
	static const char *const known[] = { "status", "scale" };

	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		const json_t *old = json_object_get(from, known[i]);
		const json_t *new = json_object_get(to, known[i]);
		char_auto *below = xasprintf("%s.%s", path, known[i]);

		if (!old && !new)
			continue;
		if (!old || !new)
			note_values(c, old ? COMPAT_SUBRESOURCE_REMOVED : COMPAT_SUBRESOURCE_ADDED,
				below, old, new);
		else if (!json_same(old, new))
			note_values(c, COMPAT_SUBRESOURCE, below, old, new);
	}
}

static void compare_schema(struct compat *c, const char *path, const json_t *from, const json_t *to)
{
	char_auto *below = xasprintf("%s.openAPIV3Schema", path);

	compat_schema(c, below, json_object_get(from, "openAPIV3Schema"),
		json_object_get(to, "openAPIV3Schema"));
}

static void compare_selectable(
	struct compat *c, const char *path, const json_t *from, const json_t *to)
{
	const json_t *field;
	bool lost = false;
	size_t i;

	json_array_foreach(from, i, field)
		lost = lost || !contains(to, field);
	note_values(c, lost ? COMPAT_SELECTABLE_REMOVED : COMPAT_SELECTABLE_ADDED, path, from, to);
}

static void compare_version_member(
	struct compat *c, const char *path, const char *key, const json_t *from, const json_t *to)
{
	static const char *const flags[] = { "served", "storage", "deprecated" };

	for (size_t i = 0; i < ARRAY_LEN(flags); i++)
		if (strcmp(key, flags[i]) == 0) {
			compare_flag(c, path, key, from, to);
			return;
		}
	if (strcmp(key, "schema") == 0)
		compare_schema(c, path, from, to);
	else if (strcmp(key, "subresources") == 0)
		compare_subresources(c, path, from, to);
	else if (strcmp(key, "selectableFields") == 0)
		compare_selectable(c, path, from, to);
	else if (strcmp(key, "additionalPrinterColumns") == 0)
		note_values(c, COMPAT_COLUMNS, path, from, to);
	else if (strcmp(key, "deprecationWarning") == 0)
		note_values(c, COMPAT_PROSE, path, from, to);
	else
		note_values(c, COMPAT_NOT_UNDERSTOOD, path, from, to);
}

static void compare_version(
	struct compat *c, const char *path, const json_t *from, const json_t *to)
{
	json_auto_t *all = json_object();
	const char *key;
	json_t *unused;

	json_object_update(all, (json_t *)(uintptr_t)from);
	json_object_update(all, (json_t *)(uintptr_t)to);
	json_object_foreach(all, key, unused) {
		const json_t *old = json_object_get(from, key), *new = json_object_get(to, key);
		char_auto *below = xasprintf("%s.%s", path, key);
		size_t before = c->n;

		if (old && new &&json_same(old, new))
			continue;
		compare_version_member(c, below, key, old, new);
		if (c->n == before)
			note_values(c, COMPAT_NOT_UNDERSTOOD, below, old, new);
	}
}

static const json_t *version_of(const json_t *versions, const char *name)
{
	const json_t *version;
	size_t i;

	json_array_foreach(versions, i, version) {
		const char *have = json_str(version, "name");

		if (have && strcmp(have, name) == 0)
			return version;
	}
	return NULL;
}

static void compare_versions(
	struct compat *c, const char *path, const json_t *from, const json_t *to)
{
	size_t before = c->n, i;
	const json_t *version;

	json_array_foreach(from, i, version) {
		const char *name = json_str(version, "name");
		const json_t *other = version_of(to, name ? name : "");
		char_auto *below = xasprintf("%s[%s]", path, name ? name : "?");
		bool served = json_is_true(json_object_get(version, "served"));

		if (other)
			compare_version(c, below, version, other);
		else
			compat_note(c, served ? COMPAT_VERSION_REMOVED : COMPAT_PROSE, below,
				"the version is removed%s", served ? "" : "; it was not served");
	}
	json_array_foreach(to, i, version) {
		const char *name = json_str(version, "name");
		char_auto *below = xasprintf("%s[%s]", path, name ? name : "?");

		if (!name)
			compat_note(c, COMPAT_NOT_UNDERSTOOD, below, "a version without a name");
		else if (!version_of(from, name))
			compat_note(c, COMPAT_VERSION_ADDED, below, "the version is new");
	}
	if (c->n == before)
		compat_note(c,
			json_is_array(from) && json_is_array(to) ? COMPAT_ORDER
								 : COMPAT_NOT_UNDERSTOOD,
			path, "the versions stand in another order");
}

/* Objects may be stored in a version that is not served. */
static void compare_stored(struct compat *c, const json_t *live, const json_t *desired)
{
	const json_t *stored = json_at(live, "status", "storedVersions", NULL), *version;
	size_t i;

	json_array_foreach(stored, i, version) {
		const char *name = json_string_value(version);

		if (name && !version_of(crd_versions(desired), name))
			compat_note(c, COMPAT_STORED_REMOVED, "status.storedVersions",
				"objects may be stored in %s, which goes", name);
	}
}

static void compare_spec_member(
	struct compat *c, const char *key, const json_t *from, const json_t *to)
{
	char_auto *path = xasprintf("spec.%s", key);
	size_t before = c->n;

	if (strcmp(key, "names") == 0)
		compare_names(c, path, from, to);
	else if (strcmp(key, "versions") == 0)
		compare_versions(c, path, from, to);
	else if (strcmp(key, "scope") == 0)
		note_values(c, COMPAT_SCOPE, path, from, to);
	else if (strcmp(key, "group") == 0)
		note_values(c, COMPAT_GROUP, path, from, to);
	else if (strcmp(key, "conversion") == 0)
		note_values(c, COMPAT_CONVERSION, path, from, to);
	else if (strcmp(key, "preserveUnknownFields") == 0 && json_is_true(from))
		note_values(c, COMPAT_UNKNOWN_PRUNED, path, from, to);
	if (c->n == before)
		note_values(c, COMPAT_NOT_UNDERSTOOD, path, from, to);
}

static int by_path(const void *a, const void *b)
{
	const struct compat_change *x = a, *y = b;
	int order = strcmp(x->path, y->path);

	if (order == 0)
		order = strcmp(x->rule, y->rule);
	return order ? order : strcmp(x->text, y->text);
}

void compat_compare(struct compat *c, const json_t *live, const json_t *desired)
{
	json_auto_t *from = crd_api(live), *to = crd_api(desired), *all = json_object();
	const char *key, *approved = "metadata.annotations." CRD_APPROVED_ANNOTATION;
	json_t *unused;

	*c = (struct compat){ 0 };
	json_object_update(all, json_object_get(from, "spec"));
	json_object_update(all, json_object_get(to, "spec"));
	json_object_foreach(all, key, unused) {
		const json_t *old = json_at(from, "spec", key, NULL);
		const json_t *new = json_at(to, "spec", key, NULL);

		if (!old || !new || !json_same(old, new))
			compare_spec_member(c, key, old, new);
	}
	if (!json_is_object(json_object_get(from, "spec")) ||
		!json_is_object(json_object_get(to, "spec")))
		compat_note(c, COMPAT_NOT_UNDERSTOOD, "spec", "is no object");
	/* An annotation that only the live CRD has stays on the server. */
	const json_t *old = json_object_get(from, "metadata"),
		     *new = json_object_get(to, "metadata");

	if (new && (!old || !json_same(old, new)))
		note_values(c, COMPAT_PROSE, approved,
			json_at(old, "annotations", CRD_APPROVED_ANNOTATION, NULL),
			json_at(new, "annotations", CRD_APPROVED_ANNOTATION, NULL));
	compare_stored(c, live, desired);
	if (c->n > 0)
		qsort(c->items, c->n, sizeof(*c->items), by_path);
}

enum compat_class compat_worst(const struct compat *c)
{
	enum compat_class worst = COMPAT_SAFE;

	for (size_t i = 0; i < c->n; i++)
		if (c->items[i].class > worst)
			worst = c->items[i].class;
	return worst;
}

void compat_release(struct compat *c)
{
	for (size_t i = 0; i < c->n; i++) {
		free(c->items[i].path);
		free(c->items[i].text);
	}
	free(c->items);
	*c = (struct compat){ 0 };
}
