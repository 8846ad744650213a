/* SPDX-License-Identifier: Apache-2.0 */
#include "manifest/sign.h"

#include <ctype.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define UNTRUSTED "untrusted comment: "
#define TRUSTED "trusted comment: "
#define PREHASHED "ED"
#define LEGACY "Ed"
#define SCRYPT "Sc"
#define BLAKE2 "B2"

enum {
	MAX_OPSLIMIT = 1 << 28, /* limit for a key of another program: more takes minutes */
	CHECKSUM = 32,
};

#define MAX_MEMLIMIT ((uint64_t)2 << 30)

/* The binary forms, as in the files. */
struct public_form {
	unsigned char algorithm[2], id[8], key[32];
};

struct sealed {
	unsigned char id[8], key[64], checksum[CHECKSUM];
};

struct secret_form {
	unsigned char algorithm[2], kdf[2], checksum_algorithm[2], salt[32], opslimit[8],
		memlimit[8];
	struct sealed sealed;
};

struct signature_form {
	unsigned char algorithm[2], id[8], signature[64];
};

static int ready(struct err *e)
{
	return sodium_init() < 0 ? err_set(e, ERR_IO, 0, "libsodium cannot be initialised") : 0;
}

void sign_key_id(const unsigned char id[8], char hex[SIGN_KEY_ID_HEX_SIZE])
{
	for (int i = 0; i < 8; i++) {
		static const char digits[] = "0123456789ABCDEF";

		hex[2 * i] = digits[id[7 - i] >> 4];
		hex[2 * i + 1] = digits[id[7 - i] & 15];
	}
	hex[16] = '\0';
}

/* Lines and base64 */

/* Cuts off the line at *p and moves *p to the next one. NULL: no line is left. */
static char *take_line(const char **p)
{
	size_t n = strcspn(*p, "\r\n");
	char *line;

	if (!**p)
		return NULL;
	line = xstrndup(*p, n);
	*p += n;
	*p += **p == '\r';
	*p += **p == '\n';
	return line;
}

static int decode(const char *text, void *out, size_t size, const char *what, struct err *e)
{
	size_t len = 0;
	const char *end = NULL;

	if (text &&
		sodium_base642bin(out, size, text, strlen(text), NULL, &len, &end,
			sodium_base64_VARIANT_ORIGINAL) == 0 &&
		len == size && *end == '\0')
		return 0;
	return err_set(e, ERR_FORMAT, 0, "%s: not %zu bytes in base64", what, size);
}

static void encode(struct buf *out, const void *data, size_t len)
{
	char text[512];

	sodium_bin2base64(text, sizeof(text), data, len, sodium_base64_VARIANT_ORIGINAL);
	buf_printf(out, "%s\n", text);
	sodium_memzero(text, sizeof(text));
}

static uint64_t load_le(const unsigned char b[8])
{
	uint64_t v = 0;

	for (int i = 8; i-- > 0;)
		v = v << 8 | b[i];
	return v;
}

static void store_le(unsigned char b[8], uint64_t v)
{
	for (int i = 0; i < 8; i++, v >>= 8)
		b[i] = (unsigned char)v;
}

/* Keys */

/* The base64 line of a key file, or of a text that is only this line. */
static char *key_line(const char *text)
{
	char *line = take_line(&text);

	if (line && has_prefix(line, "untrusted comment:")) {
		free(line);
		line = take_line(&text);
	}
	return line;
}

int sign_public_key_parse(struct sign_public_key *k, const char *text, struct err *e)
{
	char_auto *line = key_line(text);
	struct public_form form;

	if (decode(line, &form, sizeof(form), "public key", e) < 0)
		return -1;
	if (memcmp(form.algorithm, LEGACY, 2) != 0)
		return err_set(e, ERR_FORMAT, 0, "public key: not an Ed25519 key of minisign");
	memcpy(k->id, form.id, sizeof(k->id));
	memcpy(k->key, form.key, sizeof(k->key));
	return 0;
}

static void checksum(const struct secret_form *f, unsigned char sum[CHECKSUM])
{
	crypto_generichash_state state;

	crypto_generichash_init(&state, NULL, 0, CHECKSUM);
	crypto_generichash_update(&state, f->algorithm, sizeof(f->algorithm));
	crypto_generichash_update(&state, f->sealed.id, sizeof(f->sealed.id));
	crypto_generichash_update(&state, f->sealed.key, sizeof(f->sealed.key));
	crypto_generichash_final(&state, sum, CHECKSUM);
}

/*
 * Encrypts and decrypts: combines the key (XOR) with bytes that scrypt derives from the password.
 */
