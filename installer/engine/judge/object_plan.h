/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What has to be done with one object of Calico, and why: a pure function of what is wanted and
 * what is stored. The item owns what it holds.
 */
#ifndef ENGINE_JUDGE_OBJECT_PLAN_H
#define ENGINE_JUDGE_OBJECT_PLAN_H

#include "calico/write/stored.h"

/* What the user asks for. */
enum objects_verb { OBJECTS_CREATE, OBJECTS_APPLY, OBJECTS_REPLACE, OBJECTS_DELETE };

enum object_verdict {
	OBJECT_UNCHANGED, /* stored as wanted */
	OBJECT_CREATE,
	OBJECT_UPDATE,
	OBJECT_DELETE,
	OBJECT_SKIPPED, /* there already, or absent already, and the user accepts that */
	OBJECT_REFUSED /* err says why */
};

/* What became of it in a run that writes. */
enum object_outcome {
	OBJECT_OPEN, /* nothing so far */
	OBJECT_DONE, /* written */
	OBJECT_SAME, /* somebody else stored the same meanwhile */
	OBJECT_FAILED /* err says why */
};

struct object_item {
	const struct calico_kind *kind;
	enum objects_verb verb;
	json_t *wanted; /* the v3 object, defaulted; of OBJECTS_DELETE its kind and metadata */
	bool raw; /* wanted is a resource of crd.projectcalico.org/v1 as kubectl takes it */
	json_t *meaning; /* raw: the v3 object that wanted stands for; NULL: it is none */
	const char *ns, *name; /* of wanted, borrowed; ns NULL: cluster scope */
	char *id; /* "NetworkPolicy(production/a)", for messages */
	char *place; /* "pools.yaml, document 2", for messages; NULL: not from a file */
	/*
	 * NULL, or what is wanted once the stored object (v3, NULL: none) is known, such as the
	 * same with missing fields filled in: a new object; NULL: leave it as it is. It is called
	 * again after a conflict.
	 */
	json_t *(*make)(void *arg, const json_t *stored);
	void *arg;
	bool accept_present, accept_absent; /* skip instead of refusing */
	bool accept_same; /* create: what is there already is fine when it is the same */
	bool optional; /* its failure is no failure of the run */

	struct stored_name names; /* under which it may be stored */
	const char *stored_name; /* under which it is, or will be, stored; of names */
	json_t *live; /* as it is stored; NULL: absent */
	char *revision; /* of live */
	json_t *shown; /* live as v3; NULL: absent, or it cannot be shown */
	json_t *target; /* what is to be written; NULL: nothing */
	enum object_verdict verdict;
	enum object_outcome outcome;
	struct err err; /* of REFUSED and FAILED */
	bool judged; /* the API server's dry run accepts the target */
};

/* The conventions of the datastore. */
struct object_terms {
	enum stored_form form;
	const struct calico_rules *rules;
	unsigned release; /* as stored_request has it */
	const char *time; /* now, for new objects */
};

/* Looks at item->live and item->revision; sets verdict, target, shown. uid: of a new object. */
void object_decide(struct object_item *item, const struct object_terms *terms, const char *uid);
/* The server's answer to a dry run: it may turn out that nothing changes. */
void object_judge(
	struct object_item *item, const struct object_terms *terms, const json_t *answer);
/* Whether live, read again, is what was written. */
bool object_is_as_written(const struct object_item *item, const struct object_terms *terms);
/* Always sets REFUSED. */
void object_refuse(struct object_item *item, enum err_kind kind, const char *fmt, ...)
	PRINTF(3, 4);
/* Objects of a lower rank are written first, and deleted last. */
int object_rank(const struct calico_kind *kind);
enum { OBJECT_RANKS = 5 };
/* Lines "spec.cidr: 10.0.0.0/8 -> 10.1.0.0/16" of what an update changes: a new array. */
json_t *object_changes(const struct object_item *item, const struct object_terms *terms);
bool object_is_write(const struct object_item *item);
const char *object_verdict_name(enum object_verdict verdict);
void object_item_release(struct object_item *item);

#endif
