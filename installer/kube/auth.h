/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The credentials of a run, while it runs: a token file that is rotated, a certificate that is
 * renewed on disk, a credential plugin's answer until it expires. All rules are client-go's, but
 * one: a request that was refused with 401 is sent once more when new credentials are there.
 */
#ifndef KUBE_AUTH_H
#define KUBE_AUTH_H

#include "base/http.h"
#include "kube/config/exec.h"

struct kube_config;

enum {
	AUTH_TOKEN_MS = 50000, /* a token file is read again after so long: a minute less 10 s */
};

struct kube_auth {
	const struct kube_config *config; /* borrowed */
	struct exec_credential now; /* owned: what counts, wherever it is from */
	int64_t token_read_at; /* now_ms() */
	bool ready; /* now is filled */
	bool renewed; /* by the plugin, and the server has not accepted it since */
	struct err failed; /* what the plugin failed with: it is not run again to fail again */
};

void kube_auth_init(struct kube_auth *a, const struct kube_config *config);
void kube_auth_release(struct kube_auth *a); /* overwrites secrets first */

/* Before requests: runs the plugin when it has to be, reads a token file again. */
CHECKED int kube_auth_prepare(
	struct kube_auth *a, int64_t deadline, const struct kube_notes *notes, struct err *e);
/* After a 401 or a refused certificate: *changed when there is something else to try. */
CHECKED int kube_auth_renew(struct kube_auth *a, int64_t deadline, const struct kube_notes *notes,
	bool *changed, struct err *e);
/* The server took the credentials: should it refuse them later, the plugin may be run again. */
void kube_auth_accepted(struct kube_auth *a);
/* The credentials, borrowed, into an endpoint. */
void kube_auth_fill(const struct kube_auth *a, struct http_endpoint *to);
/* Whose credentials a server refused, and what can be seen of why: a clause for an error. */
char *kube_auth_describe(const struct kube_auth *a);

#endif
