/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looks at every stored object of the CRDs that a plan changes in more than a safe way, page by
 * page, and judges it against the schema that is to come (engine/judge/schema/schema.h). What is
 * kept does not grow with the objects: exact counts, and some examples of each kind of finding. The
 * struct owns what it holds but the items.
 */
#ifndef ENGINE_LOOK_OBJECTS_H
#define ENGINE_LOOK_OBJECTS_H

#include "engine/judge/plan.h"
#include "engine/judge/schema/schema.h"
#include "kube/pages.h"

enum {
	PREFLIGHT_EXAMPLES = 5, /* of each row */
	PREFLIGHT_LOSSES = 1000, /* of each row that is a loss, when the loss is accepted */
	PREFLIGHT_ROWS_MAX = 2000
};

struct preflight_example {
	char *object; /* "NAMESPACE/NAME" or "NAME" */
	char *path, *part, *value; /* as in struct schema_finding */
};

/* One rule on one field, in all objects of a kind. */
struct preflight_row {
	const struct plan_item *item;
	enum schema_class class;
	bool partly; /* what is refused are changes of a part, its spec, and not of a label */
	const char *rule;
	char *field;
	char *text; /* of a CEL rule; NULL: it is none */
	char *message; /* what the server says of it, in the first object; NULL: nothing */
	char *allowed; /* what the new schema takes, in words; NULL: nothing to say */
	const char *move; /* what takes its place (engine/judge/moves.h); NULL: not known */
	size_t objects, findings;
	struct preflight_example *examples;
	size_t n_examples;
	size_t last; /* number of the object that was counted last */
	size_t serial; /* of the row, as it was found */
};

/* The objects of one CRD. */
struct preflight_kind {
	struct plan_item *item;
	const char *version; /* the one that is stored */
	json_t *schemas; /* its old and its new one, reduced to what differs */
	struct schema_node *old, *new; /* made of them */
	size_t objects; /* read */
	size_t severe; /* of them, those that lose data or cannot be written any more */
	size_t limited; /* and those with a part that cannot be changed or created any more */
	char *problem; /* why they could not all be read; NULL: they were */
	bool absent; /* the server does not serve them now */
	const char *since; /* judge what is newer than this resourceVersion; NULL: all */
	/* while it runs */
	struct kube_pages pages;
};

struct preflight {
	struct preflight_kind *kinds;
	size_t n_kinds;
	struct preflight_row *rows; /* the worst first: by class, then by the number of objects */
	size_t n_rows;
	size_t more; /* findings beyond PREFLIGHT_ROWS_MAX rows, counted only */
	bool ratchets; /* the server leaves unchanged values alone; false when unknown */
	bool accept; /* losses do not block */
	unsigned release; /* whose calicoctl decodes the objects (calico/model/fields.h); 0: none */
	struct buf *fix; /* corrected objects, as YAML; NULL: they are not wanted */
	size_t fixed, unfixed; /* objects in it, and objects that block and need somebody */
	json_t *index;
	size_t serial;
	struct schema_judge judge;
};

typedef void preflight_progress(void *arg, size_t objects);

/*
 * *p is zero but for release, fix, and accept: an item whose objects would lose data, become
 * unwritable or cannot be read is not blocked for it. -1 only when the run is over.
 */
CHECKED int preflight_run(struct preflight *p, struct kube_api *api, struct plan *plan,
	preflight_progress *progress, void *arg, struct err *e);
/*
 * The same for what was created or changed since the first look, in *later, which is zero but for
 * accept: objects with a newer resourceVersion.
 */
CHECKED int preflight_again(struct preflight *later, const struct preflight *first,
	struct kube_api *api, struct plan *plan, struct err *e);
/*
 * The same in steps for objects from elsewhere: begin, the objects of each CRD, end. They
 * are judged as servers from 1.30 on do it.
 */
void preflight_begin(struct preflight *p, struct plan *plan);
void preflight_take(struct preflight *p, const char *crd, const json_t *items);
void preflight_end(struct preflight *p);
size_t preflight_objects(const struct preflight *p); /* that were read */
size_t preflight_severe(const struct preflight *p); /* that lose data or cannot be written */
size_t preflight_limited(const struct preflight *p);
bool preflight_fixable(const struct preflight *p); /* what blocks has a known move, in part */
size_t preflight_unread(const struct preflight *p); /* kinds whose objects were not all read */
void preflight_release(struct preflight *p);

#define preflight_auto __attribute__((cleanup(preflight_release))) struct preflight

#endif
