/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the commands that write objects: create, apply, replace, delete, diff. */
#ifndef CMD_OBJECTS_H
#define CMD_OBJECTS_H

#include "calico/write/input.h"
#include "engine/act/objects.h"
#include "engine/judge/fit.h"
#include "manifest/source.h"
#include "run/run.h"

/* Options that scripts for calicoctl pass, and options of all these commands. */
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
	struct source crds; /* the release's CRDs, when no API server judges objects */
	struct fit fit;
	size_t own; /* items of the input; the items after them are added by the run */
	struct buf faults; /* one line for each object that is no item */
	size_t n, n_faults; /* objects of the input; objects that are no item */
	bool written; /* the run has begun to write */
};

/* Opens the datastore and finds its conventions. */
CHECKED int objects_run_open(struct objects_run *r, struct err *e);
/* Reads the files of -f: fills in defaults and judges the objects, one item for each. */
CHECKED int objects_run_read(struct objects_run *r, struct err *e);
/* Adds an object to delete, by its kind and name. */
CHECKED int objects_run_name(
	struct objects_run *r, const struct calico_kind *kind, const char *name, struct err *e);
/* Plans, judges, writes, reads again, reports. */
CHECKED int objects_run_carry_out(struct objects_run *r, struct err *e);
void objects_run_release(struct objects_run *r);

#endif
