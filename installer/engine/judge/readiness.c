/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/judge/readiness.h"

#include <string.h>

#include "base/json.h"
#include "engine/judge/initial.h"

#define INFORMATION "ClusterInformation/default"
#define INITIALISE "\"calico-datastore initialise\""

static const char *const names[READINESS_VERDICTS] = { "served", "readable", "ready" };

/* One release for each set of tiers, newest first. */
static const char *const sets[] = { "v3.32.0", "v3.30.0", "v3.29.0" };

void readiness_add(struct readiness *r, struct readiness_finding finding)
{
	r->findings = xrealloc(r->findings, r->n + 1, sizeof(*r->findings));
	r->findings[r->n++] = finding;
}

/* Adds a known finding for READY. */
static void add(struct readiness *r, char *object, char *problem, char *remedy)
{
	readiness_add(r, (struct readiness_finding){ .verdict = READINESS_READY,
				 .object = object,
				 .problem = problem,
				 .remedy = remedy });
}

static void add_unknown(struct readiness *r, const char *object, const char *problem)
{
	readiness_add(r, (struct readiness_finding){ .verdict = READINESS_READY,
				 .unknown = true,
				 .object = xstrdup(object),
				 .problem = xstrdup(problem) });
}

/* ClusterInformation */

static void add_field(struct readiness *r, const char *field)
{
	add(r, xstrdup(INFORMATION), xasprintf("spec.%s is not set", field),
		xstrdup(INITIALISE " sets it"));
}

static bool is_done(const char *phase)
{
	return phase && strcmp(phase, "Complete") == 0;
}

static void judge_lock(struct readiness *r, const struct readiness_facts *f)
{
	const json_t *ready = json_at(f->information, "spec", "datastoreReady", NULL);

	if (!ready || json_is_null(ready))
		add_field(r, "datastoreReady");
	else if (!json_is_boolean(ready))
		add(r, xstrdup(INFORMATION), xstrdup("spec.datastoreReady is not a boolean"),
			xstrdup("correct the object"));
	else if (json_is_false(ready) && is_done(f->phase))
		add(r, xstrdup(INFORMATION),
			xstrdup("spec.datastoreReady is false: the migration is complete, and this "
				"group is a locked copy"),
			xstrdup("use projectcalico.org/v3, and delete the DatastoreMigration, "
				"which deletes the copy"));
	else if (json_is_false(ready))
		add(r, xstrdup(INFORMATION),
			xstrdup("spec.datastoreReady is false: the datastore is locked, and pods "
				"get no network"),
			xstrdup("end the migration that locked it, or unlock it with \"calicoctl "
				"datastore migrate unlock\""));
}

static void judge_information(struct readiness *r, const struct readiness_facts *f)
{
	json_auto_t *wanted = f->information ? initial_information(f->information, !f->no_crds, "-")
					     : NULL;
	const json_t *spec = json_object_get(f->information, "spec");

	if (!f->information_known) {
		add_unknown(r, INFORMATION, "it was not read");
		return;
	}
	if (!f->information) {
		add(r, xstrdup(INFORMATION), xstrdup("it does not exist"),
			xstrdup(INITIALISE " creates it"));
		return;
	}
	static const char *const fields[] = { "clusterGUID", "clusterType" };

	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		if (wanted && !json_equal(json_at(wanted, "spec", fields[i], NULL),
				      json_object_get(spec, fields[i])))
			add(r, xstrdup(INFORMATION),
				json_object_get(spec, fields[i])
					? xasprintf("spec.%s is not complete", fields[i])
					: xasprintf("spec.%s is not set", fields[i]),
				xstrdup(INITIALISE " sets it"));
	judge_lock(r, f);
}

/* Tiers */

static const json_t *tier_of(const struct readiness_facts *f, const struct initial_tier *tier)
{
	return json_object_get(f->tiers, tier->name);
}

/* The set of tiers to expect. Without a release, that is a set which exists completely. */
static const char *set_of(const struct readiness_facts *f)
{
	size_t n;
	const struct initial_tier *tiers = initial_tiers(&n);

	if (initial_is_release(f->release))
		return f->release;
	for (size_t i = 0; i < ARRAY_LEN(sets); i++) {
		bool whole = true;

		for (size_t k = 0; k < n; k++)
			whole = whole &&
				(!initial_has_tier(&tiers[k], sets[i]) || tier_of(f, &tiers[k]));
		if (whole)
			return sets[i];
	}
	return sets[0];
}

static bool is_order(const json_t *spec, long order)
{
	const json_t *value = json_object_get(spec, "order");

	return json_is_number(value) && json_number_value(value) == (double)order;
}

