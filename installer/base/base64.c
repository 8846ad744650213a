/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base64.h"

static int digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* The bytes of a group of 2, 3 or 4 digits, the last of which is character at. */
static int put_group(struct buf *out, uint32_t bits, unsigned digits, size_t at, struct err *e)
{
	unsigned char bytes[3];
	unsigned n = digits * 6 / 8;

	bits <<= 6 * (4 - digits);
	for (unsigned i = 0; i < 3; i++)
		bytes[i] = (unsigned char)(bits >> (16 - 8 * i));
	/* Bits that belong to no byte are zero, or the text was damaged. */
	for (unsigned i = n; i < 3; i++)
		if (bytes[i])
			return err_set(e, ERR_FORMAT, 0, "no valid base64 at character %zu", at);
	if (buf_add(out, bytes, n) < 0)
		return err_set(e, ERR_FORMAT, 0, "more base64 than the limit allows");
	return 0;
}

int base64_decode(struct buf *out, const char *text, size_t len, struct err *e)
{
	uint32_t bits = 0;
	unsigned digits = 0, pads = 0;
	bool ended = false;

	for (size_t i = 0; i < len; i++) {
		int value = digit(text[i]);
		bool pad = text[i] == '=';

		if (text[i] == '\n' || text[i] == '\r')
			continue;
		if (ended || (pad ? digits < 2 : value < 0 || pads > 0))
			return err_set(e, ERR_FORMAT, 0, "no valid base64 at character %zu", i + 1);
		if (pad) {
			pads++;
		} else {
			bits = bits << 6 | (uint32_t)value;
			digits++;
		}
		if (digits + pads < 4)
			continue;
		if (put_group(out, bits, digits, i + 1, e) < 0)
			return -1;
		ended = pads > 0;
		bits = digits = pads = 0;
	}
	if (digits > 0)
		return err_set(e, ERR_FORMAT, 0,
			"no valid base64: it ends in the middle of a group of four; was it cut "
			"off?");
	return 0;
}

void base64_encode(struct buf *out, const void *data, size_t n)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *p = data;

	for (; n > 0; n -= n < 3 ? n : 3, p += 3) {
		uint32_t bits =
			(uint32_t)p[0] << 16 | (n > 1 ? p[1] : 0U) << 8 | (n > 2 ? p[2] : 0U);

		buf_putc(out, digits[bits >> 18]);
		buf_putc(out, digits[bits >> 12 & 63]);
		buf_putc(out, n > 1 ? digits[bits >> 6 & 63] : '=');
		buf_putc(out, n > 2 ? digits[bits & 63] : '=');
	}
}
