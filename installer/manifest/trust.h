/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keys whose signatures are trusted: public keys from a file, a text or a directory. Checks the
 * detached signature FILE.minisig beside a file. The struct owns its keys.
 */
#ifndef MANIFEST_TRUST_H
#define MANIFEST_TRUST_H

#include "manifest/sign.h"

struct trust {
	struct sign_public_key *keys;
	size_t n; /* 0: no key is configured, and no signature is necessary */
};

/* key: a file, or the base64 text of a key; dir: every *.pub in it. Either may be NULL. */
CHECKED int trust_load(struct trust *t, const char *key, const char *dir, struct err *e);
/* Verifies the bytes of a file against FILE.minisig. ERR_VERIFY: there is none. */
CHECKED int trust_check(const struct trust *t, const char *path, const void *data, size_t len,
	struct signature *s, struct err *e);
/* Verifies an open file, read piece by piece from its beginning. hash is what was signed. */
CHECKED int trust_check_open(const struct trust *t, const char *path, int fd,
	unsigned char hash[SIGN_HASH_SIZE], struct signature *s, struct err *e);
void trust_release(struct trust *t);

#define trust_auto __attribute__((cleanup(trust_release))) struct trust

#endif
