/* SPDX-License-Identifier: Apache-2.0 */
/* Objects that a run writes, or would write: a line each, a line for all, and JSON. */
#ifndef ENGINE_TELL_ITEMS_H
#define ENGINE_TELL_ITEMS_H

#include "base/buf.h"
#include "engine/act/objects.h"

/* "IPPool/a create"; changes: with what an update changes below it. */
void items_put(
	struct buf *out, const struct objects *o, const struct object_item *item, bool changes);
void items_text(struct buf *out, const struct objects *o);
/* "3 created, 0 configured, 1 unchanged"; of a run that only plans "3 to create, ...". */
void items_verdict(struct buf *out, const struct objects *o, bool plans);
/*
 * {kind, namespace, name, storedAs, place, action, outcome, error}; outcome null: not written.
 * changes: with the array of what an update changes. A new object.
 */
json_t *items_one(const struct objects *o, const struct object_item *item, bool changes);
json_t *items_json(const struct objects *o); /* an array of all of them */
/* Whether the run wrote something or, when it only plans, would. */
bool items_changed(const struct objects *o, bool plans);

#endif
