/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of nodes and of their endpoints. */
#include "calico/model/fields_parts.h"

static const struct calico_struct node_bgp_spec = FIELDS("NodeBGPSpec",
	{ "asNumber", FIELD_AS_NUMBER | FIELD_POINTER },
	{ "ipv4Address", FIELD_STRING, .rules = "cidrv4" },
	{ "ipv6Address", FIELD_STRING, .rules = "cidrv6" },
	{ "ipv4IPIPTunnelAddr", FIELD_STRING, .rules = "ipv4" },
	{ "routeReflectorClusterID", FIELD_STRING, .rules = "ipv4" });

static const struct calico_struct orch_ref = FIELDS("OrchRef",
	{ "nodeName", FIELD_STRING },
	{ "orchestrator", FIELD_STRING | FIELD_ALWAYS });

static const struct calico_struct node_wireguard_spec = FIELDS("NodeWireguardSpec",
	{ "interfaceIPv4Address", FIELD_STRING, .rules = "ipv4" },
	{ "interfaceIPv6Address", FIELD_STRING, .rules = "ipv6" });

static const struct calico_struct node_address = FIELDS("NodeAddress",
	{ "address", FIELD_STRING | FIELD_ALWAYS, .rules = "net" },
	{ "type", FIELD_STRING, .rules = "ipType" });

static const struct calico_struct node_interface = FIELDS("NodeInterface",
	{ "name", FIELD_STRING | FIELD_ALWAYS, .rules = "name", .since = 3200 },
	{ "addresses", FIELD_STRING | FIELD_LIST, .since = 3200 });

static const struct calico_struct node_spec = FIELDS("NodeSpec",
	{ "bgp", FIELD_STRUCT | FIELD_POINTER, .of = &node_bgp_spec },
	{ "ipv4VXLANTunnelAddr", FIELD_STRING, .rules = "ipv4" },
	{ "vxlanTunnelMACAddr", FIELD_STRING, .rules = "mac" },
	{ "ipv6VXLANTunnelAddr", FIELD_STRING, .rules = "ipv6" },
	{ "vxlanTunnelMACAddrV6", FIELD_STRING, .rules = "mac" },
	{ "orchRefs", FIELD_STRUCT | FIELD_LIST, .of = &orch_ref },
	{ "wireguard", FIELD_STRUCT | FIELD_POINTER, .of = &node_wireguard_spec },
	{ "addresses", FIELD_STRUCT | FIELD_LIST, .of = &node_address },
	{ "interfaces", FIELD_STRUCT | FIELD_LIST, .of = &node_interface, .since = 3200 });

static const struct calico_struct node_status = FIELDS("NodeStatus",
	{ "wireguardPublicKey", FIELD_STRING, .rules = "wireguardPublicKey" },
	{ "wireguardPublicKeyV6", FIELD_STRING, .rules = "wireguardPublicKey" },
	{ "podCIDRs", FIELD_STRING | FIELD_LIST });

const struct calico_struct node_fields = FIELDS("Node",
	OBJECT_FIELDS,
	{ "spec", FIELD_STRUCT | FIELD_ALWAYS, .of = &node_spec },
	{ "status", FIELD_STRUCT | FIELD_ALWAYS, .of = &node_status });

static const struct calico_struct endpoint_port = FIELDS("EndpointPort",
	{ "name", FIELD_STRING | FIELD_ALWAYS, .rules = "portName" },
	{ "protocol", FIELD_PROTOCOL | FIELD_ALWAYS },
	{ "port", FIELD_UINT16 | FIELD_ALWAYS, .rules = "> 0" });

static const struct calico_struct host_endpoint_spec = FIELDS("HostEndpointSpec",
	{ "node", FIELD_STRING, .rules = "name" },
	{ "interfaceName", FIELD_STRING, .rules = "interface" },
	{ "expectedIPs", FIELD_STRING | FIELD_LIST, .rules = "each, ip" },
	{ "profiles", FIELD_STRING | FIELD_LIST, .rules = "each, name" },
	{ "ports", FIELD_STRUCT | FIELD_LIST, .of = &endpoint_port, .rules = "each" });

const struct calico_struct host_endpoint_fields = FIELDS("HostEndpoint",
	OBJECT_FIELDS,
	{ "spec", FIELD_STRUCT | FIELD_ALWAYS, .of = &host_endpoint_spec });

static const struct calico_struct ipnat = FIELDS("IPNAT",
	{ "internalIP", FIELD_STRING | FIELD_ALWAYS, .rules = "ip" },
	{ "externalIP", FIELD_STRING | FIELD_ALWAYS, .rules = "ip" });

static const struct calico_struct workload_endpoint_port = FIELDS("WorkloadEndpointPort",
	{ "name", FIELD_STRING | FIELD_ALWAYS, .rules = "portName" },
	{ "protocol", FIELD_PROTOCOL | FIELD_ALWAYS },
	{ "port", FIELD_UINT16 | FIELD_ALWAYS, .rules = "> 0" },
	{ "hostPort", FIELD_UINT16 | FIELD_ALWAYS },
	{ "hostIP", FIELD_STRING | FIELD_ALWAYS, .rules = "net" });

