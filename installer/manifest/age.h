/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Protection against the replay of an older signed bundle: what a signature says of its time and
 * sequence number is kept as an annotation on the CRDs that were written from it.
 */
#ifndef MANIFEST_AGE_H
#define MANIFEST_AGE_H

#include <jansson.h>

#include "base/err.h"

struct source;

#define FLOOR_ANNOTATION "calico-datastore.io/signed"

/* Puts the annotation on the CRDs of a signed source; it is no reason to write one. */
void floor_mark(struct source *s);
/* ERR_BLOCKED when a live CRD (name -> CRD) was written from a newer bundle of the same key. */
CHECKED int floor_check(const struct source *s, const json_t *live, struct err *e);
/* A downgrade that is allowed keeps the floor: a newer mark of a live CRD is not replaced. */
void floor_keep(struct source *s, const json_t *live);
/*
 * --not-older-than: a day, a time (RFC 3339, or seconds since the epoch), or #SEQUENCE. ERR_VERIFY
 * when the source is older or does not say.
 */
CHECKED int floor_not_older_than(const struct source *s, const char *limit, struct err *e);

#endif
