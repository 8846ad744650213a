/* SPDX-License-Identifier: Apache-2.0 */
#include "base/decimal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { DIGITS_MAX = 17 }; /* the most digits that any double needs */

struct decimal decimal_of(double d, bool single)
{
	struct decimal decimal = { .negative = signbit(d) };
	double positive = fabs(d);
	char text[40];
	int more = 0;

	do
		snprintf(text, sizeof(text), "%.*e", more, positive);
	while ((single ? strtof(text, NULL) != (float)positive : strtod(text, NULL) != positive) &&
		++more < DIGITS_MAX);
	for (const char *p = text; *p && *p != 'e'; p++)
		if (*p >= '0' && *p <= '9')
			decimal.digits[decimal.n++] = *p;
	while (decimal.n > 1 && decimal.digits[decimal.n - 1] == '0')
		decimal.digits[--decimal.n] = '\0';
	decimal.exponent = (int)strtol(strchr(text, 'e') + 1, NULL, 10);
	return decimal;
}

void decimal_put_plain(struct buf *out, const struct decimal *d)
{
	int whole = d->exponent + 1; /* digits before the point */

	buf_puts(out, d->negative ? "-" : "");
	if (whole <= 0)
		buf_putc(out, '0');
	for (int i = 0; i < whole; i++)
		buf_putc(out, i < d->n ? d->digits[i] : '0');
	if (d->n <= whole)
		return;
	buf_putc(out, '.');
	for (int i = whole; i < d->n; i++)
		buf_putc(out, i < 0 ? '0' : d->digits[i]);
}

void decimal_put_exponent(struct buf *out, const struct decimal *d, int width)
{
	buf_printf(out, "%s%c%s%s", d->negative ? "-" : "", d->digits[0], d->n > 1 ? "." : "",
		d->digits + 1);
	buf_printf(out, "e%c%0*d", d->exponent < 0 ? '-' : '+', width, abs(d->exponent));
}
