/* SPDX-License-Identifier: Apache-2.0 */
/* The shapes of all kinds: constant data, closed by a NULL path each. */
#ifndef CALICO_MODEL_SHAPES_H
#define CALICO_MODEL_SHAPES_H

#include "calico/model/shape.h"

extern const struct calico_shape bgp_configuration_shapes[];
extern const struct calico_shape bgp_filter_shapes[];
extern const struct calico_shape bgp_peer_shapes[];
extern const struct calico_shape cluster_information_shapes[];
extern const struct calico_shape felix_configuration_shapes[];
extern const struct calico_shape global_network_policy_shapes[];
extern const struct calico_shape global_network_set_shapes[];
extern const struct calico_shape host_endpoint_shapes[];
extern const struct calico_shape ip_pool_shapes[];
extern const struct calico_shape ip_reservation_shapes[];
extern const struct calico_shape kube_controllers_configuration_shapes[];
extern const struct calico_shape network_policy_shapes[];
extern const struct calico_shape network_set_shapes[];
extern const struct calico_shape node_shapes[];
extern const struct calico_shape profile_shapes[];
extern const struct calico_shape tier_shapes[];
extern const struct calico_shape workload_endpoint_shapes[];
extern const struct calico_shape calico_node_status_shapes[];
extern const struct calico_shape ipam_config_shapes[];
extern const struct calico_shape ipam_block_shapes[];
extern const struct calico_shape ipam_handle_shapes[];
extern const struct calico_shape block_affinity_shapes[];
extern const struct calico_shape staged_global_network_policy_shapes[];
extern const struct calico_shape staged_network_policy_shapes[];
extern const struct calico_shape staged_kubernetes_network_policy_shapes[];

#endif
