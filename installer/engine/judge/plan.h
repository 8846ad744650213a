/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What has to be done, and why: a pure function of what is wanted and what was observed. No I/O
 * happens here. The plan owns its items and holds references to the CRDs they came from.
 */
#ifndef ENGINE_JUDGE_PLAN_H
#define ENGINE_JUDGE_PLAN_H

#include <jansson.h>

#include "base/buf.h"
#include "engine/judge/compat.h"
#include "manifest/policy.h"
#include "manifest/surface.h"

/* KEPT: it differs, and is left alone, since others share it (owner_shares_group). */
enum plan_verdict { PLAN_UNCHANGED, PLAN_CREATE, PLAN_UPDATE, PLAN_BLOCKED, PLAN_KEPT };

/* What became of an item in a run that writes. */
enum plan_outcome {
	OUTCOME_NONE,
	OUTCOME_CREATED,
	OUTCOME_CONFIGURED,
	OUTCOME_UNCHANGED,
	OUTCOME_FAILED
};

/* Where an object is on the server; check is what its answers must be beyond kube/answer.c. */
struct plan_resource {
	const char *group, *version, *plural;
	int (*check)(const json_t *object, struct err *e);
};

struct plan_item {
	const char *name; /* the object's; borrowed from desired */
	struct plan_resource at;
	const struct policy_kind *policy; /* an admission policy or a binding; NULL: a CRD */
	json_t *desired;
	json_t *live; /* NULL: there is none */
	json_t *target; /* what to write for CREATE and UPDATE; NULL otherwise */
	enum plan_verdict verdict;
	json_t *reasons; /* strings: why it is blocked or kept */
	bool by_objects; /* the last reason is what becomes of its objects */
	json_t *changes; /* as crd_diff gives them, when it differs */
	struct compat compat; /* what these mean for those who use it */
	bool judged; /* the server's dry run has confirmed the verdict */
	bool hidden; /* an API server answers for its group, so the CRD serves nothing yet */

	enum plan_outcome outcome;
	bool served; /* discovery lists it */
	struct err err;
};

struct plan {
	struct plan_item *items; /* sorted by name */
	size_t n;
};

/* Called when anything moved: n of total items are done. */
typedef void plan_progress(void *arg, size_t n, size_t total);

/* What a cluster lacks without the admission policies, and what the API server needs for them. */
#define POLICY_COST \
	"without them, policies that kubectl writes get no spec.types and no label " \
	"projectcalico.org/tier; the built-in tiers can be deleted; the tigera operator does " \
	"not take projectcalico.org/v3. Kubernetes 1.36 has MutatingAdmissionPolicies on. " \
	"Before that, the API server needs --feature-gates=MutatingAdmissionPolicy=true, and in " \
	"--runtime-config admissionregistration.k8s.io/v1beta1=true (1.34 and 1.35) or " \
	"v1alpha1=true (1.32 and 1.33)"

/* What the API server serves of admission policies; all of it borrowed. */
struct policy_api {
	const char *mutating, *validating; /* the version, such as "v1beta1"; NULL: none */
	const char *inert; /* why policies have no effect although they are served; NULL */
};

struct plan_options {
	bool prose; /* a difference in prose is a reason to write */
	bool allow_downgrade; /* an older release than what is there may be installed */
	bool take_over; /* from whoever else manages a CRD */
	const struct surfaces *surfaces; /* to tell older from newer; NULL: nobody can */
	const char *newer; /* the CRDs on the server are: than which release; NULL: they are not */
	bool operator_manages; /* a tigera operator runs that writes the CRDs by itself */
	const char *api_server; /* that answers for projectcalico.org/v3; NULL: none */
	const char *locked; /* why nobody may write the datastore now; NULL: nothing forbids it */
	const char *kubernetes; /* the server's version, as it writes it; NULL: not known */
	bool only_v3; /* CRDs of projectcalico.org/v3 are there, and none of the v1 group */
	const json_t *held; /* what objects keep a CRD that is being deleted: CRD name -> text */
	const struct policy_api *policies; /* for a plan of admission policies */
};

/*
 * desired: CRDs sorted by name. live: an object CRD name -> live CRD. served: an object group ->
 * array of APIResource objects (name, singularName, kind, shortNames) that the server serves in it.
 */
void plan_make(struct plan *p, const json_t *desired, const json_t *live, const json_t *served,
	const struct plan_options *options);
/*
 * The same for admission policies, as policy_set gives them; live: an object key -> policy.
 * options->policies says in which version each is written, and why it would have no effect.
 */
void plan_make_policies(struct plan *p, const json_t *desired, const json_t *live,
	const struct plan_options *options);
/* What is wanted of another plan, as if nothing of it were there. */
void plan_copy_wanted(struct plan *to, const struct plan *from);
/* One item anew, after live (NULL: gone) was observed again; the outcome so far is kept. */
void plan_again(struct plan_item *item, json_t *live, const struct plan_options *options);
/* The server's answer to the dry run of a CREATE or UPDATE; it may turn out to change nothing. */
void plan_judge(struct plan_item *item, const json_t *answer, const struct plan_options *options);
void plan_block(struct plan_item *item, const char *reason, ...) PRINTF(2, 3);
void plan_release(struct plan *p);

/* What the server is to serve afterwards: what is wanted, or what is kept. Borrowed. */
const json_t *plan_expected(const struct plan_item *item);
bool plan_is_breaking(const struct plan *p); /* an update of it is (compat.h) */
size_t plan_count(const struct plan *p, enum plan_verdict verdict);
const char *plan_verdict_name(enum plan_verdict verdict);
const char *plan_outcome_name(enum plan_outcome outcome);

#define plan_auto __attribute__((cleanup(plan_release))) struct plan

#endif
