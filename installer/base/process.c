/* SPDX-License-Identifier: Apache-2.0 */
#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/out.h"
#include "base/signals.h"

enum {
	/* milliseconds between two looks whether the child ended while its pipes stay open */
	LOOK_MS = 20,
	/* bytes of one line of standard error; a longer line is cut into several */
	LINE_MAX_BYTES = 4096,
	LAST_BYTES = 2048,
	STDERR_BYTES = 256 << 10, /* bytes that are shown in all; the rest is read and dropped */
};

struct child {
	struct process *p;
	pid_t pid;
	int out, err; /* our ends of the pipes; -1: closed */
	struct buf line;
	size_t shown;
};

bool process_terminal(void)
{
	return isatty(STDIN_FILENO) && tcgetpgrp(STDIN_FILENO) == getpgrp();
}

static bool is_program(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

char *process_find(const char *name)
{
	const char *path = getenv("PATH");

	for (const char *end, *at = path; at; at = *end ? end + 1 : NULL) {
		end = strchrnul(at, ':');
		if (*at != '/')
			continue;
		char_auto *full = xasprintf("%.*s/%s", (int)(end - at), at, name);

		if (is_program(full))
			return steal(&full);
	}
	return NULL;
}

/* Start */

static int add_streams(posix_spawn_file_actions_t *fa, const struct process *p, int out, int err)
{
	int rc = 0;

	if (!p->interactive)
		rc = posix_spawn_file_actions_addopen(fa, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	if (rc == 0)
		rc = posix_spawn_file_actions_adddup2(fa, out, STDOUT_FILENO);
	if (rc == 0)
		rc = posix_spawn_file_actions_adddup2(fa, err, STDERR_FILENO);
	if (rc == 0)
		rc = posix_spawn_file_actions_addclosefrom_np(fa, STDERR_FILENO + 1);
	if (rc == 0 && p->interactive)
		rc = posix_spawn_file_actions_addtcsetpgrp_np(fa, STDIN_FILENO);
	return rc;
}

/* A session of its own has no terminal, so the child cannot wait for input that nobody sees. */
static int spawn(struct child *c, int out, int err)
{
	const struct process *p = c->p;
	posix_spawn_file_actions_t fa;
	posix_spawnattr_t attr;
	sigset_t all, none;

	sigfillset(&all);
	sigdelset(&all, SIGKILL);
	sigdelset(&all, SIGSTOP);
	sigemptyset(&none);
	posix_spawn_file_actions_init(&fa);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigdefault(&attr, &all);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setpgroup(&attr, 0);
	posix_spawnattr_setflags(
		&attr, (short)(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK |
			       (p->interactive ? POSIX_SPAWN_SETPGROUP : POSIX_SPAWN_SETSID)));
	int rc = add_streams(&fa, p, out, err);

	if (rc == 0)
		rc = posix_spawn(&c->pid, p->program, &fa, &attr, p->argv, p->envp);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&fa);
	return rc;
}

static void close_end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static int start(struct child *c, struct err *e)
{
	int out[2], err[2], rc;

	if (pipe2(out, O_CLOEXEC) < 0)
		return err_set(
			e, ERR_IO, errno, "cannot make a pipe for a child process: %s",
				strerror(errno));
	if (pipe2(err, O_CLOEXEC) < 0) {
		rc = errno;
		close(out[0]);
		close(out[1]);
		return err_set(e, ERR_IO, rc, "cannot make a pipe for a child process: %s",
			strerror(rc));
	}
	rc = spawn(c, out[1], err[1]);
	close(out[1]);
	close(err[1]);
	c->out = out[0];
	c->err = err[0];
	fcntl(c->out, F_SETFL, O_NONBLOCK);
	fcntl(c->err, F_SETFL, O_NONBLOCK);
	return rc ? err_set(e, ERR_IO, rc, "cannot run %s: %s", c->p->program, strerror(rc)) : 0;
}

/* Output */

static void show_line(struct child *c)
{
	struct process *p = c->p;

	if (c->line.len == 0)
		return;
	out_sanitize(c->line.data);
	if (p->last.len > LAST_BYTES) {
		memmove(p->last.data, p->last.data + p->last.len / 2,
			p->last.len - p->last.len / 2);
		p->last.len -= p->last.len / 2;
	}
	buf_printf(&p->last, "%s%s", p->last.len ? "\n" : "", buf_str(&c->line));
	c->shown += c->line.len;
	if (p->line && c->shown <= STDERR_BYTES)
		p->line(p->arg, buf_str(&c->line));
	buf_clear(&c->line);
}

static void take_stderr(struct child *c, const char *data, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (data[i] == '\n' || c->line.len >= LINE_MAX_BYTES)
			show_line(c);
		if (data[i] != '\n' && data[i] != '\r')
			buf_putc(&c->line, data[i] ? data[i] : '?');
	}
}

