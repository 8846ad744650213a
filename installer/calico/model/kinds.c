/* SPDX-License-Identifier: Apache-2.0 */
#include "calico/model/kinds.h"

#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "calico/model/cells.h"
#include "calico/model/convert.h"
#include "calico/model/ipam.h"

#define CUSTOM_RESOURCE "crd.projectcalico.org"

enum { ASSIGNMENT_MODES = 3200 }; /* the first release that shows a default for pools without one */

/* Columns */

static const struct calico_column name_columns[] = {
	{ "NAME", "metadata.name", put_text, COLUMN_ALWAYS },
	{ NULL, NULL, NULL, COLUMN_ALWAYS },
};

static const struct calico_column bgp_configuration_columns[] = {
	{ "NAME", "metadata.name", put_text, COLUMN_ALWAYS },
	{ "LOGSEVERITY", "spec.logSeverityScreen", put_text, COLUMN_ALWAYS },
	{ "MESHENABLED", "spec.nodeToNodeMeshEnabled", put_bool_or_dash, COLUMN_ALWAYS },
	{ "ASNUMBER", "spec.asNumber", put_number_or_dash, COLUMN_ALWAYS },
	{ NULL, NULL, NULL, COLUMN_ALWAYS },
};

static const struct calico_column bgp_filter_columns[] = {
	{ "NAME", "metadata.name", put_text, COLUMN_ALWAYS },
	{ "NUMEXPORTV4", "spec.exportV4", put_count, COLUMN_ALWAYS },
	{ "NUMIMPORTV4", "spec.importV4", put_count, COLUMN_ALWAYS },
	{ "NUMEXPORTV6", "spec.exportV6", put_count, COLUMN_ALWAYS },
	{ "NUMIMPORTV6", "spec.importV6", put_count, COLUMN_ALWAYS },
	{ NULL, NULL, NULL, COLUMN_ALWAYS },
};

static const struct calico_column bgp_peer_columns[] = {
	{ "NAME", "metadata.name", put_text, COLUMN_ALWAYS },
	{ "PEERIP", "spec.peerIP", put_text, COLUMN_ALWAYS },
	{ "NODE", "spec.node", put_peer_node, COLUMN_ALWAYS },
	{ "ASN", "spec.asNumber", put_number, COLUMN_ALWAYS },
	{ NULL, NULL, NULL, COLUMN_ALWAYS },
};

static const struct calico_column cluster_information_columns[] = {
	{ "NAME", "metadata.name", put_text, COLUMN_ALWAYS },
	{ "CLUSTERGUID", "spec.clusterGUID", put_text, COLUMN_ALWAYS },
	{ "CLUSTERTYPE", "spec.clusterType", put_text, COLUMN_ALWAYS },
	{ "CALICOVERSION", "spec.calicoVersion", put_text, COLUMN_ALWAYS },
	{ "DATASTOREREADY", "spec.datastoreReady", put_bool_or_nil, COLUMN_ALWAYS },
	{ NULL, NULL, NULL, COLUMN_ALWAYS },
};

static const struct calico_column policy_columns[] = {
	{ "NAME", "metadata.name", put_text, COLUMN_ALWAYS },
	{ "TIER", "spec.tier", put_text, COLUMN_ALWAYS },
	{ "ORDER", "spec.order", put_order, COLUMN_WIDE },
	{ "SELECTOR", "spec.selector", put_text, COLUMN_WIDE },
	{ NULL, NULL, NULL, COLUMN_ALWAYS },
};

static const struct calico_column staged_kubernetes_columns[] = {
	{ "NAME", "metadata.name", put_text, COLUMN_ALWAYS },
	{ "PODSELECTOR", "spec.podSelector", put_json, COLUMN_WIDE },
	{ NULL, NULL, NULL, COLUMN_ALWAYS },
};

