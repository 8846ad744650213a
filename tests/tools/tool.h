/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the test servers share: a loopback port of their own, told through a file, and a life that
 * ends with SIGTERM or after a bounded time, whatever happens to the test that started them.
 */
#ifndef TESTS_LIB_TOOL_H
#define TESTS_LIB_TOOL_H

#include <netinet/in.h>

#include "base/util.h"

/* Prints "PROGRAM: text" and exits 2. */
void die(const char *fmt, ...) PRINTF(1, 2) __attribute__((noreturn));

long long parse_number(const char *what, const char *text, long long min, long long max);
/* "HOST:PORT" with a numeric IPv4 host. */
struct sockaddr_in parse_address(const char *text);

int listen_loopback(int *port); /* close-on-exec; the kernel chooses the port */
/* Readers see the whole text or no file: it is renamed into place. */
void write_file_atomically(const char *path, const char *text);

/*
 * SIGTERM, SIGINT and the end of the lifetime are blocked from here on and only come through while
 * tool_poll waits.
 */
void tool_live(long long lifetime_s);
/* ppoll; -1 once the tool should end. timeout_ns below 0: none. */
struct pollfd;
CHECKED int tool_poll(struct pollfd *fds, size_t n, int64_t timeout_ns);
/* In a forked child: dies with its parent, default signals. */
void tool_child(pid_t parent);

#endif
