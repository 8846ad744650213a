/* SPDX-License-Identifier: Apache-2.0 */
#include "base/tls.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>

#include "base/out.h"

enum { NAMES_SHOWN = 20, NAME_BYTES = 300 };

struct tls_peer {
	STACK_OF(X509) * chain; /* leaf first; NULL: no chain was seen */
	int error, depth; /* X509_V_ERR_... and the certificate that it is about; X509_V_OK */
	bool without_names;
	bool insecure;
	bool wants_client;
};

/* Texts */

static char *bio_text(BIO *bio)
{
	char *data = NULL;
	long len = BIO_get_mem_data(bio, &data);
	char *text = xstrndup(data ? data : "", len > NAME_BYTES ? NAME_BYTES : (size_t)len);

	out_sanitize(text);
	for (char *c = text; *c; c++)
		if (*c == '\n')
			*c = '?';
	BIO_free(bio);
	return text;
}

static char *name_text(const X509_NAME *name)
{
	BIO *bio = BIO_new(BIO_s_mem());

	X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253 & ~XN_FLAG_DN_REV & ~ASN1_STRFLGS_ESC_MSB);
	char_auto *text = bio_text(bio);

	return xstrdup(*text ? text : "(empty)");
}

static char *time_text(const ASN1_TIME *t)
{
	struct tm tm;
	char text[32] = "";

	if (!t || ASN1_TIME_to_tm(t, &tm) != 1 ||
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		return xstrdup("(unreadable time)");
	return xstrdup(text);
}

/*
 * The i-th name for which a server certificate is valid; NULL for kinds of names that no server
 * has.
 */
static char *general_name_text(const GENERAL_NAME *name)
{
	char text[INET6_ADDRSTRLEN];
	int type, len;
	const void *value = GENERAL_NAME_get0_value(name, &type);

	if (type == GEN_DNS) {
		BIO *bio = BIO_new(BIO_s_mem());

		BIO_write(bio, ASN1_STRING_get0_data(value), ASN1_STRING_length(value));
		return bio_text(bio);
	}
	if (type != GEN_IPADD)
		return NULL;
	len = ASN1_STRING_length(value);
	if ((len != 4 && len != 16) || !inet_ntop(len == 4 ? AF_INET : AF_INET6,
					       ASN1_STRING_get0_data(value), text, sizeof(text)))
		return NULL;
	return xstrdup(text);
}

/*
 * Returns "a, b, 10.0.0.1". *first is a name for tls-server-name, a DNS name if there is one; NULL:
 * none.
 */
static char *names_text(const X509 *cert, char **first)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	struct buf out = { 0 };
	char *address = NULL;
	int shown = 0;

	*first = NULL;
	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
		char_auto *text = general_name_text(name);

		if (!text)
			continue;
		if (!*first && name->type == GEN_DNS && !strchr(text, '*'))
			*first = xstrdup(text);
		if (!address && name->type == GEN_IPADD)
			address = xstrdup(text);
		if (shown++ < NAMES_SHOWN)
			buf_printf(&out, "%s%s", out.len ? ", " : "", text);
	}
	if (shown > NAMES_SHOWN)
		buf_printf(&out, " and %d more", shown - NAMES_SHOWN);
	GENERAL_NAMES_free(names);
	if (*first)
		free(address);
	else
		*first = address;
	return buf_steal(&out);
}

/* The server's certificates */

struct tls_peer *tls_peer_new(void)
{
	return xcalloc(1, sizeof(struct tls_peer));
}

void tls_peer_free(struct tls_peer *peer)
{
	if (peer)
		sk_X509_pop_free(peer->chain, X509_free);
	free(peer);
}

