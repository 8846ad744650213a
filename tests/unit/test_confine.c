/* SPDX-License-Identifier: Apache-2.0 */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/landlock.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "base/confine_parts.h"
#include "base/util.h"

enum { CANNOT = 77 };

static bool confine(const char *writable)
{
	return confine_process(&(struct confinement){ .writable = writable });
}

/* Runs check in a child, since what is given up does not come back. */
static int in_child(int (*check)(const char *dir), const char *dir)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(check(dir));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == CANNOT) {
		print_message("this kernel has no Landlock\n");
		skip();
	}
	return WEXITSTATUS(status);
}

static bool can_write(const char *dir)
{
	char_auto *path = xasprintf("%s/file", dir);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		return false;
	close(fd);
	unlink(path);
	return true;
}

static int nothing_more(const char *dir)
{
	if (!confine(NULL))
		return CANNOT;
	if (can_write(dir) || errno != EACCES)
		return 1;
	execl("/bin/true", "true", (char *)NULL);
	if (errno != EACCES && errno != EPERM)
		return 2;
	int fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);

	return fd >= 0 ? 0 : 3;
}

static int one_directory(const char *dir)
{
	if (!confine(dir))
		return CANNOT;
	return can_write(dir) && !can_write("/tmp") ? 0 : 1;
}

/* What the kernel's version of Landlock can do. */
static bool kernel_has(long version)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) >=
	       version;
}

static int truncated(const char *dir, bool allowed)
{
	char_auto *path = xasprintf("%s/kept", dir);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, "kept", 4) != 4 || close(fd) < 0)
		return 1;
	if (!kernel_has(3) || !confine(allowed ? dir : NULL))
		return unlink(path) == 0 ? CANNOT : 1;
	if (allowed)
		return truncate(path, 0) == 0 && unlink(path) == 0 ? 0 : 2;
	return truncate(path, 0) < 0 && errno == EACCES ? 0 : 3;
}

static int truncates_nothing(const char *dir)
{
	return truncated(dir, false);
}

static int truncates_inside(const char *dir)
{
	return truncated(dir, true);
}

static int binds_nothing(const char *dir)
{
	const struct sockaddr_in any = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)dir;
	if (!kernel_has(4) || !confine(NULL))
		return CANNOT;
	return bind(fd, (const struct sockaddr *)&any, sizeof(any)) < 0 && errno == EACCES ? 0 : 1;
}

static int listens_nowhere(const char *dir)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)dir;
	if (!confine(NULL))
		return CANNOT;
	return listen(fd, 1) < 0 && errno == EPERM ? 0 : 1;
}

/* Not even in a directory that may be written. */
static int changes_no_mode(const char *dir)
{
	if (!confine(dir))
		return CANNOT;
	if (chmod(dir, 0755) == 0 || errno != EPERM)
		return 1;
	return chown(dir, getuid(), getgid()) < 0 && errno == EPERM && can_write(dir) ? 0 : 2;
}

static int controls_no_device(const char *dir)
{
	int before = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	struct termios mode;

	(void)dir;
	if (!kernel_has(5) || !confine(NULL))
		return CANNOT;
	int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);

	if (ioctl(before, TCGETS, &mode) == 0 || errno != ENOTTY)
		return 1;
	return ioctl(fd, TCGETS, &mode) < 0 && errno == EACCES ? 0 : 2;
}

static int signals_nobody(const char *dir)
{
	(void)dir;
	if (!kernel_has(6) || !confine(NULL))
		return CANNOT;
	return kill(getppid(), 0) < 0 && errno == EPERM && kill(getpid(), 0) == 0 ? 0 : 1;
}

static int missing_directory(const char *dir)
{
	const char *const missing[] = { "/nowhere/at/all", NULL };
	const struct confinement c = { .writable = "/nowhere/at/all", .readable = missing };

	if (!confine_process(&c))
		return CANNOT;
	return can_write(dir) ? 1 : 0;
}

