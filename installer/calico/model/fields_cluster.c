/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of the cluster's kinds: configuration, tiers, IP pools and IPAM. */
#include "calico/model/fields_parts.h"

static const struct calico_struct cluster_information_spec = FIELDS("ClusterInformationSpec",
	{ "clusterGUID", FIELD_STRING },
	{ "clusterType", FIELD_STRING },
	{ "calicoVersion", FIELD_STRING },
	{ "datastoreReady", FIELD_BOOL | FIELD_POINTER },
	{ "variant", FIELD_STRING });

const struct calico_struct cluster_information_fields = FIELDS("ClusterInformation",
	OBJECT_FIELDS,
	{ "spec", FIELD_STRUCT | FIELD_ALWAYS, .of = &cluster_information_spec });

static const struct calico_struct template = FIELDS("Template",
	{ "generateName", FIELD_STRING, .rules = "name", .since = 3000 },
	{ "interfaceCIDRs", FIELD_STRING | FIELD_LIST, .rules = "cidrs", .since = 3000 },
	{ "interfacePattern", FIELD_STRING, .rules = "regexp", .since = 3100 },
	{ "labels", FIELD_STRING | FIELD_MAP, .rules = "labels", .since = 3000 },
	{ "nodeSelector", FIELD_STRING, .rules = "selector", .since = 3000 });

static const struct calico_struct auto_host_endpoint_config = FIELDS("AutoHostEndpointConfig",
	{ "autoCreate", FIELD_STRING, .rules = "one of Enabled|Disabled" },
	{ "createDefaultHostEndpoint", FIELD_STRING,
		.rules = "createDefaultHostEndpoint", .since = 3000 },
	{ "templates", FIELD_STRUCT | FIELD_LIST, .of = &template, .since = 3000 });

static const struct calico_struct node_controller_config = FIELDS("NodeControllerConfig",
	{ "reconcilerPeriod", FIELD_DURATION | FIELD_POINTER },
	{ "syncLabels", FIELD_STRING, .rules = "one of Enabled|Disabled" },
	{ "hostEndpoint", FIELD_STRUCT | FIELD_POINTER, .of = &auto_host_endpoint_config },
	{ "leakGracePeriod", FIELD_DURATION | FIELD_POINTER });

static const struct calico_struct policy_controller_config = FIELDS("PolicyControllerConfig",
	{ "reconcilerPeriod", FIELD_DURATION | FIELD_POINTER });

static const struct calico_struct workload_endpoint_controller_config =
	FIELDS("WorkloadEndpointControllerConfig",
	{ "reconcilerPeriod", FIELD_DURATION | FIELD_POINTER });

static const struct calico_struct service_account_controller_config =
	FIELDS("ServiceAccountControllerConfig",
	{ "reconcilerPeriod", FIELD_DURATION | FIELD_POINTER });

static const struct calico_struct namespace_controller_config = FIELDS("NamespaceControllerConfig",
	{ "reconcilerPeriod", FIELD_DURATION | FIELD_POINTER });

static const struct calico_struct load_balancer_controller_config =
	FIELDS("LoadBalancerControllerConfig",
	{ "assignIPs", FIELD_STRING, .rules = "assignIPs", .since = 3000 });

static const struct calico_struct migration_controller_config = FIELDS("MigrationControllerConfig",
	{ "enabled", FIELD_STRING, .rules = "one of Enabled|Disabled", .since = 3200 });

static const struct calico_struct controllers_config = FIELDS("ControllersConfig",
	{ "node", FIELD_STRUCT | FIELD_POINTER, .of = &node_controller_config },
	{ "policy", FIELD_STRUCT | FIELD_POINTER, .of = &policy_controller_config },
	{ "workloadEndpoint", FIELD_STRUCT | FIELD_POINTER,
		.of = &workload_endpoint_controller_config },
	{ "serviceAccount", FIELD_STRUCT | FIELD_POINTER,
		.of = &service_account_controller_config },
	{ "namespace", FIELD_STRUCT | FIELD_POINTER, .of = &namespace_controller_config },
	{ "loadBalancer", FIELD_STRUCT | FIELD_POINTER, .of = &load_balancer_controller_config,
		.since = 3000 },
	{ "policyMigration", FIELD_STRUCT | FIELD_POINTER, .of = &migration_controller_config,
		.since = 3200 });

