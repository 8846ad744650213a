/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads every stored object of the CRDs that a plan changes in a way that is not safe, page by
 * page. Judges each object against the new schema (engine/judge/schema/schema.h). Memory does not
 * grow with the objects: it holds exact counts, and some examples of each kind of finding. The
 * struct borrows the items and owns the rest.
 */
#ifndef ENGINE_LOOK_OBJECTS_H
#define ENGINE_LOOK_OBJECTS_H

#include "engine/judge/plan.h"
#include "engine/judge/schema/schema.h"
#include "kube/pages.h"

enum {
	PREFLIGHT_EXAMPLES = 5, /* examples of each row */
	PREFLIGHT_LOSSES = 1000, /* examples of each row that is a loss, when losses are accepted */
	PREFLIGHT_ROWS_MAX = 2000
};

struct preflight_example {
	char *object; /* "NAMESPACE/NAME" or "NAME" */
	char *path, *part, *value; /* as in struct schema_finding */
};

/* One rule on one field, for all objects of a kind. */
struct preflight_row {
	const struct plan_item *item;
	enum schema_class class;
	bool partly; /* the server refuses changes of one part, such as spec, but not of a label */
	const char *rule;
	char *field;
	char *text; /* text of a CEL rule; NULL: no CEL rule */
	char *message; /* the server's message for the first object; NULL: none */
	char *allowed; /* what the new schema accepts, in words; NULL: nothing to say */
	const char *move; /* what replaces it (engine/judge/moves.h); NULL: not known */
	size_t objects, findings;
	struct preflight_example *examples;
	size_t n_examples;
	size_t last; /* number of the object that was counted last */
	size_t serial; /* number of the row in the order of finding */
};

/* The objects of one CRD. */
struct preflight_kind {
	struct plan_item *item;
	const char *version; /* the version that the server stores */
	json_t *schemas; /* its old and its new schema, reduced to what differs */
	struct schema_node *old, *new; /* built from schemas */
	size_t objects; /* number of objects read */
	size_t severe; /* number that lose data or cannot be written any more */
	size_t limited; /* number with a part that cannot be changed or created any more */
	char *problem; /* why not all could be read; NULL: all were read */
	bool absent; /* the server does not serve the objects now */
	const char *since; /* judge only objects newer than this resourceVersion; NULL: all */
	/* used while it runs */
	struct kube_pages pages;
};

struct preflight {
	struct preflight_kind *kinds;
	size_t n_kinds;
	struct preflight_row *rows; /* worst first: by class, then by the number of objects */
	size_t n_rows;
	size_t more; /* findings beyond PREFLIGHT_ROWS_MAX rows, only counted */
	bool ratchets; /* the server does not judge unchanged values; false when unknown */
	bool accept; /* a loss does not block */
	/* release whose calicoctl decodes the objects (calico/model/fields.h); 0: none */
	unsigned release;
	struct buf *fix; /* corrected objects, as YAML; NULL: not wanted */
	/* numbers of objects in fix, and of blocking objects that somebody must correct */
	size_t fixed, unfixed;
	json_t *index;
	size_t serial;
	struct schema_judge judge;
};

typedef void preflight_progress(void *arg, size_t objects);

/*
 * *p is zero except release, fix and accept. An item is blocked when its objects would lose data,
 * become unwritable or cannot be read; accept allows all of that. -1 only when the run is over.
 */
CHECKED int preflight_run(struct preflight *p, struct kube_api *api, struct plan *plan,
	preflight_progress *progress, void *arg, struct err *e);
/*
 * The same for objects that were created or changed since the first look, which have a newer
 * resourceVersion. *later is zero except accept.
 */
CHECKED int preflight_again(struct preflight *later, const struct preflight *first,
	struct kube_api *api, struct plan *plan, struct err *e);
/*
 * The same in steps for objects from elsewhere: begin, then the objects of each CRD, then end.
 * Judges them as a server from Kubernetes 1.30 on does.
 */
void preflight_begin(struct preflight *p, struct plan *plan);
void preflight_take(struct preflight *p, const char *crd, const json_t *items);
void preflight_end(struct preflight *p);
size_t preflight_objects(const struct preflight *p); /* number of objects read */
/* number of objects that lose data or cannot be written */
size_t preflight_severe(const struct preflight *p);
size_t preflight_limited(const struct preflight *p);
/* a known replacement corrects some of what blocks */
bool preflight_fixable(const struct preflight *p);
/* number of kinds whose objects were not all read */
size_t preflight_unread(const struct preflight *p);
void preflight_release(struct preflight *p);

#define preflight_auto __attribute__((cleanup(preflight_release))) struct preflight

#endif
