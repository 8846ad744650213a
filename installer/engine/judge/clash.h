/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Name clashes within a group. The dry run does not see them, and the real create ends in a CRD
 * that is never served. Pure.
 */
#ifndef ENGINE_JUDGE_CLASH_H
#define ENGINE_JUDGE_CLASH_H

#include "engine/judge/plan.h"

/*
 * Blocks the item when one of its names is taken, by what the server has in the group (served, as
 * plan_make gets it) or by what the same manifest (desired) would put there.
 */
void clash_check(struct plan_item *item, const json_t *served, const json_t *desired);

#endif
