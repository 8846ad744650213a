/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Calico's components create before they work, and expect to find: ClusterInformation
 * "default" and the built-in tiers of the release (libcalico-go, EnsureInitialized). Pure. Returned
 * objects are new ones, of projectcalico.org/v3.
 */
#ifndef ENGINE_JUDGE_INITIAL_H
#define ENGINE_JUDGE_INITIAL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* spec.clusterType of the Kubernetes datastore; etcd has no such value */
#define INITIAL_TYPE "kdd"

struct initial_tier {
	const char *name;
	long order;
	const char *action; /* spec.defaultAction */
	int since, until; /* minor versions of v3 with this tier; until 0: no end */
	int fixed; /* the first minor version that forbids another action */
};

/* The tiers of all releases. initial_has_tier says which of them a release has. */
const struct initial_tier *initial_tiers(size_t *n);
/* release: "v3.29.1" or "3.29.1-0-g1234"; false when it is no such version. */
bool initial_has_tier(const struct initial_tier *tier, const char *release);
bool initial_is_release(const char *release); /* false for NULL */
json_t *initial_tier_object(const struct initial_tier *tier);

/*
 * ClusterInformation with the missing fields; stored NULL: no such object exists. Keeps existing
 * values: a GUID, and datastoreReady false. NULL: nothing is missing.
 */
json_t *initial_information(const json_t *stored, bool kubernetes, const char *guid);

#endif
