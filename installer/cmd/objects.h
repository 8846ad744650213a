/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands that write objects have in common: create, apply, replace, delete, diff. */
#ifndef CMD_OBJECTS_H
#define CMD_OBJECTS_H

#include "calico/write/input.h"
#include "engine/act/objects.h"
#include "engine/judge/fit.h"
#include "manifest/source.h"
#include "run/run.h"

/* What calicoctl's scripts pass, and what every one of these commands takes. */
#define OBJECT_OPTIONS \
	"file filename recursive skip-empty namespace release allow-version-mismatch " \
	"ignore-lock keep-going output quiet " CLUSTER_OPTIONS " help"

struct objects_run {
	struct ctx *ctx;
	enum objects_verb verb;
	const char *word, *done; /* "create", "created" */
	bool only_plan, shows_changes; /* diff: nothing is written */
	struct write_input input;
	struct objects objects;
	struct source crds; /* of the release, where no API server judges objects */
	struct fit fit;
	size_t own; /* items of the input; behind them are those that the run adds */
	struct buf faults; /* of what is no item: a line each */
	size_t n, n_faults; /* objects of the input; those that are no item */
	bool written; /* the writes have begun */
};

/* Opens the datastore and finds out its conventions. */
CHECKED int objects_run_open(struct objects_run *r, struct err *e);
/* The files of -f, filled in and judged: an item each. */
CHECKED int objects_run_read(struct objects_run *r, struct err *e);
/* An object to delete by its kind and name. */
CHECKED int objects_run_name(
	struct objects_run *r, const struct calico_kind *kind, const char *name, struct err *e);
/* Plans, judges, writes, reads back, reports. */
CHECKED int objects_run_carry_out(struct objects_run *r, struct err *e);
void objects_run_release(struct objects_run *r);

#endif