static const struct calico_column network_set_columns[] = {
	{ "NAME", "metadata.name", put_text, COLUMN_ALWAYS },
	{ "NETS", "spec.nets", put_truncated, COLUMN_WIDE },
	{ NULL, NULL, NULL, COLUMN_ALWAYS },
};

static const struct calico_column host_endpoint_columns[] = {
	{ "NAME", "metadata.name", put_text, COLUMN_ALWAYS },
	{ "NODE", "spec.node", put_text, COLUMN_ALWAYS },
	{ "INTERFACE", "spec.interfaceName", put_text, COLUMN_WIDE },
	{ "IPS", "spec.expectedIPs", put_joined, COLUMN_WIDE },
	{ "PROFILES", "spec.profiles", put_joined, COLUMN_WIDE },
	{ NULL, NULL, NULL, COLUMN_ALWAYS },
};

static const struct calico_column ip_pool_columns[] = {
	{ "NAME", "metadata.name", put_text, COLUMN_ALWAYS },
	{ "CIDR", "spec.cidr", put_text, COLUMN_ALWAYS },
	{ "NAT", "spec.natOutgoing", put_bool, COLUMN_WIDE },
	{ "IPIPMODE", "spec.ipipMode", put_text, COLUMN_WIDE },
	{ "VXLANMODE", "spec.vxlanMode", put_text, COLUMN_WIDE },
	{ "DISABLED", "spec.disabled", put_bool, COLUMN_WIDE },
	{ "DISABLEBGPEXPORT", "spec.disableBGPExport", put_bool, COLUMN_WIDE },
	{ "SELECTOR", "spec.nodeSelector", put_text, COLUMN_ALWAYS },
	{ "ASSIGNMENTMODE", "spec.assignmentMode", put_text, COLUMN_LATER }, /* since v3.32 */
	{ NULL, NULL, NULL, COLUMN_ALWAYS },
};

static const struct calico_column ip_reservation_columns[] = {
	{ "NAME", "metadata.name", put_text, COLUMN_ALWAYS },
	{ "CIDRS", "spec.reservedCIDRs", put_truncated, COLUMN_WIDE },
	{ NULL, NULL, NULL, COLUMN_ALWAYS },
};

static const struct calico_column node_columns[] = {
	{ "NAME", "metadata.name", put_text, COLUMN_ALWAYS },
	{ "ASN", "spec.bgp.asNumber", put_asn, COLUMN_WIDE },
	{ "IPV4", "spec.bgp.ipv4Address", put_text, COLUMN_WIDE },
	{ "IPV6", "spec.bgp.ipv6Address", put_text, COLUMN_WIDE },
	{ NULL, NULL, NULL, COLUMN_ALWAYS },
};

static const struct calico_column profile_columns[] = {
	{ "NAME", "metadata.name", put_text, COLUMN_ALWAYS },
	{ "LABELS", "spec.labelsToApply", put_labels, COLUMN_WIDE },
	{ NULL, NULL, NULL, COLUMN_ALWAYS },
};

static const struct calico_column tier_columns[] = {
	{ "NAME", "metadata.name", put_text, COLUMN_ALWAYS },
	{ "ORDER", "spec.order", put_order, COLUMN_ALWAYS },
	{ NULL, NULL, NULL, COLUMN_ALWAYS },
};

static const struct calico_column workload_endpoint_columns[] = {
	{ "NAME", "metadata.name", put_text, COLUMN_WIDE },
	{ "WORKLOAD", "spec.workload", put_workload, COLUMN_ALWAYS },
	{ "NODE", "spec.node", put_text, COLUMN_ALWAYS },
	{ "NETWORKS", "spec.ipNetworks", put_joined, COLUMN_ALWAYS },
	{ "INTERFACE", "spec.interfaceName", put_text, COLUMN_ALWAYS },
	{ "PROFILES", "spec.profiles", put_joined, COLUMN_WIDE },
	{ "NATS", "spec.ipNATs", put_nats, COLUMN_WIDE },
	{ "ORCHESTRATOR", "spec.orchestrator", put_text, COLUMN_CUSTOM },
	{ NULL, NULL, NULL, COLUMN_ALWAYS },
};

