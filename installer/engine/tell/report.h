/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a run found, planned, did and read, in one struct for all renderers. The struct borrows
 * everything from the run.
 */
#ifndef ENGINE_TELL_REPORT_H
#define ENGINE_TELL_REPORT_H

#include "base/out.h"
#include "engine/judge/plan.h"
#include "engine/judge/readiness.h"
#include "engine/look/check.h"

struct source;
struct preflight;
struct preflight_kind;
struct preflight_row;

struct report {
	const char *datastore; /* "etcdv3"; NULL: kubernetes */
	const struct source *source; /* NULL: none was chosen */
	const struct plan *plan; /* NULL: the run did not get there */
	/* plan of admission policies; NULL: none, or the run did not get there */
	const struct plan *policy_plan;
	const struct check *check; /* NULL: the run did not get there */
	const struct readiness *readiness; /* NULL: not judged */
	enum readiness_verdict asked; /* the verdict that the run had to reach */
	const struct preflight *preflight; /* NULL: objects were not looked at */
	/* CRDs that the release does not have; NULL: the run did not get there */
	const struct prune *prune;
	const char *policies; /* "in effect", "not in effect"; NULL: not known, or not looked at */
	const char *backup; /* the backup made before the writes; NULL: none */
	const char *mismatch; /* how the CRDs and ClusterInformation disagree; NULL: they agree */
	/* why the server's dry run did not decide; NULL: the dry run decided */
	const char *not_judged;
	const struct err *unread; /* the first side read that failed; NULL or zero: none */
	bool writes; /* the run should write, not only plan */
	bool failed; /* the run ended with an error */
	bool offline; /* no cluster was asked */
	double seconds;
	const char *look, *act; /* commands that repeat this plan, and that apply it; NULL: none */
	bool details; /* show every schema change and finding */
	const char *const *only; /* details only of these CRDs, by plural or name */
	size_t n_only; /* 0: details of all CRDs */
};

/* What a plan means for the owners of objects. */
enum report_safety {
	REPORT_LOSES, /* objects lose data, or nobody can write them any more */
	REPORT_UNREAD, /* some objects were not read */
	REPORT_BLOCKED, /* blocked for other reasons */
	REPORT_UNKNOWN, /* the run ended before it looked at the objects */
	REPORT_NOTHING, /* there is nothing to do */
	REPORT_SAFE
};
enum report_safety report_safety(const struct report *r);
void report_safety_text(struct buf *text, const struct report *r);

/* True: the run changed something; for a plan: the run would change something. */
bool report_changed(const struct report *r);
/* plan.c: the first screen, and what to run next */
void report_plan_text(struct out *out, const struct report *r);
/* markdown.c: the same, for a pull request */
void report_plan_markdown(struct buf *out, const struct report *r);
/* ERR_USAGE when the plan lacks a CRD of r->only. */
CHECKED int report_check_only(const struct report *r, struct err *e);
/* details.c: each schema change, with its consequence */
void report_details_text(struct out *out, const struct report *r);
/* objects.c: what happens to stored objects; nothing when none were looked at */
void report_objects_text(struct out *out, const struct report *r);
void report_losses_text(struct out *out, const struct report *r); /* only accepted losses */
void report_objects_json(json_t *json, const struct report *r);
void report_apply_text(struct out *out, const struct report *r); /* lines in the form of kubectl */
/* policies.c: the admission policies, after the CRDs; nothing when the source has none */
void report_policies_text(struct out *out, const struct report *r);
void report_policies_apply_text(struct out *out, const struct report *r);
json_t *report_policies_json(const struct report *r);
/* Adds to the JSON of an item its outcome and its error, where the item has one. */
void report_put_outcome(json_t *json, const struct plan_item *item);
size_t report_policies_pending(const struct report *r); /* to create or to update */
size_t report_policies_blocked(const struct report *r);
/* nothing when r->prune has none */
void report_prune_text(struct out *out, const struct report *r);
void report_check_text(struct out *out, const struct report *r); /* one line for each read */
/* One line for each object that Calico needs and that does not exist. */
void report_missing_text(struct buf *out, const struct report *r);
/*
 * readiness.c: one line for each missing thing. readiness_words: verdicts as "readable, not ready".
 */
void readiness_text(
	struct buf *out, const struct readiness *r, enum readiness_verdict asked, size_t width);
void readiness_words(struct buf *out, const struct readiness *r);
/* Adds ready, initialised and missing. readiness_verdicts_json also adds all three verdicts. */
void readiness_json(json_t *json, const struct readiness *r);
void readiness_verdicts_json(json_t *json, const struct readiness *r);
/* The whole run in one line, for summaries; nothing when the run ended too early. */
void report_verdict(struct buf *out, const struct report *r);
json_t *report_json(const struct report *r); /* a new object: the whole report without its head */

/* Only for engine/tell */

const char *report_outcome(const struct plan_item *item); /* "created", "pending" */
/* Text for a cell of a Markdown table: escapes what would end the cell or count as markup. */
void report_cell(struct buf *out, const char *text);
/* Wraps text at 80 columns. first comes before it; further lines are indented by its width. */
void report_wrapped(struct out *out, enum out_style style, const char *first, const char *text);
/* "ippools", or the whole name when two CRDs of the plan have this plural. */
const char *report_crd_name(const struct report *r, const struct plan_item *item);
const struct preflight_kind *report_kind(const struct report *r, const struct plan_item *item);
void report_kind_text(struct buf *line, const struct preflight_kind *k); /* "4 objects, ..." */
bool report_is_wanted(const struct report *r, const struct plan_item *item); /* by r->only */
char *report_readable(const char *path); /* "v1 .spec.cidr type" */
/* "blocking", "limits", "not read", "no object", "safe" */
const char *report_consequence(
	const struct report *r, const struct plan_item *item, const struct compat_change *c);

#define CRD_RESOURCE "customresourcedefinition.apiextensions.k8s.io"

#endif
