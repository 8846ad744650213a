/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/look/mode.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "base/json_shape.h"
#include "calico/model/kinds.h"
#include "manifest/crd.h"

#define V1 MODE_V1_GROUP "/v1"
#define ADMISSION "/apis/admissionregistration.k8s.io/"

/* Places of the answers. */
enum { SERVICE, MIGRATION, GROUP, RESOURCES, ADMISSION_FIRST, MODE_CALLS = 7 };

static int check_service(const json_t *service, struct err *e)
{
	static const struct json_shape rows[] = {
		{ "spec.service", "object" },
		{ "spec.service.namespace", "string" },
		{ "spec.service.name", "string" },
		{ "status.conditions[].type", "string!" },
		{ "status.conditions[].status", "string!" },
		{ "status.conditions[].message", "string" },
	};

	return json_check(service, rows, ARRAY_LEN(rows), e);
}

struct kube_call *mode_ask_service(struct kube_batch *b)
{
	return kube_batch_add(b, (struct kube_request){ .verb = KUBE_GET,
					 .group = "apiregistration.k8s.io",
					 .version = "v1",
					 .plural = "apiservices",
					 .name = "v3.projectcalico.org",
					 .check = check_service });
}

size_t mode_ask(struct kube_batch *b)
{
	static const char *const paths[] = {
		[GROUP] = "/apis/" MODE_V1_GROUP,
		[RESOURCES] = "/apis/" V1,
		[ADMISSION_FIRST] = ADMISSION "v1",
		ADMISSION "v1beta1",
		ADMISSION "v1alpha1",
	};

	size_t at = b->n;

	_Static_assert(ARRAY_LEN(paths) == MODE_CALLS, "a path for each call but the first two");
	mode_ask_service(b);
	migration_ask(b);
	for (size_t i = GROUP; i < MODE_CALLS; i++)
		kube_batch_path(b, paths[i]);
	return at;
}

static void take_condition(struct mode *m, const json_t *service)
{
	const json_t *condition = crd_condition(service, "Available");
	const char *status = json_str(condition, "status");
	const char *message = json_str(condition, "message");

	if (!status)
		return;
	m->available = xstrdup(status);
	if (strcmp(status, "True") != 0)
		m->message = xstrdup(message ? message : "no reason is given");
}

static bool is_known(const struct kube_call *call)
{
	return call->object || kube_call_not_found(call);
}

void mode_take_service(struct mode *m, const struct kube_call *call)
{
	const json_t *service = json_at(call->object, "spec", "service", NULL);
	const char *ns = json_str(service, "namespace"), *name = json_str(service, "name");

	*m = (struct mode){ .known = is_known(call), .v3 = call->object != NULL };
	if (json_is_object(service))
		m->server = xasprintf("%s/%s", ns ? ns : "?", name ? name : "?");
	take_condition(m, call->object);
}

/* Leaves out subresources, which are not CRDs. */
static void take_v1_crds(struct mode *m, const json_t *discovery)
{
	const json_t *resource;
	size_t i;

	m->v1_crds = json_array();
	json_array_foreach(json_object_get(discovery, "resources"), i, resource) {
		const char *name = json_str(resource, "name");

		if (!strchr(name, '/'))
			json_array_append_new(m->v1_crds,
				json_pack("s++", name, "." MODE_V1_GROUP, ""));
	}
}

static bool serves_mutating(const struct kube_call *call)
{
	const json_t *resource;
	size_t i;

	json_array_foreach(json_object_get(call->object, "resources"), i, resource) {
		const char *kind = json_str(resource, "kind");

		if (kind && strcmp(kind, "MutatingAdmissionPolicy") == 0)
			return true;
	}
	return false;
}

void mode_take(struct mode *m, const struct kube_batch *b, size_t at)
{
	struct kube_call *const *calls = b->calls + at;

	mode_take_service(m, calls[SERVICE]);
	m->v1 = calls[GROUP]->object != NULL;
	take_v1_crds(m, calls[RESOURCES]->object);
	migration_take_group(&m->migration, calls[MIGRATION]);
	for (size_t i = ADMISSION_FIRST; i < MODE_CALLS; i++)
		m->mutates = m->mutates || serves_mutating(calls[i]);
}

int mode_complete(struct mode *m, struct kube_api *api, struct err *unread, struct err *e)
{
	return migration_read(&m->migration, api, unread, e);
}