/* Reads what the pipe has, and closes it at its end. -1: too much. */
static int drain(struct child *c, int *fd, struct buf *out, struct err *e)
{
	char data[16384];
	ssize_t n;

	while (*fd >= 0 && (n = read(*fd, data, sizeof(data))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return 0;
		if (!out) {
			take_stderr(c, data, (size_t)n);
			return 0; /* look at the clock even when the child writes without end */
		}
		int rc = buf_add(out, data, (size_t)n);

		explicit_bzero(data, (size_t)n);
		if (rc < 0)
			return err_set(e, ERR_FORMAT, 0, "%s: its output is larger than %zu bytes",
				c->p->program, out->max);
	}
	close_end(fd);
	return 0;
}

/* End */

/* 1: the child has ended. It is not reaped yet, so no other process has its number. */
static int ended(const struct child *c, struct err *e)
{
	siginfo_t info = { 0 };

	if (waitid(P_PID, (id_t)c->pid, &info, WEXITED | WSTOPPED | WNOHANG | WNOWAIT) < 0)
		return 1;
	if (info.si_pid == 0)
		return 0;
	if (info.si_code == CLD_STOPPED)
		return err_set(e, ERR_IO, 0, "%s was stopped", c->p->program);
	return 1;
}

static int look(struct child *c, struct buf *out, struct err *e)
{
	struct pollfd fds[] = { { .fd = c->out, .events = POLLIN },
		{ .fd = c->err, .events = POLLIN }, { .fd = signals_fd(), .events = POLLIN } };
	int64_t left = c->p->deadline - now_ms();

	if (left <= 0)
		return err_set(e, ERR_TIMEOUT, 0,
			"%s did not end in time and was killed; --timeout sets how long a run may "
			"take",
			c->p->program);
	poll(fds, ARRAY_LEN(fds),
		c->out < 0 && c->err < 0 ? 1
		: left < LOOK_MS         ? (int)left
					 : LOOK_MS);
	if (signals_check(e) < 0)
		return -1;
	int rc = ended(c, e); /* reap first, then read what the child wrote before its end */

	if (rc < 0 || drain(c, &c->out, out, e) < 0 || drain(c, &c->err, NULL, e) < 0)
		return -1;
	return rc;
}

static void take_terminal(void)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN }, before;

	sigaction(SIGTTOU, &ignore, &before);
	tcsetpgrp(STDIN_FILENO, getpgrp());
	sigaction(SIGTTOU, &before, NULL);
}

int process_run(struct process *p, struct buf *out, int *status, struct err *e)
{
	struct child c = { .p = p, .out = -1, .err = -1 };
	int rc = start(&c, e);

	if (rc == 0) {
		while ((rc = look(&c, out, e)) == 0)
			;
		kill(-c.pid, SIGKILL);
		while (waitpid(c.pid, status, 0) < 0 && errno == EINTR)
			;
		if (p->interactive)
			take_terminal();
		while (c.shown < STDERR_BYTES && c.err >= 0) { /* all that the pipe still has */
			size_t before = c.shown + c.line.len;

			if (drain(&c, &c.err, NULL, e) < 0 || c.shown + c.line.len == before)
				break;
		}
		show_line(&c);
	}
	close_end(&c.out);
	close_end(&c.err);
	buf_release(&c.line);
	return rc < 0 ? -1 : 0;
}
