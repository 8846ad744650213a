/* SPDX-License-Identifier: Apache-2.0 */
#include "tool.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

void die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fprintf(stderr, "%s: ", program_invocation_short_name);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	exit(2);
}

long long parse_number(const char *what, const char *text, long long min, long long max)
{
	char *end = NULL;

	errno = 0;
	long long n = strtoll(text, &end, 10);

	if (errno || end == text || *end || n < min || n > max)
		die("%s: \"%s\" is no number from %lld to %lld", what, text, min, max);
	return n;
}

struct sockaddr_in parse_address(const char *text)
{
	struct sockaddr_in addr = {.sin_family = AF_INET};
	const char *colon = strrchr(text, ':');

	if (!colon)
		die("\"%s\" is not HOST:PORT", text);
	char_auto *host = xstrndup(text, (size_t)(colon - text));

	addr.sin_port = htons((uint16_t)parse_number("port", colon + 1, 1, 65535));
	if (inet_pton(AF_INET, strcmp(host, "localhost") == 0 ? "127.0.0.1" : host,
		    &addr.sin_addr) != 1)
		die("\"%s\": the host must be an IPv4 address", text);
	return addr;
}

int listen_loopback(int *port)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(addr);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, len) < 0 || listen(fd, 128) < 0 ||
		getsockname(fd, (struct sockaddr *)&addr, &len) < 0)
		die("cannot listen on 127.0.0.1: %s", strerror(errno));
	*port = ntohs(addr.sin_port);
	return fd;
}

void write_file_atomically(const char *path, const char *text)
{
	char_auto *new = xasprintf("%s.%ld", path, (long)getpid());
	FILE *f = fopen(new, "we");

	if (!f || fputs(text, f) < 0 || fclose(f) != 0 || rename(new, path) < 0)
		die("%s: cannot write: %s", path, strerror(errno));
}

static volatile sig_atomic_t over;
static sigset_t while_waiting;

static void end(int sig)
{
	(void)sig;
	over = 1;
}

void tool_live(long long lifetime_s)
{
	static const int ends[] = {SIGTERM, SIGINT, SIGALRM};
	struct sigaction sa = {.sa_handler = end};
	sigset_t block;

	sigemptyset(&block);
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		sigaction(ends[i], &sa, NULL);
		sigaddset(&block, ends[i]);
	}
	sigprocmask(SIG_BLOCK, &block, &while_waiting);
	for (size_t i = 0; i < ARRAY_LEN(ends); i++)
		sigdelset(&while_waiting, ends[i]);
	signal(SIGPIPE, SIG_IGN);
	alarm((unsigned)lifetime_s);
}

int tool_poll(struct pollfd *fds, size_t n, int64_t timeout_ns)
{
	struct timespec ts = {
		.tv_sec = timeout_ns / 1000000000, .tv_nsec = timeout_ns % 1000000000};

	for (size_t i = 0; i < n; i++)
		fds[i].revents = 0;
	if (ppoll(fds, n, timeout_ns < 0 ? NULL : &ts, &while_waiting) < 0 && errno != EINTR)
		die("cannot poll: %s", strerror(errno));
	return over ? -1 : 0;
}

void tool_child(pid_t parent)
{
	signal(SIGTERM, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	sigprocmask(SIG_SETMASK, &while_waiting, NULL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(0); /* the parent ended before prctl could take effect */
}