/* Kinds that calicoctl does not read before v3.33. Columns follow v3.33 where it has them. */

static const struct calico_column node_status_columns[] = {
	{ "NAME", "metadata.name", put_text, COLUMN_ALWAYS },
	{ "NODE", "spec.node", put_text, COLUMN_ALWAYS },
	{ "CLASSES", "spec.classes", put_joined, COLUMN_WIDE },
	{ "UPDATED", "status.lastUpdated", put_text, COLUMN_CUSTOM },
	{ NULL, NULL, NULL, COLUMN_ALWAYS },
};

static const struct calico_column block_affinity_columns[] = {
	{ "NAME", "metadata.name", put_text, COLUMN_ALWAYS },
	{ "CIDR", "spec.cidr", put_text, COLUMN_ALWAYS },
	{ "NODE", "spec.node", put_text, COLUMN_ALWAYS },
	{ "STATE", "spec.state", put_text, COLUMN_ALWAYS },
	{ NULL, NULL, NULL, COLUMN_ALWAYS },
};

static const struct calico_column ipam_block_columns[] = {
	{ "NAME", "metadata.name", put_text, COLUMN_ALWAYS },
	{ "CIDR", "spec.cidr", put_text, COLUMN_ALWAYS },
	{ "AFFINITY", "spec.affinity", put_text, COLUMN_ALWAYS },
	{ "ALLOCATED", "spec.allocations", put_allocated, COLUMN_ALWAYS },
	{ NULL, NULL, NULL, COLUMN_ALWAYS },
};

static const struct calico_column ipam_handle_columns[] = {
	{ "NAME", "metadata.name", put_text, COLUMN_ALWAYS },
	{ "HANDLE", "spec.handleID", put_text, COLUMN_ALWAYS },
	{ "BLOCKS", "spec.block", put_count, COLUMN_ALWAYS },
	{ NULL, NULL, NULL, COLUMN_ALWAYS },
};

static const struct calico_column ipam_config_columns[] = {
	{ "NAME", "metadata.name", put_text, COLUMN_ALWAYS },
	{ "STRICTAFFINITY", "spec.strictAffinity", put_bool, COLUMN_ALWAYS },
	{ "AUTOALLOCATEBLOCKS", "spec.autoAllocateBlocks", put_bool, COLUMN_ALWAYS },
	{ "MAXBLOCKSPERHOST", "spec.maxBlocksPerHost", put_number, COLUMN_WIDE },
	{ NULL, NULL, NULL, COLUMN_ALWAYS },
};

/* Defaults that reading fills in */

/* Go's zero values count as unset. */
static bool is_unset(const json_t *value)
{
	return !value || json_is_null(value) ||
	       (json_is_string(value) && json_string_length(value) == 0) ||
	       (json_is_array(value) && json_array_size(value) == 0);
}

static void set_default(json_t *object, const char *field, json_t *value)
{
	if (!is_unset(json_object_get(object, field)))
		json_decref(value);
	else
		json_object_set_new(object, field, value);
}

