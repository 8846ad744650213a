/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeps the credentials current while the program runs: a token file that is rotated, a certificate
 * that is renewed on disk, a credential plugin's answer until it expires. The rules are those of
 * client-go, with one exception. A request that was refused with 401 is sent once more when there
 * are new credentials.
 */
#ifndef KUBE_AUTH_H
#define KUBE_AUTH_H

#include "base/http.h"
#include "kube/config/exec.h"

struct kube_config;

enum {
	/* milliseconds until a token file is read again: 1 minute less 10 s */
	AUTH_TOKEN_MS = 50000,
};

struct kube_auth {
	const struct kube_config *config; /* borrowed */
	struct exec_credential now; /* owned: the credentials in use, from any source */
	int64_t token_read_at; /* a now_ms() time */
	bool ready; /* now has been filled */
	/* the plugin gave new credentials, and the server has not accepted them yet */
	bool renewed;
	struct err failed; /* the plugin's error: the plugin is not run again */
};

void kube_auth_init(struct kube_auth *a, const struct kube_config *config);
void kube_auth_release(struct kube_auth *a); /* overwrites secrets first */

/* Call it before requests: runs the plugin when necessary, and reads an old token file again. */
CHECKED int kube_auth_prepare(
	struct kube_auth *a, int64_t deadline, const struct kube_notes *notes, struct err *e);
/* Call it after a 401 or a refused certificate. *changed: there are new credentials to try. */
CHECKED int kube_auth_renew(struct kube_auth *a, int64_t deadline, const struct kube_notes *notes,
	bool *changed, struct err *e);
/* The server accepted the credentials. If it refuses them later, the plugin may run again. */
void kube_auth_accepted(struct kube_auth *a);
/* Puts the credentials, borrowed, into an endpoint. */
void kube_auth_fill(const struct kube_auth *a, struct http_endpoint *to);
/* Says whose credentials the server refused, and the visible reason: a clause for an error. */
char *kube_auth_describe(const struct kube_auth *a);

#endif
