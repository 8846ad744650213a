/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/tell/written.h"

#include "base/json.h"

static bool is_changed(const struct object_item *item, bool planned)
{
	return item->outcome == OBJECT_DONE || (planned && object_is_write(item));
}

bool written_changes(const struct objects *o, bool planned)
{
	for (size_t i = 0; i < o->n; i++)
		if (is_changed(&o->items[i], planned))
			return true;
	return false;
}

static const char *outcome_of(const struct object_item *item)
{
	switch (item->outcome) {
	case OBJECT_DONE:
		return item->verdict == OBJECT_CREATE	? "created"
		       : item->verdict == OBJECT_DELETE ? "deleted"
							: "configured";
	case OBJECT_FAILED:
		return "failed";
	case OBJECT_SAME:
		return "unchanged";
	case OBJECT_OPEN:
		break;
	}
	return object_is_write(item) || item->verdict == OBJECT_REFUSED ? NULL : "unchanged";
}

static json_t *item_json(const struct objects *o, const struct object_item *item, bool changes)
{
	json_t *out = json_pack("{s:s, s:s?, s:s?, s:s?, s:s?, s:s, s:s?, s:b}", "kind",
		item->kind->kind, "namespace", item->ns, "name", item->name, "storedAs",
		item->stored_name, "place", item->place, "verdict",
		object_verdict_name(item->verdict), "outcome", outcome_of(item), "changed",
		is_changed(item, false));

	if (item->err.msg)
		json_object_set_new(out, "reason", json_string(item->err.msg));
	if (changes)
		json_object_set_new(out, "changes", object_changes(item, &o->terms));
	return out;
}

json_t *written_json(const struct objects *o, size_t n, bool changes)
{
	json_t *items = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(items, item_json(o, &o->items[i], changes));
	return json_pack("{s:s?, s:s?, s:o}", "release", o->at.release, "releaseFrom", o->at.from,
		"objects", items);
}

void written_text(struct buf *out, const struct objects *o, size_t n, bool changes)
{
	for (size_t i = 0; i < n; i++) {
		const struct object_item *item = &o->items[i];
		json_auto_t *lines = changes ? object_changes(item, &o->terms) : NULL;
		const json_t *line;
		size_t k;

		buf_printf(out, "%s: %s\n", item->id, object_verdict_name(item->verdict));
		json_array_foreach(lines, k, line)
			buf_printf(out, "  %s\n", json_string_value(line));
	}
}
