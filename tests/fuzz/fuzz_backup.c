/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A backup is judged as a whole: a backup that opens has valid CRDs of Calico. All other input is
 * an error.
 */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/json.h"
#include "engine/look/backup.h"
#include "manifest/crd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct backup_file *f)
{
	const json_t *crd;
	size_t i;

	if (!json_is_array(f->crds) || !f->summary)
		abort();
	json_array_foreach(f->crds, i, crd) {
		err_auto e = { 0 };

		if (crd_check(crd, &e) < 0 || !strstr(crd_name(crd), "."))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct trust nobody = { 0 };
	const struct foreign none = { 0 };
	backup_file_auto f = { .fd = -1 };
	int fd = memfd_create("backup", MFD_CLOEXEC);
	err_auto e = { 0 };

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	char_auto *path = xasprintf("/proc/self/fd/%d", fd);

	if (backup_open(&f, path, &nobody, &none, &e) == 0)
		check(&f);
	else if (!e.msg)
		abort();
	close(fd);
	return 0;
}
