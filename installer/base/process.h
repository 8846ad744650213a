/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A child process that answers on standard output. No shell; the child gets no descriptor but the
 * three streams. Its process group ends with it. What it writes to standard error comes line by
 * line, without control characters.
 */
#ifndef BASE_PROCESS_H
#define BASE_PROCESS_H

#include "base/buf.h"

struct process {
	const char *program; /* a path; process_find looks a name up */
	char *const *argv, *const *envp; /* closed by NULL */
	bool interactive; /* the child gets standard input, and the terminal in the foreground */
	int64_t deadline; /* a now_ms() time; then the child is killed */
	/* takes lines of standard error; NULL: nobody does */
	void (*line)(void *arg, const char *line);
	void *arg;
	struct buf last; /* result: the last lines of its standard error; the caller's */
};

/*
 * Runs the child to its end; out->max limits its output. *status is that of waitpid. -1: the child
 * cannot be started (ERR_IO, errno), writes too much (ERR_FORMAT), takes too long (ERR_TIMEOUT), or
 * the run was interrupted (ERR_SIGNAL); then its whole group is killed. When the child ends by
 * itself, the rest of its group is killed, too.
 */
CHECKED int process_run(struct process *p, struct buf *out, int *status, struct err *e);

/* Whether a child can have the terminal: standard input is one, and we have it now. */
bool process_terminal(void);
/* Finds a program by PATH, without relative directories. NULL: there is none. */
char *process_find(const char *name);

#endif
