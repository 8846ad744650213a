/* SPDX-License-Identifier: Apache-2.0 */
#include "base/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/util.h"

/*
 * Rights that are newer than the headers of Debian 12, and the version of Landlock that brings each
 * (https://docs.kernel.org/userspace-api/landlock.html).
 */
enum { VERSION_TRUNCATE = 3, VERSION_BIND = 4, VERSION_IOCTL = 5, VERSION_SCOPES = 6 };
#define FS_TRUNCATE (UINT64_C(1) << 14)
#define FS_IOCTL_DEV (UINT64_C(1) << 15)
#define NET_BIND_TCP (UINT64_C(1) << 0)
#define SCOPES (UINT64_C(1) << 0 | UINT64_C(1) << 1) /* abstract UNIX sockets, signals */

/* struct landlock_ruleset_attr of version 6; an older kernel accepts zeros it does not know. */
struct ruleset_attr {
	uint64_t fs, net, scopes;
};

/* What the first version (Linux 5.13) can deny of writing and running. */
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

static void allow(int ruleset, const char *dir, uint64_t rights)
{
	struct landlock_path_beneath_attr beneath = { .allowed_access = rights };

	beneath.parent_fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (beneath.parent_fd < 0)
		return;
	syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0);
	close(beneath.parent_fd);
}

#if defined(__x86_64__)
#define NATIVE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE AUDIT_ARCH_AARCH64
#endif

/*
 * What Landlock has no right for: modes, owners and attributes of files, and a socket that listens
 * without a port of its own choice (seccomp(2)). Needs no_new_privs; elsewhere nothing changes.
 */
static void deny_calls(void)
{
#ifdef NATIVE
	static const int denied[] = {
#ifdef SYS_chmod
		SYS_chmod, SYS_chown, SYS_lchown,
#endif
		SYS_listen, SYS_fchmod, SYS_fchmodat, 452 /* fchmodat2 */, SYS_fchown, SYS_fchownat,
		SYS_setxattr, SYS_lsetxattr, SYS_fsetxattr, SYS_removexattr, SYS_lremovexattr,
		SYS_fremovexattr
	};
	const struct sock_filter refuse = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
	struct sock_filter code[2 * ARRAY_LEN(denied) + 5] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NATIVE, 1, 0),
		refuse,
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	};
	const struct sock_fprog filter = { .len = ARRAY_LEN(code), .filter = code };
	size_t n = 4;

	for (size_t i = 0; i < ARRAY_LEN(denied); i++) {
		code[n++] = (struct sock_filter)BPF_JUMP(
			BPF_JMP | BPF_JEQ | BPF_K, (unsigned)denied[i], 0, 1);
		code[n++] = refuse;
	}
	code[n] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter);
#endif
}

bool confine_files(const char *const *writable, size_t n)
{
	const long version = syscall(
		SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	const uint64_t writing = WRITING | (version >= VERSION_TRUNCATE ? FS_TRUNCATE : 0);
	const struct ruleset_attr denied = {
		.fs = writing | LANDLOCK_ACCESS_FS_EXECUTE |
		      (version >= VERSION_IOCTL ? FS_IOCTL_DEV : 0),
		.net = version >= VERSION_BIND ? NET_BIND_TCP : 0,
		.scopes = version >= VERSION_SCOPES ? SCOPES : 0,
	};
	int ruleset = (int)syscall(SYS_landlock_create_ruleset, &denied, sizeof(denied), 0);

	if (ruleset < 0)
		return false;
	for (size_t i = 0; i < n; i++)
		allow(ruleset, writable[i], writing);
	bool done = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
		    syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;

	close(ruleset);
	if (done)
		deny_calls();
	return done;
}
