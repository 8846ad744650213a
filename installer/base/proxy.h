/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which proxy a connection takes, by the rules of Go's net/http, which kubectl follows, and not by
 * curl's: no ALL_PROXY, never for loopback, NO_PROXY with domains, addresses, networks and ports.
 * What is returned is the caller's and may hold a password.
 */
#ifndef BASE_PROXY_H
#define BASE_PROXY_H

#include "base/err.h"

/* host has no brackets. NULL: none. *variable is the name of the variable that names it. */
char *proxy_of_environment(
	const char *host, const char *port, bool over_tls, const char **variable);

/* Owned strings. */
struct proxy {
	char *url; /* SCHEME://HOST:PORT as libcurl takes it; no credentials: errors show it */
	char *user, *password; /* NULL: none */
};

/* An http, https or socks5 URL; ERR_FORMAT. Errors quote nothing of it. */
CHECKED int proxy_parse(struct proxy *p, const char *url, struct err *e);
void proxy_release(struct proxy *p); /* overwrites the password */

#endif
