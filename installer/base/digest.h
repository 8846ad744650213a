/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include <stddef.h>

enum { SHA256_HEX_SIZE = 65 };

/* SHA-256 (FIPS 180-4) of n bytes, as lower-case hex with a NUL. */
void sha256_hex(const void *data, size_t n, char hex[SHA256_HEX_SIZE]);

enum { SHA1_HEX_SIZE = 41 };

/* SHA-1, only for names that others derive with SHA-1. It proves nothing. */
void sha1_hex(const void *data, size_t n, char hex[SHA1_HEX_SIZE]);

enum { SHA3_BASE32_SIZE = 53 };

/* SHA3-256 (FIPS 202) in base32 (RFC 4648) without padding, with its NUL. */
void sha3_base32(const void *data, size_t n, char text[SHA3_BASE32_SIZE]);

/* From now on the program ends with exit code 70 when OpenSSL finds no memory. */
void digest_check_memory(void);

#endif
