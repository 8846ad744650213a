/* SPDX-License-Identifier: Apache-2.0 */
#include "base/signals.h"

#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

static volatile sig_atomic_t caught;
static int wake = -1;

static void remember(int sig)
{
	uint64_t one = 1;

	caught = sig;
	/* Only wakes a poll; when it fails the flag is seen at the next turn. */
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
	/* nohup(1) asks that it is ignored. */
	if (sigaction(SIGHUP, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
		sigaction(SIGHUP, &on, NULL);
	/* Both are errors of the write that meets them. */
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
