/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Protection against the replay of an older signed bundle. CRDs that were written from a signed
 * bundle have an annotation with the time and the sequence number of its signature.
 */
#ifndef MANIFEST_AGE_H
#define MANIFEST_AGE_H

#include <jansson.h>

#include "base/err.h"

struct source;

#define FLOOR_ANNOTATION "calico-datastore.io/signed"

/* Puts the annotation on the CRDs of a signed source. No CRD is written only for it. */
void floor_mark(struct source *s);
/* ERR_BLOCKED when a live CRD (name -> CRD) was written from a newer bundle of the same key. */
CHECKED int floor_check(const struct source *s, const json_t *live, struct err *e);
/* When a downgrade is allowed, the floor stays: a newer mark of a live CRD is not replaced. */
void floor_keep(struct source *s, const json_t *live);
/*
 * --not-older-than: a day, a time (RFC 3339, or seconds since the epoch), or #SEQUENCE. ERR_VERIFY:
 * the source is older, or its signature has no such value.
 */
CHECKED int floor_not_older_than(const struct source *s, const char *limit, struct err *e);

#endif
