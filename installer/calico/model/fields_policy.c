/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of policies, of profiles, and of network sets. */
#include "calico/model/fields_parts.h"

static const struct calico_struct icmp_fields = FIELDS("ICMPFields",
	{ "type", FIELD_INT | FIELD_POINTER, .rules = ">= 0, <= 254" },
	{ "code", FIELD_INT | FIELD_POINTER, .rules = ">= 0, <= 255" });

static const struct calico_struct service_match = FIELDS("ServiceMatch",
	{ "name", FIELD_STRING, .rules = "name" },
	{ "namespace", FIELD_STRING, .rules = "name" });

static const struct calico_struct service_account_match = FIELDS("ServiceAccountMatch",
	{ "names", FIELD_STRING | FIELD_LIST },
	{ "selector", FIELD_STRING, .rules = "selector" });

static const struct calico_struct entity_rule = FIELDS("EntityRule",
	{ "nets", FIELD_STRING | FIELD_LIST, .rules = "each, net" },
	{ "selector", FIELD_STRING, .rules = "selector" },
	{ "namespaceSelector", FIELD_STRING, .rules = "selector" },
	{ "services", FIELD_STRUCT | FIELD_POINTER, .of = &service_match },
	{ "ports", FIELD_PORT | FIELD_LIST, .rules = "each" },
	{ "notNets", FIELD_STRING | FIELD_LIST, .rules = "each, net" },
	{ "notSelector", FIELD_STRING, .rules = "selector" },
	{ "notPorts", FIELD_PORT | FIELD_LIST, .rules = "each" },
	{ "serviceAccounts", FIELD_STRUCT | FIELD_POINTER, .of = &service_account_match });

static const struct calico_struct http_path = FIELDS("HTTPPath",
	{ "exact", FIELD_STRING },
	{ "prefix", FIELD_STRING });

static const struct calico_struct http_match = FIELDS("HTTPMatch",
	{ "methods", FIELD_STRING | FIELD_LIST },
	{ "paths", FIELD_STRUCT | FIELD_LIST, .of = &http_path });

static const struct calico_struct rule_metadata = FIELDS("RuleMetadata",
	{ "annotations", FIELD_STRING | FIELD_MAP });

static const struct calico_struct rule = FIELDS("Rule",
	{ "action", FIELD_STRING | FIELD_ALWAYS, .rules = "action" },
	{ "ipVersion", FIELD_INT | FIELD_POINTER, .rules = "ipVersion" },
	{ "protocol", FIELD_PROTOCOL | FIELD_POINTER },
	{ "icmp", FIELD_STRUCT | FIELD_POINTER, .of = &icmp_fields },
	{ "notProtocol", FIELD_PROTOCOL | FIELD_POINTER },
	{ "notICMP", FIELD_STRUCT | FIELD_POINTER, .of = &icmp_fields },
	{ "source", FIELD_STRUCT | FIELD_ALWAYS, .of = &entity_rule, .until = 3199 },
	{ "source", FIELD_STRUCT, .of = &entity_rule, .since = 3200 },
	{ "destination", FIELD_STRUCT | FIELD_ALWAYS, .of = &entity_rule, .until = 3199 },
	{ "destination", FIELD_STRUCT, .of = &entity_rule, .since = 3200 },
	{ "http", FIELD_STRUCT | FIELD_POINTER, .of = &http_match },
	{ "metadata", FIELD_STRUCT | FIELD_POINTER, .of = &rule_metadata });

static const struct calico_struct global_network_policy_spec = FIELDS("GlobalNetworkPolicySpec",
	{ "tier", FIELD_STRING, .rules = "name", .since = 2900 },
	{ "order", FIELD_FLOAT | FIELD_POINTER },
	{ "ingress", FIELD_STRUCT | FIELD_LIST, .of = &rule, .rules = "each" },
	{ "egress", FIELD_STRUCT | FIELD_LIST, .of = &rule, .rules = "each" },
	{ "selector", FIELD_STRING, .rules = "selector" },
	{ "types", FIELD_STRING | FIELD_LIST, .rules = "each, policyType" },
	{ "doNotTrack", FIELD_BOOL },
	{ "preDNAT", FIELD_BOOL },
	{ "applyOnForward", FIELD_BOOL },
	{ "serviceAccountSelector", FIELD_STRING, .rules = "selector" },
	{ "namespaceSelector", FIELD_STRING, .rules = "selector" },
	{ "performanceHints", FIELD_STRING | FIELD_LIST,
		.rules = "unique, each, one of AssumeNeededOnEveryNode", .since = 2700 });

