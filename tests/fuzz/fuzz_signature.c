/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files from strangers: none is a signature of this text by this key, because nobody has the secret
 * key.
 */
#include <string.h>

#include "manifest/sign.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char signed_text[] = "signed\n";
static const char public_key[] = "RWQ2irbG217r9/5cf8x5qh0N03B9FZfL3QOE2KTwVx25jjlT7UDOSibr";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sign_public_key key;
	struct sign_secret_key secret;
	struct signature s;
	err_auto e = { 0 }, bad_key = { 0 }, bad_secret = { 0 };
	buf_auto text = { 0 };

	if (size > SIGN_MAX_FILE || memchr(data, 0, size) || buf_add(&text, data, size) < 0)
		return 0;
	if (sign_secret_key_parse(&secret, buf_str(&text), NULL, &bad_secret) == 0)
		sign_secret_key_wipe(&secret);
	if (sign_public_key_parse(&key, buf_str(&text), &bad_key) < 0 && !bad_key.msg)
		abort();
	if (sign_public_key_parse(&key, public_key, &e) < 0)
		abort();
	if (sign_verify(&s, signed_text, strlen(signed_text), buf_str(&text), &key, 1, &e) == 0)
		abort();
	return 0;
}
