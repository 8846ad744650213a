/* SPDX-License-Identifier: Apache-2.0 */
/* migrate-api, and plan --migrate-api, its rehearsal. */
#ifndef CMD_MIGRATE_API_H
#define CMD_MIGRATE_API_H

#include "run/run.h"

/* Looks at everything that migrate-api checks before it begins. Writes nothing. */
CHECKED int migrate_api_rehearse(struct ctx *ctx, struct err *e);

#endif