const struct calico_struct global_network_policy_fields = FIELDS("GlobalNetworkPolicy",
	OBJECT_FIELDS,
	{ "spec", FIELD_STRUCT | FIELD_ALWAYS, .of = &global_network_policy_spec });

static const struct calico_struct network_policy_spec = FIELDS("NetworkPolicySpec",
	{ "tier", FIELD_STRING, .rules = "name", .since = 2900 },
	{ "order", FIELD_FLOAT | FIELD_POINTER },
	{ "ingress", FIELD_STRUCT | FIELD_LIST, .of = &rule, .rules = "each" },
	{ "egress", FIELD_STRUCT | FIELD_LIST, .of = &rule, .rules = "each" },
	{ "selector", FIELD_STRING, .rules = "selector" },
	{ "types", FIELD_STRING | FIELD_LIST, .rules = "each, policyType" },
	{ "serviceAccountSelector", FIELD_STRING, .rules = "selector" },
	{ "performanceHints", FIELD_STRING | FIELD_LIST,
		.rules = "unique, each, one of AssumeNeededOnEveryNode", .since = 2700 });

const struct calico_struct network_policy_fields = FIELDS("NetworkPolicy",
	OBJECT_FIELDS,
	{ "spec", FIELD_STRUCT | FIELD_ALWAYS, .of = &network_policy_spec });

static const struct calico_struct staged_global_network_policy_spec =
	FIELDS("StagedGlobalNetworkPolicySpec",
	{ "stagedAction", FIELD_STRING, .rules = "stagedAction" },
	{ "tier", FIELD_STRING, .rules = "name" },
	{ "order", FIELD_FLOAT | FIELD_POINTER },
	{ "ingress", FIELD_STRUCT | FIELD_LIST, .of = &rule, .rules = "each" },
	{ "egress", FIELD_STRUCT | FIELD_LIST, .of = &rule, .rules = "each" },
	{ "selector", FIELD_STRING, .rules = "selector" },
	{ "types", FIELD_STRING | FIELD_LIST, .rules = "each, policyType" },
	{ "doNotTrack", FIELD_BOOL },
	{ "preDNAT", FIELD_BOOL },
	{ "applyOnForward", FIELD_BOOL },
	{ "serviceAccountSelector", FIELD_STRING, .rules = "selector" },
	{ "namespaceSelector", FIELD_STRING, .rules = "selector" },
	{ "performanceHints", FIELD_STRING | FIELD_LIST,
		.rules = "unique, each, one of AssumeNeededOnEveryNode" });

const struct calico_struct staged_global_network_policy_fields = FIELDS("StagedGlobalNetworkPolicy",
	OBJECT_FIELDS,
	{ "spec", FIELD_STRUCT | FIELD_ALWAYS, .of = &staged_global_network_policy_spec });

static const struct calico_struct staged_network_policy_spec = FIELDS("StagedNetworkPolicySpec",
	{ "stagedAction", FIELD_STRING, .rules = "stagedAction" },
	{ "tier", FIELD_STRING, .rules = "name" },
	{ "order", FIELD_FLOAT | FIELD_POINTER },
	{ "ingress", FIELD_STRUCT | FIELD_LIST, .of = &rule, .rules = "each" },
	{ "egress", FIELD_STRUCT | FIELD_LIST, .of = &rule, .rules = "each" },
	{ "selector", FIELD_STRING, .rules = "selector" },
	{ "types", FIELD_STRING | FIELD_LIST, .rules = "each, policyType" },
	{ "serviceAccountSelector", FIELD_STRING, .rules = "selector" },
	{ "performanceHints", FIELD_STRING | FIELD_LIST,
		.rules = "unique, each, one of AssumeNeededOnEveryNode" });

const struct calico_struct staged_network_policy_fields = FIELDS("StagedNetworkPolicy",
	OBJECT_FIELDS,
	{ "spec", FIELD_STRUCT | FIELD_ALWAYS, .of = &staged_network_policy_spec });

