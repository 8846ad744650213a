/* SPDX-License-Identifier: Apache-2.0 */
/*
 * install and plan without a RELEASE: the CRDs on the server decide the release. For an upgrade to
 * another minor release the user must name it.
 */
#ifndef RUN_RELEASE_H
#define RUN_RELEASE_H

#include "manifest/surface.h"
#include "run/run.h"

/* True when RELEASE, -f, --url or --bundle is given. */
bool release_is_named(const struct ctx *ctx);
/*
 * All CRDs that built-in releases have in the set, each from the newest release that has it: a new
 * array, or NULL.
 */
json_t *release_known_crds(const struct catalog *c, const struct surfaces *s,
	enum manifest_set set, struct err *e);
/*
 * The newest patch of the installed minor release, or the newest release on a server without
 * Calico. Applies --exclude. live: CRD name -> CRD. version: from ClusterInformation, or NULL.
 */
CHECKED int release_choose(struct ctx *ctx, const struct catalog *c, const struct surfaces *s,
	const json_t *live, const char *version, struct source *source, struct err *e);

#endif
