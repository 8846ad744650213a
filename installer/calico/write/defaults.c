/* SPDX-License-Identifier: Apache-2.0 */
#include "calico/write/defaults.h"

#include <string.h>

#include "base/json.h"
#include "calico/write/endpoint.h"
#include "calico/write/network.h"
#include "calico/write/subject.h"

#define TIER_LABEL "projectcalico.org/tier"

/* Defaults of absent fields: kind, path, JSON, and the first release with the default. */
static const struct fixed {
	const char *kind, *path, *value, *since;
} fixed[] = {
	{ "IPPool", "spec.nodeSelector", "\"all()\"", NULL },
	{ "IPPool", "spec.ipipMode", "\"Never\"", NULL },
	{ "IPPool", "spec.vxlanMode", "\"Never\"", NULL },
	{ "IPPool", "spec.allowedUses", "[\"Workload\",\"Tunnel\"]", NULL },
	{ "IPPool", "spec.assignmentMode", "\"Automatic\"", "v3.32" },
	{ "BGPConfiguration", "spec.logSeverityScreen", "\"Info\"", "v3.32" },
	{ "BGPConfiguration", "spec.serviceLoadBalancerAggregation", "\"Enabled\"", "v3.31" },
	{ "FelixConfiguration", "spec.floatingIPs", "\"Disabled\"", NULL },
	{ "FelixConfiguration", "spec.bpfLogLevel", "\"\"", NULL },
	{ "FelixConfiguration", "spec.nftablesMode", "\"Auto\"", "v3.32" },
	{ "Tier", "spec.order", "1000000", NULL },
	{ "Tier", "spec.defaultAction", "\"Deny\"", NULL },
	{ "KubeControllersConfiguration", "spec.healthChecks", "\"Enabled\"", "v3.32" },
	{ "KubeControllersConfiguration", "spec.prometheusMetricsPort", "9094", NULL },
	{ "KubeControllersConfiguration", "?spec.controllers.node.leakGracePeriod", "\"15m0s\"",
		NULL },
	{ "KubeControllersConfiguration", "?spec.controllers.loadBalancer.assignIPs",
		"\"AllServices\"", "v3.30" },
	{ "KubeControllersConfiguration", "?spec.controllers.policyMigration.enabled",
		"\"Enabled\"", "v3.32" },
	{ "GlobalNetworkPolicy", "spec.tier", "\"default\"", "v3.32" },
	{ "NetworkPolicy", "spec.tier", "\"default\"", "v3.32" },
	{ "StagedGlobalNetworkPolicy", "spec.tier", "\"default\"", "v3.32" },
	{ "StagedNetworkPolicy", "spec.tier", "\"default\"", "v3.32" },
	{ "StagedGlobalNetworkPolicy", "spec.stagedAction", "\"Set\"", NULL },
	{ "StagedNetworkPolicy", "spec.stagedAction", "\"Set\"", NULL },
	{ "StagedKubernetesNetworkPolicy", "spec.stagedAction", "\"Set\"", NULL },
};

/*
 * The member of an object. An absent member is added as an empty object when make is set. NULL: the
 * member is no object.
 */
static json_t *member(json_t *object, const char *key, bool make)
{
	json_t *value = json_object_get(object, key);

	if ((!value || json_is_null(value)) && make) {
		value = json_object();
		json_object_set_new(object, key, value);
	}
	return json_is_object(value) ? value : NULL;
}

/*
 * A path that begins with "?" only sets a field of an object that exists; no object is added for
 * it.
 */
static void set_absent(json_t *object, const char *path, const char *text)
{
	bool make = *path != '?';
	char_auto *keys = xstrdup(path + !make);
	char *key = keys, *dot;

	for (; (dot = strchr(key, '.')); key = dot + 1) {
		*dot = '\0';
		object = member(object, key, make);
		if (!object)
			return;
	}
	const json_t *now = json_object_get(object, key);

	if (!now || json_is_null(now))
		json_object_set_new(object, key, json_loads(text, JSON_DECODE_ANY, NULL));
}

