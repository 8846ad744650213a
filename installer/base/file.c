/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

/* bytes of NAME that go into a temporary name, since NAME_MAX limits that */
enum { NAME_PART = 200 };

static const char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int cannot_create(const char *path, int why, struct err *e)
{
	char_auto *name = name_for_message(path);

	return err_set(e, ERR_IO, why, "%s: cannot create the file: %s", name, strerror(why));
}

static int cannot_write(const char *path, int why, struct err *e)
{
	return err_set(e, ERR_IO, why, "%s: cannot write: %s", path, strerror(why));
}

static int taken(const char *path, struct err *e)
{
	return err_set(e, ERR_USAGE, EEXIST,
		"%s: the file exists and is never overwritten; give another name", path);
}

static int open_dir(struct new_file *f, struct err *e)
{
	size_t len = (size_t)(name_of(f->path) - f->path);
	char_auto *dir = len > 0 ? xstrndup(f->path, len) : xstrdup(".");

	f->dir = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (f->dir < 0)
		return err_set(e, ERR_IO, errno,
			"%s: cannot create the file: the directory %s cannot be opened: %s",
			f->path, dir, strerror(errno));
	return 0;
}

/* Checks before anything is written, so that the user learns about a bad name before the work. */
static int check_name(const struct new_file *f, struct err *e)
{
	const char *name = name_of(f->path);
	struct stat st;

	if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return cannot_create(f->path, EISDIR, e);
	if (!f->replace && fstatat(f->dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return taken(f->path, e);
	if (f->replace && fstatat(f->dir, name, &st, 0) == 0 && !S_ISREG(st.st_mode))
		return err_set(e, ERR_USAGE, EEXIST,
			"%s: this is not a regular file and is never replaced; give another name",
			f->path);
	return 0;
}

static char *proc_path(int fd)
{
	return xasprintf("/proc/self/fd/%d", fd);
}

static bool open_unnamed(struct new_file *f, mode_t mode)
{
	f->fd = openat(f->dir, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, mode);
	if (f->fd < 0)
		return false;
	char_auto *from = proc_path(f->fd);

	if (access(from, F_OK) == 0)
		return true;
	close(f->fd); /* without /proc the file could get no name */
	return false;
}

/* Sets f->temporary to a name that nobody can guess. */
static int choose_temporary(struct new_file *f, struct err *e)
{
	uint64_t random;

	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		return err_set(e, ERR_IO, errno, "%s: no random name for it: %s", f->path,
			strerror(errno));
	free(f->temporary);
	f->temporary = xasprintf(
		".%.*s.%016llx", NAME_PART, name_of(f->path), (unsigned long long)random);
	return 0;
}

static int open_named(struct new_file *f, mode_t mode, struct err *e)
{
	if (choose_temporary(f, e) < 0)
		return -1;
	f->fd = openat(f->dir, f->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (f->fd >= 0)
		return 0;
	cannot_create(f->path, errno, e);
	free(steal(&f->temporary)); /* another file, which is not ours to remove */
	return -1;
}

int file_begin(struct new_file *f, const char *path, mode_t mode, bool replace, struct err *e)
{
	*f = (struct new_file){ .path = path, .fd = -1, .dir = -1, .replace = replace };
	if (open_dir(f, e) == 0 && check_name(f, e) == 0 &&
		(open_unnamed(f, mode) || open_named(f, mode, e) == 0))
		return 0;
	if (f->dir >= 0)
		close(f->dir);
	return -1;
}

/*
 * A link never replaces a file, so both kinds of files use one. Only a replacement needs a second
 * name.
 */
static int name_unnamed(struct new_file *f, struct err *e)
{
	const char *name = name_of(f->path);
	char_auto *from = proc_path(f->fd);

	if (linkat(AT_FDCWD, from, f->dir, name, AT_SYMLINK_FOLLOW) == 0)
		return 0;
	if (errno == EEXIST && !f->replace)
		return taken(f->path, e);
	if (errno != EEXIST)
		return cannot_create(f->path, errno, e);
	if (choose_temporary(f, e) < 0)
		return -1;
	if (linkat(AT_FDCWD, from, f->dir, f->temporary, AT_SYMLINK_FOLLOW) < 0) {
		cannot_create(f->path, errno, e);
		free(steal(&f->temporary));
		return -1;
	}
	return renameat(f->dir, f->temporary, f->dir, name) < 0 ? cannot_create(f->path, errno, e)
								 : 0;
}

static int name_named(const struct new_file *f, struct err *e)
{
	const char *name = name_of(f->path);
	unsigned int flags = f->replace ? 0 : RENAME_NOREPLACE;

	if (renameat2(f->dir, f->temporary, f->dir, name, flags) == 0)
		return 0;
	/* Some file systems have no rename without replacement. They have links. */
	if (errno == EINVAL && flags && linkat(f->dir, f->temporary, f->dir, name, 0) == 0)
		return unlinkat(f->dir, f->temporary, 0);
	return errno == EEXIST ? taken(f->path, e) : cannot_create(f->path, errno, e);
}

/*
 * Writes the directory, so that the new name survives a power failure. Some file systems cannot do
 * that.
 */
static void sync_dir(int dir)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	fsync(fd);
	close(fd);
}

int file_keep(struct new_file *f, struct err *e)
{
	int rc = fsync(f->fd) < 0 ? cannot_write(f->path, errno, e)
		 : f->temporary   ? name_named(f, e)
				  : name_unnamed(f, e);

	if (rc == 0) {
		sync_dir(f->dir);
		free(steal(&f->temporary)); /* the file has its own name now */
	}
	file_drop(f);
	return rc;
}

void file_drop(struct new_file *f)
{
	if (f->temporary)
		unlinkat(f->dir, f->temporary, 0);
	free(steal(&f->temporary));
	close(f->fd);
	close(f->dir);
}

static int write_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno != EINTR)
			return -1;
		if (n > 0) {
			data += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

int file_put(struct new_file *f, const void *data, size_t len, struct err *e)
{
	return write_all(f->fd, data, len) < 0 ? cannot_write(f->path, errno, e) : 0;
}

static int put(
	const char *path, const void *data, size_t len, mode_t mode, bool replace, struct err *e)
{
	struct new_file f;

	if (file_begin(&f, path, mode, replace, e) < 0)
		return -1;
	if (file_put(&f, data, len, e) == 0)
		return file_keep(&f, e);
	file_drop(&f);
	return -1;
}

int file_create(const char *path, const void *data, size_t len, mode_t mode, struct err *e)
{
	return put(path, data, len, mode, false, e);
}

int file_replace(const char *path, const void *data, size_t len, mode_t mode, struct err *e)
{
	return put(path, data, len, mode, true, e);
}
