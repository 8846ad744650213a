/* SPDX-License-Identifier: Apache-2.0 */
/* Types of Kubernetes' own: quantities, URLs, semantic versions. */
#ifndef ENGINE_JUDGE_CEL_TYPES_H
#define ENGINE_JUDGE_CEL_TYPES_H

#include "engine/judge/cel/parts.h"

int cel_order_quantities(const struct cel_quantity *a, const struct cel_quantity *b);
bool cel_same_urls(const struct cel_url *a, const struct cel_url *b);
int cel_order_semvers(const struct cel_semver *a, const struct cel_semver *b);

#endif
