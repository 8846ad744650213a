/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Name clashes within a group. A dry run does not find them, and the real create makes a CRD that
 * the server never serves. Pure.
 */
#ifndef ENGINE_JUDGE_CLASH_H
#define ENGINE_JUDGE_CLASH_H

#include "engine/judge/plan.h"

/*
 * Blocks the item when another CRD has one of its names. served: what the server has in the group,
 * as plan_make gets it. desired: the other CRDs of the same manifest.
 */
void clash_check(struct plan_item *item, const json_t *served, const json_t *desired);

#endif