static void judge_tier(struct readiness *r, const struct readiness_facts *f, const char *release,
	const struct initial_tier *tier)
{
	const json_t *spec = json_object_get(tier_of(f, tier), "spec");
	const char *action = json_str(spec, "defaultAction");
	struct initial_tier fixed = *tier;

	fixed.since = tier->fixed;
	if (!tier_of(f, tier) && !f->tiers_known) {
		char_auto *object = xasprintf("Tier/%s", tier->name);

		add_unknown(r, object, "it was not read");
	} else if (!tier_of(f, tier)) {
		add(r, xasprintf("Tier/%s", tier->name), xstrdup("it does not exist"),
			xstrdup(INITIALISE " creates it"));
	} else if (!is_order(spec, tier->order)) {
		add(r, xasprintf("Tier/%s", tier->name),
			xasprintf("spec.order is not %ld", tier->order), xstrdup("set it back"));
	} else if (initial_has_tier(&fixed, release) &&
		   (!action || strcmp(action, tier->action) != 0)) {
		add(r, xasprintf("Tier/%s", tier->name),
			xasprintf("spec.defaultAction is not %s", tier->action),
			xstrdup("set it back"));
	}
}

static void judge_tiers(struct readiness *r, const struct readiness_facts *f)
{
	size_t n;
	const struct initial_tier *tiers = initial_tiers(&n);
	const char *release = set_of(f);

	for (size_t i = 0; i < n && f->has_tiers; i++)
		if (initial_has_tier(&tiers[i], release))
			judge_tier(r, f, release, &tiers[i]);
}

/* Migration and admission */

static void judge_migration(struct readiness *r, const struct readiness_facts *f)
{
	static const char object[] = "DatastoreMigration/v1-to-v3";

	if (f->no_crds || is_done(f->phase))
		return;
	if (!f->migration_known)
		add_unknown(r, object, "it was not read");
	else if (f->phase)
		add(r, xstrdup(object), xasprintf("it is in the phase %s", f->phase),
			xstrdup(strcmp(f->phase, "Failed") == 0
					? "\"calico-datastore migrate-api --abort\" ends it"
					: "wait until its phase is Complete; \"calico-datastore "
					  "migrate-api --status\" shows it"));
}

static void judge_admission(struct readiness *r, const struct readiness_facts *f)
{
	static const char object[] = "MutatingAdmissionPolicies of projectcalico.org/v3";

	if (f->admission == ADMISSION_UNKNOWN)
		add_unknown(r, object, f->admission_why ? f->admission_why : "not tried");
	else if (f->admission == ADMISSION_MISSING)
		add(r, xstrdup(object), xstrdup(f->admission_why),
			xstrdup("\"calico-datastore install --set v3\" writes them, and says "
				"what the API server needs to run them"));
}

void readiness_judge(struct readiness *r, const struct readiness_facts *f)
{
	bool tier = json_object_size(f->tiers) > 0;

	r->initialised = f->information || tier;
	r->initialised_known = r->initialised || (f->information_known && f->tiers_known);
	judge_information(r, f);
	judge_tiers(r, f);
	judge_migration(r, f);
	judge_admission(r, f);
}

/* Verdicts */

int readiness_holds(const struct readiness *r, enum readiness_verdict verdict)
{
	const struct readiness_finding *first = readiness_first(r, verdict);

	return !first ? 1 : first->unknown ? -1 : 0;
}

const struct readiness_finding *readiness_first(
	const struct readiness *r, enum readiness_verdict verdict)
{
	const struct readiness_finding *first = NULL;

	for (size_t i = 0; i < r->n; i++) {
		const struct readiness_finding *f = &r->findings[i];

		if (f->verdict <= verdict && (!first || (first->unknown && !f->unknown)))
			first = f;
	}
	return first;
}

const char *readiness_name(enum readiness_verdict verdict)
{
	return names[verdict];
}

bool readiness_parse(const char *text, enum readiness_verdict *verdict)
{
	for (size_t i = 0; i < READINESS_VERDICTS; i++)
		if (strcmp(names[i], text) == 0) {
			*verdict = (enum readiness_verdict)i;
			return true;
		}
	return false;
}

int readiness_require(const struct readiness *r, enum readiness_verdict verdict, struct err *e)
{
	const struct readiness_finding *first = readiness_first(r, verdict);
	size_t others = 0;

	if (!first)
		return 0;
	for (size_t i = 0; i < r->n; i++)
		others += r->findings[i].verdict <= verdict && &r->findings[i] != first;
	char_auto *more = others > 0 ? xasprintf(", and %zu more", others) : NULL;

	return err_set(e, ERR_CHECK, 0, "%s %s: %s: %s%s%s%s",
		first->unknown ? "it is not known whether the datastore is"
			       : "the datastore is not",
		names[verdict], first->object, first->problem, more ? more : "",
		first->remedy ? "; " : "", first->remedy ? first->remedy : "");
}

void readiness_release(struct readiness *r)
{
	for (size_t i = 0; i < r->n; i++) {
		free(r->findings[i].object);
		free(r->findings[i].problem);
		free(r->findings[i].remedy);
	}
	free(r->findings);
	*r = (struct readiness){ 0 };
}
