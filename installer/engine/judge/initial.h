/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Calico's components make before they work, and expect to find: ClusterInformation "default"
 * and the built-in tiers of the release (libcalico-go, EnsureInitialized). Pure. Objects that are
 * returned are new ones, of projectcalico.org/v3.
 */
#ifndef ENGINE_JUDGE_INITIAL_H
#define ENGINE_JUDGE_INITIAL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define INITIAL_TYPE "kdd" /* spec.clusterType of the Kubernetes datastore; etcd has none */

struct initial_tier {
	const char *name;
	long order;
	const char *action; /* spec.defaultAction */
	int since, until; /* minor versions of v3 that have it; until 0: the newest as well */
	int fixed; /* the first minor version in which nobody may change the action */
};

/* Those of all releases; of one: initial_has_tier. */
const struct initial_tier *initial_tiers(size_t *n);
/* release: "v3.29.1" or "3.29.1-0-g1234"; false where it is no such version. */
bool initial_has_tier(const struct initial_tier *tier, const char *release);
bool initial_is_release(const char *release); /* NULL is none */
json_t *initial_tier_object(const struct initial_tier *tier);

/*
 * ClusterInformation with what is missing filled in; stored NULL: there is none. What is there
 * stays: a GUID, and datastoreReady false. NULL: nothing is missing.
 */
json_t *initial_information(const json_t *stored, bool kubernetes, const char *guid);

#endif
