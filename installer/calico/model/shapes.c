/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of each kind as Calico v3.29.1 has them, in its order; staged policies as of v3.32. */
#include "calico/model/shapes.h"

/* Rules of policies and profiles: both directions and both ends have the same fields. */
#define RULES \
	{ ".spec.ingress[]", "action:s! ipVersion:i? protocol:x icmp:o? notProtocol:x notICMP:o? " \
			     "source:o! destination:o! http:o? metadata:o?" }, \
		{ ".spec.ingress[].icmp", "type:i? code:i?" }, \
		{ ".spec.ingress[].notICMP", "type:i? code:i?" }, \
		{ ".spec.ingress[].source", \
			"nets:a selector:s namespaceSelector:s services:o? ports:l notNets:a " \
			"notSelector:s notPorts:l serviceAccounts:o?" }, \
		{ ".spec.ingress[].source.services", "name:s namespace:s" }, \
		{ ".spec.ingress[].source.serviceAccounts", "names:a selector:s" }, \
		{ ".spec.ingress[].http", "methods:a paths:O" }, \
		{ ".spec.ingress[].http.paths[]", "exact:s prefix:s" }, \
		{ ".spec.ingress[].metadata", "annotations:m" }, \
		{ "=.spec.egress[]", ".spec.ingress[]" }, \
	{ \
		"=.spec.ingress[].destination", ".spec.ingress[].source" \
	}

const struct calico_shape bgp_configuration_shapes[] = {
	{ ".spec", "logSeverityScreen:s nodeToNodeMeshEnabled:b? asNumber:i? "
		   "serviceLoadBalancerIPs:O serviceExternalIPs:O serviceClusterIPs:O "
		   "communities:O prefixAdvertisements:O listenPort:i nodeMeshPassword:o? "
		   "nodeMeshMaxRestartTime:s? bindMode:s? ignoredInterfaces:a" },
	{ ".spec.serviceLoadBalancerIPs[]", "cidr:s" },
	{ ".spec.serviceExternalIPs[]", "cidr:s" },
	{ ".spec.serviceClusterIPs[]", "cidr:s" },
	{ ".spec.communities[]", "name:s value:s" },
	{ ".spec.prefixAdvertisements[]", "cidr:s communities:a" },
	{ ".spec.nodeMeshPassword", "secretKeyRef:o?" },
	{ ".spec.nodeMeshPassword.secretKeyRef", "name:s key:s! optional:b?" },
	{ NULL, NULL },
};

const struct calico_shape bgp_filter_shapes[] = {
	{ ".spec", "exportV4:O importV4:O exportV6:O importV6:O" },
	{ ".spec.exportV4[]",
		"cidr:s prefixLength:o? source:s interface:s matchOperator:s action:s!" },
	{ ".spec.exportV4[].prefixLength", "min:i? max:i?" },
	{ ".spec.exportV6[]",
		"cidr:s prefixLength:o? source:s interface:s matchOperator:s action:s!" },
	{ ".spec.exportV6[].prefixLength", "min:i? max:i?" },
	{ "=.spec.importV4[]", ".spec.exportV4[]" },
	{ "=.spec.importV6[]", ".spec.exportV6[]" },
	{ NULL, NULL },
};

const struct calico_shape bgp_peer_shapes[] = {
	{ ".spec", "node:s nodeSelector:s peerIP:s asNumber:i peerSelector:s "
		   "keepOriginalNextHop:b password:o? sourceAddress:s maxRestartTime:s? "
		   "numAllowedLocalASNumbers:i? ttlSecurity:i? reachableBy:s filters:a" },
	{ ".spec.password", "secretKeyRef:o?" },
	{ ".spec.password.secretKeyRef", "name:s key:s! optional:b?" },
	{ NULL, NULL },
};

const struct calico_shape cluster_information_shapes[] = {
	{ ".spec", "clusterGUID:s clusterType:s calicoVersion:s datastoreReady:b? variant:s" },
	{ NULL, NULL },
};

