/* SPDX-License-Identifier: Apache-2.0 */
/* What the server has of the CRDs that a run is about; its cost does not grow with other CRDs. */
#ifndef ENGINE_LOOK_OBSERVE_H
#define ENGINE_LOOK_OBSERVE_H

#include <jansson.h>

#include "engine/look/mode.h"

struct observed {
	json_t *live; /* CRD name -> live CRD */
	json_t *served; /* group -> the APIResources that discovery lists, of all versions */
	json_t *held; /* name of a CRD that is being deleted -> what of its objects keeps it */
	struct operator_state tigera;
	struct mode mode; /* the APIService alone */
	struct err unread; /* of operator and mode, the first that was not permitted; zero: none */
	char *locked; /* why nobody may write Calico's datastore now; NULL: nothing forbids it */
};

/*
 * crds: an array of CRDs. All requests at once; a second round only for versions of others and for
 * objects of CRDs that are being deleted.
 */
CHECKED int observe(struct kube_api *api, const json_t *crds, struct observed *seen, struct err *e);
void observed_release(struct observed *seen);

/* GET /apis/GROUP/VERSION of every served version of the CRDs; owned by the caller. */
struct kube_call *observe_discovery_calls(const json_t *crds, size_t *n);
void observe_free_calls(struct kube_call *calls, size_t n);
/* Whether the answers of those calls list every served version of the CRD. */
bool observe_is_served(const struct kube_call *calls, size_t n, const json_t *crd);
/* A call that reads one CRD. */
void observe_crd_call(struct kube_call *call, const char *name);

#define observed_auto __attribute__((cleanup(observed_release))) struct observed

#endif