static const struct calico_struct qo_s_controls = FIELDS("QoSControls",
	{ "ingressBandwidth", FIELD_INT64 },
	{ "ingressBurst", FIELD_INT64 },
	{ "ingressPeakrate", FIELD_INT64 },
	{ "ingressMinburst", FIELD_INT64 },
	{ "egressBandwidth", FIELD_INT64 },
	{ "egressBurst", FIELD_INT64 },
	{ "egressPeakrate", FIELD_INT64 },
	{ "egressMinburst", FIELD_INT64 },
	{ "ingressPacketRate", FIELD_INT64 },
	{ "ingressPacketBurst", FIELD_INT64 },
	{ "egressPacketRate", FIELD_INT64 },
	{ "egressPacketBurst", FIELD_INT64 },
	{ "ingressMaxConnections", FIELD_INT64 },
	{ "egressMaxConnections", FIELD_INT64 },
	{ "dscp", FIELD_DSCP | FIELD_POINTER, .since = 3100 });

static const struct calico_struct workload_endpoint_spec = FIELDS("WorkloadEndpointSpec",
	{ "orchestrator", FIELD_STRING, .rules = "name" },
	{ "workload", FIELD_STRING, .rules = "name" },
	{ "node", FIELD_STRING, .rules = "name" },
	{ "containerID", FIELD_STRING, .rules = "containerID" },
	{ "pod", FIELD_STRING, .rules = "name" },
	{ "endpoint", FIELD_STRING, .rules = "name" },
	{ "serviceAccountName", FIELD_STRING, .rules = "name" },
	{ "ipNetworks", FIELD_STRING | FIELD_LIST, .rules = "each, net" },
	{ "ipNATs", FIELD_STRUCT | FIELD_LIST, .of = &ipnat, .rules = "each" },
	{ "ipv4Gateway", FIELD_STRING, .rules = "ipv4" },
	{ "ipv6Gateway", FIELD_STRING, .rules = "ipv6" },
	{ "profiles", FIELD_STRING | FIELD_LIST, .rules = "each, name" },
	{ "interfaceName", FIELD_STRING, .rules = "interface" },
	{ "mac", FIELD_STRING, .rules = "mac" },
	{ "ports", FIELD_STRUCT | FIELD_LIST, .of = &workload_endpoint_port, .rules = "each" },
	{ "allowSpoofedSourcePrefixes", FIELD_STRING | FIELD_LIST, .rules = "each, cidr" },
	{ "qosControls", FIELD_STRUCT | FIELD_POINTER, .of = &qo_s_controls, .since = 3000 });

const struct calico_struct workload_endpoint_fields = FIELDS("WorkloadEndpoint",
	OBJECT_FIELDS,
	{ "spec", FIELD_STRUCT | FIELD_ALWAYS, .of = &workload_endpoint_spec });

static const struct calico_struct calico_node_status_spec = FIELDS("CalicoNodeStatusSpec",
	{ "node", FIELD_STRING, .rules = "required, name" },
	{ "classes", FIELD_STRING | FIELD_LIST, .rules = "required, unique" },
	{ "updatePeriodSeconds", FIELD_UINT32 | FIELD_POINTER,
		.rules = "required, >= 0, <= 86400" });

static const struct calico_struct bgp_daemon_status = FIELDS("BGPDaemonStatus",
	{ "state", FIELD_STRING },
	{ "version", FIELD_STRING },
	{ "routerID", FIELD_STRING },
	{ "lastBootTime", FIELD_STRING },
	{ "lastReconfigurationTime", FIELD_STRING });

static const struct calico_struct calico_node_agent_status = FIELDS("CalicoNodeAgentStatus",
	{ "birdV4", FIELD_STRUCT | FIELD_ALWAYS, .of = &bgp_daemon_status },
	{ "birdV6", FIELD_STRUCT | FIELD_ALWAYS, .of = &bgp_daemon_status });

static const struct calico_struct calico_node_peer = FIELDS("CalicoNodePeer",
	{ "peerIP", FIELD_STRING, .rules = "ip" },
	{ "type", FIELD_STRING },
	{ "state", FIELD_STRING },
	{ "since", FIELD_STRING });

static const struct calico_struct calico_node_bgp_status = FIELDS("CalicoNodeBGPStatus",
	{ "numberEstablishedV4", FIELD_INT | FIELD_ALWAYS },
	{ "numberNotEstablishedV4", FIELD_INT | FIELD_ALWAYS },
	{ "numberEstablishedV6", FIELD_INT | FIELD_ALWAYS },
	{ "numberNotEstablishedV6", FIELD_INT | FIELD_ALWAYS },
	{ "peersV4", FIELD_STRUCT | FIELD_LIST, .of = &calico_node_peer },
	{ "peersV6", FIELD_STRUCT | FIELD_LIST, .of = &calico_node_peer });

static const struct calico_struct calico_node_route_learned_from =
	FIELDS("CalicoNodeRouteLearnedFrom",
	{ "sourceType", FIELD_STRING },
	{ "peerIP", FIELD_STRING, .rules = "ip" });

