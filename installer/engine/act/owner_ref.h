/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_ACT_OWNER_REF_H
#define ENGINE_ACT_OWNER_REF_H

#include <jansson.h>

#include "kube/api.h"

/*
 * Takes the ownerReferences out of an object whose owner is not there with that uid: the garbage
 * collector would delete the object for it. Each is a line {resource, namespace, name, outcome:
 * "orphaned", problem}. cache is kept between calls: owner -> its uid, "" when it is gone.
 */
CHECKED int owner_ref_drop_dead(
	struct kube_api *api, json_t *cache, json_t *object, json_t *lines, struct err *e);

#endif
