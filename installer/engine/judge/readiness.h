/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether Calico would start: three verdicts, each of which includes those before it, and what is
 * missing for each. Pure: facts in, findings out. The struct owns its findings.
 */
#ifndef ENGINE_JUDGE_READINESS_H
#define ENGINE_JUDGE_READINESS_H

#include <jansson.h>

#include "base/err.h"

enum readiness_verdict {
	READINESS_SERVED, /* the server answers for every kind */
	READINESS_READABLE, /* calicoctl can read every list */
	READINESS_READY, /* Calico's components find what they need to start */
	READINESS_VERDICTS
};

/* What the server does with a policy without types, which admission policies must fill in. */
enum admission {
	ADMISSION_UNUSED, /* Calico's objects are not in CRDs of projectcalico.org/v3 */
	ADMISSION_UNKNOWN,
	ADMISSION_MISSING,
	ADMISSION_WORKS
};

/* The struct borrows everything. */
struct readiness_facts {
	bool no_crds; /* the datastore is etcd */
	bool has_tiers; /* the datastore has the kind Tier */
	const char *release; /* the release whose tiers are expected; NULL: tiers of any release */
	const json_t *information; /* ClusterInformation default; NULL: absent, or not read */
	bool information_known;
	const json_t *tiers; /* name -> object, for built-in tiers */
	bool tiers_known; /* a tier that is absent here does not exist */
	const char *phase; /* phase of a DatastoreMigration; NULL: none exists */
	bool migration_known;
	enum admission admission;
	const char *admission_why; /* the reason for MISSING and UNKNOWN */
};

struct readiness_finding {
	enum readiness_verdict verdict; /* the first verdict that the finding prevents */
	bool unknown; /* it could not be read, so it may be right */
	char *object, *problem, *remedy; /* remedy: a sentence or a command; NULL: none */
};

struct readiness {
	struct readiness_finding *findings;
	size_t n;
	bool initialised; /* ClusterInformation default or a built-in tier exists */
	bool initialised_known;
};

void readiness_add(struct readiness *r, struct readiness_finding finding); /* takes the strings */
/* Adds what the facts say about READY. */
void readiness_judge(struct readiness *r, const struct readiness_facts *f);
/* 1: the verdict holds, 0: it does not, -1: something could not be read. */
int readiness_holds(const struct readiness *r, enum readiness_verdict verdict);
/* The first finding that prevents the verdict; known ones come first. NULL: none. */
const struct readiness_finding *readiness_first(
	const struct readiness *r, enum readiness_verdict verdict);
const char *readiness_name(enum readiness_verdict verdict); /* "served" */
/* False: the text names no verdict. */
bool readiness_parse(const char *text, enum readiness_verdict *verdict);
/*
 * ERR_CHECK when the verdict does not hold or is not known. The error says what is missing, then
 * what to do.
 */
CHECKED int readiness_require(
	const struct readiness *r, enum readiness_verdict verdict, struct err *e);
void readiness_release(struct readiness *r);

#endif
