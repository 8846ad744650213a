/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compares a cluster with all releases built in: which release its CRDs have, what differs, who
 * manages them, what is stored. No single read has to succeed: status reports what it could not
 * read. The struct borrows the catalog and owns the rest.
 */
#ifndef ENGINE_LOOK_STATUS_H
#define ENGINE_LOOK_STATUS_H

#include "base/out.h"
#include "engine/look/check.h"
#include "engine/look/tiers.h"
#include "engine/judge/owner.h"
#include "manifest/nearest.h"

enum status_state {
	STATUS_RELEASED, /* same as in the nearest release */
	STATUS_OTHER, /* same as in another release */
	STATUS_EDITED, /* same as in no release */
	STATUS_MISSING,
	STATUS_EXTRA, /* the nearest release has no such CRD */
	STATUS_FOREIGN, /* same as in no release, and the CRDs together match no release built in */
	STATUS_UNREAD
};

/*
 * CRDs that come together: those of crd.projectcalico.org with the shared group, those of the
 * tigera operator, those of projectcalico.org. A set has one or two of these parts; each part may
 * have another release.
 */
enum status_part { PART_CRDS, PART_OPERATOR, PART_V3, PART_COUNT };

struct status_match {
	struct surfaces surfaces; /* only of this part */
	const struct surface *nearest; /* NULL: the cluster has no CRD of this part */
	enum surfaces_age age; /* AGE_KNOWN: nearest is the release, with or without edits */
};

struct status_crd {
	const char *name; /* borrowed from names */
	enum status_part part; /* PART_COUNT: a CRD of the shared group where no v1 CRD exists */
	const json_t *live; /* NULL: missing, or not read */
	enum status_state state;
	struct surface_range range; /* releases with the same CRD */
	json_t *drift; /* for OTHER and EDITED: difference to the nearest release, from crd_diff */
	struct owners owners;
	long objects; /* -1: not known */
	char *problem; /* why it could not be read; NULL: no problem */
};

struct status {
	const struct catalog *catalog;
	struct surfaces surfaces;
	struct status_match parts[PART_COUNT];
	struct status_crd *crds;
	size_t n;
	json_t *names; /* names of all CRDs of all releases */
	json_t *live; /* CRD name -> CRD */
	json_t *others; /* names of CRDs in Calico's group that no release has */
	bool others_known; /* the group's discovery was read */
	json_t *unread; /* strings: what could not be read, and why */
	size_t denied; /* how many of these were not permitted */
	struct err failed; /* the first failed read, a 403 before others; zero: none failed */
	struct identity identity;
	struct operator_state tigera;
	json_t *installation; /* the operator's first Installation; NULL: none */
	struct mode mode;
	struct tiers tiers; /* the built-in ones */
	/* only READY; no verdict where the cluster has no CRD of Calico */
	struct readiness readiness;
	json_t *v3_crds;
	struct check v3; /* reads of v3; n 0: v3 is not served by CRDs */
	unsigned round_trips; /* flights of requests */
};

/*
 * Two flights: first what exists, then the number of objects; a third one for v3. -1 only when
 * nothing can be read.
 */
CHECKED int status_read(
	struct status *s, struct kube_api *api, const struct catalog *c, struct err *e);
size_t status_count(const struct status *s, enum status_state state);
size_t status_count_in(
	const struct status *s, enum status_part part, enum status_state state);
bool status_ok(const struct status *s); /* every CRD is the same as in one release */
/* The part that keeps Calico's objects: v1 where it exists, else v3; NULL: neither exists. */
const struct status_match *status_main(const struct status *s);
/* The releases that match all parts; both NULL: none does. */
struct surface_range status_common(const struct status *s);
const char *status_state_name(enum status_state state);
/* True: ClusterInformation names a release that matches the CRDs, or names none. */
bool status_agrees(const struct status *s);
void status_release(struct status *s);

/* status_report.c */
void status_verdict(struct buf *out, const struct status *s); /* one line, without \n */
void status_text(struct out *out, const struct status *s);
json_t *status_json(const struct status *s); /* a new object */

#define status_auto __attribute__((cleanup(status_release))) struct status

#endif
