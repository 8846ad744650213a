/* SPDX-License-Identifier: Apache-2.0 */
#include "base/signals.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

static volatile sig_atomic_t caught;
static int wake = -1;
static int64_t started, deadline = INT64_MAX;

static void remember(int sig)
{
	uint64_t one = 1;

	caught = sig;
	/* Only wakes a poll. When the write fails, the next turn of the loop sees the flag. */
	if (write(wake, &one, sizeof(one)) < 0)
		return;
}

void signals_catch(void)
{
	struct sigaction on = { .sa_handler = remember, .sa_flags = (int)SA_RESETHAND };
	struct sigaction ignore = { .sa_handler = SIG_IGN }, before;

	wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	sigaction(SIGINT, &on, NULL);
	sigaction(SIGTERM, &on, NULL);
	/* nohup(1) sets SIGHUP to be ignored; it stays ignored. */
	if (sigaction(SIGHUP, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
		sigaction(SIGHUP, &on, NULL);
	/* The write that causes one of these fails with an error instead. */
	sigaction(SIGPIPE, &ignore, NULL);
	sigaction(SIGXFSZ, &ignore, NULL);
}

int signals_fd(void)
{
	return wake;
}

int signals_check(struct err *e)
{
	if (!caught)
		return 0;
	return err_set(e, ERR_SIGNAL, caught, "stopped by SIG%s; run the command again to go on",
		sigabbrev_np(caught));
}

void stop_set_deadline(int64_t at)
{
	started = now_ms();
	deadline = at;
}

bool stop_wanted(void)
{
	return caught || now_ms() >= deadline;
}

int stop_check(const char *what, struct err *e)
{
	if (signals_check(e) < 0)
		return -1;
	if (now_ms() < deadline)
		return 0;
	return err_set(e, ERR_TIMEOUT, 0,
		"%s: the deadline passed after %.1f s; --timeout sets it",
		what, (double)(now_ms() - started) / 1000);
}

/* A regular file is read without a wait, whatever poll reports. */
int stop_wait(int fd, const char *what, struct err *e)
{
	for (;;) {
		struct pollfd fds[] = { { .fd = fd, .events = POLLIN },
			{ .fd = wake, .events = POLLIN } };
		int64_t left = deadline - now_ms();

		if (stop_check(what, e) < 0)
			return -1;
		if (poll(fds, 2, left > INT32_MAX ? -1 : (int)left) > 0 && fds[0].revents)
			return 0;
	}
}
