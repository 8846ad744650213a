/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IPAM in etcd. It is older than Calico's resources: it has its own keys and JSON below
 * /calico/ipam/v2/ (libcalico-go lib/backend/model: block, block_affinity, ipam_handle,
 * ipam_config). These functions convert them to the name and fields of the custom resource on
 * Kubernetes. No I/O.
 */
#ifndef CALICO_MODEL_IPAM_H
#define CALICO_MODEL_IPAM_H

#include <jansson.h>

#include "base/buf.h"

#define IPAM_ROOT "/calico/ipam/v2/"

/*
 * key: the part behind IPAM_ROOT; value: its JSON, NULL when it is empty. Returns a new object with
 * metadata.name and spec. NULL without an error: the key belongs to something else.
 */
CHECKED json_t *ipam_block(const char *key, const json_t *value, struct err *e);
CHECKED json_t *ipam_affinity(const char *key, const json_t *value, struct err *e);
CHECKED json_t *ipam_handle(const char *key, const json_t *value, struct err *e);
CHECKED json_t *ipam_config(const char *key, const json_t *value, struct err *e);

/*
 * The names of custom resources: "NODE-10-0-0-0-26" of an affinity, and that of a handle. The
 * caller frees them.
 */
char *ipam_affinity_name(const char *node, const char *cidr);
char *ipam_handle_name(const char *id);

#endif
