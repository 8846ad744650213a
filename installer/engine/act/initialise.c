/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/act/initialise.h"

#include <string.h>

#include "base/json.h"
#include "base/random.h"
#include "engine/judge/initial.h"

/* A UUID without dashes, as Calico writes it. */
static void make_guid(char guid[RANDOM_UUID_SIZE])
{
	char *to = guid;

	random_uuid(guid);
	for (const char *from = guid; *from; from++)
		if (*from != '-')
			*to++ = *from;
	*to = '\0';
}

static json_t *complete(void *arg, const json_t *stored)
{
	const struct objects *o = arg;
	char guid[RANDOM_UUID_SIZE];

	make_guid(guid);
	return initial_information(stored, o->api != NULL, guid);
}

static bool has_tier(const struct objects *o, const char *name)
{
	for (size_t i = 0; i < o->n; i++) {
		const struct object_item *item = &o->items[i];

		if (strcmp(item->kind->kind, "Tier") == 0 && item->name &&
			strcmp(item->name, name) == 0)
			return true;
	}
	return false;
}

void initialise_add(struct objects *o)
{
	size_t n;
	const struct initial_tier *tiers = initial_tiers(&n);
	struct object_item *item =
		objects_add_take(o, OBJECTS_APPLY, calico_kind_named("ClusterInformation"),
			initial_information(NULL, o->api != NULL, ""));

	item->make = complete;
	item->arg = o;
	for (size_t i = 0; i < n; i++) {
		if (!initial_has_tier(&tiers[i], o->at.release) || has_tier(o, tiers[i].name))
			continue;
		item = objects_add_take(o, OBJECTS_CREATE, calico_kind_named("Tier"),
			initial_tier_object(&tiers[i]));
		item->accept_present = true;
	}
}

void initialise_judge(struct readiness *r, const struct objects *o, const char *locked)
{
	json_auto_t *tiers = json_object();
	struct readiness_facts f = {
		.no_crds = !o->api,
		.has_tiers = true,
		.release = o->at.release,
		.information_known = true,
		.tiers = tiers,
		.tiers_known = true,
		.migration_known = true,
		.admission = o->at.rules.v3 ? ADMISSION_UNKNOWN : ADMISSION_UNUSED,
		.admission_why = "not tried here; \"calico-datastore check --for ready\" tries it",
	};

	for (size_t i = 0; i < o->n; i++) {
		const struct object_item *item = &o->items[i];

		if (strcmp(item->kind->kind, "ClusterInformation") == 0)
			f.information = item->shown;
		else if (strcmp(item->kind->kind, "Tier") == 0 && item->shown)
			json_object_set(tiers, item->name, item->shown);
	}
	readiness_judge(r, &f);
	if (locked && readiness_holds(r, READINESS_READY) == 1)
		readiness_add(r, (struct readiness_finding){ .verdict = READINESS_READY,
					 .object = xstrdup("datastore"),
					 .problem = xstrdup(locked) });
}
