/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by bootstrap and install --initialise. */
#ifndef CMD_BOOTSTRAP_H
#define CMD_BOOTSTRAP_H

#include "cmd/commands.h"

/* objects: the file or directory of -f; NULL: none. */
CHECKED int bootstrap_run(struct ctx *ctx, const char *objects, struct err *e);

#endif
