/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One piece of work in many processes. Each process is forked and runs a function; the function's
 * result is its exit code. What a process writes to standard output is collected. No process
 * outlives the caller: a signal is passed on, and at the deadline the rest is killed. Standard
 * error is shared. The caller owns the array and releases each element.
 */
#ifndef BASE_CHILDREN_H
#define BASE_CHILDREN_H

#include <sys/types.h>

#include "base/buf.h"

enum {
	CHILDREN_MAX_OUTPUT = 64 << 20, /* bytes that one process may write */
	/* milliseconds from the deadline, or a signal, until the rest is killed */
	CHILDREN_GRACE_MS = 500,
};

struct child {
	struct buf out;
	int code; /* exit code, or 128 + number of the signal that ended the process */
	bool killed; /* the process did not end in time, or wrote too much */
	double seconds;

	pid_t pid; /* 0: not running; only children.c uses what follows */
	int fd;
	int64_t started;
};

/*
 * Runs at most parallel processes at a time. deadline is a now_ms() time; the work itself should
 * keep it, too. ended is called as each process ends. -1 with ERR_SIGNAL after a signal, when all
 * have ended; a process that never ran has code -1.
 */
CHECKED int children_run(struct child *children, size_t n, size_t parallel, int64_t deadline,
	int (*work)(void *arg, size_t i), void (*ended)(void *arg, size_t i), void *arg,
	struct err *e);
void children_release(struct child *children, size_t n);

#endif