static int verify(X509_STORE_CTX *ctx, void *arg)
{
	struct tls_peer *peer = arg;
	X509 *leaf = X509_STORE_CTX_get0_cert(ctx);
	int good = X509_verify_cert(ctx);
	char *first;
	char_auto *names = names_text(leaf, &first);

	free(first);
	sk_X509_pop_free(peer->chain, X509_free);
	peer->chain = X509_chain_up_ref(X509_STORE_CTX_get0_untrusted(ctx));
	peer->without_names = !*names;
	if (good == 1 && peer->without_names && !peer->insecure) {
		X509_STORE_CTX_set_error(ctx, X509_V_ERR_HOSTNAME_MISMATCH);
		good = 0;
	}
	peer->error = good == 1 ? X509_V_OK : X509_STORE_CTX_get_error(ctx);
	peer->depth = X509_STORE_CTX_get_error_depth(ctx);
	return good;
}

/* libcurl calls this only when there is no certificate to show. */
static int ask_client(SSL *ssl, X509 **cert, EVP_PKEY **key)
{
	struct tls_peer *peer = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));

	(void)cert, (void)key;
	peer->wants_client = true;
	return 0;
}

bool tls_peer_wants_client(const struct tls_peer *peer)
{
	return peer->wants_client;
}

void tls_peer_watch(struct tls_peer *peer, void *ctx, bool insecure)
{
	peer->insecure = insecure;
	SSL_CTX_set_cert_verify_callback(ctx, verify, peer);
	SSL_CTX_set_app_data((SSL_CTX *)ctx, peer);
	SSL_CTX_set_client_cert_cb(ctx, ask_client);
}

/* Reading PEM */

static int no_passphrase(char *text, int size, int writing, void *arg)
{
	(void)text, (void)size, (void)writing, (void)arg;
	return -1;
}

static X509 *next_cert(BIO *bio)
{
	X509 *cert = PEM_read_bio_X509(bio, NULL, no_passphrase, NULL);

	ERR_clear_error();
	return cert;
}

static BIO *open_pem(const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);

	if (!bio)
		abort();
	return bio;
}

static X509 *first_cert(const char *pem)
{
	BIO *bio = open_pem(pem);
	X509 *cert = next_cert(bio);

	BIO_free(bio);
	return cert;
}

/* One certificate of a file after the other. */
struct ca_walk {
	const char *at; /* where the next certificate begins, or text before it */
	X509 *cert; /* NULL: this certificate cannot be read */
};

/*
 * A damaged certificate ends where the next one begins, as with Go. False: there is no other one.
 */
static bool next_ca(struct ca_walk *w)
{
	static const char line[] = "-----BEGIN CERTIFICATE-----";

	X509_free(w->cert);
	w->cert = NULL;
	const char *begin = strstr(w->at, line);

	if (!begin)
		return false;
	w->at = strstr(begin + 1, line);
	if (!w->at)
		w->at = begin + strlen(begin);
	char_auto *text = xstrndup(begin, (size_t)(w->at - begin));

	w->cert = first_cert(text);
	return true;
}

static bool ca_has_name(const char *pem, const X509_NAME *name)
{
	struct ca_walk w = { .at = pem };
	bool found = false;

	while (next_ca(&w))
		found |= w.cert && X509_NAME_cmp(X509_get_subject_name(w.cert), name) == 0;
	return found;
}

/* Returns "CN=a, CN=b": the authorities in a CA file. */
static char *ca_subjects(const char *pem)
{
	struct ca_walk w = { .at = pem };
	struct buf out = { 0 };
	int n = 0;

	while (next_ca(&w)) {
		char_auto *name =
			w.cert ? name_text(X509_get_subject_name(w.cert)) : xstrdup("");

		if (w.cert && n++ < NAMES_SHOWN)
			buf_printf(&out, "%s%s", out.len ? "; " : "", name);
	}
	return buf_steal(&out);
}

/* Explanations */