static const struct calico_struct kube_controllers_configuration_spec =
	FIELDS("KubeControllersConfigurationSpec",
	{ "logSeverityScreen", FIELD_STRING, .rules = "logLevel" },
	{ "healthChecks", FIELD_STRING, .rules = "one of Enabled|Disabled" },
	{ "etcdV3CompactionPeriod", FIELD_DURATION | FIELD_POINTER },
	{ "prometheusMetricsPort", FIELD_INT | FIELD_POINTER },
	{ "controllers", FIELD_STRUCT | FIELD_ALWAYS, .of = &controllers_config },
	{ "debugProfilePort", FIELD_INT32 | FIELD_POINTER });

static const struct calico_struct kube_controllers_configuration_status =
	FIELDS("KubeControllersConfigurationStatus",
	{ "runningConfig", FIELD_STRUCT | FIELD_ALWAYS,
		.of = &kube_controllers_configuration_spec, .until = 3199 },
	{ "runningConfig", FIELD_STRUCT | FIELD_POINTER, .of = &kube_controllers_configuration_spec,
		.since = 3200 },
	{ "environmentVars", FIELD_STRING | FIELD_MAP });

const struct calico_struct kube_controllers_configuration_fields =
	FIELDS("KubeControllersConfiguration",
	OBJECT_FIELDS,
	{ "spec", FIELD_STRUCT | FIELD_ALWAYS, .of = &kube_controllers_configuration_spec },
	{ "status", FIELD_STRUCT | FIELD_ALWAYS, .of = &kube_controllers_configuration_status });

static const struct calico_struct ipip_configuration = FIELDS("IPIPConfiguration",
	{ "enabled", FIELD_BOOL },
	{ "mode", FIELD_STRING, .rules = "ipIpMode" });

static const struct calico_struct ip_pool_spec = FIELDS("IPPoolSpec",
	{ "cidr", FIELD_STRING | FIELD_ALWAYS, .rules = "net" },
	{ "vxlanMode", FIELD_STRING, .rules = "vxlanMode" },
	{ "ipipMode", FIELD_STRING, .rules = "ipIpMode" },
	{ "natOutgoing", FIELD_BOOL },
	{ "disabled", FIELD_BOOL },
	{ "disableBGPExport", FIELD_BOOL },
	{ "blockSize", FIELD_INT },
	{ "nodeSelector", FIELD_STRING, .rules = "selector" },
	{ "ipip", FIELD_STRUCT | FIELD_POINTER, .of = &ipip_configuration,
		.rules = "mustBeNil", .until = 3199 },
	{ "nat-outgoing", FIELD_BOOL, .rules = "mustBeFalse", .until = 3199 },
	{ "namespaceSelector", FIELD_STRING, .rules = "selector", .since = 3100 },
	{ "allowedUses", FIELD_STRING | FIELD_LIST },
	{ "assignmentMode", FIELD_STRING | FIELD_POINTER,
		.rules = "assignmentMode", .since = 3000 });

static const struct calico_struct condition = FIELDS("Condition",
	{ "type", FIELD_STRING | FIELD_ALWAYS },
	{ "status", FIELD_STRING | FIELD_ALWAYS },
	{ "observedGeneration", FIELD_INT64 },
	{ "lastTransitionTime", FIELD_TIME | FIELD_ALWAYS },
	{ "reason", FIELD_STRING | FIELD_ALWAYS },
	{ "message", FIELD_STRING | FIELD_ALWAYS });

static const struct calico_struct ip_pool_status = FIELDS("IPPoolStatus",
	{ "conditions", FIELD_STRUCT | FIELD_LIST, .of = &condition, .since = 3200 });

const struct calico_struct ip_pool_fields = FIELDS("IPPool",
	OBJECT_FIELDS,
	{ "spec", FIELD_STRUCT | FIELD_ALWAYS, .of = &ip_pool_spec },
	{ "status", FIELD_STRUCT | FIELD_POINTER, .of = &ip_pool_status, .since = 3200 });

static const struct calico_struct ip_reservation_spec = FIELDS("IPReservationSpec",
	{ "reservedCIDRs", FIELD_STRING | FIELD_LIST, .rules = "cidrs" });

const struct calico_struct ip_reservation_fields = FIELDS("IPReservation",
	OBJECT_FIELDS,
	{ "spec", FIELD_STRUCT | FIELD_ALWAYS, .of = &ip_reservation_spec });

