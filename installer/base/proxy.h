/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Chooses the proxy of a connection by the rules of Go's net/http, as kubectl does, not by curl's:
 * ALL_PROXY is not read, loopback has no proxy, and NO_PROXY has domains, addresses, networks and
 * ports. The caller owns the result, which may have a password.
 */
#ifndef BASE_PROXY_H
#define BASE_PROXY_H

#include "base/err.h"

/*
 * host has no brackets. NULL: no proxy. *variable is the name of the environment variable that has
 * it.
 */
char *proxy_of_environment(
	const char *host, const char *port, bool over_tls, const char **variable);

/* Owned strings. */
struct proxy {
	/* SCHEME://HOST:PORT as libcurl takes it; without credentials, since errors show it */
	char *url;
	char *user, *password; /* NULL: none */
};

/* Parses an http, https or socks5 URL; ERR_FORMAT. Errors quote nothing of the URL. */
CHECKED int proxy_parse(struct proxy *p, const char *url, struct err *e);
void proxy_release(struct proxy *p); /* overwrites the password */

#endif
