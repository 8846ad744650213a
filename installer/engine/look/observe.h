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
	char *kubernetes; /* the server's version, "v1.34.4"; NULL: not told */
	char *version; /* that ClusterInformation says; NULL: it says none */
	char *locked; /* why nobody may write Calico's datastore now; NULL: nothing forbids it */
};

/*
 * crds: an array of CRDs. All requests at once; a second round only for versions of others and for
 * objects of CRDs that are being deleted.
 */
CHECKED int observe(struct kube_api *api, const json_t *crds, struct observed *seen, struct err *e);
void observed_release(struct observed *seen);

/* Adds a GET of /apis/GROUP/VERSION for every version of the CRDs. */
void observe_ask_discovery(struct kube_batch *b, const json_t *crds);
/* Whether the answers to those list every served version of the CRD. */
bool observe_is_served(const struct kube_batch *b, const json_t *crd);

#define observed_auto __attribute__((cleanup(observed_release))) struct observed

#endif
