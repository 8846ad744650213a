/* SPDX-License-Identifier: Apache-2.0 */
/* What the cluster runs, serves and locks, and what follows from that for a migration. */
#include "engine/look/api_move.h"

#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "base/json_shape.h"
#include "engine/look/crds.h"
#include "manifest/catalog.h"
#include "manifest/crd.h"

/* Namespaces of Calico: installed by the operator, and by manifest. */
static const char *const namespaces[] = { "calico-system", "kube-system" };

static const struct {
	const char *plural, *name, *what;
} parts[API_MOVE_PARTS] = {
	[API_MOVE_CONTROLLERS] = { "deployments", "calico-kube-controllers",
		"Deployment calico-kube-controllers" },
	[API_MOVE_NODE] = { "daemonsets", "calico-node", "DaemonSet calico-node" },
	[API_MOVE_TYPHA] = { "deployments", "calico-typha", "Deployment calico-typha" },
};

void api_move_add(struct api_move *m, enum api_move_state state, const char *check,
	const char *object, const char *fmt, ...)
{
	va_list ap;

	if (m->n == API_MOVE_FINDINGS) {
		m->cut++;
		return;
	}
	m->findings = xrealloc(m->findings, m->n + 1, sizeof(*m->findings));
	va_start(ap, fmt);
	m->findings[m->n++] = (struct api_move_finding){ .state = state,
		.check = check,
		.object = xstrdup_or_null(object),
		.text = xvasprintf(fmt, ap) };
	va_end(ap);
}

/* Asking */

struct asked {
	size_t mode, parts, crds;
	const struct kube_call *tigera, *version, *migration_crd;
	const struct kube_call *information[2];
};

static int check_workload(const json_t *workload, struct err *e)
{
#define POD "spec.template.spec"
	static const struct json_shape rows[] = {
		{ POD ".containers[]", "object!" },
		{ POD ".containers[].image", "string" },
		{ POD ".containers[].env[].name", "string!" },
		{ POD ".containers[].env[].value", "string" },
		{ POD ".initContainers[]", "object!" },
		{ POD ".initContainers[].env[].name", "string!" },
		{ POD ".initContainers[].env[].value", "string" },
	};

	return json_check(workload, rows, ARRAY_LEN(rows), e);
}

static int check_migration(const json_t *migration, struct err *e)
{
	static const struct json_shape rows[] = {
		{ "metadata.uid", "string" },
		{ "status.phase", "string" },
		{ "status.message", "string" },
		{ "status.startedAt", "string" },
		{ "status.conditions[]", "object!" },
		{ "status.conditions[].type", "string!" },
		{ "status.conditions[].message", "string" },
		{ "status.progress", "object" },
		{ "status.progress.typeDetails[]", "object!" },
	};

	return json_check(migration, rows, ARRAY_LEN(rows), e);
}

static const struct kube_call *ask_information(struct kube_batch *b, bool v3)
{
	return kube_batch_add(b, (struct kube_request){ .verb = KUBE_GET,
					 .group = v3 ? MODE_V3_GROUP : MODE_V1_GROUP,
					 .version = v3 ? "v3" : "v1",
					 .plural = "clusterinformations",
					 .name = "default" });
}

static void ask(struct asked *a, struct kube_batch *b, const json_t *crds)
{
	const json_t *crd;
	size_t i;

	a->mode = mode_ask(b);
	a->tigera = operator_ask(b);
	a->version = kube_batch_path(b, "/version");
	a->migration_crd = crds_ask(b, MIGRATION_CRD, NULL);
	a->information[0] = ask_information(b, false);
	a->information[1] = ask_information(b, true);
	a->parts = b->n;
	for (i = 0; i < API_MOVE_PARTS; i++)
		for (size_t k = 0; k < ARRAY_LEN(namespaces); k++)
			kube_batch_add(b, (struct kube_request){ .verb = KUBE_GET,
						  .group = "apps",
						  .version = "v1",
						  .plural = parts[i].plural,
						  .ns = namespaces[k],
						  .name = parts[i].name,
						  .check = check_workload });
	a->crds = b->n;
	json_array_foreach(crds, i, crd)
		if (strcmp(crd_group(crd), MODE_V3_GROUP) == 0)
			crds_ask(b, crd_name(crd), NULL);
}

/* Taking */

static bool is_known(const struct kube_call *call)
{
	return call->object || kube_call_not_found(call);
}

/* The container's value of CALICO_API_GROUP; NULL: it is not set. */
static const char *group_of(const json_t *container)
{
	const json_t *variable;
	const char *value = NULL;
	size_t i;

	json_array_foreach(json_object_get(container, "env"), i, variable)
		if (strcmp(json_str(variable, "name"), "CALICO_API_GROUP") == 0)
			value = json_str(variable, "value");
	return value;
}