static int seal(struct secret_form *f, const char *password, struct err *e)
{
	uint64_t opslimit = load_le(f->opslimit), memlimit = load_le(f->memlimit);
	unsigned char stream[sizeof(f->sealed)], *bytes = (unsigned char *)&f->sealed;

	if (opslimit > MAX_OPSLIMIT || memlimit > MAX_MEMLIMIT)
		return err_set(e, ERR_FORMAT, 0,
			"secret key: its scrypt limits are too high; it is refused");
	if (crypto_pwhash_scryptsalsa208sha256(stream, sizeof(stream), password, strlen(password),
		    f->salt, opslimit, (size_t)memlimit) != 0)
		return err_set(e, ERR_IO, 0, "secret key: not enough memory for scrypt (%llu MiB)",
			(unsigned long long)memlimit >> 20);
	for (size_t i = 0; i < sizeof(stream); i++)
		bytes[i] ^= stream[i];
	sodium_memzero(stream, sizeof(stream));
	return 0;
}

static int parse_secret(const char *text, struct secret_form *f, struct err *e)
{
	char *line = key_line(text);
	int rc = decode(line, f, sizeof(*f), "secret key", e);

	if (line)
		sodium_memzero(line, strlen(line));
	free(line);
	if (rc < 0)
		return -1;
	if (memcmp(f->algorithm, LEGACY, 2) != 0 || memcmp(f->checksum_algorithm, BLAKE2, 2) != 0)
		return err_set(e, ERR_FORMAT, 0, "secret key: not an Ed25519 key of minisign");
	return 0;
}

bool sign_secret_key_is_encrypted(const char *text)
{
	err_auto ignored = { 0 };
	struct secret_form f = { 0 };
	bool encrypted = parse_secret(text, &f, &ignored) == 0 && f.kdf[0] != 0;

	sodium_memzero(&f, sizeof(f));
	return encrypted;
}

/*
 * True when the bytes are those that were written. minisign -W leaves the checksum of a key without
 * a password all zero and never reads it. The public half, which the file repeats, must always
 * match.
 */
static bool is_intact(const struct secret_form *f, bool encrypted)
{
	unsigned char sum[CHECKSUM], public[crypto_sign_PUBLICKEYBYTES];
	struct sign_secret_key derived;

	checksum(f, sum);
	bool right = sodium_memcmp(sum, f->sealed.checksum, sizeof(sum)) == 0 ||
		     (!encrypted && sodium_is_zero(f->sealed.checksum, CHECKSUM));

	crypto_sign_seed_keypair(public, derived.key, f->sealed.key);
	right = right && sodium_memcmp(derived.key, f->sealed.key, sizeof(derived.key)) == 0;
	sodium_memzero(&derived, sizeof(derived));
	return right;
}

static int open_secret(
	struct sign_secret_key *k, struct secret_form *f, const char *password, struct err *e)
{
	bool encrypted = f->kdf[0] != 0 || f->kdf[1] != 0;

	if (encrypted && memcmp(f->kdf, SCRYPT, 2) != 0)
		return err_set(e, ERR_FORMAT, 0, "secret key: encrypted in an unknown way");
	if (encrypted && !password)
		return err_set(e, ERR_AUTH, 0,
			"secret key: it is encrypted; give --password-file, or run it on a "
			"terminal");
	if (encrypted && seal(f, password, e) < 0)
		return -1;
	if (!is_intact(f, encrypted))
		return encrypted ? err_set(e, ERR_AUTH, 0, "secret key: wrong password")
				 : err_set(e, ERR_FORMAT, 0,
					   "secret key: the file is damaged; take a copy of it, or "
					   "make a new key");
	memcpy(k->id, f->sealed.id, sizeof(k->id));
	memcpy(k->key, f->sealed.key, sizeof(k->key));
	return 0;
}

int sign_secret_key_parse(
	struct sign_secret_key *k, const char *text, const char *password, struct err *e)
{
	struct secret_form f;
	int rc = -1;

	if (ready(e) == 0 && parse_secret(text, &f, e) == 0)
		rc = open_secret(k, &f, password, e);
	sodium_memzero(&f, sizeof(f));
	return rc;
}

void sign_secret_key_wipe(struct sign_secret_key *k)
{
	sodium_memzero(k, sizeof(*k));
}

int sign_generate(
	struct buf *secret_file, struct buf *public_file, const char *password, struct err *e)
{
	struct public_form pub;
	struct secret_form f;
	char id[SIGN_KEY_ID_HEX_SIZE];
	int rc = 0;

