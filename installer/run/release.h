/* SPDX-License-Identifier: Apache-2.0 */
/*
 * install and plan without a RELEASE: the CRDs on the server say which one. An upgrade to another
 * minor release is asked for by name.
 */
#ifndef RUN_RELEASE_H
#define RUN_RELEASE_H

#include "manifest/surface.h"
#include "run/run.h"

/* RELEASE, -f, --url or --bundle is given. */
bool release_is_named(const struct ctx *ctx);
/*
 * Each CRD that a built-in release has in the set, as the newest of them has it: a new array, or
 * NULL.
 */
json_t *release_known_crds(const struct catalog *c, const struct surfaces *s,
	enum manifest_set set, struct err *e);
/*
 * The newest patch of the minor release that is there, --exclude done; the newest release on a
 * server without Calico. live: CRD name -> CRD. version: what ClusterInformation says, or NULL.
 */
CHECKED int release_choose(struct ctx *ctx, const struct catalog *c, const struct surfaces *s,
	const json_t *live, const char *version, struct source *source, struct err *e);

#endif
