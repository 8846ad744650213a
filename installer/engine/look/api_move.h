/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the move of Calico's objects to projectcalico.org/v3 stands, whether it can begin, and
 * whether both groups hold the same. Reads only. Of each object a digest is kept, so that memory
 * grows with names alone. The struct owns what it holds but the CRDs and policies it was given.
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
	API_MOVE_NOTE, /* known to go wrong, or to need somebody afterwards */
	API_MOVE_BLOCKS,
	API_MOVE_UNKNOWN /* could not be read; blocks as well */
};

struct api_move_finding {
	enum api_move_state state;
	const char *check; /* "policies", a word for scripts */
	char *object; /* "NetworkPolicy/default/web"; NULL: it is about the cluster */
	char *text;
};

/* The objects of a kind in one group. */
struct api_move_side {
	json_t *digests; /* key -> digest */
	struct kube_pages pages;
	bool absent; /* the server does not serve the kind there */
	char *problem; /* of reading it; NULL: none */
};

struct api_move_kind {
	struct calico_kind kind; /* of v3: a schema is found by its name there */
	struct api_move_side v1, v3;
	size_t missing, extra, differ; /* of v3 against v1, once compared */
};

/* What a part of Calico is told to read. */
struct api_move_part {
	const char *what; /* "DaemonSet calico-node" */
	char *ns; /* NULL: it is not there */
	char *group; /* its CALICO_API_GROUP, of all containers; NULL: not set */
	char *release; /* by the tag of its image; NULL: not told */
	bool known, mixed; /* mixed: some of its containers have another value, or none */
};

enum { API_MOVE_CONTROLLERS, API_MOVE_NODE, API_MOVE_TYPHA, API_MOVE_PARTS };

struct api_move {
	const json_t *crds; /* of the set v3 that is meant; borrowed */
	struct mode mode;
	struct operator_state tigera;
	struct policies_seen policies;
	char *kubernetes;
	json_t *migration; /* the DatastoreMigration; NULL: there is none */
	bool migration_known, migration_crd; /* the CRD is there */
	char *version; /* that is served of it, and preferred */
	json_t *information[2]; /* ClusterInformation of v1, of v3; NULL: none */
	bool information_known[2];
	size_t crds_served, crds_wanted; /* of v3 */
	size_t crds_differ; /* that are not those of the set */
	struct api_move_part parts[API_MOVE_PARTS];
	struct api_move_kind *kinds;
	size_t n_kinds;
	size_t objects, untyped;
	struct api_move_finding *findings;
	size_t n, cut; /* cut: beyond what is kept, counted only */
	/* while it reads */
	struct calico_rules rules[2];
	struct fit fit;
};

/* The cluster alone: one flight, and one more where something follows from it. */
CHECKED int api_move_look(struct api_move *m, struct kube_api *api, const json_t *crds,
	const json_t *policies, struct err *e);
typedef void api_move_progress(void *arg, size_t objects);
/* Every object of both groups; judges those of v1 as what v3 takes. */
CHECKED int api_move_read(struct api_move *m, struct kube_api *api, api_move_progress *progress,
	void *arg, struct err *e);
/* Adds what keeps a migration from beginning, of what was looked at and read. */
void api_move_judge(struct api_move *m);
/*
 * Adds what differs between the groups; whole: what v1 has and v3 has not, as well. What was
 * written in v3 since it was copied, and what IPAM may have deleted since, is a note.
 */
void api_move_compare(struct api_move *m, bool whole);
/* Adds what keeps it from being finished besides: CRDs of others in v1, parts that read v1. */
void api_move_judge_end(struct api_move *m);
/* Whether the part reads v3 in all of its containers. */
bool api_move_part_is_v3(const struct api_move_part *p);
/* "Pending", "Complete"; NULL: there is no DatastoreMigration. Borrowed. */
const char *api_move_phase(const struct api_move *m);
/* -1: not known, 0: false, 1: true; of v1 or v3 (0 or 1). */
int api_move_ready(const struct api_move *m, int group);
size_t api_move_count(const struct api_move *m, enum api_move_state state);
bool api_move_blocked(const struct api_move *m);
/* The first that blocks; NULL: nothing does. */
const struct api_move_finding *api_move_first(const struct api_move *m);
void api_move_release(struct api_move *m);

/* For the files of this module. */
enum { API_MOVE_FINDINGS = 200 };
void api_move_add(struct api_move *m, enum api_move_state state, const char *check,
	const char *object, const char *fmt, ...) PRINTF(5, 6);

#define api_move_auto __attribute__((cleanup(api_move_release))) struct api_move

#endif
