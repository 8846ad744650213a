/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SIGINT and SIGTERM end waits and reads early, so that a run can report what it did. The first
 * one is remembered, a second one kills. Process-wide, as signals are.
 */
#ifndef BASE_SIGNALS_H
#define BASE_SIGNALS_H

#include "base/err.h"

/* SIGINT, SIGTERM, SIGHUP; SIGPIPE and SIGXFSZ become errors of write(). */
void signals_catch(void);
int signals_fd(void); /* readable once a signal came; -1 before signals_catch */
/* -1 with ERR_SIGNAL once a signal came. */
CHECKED int signals_check(struct err *e);

#endif