/* Pools stored by Calico v1 have "ipip" and "nat-outgoing". */
static void fill_pool(json_t *object, const struct calico_rules *rules)
{
	json_t *spec = json_object_get(object, "spec");
	const json_t *ipip = json_object_get(spec, "ipip");
	const json_t *size = json_object_get(spec, "blockSize");
	const char *mode = json_str(ipip, "mode"), *cidr = json_str(spec, "cidr");

	if (!cidr || !*cidr)
		return;
	if (rules->release >= ASSIGNMENT_MODES)
		set_default(spec, "assignmentMode", json_string("Automatic"));
	if (!json_is_true(json_object_get(ipip, "enabled")))
		mode = "Never";
	else
		mode = mode && strcmp(mode, "cross-subnet") == 0 ? "CrossSubnet" : "Always";
	if (json_is_object(ipip))
		json_object_set_new(spec, "ipipMode", json_string(mode));
	if (json_is_true(json_object_get(spec, "nat-outgoing")))
		json_object_set_new(spec, "natOutgoing", json_true());
	if (json_is_object(ipip) || json_is_null(ipip))
		json_object_del(spec, "ipip");
	if (json_is_boolean(json_object_get(spec, "nat-outgoing")))
		json_object_del(spec, "nat-outgoing");
	set_default(spec, "ipipMode", json_string("Never"));
	set_default(spec, "vxlanMode", json_string("Never"));
	set_default(spec, "nodeSelector", json_string("all()"));
	set_default(spec, "allowedUses", json_pack("[s, s]", "Workload", "Tunnel"));
	if (!size || json_is_null(size) || (json_is_integer(size) && !json_integer_value(size)))
		json_object_set_new(
			spec, "blockSize", json_integer(strchr(cidr, ':') ? 122 : 26));
}

static void fill_tier(json_t *object, const struct calico_rules *rules)
{
	json_t *spec = json_object_get(object, "spec");

	(void)rules;
	set_default(spec, "order", json_integer(1000000));
	set_default(spec, "defaultAction", json_string("Deny"));
}

/* Tiers exist since v3.29. Up to v3.31 the name of a policy contains its tier. */
static void fill_policy(json_t *object, const struct calico_rules *rules)
{
	json_t *metadata = json_object_get(object, "metadata");
	json_t *spec = json_object_get(object, "spec"),
	       *labels = json_object_get(metadata, "labels");
	const char *name = json_str(metadata, "name"), *tier = json_str(spec, "tier");

	if (rules->untiered)
		return;
	labels = convert_overlay(labels, NULL);
	set_default(labels, "projectcalico.org/tier", json_string("default"));
	json_object_set_new(metadata, "labels", labels);
	if (rules->stored_names || (tier && *tier) || !name || !*name)
		return;
	size_t n = strcspn(name, ".");

	if (!name[n] || has_prefix(name, "knp.default."))
		json_object_set_new(spec, "tier", json_string("default"));
	else if (has_prefix(name, "kanp.adminnetworkpolicy."))
		json_object_set_new(spec, "tier", json_string("adminnetworkpolicy"));
	else
		json_object_set_new(spec, "tier", json_stringn(name, n));
}

static bool lacks_asn(const json_t *node)
{
	const json_t *bgp = json_at(node, "spec", "bgp", NULL);

	return bgp && !json_object_get(bgp, "asNumber");
}

