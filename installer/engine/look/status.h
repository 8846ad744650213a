/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a cluster has, against all releases that this program carries: which one its CRDs are, what
 * differs, who manages them, what is stored. Nothing in it must be readable: what is not is said.
 * The struct owns what it holds and borrows the catalog.
 */
#ifndef ENGINE_LOOK_STATUS_H
#define ENGINE_LOOK_STATUS_H

#include "base/out.h"
#include "engine/look/check.h"
#include "engine/look/tiers.h"
#include "engine/judge/owner.h"
#include "manifest/nearest.h"

enum status_state {
	STATUS_RELEASED, /* as the nearest release has it */
	STATUS_OTHER, /* as another release has it */
	STATUS_EDITED, /* as none has it */
	STATUS_MISSING,
	STATUS_EXTRA, /* the nearest release has no such CRD */
	STATUS_FOREIGN, /* as none has it, and the CRDs as a whole are those of no release here */
	STATUS_UNREAD
};

/*
 * CRDs that come together: those of crd.projectcalico.org with the shared group, the tigera
 * operator's, those of projectcalico.org. A set is one or two of these parts; each may be of
 * another release.
 */
enum status_part { PART_CRDS, PART_OPERATOR, PART_V3, PART_COUNT };

struct status_match {
	struct surfaces surfaces; /* of this part alone */
	const struct surface *nearest; /* NULL: no CRD of the part is there */
	enum surfaces_age age; /* AGE_KNOWN: nearest is the release, with edits or without */
};

struct status_crd {
	const char *name; /* borrowed from names */
	enum status_part part; /* PART_COUNT: of a shared group, where no v1 is */
	const json_t *live; /* NULL: missing or unread */
	enum status_state state;
	struct surface_range range; /* whose CRD it is */
	json_t *drift; /* against the nearest release, as crd_diff says it, for OTHER and EDITED */
	struct owners owners;
	long objects; /* -1: not known */
	char *problem; /* of reading it; NULL: none */
};

struct status {
	const struct catalog *catalog;
	struct surfaces surfaces;
	struct status_match parts[PART_COUNT];
	struct status_crd *crds;
	size_t n;
	json_t *names; /* of all CRDs of all releases */
	json_t *live; /* CRD name -> CRD */
	json_t *others; /* CRDs of Calico's group that no release has: names */
	bool others_known; /* the group's discovery was read */
	json_t *unread; /* strings: what could not be read, and why */
	size_t denied; /* of these, how many were not permitted */
	struct err failed; /* the first read that failed, a 403 before others; zero: none did */
	struct identity identity;
	struct operator_state tigera;
	json_t *installation; /* the operator's first Installation; NULL: none */
	struct mode mode;
	struct tiers tiers; /* the built-in ones */
	struct readiness readiness; /* READY alone; no verdict where no CRD of Calico is there */
	json_t *v3_crds;
	struct check v3; /* reads of them; n 0: they are no CRDs of the cluster */
	unsigned round_trips; /* flights of requests */
};

/* Two flights: what is there, then how many objects of it; a third one for v3. -1 only when nothing
 * can be read. */
CHECKED int status_read(
	struct status *s, struct kube_api *api, const struct catalog *c, struct err *e);
size_t status_count(const struct status *s, enum status_state state);
size_t status_count_in(
	const struct status *s, enum status_part part, enum status_state state);
bool status_ok(const struct status *s); /* every CRD is as one release has it */
/* The part that keeps Calico's objects: of v1 where it is there, else of v3; NULL: neither is. */
const struct status_match *status_main(const struct status *s);
/* The releases that all parts have in common; both NULL: there are none. */
struct surface_range status_common(const struct status *s);
const char *status_state_name(enum status_state state);
/* Whether ClusterInformation names a release whose CRDs these are; true when it says nothing. */
bool status_agrees(const struct status *s);
void status_release(struct status *s);

/* status_report.c */
void status_verdict(struct buf *out, const struct status *s); /* a line, without \n */
void status_text(struct out *out, const struct status *s);
json_t *status_json(const struct status *s); /* a new object */

#define status_auto __attribute__((cleanup(status_release))) struct status

#endif
