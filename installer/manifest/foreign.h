/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a file from outside may make this program send: bundles, downloads and backups are made by
 * somebody else, and the user who applies them may do everything. All of it is judged before the
 * first request.
 */
#ifndef MANIFEST_FOREIGN_H
#define MANIFEST_FOREIGN_H

#include <jansson.h>

#include "base/err.h"

/* What the user lets in besides; borrowed. */
struct foreign {
	struct string_list groups; /* --allow-group */
	struct string_list webhooks; /* --allow-webhook: names of CRDs */
};

/*
 * A group of Kubernetes itself: *.k8s.io and *.kubernetes.io as the API server protects them
 * (k8s.io/apiextensions-apiserver, IsProtectedCommunityGroup), and those without a dot. Not
 * policy.networking.k8s.io, which Calico's releases have CRDs of.
 */
bool foreign_is_kubernetes(const char *group);
CHECKED int foreign_check_kubernetes(const char *origin, const json_t *crd, struct err *e);
/*
 * A checked CRD: its group is Calico's or allowed, and no webhook converts it unless allowed.
 * ERR_VERIFY says why not, and which option lets it in. origin is the file, for messages.
 */
CHECKED int foreign_check_crd(
	const struct foreign *f, const char *origin, const json_t *crd, struct err *e);
/*
 * A stored object of a checked CRD: apiVersion and kind are the CRD's, its name and namespace are
 * those that the API server takes, its owners are names and nothing else.
 */
CHECKED int foreign_check_object(const json_t *crd, const json_t *object, struct err *e);

#endif
