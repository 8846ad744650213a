/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of the kinds that configure BGP. */
#include "calico/model/fields_parts.h"

static const struct calico_struct service_load_balancer_ip_block =
	FIELDS("ServiceLoadBalancerIPBlock",
	{ "cidr", FIELD_STRING, .rules = "net" });

static const struct calico_struct service_external_ip_block = FIELDS("ServiceExternalIPBlock",
	{ "cidr", FIELD_STRING, .rules = "net" });

static const struct calico_struct service_cluster_ip_block = FIELDS("ServiceClusterIPBlock",
	{ "cidr", FIELD_STRING, .rules = "net" });

static const struct calico_struct community = FIELDS("Community",
	{ "name", FIELD_STRING, .rules = "required, name" },
	{ "value", FIELD_STRING, .rules = "required" });

static const struct calico_struct prefix_advertisement = FIELDS("PrefixAdvertisement",
	{ "cidr", FIELD_STRING, .rules = "required, net" },
	{ "communities", FIELD_STRING | FIELD_LIST, .rules = "required" });

static const struct calico_struct secret_key_selector = FIELDS("SecretKeySelector",
	{ "name", FIELD_STRING },
	{ "key", FIELD_STRING | FIELD_ALWAYS },
	{ "optional", FIELD_BOOL | FIELD_POINTER });

static const struct calico_struct bgp_password = FIELDS("BGPPassword",
	{ "secretKeyRef", FIELD_STRUCT | FIELD_POINTER, .of = &secret_key_selector });

static const struct calico_struct bgp_configuration_spec = FIELDS("BGPConfigurationSpec",
	{ "logSeverityScreen", FIELD_STRING, .rules = "logLevel" },
	{ "nodeToNodeMeshEnabled", FIELD_BOOL | FIELD_POINTER },
	{ "asNumber", FIELD_AS_NUMBER | FIELD_POINTER },
	{ "serviceLoadBalancerIPs", FIELD_STRUCT | FIELD_LIST,
		.of = &service_load_balancer_ip_block, .rules = "each" },
	{ "serviceExternalIPs", FIELD_STRUCT | FIELD_LIST, .of = &service_external_ip_block,
		.rules = "each" },
	{ "serviceClusterIPs", FIELD_STRUCT | FIELD_LIST, .of = &service_cluster_ip_block,
		.rules = "each" },
	{ "serviceLoadBalancerAggregation", FIELD_STRING | FIELD_POINTER, .since = 3100 },
	{ "communities", FIELD_STRUCT | FIELD_LIST, .of = &community, .rules = "each" },
	{ "prefixAdvertisements", FIELD_STRUCT | FIELD_LIST, .of = &prefix_advertisement,
		.rules = "each" },
	{ "listenPort", FIELD_UINT16, .rules = "> 0" },
	{ "nodeMeshPassword", FIELD_STRUCT | FIELD_POINTER, .of = &bgp_password },
	{ "nodeMeshMaxRestartTime", FIELD_DURATION | FIELD_POINTER },
	{ "bindMode", FIELD_STRING | FIELD_POINTER },
	{ "ignoredInterfaces", FIELD_STRING | FIELD_LIST,
		.rules = "each, ignoredInterface", .since = 2500 },
	{ "localWorkloadPeeringIPV4", FIELD_STRING, .rules = "ipv4", .since = 3000 },
	{ "localWorkloadPeeringIPV6", FIELD_STRING, .rules = "ipv6", .since = 3000 },
	{ "programClusterRoutes", FIELD_STRING | FIELD_POINTER, .since = 3200 },
	{ "ipv4NormalRoutePriority", FIELD_INT | FIELD_POINTER,
		.rules = ">= 1, <= 2147483646", .since = 3200 },
	{ "ipv6NormalRoutePriority", FIELD_INT | FIELD_POINTER,
		.rules = ">= 1, <= 2147483646", .since = 3200 });