const struct calico_shape felix_configuration_shapes[] = {
	{ ".spec", "useInternalDataplaneDriver:b? dataplaneDriver:s dataplaneWatchdogTimeout:s? "
		   "ipv6Support:b? routeRefreshInterval:s? interfaceRefreshInterval:s? "
		   "iptablesRefreshInterval:s? iptablesPostWriteCheckInterval:s? "
		   "iptablesLockFilePath:s iptablesLockTimeout:s? iptablesLockProbeInterval:s? "
		   "featureDetectOverride:s featureGates:s ipsetsRefreshInterval:s? "
		   "maxIpsetSize:i? iptablesBackend:s? xdpRefreshInterval:s? netlinkTimeout:s? "
		   "metadataAddr:s metadataPort:i? openstackRegion:s interfacePrefix:s "
		   "interfaceExclude:s chainInsertMode:s defaultEndpointToHostAction:s "
		   "iptablesFilterAllowAction:s iptablesMangleAllowAction:s "
		   "iptablesFilterDenyAction:s logPrefix:s logFilePath:s logSeverityFile:s "
		   "logSeverityScreen:s logSeveritySys:s logDebugFilenameRegex:s ipipEnabled:b? "
		   "ipipMTU:i? vxlanEnabled:b? vxlanMTU:i? vxlanMTUV6:i? vxlanPort:i? "
		   "vxlanVNI:i? allowVXLANPacketsFromWorkloads:b? "
		   "allowIPIPPacketsFromWorkloads:b? reportingInterval:s? reportingTTL:s? "
		   "endpointReportingEnabled:b? endpointReportingDelay:s? "
		   "endpointStatusPathPrefix:s iptablesMarkMask:i? "
		   "disableConntrackInvalidCheck:b? healthEnabled:b? healthHost:s? "
		   "healthPort:i? healthTimeoutOverrides:O prometheusMetricsEnabled:b? "
		   "prometheusMetricsHost:s prometheusMetricsPort:i? "
		   "prometheusGoMetricsEnabled:b? prometheusProcessMetricsEnabled:b? "
		   "prometheusWireGuardMetricsEnabled:b? failsafeInboundHostPorts:O? "
		   "failsafeOutboundHostPorts:O? kubeNodePortRanges:l? policySyncPathPrefix:s "
		   "usageReportingEnabled:b? usageReportingInitialDelay:s? "
		   "usageReportingInterval:s? natPortRange:x natOutgoingAddress:s "
		   "deviceRouteSourceAddress:s deviceRouteSourceAddressIPv6:s "
		   "deviceRouteProtocol:i? removeExternalRoutes:b? ipForwarding:s "
		   "externalNodesList:a? debugMemoryProfilePath:s debugDisableLogDropping:b? "
		   "debugSimulateCalcGraphHangAfter:s? debugSimulateDataplaneHangAfter:s? "
		   "debugSimulateDataplaneApplyDelay:s? debugHost:s? debugPort:i? "
		   "iptablesNATOutgoingInterfaceFilter:s sidecarAccelerationEnabled:b? "
		   "xdpEnabled:b? genericXDPEnabled:b? nftablesMode:s? "
		   "nftablesRefreshInterval:s? nftablesFilterAllowAction:s "
		   "nftablesMangleAllowAction:s nftablesFilterDenyAction:s nftablesMarkMask:i? "
		   "bpfEnabled:b? bpfDisableUnprivileged:b? bpfLogLevel:s! bpfLogFilters:m? "
		   "bpfCTLBLogFilter:s bpfDataIfacePattern:s bpfL3IfacePattern:s "
		   "bpfConnectTimeLoadBalancingEnabled:b? bpfConnectTimeLoadBalancing:s? "
		   "bpfHostNetworkedNATWithoutCTLB:s? bpfExternalServiceMode:s "
		   "bpfDSROptoutCIDRs:a? bpfExtToServiceConnmark:i? "
		   "bpfKubeProxyIptablesCleanupEnabled:b? bpfKubeProxyMinSyncPeriod:s? "
		   "bpfKubeProxyEndpointSlicesEnabled:b? bpfPSNATPorts:x "
		   "bpfMapSizeNATFrontend:i? bpfMapSizeNATBackend:i? bpfMapSizeNATAffinity:i? "
		   "bpfMapSizeRoute:i? bpfMapSizeConntrack:i? bpfMapSizeIPSets:i? "
		   "bpfMapSizeIfState:i? bpfHostConntrackBypass:b? bpfEnforceRPF:s "
		   "bpfPolicyDebugEnabled:b? bpfForceTrackPacketsFromIfaces:a? "
		   "bpfDisableGROForIfaces:s bpfExcludeCIDRsFromNAT:a? bpfRedirectToPeer:s "
		   "routeSource:s routeTableRanges:O? routeTableRange:o? routeSyncDisabled:b? "
		   "wireguardEnabled:b? wireguardEnabledV6:b? wireguardThreadingEnabled:b? "
		   "wireguardListeningPort:i? wireguardListeningPortV6:i? "
		   "wireguardRoutingRulePriority:i? wireguardInterfaceName:s "
		   "wireguardInterfaceNameV6:s wireguardMTU:i? wireguardMTUV6:i? "
		   "wireguardHostEncryptionEnabled:b? wireguardKeepAlive:s? awsSrcDstCheck:s? "
		   "serviceLoopPrevention:s workloadSourceSpoofing:s mtuIfacePattern:s "
		   "floatingIPs:s? windowsManageFirewallRules:s? goGCThreshold:i? "
		   "goMemoryLimitMB:i? goMaxProcs:i?" },
	{ ".spec.healthTimeoutOverrides[]", "name:s! timeout:s!" },
	{ ".spec.failsafeInboundHostPorts[]", "protocol:s! port:i! net:s!" },
	{ ".spec.failsafeOutboundHostPorts[]", "protocol:s! port:i! net:s!" },
	{ ".spec.routeTableRanges[]", "min:i! max:i!" },
	{ ".spec.routeTableRange", "min:i! max:i!" },
	{ NULL, NULL },
};

