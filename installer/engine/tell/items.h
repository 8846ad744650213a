/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the objects of a run, or of a plan: one line for each, a summary line, and JSON. */
#ifndef ENGINE_TELL_ITEMS_H
#define ENGINE_TELL_ITEMS_H

#include "base/buf.h"
#include "engine/act/objects.h"

/* Writes "IPPool/a create". changes: below it, what an update changes. */
void items_put(
	struct buf *out, const struct objects *o, const struct object_item *item, bool changes);
void items_text(struct buf *out, const struct objects *o);
/* "3 created, 0 configured, 1 unchanged"; plans: "3 to create, ...". */
void items_verdict(struct buf *out, const struct objects *o, bool plans);
/*
 * A new object {kind, namespace, name, storedAs, place, action, outcome, error}; outcome null: not
 * written. changes: also the array of what an update changes.
 */
json_t *items_one(const struct objects *o, const struct object_item *item, bool changes);
json_t *items_json(const struct objects *o); /* an array of all objects */
/* True: the run wrote something; with plans: the run would write something. */
bool items_changed(const struct objects *o, bool plans);

#endif
