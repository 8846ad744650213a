/* SPDX-License-Identifier: Apache-2.0 */
/* migrate-api, and plan --migrate-api, which is its rehearsal. */
#ifndef CMD_MIGRATE_API_H
#define CMD_MIGRATE_API_H

#include "run/run.h"

/* Everything that migrate-api looks at before it begins, and nothing is written. */
CHECKED int migrate_api_rehearse(struct ctx *ctx, struct err *e);

#endif
