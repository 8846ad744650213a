/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/judge/clash.h"

#include <string.h>

#include "base/json.h"
#include "manifest/crd.h"

static bool holds(const json_t *names, const char *name)
{
	const json_t *item;
	size_t i;

	json_array_foreach(names, i, item) {
		const char *text = json_string_value(item);

		if (text && strcmp(text, name) == 0)
			return true;
	}
	return false;
}

static void check_clash(
	struct plan_item *item, const char *what, const char *name, const json_t *other)
{
	const char *plural = json_str(other, "name"), *singular = json_str(other, "singularName");

	if (!name)
		return;
	if (strcmp(name, plural) == 0 || (singular && strcmp(name, singular) == 0) ||
		holds(json_object_get(other, "shortNames"), name))
		plan_block(item,
			"its %s \"%s\" is already a name of %s.%s; that CRD has to go first", what,
			name, plural, crd_group(item->desired));
}

static void check_clashes_with(struct plan_item *item, const json_t *other)
{
	const json_t *names = json_at(item->desired, "spec", "names", NULL), *name;
	const char *plural = json_str(other, "name"), *kind = json_str(other, "kind");
	char_auto *singular = crd_singular(item->desired),
		  *list_kind = crd_list_kind(item->desired);
	size_t i;

	if (!plural || strchr(plural, '/') || strcmp(plural, crd_plural(item->desired)) == 0)
		return;
	check_clash(item, "plural", crd_plural(item->desired), other);
	check_clash(item, "singular", singular, other);
	json_array_foreach(json_object_get(names, "shortNames"), i, name)
		check_clash(item, "short name", json_string_value(name), other);
	if (!kind)
		return;
	/* Discovery shows no list kinds. The list kind is assumed to be the default. */
	char_auto *their_list = xasprintf("%sList", kind);

	if (strcmp(kind, crd_kind(item->desired)) == 0 || strcmp(kind, list_kind) == 0 ||
		strcmp(their_list, list_kind) == 0)
		plan_block(item,
			"its kind %s is already the kind of %s.%s; that CRD has to go first",
			crd_kind(item->desired), plural, crd_group(item->desired));
}

/* What discovery will show for a CRD. */
static json_t *as_resource(const json_t *crd)
{
	char_auto *singular = crd_singular(crd);

	return json_pack("{s:s, s:s, s:s, s:O?}", "name", crd_plural(crd), "singularName", singular,
		"kind", crd_kind(crd), "shortNames",
		json_at(crd, "spec", "names", "shortNames", NULL));
}

void clash_check(struct plan_item *item, const json_t *served, const json_t *desired)
{
	const char *group = crd_group(item->desired);
	const json_t *other;
	size_t i;

	json_array_foreach(json_object_get(served, group), i, other)
		check_clashes_with(item, other);
	json_array_foreach(desired, i, other) {
		json_auto_t *resource = as_resource(other);

		if (strcmp(crd_group(other), group) == 0 && json_array_size(item->reasons) == 0)
			check_clashes_with(item, resource);
	}
}