/* Looks at the containers that use the datastore; sets mixed when their values differ. */
static void take_group(struct api_move_part *p, const json_t *containers, size_t *n, size_t *set)
{
	const json_t *container;
	size_t i;

	json_array_foreach(containers, i, container) {
		const char *name = json_str(container, "name"), *value = group_of(container);

		if (!name || !(has_prefix(name, "calico-") || strcmp(name, "install-cni") == 0))
			continue;
		if (value && !p->group)
			p->group = xstrdup(value);
		p->mixed = p->mixed || (value && strcasecmp(value, p->group) != 0);
		*n += 1;
		*set += value != NULL;
	}
}

/* "quay.io/calico/kube-controllers:v3.32.1@sha256:..." */
static char *tag_of(const char *image)
{
	const char *slash = image ? strrchr(image, '/') : NULL;
	const char *colon = image ? strchr(slash ? slash : image, ':') : NULL;

	if (!colon || colon[1] != 'v')
		return NULL;
	return xstrndup(colon + 1, strcspn(colon + 1, "@-"));
}

static void take_part(struct api_move_part *p, const char *ns, const struct kube_call *call)
{
	const json_t *pod = json_at(call->object, "spec", "template", "spec", NULL);
	const json_t *containers = json_object_get(pod, "containers");
	size_t n = 0, set = 0;

	p->known = p->known && is_known(call);
	if (!call->object || p->ns)
		return;
	p->ns = xstrdup(ns);
	p->release = tag_of(json_str(json_array_get(containers, 0), "image"));
	take_group(p, containers, &n, &set);
	take_group(p, json_object_get(pod, "initContainers"), &n, &set);
	p->mixed = p->mixed || (set > 0 && set < n);
}

static void take_parts(struct api_move *m, struct kube_call *const *calls)
{
	for (size_t i = 0; i < API_MOVE_PARTS; i++) {
		m->parts[i] = (struct api_move_part){ .what = parts[i].what, .known = true };
		for (size_t k = 0; k < ARRAY_LEN(namespaces); k++)
			take_part(&m->parts[i], namespaces[k], *calls++);
	}
}

static void take_crds(struct api_move *m, const struct kube_batch *b, size_t at)
{
	for (size_t i = at; i < b->n; i++) {
		const json_t *live = b->calls[i]->object;
		const json_t *wanted = live ? crd_find(m->crds, crd_name(live)) : NULL;
		json_auto_t *changes = wanted ? crd_diff(live, wanted) : NULL;

		m->crds_wanted++;
		/* While an API server answers for the group, a CRD does not become Established. */
		m->crds_served += live && crd_condition_is(live, "NamesAccepted", "True");
		m->crds_differ += json_array_size(changes) > 0;
	}
}

static int read_migration(struct api_move *m, struct kube_api *api, struct err *e)
{
	kube_batch_auto b = { 0 };
	const struct kube_call *call;

	if (!m->version)
		return 0;
	call = kube_batch_add(&b, (struct kube_request){ .verb = KUBE_GET,
					  .group = MIGRATION_GROUP,
					  .version = m->version,
					  .plural = "datastoremigrations",
					  .name = MIGRATION_NAME,
					  .check = check_migration });
	if (kube_batch_run(&b, api, e) < 0)
		return -1;
	m->migration_known = is_known(call);
	m->migration = json_incref(call->object);
	return 0;
}

static int first_error(const struct kube_batch *b, struct err *e)
{
	for (size_t i = 0; i < b->n; i++)
		if (b->calls[i]->err.msg && !is_known(b->calls[i]) &&
			b->calls[i]->req.status == 0) {
			err_copy(e, &b->calls[i]->err);
			return -1;
		}
	return 0;
}

int api_move_look(struct api_move *m, struct kube_api *api, const json_t *crds,
	const json_t *policies, struct err *e)
{
	kube_batch_auto b = { 0 };
	struct asked a;

	*m = (struct api_move){ .crds = crds };
	ask(&a, &b, crds);
	if (kube_batch_run(&b, api, e) < 0 || first_error(&b, e) < 0)
		return -1;
	mode_take(&m->mode, &b, a.mode);
	operator_take(&m->tigera, a.tigera);
	m->kubernetes = xstrdup_or_null(json_str(a.version->object, "gitVersion"));
	m->migration_crd = a.migration_crd->object != NULL;
	m->migration_known = m->mode.migration.known;
	m->version = xstrdup_or_null(m->mode.migration.version);
	for (int i = 0; i < 2; i++) {
		m->information[i] = json_incref(a.information[i]->object);
		m->information_known[i] = is_known(a.information[i]);
	}
	take_parts(m, b.calls + a.parts);
	take_crds(m, &b, a.crds);
	return read_migration(m, api, e) < 0 ? -1 : policies_look(&m->policies, api, policies, e);
}

