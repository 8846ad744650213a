/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which proxy a connection takes, by the rules of Go's net/http, which kubectl follows, and not by
 * curl's: no ALL_PROXY, never for loopback, NO_PROXY with domains, addresses, networks and ports.
 * What is returned is the caller's and may hold a password.
 */
#ifndef BASE_PROXY_H
#define BASE_PROXY_H

#include "base/err.h"

/* NULL: none. *variable is the name of the variable that names it. */
char *proxy_of_environment(
	const char *host, const char *port, bool over_tls, const char **variable);
/* scheme://[user[:password]@]host:port as libcurl takes it; http, https and socks5 only. */
CHECKED char *proxy_url(const char *url, struct err *e);
/* Its scheme, host and port only: for errors. */
char *proxy_shown(const char *url);

#endif