bool mode_by_crds(const struct mode *m)
{
	return m->v3 && !m->server;
}

const char *mode_name(const struct mode *m)
{
	return !m->known ? "unknown" : !m->v3 ? V1 : m->server ? "aggregated" : MODE_V3;
}

void mode_text(struct buf *out, const struct mode *m)
{
	if (!m->known)
		buf_puts(out, m->v1 ? V1 "; " MODE_V3 " is not known" : "not known");
	else if (!m->v3)
		buf_puts(out, V1);
	else if (!m->server)
		buf_printf(out, MODE_V3 " by CRDs%s", m->v1 ? ", and " V1 : "");
	else
		buf_printf(out, V1 "; " MODE_V3 " by the API server %s%s%s", m->server,
			m->message ? ", which is not available: " : "",
			m->message ? m->message : "");
	if (m->server && m->message)
		buf_puts(out, "; until it is, or its APIService v3.projectcalico.org is deleted, "
			      "no namespace can be deleted");
}

/* Rules: calicoctl's are in the discovery of libcalico-go, the operator's in its pkg/apis. */

static const char *choice_of_calicoctl(const struct mode *m)
{
	return m->v3 && !m->v1 ? MODE_V3 : V1;
}

/* NULL: not everything that the operator looks at could be read. */
static const char *choice_of_operator(
	const struct mode *m, const struct operator_state *o, const char **why)
{
	if (o->api_group) {
		*why = "its CALICO_API_GROUP";
		return strcmp(o->api_group, MODE_V3) == 0 ? MODE_V3 : V1;
	}
	if (o->problem || !m->known || !m->migration.known)
		return NULL;
	if (migration_is_done(&m->migration)) {
		*why = "a DatastoreMigration that is done";
		return MODE_V3;
	}
	*why = m->v1 ? "CRDs of " MODE_V1_GROUP : m->v3 ? "only " MODE_V3 : "no CRDs at all";
	return m->v1 || !(m->v3 || m->mutates) ? V1 : MODE_V3;
}

char *mode_disagreement(const struct mode *m, const struct operator_state *o)
{
	const char *why, *operator= choice_of_operator(m, o, &why);
	const char *calicoctl = choice_of_calicoctl(m);

	if (!operator||(!m->v1 && !m->v3))
		return NULL;
	if (strcmp(operator, calicoctl) != 0)
		return xasprintf("calicoctl reads %s, and the tigera operator takes %s (%s): set "
				 "CALICO_API_GROUP=%s for calicoctl",
			calicoctl, operator, why, operator);
	if (o->running && strcmp(operator, MODE_V3) == 0 && !m->mutates)
		return xasprintf("the tigera operator takes no " MODE_V3
				 " where MutatingAdmissionPolicies are not served "
				 "(Kubernetes 1.32 or newer, with the API enabled)");
	return NULL;
}

/* The group that calicoctl uses when this shell starts it; NULL: not known. */
static const char *choice_of_shell(const struct mode *m, const char **why)
{
	const char *group = getenv("CALICO_API_GROUP");

	*why = "CALICO_API_GROUP of this shell";
	if (group && *group)
		return strcasecmp(group, MODE_V3) == 0 ? MODE_V3 : V1;
	*why = m->v1	? MODE_V1_GROUP " is served"
	       : m->v3 ? "only " MODE_V3_GROUP " is served"
		       : "neither group is served";
	return m->known ? choice_of_calicoctl(m) : NULL;
}

static void add_component(json_t *rows, const char *component, const char *reads, const char *why)
{
	json_array_append_new(rows, json_pack("{s:s, s:s?, s:s}", "component", component, "reads",
					    reads, "why", why));
}

json_t *mode_components(const struct mode *m, const struct operator_state *o)
{
	const char *why = "not everything that it looks at could be read";
	const char *discovered = m->known ? choice_of_calicoctl(m) : NULL;
	json_t *rows = json_array();

	add_component(rows, "calicoctl", choice_of_shell(m, &why), why);
	add_component(rows, "calico-node, typha, kube-controllers", discovered,
		"what is served, at their start, unless CALICO_API_GROUP is set on the container");
	add_component(rows, "install-cni", V1,
		"its default, unless CALICO_API_GROUP is set on the container");
	if (!o->running && !o->problem)
		return rows;
	why = "not everything that it looks at could be read";
	const char *operator= choice_of_operator(m, o, &why);

	add_component(rows, "tigera operator", operator, why);
	return rows;
}

