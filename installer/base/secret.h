/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The credentials of this run, in one place, so that no text shows one that a server, a proxy or a
 * plugin sends back.
 */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include "base/util.h"

/*
 * Copies a credential; each line of a PEM text counts as one. NULL and less than 6 bytes change
 * nothing.
 */
void secret_add(const char *s);
/* What a URL has between ":" and "@", as it stands there: percent signs and all. */
void secret_add_url(const char *url);
/* The value of a setting, when its name or its look says that it is a secret. */
void secret_add_setting(const char *name, const char *value);
/* Notes the credentials of basic authentication (RFC 7617). NULL is allowed. */
void secret_add_user(const char *username, const char *password);
/*
 * Replaces each credential by "***", in place. Returns the new length, at most len. A credential
 * below 16 bytes counts only as a whole word: the password "calico" does not change
 * "projectcalico".
 */
size_t secret_mask(char *text, size_t len);
void secret_forget(void); /* overwrites and forgets all */

#endif
