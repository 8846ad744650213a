/* SPDX-License-Identifier: Apache-2.0 */
/* What the two files of the Kubernetes driver share: lists in kubernetes.c, names beside it. */
#ifndef CALICO_STORE_KUBERNETES_PARTS_H
#define CALICO_STORE_KUBERNETES_PARTS_H

#include "calico/store/kubernetes.h"
#include "kube/batch.h"

#define CALICO_GROUP "projectcalico.org"

struct kubernetes {
	struct kube_api *api;
	struct calico_rules rules;
	bool rules_known;
	bool rules_assumed; /* the user said them */
	char *doubt; /* NULL: none */
	bool group_known; /* which one was said, or found out */
};

/* The read of a list, or of one object. */
struct kube_request kubernetes_request(const struct kubernetes *k, const struct calico_resource *r,
	const char *ns, const char *name);
/* The server does not serve the resource at all. */
bool kubernetes_lacks_crd(const struct calico_resource *r, const struct kube_call *call);
/* Always -1: the error of a call, ERR_CHECK when the CRD is not there. */
CHECKED int kubernetes_error(
	const struct calico_resource *r, struct kube_call *call, struct err *e);

/*
 * Adds calls to a batch, none once the rules are known, and returns their place. They are run and
 * taken with others.
 */
size_t kubernetes_ask_rules(const struct kubernetes *k, struct kube_batch *b);
void kubernetes_take_rules(struct kubernetes *k, const struct kube_batch *b, size_t at);
/* After a CRD was missing. *found: read again, by other paths. */
CHECKED int kubernetes_find_v3(struct kubernetes *k, bool *found, struct err *e);

/* One stored object: to the sink, and what calicoctl refuses of it as a problem. */
void kubernetes_hand_over(const struct kubernetes *k, const struct calico_kind *kind,
	const struct calico_resource *r, const json_t *stored, const struct calico_sink *sink);

CHECKED int kubernetes_get(void *store, const struct calico_kind *kind, const char *ns,
	const char *const *names, size_t n, const struct calico_sink *sink, struct err *e);

#endif
