/* SPDX-License-Identifier: Apache-2.0 */
/* What the files behind base/confine.h share. */
#ifndef BASE_CONFINE_PARTS_H
#define BASE_CONFINE_PARTS_H

#include "base/confine.h"

/* Path by path, what the resolver, TLS and the C library read later; path is borrowed. */
void confine_each_system_path(void (*take)(void *arg, const char *path), void *arg);
/* Whether names are resolved by what needs no TCP port but that of DNS. */
bool confine_plain_resolver(void);
/* Only calls that are in the list go through; needs no_new_privs. */
void confine_calls(void);

#endif
