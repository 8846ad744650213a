/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A child process that answers on its standard output: no shell, no descriptor of ours but the
 * three streams, a process group of its own that ends with it. What it says on standard error
 * comes line by line, without control characters.
 */
#ifndef BASE_PROCESS_H
#define BASE_PROCESS_H

#include "base/buf.h"

struct process {
	const char *program; /* a path; process_find looks a name up */
	char *const *argv, *const *envp; /* closed by NULL */
	bool interactive; /* gets standard input and the terminal in the foreground */
	int64_t deadline; /* now_ms(); it is killed then */
	void (*line)(void *arg, const char *line); /* of standard error; NULL: nobody listens */
	void *arg;
	struct buf last; /* out: the end of what it said on standard error; the caller's */
};

/*
 * Runs it to its end; out->max limits its output. *status is what waitpid says. -1: it cannot be
 * started (ERR_IO, errno), says too much (ERR_FORMAT), takes too long (ERR_TIMEOUT), or the run was
 * interrupted (ERR_SIGNAL). Its whole group has been killed then, and also when it ended by itself.
 */
CHECKED int process_run(struct process *p, struct buf *out, int *status, struct err *e);

/* Can a child have the terminal: standard input is one, and it is ours now. */
bool process_terminal(void);
/* The path of a program by PATH, relative directories left out; NULL: there is none. */
char *process_find(const char *name);

#endif
