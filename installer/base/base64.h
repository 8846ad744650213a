/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include "base/buf.h"

/*
 * Appends the bytes that a base64 text (RFC 4648, section 4) stands for. Line ends are skipped;
 * padding is required, and anything else is an error that tells the place but never the text.
 */
CHECKED int base64_decode(struct buf *out, const char *text, size_t len, struct err *e);

/* Appends the base64 text of n bytes, in one line. */
void base64_encode(struct buf *out, const void *data, size_t n);

#endif