/* Answers */

const char *api_move_phase(const struct api_move *m)
{
	const char *phase = json_str(json_object_get(m->migration, "status"), "phase");

	return !m->migration ? NULL : phase && *phase ? phase : "Pending";
}

int api_move_ready(const struct api_move *m, int group)
{
	const json_t *ready = json_at(m->information[group], "spec", "datastoreReady", NULL);

	return json_is_true(ready) ? 1 : json_is_false(ready) ? 0 : -1;
}

size_t api_move_count(const struct api_move *m, enum api_move_state state)
{
	size_t n = 0;

	for (size_t i = 0; i < m->n; i++)
		n += m->findings[i].state == state;
	return n;
}

bool api_move_blocked(const struct api_move *m)
{
	return api_move_first(m) != NULL;
}

const struct api_move_finding *api_move_first(const struct api_move *m)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->findings[i].state == API_MOVE_BLOCKS ||
			m->findings[i].state == API_MOVE_UNKNOWN)
			return &m->findings[i];
	return NULL;
}

/* Judging */

static void judge_policies(struct api_move *m)
{
	const struct policy_api *served = &m->policies.api;

	if (!served->mutating)
		api_move_add(m, API_MOVE_BLOCKS, "policies", NULL,
			"the API server %s does not serve MutatingAdmissionPolicies; " POLICY_COST,
			m->kubernetes ? m->kubernetes : "of unknown version");
	else if (served->inert)
		api_move_add(m, API_MOVE_BLOCKS, "policies", NULL, "%s; " POLICY_COST,
			served->inert);
	else if (json_object_size(m->policies.live) < 6)
		api_move_add(m, API_MOVE_BLOCKS, "policies", NULL,
			"%zu of 6 admission policies of the set v3 are on the server; "
			"\"calico-datastore install --set v3\" writes them",
			json_object_size(m->policies.live));
	else
		api_move_add(m, API_MOVE_OK, "policies", NULL,
			"the 6 admission policies are stored, served as %s", served->mutating);
}

static void judge_crds(struct api_move *m)
{
	if (m->crds_served < m->crds_wanted)
		api_move_add(m, API_MOVE_BLOCKS, "crds", NULL,
			"%zu of %zu CRDs of " MODE_V3_GROUP " are on the server; "
			"\"calico-datastore install --set v3\" writes them",
			m->crds_served, m->crds_wanted);
	else
		api_move_add(m, m->crds_differ > 0 ? API_MOVE_NOTE : API_MOVE_OK, "crds", NULL,
			"the %zu CRDs of " MODE_V3_GROUP " are on the server%s", m->crds_wanted,
			m->crds_differ > 0 ? ", and some are not those of the release" : "");
}

static bool is_beta_alone(const struct api_move *m)
{
	return m->version && strcmp(m->version, "v1") != 0;
}

static void judge_controllers(struct api_move *m)
{
	const struct api_move_part *p = &m->parts[API_MOVE_CONTROLLERS];
	const char *defects = api_move_defects(p->release);
	bool old = p->release && version_compare(p->release, "v3.32.0") < 0;

	if (!p->known || (p->ns && !p->release))
		api_move_add(m, API_MOVE_UNKNOWN, "controllers", NULL,
			"which release of calico-kube-controllers runs is not known; its migration "
			"controller is in v3.32 and later");
	else if (!p->ns)
		api_move_add(m, API_MOVE_BLOCKS, "controllers", NULL,
			"calico-kube-controllers, which runs the migration, is neither in "
			"calico-system nor in kube-system");
	else if (old)
		api_move_add(m, API_MOVE_BLOCKS, "controllers", NULL,
			"calico-kube-controllers is %s; the migration controller is in v3.32 and "
			"later: upgrade Calico first", p->release);
	else if (is_beta_alone(m) && version_compare(p->release, "v3.33.0") >= 0)
		api_move_add(m, API_MOVE_BLOCKS, "controllers", NULL,
			"the CRD " MIGRATION_CRD " serves %s alone, and calico-kube-controllers %s "
			"begins no migration with it: install the CRD of that release", m->version,
			p->release);
	else if (defects)
		api_move_add(m, API_MOVE_NOTE, "controllers", NULL,
			"known defects of calico-kube-controllers %s: %s; v3.32.2 mends them",
			p->release, defects);
	else
		api_move_add(m, API_MOVE_OK, "controllers", NULL,
			"calico-kube-controllers %s runs the migration", p->release);
}

