/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_RESOLVE_H
#define BASE_RESOLVE_H

#include <jansson.h>

#include "base/err.h"

/*
 * Every address that the host of https://HOST[:PORT][/PREFIX] resolves to, as an array of the same
 * URL with the address in the place of the name, in the resolver's order, each once. *host is the
 * name, the caller's. ERR_NET when it does not resolve.
 */
CHECKED json_t *resolve_url(const char *url, char **host, struct err *e);

#endif
