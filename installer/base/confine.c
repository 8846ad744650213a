/* SPDX-License-Identifier: Apache-2.0 */
#include "base/confine.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What the first version of Landlock (Linux 5.13) can deny of writing and running. */
#define WRITING \
	(LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | \
		LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR | \
		LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | \
		LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | \
		LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM)

void confine_memory(void)
{
	struct rlimit no_core = { 0, 0 };

	setrlimit(RLIMIT_CORE, &no_core);
#ifndef __SANITIZE_ADDRESS__
	/* A core_pattern that is a pipe does not mind the limit. Leak detection needs ptrace. */
	prctl(PR_SET_DUMPABLE, 0);
#endif
}

static void allow(int ruleset, const char *dir)
{
	struct landlock_path_beneath_attr beneath = { .allowed_access = WRITING };

	beneath.parent_fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (beneath.parent_fd < 0)
		return;
	syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0);
	close(beneath.parent_fd);
}

bool confine_files(const char *const *writable, size_t n)
{
	const struct landlock_ruleset_attr denied = {
		.handled_access_fs = WRITING | LANDLOCK_ACCESS_FS_EXECUTE,
	};
	int ruleset = (int)syscall(SYS_landlock_create_ruleset, &denied, sizeof(denied), 0);

	if (ruleset < 0)
		return false;
	for (size_t i = 0; i < n; i++)
		allow(ruleset, writable[i]);
	bool done = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
		    syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;

	close(ruleset);
	return done;
}