static void explain_time(
	const X509 *cert, int depth, bool over, const struct tls_expected *x, struct buf *out)
{
	char_auto *when = time_text(over ? X509_get0_notAfter(cert) : X509_get0_notBefore(cert));
	char_auto *who = name_text(X509_get_subject_name(cert));
	char now[32];

	now_rfc3339(now);
	buf_puts(out, depth > 0 ? "a certificate of its chain, " : "it ");
	if (depth > 0)
		buf_printf(out, "%s, ", who);
	buf_printf(out,
		over ? "has expired: it was valid until %s, and here it is %s; "
		     : "is not yet valid: it will be from %s, and here it is %s; ",
		when, now);
	if (!over)
		buf_puts(out, "set this machine's clock, or the one that issued it");
	else if (depth > 0)
		buf_printf(out,
			"renew that certificate, or replace it in %s; or set this machine's "
			"clock",
			x->ca_from);
	else
		buf_puts(out, "renew the server's certificate, or set this machine's clock");
}

static void explain_issuer(const X509 *last, const struct tls_expected *x, struct buf *out)
{
	char_auto *issuer = name_text(X509_get_issuer_name(last));
	char_auto *trusted = x->ca_pem ? ca_subjects(x->ca_pem) : xstrdup("the system's");
	bool self = X509_NAME_cmp(X509_get_issuer_name(last), X509_get_subject_name(last)) == 0;

	if (x->ca_pem && ca_has_name(x->ca_pem, X509_get_issuer_name(last)))
		buf_printf(out,
			"its authority %s has the name of a trusted one but another key: was the "
			"cluster set up anew? Take its new authority into %s",
			issuer, x->ca_from);
	else
		buf_printf(out,
			"it is %s %s, which is none of the authorities trusted (%s, from "
			"%s); put the authority's certificate into certificate-authority of "
			"%s",
			self ? "signed by itself," : "issued by", issuer, trusted, x->ca_from,
			x->cluster);
}

static void explain_host(const struct tls_peer *peer, const X509 *leaf,
	const struct tls_expected *x, struct buf *out)
{
	char *first;
	char_auto *names = names_text(leaf, &first);

	if (peer->without_names) {
		char_auto *subject = name_text(X509_get_subject_name(leaf));

		buf_printf(out,
			"it names no host but in its subject, %s, which does not count since RFC "
			"6125; issue it anew with a subjectAltName for %s",
			subject, x->host);
	} else if (first && x->name_field) {
		buf_printf(out,
			"it is for %s, not for %s; if it is the right server, set %s: "
			"%s%s%s in %s, else correct its server",
			names, x->host, x->name_field, strchr(first, ':') ? "\"" : "", first,
			strchr(first, ':') ? "\"" : "", x->cluster);
	} else {
		buf_printf(out,
			"it is for %s, not for %s; correct the address in %s, or issue the "
			"certificate anew",
			names, x->host, x->cluster);
	}
	free(first);
}

static void describe_chain(const X509 *leaf, struct buf *out)
{
	char *first;
	char_auto *names = names_text(leaf, &first);
	char_auto *subject = name_text(X509_get_subject_name(leaf));
	char_auto *issuer = name_text(X509_get_issuer_name(leaf));
	char_auto *from = time_text(X509_get0_notBefore(leaf));
	char_auto *to = time_text(X509_get0_notAfter(leaf));

	free(first);
	buf_printf(out, "\n  subject: %s\n  names:   %s\n  issuer:  %s\n  valid:   %s to %s",
		subject, *names ? names : "none", issuer, from, to);
}

static bool is_about_issuer(int error)
{
	return error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT ||
	       error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
	       error == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE ||
	       error == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT ||
	       error == X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN ||
	       error == X509_V_ERR_CERT_SIGNATURE_FAILURE;
}

