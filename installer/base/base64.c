/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base64.h"

#include <sodium.h>
#include <string.h>

int base64_decode(struct buf *out, const char *text, size_t len, struct err *e)
{
	const size_t most = len / 4 * 3 + 3;
	unsigned char *bytes = xcalloc(1, most);
	const char *end;
	size_t n = 0, ascii = 0;

	/* libsodium 1.0.18 takes some bytes from 0x80 on for digits. */
	while (ascii < len && (unsigned char)text[ascii] < 0x80)
		ascii++;
	int rc = sodium_base642bin(
		bytes, most, text, ascii, "\r\n", &n, &end, sodium_base64_VARIANT_ORIGINAL);

	if (rc != 0 && end == text + len)
		rc = err_set(e, ERR_FORMAT, 0,
			"no valid base64: it ends in the middle of a group of four; was it cut "
			"off?");
	else if (rc != 0 || end != text + len)
		rc = err_set(e, ERR_FORMAT, 0, "no valid base64 at character %zu",
			(size_t)(end - text) + 1);
	else if (buf_add(out, bytes, n) < 0)
		rc = err_set(e, ERR_FORMAT, 0, "more base64 than the limit allows");
	explicit_bzero(bytes, most);
	free(bytes);
	return rc;
}

void base64_encode(struct buf *out, const void *data, size_t n)
{
	const size_t size = sodium_base64_encoded_len(n, sodium_base64_VARIANT_ORIGINAL);
	char *text = xcalloc(1, size);

	sodium_bin2base64(text, size, data, n, sodium_base64_VARIANT_ORIGINAL);
	buf_putn(out, text, size - 1);
	explicit_bzero(text, size);
	free(text);
}
