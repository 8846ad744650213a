/* SPDX-License-Identifier: Apache-2.0 */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/signals.h"

enum { CANNOT = 77 };

/* Each test has an empty directory, which is the current one. */
static int enter(void **state)
{
	char *dir = xstrdup("/tmp/test_file.XXXXXX");

	*state = mkdtemp(dir);
	umask(022);
	return *state && chdir(dir) == 0 ? 0 : -1;
}

static size_t each_name(void (*use)(const char *name))
{
	DIR *dir = opendir(".");
	struct dirent *entry;
	size_t n = 0;

	while ((entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		n++;
		if (use)
			use(entry->d_name);
	}
	closedir(dir);
	return n;
}

static void remove_name(const char *name)
{
	if (unlink(name) < 0)
		rmdir(name);
}

static int leave(void **state)
{
	each_name(remove_name);
	rmdir(*state);
	free(*state);
	return 0;
}

static void assert_content(const char *path, const char *text)
{
	buf_auto b = { 0 };
	err_auto e = { 0 };

	assert_int_equal(buf_read_file(&b, path, 1000, &e), 0);
	assert_string_equal(buf_str(&b), text);
}

/* Runs check in a child; what it returns is its exit code. */
static int in_child(int (*check)(void))
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(check());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* As file systems without O_TMPFILE do: without /proc an unnamed file could get no name. */
static bool without_unnamed_files(void)
{
	return unshare(CLONE_NEWNS) == 0 &&
	       mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mount("none", "/proc", "tmpfs", 0, NULL) == 0;
}

static void a_prepared_name_gets_nothing(void **state)
{
	err_auto e = { 0 };
	int fd = open("team.key.part", O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	char c;

	(void)state;
	assert_int_equal(file_create("team.key", "secret", 6, 0600, &e), 0);
	assert_int_equal(read(fd, &c, 1), 0);
	close(fd);
	assert_content("team.key", "secret");
	assert_int_equal(each_name(NULL), 2);
}

static void an_existing_name_is_kept(void **state)
{
	err_auto e = { 0 };

	(void)state;
	assert_int_equal(file_create("file", "one", 3, 0600, &e), 0);
	assert_int_equal(file_create("file", "two", 3, 0600, &e), -1);
	assert_int_equal(e.kind, ERR_USAGE);
	assert_non_null(strstr(e.msg, "file: the file exists"));
	assert_content("file", "one");

	assert_int_equal(symlink("nowhere", "link"), 0);
	assert_int_equal(file_create("link", "two", 3, 0600, &e), -1);
	assert_int_equal(e.kind, ERR_USAGE);
	assert_int_equal(access("nowhere", F_OK), -1);
	assert_int_equal(each_name(NULL), 2);
}

/* Checked when it gets its name as well: another run may have been faster. */
static void the_first_of_two_writers_wins(void **state)
{
	struct new_file slow;
	err_auto e = { 0 };

	(void)state;
	assert_int_equal(file_begin(&slow, "file", 0600, false, &e), 0);
	assert_int_equal(write(slow.fd, "slow", 4), 4);
	assert_int_equal(file_create("file", "fast", 4, 0600, &e), 0);
	assert_int_equal(file_keep(&slow, &e), -1);
	assert_int_equal(e.kind, ERR_USAGE);
	assert_content("file", "fast");
	assert_int_equal(each_name(NULL), 1);
}

static void a_replacement_is_a_new_file(void **state)
{
	struct stat st;
	err_auto e = { 0 };

	(void)state;
	assert_int_equal(file_create("file", "one", 3, 0644, &e), 0);
	assert_int_equal(link("file", "other"), 0);
	assert_int_equal(file_replace("file", "two", 3, 0600, &e), 0);
	assert_content("file", "two");
	assert_content("other", "one");
	assert_int_equal(stat("file", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(each_name(NULL), 2);
}

static void what_is_no_regular_file_is_not_replaced(void **state)
{
	static const char *const names[] = { "fifo", "dir", "link" };
	struct stat st;

	(void)state;
	assert_int_equal(mkfifo("fifo", 0600), 0);
	assert_int_equal(mkdir("dir", 0700), 0);
	assert_int_equal(symlink("/dev/null", "link"), 0);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		err_auto e = { 0 };

		assert_int_equal(file_replace(names[i], "two", 3, 0600, &e), -1);
		assert_int_equal(e.kind, ERR_USAGE);
		assert_non_null(strstr(e.msg, "not a regular file"));
	}
	assert_int_equal(lstat("fifo", &st), 0);
	assert_true(S_ISFIFO(st.st_mode));
	assert_int_equal(each_name(NULL), 3);
}

static void a_name_that_cannot_be_is_said_first(void **state)
{
	static const char *const names[] = { "", ".", "..", "dir/" };
	err_auto e = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct new_file f;
		err_auto refused = { 0 };

		assert_int_equal(file_begin(&f, names[i], 0600, true, &refused), -1);
		assert_int_equal(refused.kind, ERR_IO);
	}
	assert_int_equal(file_create("no/file", "", 0, 0600, &e), -1);
	assert_non_null(strstr(e.msg, "the directory no/ cannot be opened"));
}

static void the_umask_applies(void **state)
{
	struct stat st;
	err_auto e = { 0 };

	(void)state;
	umask(077);
	assert_int_equal(file_create("public", "x", 1, 0644, &e), 0);
	assert_int_equal(stat("public", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

static void a_long_name_is_no_hindrance(void **state)
{
	char name[256];
	err_auto e = { 0 };

	(void)state;
	memset(name, 'a', 255);
	name[255] = '\0';
	assert_int_equal(file_replace(name, "one", 3, 0600, &e), 0);
	assert_int_equal(file_replace(name, "two", 3, 0600, &e), 0);
	assert_content(name, "two");
}

static int begin_and_die(void)
{
	struct new_file f;
	err_auto e = { 0 };

	if (file_begin(&f, "file", 0600, false, &e) < 0 || write(f.fd, "half", 4) != 4)
		return 1;
	return raise(SIGKILL);
}

static void a_killed_run_leaves_nothing(void **state)
{
	int fd = open(".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);

	(void)state;
	if (fd < 0) {
		print_message("SKIPPED: the file system of /tmp has no unnamed files\n");
		skip();
	}
	close(fd);
	assert_int_equal(in_child(begin_and_die), 128 + SIGKILL);
	assert_int_equal(each_name(NULL), 0);
}

static int write_too_much(void)
{
	struct rlimit limit = { 2, 2 };
	err_auto e = { 0 };

	signals_catch();
	setrlimit(RLIMIT_FSIZE, &limit);
	if (file_create("file", "four", 4, 0600, &e) == 0 || e.kind != ERR_IO)
		return 1;
	return e.code == EFBIG ? 0 : 2;
}

static void a_limit_on_file_sizes_is_an_error(void **state)
{
	(void)state;
	assert_int_equal(in_child(write_too_much), 0);
	assert_int_equal(each_name(NULL), 0);
}

static int named_create(void)
{
	struct stat st;
	err_auto e = { 0 };

	if (!without_unnamed_files())
		return CANNOT;
	if (file_create("key", "one", 3, 0600, &e) < 0 || stat("key", &st) < 0)
		return 1;
	if ((st.st_mode & 07777) != 0600 || each_name(NULL) != 1)
		return 2;
	if (file_create("key", "two", 3, 0600, &e) == 0 || e.kind != ERR_USAGE)
		return 3;
	return file_replace("key", "two", 3, 0600, &e) == 0 && each_name(NULL) == 1 ? 0 : 4;
}

static int named_drop(void)
{
	struct new_file f;
	err_auto e = { 0 };

	if (!without_unnamed_files())
		return CANNOT;
	if (file_begin(&f, "file", 0600, false, &e) < 0 || each_name(NULL) != 1)
		return 1; /* a name, and not one that anybody could have prepared */
	if (access("file.part", F_OK) == 0)
		return 2;
	file_drop(&f);
	return each_name(NULL) == 0 ? 0 : 3;
}

static int named_race(void)
{
	struct new_file f;
	err_auto e = { 0 };

	if (!without_unnamed_files())
		return CANNOT;
	if (file_begin(&f, "file", 0600, false, &e) < 0 ||
		file_create("file", "fast", 4, 0600, &e) < 0)
		return 1;
	if (file_keep(&f, &e) == 0 || e.kind != ERR_USAGE)
		return 2;
	return each_name(NULL) == 1 ? 0 : 3;
}

static void the_same_holds_without_unnamed_files(void **state)
{
	static int (*const checks[])(void) = { named_create, named_drop, named_race };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(checks); i++) {
		int code = in_child(checks[i]);

		if (code == CANNOT) {
			print_message("SKIPPED: this user may not mount\n");
			skip();
		}
		assert_int_equal(code, 0);
		each_name(remove_name);
	}
}

int main(void)
{
#define IN_DIR(test) cmocka_unit_test_setup_teardown(test, enter, leave)
	const struct CMUnitTest tests[] = {
		IN_DIR(a_prepared_name_gets_nothing),
		IN_DIR(an_existing_name_is_kept),
		IN_DIR(the_first_of_two_writers_wins),
		IN_DIR(a_replacement_is_a_new_file),
		IN_DIR(what_is_no_regular_file_is_not_replaced),
		IN_DIR(a_name_that_cannot_be_is_said_first),
		IN_DIR(the_umask_applies),
		IN_DIR(a_long_name_is_no_hindrance),
		IN_DIR(a_killed_run_leaves_nothing),
		IN_DIR(a_limit_on_file_sizes_is_an_error),
		IN_DIR(the_same_holds_without_unnamed_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
