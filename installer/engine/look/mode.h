/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which API keeps Calico's objects: crd.projectcalico.org/v1, with or without an API server for
 * projectcalico.org/v3 in front of it, or CRDs of projectcalico.org/v3 themselves. calicoctl and
 * the tigera operator find it out by rules of their own, which may disagree. Nothing of it must be
 * readable: what is not is unknown. The struct owns what it holds.
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
	bool known; /* whether there is an APIService v3.projectcalico.org */
	bool v3; /* there is: by an API server, or by CRDs */
	char *server; /* NAMESPACE/NAME of that API server's Service; NULL: by CRDs */
	char *available; /* its condition's status, such as "False"; NULL: not told */
	char *message; /* why it is not available; NULL: it is */

	/* What the rules look at besides. */
	bool v1; /* crd.projectcalico.org is served */
	json_t *v1_crds; /* what is served of it: names of CRDs; NULL: not asked for */
	struct migration migration;
	bool mutates; /* MutatingAdmissionPolicies are served; the operator takes no v3 without */
};

/* The APIService alone. */
struct kube_call *mode_ask_service(struct kube_batch *b);
void mode_take_service(struct mode *m, const struct kube_call *call);
/* All that the rules look at: adds the calls and returns the place of the first. */
size_t mode_ask(struct kube_batch *b);
void mode_take(struct mode *m, const struct kube_batch *b, size_t at);
/* One more request where DatastoreMigrations are served. -1 only when the run is over. */
CHECKED int mode_complete(
	struct mode *m, struct kube_api *api, struct err *unread, struct err *e);

/* "crd.projectcalico.org/v1", "projectcalico.org/v3", "aggregated", "unknown". */
const char *mode_name(const struct mode *m);
bool mode_by_crds(const struct mode *m); /* projectcalico.org/v3 is served by CRDs */
/* The same in a line for people, with what is wrong; appended without \n. */
void mode_text(struct buf *out, const struct mode *m);
/* How the operator's rule and calicoctl's lead to different APIs; NULL: they agree. To be freed. */
char *mode_disagreement(const struct mode *m, const struct operator_state *o);
/* {mode, server, available, message, migration, calicoctl, operator, disagreement,
 * components, leftover}: a new one. */
json_t *mode_json(const struct mode *m, const struct operator_state *o);
/*
 * Which API each part of Calico reads where nothing else was set for it: [{component, reads, why}],
 * reads null where that is not known. A new array.
 */
json_t *mode_components(const struct mode *m, const struct operator_state *o);
/* The CRDs of v1 beside CRDs of v3, which turn readers to v1; NULL: there are none. To be freed. */
char *mode_leftover(const struct mode *m);
/* The CRDs of projectcalico.org/v3, as far as reading their objects needs them: a new array. */
json_t *mode_v3_crds(void);
bool mode_is_v3(const json_t *crds); /* none of them is of crd.projectcalico.org, and one of v3 */
bool mode_has_v1(const json_t *live); /* CRD name -> CRD: one is of crd.projectcalico.org */
/* Of every CRD that may keep objects of Calico: those of all releases, and of v3. */
json_t *mode_crd_names(const struct surfaces *s);
void mode_release(struct mode *m);

#endif