const struct calico_shape global_network_policy_shapes[] = {
	{ ".spec", "tier:s order:n? ingress:O egress:O selector:s types:a doNotTrack:b "
		   "preDNAT:b applyOnForward:b serviceAccountSelector:s namespaceSelector:s "
		   "performanceHints:a" },
	RULES,
	{ NULL, NULL },
};

const struct calico_shape global_network_set_shapes[] = {
	{ ".spec", "nets:a" },
	{ NULL, NULL },
};

const struct calico_shape host_endpoint_shapes[] = {
	{ ".spec", "node:s interfaceName:s expectedIPs:a profiles:a ports:O" },
	{ ".spec.ports[]", "name:s! protocol:x port:i!" },
	{ NULL, NULL },
};

const struct calico_shape ip_pool_shapes[] = {
	{ ".spec", "cidr:s! vxlanMode:s ipipMode:s natOutgoing:b disabled:b disableBGPExport:b "
		   "blockSize:i nodeSelector:s ipip:o? nat-outgoing:b allowedUses:a" },
	{ ".spec.ipip", "enabled:b mode:s" },
	{ NULL, NULL },
};

const struct calico_shape ip_reservation_shapes[] = {
	{ ".spec", "reservedCIDRs:a" },
	{ NULL, NULL },
};

const struct calico_shape kube_controllers_configuration_shapes[] = {
	{ "", "kind:s apiVersion:s metadata:o! spec:o! status:o!" },
	{ ".spec", "logSeverityScreen:s healthChecks:s etcdV3CompactionPeriod:s? "
		   "prometheusMetricsPort:i? controllers:o! debugProfilePort:i?" },
	{ ".spec.controllers",
		"node:o? policy:o? workloadEndpoint:o? serviceAccount:o? namespace:o?" },
	{ ".spec.controllers.node",
		"reconcilerPeriod:s? syncLabels:s hostEndpoint:o? leakGracePeriod:s?" },
	{ ".spec.controllers.node.hostEndpoint", "autoCreate:s" },
	{ ".spec.controllers.policy", "reconcilerPeriod:s?" },
	{ ".spec.controllers.workloadEndpoint", "reconcilerPeriod:s?" },
	{ ".spec.controllers.serviceAccount", "reconcilerPeriod:s?" },
	{ ".spec.controllers.namespace", "reconcilerPeriod:s?" },
	{ ".status", "runningConfig:o! environmentVars:m" },
	{ "=.status.runningConfig", ".spec" },
	{ NULL, NULL },
};

const struct calico_shape network_policy_shapes[] = {
	{ ".spec", "tier:s order:n? ingress:O egress:O selector:s types:a "
		   "serviceAccountSelector:s performanceHints:a" },
	RULES,
	{ NULL, NULL },
};

const struct calico_shape network_set_shapes[] = {
	{ ".spec", "nets:a" },
	{ NULL, NULL },
};

const struct calico_shape node_shapes[] = {
	{ "", "kind:s apiVersion:s metadata:o! spec:o! status:o!" },
	{ ".spec", "bgp:o? ipv4VXLANTunnelAddr:s vxlanTunnelMACAddr:s ipv6VXLANTunnelAddr:s "
		   "vxlanTunnelMACAddrV6:s orchRefs:O wireguard:o? addresses:O" },
	{ ".spec.bgp", "asNumber:i? ipv4Address:s ipv6Address:s ipv4IPIPTunnelAddr:s "
		       "routeReflectorClusterID:s" },
	{ ".spec.orchRefs[]", "nodeName:s orchestrator:s!" },
	{ ".spec.wireguard", "interfaceIPv4Address:s interfaceIPv6Address:s" },
	{ ".spec.addresses[]", "address:s! type:s" },
	{ ".status", "wireguardPublicKey:s wireguardPublicKeyV6:s podCIDRs:a" },
	{ NULL, NULL },
};

