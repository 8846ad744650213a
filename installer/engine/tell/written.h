/* SPDX-License-Identifier: Apache-2.0 */
/* A run over objects in words, for people and for scripts. */
#ifndef ENGINE_TELL_WRITTEN_H
#define ENGINE_TELL_WRITTEN_H

#include "engine/act/objects.h"

/* Whether anything was written or, of a plan, would be. */
bool written_changes(const struct objects *o, bool planned);
/* {release, releaseFrom, objects: [...]} of the first n items; with what an update changes. */
json_t *written_json(const struct objects *o, size_t n, bool changes);
/* A line an object, "IPPool(a): create", and what an update changes below it. */
void written_text(struct buf *out, const struct objects *o, size_t n, bool changes);

#endif
