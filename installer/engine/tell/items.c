/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/tell/items.h"

#include <string.h>

static const char *name_of(const struct object_item *item)
{
	return item->name ? item->name : item->stored_name;
}

/* What was done; NULL: nothing yet. */
static const char *outcome_word(const struct object_item *item)
{
	switch (item->outcome) {
	case OBJECT_DONE:
		return item->verdict == OBJECT_CREATE   ? "created"
		       : item->verdict == OBJECT_UPDATE ? "configured"
		       : item->verdict == OBJECT_DELETE ? "deleted"
							: "unchanged";
	case OBJECT_SAME:
		return "unchanged";
	case OBJECT_FAILED:
		return "failed";
	case OBJECT_OPEN:
		break;
	}
	return NULL;
}

static const char *action_word(const struct object_item *item)
{
	return item->verdict == OBJECT_SKIPPED ? "unchanged" : object_verdict_name(item->verdict);
}

void items_put(
	struct buf *out, const struct objects *o, const struct object_item *item, bool changes)
{
	const char *outcome = outcome_word(item);
	json_auto_t *lines = changes ? object_changes(item, &o->terms) : NULL;
	const json_t *line;
	size_t i;

	buf_printf(out, "%s/%s%s%s %s%s%s\n", item->kind->kind, item->ns ? item->ns : "",
		item->ns ? "/" : "", name_of(item), outcome ? outcome : action_word(item),
		item->err.msg ? ": " : "", item->err.msg ? item->err.msg : "");
	json_array_foreach(lines, i, line)
		buf_printf(out, "  %s\n", json_string_value(line));
}

void items_text(struct buf *out, const struct objects *o)
{
	for (size_t i = 0; i < o->n; i++)
		items_put(out, o, &o->items[i], false);
}

static size_t count(const struct objects *o, const char *word)
{
	size_t n = 0;

	for (size_t i = 0; i < o->n; i++) {
		const char *outcome = outcome_word(&o->items[i]);

		n += outcome && strcmp(outcome, word) == 0;
	}
	return n;
}

void items_verdict(struct buf *out, const struct objects *o, bool plans)
{
	size_t created = count(o, "created"), configured = count(o, "configured");
	size_t deleted = count(o, "deleted"), failed = count(o, "failed");

	if (plans) {
		created = objects_count(o, OBJECT_CREATE);
		configured = objects_count(o, OBJECT_UPDATE);
		deleted = objects_count(o, OBJECT_DELETE);
	}
	size_t refused = objects_count(o, OBJECT_REFUSED);

	buf_printf(out, plans ? "%zu to create, %zu to update" : "%zu created, %zu configured",
		created, configured);
	if (deleted > 0)
		buf_printf(out, plans ? ", %zu to delete" : ", %zu deleted", deleted);
	buf_printf(out, ", %zu unchanged",
		objects_count(o, OBJECT_UNCHANGED) + objects_count(o, OBJECT_SKIPPED));
	if (refused > 0)
		buf_printf(out, ", %zu refused", refused);
	if (failed > 0)
		buf_printf(out, ", %zu failed", failed);
}

json_t *items_one(const struct objects *o, const struct object_item *item, bool changes)
{
	json_t *out = json_pack("{s:s, s:s?, s:s?, s:s?, s:s?, s:s, s:s?, s:s?}", "kind",
		item->kind->kind, "namespace", item->ns, "name", name_of(item), "storedAs",
		item->stored_name, "place", item->place, "action", action_word(item), "outcome",
		outcome_word(item), "error", item->err.msg);

	if (changes)
		json_object_set_new(out, "changes", object_changes(item, &o->terms));
	return out;
}

json_t *items_json(const struct objects *o)
{
	json_t *items = json_array();

	for (size_t i = 0; i < o->n; i++)
		json_array_append_new(items, items_one(o, &o->items[i], false));
	return items;
}

bool items_changed(const struct objects *o, bool plans)
{
	bool changed = false;

	for (size_t i = 0; i < o->n && !changed; i++) {
		const struct object_item *item = &o->items[i];

		changed = plans ? object_is_write(item)
				: item->outcome == OBJECT_DONE &&
					  item->verdict != OBJECT_UNCHANGED;
	}
	return changed;
}
