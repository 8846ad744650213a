/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What must be done with one object of Calico, and why. Pure: the result depends only on what is
 * wanted and what is stored. The item owns what it holds.
 */
#ifndef ENGINE_JUDGE_OBJECT_PLAN_H
#define ENGINE_JUDGE_OBJECT_PLAN_H

#include "calico/write/stored.h"

/* What the user asks for. */
enum objects_verb { OBJECTS_CREATE, OBJECTS_APPLY, OBJECTS_REPLACE, OBJECTS_DELETE };

enum object_verdict {
	OBJECT_UNCHANGED, /* the stored object is as wanted */
	OBJECT_CREATE,
	OBJECT_UPDATE,
	OBJECT_DELETE,
	OBJECT_SKIPPED, /* it exists, or is absent, already, and the user accepts that */
	OBJECT_REFUSED /* err says why */
};

/* The result of the object in a run that writes. */
enum object_outcome {
	OBJECT_OPEN, /* nothing yet */
	OBJECT_DONE, /* written */
	OBJECT_SAME, /* somebody else stored the same meanwhile */
	OBJECT_FAILED /* err says why */
};

struct object_item {
	const struct calico_kind *kind;
	enum objects_verb verb;
	json_t *wanted; /* the v3 object with defaults; for OBJECTS_DELETE only kind and metadata */
	bool raw; /* wanted is a resource of crd.projectcalico.org/v1, in kubectl's form */
	json_t *meaning; /* raw: the v3 object for wanted; NULL: none */
	const char *ns, *name; /* of wanted, borrowed; ns NULL: a cluster-scoped object */
	char *id; /* "NetworkPolicy(production/a)", for messages */
	char *place; /* "pools.yaml, document 2", for messages; NULL: not from a file */
	/*
	 * Builds what is wanted once the stored object (v3; NULL: none) is known, for example with
	 * missing fields filled in. Returns a new object; NULL: do not change the stored one.
	 * Called again after a conflict. A NULL pointer: wanted is fixed.
	 */
	json_t *(*make)(void *arg, const json_t *stored);
	void *arg;
	bool accept_present, accept_absent; /* skip the object instead of refusing it */
	bool accept_same; /* create: an existing object that is the same is no error */
	bool optional; /* a failure of this item does not fail the run */

	struct stored_name names; /* names under which the object may be stored */
	const char *stored_name; /* the name that is or will be used; part of names */
	json_t *live; /* the stored object; NULL: absent */
	char *revision; /* revision of live */
	json_t *shown; /* live as v3; NULL: absent, or it cannot be converted */
	json_t *target; /* what to write; NULL: nothing */
	enum object_verdict verdict;
	enum object_outcome outcome;
	struct err err; /* for REFUSED and FAILED */
	bool judged; /* the API server's dry run accepted the target */
};

/* The conventions of the datastore. */
struct object_terms {
	enum stored_form form;
	const struct calico_rules *rules;
	unsigned release; /* in the form of stored_request */
	const char *time; /* the current time, for new objects */
};

/* Sets verdict, target and shown from item->live and item->revision. uid: for a new object. */
void object_decide(struct object_item *item, const struct object_terms *terms, const char *uid);
/* Takes the server's answer to a dry run. The answer may show that nothing changes. */
void object_judge(
	struct object_item *item, const struct object_terms *terms, const json_t *answer);
/* True: live, which was read again, is what was written. */
bool object_is_as_written(const struct object_item *item, const struct object_terms *terms);
/* Sets the verdict to REFUSED and the error. */
void object_refuse(struct object_item *item, enum err_kind kind, const char *fmt, ...)
	PRINTF(3, 4);
/* Objects with a lower rank are written first and deleted last. */
int object_rank(const struct calico_kind *kind);
enum { OBJECT_RANKS = 5 };
/* What an update changes, as a new array of lines "spec.cidr: 10.0.0.0/8 -> 10.1.0.0/16". */
json_t *object_changes(const struct object_item *item, const struct object_terms *terms);
bool object_is_write(const struct object_item *item);
const char *object_verdict_name(enum object_verdict verdict);
void object_item_release(struct object_item *item);

#endif
