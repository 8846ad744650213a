/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a change from one CRD to another means for those who use it, as crdify classes it
 * (https://github.com/kubernetes-sigs/crdify): pure, and closed against the unknown: a change that
 * is not understood is breaking. The struct owns its changes.
 */
#ifndef ENGINE_COMPAT_H
#define ENGINE_COMPAT_H

#include <jansson.h>

#include "base/err.h"

enum compat_class { COMPAT_SAFE, COMPAT_WARNING, COMPAT_BREAKING };

struct compat_change {
	enum compat_class class;
	const char *rule; /* "enum-tightened", "field-removed": a stable word for scripts */
	char *path; /* "spec.versions[v1].schema.openAPIV3Schema.properties.spec..." */
	char *text; /* what changed, old and new values */
	const char *advice; /* what to do about it; NULL for a safe one */
};

struct compat {
	struct compat_change *items; /* by path */
	size_t n;
};

void compat_compare(struct compat *c, const json_t *live, const json_t *desired);
enum compat_class compat_worst(const struct compat *c); /* SAFE when there is no change */
const char *compat_class_name(enum compat_class class); /* "safe", "warning", "breaking" */
void compat_release(struct compat *c);

#define compat_auto __attribute__((cleanup(compat_release))) struct compat

#endif