char *mode_leftover(const struct mode *m)
{
	enum { SHOWN = 3 };
	buf_auto names = { 0 };
	const json_t *name;
	size_t i, n = json_array_size(m->v1_crds);

	if (!mode_by_crds(m) || !m->v1)
		return NULL;
	json_array_foreach(m->v1_crds, i, name)
		if (i < SHOWN)
			buf_printf(&names, "%s%s", i ? ", " : "", json_string_value(name));
	if (n > SHOWN)
		buf_printf(&names, " and %zu more", n - SHOWN);
	return xasprintf("%s%s beside CRDs of " MODE_V3_GROUP
			 ": whatever is started without CALICO_API_GROUP reads " V1,
		n == 0 ? "the group " MODE_V1_GROUP " is served" : buf_str(&names),
		n == 0 ? "" : n == 1 ? " is there" : " are there");
}

/* null: not known; {}: no migration exists. */
static json_t *migration_json(const struct migration *m)
{
	return !m->known ? json_null()
			 : json_pack("{s:s*, s:s*, s:s*, s:s*}", "name", m->name, "phase",
				   m->phase, "since", m->since, "message", m->message);
}

json_t *mode_json(const struct mode *m, const struct operator_state *o)
{
	const char *why;
	char_auto *disagreement = mode_disagreement(m, o), *leftover = mode_leftover(m);

	return json_pack("{s:s, s:s?, s:s?, s:s?, s:o, s:s, s:s?, s:s?, s:o, s:s?}", "mode",
		mode_name(m), "server", m->server, "available", m->available, "message",
		m->message, "migration", migration_json(&m->migration), "calicoctl",
		choice_of_calicoctl(m), "operator", choice_of_operator(m, o, &why), "disagreement",
		disagreement, "components", mode_components(m, o), "leftover", leftover);
}

json_t *mode_v3_crds(void)
{
	json_t *crds = json_array();
	size_t n;
	const struct calico_kind *kinds = calico_kinds(&n);

	for (size_t i = 0; i < n; i++) {
		const struct calico_resource *r = kinds[i].resources;

		if (strcmp(r->group, MODE_V1_GROUP) != 0)
			continue;
		const char *plural = calico_v3_plural(r);

		json_array_append_new(crds,
			json_pack("{s:{s:s++}, s:{s:s, s:s, s:{s:s, s:s}, s:[{s:s, s:b, s:b}]}}",
				"metadata", "name", plural, ".", MODE_V3_GROUP, "spec", "group",
				MODE_V3_GROUP, "scope", r->namespaced ? "Namespaced" : "Cluster",
				"names", "plural", plural, "kind", kinds[i].kind, "versions",
				"name", "v3", "served", 1, "storage", 1));
	}
	return crds;
}

bool mode_is_v3(const json_t *crds)
{
	const json_t *crd;
	bool v1 = false, v3 = false;
	size_t i;

	json_array_foreach(crds, i, crd) {
		v1 = v1 || strcmp(crd_group(crd), MODE_V1_GROUP) == 0;
		v3 = v3 || strcmp(crd_group(crd), MODE_V3_GROUP) == 0;
	}
	return v3 && !v1;
}

bool mode_has_v1(const json_t *live)
{
	const char *name;
	json_t *crd;

	json_object_foreach((json_t *)(uintptr_t)live, name, crd)
		if (strcmp(strchr(name, '.') + 1, MODE_V1_GROUP) == 0)
			return true;
	return false;
}

json_t *mode_crd_names(const struct surfaces *s)
{
	json_t *names = surfaces_names(s);
	json_auto_t *crds = mode_v3_crds();
	const json_t *crd, *name;
	size_t i, k;

	json_array_foreach(crds, i, crd) {
		bool known = false;

		json_array_foreach(names, k, name)
			known = known || strcmp(json_string_value(name), crd_name(crd)) == 0;
		if (!known)
			json_array_append_new(names, json_string(crd_name(crd)));
	}
	return names;
}

void mode_release(struct mode *m)
{
	free(m->server);
	free(m->available);
	json_decref(m->v1_crds);
	free(m->message);
	migration_release(&m->migration);
	*m = (struct mode){ 0 };
}
