/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CALICO_WRITE_ENDPOINT_H
#define CALICO_WRITE_ENDPOINT_H

#include <jansson.h>

/*
 * The name of a WorkloadEndpoint, made from its spec (libcalico-go lib/names):
 * "node--1-k8s-web--0-eth0". The caller frees it. NULL: a part is missing, or the orchestrator
 * makes names in another way.
 */
char *endpoint_name(const json_t *spec);

#endif