const struct calico_struct bgp_configuration_fields = FIELDS("BGPConfiguration",
	OBJECT_FIELDS,
	{ "spec", FIELD_STRUCT | FIELD_ALWAYS, .of = &bgp_configuration_spec });

static const struct calico_struct bgp_filter_prefix_length_v4 = FIELDS("BGPFilterPrefixLengthV4",
	{ "min", FIELD_INT32 | FIELD_POINTER, .rules = "bgpFilterPrefixLengthV4" },
	{ "max", FIELD_INT32 | FIELD_POINTER, .rules = "bgpFilterPrefixLengthV4" });

static const struct calico_struct bgp_filter_community_match = FIELDS("BGPFilterCommunityMatch",
	{ "values", FIELD_STRING | FIELD_LIST, .rules = "required", .since = 3200 });

static const struct calico_struct bgp_filter_add_community = FIELDS("BGPFilterAddCommunity",
	{ "value", FIELD_STRING | FIELD_POINTER, .rules = "required", .since = 3200 });

static const struct calico_struct bgp_filter_prepend_as_path = FIELDS("BGPFilterPrependASPath",
	{ "prefix", FIELD_AS_NUMBER | FIELD_LIST, .rules = "required", .since = 3200 });

static const struct calico_struct bgp_filter_set_priority = FIELDS("BGPFilterSetPriority",
	{ "value", FIELD_INT | FIELD_POINTER,
		.rules = "required, >= 1, <= 2147483646", .since = 3200 });

static const struct calico_struct bgp_filter_operation = FIELDS("BGPFilterOperation",
	{ "addCommunity", FIELD_STRUCT | FIELD_POINTER, .of = &bgp_filter_add_community,
		.since = 3200 },
	{ "prependASPath", FIELD_STRUCT | FIELD_POINTER, .of = &bgp_filter_prepend_as_path,
		.since = 3200 },
	{ "setPriority", FIELD_STRUCT | FIELD_POINTER, .of = &bgp_filter_set_priority,
		.since = 3200 });

static const struct calico_struct bgp_filter_rule_v4 = FIELDS("BGPFilterRuleV4",
	{ "cidr", FIELD_STRING, .rules = "netv4" },
	{ "prefixLength", FIELD_STRUCT | FIELD_POINTER, .of = &bgp_filter_prefix_length_v4,
		.since = 2900 },
	{ "source", FIELD_STRING, .rules = "one of RemotePeers", .since = 2700 },
	{ "interface", FIELD_STRING, .rules = "bgpFilterInterface", .since = 2700 },
	{ "matchOperator", FIELD_STRING, .rules = "matchOperator" },
	{ "peerType", FIELD_STRING, .rules = "one of eBGP|iBGP", .since = 3200 },
	{ "communities", FIELD_STRUCT | FIELD_POINTER, .of = &bgp_filter_community_match,
		.since = 3200 },
	{ "asPathPrefix", FIELD_AS_NUMBER | FIELD_LIST, .since = 3200 },
	{ "priority", FIELD_INT | FIELD_POINTER, .rules = ">= 1, <= 2147483646", .since = 3200 },
	{ "action", FIELD_STRING | FIELD_ALWAYS, .rules = "required, filterAction" },
	{ "operations", FIELD_STRUCT | FIELD_LIST, .of = &bgp_filter_operation,
		.rules = "each", .since = 3200 });

static const struct calico_struct bgp_filter_prefix_length_v6 = FIELDS("BGPFilterPrefixLengthV6",
	{ "min", FIELD_INT32 | FIELD_POINTER, .rules = "bgpFilterPrefixLengthV6" },
	{ "max", FIELD_INT32 | FIELD_POINTER, .rules = "bgpFilterPrefixLengthV6" });

