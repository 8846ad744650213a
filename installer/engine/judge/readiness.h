/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether Calico would start: three verdicts, each of which needs those before it, and what is
 * missing for each. Pure: facts in, findings out. The struct owns its findings.
 */
#ifndef ENGINE_JUDGE_READINESS_H
#define ENGINE_JUDGE_READINESS_H

#include <jansson.h>

#include "base/err.h"

enum readiness_verdict {
	READINESS_SERVED, /* the datastore answers for every kind */
	READINESS_READABLE, /* every list can be read as calicoctl reads it */
	READINESS_READY, /* and Calico's components find what they need to start */
	READINESS_VERDICTS
};

/* What the server makes of an untyped policy, where admission policies have to fill it in. */
enum admission {
	ADMISSION_UNUSED, /* Calico's objects are not in CRDs of projectcalico.org/v3 */
	ADMISSION_UNKNOWN,
	ADMISSION_MISSING,
	ADMISSION_WORKS
};

/* All of it borrowed. */
struct readiness_facts {
	bool no_crds; /* the datastore is etcd */
	bool has_tiers; /* the kind Tier exists in this datastore */
	const char *release; /* whose tiers are looked for; NULL: those of any release will do */
	const json_t *information; /* ClusterInformation default; NULL: absent or not read */
	bool information_known;
	const json_t *tiers; /* name -> object, of the built-in ones */
	bool tiers_known; /* the ones that are absent are not there */
	const char *phase; /* of a DatastoreMigration; NULL: there is none */
	bool migration_known;
	enum admission admission;
	const char *admission_why; /* for MISSING and UNKNOWN */
};

struct readiness_finding {
	enum readiness_verdict verdict; /* the first that it keeps from holding */
	bool unknown; /* not read, so it may be as it should */
	char *object, *problem, *remedy; /* remedy: a sentence or a command; NULL: none */
};

struct readiness {
	struct readiness_finding *findings;
	size_t n;
	bool initialised; /* ClusterInformation default or a built-in tier is there */
	bool initialised_known;
};

void readiness_add(struct readiness *r, struct readiness_finding finding); /* strings are taken */
/* Adds what the facts say of READY. */
void readiness_judge(struct readiness *r, const struct readiness_facts *f);
/* 1: it holds, 0: it does not, -1: something was not read. */
int readiness_holds(const struct readiness *r, enum readiness_verdict verdict);
/* The first finding that keeps the verdict from holding, a known one first; NULL: none. */
const struct readiness_finding *readiness_first(
	const struct readiness *r, enum readiness_verdict verdict);
const char *readiness_name(enum readiness_verdict verdict); /* "served" */
/* Whether the text names a verdict. */
bool readiness_parse(const char *text, enum readiness_verdict *verdict);
/* ERR_CHECK when it does not hold or is not known: what is missing first, and what to do. */
CHECKED int readiness_require(
	const struct readiness *r, enum readiness_verdict verdict, struct err *e);
void readiness_release(struct readiness *r);

#endif