static const struct calico_kind kinds[] = {
	{
		.kind = "BGPConfiguration",
		.aliases = "bgpconfiguration bgpconfigurations bgpconfig bgpconfigs",
		.plural = "bgpconfigurations",
		.columns = bgp_configuration_columns,
		.fields = &bgp_configuration_fields,
		.resources = { { CUSTOM_RESOURCE, "bgpconfigurations", false, convert_resource } },
	},
	{
		.kind = "BGPFilter",
		.aliases = "bgpfilter bgpfilters bgpf bgpfs bf bfs",
		.plural = "bgpfilters",
		.columns = bgp_filter_columns,
		.fields = &bgp_filter_fields,
		.resources = { { CUSTOM_RESOURCE, "bgpfilters", false, convert_resource } },
	},
	{
		.kind = "BGPPeer",
		.aliases = "bgppeer bgppeers bgpp bgpps bp bps",
		.plural = "bgppeers",
		.columns = bgp_peer_columns,
		.fields = &bgp_peer_fields,
		.resources = { { CUSTOM_RESOURCE, "bgppeers", false, convert_resource } },
	},
	{
		.kind = "ClusterInformation",
		.aliases = "clusterinformation clusterinformations clusterinfo clusterinfos",
		.plural = "clusterinformations",
		.columns = cluster_information_columns,
		.fields = &cluster_information_fields,
		.resources = { { CUSTOM_RESOURCE, "clusterinformations", false,
			convert_resource } },
	},
	{
		.kind = "FelixConfiguration",
		.aliases = "felixconfiguration felixconfigurations felixconfig felixconfigs",
		.plural = "felixconfigurations",
		.columns = name_columns,
		.fields = &felix_configuration_fields,
		.resources = { { CUSTOM_RESOURCE, "felixconfigurations", false,
			convert_resource } },
	},
	{
		.kind = "GlobalNetworkPolicy",
		.aliases = "globalnetworkpolicy globalnetworkpolicies gnp gnps",
		.plural = "globalnetworkpolicies",
		.columns = policy_columns,
		.fields = &global_network_policy_fields,
		.resources = { { CUSTOM_RESOURCE, "globalnetworkpolicies", false,
			convert_resource } },
		.fill = fill_policy,
	},
	{
		.kind = "GlobalNetworkSet",
		.aliases = "globalnetworkset globalnetworksets gnetsets",
		.plural = "globalnetworksets",
		.columns = network_set_columns,
		.fields = &global_network_set_fields,
		.resources = { { CUSTOM_RESOURCE, "globalnetworksets", false, convert_resource } },
	},
	{
		.kind = "HostEndpoint",
		.aliases = "hostendpoint hostendpoints hep heps",
		.plural = "hostendpoints",
		.columns = host_endpoint_columns,
		.fields = &host_endpoint_fields,
		.resources = { { CUSTOM_RESOURCE, "hostendpoints", false, convert_resource } },
	},
	{
		.kind = "IPPool",
		.aliases = "ippool ippools ipp ipps pool pools",
		.plural = "ippools",
		.columns = ip_pool_columns,
		.fields = &ip_pool_fields,
		.resources = { { CUSTOM_RESOURCE, "ippools", false, convert_resource } },
		.fill = fill_pool,
	},
	{
		.kind = "IPReservation",
		.aliases = "ipreservation ipreservations reservation reservations",
		.plural = "ipreservations",
		.columns = ip_reservation_columns,
		.fields = &ip_reservation_fields,
		.resources = { { CUSTOM_RESOURCE, "ipreservations", false, convert_resource } },
	},
	{
		.kind = "KubeControllersConfiguration",
		.aliases = "kubecontrollersconfiguration kubecontrollersconfigurations "
			   "kubecontrollersconfig kubecontrollersconfigs",
		.plural = "kubecontrollersconfigurations",
		.columns = name_columns,
		.fields = &kube_controllers_configuration_fields,
		.resources = { { CUSTOM_RESOURCE, "kubecontrollersconfigurations", false,
			convert_resource } },
	},
	{
		.kind = "NetworkPolicy",
		.aliases = "networkpolicy networkpolicies policy policies np pol pols",
		.plural = "networkpolicies",
		.namespaced = true,
		.columns = policy_columns,
		.fields = &network_policy_fields,
		.resources = { { CUSTOM_RESOURCE, "networkpolicies", true, convert_resource } },
		.fill = fill_policy,
	},
	{
		.kind = "NetworkSet",
		.aliases = "networkset networksets netsets",
		.plural = "networksets",
		.namespaced = true,
		.columns = network_set_columns,
		.fields = &network_set_fields,
		.resources = { { CUSTOM_RESOURCE, "networksets", true, convert_resource } },
	},
	{
		.kind = "Node",
		.aliases = "node nodes no nos",
		.plural = "nodes",
		.columns = node_columns,
		.fields = &node_fields,
		.resources = { { "", "nodes", false, convert_node, &core_node_fields } },
		.context = "bgpconfigurations",
		.needs_context = lacks_asn,
	},
	{
		.kind = "Profile",
		.aliases = "profile profiles pro pros",
		.plural = "profiles",
		.columns = profile_columns,
		.fields = &profile_fields,
		.resources = { { "", "namespaces", false, convert_namespace, &core_object_fields },
			{ "", "serviceaccounts", true, convert_service_account,
				&core_object_fields } },
	},
	{
		.kind = "StagedGlobalNetworkPolicy",
		.aliases = "stagedglobalnetworkpolicy stagedglobalnetworkpolicies sgnp sgnps",
		.plural = "stagedglobalnetworkpolicies",
		.columns = policy_columns,
		.fields = &staged_global_network_policy_fields,
		.resources = { { CUSTOM_RESOURCE, "stagedglobalnetworkpolicies", false,
			convert_resource } },
		.fill = fill_policy,
	},
	{
		.kind = "StagedKubernetesNetworkPolicy",
		.aliases = "stagedkubernetesnetworkpolicy stagedkubernetesnetworkpolicies "
			   "stagedkubernetespolicy stagedkubernetespolicies sknp skpol skpols",
		.plural = "stagedkubernetesnetworkpolicies",
		.namespaced = true,
		.columns = staged_kubernetes_columns,
		.fields = &staged_kubernetes_network_policy_fields,
		.resources = { { CUSTOM_RESOURCE, "stagedkubernetesnetworkpolicies", true,
			convert_resource } },
	},
	{
		.kind = "StagedNetworkPolicy",
		.aliases = "stagednetworkpolicy stagednetworkpolicies stagedpolicy stagedpolicies "
			   "snp spol spols",
		.plural = "stagednetworkpolicies",
		.namespaced = true,
		.columns = policy_columns,
		.fields = &staged_network_policy_fields,
		.resources = { { CUSTOM_RESOURCE, "stagednetworkpolicies", true,
			convert_resource } },
		.fill = fill_policy,
	},
	{
		.kind = "Tier",
		.aliases = "tier tiers",
		.plural = "tiers",
		.ordered = true,
		.columns = tier_columns,
		.fields = &tier_fields,
		.resources = { { CUSTOM_RESOURCE, "tiers", false, convert_resource } },
		.fill = fill_tier,
	},
	{
		.kind = "WorkloadEndpoint",
		.aliases = "workloadendpoint workloadendpoints wep weps",
		.plural = "workloadendpoints",
		.namespaced = true,
		.columns = workload_endpoint_columns,
		.fields = &workload_endpoint_fields,
		.resources = { { "", "pods", true, convert_pod, &core_pod_fields } },
	},
	{
		.kind = "CalicoNodeStatus",
		.aliases = "caliconodestatus caliconodestatuses",
		.plural = "caliconodestatuses",
		.own = true,
		.columns = node_status_columns,
		.fields = &calico_node_status_fields,
		.resources = { { CUSTOM_RESOURCE, "caliconodestatuses", false, convert_resource } },
	},
	{
		.kind = "BlockAffinity",
		.aliases = "blockaffinity blockaffinities",
		.plural = "blockaffinities",
		.own = true,
		.columns = block_affinity_columns,
		.fields = &block_affinity_fields,
		.resources = { { CUSTOM_RESOURCE, "blockaffinities", false, convert_resource } },
		.ipam = { "host/", "virtual/", ipam_affinity },
	},
	{
		.kind = "IPAMBlock",
		.aliases = "ipamblock ipamblocks",
		.plural = "ipamblocks",
		.own = true,
		.columns = ipam_block_columns,
		.fields = &ipam_block_fields,
		.resources = { { CUSTOM_RESOURCE, "ipamblocks", false, convert_resource } },
		.ipam = { "assignment/", NULL, ipam_block },
	},
	{
		.kind = "IPAMHandle",
		.aliases = "ipamhandle ipamhandles",
		.plural = "ipamhandles",
		.own = true,
		.columns = ipam_handle_columns,
		.fields = &ipam_handle_fields,
		.resources = { { CUSTOM_RESOURCE, "ipamhandles", false, convert_resource } },
		.ipam = { "handle/", NULL, ipam_handle },
	},
	{
		.kind = "IPAMConfig",
		.aliases = "ipamconfig ipamconfigs ipamconfiguration ipamconfigurations",
		.plural = "ipamconfigs",
		.own = true,
		.columns = ipam_config_columns,
		.fields = &ipam_config_fields,
		.resources = { { CUSTOM_RESOURCE, "ipamconfigs", false, convert_resource } },
		.ipam = { "config", NULL, ipam_config },
	},
};

