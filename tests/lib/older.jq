# SPDX-License-Identifier: Apache-2.0
# What releases before v3.24 were like, made from v3.24.0 ("show v3.24.0 -o json"): fewer fields,
# fewer CRDs, and up to v3.14 no schema, since they were written for apiextensions.k8s.io/v1beta1.
# -f older.jq --arg release v3.19
def crd($plural): .items[] | select(.spec.names.plural == $plural);
def spec: .spec.versions[0].schema.openAPIV3Schema.properties.spec.properties;
def without($plural; $fields): del(crd($plural) | spec | .[$fields[]]);
def no_crd($plural): .items |= map(select(.spec.names.plural != $plural));

def v3_23: without("felixconfigurations"; ["bpfEnforceRPF", "bpfHostConntrackBypass", "routeTableRanges"])
	| without("bgppeers"; ["ttlSecurity"]);
def v3_19: v3_23 | no_crd("caliconodestatuses") | no_crd("ipreservations")
	| without("felixconfigurations"; ["awsSrcDstCheck", "bpfPSNATPorts", "serviceLoopPrevention", "floatingIPs"])
	| without("bgppeers"; ["numAllowedLocalASNumbers", "maxRestartTime", "sourceAddress"])
	| without("ippools"; ["allowedUses", "disableBGPExport"])
	| without("bgpconfigurations"; ["serviceLoadBalancerIPs", "listenPort", "bindMode"]);
def v3_14: v3_19 | no_crd("kubecontrollersconfigurations")
	| .items[].spec |= (.preserveUnknownFields = true | del(.versions[].schema));

if $release == "v3.23" then v3_23 elif $release == "v3.19" then v3_19 else v3_14 end
