/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Input that is read as a bundle is whole: every file is listed and has its digest. All other input
 * is an error.
 */
#include <string.h>

#include "manifest/bundle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bundle_auto b = { 0 };
	err_auto e = { 0 };

	if (bundle_read(&b, data, size, &e) < 0) {
		if (!e.msg || (e.kind != ERR_FORMAT && e.kind != ERR_VERIFY))
			abort();
		return 0;
	}
	if (b.n == 0)
		abort();
	for (size_t i = 0; i < b.n; i++) {
		char hex[SHA256_HEX_SIZE];

		sha256_hex(buf_str(&b.files[i].data), b.files[i].data.len, hex);
		if (strcmp(hex, b.files[i].sha256) != 0 || strstr(b.files[i].name, "..") ||
			bundle_check_name(b.files[i].name, &e) < 0)
			abort();
	}
	return 0;
}