/* Writes the CIDR in its canonical form. The family of the CIDR decides the default block size. */
static void fill_pool(json_t *spec)
{
	const char *cidr = json_str(spec, "cidr");
	struct network n;

	if (!cidr || !network_parse(&n, cidr) || !n.masked)
		return;
	if (!network_has_host_bits(&n)) {
		char_auto *text = network_text(&n);

		json_object_set_new(spec, "cidr", json_string(text));
	}
	if (json_integer_value(json_object_get(spec, "blockSize")) == 0)
		json_object_set_new(spec, "blockSize", json_integer(n.v6 ? 122 : 26));
}

/* When the older boolean is set, it decides both newer fields, even when these are given. */
static void fill_felix(json_t *spec)
{
	const json_t *older = json_object_get(spec, "bpfConnectTimeLoadBalancingEnabled");

	if (json_is_boolean(older)) {
		json_object_set_new(spec, "bpfConnectTimeLoadBalancing",
			json_string(json_is_true(older) ? "Enabled" : "Disabled"));
		json_object_set_new(
			spec, "bpfHostNetworkedNATWithoutCTLB", json_string("Disabled"));
		return;
	}
	if (!json_is_string(json_object_get(spec, "bpfConnectTimeLoadBalancing")))
		json_object_set_new(spec, "bpfConnectTimeLoadBalancing", json_string("TCP"));
	if (!json_is_string(json_object_get(spec, "bpfHostNetworkedNATWithoutCTLB")))
		json_object_set_new(spec, "bpfHostNetworkedNATWithoutCTLB", json_string("Enabled"));
}

/* The types follow from the directions of the rules. A policy without rules gets Ingress. */
static void fill_types(json_t *spec)
{
	bool egress = json_array_size(json_object_get(spec, "egress")) > 0;
	bool ingress = json_array_size(json_object_get(spec, "ingress")) > 0 || !egress;
	const char *action = json_str(spec, "stagedAction");
	json_t *types;

	if (json_array_size(json_object_get(spec, "types")) > 0 ||
		(action && strcmp(action, "Delete") == 0))
		return;
	types = json_array();
	if (ingress)
		json_array_append_new(types, json_string("Ingress"));
	if (egress)
		json_array_append_new(types, json_string("Egress"));
	json_object_set_new(spec, "types", types);
}

static void fill_policy(json_t *object, const struct write_target *t)
{
	const char *tier = subject_tier(object);

	fill_types(member(object, "spec", true));
	if (!target_since(t, "v3.30") && strcmp(tier, "default") == 0)
		return;
	json_t *metadata = member(object, "metadata", true);
	json_t *labels = metadata ? member(metadata, "labels", true) : NULL;

	if (labels)
		json_object_set_new(labels, TIER_LABEL, json_string(tier));
}

/* Calico finds a workload endpoint by its name and these labels, so they overwrite the user's. */
static void fill_endpoint(json_t *object)
{
	json_t *metadata = member(object, "metadata", true);
	json_t *labels = metadata ? member(metadata, "labels", true) : NULL;
	const json_t *spec = json_object_get(object, "spec");
	const char *name = json_str(metadata, "name");
	const char *orchestrator = json_str(spec, "orchestrator");
	char_auto *made = endpoint_name(spec);

	if (!labels)
		return;
	if (made && (!name || !*name))
		json_object_set_new(metadata, "name", json_string(made));
	json_object_set(labels, "projectcalico.org/namespace",
		json_object_get(metadata, "namespace"));
	json_object_set_new(labels, "projectcalico.org/orchestrator",
		json_string(orchestrator ? orchestrator : ""));
}

void defaults_apply(const struct calico_kind *kind, json_t *object, const struct write_target *t)
{
	json_t *spec = member(object, "spec", true);

	if (!spec)
		return;
	if (strcmp(kind->kind, "IPPool") == 0)
		fill_pool(spec);
	if (strcmp(kind->kind, "FelixConfiguration") == 0)
		fill_felix(spec);
	for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
		if (strcmp(fixed[i].kind, kind->kind) == 0 &&
			(!fixed[i].since || target_since(t, fixed[i].since)))
			set_absent(object, fixed[i].path, fixed[i].value);
	if (subject_is_policy(kind))
		fill_policy(object, t);
	if (strcmp(kind->kind, "WorkloadEndpoint") == 0)
		fill_endpoint(object);
}