	if (ready(e) < 0)
		return -1;
	memset(&f, 0, sizeof(f));
	memcpy(pub.algorithm, LEGACY, 2);
	memcpy(f.algorithm, LEGACY, 2);
	memcpy(f.checksum_algorithm, BLAKE2, 2);
	crypto_sign_keypair(pub.key, f.sealed.key);
	randombytes_buf(f.sealed.id, sizeof(f.sealed.id));
	memcpy(pub.id, f.sealed.id, sizeof(pub.id));
	checksum(&f, f.sealed.checksum);
	if (password) {
		memcpy(f.kdf, SCRYPT, 2);
		randombytes_buf(f.salt, sizeof(f.salt));
		store_le(f.opslimit, crypto_pwhash_scryptsalsa208sha256_OPSLIMIT_SENSITIVE);
		store_le(f.memlimit, crypto_pwhash_scryptsalsa208sha256_MEMLIMIT_SENSITIVE);
		rc = seal(&f, password, e);
	}
	sign_key_id(pub.id, id);
	if (rc == 0) {
		buf_printf(secret_file, UNTRUSTED "calico-datastore %s secret key %s\n",
			password ? "encrypted" : "unencrypted", id);
		encode(secret_file, &f, sizeof(f));
		buf_printf(public_file, UNTRUSTED "calico-datastore public key %s\n", id);
		encode(public_file, &pub, sizeof(pub));
	}
	sodium_memzero(&f, sizeof(f));
	return rc;
}

/* Signatures */

struct sign_hash {
	unsigned char *memory; /* large enough to align the state in it */
	crypto_generichash_state *state;
};

struct sign_hash *sign_hash_new(struct err *e)
{
	const size_t align = _Alignof(crypto_generichash_state);
	struct sign_hash *h;

	if (ready(e) < 0)
		return NULL;
	h = xcalloc(1, sizeof(*h));
	h->memory = xcalloc(1, sizeof(*h->state) + align);
	h->state = (void *)(h->memory + align - (uintptr_t)h->memory % align);
	crypto_generichash_init(h->state, NULL, 0, SIGN_HASH_SIZE);
	return h;
}

void sign_hash_add(struct sign_hash *h, const void *data, size_t len)
{
	crypto_generichash_update(h->state, data, len);
}

void sign_hash_end(struct sign_hash *h, unsigned char out[SIGN_HASH_SIZE])
{
	if (h && out)
		crypto_generichash_final(h->state, out, SIGN_HASH_SIZE);
	if (h)
		free(h->memory);
	free(h);
}

int sign_make(struct buf *out, const void *data, size_t len, const char *comment,
	const struct sign_secret_key *k, struct err *e)
{
	unsigned char hash[SIGN_HASH_SIZE];

	if (ready(e) < 0)
		return -1;
	crypto_generichash(hash, sizeof(hash), data, len, NULL, 0);
	return sign_make_hash(out, hash, comment, k, e);
}

int sign_make_hash(struct buf *out, const unsigned char hash[SIGN_HASH_SIZE], const char *comment,
	const struct sign_secret_key *k, struct err *e)
{
	unsigned char global[64];
	struct signature_form form;
	buf_auto both = { 0 };
	char id[SIGN_KEY_ID_HEX_SIZE];

	if (strpbrk(comment, "\r\n") || strlen(comment) >= SIGN_COMMENT_SIZE)
		return err_set(e, ERR_USAGE, 0, "the trusted comment must be one short line");
	if (ready(e) < 0)
		return -1;
	memcpy(form.algorithm, PREHASHED, 2);
	memcpy(form.id, k->id, sizeof(form.id));
	crypto_sign_detached(form.signature, NULL, hash, SIGN_HASH_SIZE, k->key);
	buf_putn(&both, (const char *)form.signature, sizeof(form.signature));
	buf_puts(&both, comment);
	crypto_sign_detached(global, NULL, (const unsigned char *)both.data, both.len, k->key);
	sign_key_id(k->id, id);
	buf_printf(out, UNTRUSTED "signature of calico-datastore, key %s\n", id);
	encode(out, &form, sizeof(form));
	buf_printf(out, TRUSTED "%s\n", comment);
	encode(out, global, sizeof(global));
	return 0;
}

/* The number after a name in "timestamp:1700000000\tfile:NAME\tsequence:7", or -1. */
static int64_t comment_number(const char *comment, const char *name)
{
	for (const char *p = comment; *p; p += strspn(p, "\t ")) {
		size_t n = strcspn(p, "\t ");

		if (has_prefix(p, name) && isdigit((unsigned char)p[strlen(name)]) &&
			n - strlen(name) <= 18)
			return (int64_t)strtoll(p + strlen(name), NULL, 10);
		p += n;
	}
	return -1;
}

