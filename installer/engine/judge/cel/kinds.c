/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/judge/cel/types.h"

const struct cel_function cel_quantity_functions[] = { { 0 } };
const struct cel_function cel_url_functions[] = { { 0 } };
const struct cel_function cel_format_functions[] = { { 0 } };

int cel_order_quantities(const struct cel_quantity *a, const struct cel_quantity *b)
{
	return a == b ? 0 : 1;
}

bool cel_same_urls(const struct cel_url *a, const struct cel_url *b)
{
	return a == b;
}

int cel_order_semvers(const struct cel_semver *a, const struct cel_semver *b)
{
	return a == b ? 0 : 1;
}