bool tls_peer_explain(const struct tls_peer *peer, const struct tls_expected *x, struct buf *out)
{
	int n = sk_X509_num(peer->chain);

	if (n < 1)
		return false;
	const X509 *leaf = sk_X509_value(peer->chain, 0);
	const X509 *blamed = sk_X509_value(peer->chain, peer->depth < n ? peer->depth : n - 1);

	if (peer->error == X509_V_ERR_CERT_HAS_EXPIRED ||
		peer->error == X509_V_ERR_CERT_NOT_YET_VALID)
		explain_time(
			blamed, peer->depth, peer->error == X509_V_ERR_CERT_HAS_EXPIRED, x, out);
	else if (is_about_issuer(peer->error))
		explain_issuer(blamed, x, out);
	else if (peer->error == X509_V_OK || peer->error == X509_V_ERR_HOSTNAME_MISMATCH)
		explain_host(peer, leaf, x, out);
	else if (peer->error == X509_V_ERR_INVALID_PURPOSE)
		buf_puts(out, "it is not for servers: its extendedKeyUsage lacks serverAuth");
	else
		buf_printf(out, "%s; it was verified with %s",
			X509_verify_cert_error_string(peer->error), x->ca_from);
	describe_chain(leaf, out);
	return true;
}

/* The client's certificate */

int tls_check_pair(const char *cert_pem, const char *key_pem, struct err *e)
{
	X509 *cert = first_cert(cert_pem);
	BIO *bio = open_pem(key_pem);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
	int rc = 0;

	if (!cert)
		rc = err_set(e, ERR_FORMAT, 0, "the client certificate cannot be read: %s",
			strstr(cert_pem, "-----BEGIN CERTIFICATE")
				? "the PEM block is damaged"
				: "it has no BEGIN CERTIFICATE line");
	else if (!key)
		rc = err_set(e, ERR_FORMAT, 0, "the client key cannot be read: %s",
			strstr(key_pem, "ENCRYPTED")
				? "it is encrypted; decrypt it with \"openssl pkey\""
			: strstr(key_pem, "PRIVATE KEY") ? "the PEM block is damaged"
							 : "it has no BEGIN PRIVATE KEY line");
	else if (X509_check_private_key(cert, key) != 1)
		rc = err_set(e, ERR_FORMAT, 0,
			"the client key belongs to another certificate; take both from the same "
			"place");
	ERR_clear_error();
	X509_free(cert);
	EVP_PKEY_free(key);
	BIO_free(bio);
	return rc;
}

static void put_pem(struct buf *out, X509 *cert)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *data = NULL;

	if (!bio || PEM_write_bio_X509(bio, cert) != 1)
		abort(); /* no memory */
	size_t len = (size_t)BIO_get_mem_data(bio, &data);

	buf_putn(out, data, len);
	BIO_free(bio);
}

char *tls_readable_cas(const char *ca_pem, char **note)
{
	struct ca_walk w = { .at = ca_pem };
	buf_auto good = { 0 }, bad = { 0 };
	int n = 0;

	*note = NULL;
	while (next_ca(&w)) {
		n++;
		if (w.cert)
			put_pem(&good, w.cert);
		else
			buf_printf(&bad, "%s%d", bad.len ? ", " : "", n);
	}
	if (bad.len > 0 && good.len > 0)
		*note = xasprintf("certificate %s of %d cannot be read and is not used; the others "
				  "are trusted",
			buf_str(&bad), n);
	return good.len > 0 ? buf_steal(&good) : NULL;
}

int tls_check_ca(const char *ca_pem, char **note, struct err *e)
{
	char_auto *good = tls_readable_cas(ca_pem, note);

	return good ? 0
		    : err_set(e, ERR_FORMAT, 0,
			      "holds no certificate that can be read; put the PEM certificate of "
			      "the cluster's authority there");
}

char *tls_describe_client(const char *cert_pem, bool *expired)
{
	X509 *cert = first_cert(cert_pem);

	*expired = false;
	if (!cert)
		return NULL;
	char_auto *subject = name_text(X509_get_subject_name(cert));
	char_auto *to = time_text(X509_get0_notAfter(cert));

	*expired = X509_cmp_current_time(X509_get0_notAfter(cert)) < 0;
	X509_free(cert);
	return xasprintf("%s, valid until %s", subject, to);
}
