/* SPDX-License-Identifier: Apache-2.0 */
#include "base/children.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/signals.h"

static _Noreturn void be_child(
	int fd, pid_t parent, int (*work)(void *arg, size_t i), void *arg, size_t i)
{
	/* The parent may die before this process asks to be told about its death. */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent || dup2(fd, STDOUT_FILENO) < 0)
		_exit(3);
	close(fd);
	_exit(work(arg, i));
}

static int start(
	struct child *c, int (*work)(void *arg, size_t i), void *arg, size_t i, struct err *e)
{
	pid_t parent = getpid();
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return err_set(e, ERR_IO, errno, "cannot make a pipe: %s", strerror(errno));
	c->started = now_ms();
	c->out.max = CHILDREN_MAX_OUTPUT;
	c->pid = fork();
	if (c->pid == 0) {
		close(fds[0]);
		be_child(fds[1], parent, work, arg, i);
	}
	close(fds[1]);
	c->fd = fds[0];
	if (c->pid > 0)
		return 0;
	c->pid = 0;
	close(c->fd);
	return err_set(e, ERR_IO, errno, "cannot start a process: %s", strerror(errno));
}

static void finish(struct child *c)
{
	int status;

	close(c->fd);
	while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
		;
	c->pid = 0;
	c->code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	c->seconds = (double)(now_ms() - c->started) / 1000;
}

/* False: no more output comes, because the child closed its output or ended. */
static bool take_output(struct child *c)
{
	char chunk[65536];
	ssize_t n = read(c->fd, chunk, sizeof(chunk));

	if (n < 0)
		return errno == EINTR || errno == EAGAIN;
	if (n == 0)
		return false;
	if (buf_add(&c->out, chunk, (size_t)n) == 0)
		return true;
	c->killed = true;
	kill(c->pid, SIGKILL);
	return false;
}

static void kill_all(struct child *children, size_t n, int sig)
{
	for (size_t i = 0; i < n; i++)
		if (children[i].pid > 0) {
			children[i].killed = children[i].killed || sig == SIGKILL;
			kill(children[i].pid, sig);
		}
}

/* Waits until a running child writes output, but not after this time. */
static void wait_for_output(struct child *children, size_t n, int64_t until, bool mind_signals,
	void (*ended)(void *arg, size_t i), void *arg)
{
	struct pollfd *fds = xcalloc(n + 1, sizeof(*fds));
	int64_t left = until - now_ms();

	for (size_t i = 0; i < n; i++)
		fds[i] = (struct pollfd){ .fd = children[i].pid > 0 ? children[i].fd : -1,
			.events = POLLIN };
	fds[n] = (struct pollfd){ .fd = mind_signals ? signals_fd() : -1, .events = POLLIN };
	if (poll(fds, n + 1, left < 0 ? 0 : left > INT32_MAX ? INT32_MAX : (int)left) > 0)
		for (size_t i = 0; i < n; i++)
			if (fds[i].fd >= 0 && fds[i].revents && !take_output(&children[i])) {
				finish(&children[i]);
				ended(arg, i);
			}
	free(fds);
}

int children_run(struct child *children, size_t n, size_t parallel, int64_t deadline,
	int (*work)(void *arg, size_t i), void (*ended)(void *arg, size_t i), void *arg,
	struct err *e)
{
	int64_t until = deadline + CHILDREN_GRACE_MS;
	err_auto over = { 0 };
	size_t next = 0;

	for (size_t i = 0; i < n; i++)
		children[i] = (struct child){ .code = -1 };
	for (;;) {
		size_t running = 0;

		for (size_t i = 0; i < n; i++)
			running += children[i].pid > 0;
		for (; !over.kind && next < n && running < parallel; next++, running++)
			if (start(&children[next], work, arg, next, &over) < 0)
				break;
		if (running == 0)
			break;
		wait_for_output(children, n, until, !over.kind, ended, arg);
		if (!over.kind && signals_check(&over) < 0) {
			kill_all(children, n, (int)over.code);
			until = now_ms() + CHILDREN_GRACE_MS;
		} else if (now_ms() >= until) {
			kill_all(children, n, SIGKILL);
			until = INT64_MAX;
		}
	}
	if (!over.kind)
		return 0;
	err_move(e, &over);
	return -1;
}

void children_release(struct child *children, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_release(&children[i].out);
}
