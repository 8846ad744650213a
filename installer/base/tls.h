/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates, looked at to say what is wrong with them: what a server showed and why it is not
 * believed (RFC 5280, RFC 6125), and whether a client's certificate and key belong together.
 * Strings that are returned are the caller's; what comes out of a certificate has no control
 * characters.
 */
#ifndef BASE_TLS_H
#define BASE_TLS_H

#include "base/buf.h"

/* The last chain that was verified for one endpoint. */
struct tls_peer;

struct tls_peer *tls_peer_new(void);
void tls_peer_free(struct tls_peer *peer);
/* ctx: OpenSSL's SSL_CTX of a connection to be; the peer must outlive it. A certificate without
 * subjectAltName is refused unless insecure: its common name means nothing. */
void tls_peer_watch(struct tls_peer *peer, void *ctx, bool insecure);

/* The server asked for a client certificate, and there was none to show. */
bool tls_peer_wants_client(const struct tls_peer *peer);

struct tls_expected {
	const char *host; /* the name that is verified */
	const char *ca_pem; /* NULL: the system's */
	const char *ca_from; /* where that is set, for the advice; never NULL */
	const char *name_field; /* that says which name is verified; NULL: none does */
	const char *cluster; /* whose fields they are: "cluster \"c\" of FILE" */
};

/* Why the last chain is not believed, what to do, and what it is, in lines. False: none seen. */
bool tls_peer_explain(
	const struct tls_peer *peer, const struct tls_expected *expected, struct buf *out);

/* Can they be used, and do they belong together? Errors quote nothing of the key. */
CHECKED int tls_check_pair(const char *cert_pem, const char *key_pem, struct err *e);
/*
 * The certificates of a CA file that can be read, as PEM; NULL: none. As with Go, a damaged one
 * does not spoil the others; *note is then a clause that says which, else NULL. Both the caller's.
 */
char *tls_readable_cas(const char *ca_pem, char **note);
/* ERR_FORMAT when none can be read; *note as above. */
CHECKED int tls_check_ca(const char *ca_pem, char **note, struct err *e);
/* "CN=me, valid until 2021-01-01T00:00:00Z"; *expired: it is over. NULL: no certificate. */
char *tls_describe_client(const char *cert_pem, bool *expired);

#endif
