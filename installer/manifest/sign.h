/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signatures and keys in the formats of minisign (https://jedisct1.github.io/minisign/): Ed25519
 * over the BLAKE2b-512 of the file, and over signature and trusted comment. The older format, a
 * signature over the file itself, is refused. Structs own nothing outside themselves.
 */
#ifndef MANIFEST_SIGN_H
#define MANIFEST_SIGN_H

#include "base/buf.h"

enum { SIGN_KEY_ID_HEX_SIZE = 17, SIGN_COMMENT_SIZE = 1024, SIGN_MAX_FILE = 8192 };

struct sign_public_key {
	unsigned char id[8], key[32];
};

struct sign_secret_key {
	unsigned char id[8], key[64];
};

/* What a valid signature says of its file. */
struct signature {
	char key_id[SIGN_KEY_ID_HEX_SIZE]; /* in the form that minisign prints */
	char comment[SIGN_COMMENT_SIZE]; /* the trusted comment */
	int64_t time; /* seconds since the epoch; -1: the comment has none */
	int64_t sequence; /* -1: the comment has none */
};

/* text: the content of a .pub file, or the base64 line alone. */
CHECKED int sign_public_key_parse(struct sign_public_key *k, const char *text, struct err *e);
/* text: the content of a .key file. password NULL: the key has none. ERR_AUTH: wrong password. */
CHECKED int sign_secret_key_parse(
	struct sign_secret_key *k, const char *text, const char *password, struct err *e);
bool sign_secret_key_is_encrypted(const char *text);
void sign_secret_key_wipe(struct sign_secret_key *k);

/*
 * Makes a new key pair as the contents of two files. password NULL: no encryption of the secret
 * key.
 */
CHECKED int sign_generate(
	struct buf *secret_file, struct buf *public_file, const char *password, struct err *e);

/* The signed value: the BLAKE2b-512 of a file, which may come in pieces. */
enum { SIGN_HASH_SIZE = 64 };

struct sign_hash;
CHECKED struct sign_hash *sign_hash_new(struct err *e);
void sign_hash_add(struct sign_hash *h, const void *data, size_t len);
/* Writes the hash to out and frees h. out NULL: only frees h, which may be NULL. */
void sign_hash_end(struct sign_hash *h, unsigned char out[SIGN_HASH_SIZE]);

/* A key, and the trusted comment for the signature that it makes. */
struct signer {
	struct sign_secret_key key;
	char *comment;
};

/* Makes the content of FILE.minisig for a file with this hash. comment must be one line. */
CHECKED int sign_make_hash(struct buf *signature_file, const unsigned char hash[SIGN_HASH_SIZE],
	const char *comment, const struct sign_secret_key *k, struct err *e);
CHECKED int sign_verify_hash(struct signature *s, const unsigned char hash[SIGN_HASH_SIZE],
	const char *text, const struct sign_public_key *keys, size_t n, struct err *e);
/* Makes the content of FILE.minisig. comment must be one line. */
CHECKED int sign_make(struct buf *signature_file, const void *data, size_t len, const char *comment,
	const struct sign_secret_key *k, struct err *e);
/*
 * Succeeds when one of the keys signed the data. The messages of ERR_VERIFY differ for an unknown
 * key, other data, a changed comment and a broken signature file.
 */
CHECKED int sign_verify(struct signature *s, const void *data, size_t len, const char *text,
	const struct sign_public_key *keys, size_t n, struct err *e);
void sign_key_id(const unsigned char id[8], char hex[SIGN_KEY_ID_HEX_SIZE]);

#endif
