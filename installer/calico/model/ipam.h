/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IPAM in etcd, which is older than Calico's resources: keys and JSON of its own below
 * /calico/ipam/v2/ (libcalico-go lib/backend/model: block, block_affinity, ipam_handle,
 * ipam_config). From there to the fields and the name of the custom resource that the same state
 * has on Kubernetes. No I/O.
 */
#ifndef CALICO_MODEL_IPAM_H
#define CALICO_MODEL_IPAM_H

#include <jansson.h>

#include "base/buf.h"

#define IPAM_ROOT "/calico/ipam/v2/"

/*
 * key is what follows IPAM_ROOT, value the JSON there, NULL when it is empty. A new object with
 * metadata.name and spec; NULL without an error: the key is that of another thing.
 */
CHECKED json_t *ipam_block(const char *key, const json_t *value, struct err *e);
CHECKED json_t *ipam_affinity(const char *key, const json_t *value, struct err *e);
CHECKED json_t *ipam_handle(const char *key, const json_t *value, struct err *e);
CHECKED json_t *ipam_config(const char *key, const json_t *value, struct err *e);

/* The custom resource of an affinity, "NODE-10-0-0-0-26", and of a handle; the caller's. */
char *ipam_affinity_name(const char *node, const char *cidr);
char *ipam_handle_name(const char *id);

#endif
