/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the two files of the Kubernetes driver share: kubernetes.c reads lists, kubernetes_names.c
 * reads names.
 */
#ifndef CALICO_STORE_KUBERNETES_PARTS_H
#define CALICO_STORE_KUBERNETES_PARTS_H

#include "calico/store/kubernetes.h"
#include "kube/batch.h"

#define CALICO_GROUP "projectcalico.org"

struct kubernetes {
	struct kube_api *api;
	struct calico_rules rules;
	bool rules_known;
	bool rules_assumed; /* the user gave the release */
	char *doubt; /* see struct calico_driver; NULL: none */
	bool group_known; /* the user or the server decided which API group to read */
};

/* The request to read a list, or one object. */
struct kube_request kubernetes_request(const struct kubernetes *k, const struct calico_resource *r,
	const char *ns, const char *name);
/* Whether the server does not serve the resource at all. */
bool kubernetes_lacks_crd(const struct calico_resource *r, const struct kube_call *call);
/* Takes the error of a call; always -1. ERR_CHECK: the CRD is missing. */
CHECKED int kubernetes_error(
	const struct calico_resource *r, struct kube_call *call, struct err *e);

/*
 * Adds the requests that find the rules to a batch, and returns their index. When the rules are
 * known, it adds none. The caller runs the batch, then calls kubernetes_take_rules.
 */
size_t kubernetes_ask_rules(const struct kubernetes *k, struct kube_batch *b);
void kubernetes_take_rules(struct kubernetes *k, const struct kube_batch *b, size_t at);
/* Call this after a CRD was missing. *found: the v3 group is served; read again there. */
CHECKED int kubernetes_find_v3(struct kubernetes *k, bool *found, struct err *e);

/* Hands a stored object to the sink. What calicoctl refuses in it becomes a problem. */
void kubernetes_hand_over(const struct kubernetes *k, const struct calico_kind *kind,
	const struct calico_resource *r, const json_t *stored, const struct calico_sink *sink);

CHECKED int kubernetes_get(void *store, const struct calico_kind *kind, const char *ns,
	const char *const *names, size_t n, const struct calico_sink *sink, struct err *e);

#endif
