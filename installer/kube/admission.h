/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests that authorization let pass and admission did not: policies, webhooks, quotas. The
 * server tells them from missing rights by their sentences only (k8s.io/apiserver: plugin/policy,
 * plugin/webhook, plugin/resourcequota); most of them are a 403, too.
 */
#ifndef KUBE_ADMISSION_H
#define KUBE_ADMISSION_H

#include "base/buf.h"

/* Appends who refused, what was said and whom to ask; false, and nothing, for other messages. */
bool kube_admission_explain(struct buf *out, const char *message);

#endif
