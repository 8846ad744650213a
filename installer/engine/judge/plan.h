/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What must be done, and why. Pure: the result depends only on what is wanted and what was
 * observed, without I/O. The plan owns its items and holds references to the CRDs in them.
 */
#ifndef ENGINE_JUDGE_PLAN_H
#define ENGINE_JUDGE_PLAN_H

#include <jansson.h>

#include "base/buf.h"
#include "engine/judge/compat.h"
#include "manifest/policy.h"
#include "manifest/surface.h"

/* KEPT: the CRD differs but is not changed, because other projects use it (owner_shares_group). */
enum plan_verdict { PLAN_UNCHANGED, PLAN_CREATE, PLAN_UPDATE, PLAN_BLOCKED, PLAN_KEPT };

/* The result of an item in a run that writes. */
enum plan_outcome {
	OUTCOME_NONE,
	OUTCOME_CREATED,
	OUTCOME_CONFIGURED,
	OUTCOME_UNCHANGED,
	OUTCOME_FAILED
};

/* Where an object is on the server. check verifies its answers, in addition to kube/answer.c. */
struct plan_resource {
	const char *group, *version, *plural;
	int (*check)(const json_t *object, struct err *e);
};

struct plan_item {
	const char *name; /* name of the object; borrowed from desired */
	struct plan_resource at;
	const struct policy_kind *policy; /* an admission policy or a binding; NULL: a CRD */
	json_t *desired;
	json_t *live; /* NULL: it does not exist */
	json_t *target; /* what to write for CREATE and UPDATE; NULL otherwise */
	enum plan_verdict verdict;
	json_t *reasons; /* strings: why it is blocked or kept */
	bool by_objects; /* the last reason comes from its objects */
	json_t *changes; /* from crd_diff, when the CRD differs */
	struct compat compat; /* what these changes mean for users of the CRD */
	bool judged; /* the server's dry run confirmed the verdict */
	bool hidden; /* an API server answers for its group, so the CRD is not served yet */

	enum plan_outcome outcome;
	bool served; /* discovery lists it */
	struct err err;
};

struct plan {
	struct plan_item *items; /* sorted by name */
	size_t n;
};

/* Called on progress: n of total items are done. */
typedef void plan_progress(void *arg, size_t n, size_t total);

/* What a cluster lacks without the admission policies, and what the API server needs for them. */
#define POLICY_COST \
	"without them, policies that kubectl writes get no spec.types and no label " \
	"projectcalico.org/tier; the built-in tiers can be deleted; the tigera operator does " \
	"not take projectcalico.org/v3. Kubernetes 1.36 has MutatingAdmissionPolicies on. " \
	"Before that, the API server needs --feature-gates=MutatingAdmissionPolicy=true, and in " \
	"--runtime-config admissionregistration.k8s.io/v1beta1=true (1.34 and 1.35) or " \
	"v1alpha1=true (1.32 and 1.33)"

/* Which admission policies the API server serves; borrows everything. */
struct policy_api {
	const char *mutating, *validating; /* the served version, such as "v1beta1"; NULL: none */
	const char *inert; /* why served policies have no effect; NULL: they have */
};

struct plan_options {
	bool prose; /* also write when only descriptions differ */
	bool allow_downgrade; /* allow an older release than the one on the server */
	bool take_over; /* take CRDs over from any other manager */
	/* needed to find the older release; NULL: nobody can say */
	const struct surfaces *surfaces;
	/* the CRDs on the server are newer than this release; NULL: they are not */
	const char *newer;
	bool operator_manages; /* a tigera operator runs that writes the CRDs itself */
	const char *api_server; /* the API server for projectcalico.org/v3; NULL: none */
	const char *locked; /* why nobody may write the datastore now; NULL: writing is allowed */
	const char *kubernetes; /* version of the server, in the server's form; NULL: not known */
	bool only_v3; /* the cluster has CRDs of projectcalico.org/v3 and none of the v1 group */
	const json_t *held; /* CRD name -> which objects hold a CRD under deletion, as text */
	const struct policy_api *policies; /* for a plan of admission policies */
};

/*
 * desired: CRDs sorted by name. live: CRD name -> live CRD. served: group -> array of the
 * APIResource objects (name, singularName, kind, shortNames) that the server serves.
 */
void plan_make(struct plan *p, const json_t *desired, const json_t *live, const json_t *served,
	const struct plan_options *options);
/*
 * The same for admission policies from policy_set. live: key -> policy. options->policies says in
 * which version each policy is written, and why it would have no effect.
 */
void plan_make_policies(struct plan *p, const json_t *desired, const json_t *live,
	const struct plan_options *options);
/* Copies what another plan wants, as if the server had nothing of it. */
void plan_copy_wanted(struct plan *to, const struct plan *from);
/* Plans one item again with live, read again (NULL: deleted). Keeps its outcome. */
void plan_again(struct plan_item *item, json_t *live, const struct plan_options *options);
/*
 * Takes the server's answer to the dry run of a CREATE or UPDATE. The answer may show that nothing
 * changes.
 */
void plan_judge(struct plan_item *item, const json_t *answer, const struct plan_options *options);
void plan_block(struct plan_item *item, const char *reason, ...) PRINTF(2, 3);
void plan_release(struct plan *p);

/* What the server must serve after the run: the wanted or the kept CRD. Borrowed. */
const json_t *plan_expected(const struct plan_item *item);
bool plan_is_breaking(const struct plan *p); /* at least one update is breaking (compat.h) */
size_t plan_count(const struct plan *p, enum plan_verdict verdict);
const char *plan_verdict_name(enum plan_verdict verdict);
const char *plan_outcome_name(enum plan_outcome outcome);

#define plan_auto __attribute__((cleanup(plan_release))) struct plan

#endif
