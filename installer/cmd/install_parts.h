/* SPDX-License-Identifier: Apache-2.0 */
/* install, rollback and plan: what their files share. */
#ifndef CMD_INSTALL_PARTS_H
#define CMD_INSTALL_PARTS_H

#include "engine/act/prune.h"
#include "engine/look/objects.h"
#include "engine/look/observe.h"
#include "engine/look/policies.h"
#include "engine/look/readiness.h"
#include "engine/tell/report.h"
#include "run/run.h"

/* Everything that one run holds; all of it lives until the report is written. */
struct run {
	struct ctx *ctx;
	struct catalog catalog;
	struct surfaces surfaces;
	struct source source;
	const struct surface *surface; /* of the release that the source is; NULL: it is none */
	struct observed seen;
	struct plan_options options;
	struct plan plan;
	struct policies_seen policies; /* on the server, of the source's */
	struct plan policy_plan;
	struct check probe; /* whether they are in effect; the rest of it is not used */
	struct preflight preflight;
	struct preflight before, after; /* what came since, looked at around the write */
	struct prune prune;
	struct check check;
	struct readiness readiness;
	char *backup; /* the file that was written; NULL: none was needed */
	char *backup_dir; /* where this run makes a file */
	char *look, *act; /* commands for the report */
	struct buf fix; /* corrected objects */
	struct err forbidden; /* why the server could not judge the plan */
	char *newer; /* "newer than v3.32.1, ...": the CRDs on the server; NULL: they are not */
	struct report report;
};

/* What is wanted, and what is there: source, surface, seen and newer. */
CHECKED int install_look(struct run *r, struct err *e);
/* What the run came to; rc: how it ended. */
void install_put_text(struct run *r, int rc);
/* The CRDs as they were when the backup was made. */
CHECKED int install_from_backup(
	const struct ctx *ctx, const char *path, struct source *s, struct err *e);
/* plan --from A --to B: makes the plan, and judges the objects of a backup, without a cluster. */
CHECKED int install_rehearse(struct run *r, struct err *e);
/* The command plan, by the options and operands of the context. */
CHECKED int install_plan(struct ctx *ctx, struct err *e);
/* ERR_BLOCKED names the first item that is; noun: what the items are, "CRDs". */
CHECKED int install_refuse_blocked(const struct plan *p, const char *noun, struct err *e);
/* Right before the write: what came or changed since the look blocks as well. */
CHECKED int install_look_before(struct run *r, struct err *e);
/* After it: what came in the last moment is no success, and is named. */
CHECKED int install_look_after(struct run *r, struct err *e);

#endif
