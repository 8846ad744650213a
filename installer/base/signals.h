/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What ends a run early: SIGINT, SIGTERM, and the deadline. Waits, reads and long loops look at
 * them, so that the run can report what it did. The first signal is remembered, a second one kills.
 * Process-wide, as signals are.
 */
#ifndef BASE_SIGNALS_H
#define BASE_SIGNALS_H

#include "base/err.h"

/* SIGINT, SIGTERM, SIGHUP; SIGPIPE and SIGXFSZ become errors of write(). */
void signals_catch(void);
int signals_fd(void); /* readable once a signal came; -1 before signals_catch */
/* -1 with ERR_SIGNAL once a signal came. */
CHECKED int signals_check(struct err *e);

/* The now_ms() time at which the run has to end; before this call there is none. */
void stop_set_deadline(int64_t at);
bool stop_wanted(void); /* a signal came, or the deadline has passed */
/* -1 with ERR_SIGNAL or ERR_TIMEOUT when stop_wanted is true; what: what the run was doing. */
CHECKED int stop_check(const char *what, struct err *e);
/* Waits until the descriptor can be read; -1 as stop_check. */
CHECKED int stop_wait(int fd, const char *what, struct err *e);

#endif
