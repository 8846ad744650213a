/* SPDX-License-Identifier: Apache-2.0 */
#include "base/digest.h"
#include "base/util.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

static void digest_hex(const EVP_MD *type, const void *data, size_t n, char *hex)
{
	unsigned char md[EVP_MAX_MD_SIZE];
	unsigned int len = 0;

	/* This fails only when libcrypto has no such digest. Then nothing can be verified. */
	if (EVP_Digest(data, n, md, &len, type, NULL) != 1)
		abort();
	for (unsigned int i = 0; i < len; i++)
		snprintf(hex + 2 * i, 3, "%02x", md[i]);
}

void sha256_hex(const void *data, size_t n, char hex[SHA256_HEX_SIZE])
{
	digest_hex(EVP_sha256(), data, n, hex);
}

void sha1_hex(const void *data, size_t n, char hex[SHA1_HEX_SIZE])
{
	digest_hex(EVP_sha1(), data, n, hex);
}

void sha3_base32(const void *data, size_t n, char text[SHA3_BASE32_SIZE])
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	unsigned char md[EVP_MAX_MD_SIZE] = { 0 };
	unsigned int len = 0, bits = 0, held = 0;
	size_t at = 0;

	if (EVP_Digest(data, n, md, &len, EVP_sha3_256(), NULL) != 1)
		abort();
	for (unsigned int i = 0; i <= len && at + 1 < SHA3_BASE32_SIZE; i++) {
		held = held << 8 | md[i]; /* the last one is 0, and fills up */
		for (bits += 8; bits >= 5 && at + 1 < SHA3_BASE32_SIZE; bits -= 5)
			text[at++] = digits[held >> (bits - 5) & 31];
	}
	text[at] = '\0';
}

/* OpenSSL itself would abort or crash here. */

static void *allocate(size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return xcalloc(1, n);
}

static void *reallocate(void *p, size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return xrealloc(p, 1, n);
}

static void release(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	free(p);
}

void digest_check_memory(void)
{
	CRYPTO_set_mem_functions(allocate, reallocate, release);
}
