/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/look/tiers.h"

#include <string.h>

#include "base/json.h"
#include "base/json_shape.h"
#include "engine/judge/initial.h"
#include "engine/look/mode.h"

static int check_tier(const json_t *tier, struct err *e)
{
	static const struct json_shape rows[] = {
		{ "spec", "object" },
		{ "spec.defaultAction", "string" },
	};

	return json_check(tier, rows, ARRAY_LEN(rows), e);
}

size_t tiers_ask(struct kube_batch *b, bool v3)
{
	size_t n, at = b->n;
	const struct initial_tier *tiers = initial_tiers(&n);

	for (size_t i = 0; i < n; i++)
		kube_batch_add(b, (struct kube_request){ .verb = KUBE_GET,
					  .group = v3 ? MODE_V3_GROUP : MODE_V1_GROUP,
					  .version = v3 ? "v3" : "v1",
					  .plural = "tiers",
					  .name = tiers[i].name,
					  .check = check_tier });
	return at;
}

static void keep(struct tiers *t, const char *name, const json_t *object)
{
	if (!t->found)
		t->found = json_object();
	if (object)
		json_object_set(t->found, name, (json_t *)(uintptr_t)object);
}

void tiers_take(struct tiers *t, const struct kube_batch *b, size_t at)
{
	size_t n;
	const struct initial_tier *tiers = initial_tiers(&n);

	t->known = true;
	for (size_t i = 0; i < n; i++) {
		const struct kube_call *call = b->calls[at + i];

		keep(t, tiers[i].name, call->object);
		t->known = t->known && (call->object || kube_call_not_found(call));
	}
}

void tiers_take_object(struct tiers *t, const json_t *object)
{
	const char *name = json_str(json_object_get(object, "metadata"), "name");
	size_t n;
	const struct initial_tier *tiers = initial_tiers(&n);

	for (size_t i = 0; i < n && name; i++)
		if (strcmp(tiers[i].name, name) == 0)
			keep(t, name, object);
}

void tiers_release(struct tiers *t)
{
	json_decref(t->found);
	*t = (struct tiers){ 0 };
}