static const struct calico_struct bgp_filter_rule_v6 = FIELDS("BGPFilterRuleV6",
	{ "cidr", FIELD_STRING, .rules = "netv6" },
	{ "prefixLength", FIELD_STRUCT | FIELD_POINTER, .of = &bgp_filter_prefix_length_v6,
		.since = 2900 },
	{ "source", FIELD_STRING, .rules = "one of RemotePeers", .since = 2700 },
	{ "interface", FIELD_STRING, .rules = "bgpFilterInterface", .since = 2700 },
	{ "matchOperator", FIELD_STRING, .rules = "matchOperator" },
	{ "peerType", FIELD_STRING, .rules = "one of eBGP|iBGP", .since = 3200 },
	{ "communities", FIELD_STRUCT | FIELD_POINTER, .of = &bgp_filter_community_match,
		.since = 3200 },
	{ "asPathPrefix", FIELD_AS_NUMBER | FIELD_LIST, .since = 3200 },
	{ "priority", FIELD_INT | FIELD_POINTER, .rules = ">= 1, <= 2147483646", .since = 3200 },
	{ "action", FIELD_STRING | FIELD_ALWAYS, .rules = "required, filterAction" },
	{ "operations", FIELD_STRUCT | FIELD_LIST, .of = &bgp_filter_operation,
		.rules = "each", .since = 3200 });

static const struct calico_struct bgp_filter_spec = FIELDS("BGPFilterSpec",
	{ "exportV4", FIELD_STRUCT | FIELD_LIST, .of = &bgp_filter_rule_v4, .rules = "each" },
	{ "importV4", FIELD_STRUCT | FIELD_LIST, .of = &bgp_filter_rule_v4, .rules = "each" },
	{ "exportV6", FIELD_STRUCT | FIELD_LIST, .of = &bgp_filter_rule_v6, .rules = "each" },
	{ "importV6", FIELD_STRUCT | FIELD_LIST, .of = &bgp_filter_rule_v6, .rules = "each" });

const struct calico_struct bgp_filter_fields = FIELDS("BGPFilter",
	OBJECT_FIELDS,
	{ "spec", FIELD_STRUCT | FIELD_ALWAYS, .of = &bgp_filter_spec });

static const struct calico_struct bgp_peer_spec = FIELDS("BGPPeerSpec",
	{ "node", FIELD_STRING, .rules = "name" },
	{ "nodeSelector", FIELD_STRING, .rules = "selector" },
	{ "peerIP", FIELD_STRING, .rules = "IP:port" },
	{ "asNumber", FIELD_AS_NUMBER },
	{ "localASNumber", FIELD_AS_NUMBER | FIELD_POINTER, .since = 3100 },
	{ "peerSelector", FIELD_STRING, .rules = "selector" },
	{ "keepOriginalNextHop", FIELD_BOOL },
	{ "nextHopMode", FIELD_STRING | FIELD_POINTER, .since = 3002 },
	{ "password", FIELD_STRUCT | FIELD_POINTER, .of = &bgp_password },
	{ "sourceAddress", FIELD_STRING, .rules = "sourceAddress" },
	{ "maxRestartTime", FIELD_DURATION | FIELD_POINTER },
	{ "keepaliveTime", FIELD_DURATION | FIELD_POINTER, .since = 3200 },
	{ "numAllowedLocalASNumbers", FIELD_INT32 | FIELD_POINTER },
	{ "ttlSecurity", FIELD_UINT8 | FIELD_POINTER, .since = 2500 },
	{ "reachableBy", FIELD_STRING, .rules = "reachableBy", .since = 2500 },
	{ "filters", FIELD_STRING | FIELD_LIST, .rules = "each, name", .since = 2600 },
	{ "localWorkloadSelector", FIELD_STRING, .rules = "selector", .since = 3000 },
	{ "reversePeering", FIELD_STRING | FIELD_POINTER, .since = 3003 });

const struct calico_struct bgp_peer_fields = FIELDS("BGPPeer",
	OBJECT_FIELDS,
	{ "spec", FIELD_STRUCT | FIELD_ALWAYS, .of = &bgp_peer_spec });
