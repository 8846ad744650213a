/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates, read to say what is wrong with them: why the certificate of a server is not trusted
 * (RFC 5280, RFC 6125), and whether a client's certificate and key belong together. The caller owns
 * returned strings. Text from a certificate has no control characters.
 */
#ifndef BASE_TLS_H
#define BASE_TLS_H

#include "base/buf.h"

/* The chain that was verified last for an endpoint. */
struct tls_peer;

struct tls_peer *tls_peer_new(void);
void tls_peer_free(struct tls_peer *peer);
/*
 * ctx: OpenSSL's SSL_CTX of a later connection; the peer must outlive it. A certificate without
 * subjectAltName is refused unless insecure, because clients do not read its common name.
 */
void tls_peer_watch(struct tls_peer *peer, void *ctx, bool insecure);

/* The server asked for a client certificate, and the client had none. */
bool tls_peer_wants_client(const struct tls_peer *peer);

struct tls_expected {
	const char *host; /* the name that is verified */
	const char *ca_pem; /* NULL: the system's authorities */
	const char *ca_from; /* where the authorities are set, for the advice; never NULL */
	const char *name_field; /* the field that sets the name to verify; NULL: none does */
	const char *cluster; /* where these fields are: "cluster \"c\" of FILE" */
};

/*
 * Explains in lines why the last chain is not trusted, what to do, and what the chain is. False: no
 * chain was seen.
 */
bool tls_peer_explain(
	const struct tls_peer *peer, const struct tls_expected *expected, struct buf *out);

/* Checks that both can be used and belong together. Errors quote nothing of the key. */
CHECKED int tls_check_pair(const char *cert_pem, const char *key_pem, struct err *e);
/*
 * Returns the certificates of a CA file that can be read, as PEM; NULL: none. As with Go, a damaged
 * certificate does not make the others useless; then *note is a clause that names it, else NULL.
 * The caller owns both.
 */
char *tls_readable_cas(const char *ca_pem, char **note);
/* ERR_FORMAT when none can be read; *note as above. */
CHECKED int tls_check_ca(const char *ca_pem, char **note, struct err *e);
/*
 * Returns "CN=me, valid until 2021-01-01T00:00:00Z". *expired: that time has passed. NULL: no
 * certificate.
 */
char *tls_describe_client(const char *cert_pem, bool *expired);

#endif
