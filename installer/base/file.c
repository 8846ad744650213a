/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static char *part_of(const char *path)
{
	return xasprintf("%s.part", path);
}

static int taken(const char *path, struct err *e)
{
	return err_set(
		e, ERR_USAGE, EEXIST, "%s: is there already, and is never overwritten", path);
}

/* Whether the open file is the one of that name still: another run may have finished its own. */
static bool is_same_file(int fd, const char *path)
{
	struct stat here, there;

	return fstat(fd, &here) == 0 && stat(path, &there) == 0 && here.st_ino == there.st_ino &&
	       here.st_dev == there.st_dev;
}

/* What a run that was killed left behind is written over; what one still writes is locked. */
int file_begin(const char *path, mode_t mode, int *fd, struct err *e)
{
	char_auto *part = part_of(path);

	for (;;) {
		*fd = open(part, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, mode);
		if (*fd < 0)
			return err_set(
				e, ERR_IO, errno, "%s: cannot create: %s", part, strerror(errno));
		if (flock(*fd, LOCK_EX | LOCK_NB) < 0) {
			close(*fd);
			return err_set(e, ERR_IO, EWOULDBLOCK,
				"%s: another run is writing it; give another name", part);
		}
		if (is_same_file(*fd, part))
			break;
		close(*fd);
	}
	if (ftruncate(*fd, 0) == 0 && fchmod(*fd, mode) == 0)
		return 0;
	err_set(e, ERR_IO, errno, "%s: cannot write: %s", part, strerror(errno));
	close(*fd);
	return -1;
}

static int rename_new(const char *part, const char *path)
{
	if (renameat2(AT_FDCWD, part, AT_FDCWD, path, RENAME_NOREPLACE) == 0)
		return 0;
	/* Some file systems do not know how not to replace. */
	return errno == EINVAL && access(path, F_OK) < 0 ? rename(part, path) : -1;
}

int file_keep(const char *path, int fd, bool replace, struct err *e)
{
	char_auto *part = part_of(path);

	int rc = -1;

	if (fsync(fd) < 0)
		err_set(e, ERR_IO, errno, "%s: cannot write: %s", part, strerror(errno));
	else if ((replace ? rename(part, path) : rename_new(part, path)) == 0)
		rc = 0;
	else if (errno == EEXIST)
		taken(path, e);
	else
		err_set(e, ERR_IO, errno, "%s: cannot create: %s", path, strerror(errno));
	if (rc < 0)
		unlink(part);
	close(fd); /* and with it the lock */
	return rc;
}

void file_drop(const char *path, int fd)
{
	char_auto *part = part_of(path);

	unlink(part);
	close(fd);
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

static int put(
	const char *path, const void *data, size_t len, mode_t mode, bool replace, struct err *e)
{
	int fd;

	if (!replace && access(path, F_OK) == 0)
		return taken(path, e);
	if (file_begin(path, mode, &fd, e) < 0)
		return -1;
	if (write_all(fd, data, len) == 0)
		return file_keep(path, fd, replace, e);
	err_set(e, ERR_IO, errno, "%s: cannot write: %s", path, strerror(errno));
	file_drop(path, fd);
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
