/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The oldest Kubernetes whose API server accepts a CRD unchanged. Older servers refuse a function
 * in its CEL rules, or drop a field. The answer comes from the CRD itself, so it holds for any
 * file.
 */
#ifndef ENGINE_JUDGE_NEEDS_H
#define ENGINE_JUDGE_NEEDS_H

#include <jansson.h>

/* The N of "1.N"; 16 is the first release with apiextensions.k8s.io/v1. */
unsigned needs_kubernetes(const json_t *crd);

#endif
