/* SPDX-License-Identifier: Apache-2.0 */
/* What the server has of the CRDs that a run is about. The cost does not grow with other CRDs. */
#ifndef ENGINE_LOOK_OBSERVE_H
#define ENGINE_LOOK_OBSERVE_H

#include <jansson.h>

#include "engine/look/mode.h"

struct observed {
	json_t *live; /* CRD name -> live CRD */
	json_t *served; /* group -> the APIResources of all versions that discovery lists */
	json_t *held; /* name of a CRD under deletion -> what holds its objects */
	struct operator_state tigera;
	struct mode mode; /* only the APIService */
	/* the first read for operator and mode that was not permitted; zero: none */
	struct err unread;
	char *kubernetes; /* the server's version, "v1.34.4"; NULL: not known */
	char *version; /* version that ClusterInformation names; NULL: none */
	char *locked; /* why nobody may write Calico's datastore now; NULL: writing is allowed */
};

/*
 * crds: an array of CRDs. Sends all requests in one batch. A second batch only asks for versions of
 * foreign CRDs, and for objects of CRDs under deletion.
 */
CHECKED int observe(struct kube_api *api, const json_t *crds, struct observed *seen, struct err *e);
void observed_release(struct observed *seen);

/* Adds a GET of /apis/GROUP/VERSION for every version of the CRDs. */
void observe_ask_discovery(struct kube_batch *b, const json_t *crds);
/* True: the answers to those calls list every served version of the CRD. */
bool observe_is_served(const struct kube_batch *b, const json_t *crd);

#define observed_auto __attribute__((cleanup(observed_release))) struct observed

#endif
