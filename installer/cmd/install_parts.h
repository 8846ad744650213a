/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the files of install, rollback and plan. */
#ifndef CMD_INSTALL_PARTS_H
#define CMD_INSTALL_PARTS_H

#include "engine/act/prune.h"
#include "engine/look/objects.h"
#include "engine/look/observe.h"
#include "engine/look/policies.h"
#include "engine/look/readiness.h"
#include "engine/tell/report.h"
#include "run/run.h"

/* Everything that one run owns, until the report is written. */
struct run {
	struct ctx *ctx;
	struct catalog catalog;
	struct surfaces surfaces;
	struct source source;
	/* surface of the source's release; NULL: the source is no release */
	const struct surface *surface;
	struct observed seen;
	struct plan_options options;
	struct plan plan;
	struct policies_seen policies; /* the policies of the source that are on the server */
	struct plan policy_plan;
	struct check probe; /* whether the policies are in effect; the other fields are not used */
	struct preflight preflight;
	/* later objects: judged right before the write, and after it */
	struct preflight before, after;
	struct prune prune;
	struct check check;
	struct readiness readiness;
	char *backup; /* path of the backup; NULL: none was written */
	char *backup_dir; /* directory in which this run creates a file */
	char *look, *act; /* commands for the report */
	struct buf fix; /* corrected objects */
	struct err forbidden; /* why the server could not judge the plan: missing rights */
	char *newer; /* "newer than v3.32.1, ...": about the live CRDs; NULL: not newer */
	struct report report;
};

/* Reads the source and the server's state: source, surface, seen and newer. */
CHECKED int install_look(struct run *r, struct err *e);
/* Prints the result of the run; rc: its return code. */
void install_put_text(struct run *r, int rc);
/* Loads the CRDs that a backup saved. */
CHECKED int install_from_backup(
	const struct ctx *ctx, const char *path, struct source *s, struct err *e);
/* plan --from A --to B: makes the plan, and judges the objects of a backup, without a cluster. */
CHECKED int install_rehearse(struct run *r, struct err *e);
/* Runs the command plan with the options and operands of ctx. */
CHECKED int install_plan(struct ctx *ctx, struct err *e);
/* ERR_BLOCKED names the first blocked item. noun is for the items: "CRDs". */
CHECKED int install_refuse_blocked(const struct plan *p, const char *noun, struct err *e);
/* Right before the write: objects that were created or changed since the look can block, too. */
CHECKED int install_look_before(struct run *r, struct err *e);
/* After the write: bad objects of the last moment are an error, and are named. */
CHECKED int install_look_after(struct run *r, struct err *e);

#endif
