/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The credentials of this run, known in one place, so that no text shows one that a server, a
 * proxy or a plugin sends back.
 */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include "base/util.h"

/* Copies it; each line of a PEM text counts alone. NULL and less than 6 bytes change nothing. */
void secret_add(const char *s);
/* What a URL has between ":" and "@", as it stands there: percent signs and all. */
void secret_add_url(const char *url);
/* The value of a setting, when its name or its look says that it is a secret. */
void secret_add_setting(const char *name, const char *value);
/* The credentials of basic authentication (RFC 7617); NULL is fine. */
void secret_add_user(const char *username, const char *password);
/*
 * Replaces each by "***", in place; returns the new length, at most len. One shorter than 16 bytes
 * counts as a whole word only: the password "calico" does not change "projectcalico".
 */
size_t secret_mask(char *text, size_t len);
void secret_forget(void); /* all, overwriting them */

#endif