static const struct calico_struct label_selector_requirement = FIELDS("LabelSelectorRequirement",
	{ "key", FIELD_STRING | FIELD_ALWAYS },
	{ "operator", FIELD_STRING | FIELD_ALWAYS },
	{ "values", FIELD_STRING | FIELD_LIST });

static const struct calico_struct label_selector = FIELDS("LabelSelector",
	{ "matchLabels", FIELD_STRING | FIELD_MAP },
	{ "matchExpressions", FIELD_STRUCT | FIELD_LIST, .of = &label_selector_requirement });

static const struct calico_struct network_policy_port = FIELDS("NetworkPolicyPort",
	{ "protocol", FIELD_STRING | FIELD_POINTER },
	{ "port", FIELD_INT_OR_STRING | FIELD_POINTER },
	{ "endPort", FIELD_INT32 | FIELD_POINTER });

static const struct calico_struct ip_block = FIELDS("IPBlock",
	{ "cidr", FIELD_STRING | FIELD_ALWAYS },
	{ "except", FIELD_STRING | FIELD_LIST });

static const struct calico_struct network_policy_peer = FIELDS("NetworkPolicyPeer",
	{ "podSelector", FIELD_STRUCT | FIELD_POINTER, .of = &label_selector },
	{ "namespaceSelector", FIELD_STRUCT | FIELD_POINTER, .of = &label_selector },
	{ "ipBlock", FIELD_STRUCT | FIELD_POINTER, .of = &ip_block });

static const struct calico_struct network_policy_ingress_rule = FIELDS("NetworkPolicyIngressRule",
	{ "ports", FIELD_STRUCT | FIELD_LIST, .of = &network_policy_port },
	{ "from", FIELD_STRUCT | FIELD_LIST, .of = &network_policy_peer });

static const struct calico_struct network_policy_egress_rule = FIELDS("NetworkPolicyEgressRule",
	{ "ports", FIELD_STRUCT | FIELD_LIST, .of = &network_policy_port },
	{ "to", FIELD_STRUCT | FIELD_LIST, .of = &network_policy_peer });

static const struct calico_struct staged_kubernetes_network_policy_spec =
	FIELDS("StagedKubernetesNetworkPolicySpec",
	{ "stagedAction", FIELD_STRING, .rules = "stagedAction" },
	{ "podSelector", FIELD_STRUCT | FIELD_ALWAYS, .of = &label_selector },
	{ "ingress", FIELD_STRUCT | FIELD_LIST, .of = &network_policy_ingress_rule },
	{ "egress", FIELD_STRUCT | FIELD_LIST, .of = &network_policy_egress_rule },
	{ "policyTypes", FIELD_STRING | FIELD_LIST });

const struct calico_struct staged_kubernetes_network_policy_fields =
	FIELDS("StagedKubernetesNetworkPolicy",
	OBJECT_FIELDS,
	{ "spec", FIELD_STRUCT | FIELD_ALWAYS, .of = &staged_kubernetes_network_policy_spec });

static const struct calico_struct profile_spec = FIELDS("ProfileSpec",
	{ "ingress", FIELD_STRUCT | FIELD_LIST, .of = &rule, .rules = "each" },
	{ "egress", FIELD_STRUCT | FIELD_LIST, .of = &rule, .rules = "each" },
	{ "labelsToApply", FIELD_STRING | FIELD_MAP, .rules = "labels" });

const struct calico_struct profile_fields = FIELDS("Profile",
	OBJECT_FIELDS,
	{ "spec", FIELD_STRUCT | FIELD_ALWAYS, .of = &profile_spec });

static const struct calico_struct global_network_set_spec = FIELDS("GlobalNetworkSetSpec",
	{ "nets", FIELD_STRING | FIELD_LIST, .rules = "each, cidr" });

const struct calico_struct global_network_set_fields = FIELDS("GlobalNetworkSet",
	OBJECT_FIELDS,
	{ "spec", FIELD_STRUCT | FIELD_ALWAYS, .of = &global_network_set_spec });

static const struct calico_struct network_set_spec = FIELDS("NetworkSetSpec",
	{ "nets", FIELD_STRING | FIELD_LIST, .rules = "each, cidr" });

const struct calico_struct network_set_fields = FIELDS("NetworkSet",
	OBJECT_FIELDS,
	{ "spec", FIELD_STRUCT | FIELD_ALWAYS, .of = &network_set_spec });