static bool can_read(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static char *make_file(const char *dir, const char *name)
{
	char *path = xasprintf("%s/%s", dir, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	if (fd >= 0)
		close(fd);
	return path;
}

/* Through a link as well; what stands beside it stays closed. */
static int reads_what_is_named(const char *dir)
{
	char_auto *named = make_file(dir, "named"), *other = make_file(dir, "other");
	char_auto *link = xasprintf("%s/link", dir), *inside = xasprintf("%s/inside", dir);
	char_auto *out = xasprintf("%s/out", inside), *beside = make_file(dir, "beside");
	const char *const readable[] = { link, inside, NULL };

	if (symlink("named", link) < 0 || mkdir(inside, 0700) < 0 || symlink("../other", out) < 0)
		return 1;
	if (!confine_process(&(struct confinement){ .writable = dir, .readable = readable }))
		return CANNOT;
	int rc = !can_read(named) || !can_read(link) || !can_read(other) ? 2
		 : can_read(beside)					 ? 3
		 : can_read("/etc/resolv.conf") && can_read("/usr/bin/env") ? 0 : 4;

	return rc;
}

static int reads_no_secrets(const char *dir)
{
	static const char *const secrets[] = { "/etc/shadow", "/etc/ssl/private", "/root",
		"/proc/1/environ", "/var/log", "/tmp" };

	(void)dir;
	if (!confine(NULL))
		return CANNOT;
	for (size_t i = 0; i < ARRAY_LEN(secrets); i++)
		if (can_read(secrets[i]))
			return (int)i + 1;
	return 0;
}

/* To a port on which nobody listens: refused by the kernel's TCP, or by Landlock before that. */
static int why_not_connected(uint16_t port)
{
	const struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int why = connect(fd, (const struct sockaddr *)&to, sizeof(to)) < 0 ? errno : 0;

	close(fd);
	return why;
}

static int connects_to_named_ports(const char *dir)
{
	const uint16_t ports[] = { 1 };

	(void)dir;
	if (!kernel_has(4) || !confine_plain_resolver() ||
		!confine_process(&(struct confinement){ .ports = ports, .n_ports = 1 }))
		return CANNOT;
	return why_not_connected(1) == ECONNREFUSED && why_not_connected(2) == EACCES &&
			       why_not_connected(53) != EACCES
		       ? 0
		       : 1;
}

static int connects_everywhere(const char *dir)
{
	(void)dir;
	if (!confine_process(&(struct confinement){ .all_ports = true }))
		return CANNOT;
	return why_not_connected(2) == ECONNREFUSED ? 0 : 1;
}

static int writes_no_longer(const char *dir)
{
	if (!confine(dir))
		return CANNOT;
	if (!can_write(dir))
		return 1;
	confine_writing();
	return can_write(dir) ? 2 : 0;
}

/* What makes no difference to files and ports: processes, other families of sockets, the kernel. */
static int calls_nothing_else(const char *dir)
{
	(void)dir;
	if (!confine(NULL))
		return CANNOT;
	if (fork() >= 0 || errno != EPERM)
		return 1;
	if (socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0) < 0 ||
		socket(AF_ALG, SOCK_SEQPACKET, 0) >= 0)
		return 2;
	if (syscall(SYS_ptrace, 0, 0, 0, 0) >= 0 || syscall(SYS_io_uring_setup, 1, NULL) >= 0 ||
		errno != EPERM)
		return 3;
	if (syscall(SYS_unshare, 0) >= 0 || syscall(SYS_memfd_create, "a", 0) >= 0)
		return 4;
	return syscall(9999) < 0 && errno == ENOSYS ? 0 : 5;
}

static void *nothing(void *arg)
{
	return arg;
}

static int starts_threads(const char *dir)
{
	pthread_t thread;

	(void)dir;
	if (!confine(NULL))
		return CANNOT;
	return pthread_create(&thread, NULL, nothing, NULL) == 0 && pthread_join(thread, NULL) == 0
		       ? 0
		       : 1;
}

static int no_core(const char *dir)
{
	struct rlimit limit;

	(void)dir;
	confine_memory();
	return getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_max == 0 ? 0 : 1;
}

static int make_dir(void **state)
{
	char *dir = xstrdup("/tmp/test_confine.XXXXXX");

	*state = mkdtemp(dir);
	return *state ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static int remove_dir(void **state)
{
	nftw(*state, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(*state);
	return 0;
}

static void writes_and_runs_nothing_more(void **state)
{
	assert_int_equal(in_child(nothing_more, *state), 0);
}

static void writes_in_the_directories_named_only(void **state)
{
	assert_int_equal(in_child(one_directory, *state), 0);
}

static void a_directory_that_is_missing_is_left_out(void **state)
{
	assert_int_equal(in_child(missing_directory, *state), 0);
}

static void reads_what_is_named_only(void **state)
{
	assert_int_equal(in_child(reads_what_is_named, *state), 0);
}

static void reads_no_secrets_of_others(void **state)
{
	assert_int_equal(in_child(reads_no_secrets, *state), 0);
}

static void connects_to_the_named_ports_only(void **state)
{
	assert_int_equal(in_child(connects_to_named_ports, *state), 0);
}

static void connects_to_all_ports_where_they_are_not_known(void **state)
{
	assert_int_equal(in_child(connects_everywhere, *state), 0);
}

static void writing_ends_for_good(void **state)
{
	assert_int_equal(in_child(writes_no_longer, *state), 0);
}

static void truncates_in_the_directories_named_only(void **state)
{
	assert_int_equal(in_child(truncates_inside, *state), 0);
	int outside = in_child(truncates_nothing, *state);
	char_auto *path = xasprintf("%s/kept", (char *)*state);

	unlink(path);
	assert_int_equal(outside, 0);
}

static void binds_no_port(void **state)
{
	assert_int_equal(in_child(binds_nothing, *state), 0);
}

#if (defined(__x86_64__) || defined(__aarch64__)) && !defined(__SANITIZE_ADDRESS__)
static void listens_on_no_socket(void **state)
{
	assert_int_equal(in_child(listens_nowhere, *state), 0);
}

static void changes_no_mode_and_no_owner(void **state)
{
	assert_int_equal(in_child(changes_no_mode, *state), 0);
}

static void makes_no_call_that_is_not_listed(void **state)
{
	assert_int_equal(in_child(calls_nothing_else, *state), 0);
}

static void threads_start(void **state)
{
	assert_int_equal(in_child(starts_threads, *state), 0);
}
#endif

static void controls_no_device_opened_later(void **state)
{
	assert_int_equal(in_child(controls_no_device, *state), 0);
}

static void sends_no_signal_to_others(void **state)
{
	assert_int_equal(in_child(signals_nobody, *state), 0);
}

static void no_core_is_dumped(void **state)
{
	assert_int_equal(in_child(no_core, *state), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_and_runs_nothing_more),
		cmocka_unit_test(writes_in_the_directories_named_only),
		cmocka_unit_test(reads_what_is_named_only),
		cmocka_unit_test(reads_no_secrets_of_others),
		cmocka_unit_test(connects_to_the_named_ports_only),
		cmocka_unit_test(connects_to_all_ports_where_they_are_not_known),
		cmocka_unit_test(writing_ends_for_good),
		cmocka_unit_test(truncates_in_the_directories_named_only),
		cmocka_unit_test(binds_no_port),
#if (defined(__x86_64__) || defined(__aarch64__)) && !defined(__SANITIZE_ADDRESS__)
		cmocka_unit_test(listens_on_no_socket),
		cmocka_unit_test(changes_no_mode_and_no_owner),
		cmocka_unit_test(makes_no_call_that_is_not_listed),
		cmocka_unit_test(threads_start),
#endif
		cmocka_unit_test(controls_no_device_opened_later),
		cmocka_unit_test(sends_no_signal_to_others),
		cmocka_unit_test(a_directory_that_is_missing_is_left_out),
		cmocka_unit_test(no_core_is_dumped),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
