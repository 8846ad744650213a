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
#include <linux/landlock.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "base/confine.h"
#include "base/util.h"

enum { CANNOT = 77 };

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
	if (!confine_files(NULL, 0))
		return CANNOT;
	if (can_write(dir) || errno != EACCES)
		return 1;
	execl("/bin/true", "true", (char *)NULL);
	if (errno != EACCES)
		return 2;
	int fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);

	return fd >= 0 ? 0 : 3;
}

static int one_directory(const char *dir)
{
	if (!confine_files(&dir, 1))
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
	if (!kernel_has(3) || !confine_files(&dir, allowed ? 1 : 0))
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
	if (!kernel_has(4) || !confine_files(NULL, 0))
		return CANNOT;
	return bind(fd, (const struct sockaddr *)&any, sizeof(any)) < 0 && errno == EACCES ? 0 : 1;
}

static int listens_nowhere(const char *dir)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)dir;
	if (!confine_files(NULL, 0))
		return CANNOT;
	return listen(fd, 1) < 0 && errno == EPERM ? 0 : 1;
}

/* Not even in a directory that may be written. */
static int changes_no_mode(const char *dir)
{
	if (!confine_files(&dir, 1))
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
	if (!kernel_has(5) || !confine_files(NULL, 0))
		return CANNOT;
	int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);

	if (ioctl(before, TCGETS, &mode) == 0 || errno != ENOTTY)
		return 1;
	return ioctl(fd, TCGETS, &mode) < 0 && errno == EACCES ? 0 : 2;
}

static int signals_nobody(const char *dir)
{
	(void)dir;
	if (!kernel_has(6) || !confine_files(NULL, 0))
		return CANNOT;
	return kill(getppid(), 0) < 0 && errno == EPERM && kill(getpid(), 0) == 0 ? 0 : 1;
}

static int missing_directory(const char *dir)
{
	const char *dirs[] = { "/nowhere/at/all", dir };

	if (!confine_files(dirs, 2))
		return CANNOT;
	return can_write(dir) ? 0 : 1;
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

static int remove_dir(void **state)
{
	rmdir(*state);
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

#if defined(__x86_64__) || defined(__aarch64__)
static void listens_on_no_socket(void **state)
{
	assert_int_equal(in_child(listens_nowhere, *state), 0);
}

static void changes_no_mode_and_no_owner(void **state)
{
	assert_int_equal(in_child(changes_no_mode, *state), 0);
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
		cmocka_unit_test(truncates_in_the_directories_named_only),
		cmocka_unit_test(binds_no_port),
#if defined(__x86_64__) || defined(__aarch64__)
		cmocka_unit_test(listens_on_no_socket),
		cmocka_unit_test(changes_no_mode_and_no_owner),
#endif
		cmocka_unit_test(controls_no_device_opened_later),
		cmocka_unit_test(sends_no_signal_to_others),
		cmocka_unit_test(a_directory_that_is_missing_is_left_out),
		cmocka_unit_test(no_core_is_dumped),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
