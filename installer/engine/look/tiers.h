/* SPDX-License-Identifier: Apache-2.0 */
/* The built-in tiers of every release, read in a batch with other things. The struct owns them. */
#ifndef ENGINE_LOOK_TIERS_H
#define ENGINE_LOOK_TIERS_H

#include <jansson.h>

#include "kube/batch.h"

struct tiers {
	json_t *found; /* name -> object; NULL: tiers were not looked for */
	bool exist; /* the datastore has the kind */
	bool known; /* each tier was read, or does not exist */
};

/* Adds the calls and returns the place of the first. v3: Calico's objects are in that group. */
size_t tiers_ask(struct kube_batch *b, bool v3);
void tiers_take(struct tiers *t, const struct kube_batch *b, size_t at);
/* Takes one object of a list that was read completely; ignores any other tier. */
void tiers_take_object(struct tiers *t, const json_t *object);
void tiers_release(struct tiers *t);

#endif