static const struct calico_struct calico_node_route = FIELDS("CalicoNodeRoute",
	{ "type", FIELD_STRING },
	{ "destination", FIELD_STRING },
	{ "gateway", FIELD_STRING },
	{ "interface", FIELD_STRING },
	{ "learnedFrom", FIELD_STRUCT | FIELD_ALWAYS, .of = &calico_node_route_learned_from });

static const struct calico_struct calico_node_bgp_route_status = FIELDS("CalicoNodeBGPRouteStatus",
	{ "routesV4", FIELD_STRUCT | FIELD_LIST, .of = &calico_node_route },
	{ "routesV6", FIELD_STRUCT | FIELD_LIST, .of = &calico_node_route });

static const struct calico_struct calico_node_status_status = FIELDS("CalicoNodeStatusStatus",
	{ "lastUpdated", FIELD_TIME | FIELD_ALWAYS },
	{ "agent", FIELD_STRUCT | FIELD_ALWAYS, .of = &calico_node_agent_status },
	{ "bgp", FIELD_STRUCT | FIELD_ALWAYS, .of = &calico_node_bgp_status },
	{ "routes", FIELD_STRUCT | FIELD_ALWAYS, .of = &calico_node_bgp_route_status });

const struct calico_struct calico_node_status_fields = FIELDS("CalicoNodeStatus",
	OBJECT_FIELDS,
	{ "spec", FIELD_STRUCT | FIELD_ALWAYS, .of = &calico_node_status_spec },
	{ "status", FIELD_STRUCT | FIELD_ALWAYS, .of = &calico_node_status_status });

/* Kubernetes' own objects */

static const struct calico_struct core_metadata = FIELDS("core ObjectMeta",
	{ "name", FIELD_STRING },
	{ "generateName", FIELD_STRING },
	{ "namespace", FIELD_STRING },
	{ "uid", FIELD_STRING },
	{ "resourceVersion", FIELD_STRING },
	{ "creationTimestamp", FIELD_TIME },
	{ "deletionTimestamp", FIELD_TIME | FIELD_POINTER },
	{ "labels", FIELD_STRING | FIELD_MAP },
	{ "annotations", FIELD_STRING | FIELD_MAP });

const struct calico_struct core_object_fields = FIELDS("core Object",
	{ "metadata", FIELD_STRUCT | FIELD_ALWAYS, .of = &core_metadata });

static const struct calico_struct core_node_spec = FIELDS("core NodeSpec",
	{ "podCIDR", FIELD_STRING },
	{ "podCIDRs", FIELD_STRING | FIELD_LIST });

static const struct calico_struct core_node_address = FIELDS("core NodeAddress",
	{ "type", FIELD_STRING | FIELD_ALWAYS },
	{ "address", FIELD_STRING | FIELD_ALWAYS });

static const struct calico_struct core_node_status = FIELDS("core NodeStatus",
	{ "addresses", FIELD_STRUCT | FIELD_LIST, .of = &core_node_address });

const struct calico_struct core_node_fields = FIELDS("core Node",
	{ "metadata", FIELD_STRUCT | FIELD_ALWAYS, .of = &core_metadata },
	{ "spec", FIELD_STRUCT | FIELD_ALWAYS, .of = &core_node_spec },
	{ "status", FIELD_STRUCT | FIELD_ALWAYS, .of = &core_node_status });

static const struct calico_struct core_container_port = FIELDS("core ContainerPort",
	{ "name", FIELD_STRING },
	{ "protocol", FIELD_STRING },
	{ "containerPort", FIELD_INT32 },
	{ "hostPort", FIELD_INT32 },
	{ "hostIP", FIELD_STRING });

static const struct calico_struct core_container = FIELDS("core Container",
	{ "name", FIELD_STRING },
	{ "ports", FIELD_STRUCT | FIELD_LIST, .of = &core_container_port });

static const struct calico_struct core_pod_spec = FIELDS("core PodSpec",
	{ "nodeName", FIELD_STRING },
	{ "hostNetwork", FIELD_BOOL },
	{ "serviceAccountName", FIELD_STRING },
	{ "initContainers", FIELD_STRUCT | FIELD_LIST, .of = &core_container },
	{ "containers", FIELD_STRUCT | FIELD_LIST, .of = &core_container });

static const struct calico_struct core_pod_ip = FIELDS("core PodIP",
	{ "ip", FIELD_STRING });

static const struct calico_struct core_pod_status = FIELDS("core PodStatus",
	{ "phase", FIELD_STRING },
	{ "podIP", FIELD_STRING },
	{ "podIPs", FIELD_STRUCT | FIELD_LIST, .of = &core_pod_ip });

const struct calico_struct core_pod_fields = FIELDS("core Pod",
	{ "metadata", FIELD_STRUCT | FIELD_ALWAYS, .of = &core_metadata },
	{ "spec", FIELD_STRUCT | FIELD_ALWAYS, .of = &core_pod_spec },
	{ "status", FIELD_STRUCT | FIELD_ALWAYS, .of = &core_pod_status });
