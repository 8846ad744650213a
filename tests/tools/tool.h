/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shared by the test servers: a free loopback port, whose number they write to a file, and the end
 * of the server. A server ends with SIGTERM or after its lifetime, whatever happens to the test
 * that started it.
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
/* Readers see the whole text or no file, because the file is renamed into place. */
void write_file_atomically(const char *path, const char *text);

/*
 * From now on SIGTERM, SIGINT and the end of the lifetime are blocked. They take effect only while
 * tool_poll waits.
 */
void tool_live(long long lifetime_s);
/* Calls ppoll; -1: the tool must end. timeout_ns below 0: no time-out. */
struct pollfd;
CHECKED int tool_poll(struct pollfd *fds, size_t n, int64_t timeout_ns);
/* Call it in a forked child: the child dies with its parent and has default signals. */
void tool_child(pid_t parent);

#endif
