/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far the move of Calico's objects to projectcalico.org/v3 is, whether it can begin, and
 * whether both groups hold the same objects. This module only reads. It keeps a digest of each
 * object, so memory grows only with the names. The struct borrows the CRDs and policies that it is
 * given, and owns the rest.
 */
#ifndef ENGINE_LOOK_API_MOVE_H
#define ENGINE_LOOK_API_MOVE_H

#include "engine/judge/api_move.h"
#include "engine/judge/fit.h"
#include "engine/look/mode.h"
#include "engine/look/policies.h"
#include "kube/pages.h"

#define MIGRATION_GROUP "migration.projectcalico.org"
#define MIGRATION_NAME "v1-to-v3"
#define MIGRATION_CRD "datastoremigrations." MIGRATION_GROUP

enum api_move_state {
	API_MOVE_OK,
	API_MOVE_NOTE, /* a known fault, or work for somebody afterwards */
	API_MOVE_BLOCKS,
	API_MOVE_UNKNOWN /* could not be read; also blocks */
};

struct api_move_finding {
	enum api_move_state state;
	const char *check; /* "policies", a word for scripts */
	char *object; /* "NetworkPolicy/default/web"; NULL: the finding is about the cluster */
	char *text;
};

/* The objects of one kind in one group. */
struct api_move_side {
	json_t *digests; /* key -> digest */
	struct kube_pages pages;
	bool absent; /* the server does not serve the kind in this group */
	char *problem; /* why the kind could not be read; NULL: no problem */
};

struct api_move_kind {
	struct calico_kind kind; /* the kind in v3, where the name finds the schema */
	struct api_move_side v1, v3;
	size_t missing, extra, differ; /* numbers of objects, v3 compared with v1 */
};

/* Which API group a component of Calico is set to read. */
struct api_move_part {
	const char *what; /* "DaemonSet calico-node" */
	char *ns; /* NULL: the component does not exist */
	char *group; /* CALICO_API_GROUP in all its containers; NULL: not set */
	char *release; /* tag of its image; NULL: not known */
	bool known, mixed; /* mixed: some containers have another value, or none */
};

enum { API_MOVE_CONTROLLERS, API_MOVE_NODE, API_MOVE_TYPHA, API_MOVE_PARTS };

struct api_move {
	const json_t *crds; /* CRDs of the set v3 that the user wants; borrowed */
	struct mode mode;
	struct operator_state tigera;
	struct policies_seen policies;
	char *kubernetes;
	json_t *migration; /* the DatastoreMigration; NULL: there is none */
	bool migration_known, migration_crd; /* migration_crd: the CRD exists */
	char *version; /* the version of it that the server serves and prefers */
	json_t *information[2]; /* ClusterInformation in v1 and in v3; NULL: none */
	bool information_known[2];
	size_t crds_served, crds_wanted; /* numbers of v3 CRDs */
	size_t crds_differ; /* CRDs that differ from those of the set */
	struct api_move_part parts[API_MOVE_PARTS];
	struct api_move_kind *kinds;
	size_t n_kinds;
	size_t objects, untyped;
	struct api_move_finding *findings;
	size_t n, cut; /* cut: findings beyond the limit, only counted */
	/* used while objects are read */
	struct calico_rules rules[2];
	struct fit fit;
};

/* Looks at the cluster without the objects: one flight, and a second one only where needed. */
CHECKED int api_move_look(struct api_move *m, struct kube_api *api, const json_t *crds,
	const json_t *policies, struct err *e);
typedef void api_move_progress(void *arg, size_t objects);
/* Reads every object of both groups; checks whether v3 accepts those of v1. */
CHECKED int api_move_read(struct api_move *m, struct kube_api *api, api_move_progress *progress,
	void *arg, struct err *e);
/* Adds what prevents the start of a migration, from what was looked at and read. */
void api_move_judge(struct api_move *m);
/*
 * Adds the differences between the groups. whole: also objects that v1 has and v3 has not. Objects
 * written in v3 after the copy are a note, and so are objects that IPAM may have deleted.
 */
void api_move_compare(struct api_move *m, bool whole);
/* Adds what else prevents the end: foreign CRDs in v1, components that read v1. */
void api_move_judge_end(struct api_move *m);
/* True: all containers of the component read v3. */
bool api_move_part_is_v3(const struct api_move_part *p);
/* "Pending", "Complete"; NULL: there is no DatastoreMigration. Borrowed. */
const char *api_move_phase(const struct api_move *m);
/* datastoreReady in v1 (group 0) or v3 (group 1). -1: not known, 0: false, 1: true. */
int api_move_ready(const struct api_move *m, int group);
size_t api_move_count(const struct api_move *m, enum api_move_state state);
bool api_move_blocked(const struct api_move *m);
/* The first finding that blocks; NULL: none blocks. */
const struct api_move_finding *api_move_first(const struct api_move *m);
void api_move_release(struct api_move *m);

/* Only for the files of this module. */
enum { API_MOVE_FINDINGS = 200 };
void api_move_add(struct api_move *m, enum api_move_state state, const char *check,
	const char *object, const char *fmt, ...) PRINTF(5, 6);

#define api_move_auto __attribute__((cleanup(api_move_release))) struct api_move

#endif
