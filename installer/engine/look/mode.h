/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which API keeps Calico's objects: crd.projectcalico.org/v1, with or without an API server for
 * projectcalico.org/v3 in front, or CRDs of projectcalico.org/v3. calicoctl and the tigera operator
 * decide by rules of their own, which may disagree. No read has to succeed: what could not be read
 * is unknown. The struct owns what it holds.
 */
#ifndef ENGINE_LOOK_MODE_H
#define ENGINE_LOOK_MODE_H

#include "engine/look/lock.h"
#include "engine/look/operator.h"
#include "manifest/surface.h"

#define MODE_V1_GROUP "crd.projectcalico.org"
#define MODE_V3_GROUP "projectcalico.org"
#define MODE_V3 MODE_V3_GROUP "/v3"

struct mode {
	bool known; /* it is known whether an APIService v3.projectcalico.org exists */
	bool v3; /* it exists: served by an API server, or by CRDs */
	char *server; /* NAMESPACE/NAME of the API server's Service; NULL: served by CRDs */
	char *available; /* status of its condition, such as "False"; NULL: not known */
	char *message; /* why it is not available; NULL: it is available */

	/* What the rules also look at. */
	bool v1; /* crd.projectcalico.org is served */
	json_t *v1_crds; /* names of the CRDs that the group serves; NULL: not asked for */
	struct migration migration;
	bool mutates; /* MutatingAdmissionPolicies are served; the operator needs them for v3 */
};

/* Asks only for the APIService. */
struct kube_call *mode_ask_service(struct kube_batch *b);
void mode_take_service(struct mode *m, const struct kube_call *call);
/* Asks for all that the rules look at: adds the calls and returns the place of the first. */
size_t mode_ask(struct kube_batch *b);
void mode_take(struct mode *m, const struct kube_batch *b, size_t at);
/* Sends one more request where DatastoreMigrations are served. -1 only when the run is over. */
CHECKED int mode_complete(
	struct mode *m, struct kube_api *api, struct err *unread, struct err *e);

/* "crd.projectcalico.org/v1", "projectcalico.org/v3", "aggregated", "unknown". */
const char *mode_name(const struct mode *m);
bool mode_by_crds(const struct mode *m); /* projectcalico.org/v3 is served by CRDs */
/* Appends the same as a line for people, with what is wrong, without \n. */
void mode_text(struct buf *out, const struct mode *m);
/*
 * How the rules of the operator and of calicoctl lead to different APIs; NULL: they agree. The
 * caller frees it.
 */
char *mode_disagreement(const struct mode *m, const struct operator_state *o);
/*
 * A new object {mode, server, available, message, migration, calicoctl, operator, disagreement,
 * components, leftover}.
 */
json_t *mode_json(const struct mode *m, const struct operator_state *o);
/*
 * Which API each component of Calico reads when nothing else is set: a new array of {component,
 * reads, why}; reads is null when not known.
 */
json_t *mode_components(const struct mode *m, const struct operator_state *o);
/* CRDs of v1 beside CRDs of v3, which make readers use v1; NULL: none. The caller frees it. */
char *mode_leftover(const struct mode *m);
/* The CRDs of projectcalico.org/v3, with only what reading their objects needs: a new array. */
json_t *mode_v3_crds(void);
/* at least one is of v3, and none is of crd.projectcalico.org */
bool mode_is_v3(const json_t *crds);
/* CRD name -> CRD: at least one is of crd.projectcalico.org */
bool mode_has_v1(const json_t *live);
/* Names of every CRD that may keep objects of Calico: those of all releases, and those of v3. */
json_t *mode_crd_names(const struct surfaces *s);
void mode_release(struct mode *m);

#endif