static const struct calico_struct ipam_config_spec = FIELDS("IPAMConfigSpec",
	{ "strictAffinity", FIELD_BOOL | FIELD_ALWAYS },
	{ "autoAllocateBlocks", FIELD_BOOL | FIELD_ALWAYS },
	{ "maxBlocksPerHost", FIELD_INT },
	{ "kubeVirtVMAddressPersistence", FIELD_STRING | FIELD_POINTER, .since = 3200 });

const struct calico_struct ipam_config_fields = FIELDS("IPAMConfig",
	OBJECT_FIELDS,
	{ "spec", FIELD_STRUCT | FIELD_ALWAYS, .of = &ipam_config_spec });

static const struct calico_struct allocation_attribute = FIELDS("AllocationAttribute",
	{ "handle_id", FIELD_STRING | FIELD_POINTER },
	{ "secondary", FIELD_STRING | FIELD_MAP },
	{ "alternateOwnerAttrs", FIELD_STRING | FIELD_MAP, .since = 3200 });

static const struct calico_struct ipam_block_spec = FIELDS("IPAMBlockSpec",
	{ "cidr", FIELD_STRING | FIELD_ALWAYS },
	{ "affinity", FIELD_STRING | FIELD_POINTER },
	{ "allocations", FIELD_INT | FIELD_LIST | FIELD_ITEM_POINTER | FIELD_ALWAYS },
	{ "unallocated", FIELD_INT | FIELD_LIST | FIELD_ALWAYS },
	{ "attributes", FIELD_STRUCT | FIELD_LIST | FIELD_ALWAYS, .of = &allocation_attribute },
	{ "sequenceNumber", FIELD_UINT64 | FIELD_ALWAYS },
	{ "sequenceNumberForAllocation", FIELD_UINT64 | FIELD_MAP | FIELD_ALWAYS },
	{ "deleted", FIELD_BOOL | FIELD_ALWAYS },
	{ "strictAffinity", FIELD_BOOL | FIELD_ALWAYS },
	{ "affinityClaimTime", FIELD_TIME | FIELD_POINTER, .since = 3200 });

const struct calico_struct ipam_block_fields = FIELDS("IPAMBlock",
	OBJECT_FIELDS,
	{ "spec", FIELD_STRUCT | FIELD_ALWAYS, .of = &ipam_block_spec });

static const struct calico_struct ipam_handle_spec = FIELDS("IPAMHandleSpec",
	{ "handleID", FIELD_STRING | FIELD_ALWAYS },
	{ "block", FIELD_INT | FIELD_MAP | FIELD_ALWAYS },
	{ "deleted", FIELD_BOOL | FIELD_ALWAYS });

const struct calico_struct ipam_handle_fields = FIELDS("IPAMHandle",
	OBJECT_FIELDS,
	{ "spec", FIELD_STRUCT | FIELD_ALWAYS, .of = &ipam_handle_spec });

static const struct calico_struct block_affinity_spec = FIELDS("BlockAffinitySpec",
	{ "state", FIELD_STRING | FIELD_ALWAYS },
	{ "node", FIELD_STRING | FIELD_ALWAYS },
	{ "cidr", FIELD_STRING | FIELD_ALWAYS },
	{ "deleted", FIELD_ANY },
	{ "type", FIELD_STRING, .since = 3000 });

const struct calico_struct block_affinity_fields = FIELDS("BlockAffinity",
	OBJECT_FIELDS,
	{ "spec", FIELD_STRUCT | FIELD_ALWAYS, .of = &block_affinity_spec });

static const struct calico_struct tier_spec = FIELDS("TierSpec",
	{ "order", FIELD_FLOAT | FIELD_POINTER },
	{ "defaultAction", FIELD_STRING | FIELD_POINTER, .rules = "one of Deny|Pass" });

static const struct calico_struct tier_status = FIELDS("TierStatus",
	{ "conditions", FIELD_STRUCT | FIELD_LIST, .of = &condition, .since = 3200 });

const struct calico_struct tier_fields = FIELDS("Tier",
	OBJECT_FIELDS,
	{ "spec", FIELD_STRUCT | FIELD_ALWAYS, .of = &tier_spec },
	{ "status", FIELD_STRUCT | FIELD_ALWAYS, .of = &tier_status, .since = 3200 });
