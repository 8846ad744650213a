/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/json.h"
#include "manifest/crd.h"

enum { VALUE_SHOWN = 60 }; /* most characters of a value in a line of text */

/*
 * The API part of a CRD, in the form in which the server returns it. Fields that the server drops
 * are dropped, and fields that the server fills in are there.
 */
static json_t *comparable(const json_t *crd, bool prose)
{
	json_auto_t *copy =
		json_pack("{s:o?}", "spec", json_deep_copy(json_object_get(crd, "spec")));
	json_t *spec = json_object_get(copy, "spec"), *names = json_object_get(spec, "names");
	json_t *conversion = json_object_get(spec, "conversion");
	const char *strategy = json_str(conversion, "strategy");
	const json_t *approved =
		json_at(crd, "metadata", "annotations", CRD_APPROVED_ANNOTATION, NULL);

	if (strategy && strcmp(strategy, "None") == 0)
		json_object_del(spec, "conversion");
	if (json_is_false(json_object_get(spec, "preserveUnknownFields")))
		json_object_del(spec, "preserveUnknownFields");
	if (crd_kind(crd)) {
		char_auto *singular = crd_singular(crd), *list_kind = crd_list_kind(crd);

		json_object_set_new(names, "singular", json_string(singular));
		json_object_set_new(names, "listKind", json_string(list_kind));
	}
	if (approved)
		json_object_set_new(copy, "metadata",
			json_pack("{s:{s:O}}", "annotations", CRD_APPROVED_ANNOTATION, approved));
	if (!prose)
		crd_drop_prose(copy);
	return json_incref(copy);
}

static char *shown(const json_t *value)
{
	buf_auto text = { 0 };

	json_write(&text, value, JSON_STYLE_COMPACT | JSON_STYLE_SORT);
	if (text.len <= VALUE_SHOWN)
		return buf_steal(&text);
	return xstrdup(json_is_object(value)  ? "{...}"
		       : json_is_array(value) ? "[...]"
					      : "\"...\"");
}

static void note(json_t *changes, const char *path, const json_t *from, const json_t *to)
{
	char_auto *old = from ? shown(from) : NULL, *new = to ? shown(to) : NULL;
	char_auto *text = !from ? xasprintf("added %s", new)
			  : !to ? xstrdup("removed")
				: xasprintf("%s -> %s", old, new);
	const char *change = !from ? "added" : !to ? "removed" : "changed";

	json_array_append_new(changes,
		json_pack("{s:s, s:s, s:s}", "path", path, "change", change, "text", text));
}

static void compare(json_t *changes, const char *path, const json_t *from, const json_t *to);

static void compare_objects(json_t *changes, const char *path, const json_t *from, const json_t *to)
{
	const char *dot = *path ? "." : "";
	json_t *value;
	const char *key;

	json_object_foreach((json_t *)(uintptr_t)from, key, value) {
		char_auto *below = xasprintf("%s%s%s", path, dot, key);

		compare(changes, below, value, json_object_get(to, key));
	}
	json_object_foreach((json_t *)(uintptr_t)to, key, value) {
		char_auto *below = xasprintf("%s%s%s", path, dot, key);

		if (!json_object_get(from, key))
			compare(changes, below, NULL, value);
	}
}

/* Versions and printer columns are lists whose key is the name. */
static bool is_named_list(const json_t *list)
{
	const json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
		if (!json_str(item, "name"))
			return false;
	return json_array_size(list) > 0;
}

static const json_t *named(const json_t *list, const char *name)
{
	const json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
		if (strcmp(json_str(item, "name"), name) == 0)
			return item;
	return NULL;
}

static void compare_named(json_t *changes, const char *path, const json_t *from, const json_t *to)
{
	size_t before = json_array_size(changes), i;
	const json_t *item;

	json_array_foreach(from, i, item) {
		char_auto *below = xasprintf("%s[%s]", path, json_str(item, "name"));

		compare(changes, below, item, named(to, json_str(item, "name")));
	}
	json_array_foreach(to, i, item) {
		char_auto *below = xasprintf("%s[%s]", path, json_str(item, "name"));

		if (!named(from, json_str(item, "name")))
			compare(changes, below, NULL, item);
	}
	if (json_array_size(changes) == before)
		note(changes, path, from, to); /* the same items in another order */
}

static void compare(json_t *changes, const char *path, const json_t *from, const json_t *to)
{
	if (from && to && json_same(from, to))
		return;
	if (json_is_object(from) && json_is_object(to))
		compare_objects(changes, path, from, to);
	else if (is_named_list(from) && is_named_list(to))
		compare_named(changes, path, from, to);
	else
		note(changes, path, from, to);
}

static json_t *diff(const json_t *live, const json_t *desired, bool prose)
{
	json_auto_t *from = comparable(live, prose), *to = comparable(desired, prose);
	json_t *changes = json_array();

	/* A manifest without the annotation leaves it in place, so this is no difference. */
	if (!json_object_get(to, "metadata"))
		json_object_del(from, "metadata");
	compare(changes, "", from, to);
	return changes;
}

json_t *crd_diff(const json_t *live, const json_t *desired)
{
	return diff(live, desired, false);
}

json_t *crd_diff_prose(const json_t *live, const json_t *desired)
{
	return diff(live, desired, true);
}

char *crd_diff_line(const json_t *change)
{
	return xasprintf("%s: %s", json_str(change, "path"), json_str(change, "text"));
}

json_t *crd_diff_lines(const json_t *changes)
{
	json_t *lines = json_array(), *change;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)changes, i, change) {
		char_auto *line = crd_diff_line(change);

		json_array_append_new(lines, json_string(line));
	}
	return lines;
}

json_t *crd_api(const json_t *crd)
{
	return comparable(crd, false);
}

void crd_fingerprint(const json_t *crd, char hex[SHA256_HEX_SIZE])
{
	json_auto_t *api = crd_api(crd);
	buf_auto text = { 0 };

	/* An approval annotation that only the live CRD has is no difference. */
	json_object_del(api, "metadata");
	json_write(&text, api, JSON_STYLE_COMPACT | JSON_STYLE_SORT);
	sha256_hex(text.data, text.len, hex);
}
