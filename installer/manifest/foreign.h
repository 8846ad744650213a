/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Limits what a file from outside makes this program send. Other people make bundles, downloads and
 * backups, and the user who applies them often has all rights. The program checks all of it before
 * the first request.
 */
#ifndef MANIFEST_FOREIGN_H
#define MANIFEST_FOREIGN_H

#include <jansson.h>

#include "base/err.h"

/* What the user allows in addition; borrowed. */
struct foreign {
	struct string_list groups; /* --allow-group */
	struct string_list webhooks; /* --allow-webhook: names of CRDs */
};

/*
 * True for a group of Kubernetes itself: a group without a dot, and *.k8s.io and *.kubernetes.io,
 * which the API server protects (k8s.io/apiextensions-apiserver, IsProtectedCommunityGroup). False
 * for policy.networking.k8s.io: Calico's releases have CRDs in it.
 */
bool foreign_is_kubernetes(const char *group);
CHECKED int foreign_check_kubernetes(const char *origin, const json_t *crd, struct err *e);
/*
 * Checks a CRD: its group is Calico's or allowed, and no webhook converts it unless allowed.
 * ERR_VERIFY gives the reason and the option that allows it. origin is the file, for messages.
 */
CHECKED int foreign_check_crd(
	const struct foreign *f, const char *origin, const json_t *crd, struct err *e);
/*
 * Checks a stored object of a checked CRD. apiVersion and kind match the CRD, the API server
 * accepts its name and namespace, and its owners are plain names.
 */
CHECKED int foreign_check_object(const json_t *crd, const json_t *object, struct err *e);

#endif
