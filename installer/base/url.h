/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses, read by the rules of Go's net/url, which kubectl, calicoctl and etcd's clients follow.
 * They differ from libcurl's: an @ may stand in a password, brackets may enclose any host (as in
 * the kubeconfig of Calico's install-cni). Errors never quote the text: it may hold a password.
 */
#ifndef BASE_URL_H
#define BASE_URL_H

#include "base/err.h"

/* Owned strings, NULL where the text has no such part. */
struct url {
	char *scheme; /* in lower case */
	char *user, *password; /* decoded; "USER@" has no password, "USER:@" has an empty one */
	char *host; /* decoded, without brackets: "fd00::1", "fe80::1%eth0"; never empty */
	char *port; /* digits, from 1 to 65535 */
	char *path; /* escaped; "" or with a leading slash; never NULL */
	char *query; /* escaped, without "?" */
	bool has_fragment;
};

/* SCHEME://[USER[:PASSWORD]@]HOST[:PORT][/PATH][?QUERY][#FRAGMENT]; ERR_FORMAT. */
CHECKED int url_parse(struct url *u, const char *text, struct err *e);
void url_release(struct url *u); /* overwrites the password */

/* The port, or that of the scheme: "80", "443", "1080" for SOCKS; NULL for others. */
const char *url_port(const struct url *u);
/*
 * Returns SCHEME://HOST[:PORT]PATH: without credentials, an IPv6 address in brackets, its zone as
 * "%25ZONE".
 */
char *url_text(const struct url *u);
/* Returns the host as a URL has it. */
char *url_host_text(const char *host);

/*
 * Parses https://HOST[:PORT][/PATH] or http://, the form of servers and etcd endpoints. *text is
 * url_text without slashes at the end. Credentials, query and fragment are refused. instead: the
 * setting for credentials, for the error.
 */
CHECKED int url_parse_server(const char *url, const char *instead, char **text, struct err *e);

/* The byte of "%XX" at s; -1: s has no such escape. */
int url_escaped_byte(const char *s);

#define url_auto __attribute__((cleanup(url_release))) struct url

#endif
