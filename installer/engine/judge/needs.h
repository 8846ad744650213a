/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The oldest Kubernetes whose API server takes a CRD as it is: older ones refuse a function of its
 * CEL rules, or drop a field. Read from the CRD itself, so that it holds for any file.
 */
#ifndef ENGINE_JUDGE_NEEDS_H
#define ENGINE_JUDGE_NEEDS_H

#include <jansson.h>

/* The N of "1.N"; 16 is the first with apiextensions.k8s.io/v1. */
unsigned needs_kubernetes(const json_t *crd);

#endif