const struct calico_shape profile_shapes[] = {
	{ ".spec", "ingress:O egress:O labelsToApply:m" },
	RULES,
	{ NULL, NULL },
};

const struct calico_shape tier_shapes[] = {
	{ ".spec", "order:n? defaultAction:s?" },
	{ NULL, NULL },
};

const struct calico_shape workload_endpoint_shapes[] = {
	{ ".spec", "orchestrator:s workload:s node:s containerID:s pod:s endpoint:s "
		   "serviceAccountName:s ipNetworks:a ipNATs:O ipv4Gateway:s ipv6Gateway:s "
		   "profiles:a interfaceName:s mac:s ports:O allowSpoofedSourcePrefixes:a" },
	{ ".spec.ipNATs[]", "internalIP:s! externalIP:s!" },
	{ ".spec.ports[]", "name:s! protocol:x port:i! hostPort:i! hostIP:s!" },
	{ NULL, NULL },
};

const struct calico_shape calico_node_status_shapes[] = {
	{ "", "kind:s apiVersion:s metadata:o! spec:o! status:o!" },
	{ ".spec", "node:s classes:a updatePeriodSeconds:i?" },
	{ ".status", "lastUpdated:t agent:o! bgp:o! routes:o!" },
	{ ".status.agent", "birdV4:o! birdV6:o!" },
	{ ".status.agent.birdV4",
		"state:s version:s routerID:s lastBootTime:s lastReconfigurationTime:s" },
	{ ".status.agent.birdV6",
		"state:s version:s routerID:s lastBootTime:s lastReconfigurationTime:s" },
	{ ".status.bgp", "numberEstablishedV4:i! numberNotEstablishedV4:i! numberEstablishedV6:i! "
			 "numberNotEstablishedV6:i! peersV4:O peersV6:O" },
	{ ".status.bgp.peersV4[]", "peerIP:s type:s state:s since:s" },
	{ ".status.bgp.peersV6[]", "peerIP:s type:s state:s since:s" },
	{ ".status.routes", "routesV4:O routesV6:O" },
	{ ".status.routes.routesV4[]",
		"type:s destination:s gateway:s interface:s learnedFrom:o!" },
	{ ".status.routes.routesV4[].learnedFrom", "sourceType:s peerIP:s" },
	{ ".status.routes.routesV6[]",
		"type:s destination:s gateway:s interface:s learnedFrom:o!" },
	{ ".status.routes.routesV6[].learnedFrom", "sourceType:s peerIP:s" },
	{ NULL, NULL },
};

const struct calico_shape ipam_config_shapes[] = {
	{ ".spec", "strictAffinity:b! autoAllocateBlocks:b! maxBlocksPerHost:i" },
	{ NULL, NULL },
};

const struct calico_shape ipam_block_shapes[] = {
	{ ".spec", "cidr:s! affinity:s? allocations:l! unallocated:l! attributes:O! "
		   "sequenceNumber:i! sequenceNumberForAllocation:x deleted:b! "
		   "strictAffinity:b!" },
	{ ".spec.attributes[]", "handle_id:s? secondary:m" },
	{ NULL, NULL },
};

const struct calico_shape ipam_handle_shapes[] = {
	{ ".spec", "handleID:s! block:x deleted:b!" },
	{ NULL, NULL },
};

const struct calico_shape block_affinity_shapes[] = {
	{ ".spec", "state:s! node:s! cidr:s! deleted:x" },
	{ NULL, NULL },
};

const struct calico_shape staged_global_network_policy_shapes[] = {
	{ ".spec", "stagedAction:s tier:s order:n? ingress:O egress:O selector:s types:a "
		   "doNotTrack:b preDNAT:b applyOnForward:b serviceAccountSelector:s "
		   "namespaceSelector:s performanceHints:a" },
	RULES,
	{ NULL, NULL },
};

const struct calico_shape staged_network_policy_shapes[] = {
	{ ".spec", "stagedAction:s tier:s order:n? ingress:O egress:O selector:s types:a "
		   "serviceAccountSelector:s performanceHints:a" },
	RULES,
	{ NULL, NULL },
};

const struct calico_shape staged_kubernetes_network_policy_shapes[] = {
	{ ".spec", "stagedAction:s podSelector:x ingress:l egress:l policyTypes:a" },
	{ NULL, NULL },
};