const struct calico_kind *calico_kind_named(const char *kind)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (strcmp(kinds[i].kind, kind) == 0)
			return &kinds[i];
	return NULL;
}

const struct calico_kind *calico_kinds(size_t *n)
{
	*n = ARRAY_LEN(kinds);
	return kinds;
}

bool calico_is_policy(const struct calico_kind *kind)
{
	return has_suffix(kind->plural, "policies") &&
	       strcmp(kind->kind, "StagedKubernetesNetworkPolicy") != 0;
}

const char *calico_v3_plural(const struct calico_resource *r)
{
	return strcmp(r->plural, "ipamconfigs") == 0 ? "ipamconfigurations" : r->plural;
}

/*
 * From the release notes of Calico. Tiers came with v3.29.0, which shows "default.NAME" for a
 * policy created as NAME. v3.29.4 and v3.30 show the name that was given. Since v3.32 Calico also
 * stores that name.
 */
void calico_rules_learn(struct calico_rules *rules, const char *version)
{
	const char *number = version && *version ? version + (*version == 'v') : "3.29.1";

	rules->untiered = strverscmp(number, "3.29") < 0;
	rules->plain_names = rules->untiered || strverscmp(number, "3.29.4") >= 0;
	rules->stored_names = strverscmp(number, "3.32") >= 0;
	rules->release = field_release(number);
}

