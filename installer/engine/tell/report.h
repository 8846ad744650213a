/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a run found, planned, did and read, as one struct with two renderers. Everything in it is
 * borrowed from the run.
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
	const struct plan *plan; /* NULL: not reached */
	const struct plan *policy_plan; /* of admission policies; NULL: not reached, or none */
	const struct check *check; /* NULL: not reached */
	const struct readiness *readiness; /* NULL: not judged */
	enum readiness_verdict asked; /* which of its verdicts the run had to reach */
	const struct preflight *preflight; /* NULL: objects were not looked at */
	const struct prune *prune; /* CRDs that the release does not have; NULL: not reached */
	const char *policies; /* "in effect", "not in effect"; NULL: not looked at, or not known */
	const char *backup; /* the file that was written before; NULL: none */
	const char *mismatch; /* how the CRDs and ClusterInformation disagree; NULL: they do not */
	const char *not_judged; /* why the server's dry run did not decide; NULL: it did */
	const struct err *unread; /* the first neighbour that could not be read; NULL, zero: none */
	bool writes; /* the run was to write, not only to plan */
	bool failed; /* the run ended with an error */
	bool offline; /* no cluster was asked */
	double seconds;
	const char *look, *act; /* commands: this plan again, and what carries it out; NULL: none */
	bool details; /* every schema change and finding */
	const char *const *only; /* of these CRDs, by plural or name */
	size_t n_only; /* 0: of all */
};

/* What a plan comes to for those who have objects. */
enum report_safety {
	REPORT_LOSES, /* objects lose data, or cannot be written any more */
	REPORT_UNREAD, /* some objects were not read */
	REPORT_BLOCKED, /* for other reasons */
	REPORT_UNKNOWN, /* the run ended before they were looked at */
	REPORT_NOTHING, /* there is nothing to do */
	REPORT_SAFE
};
enum report_safety report_safety(const struct report *r);
void report_safety_text(struct buf *text, const struct report *r);

/* Whether the run changed something or, when it only plans, would. */
bool report_changed(const struct report *r);
/* plan.c: the first screen, and what to run next */
void report_plan_text(struct out *out, const struct report *r);
/* markdown.c: the same for a pull request */
void report_plan_markdown(struct buf *out, const struct report *r);
/* ERR_USAGE when a CRD whose details are asked for is not in the plan. */
CHECKED int report_check_only(const struct report *r, struct err *e);
/* details.c: each schema change, by its consequence */
void report_details_text(struct out *out, const struct report *r);
/* objects.c: what becomes of stored objects; nothing when none was looked at */
void report_objects_text(struct out *out, const struct report *r);
void report_losses_text(struct out *out, const struct report *r); /* that were accepted */
void report_objects_json(json_t *json, const struct report *r);
void report_apply_text(struct out *out, const struct report *r); /* kubectl's lines */
/* policies.c: the admission policies, after the CRDs; nothing when the source has none */
void report_policies_text(struct out *out, const struct report *r);
void report_policies_apply_text(struct out *out, const struct report *r);
json_t *report_policies_json(const struct report *r);
size_t report_policies_pending(const struct report *r); /* to create or to update */
size_t report_policies_blocked(const struct report *r);
void report_prune_text(struct out *out, const struct report *r); /* nothing when there is none */
void report_check_text(struct out *out, const struct report *r); /* one line a read */
/* One line for each object that Calico needs and does not find. */
void report_missing_text(struct buf *out, const struct report *r);
/* readiness.c: what is missing, a line each; the verdicts as "readable, not ready" */
void readiness_text(
	struct buf *out, const struct readiness *r, enum readiness_verdict asked, size_t width);
void readiness_words(struct buf *out, const struct readiness *r);
/* Adds ready, initialised and missing; the second one all three verdicts, too. */
void readiness_json(json_t *json, const struct readiness *r);
void readiness_verdicts_json(json_t *json, const struct readiness *r);
/* The whole run in a line, for summaries; nothing when it did not get far enough to say any. */
void report_verdict(struct buf *out, const struct report *r);
json_t *report_json(const struct report *r); /* all but the head: a new object */

/* For engine/tell */

const char *report_outcome(const struct plan_item *item); /* "created", "pending" */
/* Markdown in a cell of a table: what would end it, or be taken for markup, is escaped. */
void report_cell(struct buf *out, const char *text);
/* Text in 80 columns, first before it, further lines indented as far as first is wide. */
void report_wrapped(struct out *out, enum out_style style, const char *first, const char *text);
/* "ippools", or the whole name where the plan has two such plurals. */
const char *report_crd_name(const struct report *r, const struct plan_item *item);
const struct preflight_kind *report_kind(const struct report *r, const struct plan_item *item);
void report_kind_text(struct buf *line, const struct preflight_kind *k); /* "4 objects, ..." */
bool report_is_wanted(const struct report *r, const struct plan_item *item); /* r->only */
char *report_readable(const char *path); /* "v1 .spec.cidr type" */
/* "blocking", "limits", "not read", "no object", "safe" */
const char *report_consequence(
	const struct report *r, const struct plan_item *item, const struct compat_change *c);

#define CRD_RESOURCE "customresourcedefinition.apiextensions.k8s.io"

#endif
