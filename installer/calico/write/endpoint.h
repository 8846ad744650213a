/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CALICO_WRITE_ENDPOINT_H
#define CALICO_WRITE_ENDPOINT_H

#include <jansson.h>

/*
 * The name that the spec of a WorkloadEndpoint makes (libcalico-go lib/names):
 * "node--1-k8s-web--0-eth0". The caller's; NULL: a part is missing, or the orchestrator has another
 * scheme.
 */
char *endpoint_name(const json_t *spec);

#endif