static bool has_alias(const struct calico_kind *kind, const char *name, size_t len)
{
	for (const char *p = kind->aliases; *p; p += strspn(p, " ")) {
		size_t word = strcspn(p, " ");

		if (word == len && strncasecmp(p, name, len) == 0)
			return true;
		p += word;
	}
	return false;
}

/*
 * group: what follows the first dot of kubectl's "ippools.crd.projectcalico.org" or
 * "ippools.v1.crd.projectcalico.org".
 */
static bool is_in_group(const struct calico_kind *kind, const char *group)
{
	if (group[0] == 'v' && group[1] >= '1' && group[1] <= '9' && strchr(group, '.'))
		group = strchr(group, '.') + 1;
	if (strcasecmp(group, "projectcalico.org") == 0)
		return true;
	for (size_t i = 0; i < ARRAY_LEN(kind->resources) && kind->resources[i].group; i++)
		if (*group && strcasecmp(group, kind->resources[i].group) == 0)
			return true;
	return false;
}

const struct calico_kind *calico_kind_find(const char *name, struct err *e)
{
	const char *plurals[ARRAY_LEN(kinds)], *close;
	size_t len = strcspn(name, ".");
	char_auto *stem = xstrndup(name, len);
	buf_auto all = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (has_alias(&kinds[i], name, len) &&
			(!name[len] || is_in_group(&kinds[i], name + len + 1)))
			return &kinds[i];
		plurals[i] = kinds[i].plural;
		buf_printf(&all, "%s%s", i > 0 ? ", " : "", plurals[i]);
	}
	close = nearest(stem, plurals, ARRAY_LEN(kinds));
	err_set(e, ERR_USAGE, 0, "there is no kind \"%s\"%s%s; what can be read: %s", name,
		close ? ", did you mean " : "", close ? close : "", buf_str(&all));
	return NULL;
}
