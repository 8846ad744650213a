/* SPDX-License-Identifier: Apache-2.0 */
/* A number in the fewest decimal digits that read back as the same number: D.DDD x 10^exponent. */
#ifndef BASE_DECIMAL_H
#define BASE_DECIMAL_H

#include "base/buf.h"

struct decimal {
	char digits[20]; /* digits, ended by a zero byte; "0" for zero */
	int n; /* number of digits; the last digit is not zero */
	int exponent; /* exponent of the first digit */
	bool negative;
};

/* value is finite. single: read back as a float, the digits give the same float. */
struct decimal decimal_of(double d, bool single);
/* "-0.001", "1500". */
void decimal_put_plain(struct buf *out, const struct decimal *d);
/* "-1.5e+06": the exponent has at least this many digits. */
void decimal_put_exponent(struct buf *out, const struct decimal *d, int width);

#endif
