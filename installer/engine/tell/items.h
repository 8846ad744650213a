/* SPDX-License-Identifier: Apache-2.0 */
/* Objects that a run writes, or would write: a line each, a line for all, and JSON. */
#ifndef ENGINE_TELL_ITEMS_H
#define ENGINE_TELL_ITEMS_H

#include "base/buf.h"
#include "engine/act/objects.h"

void items_text(struct buf *out, const struct objects *o);
/* "3 created, 0 configured, 1 unchanged"; of a run that only plans "3 to create, ...". */
void items_verdict(struct buf *out, const struct objects *o, bool plans);
/* [{kind, namespace, name, action, outcome, error}]: a new array. outcome null: not written. */
json_t *items_json(const struct objects *o);
/* Whether the run wrote something or, when it only plans, would. */
bool items_changed(const struct objects *o, bool plans);

#endif
