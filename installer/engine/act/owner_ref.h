/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_ACT_OWNER_REF_H
#define ENGINE_ACT_OWNER_REF_H

#include <jansson.h>

#include "kube/api.h"

/*
 * Removes from an object the ownerReferences whose owner no longer exists with that uid: for these
 * the garbage collector would delete the object. Each is a line {resource, namespace, name,
 * outcome: "orphaned", problem}. cache stays between calls: owner -> its uid, or "" when the owner
 * does not exist.
 */
CHECKED int owner_ref_drop_dead(
	struct kube_api *api, json_t *cache, json_t *object, json_t *lines, struct err *e);

#endif
