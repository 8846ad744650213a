/* SPDX-License-Identifier: Apache-2.0 */
#include "base/confine.h"

#include <fcntl.h>
#include <ftw.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/confine_parts.h"
#include "base/util.h"

/*
 * Rights that are newer than the headers of Debian 12, and the version of Landlock that brings each
 * (https://docs.kernel.org/userspace-api/landlock.html).
 */
enum { VERSION_TRUNCATE = 3, VERSION_NET = 4, VERSION_IOCTL = 5, VERSION_SCOPES = 6 };
#define FS_TRUNCATE (UINT64_C(1) << 14)
#define FS_IOCTL_DEV (UINT64_C(1) << 15)
#define NET_BIND_TCP (UINT64_C(1) << 0)
#define NET_CONNECT_TCP (UINT64_C(1) << 1)
#define SCOPES (UINT64_C(1) << 0 | UINT64_C(1) << 1) /* abstract UNIX sockets, signals */

enum { RULE_NET_PORT = 2, DNS_PORT = 53, LINKS_MAX = 10000, LINKS_OPEN = 16 };

/* struct landlock_ruleset_attr of version 6; an older kernel accepts zeros it does not know. */
struct ruleset_attr {
	uint64_t fs, net, scopes;
};

struct port_attr {
	uint64_t allowed, port;
};

#define READING (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
/* To make a file, and to take an unfinished one away. */
#define MAKING \
	(LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE | \
		LANDLOCK_ACCESS_FS_MAKE_REG)
/* What the first version (Linux 5.13) can deny of writing. */
#define WRITING \
	(MAKING | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_MAKE_CHAR | \
		LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_SOCK | \
		LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK | \
		LANDLOCK_ACCESS_FS_MAKE_SYM)

void confine_memory(void)
{
	struct rlimit no_core = { 0, 0 };

	setrlimit(RLIMIT_CORE, &no_core);
#ifndef __SANITIZE_ADDRESS__
	/* A core_pattern that is a pipe does not mind the limit. Leak detection needs ptrace. */
	prctl(PR_SET_DUMPABLE, 0);
#endif
}

static long landlock_version(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

static int create(const struct ruleset_attr *denied)
{
	return (int)syscall(SYS_landlock_create_ruleset, denied, sizeof(*denied), 0);
}

static bool enforce(int ruleset)
{
	bool done = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
		    syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;

	close(ruleset);
	return done;
}

/* What a symbolic link leads to has the rights, and so has all that is below a directory. */
static void allow(int ruleset, const char *path, uint64_t rights)
{
	struct landlock_path_beneath_attr beneath = { .parent_fd = open(path, O_PATH | O_CLOEXEC) };
	struct stat st;

	if (beneath.parent_fd < 0)
		return;
	beneath.allowed_access = rights;
	if (fstat(beneath.parent_fd, &st) == 0 && !S_ISDIR(st.st_mode))
		beneath.allowed_access &= ~(uint64_t)LANDLOCK_ACCESS_FS_READ_DIR;
	syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0);
	close(beneath.parent_fd);
}

static void allow_system(void *arg, const char *path)
{
	allow(*(int *)arg, path, READING);
}

/* nftw(3) passes nothing on. */
static struct {
	int ruleset;
	size_t seen;
} links;

static int allow_link(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)at;
	if (type == FTW_SL)
		allow(links.ruleset, path, READING);
	return ++links.seen > LINKS_MAX;
}

/* What links in a directory lead to may be outside of it: directories of certificates are so. */
static void allow_tree(int ruleset, const char *path)
{
	struct stat st;

	allow(ruleset, path, READING);
	if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode))
		return;
	links.ruleset = ruleset;
	links.seen = 0;
	(void)nftw(path, allow_link, LINKS_OPEN, FTW_PHYS | FTW_MOUNT);
}

static void allow_port(int ruleset, uint16_t port)
{
	const struct port_attr attr = { .allowed = NET_CONNECT_TCP, .port = port };

	syscall(SYS_landlock_add_rule, ruleset, RULE_NET_PORT, &attr, 0);
}

bool confine_process(const struct confinement *c)
{
	const long version = landlock_version();
	const uint64_t truncating = version >= VERSION_TRUNCATE ? FS_TRUNCATE : 0;
	const bool free_ports = c->all_ports || !confine_plain_resolver();
	const struct ruleset_attr denied = {
		.fs = WRITING | READING | LANDLOCK_ACCESS_FS_EXECUTE | truncating |
		      (version >= VERSION_IOCTL ? FS_IOCTL_DEV : 0),
		.net = version < VERSION_NET ? 0
					     : NET_BIND_TCP | (free_ports ? 0 : NET_CONNECT_TCP),
		.scopes = version >= VERSION_SCOPES ? SCOPES : 0,
	};
	int ruleset = create(&denied);

	if (ruleset < 0)
		return false;
	confine_each_system_path(allow_system, &ruleset);
	for (const char *const *path = c->readable; path && *path; path++)
		allow_tree(ruleset, *path);
	if (c->writable)
		allow(ruleset, c->writable, MAKING | truncating | LANDLOCK_ACCESS_FS_READ_DIR);
	for (size_t i = 0; i < c->n_ports && denied.net & NET_CONNECT_TCP; i++)
		allow_port(ruleset, c->ports[i]);
	if (denied.net & NET_CONNECT_TCP)
		allow_port(ruleset, DNS_PORT);
	if (!enforce(ruleset))
		return false;
	confine_calls();
	return true;
}

void confine_writing(void)
{
	const struct ruleset_attr denied = {
		.fs = WRITING | (landlock_version() >= VERSION_TRUNCATE ? FS_TRUNCATE : 0)
	};
	int ruleset = create(&denied);

	if (ruleset >= 0)
		(void)enforce(ruleset);
}
