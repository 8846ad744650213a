/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/look/readiness.h"

#include <string.h>

#include "manifest/crd.h"

/* Adds what a failed read leaves unproven, and whether that read says anything at all. */
static void add_read(struct readiness *r, const struct check_read *read, bool no_crds)
{
	bool unserved = read->not_served;
	bool unknown = read->kind_of_problem != ERR_CHECK;

	readiness_add(r, (struct readiness_finding){
				 .verdict = unserved || unknown ? READINESS_SERVED
								: READINESS_READABLE,
				 .unknown = unknown,
				 .object = xstrdup(read->resource),
				 .problem = xstrdup(read->problem),
				 .remedy = unserved && !no_crds && read->crd
						   ? xstrdup("\"calico-datastore plan\" shows what "
							     "is missing")
						   : NULL });
}

static void take_parts(struct readiness_facts *f, const struct identity *id,
	const struct tiers *tiers, const struct mode *mode, const char *release)
{
	f->release = release ? release : id->calico_version;
	f->information = id->information;
	f->information_known = id->known;
	f->has_tiers = tiers->exist;
	f->tiers = tiers->found;
	f->tiers_known = tiers->known || !tiers->exist;
	f->migration_known = !mode || mode->migration.known;
	f->phase = mode && mode->migration.name ? mode->migration.phase : NULL;
}

void readiness_of_check(struct readiness *r, const struct check *c, const char *release)
{
	struct readiness_facts f = {
		.no_crds = c->no_crds, .admission = c->admission, .admission_why = c->admission_why
	};

	for (size_t i = 0; i < c->n; i++)
		if (c->reads[i].problem)
			add_read(r, &c->reads[i], c->no_crds);
	take_parts(&f, &c->identity, &c->tiers,
		c->identify && !c->no_crds ? &c->mode : NULL, release);
	readiness_judge(r, &f);
}

void readiness_of_parts(struct readiness *r, const struct identity *id, const struct tiers *tiers,
	const struct mode *mode, const char *release)
{
	struct readiness_facts f = { 0 };

	take_parts(&f, id, tiers, mode, release);
	if (mode_by_crds(mode) && !mode->v1)
		f.admission = ADMISSION_UNKNOWN;
	readiness_judge(r, &f);
}

bool readiness_applies(const json_t *crds)
{
	const json_t *crd;
	size_t i;

	json_array_foreach(crds, i, crd)
		if (strcmp(crd_name(crd), "clusterinformations." MODE_V1_GROUP) == 0 ||
			strcmp(crd_name(crd), "clusterinformations." MODE_V3_GROUP) == 0)
			return true;
	return false;
}
