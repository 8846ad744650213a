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
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
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

static void no_core_is_dumped(void **state)
{
	assert_int_equal(in_child(no_core, *state), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_and_runs_nothing_more),
		cmocka_unit_test(writes_in_the_directories_named_only),
		cmocka_unit_test(a_directory_that_is_missing_is_left_out),
		cmocka_unit_test(no_core_is_dumped),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