/* Reads four lines, as minisign writes them, and nothing else. */
static int parse_signature(const char *text, struct signature_form *form, char **comment,
	unsigned char global[64], struct err *e)
{
	char_auto *untrusted = take_line(&text);
	char_auto *signature = take_line(&text);
	char_auto *trusted = take_line(&text);
	char_auto *last = take_line(&text);

	if (!untrusted || !has_prefix(untrusted, UNTRUSTED) || !trusted ||
		!has_prefix(trusted, TRUSTED) || !last || *text ||
		strlen(trusted) - strlen(TRUSTED) >= SIGN_COMMENT_SIZE)
		return err_set(e, ERR_VERIFY, 0,
			"the signature is not one of minisign, or it was cut off");
	if (decode(signature, form, sizeof(*form), "signature", e) < 0 ||
		decode(last, global, 64, "signature of the trusted comment", e) < 0) {
		e->kind = ERR_VERIFY;
		return -1;
	}
	*comment = xstrdup(trusted + strlen(TRUSTED));
	return 0;
}

static bool is_global(const struct signature_form *form, const char *comment,
	const unsigned char global[64], const struct sign_public_key *key)
{
	buf_auto both = { 0 };

	buf_putn(&both, (const char *)form->signature, sizeof(form->signature));
	buf_puts(&both, comment);
	return crypto_sign_verify_detached(
		       global, (const unsigned char *)both.data, both.len, key->key) == 0;
}

static bool is_of(const struct signature_form *form, const unsigned char hash[64],
	const struct sign_public_key *key)
{
	return crypto_sign_verify_detached(form->signature, hash, 64, key->key) == 0;
}

/*
 * Which of the two signatures is valid decides the error. An id proves nothing: several keys may
 * have it.
 */
static int check_signature(const struct signature_form *form, const struct sign_public_key *keys,
	size_t n, const unsigned char hash[SIGN_HASH_SIZE], const char *comment,
	const unsigned char global[64], struct err *e)
{
	bool known = false, content = false, whole = false;
	char id[SIGN_KEY_ID_HEX_SIZE];

	for (size_t i = 0; i < n; i++) {
		if (memcmp(keys[i].id, form->id, sizeof(form->id)) != 0)
			continue;
		bool is_content = is_of(form, hash, &keys[i]);
		bool is_whole = is_global(form, comment, global, &keys[i]);

		if (is_content && is_whole)
			return 0;
		known = true;
		content |= is_content;
		whole |= is_whole;
	}
	sign_key_id(form->id, id);
	if (!known)
		return err_set(e, ERR_VERIFY, 0,
			"it is signed with the key %s, and that key is not among those given", id);
	if (content)
		return err_set(
			e, ERR_VERIFY, 0, "the trusted comment of the signature was changed");
	if (whole)
		return err_set(e, ERR_VERIFY, 0,
			"the key %s signed another content: the file was changed or cut off, or "
			"the signature belongs to another file",
			id);
	return err_set(e, ERR_VERIFY, 0,
		"it names the key %s, but that key did not make it: another key has the same id, "
		"or the signature was changed",
		id);
}

int sign_verify(struct signature *s, const void *data, size_t len, const char *text,
	const struct sign_public_key *keys, size_t n, struct err *e)
{
	unsigned char hash[SIGN_HASH_SIZE];

	if (ready(e) < 0)
		return -1;
	crypto_generichash(hash, sizeof(hash), data, len, NULL, 0);
	return sign_verify_hash(s, hash, text, keys, n, e);
}

int sign_verify_hash(struct signature *s, const unsigned char hash[SIGN_HASH_SIZE],
	const char *text, const struct sign_public_key *keys, size_t n, struct err *e)
{
	struct signature_form form;
	unsigned char global[64];
	char_auto *comment = NULL;

	if (ready(e) < 0 || parse_signature(text, &form, &comment, global, e) < 0)
		return -1;
	sign_key_id(form.id, s->key_id);
	if (memcmp(form.algorithm, LEGACY, 2) == 0)
		return err_set(e, ERR_VERIFY, 0,
			"the signature is of the legacy format, without a hash; sign the file "
			"again");
	if (memcmp(form.algorithm, PREHASHED, 2) != 0)
		return err_set(e, ERR_VERIFY, 0, "the signature is of an unknown algorithm");
	if (check_signature(&form, keys, n, hash, comment, global, e) < 0)
		return -1;
	snprintf(s->comment, sizeof(s->comment), "%s", comment);
	s->time = comment_number(comment, "timestamp:");
	s->sequence = comment_number(comment, "sequence:");
	return 0;
}
