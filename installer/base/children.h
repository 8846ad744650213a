/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One piece of work in many processes: each is forked, runs a function whose result is its exit
 * code, and what it writes to standard output is collected. None outlives the caller: a signal is
 * passed on, and what is left at the deadline is killed. Standard error is shared. The caller owns
 * the array and releases each element.
 */
#ifndef BASE_CHILDREN_H
#define BASE_CHILDREN_H

#include <sys/types.h>

#include "base/buf.h"

enum {
	CHILDREN_MAX_OUTPUT = 64 << 20, /* bytes that one may write */
	CHILDREN_GRACE_MS = 500, /* after the deadline, or a signal, until they are killed */
};

struct child {
	struct buf out;
	int code; /* exit code, 128 + number of the signal that ended it */
	bool killed; /* it did not end in time, or wrote too much */
	double seconds;

	pid_t pid; /* 0: not running; the rest is children.c's own */
	int fd;
	int64_t started;
};

/*
 * At most parallel at a time; deadline is a now_ms() time that the work itself should keep, too.
 * ended is called for each as it ends. -1 with ERR_SIGNAL after a signal, when all have ended;
 * those that never ran have code -1.
 */
CHECKED int children_run(struct child *children, size_t n, size_t parallel, int64_t deadline,
	int (*work)(void *arg, size_t i), void (*ended)(void *arg, size_t i), void *arg,
	struct err *e);
void children_release(struct child *children, size_t n);

#endif