static void judge_lock(struct api_move *m)
{
	int ready = api_move_ready(m, 0);

	if (!m->information_known[0])
		api_move_add(m, API_MOVE_UNKNOWN, "lock", "ClusterInformation/default",
			"whether the datastore is locked cannot be read");
	else if (!m->information[0])
		api_move_add(m, API_MOVE_BLOCKS, "lock", "ClusterInformation/default",
			"does not exist in " MODE_V1_GROUP ", and the migration locks it; "
			"\"calico-datastore initialise\" creates it");
	else if (ready != 1)
		api_move_add(m, API_MOVE_BLOCKS, "lock", "ClusterInformation/default",
			"datastoreReady is not true: somebody else has locked the datastore");
	else
		api_move_add(m, API_MOVE_OK, "lock", NULL, "nobody has locked the datastore");
}

static void judge_group(struct api_move *m, enum api_move_state state)
{
	const json_t *name, *crd;
	size_t i;

	json_array_foreach(m->mode.v1_crds, i, name) {
		const char *text = json_string_value(name);
		char_auto *plural = xstrndup(text, strcspn(text, "."));
		bool own = strcmp(plural, "ipamconfigs") == 0;
		size_t k;

		json_array_foreach(m->crds, k, crd)
			own = own || strcmp(crd_plural(crd), plural) == 0;
		if (!own)
			api_move_add(m, state, "foreign", text,
				"is not Calico's, and is deleted with all its objects when the "
				"migration is finished");
	}
}

static void judge_migration(struct api_move *m)
{
	if (m->mode.known && !m->mode.v1)
		api_move_add(m, API_MOVE_BLOCKS, "migration", NULL,
			"no CRD of " MODE_V1_GROUP " is served: there is nothing to migrate");
	if (!m->migration_known)
		api_move_add(m, API_MOVE_UNKNOWN, "migration", NULL,
			"whether there is a DatastoreMigration cannot be read");
	else if (!m->version)
		api_move_add(m, API_MOVE_BLOCKS, "migration", NULL,
			"the CRD " MIGRATION_CRD " is not served; apply upstream's "
			"migration.projectcalico.org_datastoremigrations.yaml of the release");
	else
		api_move_add(m, API_MOVE_OK, "migration", NULL,
			"DatastoreMigrations are served as %s", m->version);
}

static void judge_objects(struct api_move *m)
{
	if (m->untyped > 0)
		api_move_add(m, API_MOVE_NOTE, "untyped", NULL,
			"%zu policies have no types; their copies get them, so that a controller "
			"that starts again while it copies reports a conflict; "
			"\"calico-datastore get\" and \"apply\" write them with types", m->untyped);
}

void api_move_judge(struct api_move *m)
{
	judge_migration(m);
	judge_policies(m);
	judge_crds(m);
	judge_controllers(m);
	judge_lock(m);
	judge_group(m, API_MOVE_NOTE);
	judge_objects(m);
}

bool api_move_part_is_v3(const struct api_move_part *p)
{
	return p->group && !p->mixed && strcasecmp(p->group, MODE_V3) == 0;
}

void api_move_judge_end(struct api_move *m)
{
	judge_group(m, API_MOVE_BLOCKS);
	for (size_t i = 0; i < API_MOVE_PARTS; i++) {
		const struct api_move_part *p = &m->parts[i];

		if (!p->known)
			api_move_add(m, API_MOVE_UNKNOWN, "parts", p->what,
				"which API it reads cannot be read");
		else if (p->ns && !api_move_part_is_v3(p))
			api_move_add(m, API_MOVE_BLOCKS, "parts", p->what,
				"%s: CALICO_API_GROUP is %s; set it to " MODE_V3, p->ns,
				p->mixed   ? "not the same in all of its containers"
				: p->group ? p->group
					   : "not set");
		else if (p->ns)
			api_move_add(m, API_MOVE_OK, "parts", p->what, "reads " MODE_V3);
	}
}

static void release_side(struct api_move_side *side)
{
	json_decref(side->digests);
	kube_pages_release(&side->pages);
	free(side->problem);
}

void api_move_release(struct api_move *m)
{
	for (size_t i = 0; i < m->n; i++) {
		free(m->findings[i].object);
		free(m->findings[i].text);
	}
	for (size_t i = 0; i < m->n_kinds; i++) {
		release_side(&m->kinds[i].v1);
		release_side(&m->kinds[i].v3);
	}
	for (size_t i = 0; i < API_MOVE_PARTS; i++) {
		free(m->parts[i].ns);
		free(m->parts[i].group);
		free(m->parts[i].release);
	}
	free(m->findings);
	free(m->kinds);
	free(m->kubernetes);
	free(m->version);
	json_decref(m->migration);
	json_decref(m->information[0]);
	json_decref(m->information[1]);
	fit_release(&m->fit);
	policies_release(&m->policies);
	operator_release(&m->tigera);
	mode_release(&m->mode);
	*m = (struct api_move){ 0 };
}
