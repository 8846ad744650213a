/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Explains requests that authorization permits and admission denies: by policies, webhooks or
 * quotas. Most of these answers are a 403, as for missing rights. Only the sentences of the server
 * show the difference (k8s.io/apiserver: plugin/policy, plugin/webhook, plugin/resourcequota).
 */
#ifndef KUBE_ADMISSION_H
#define KUBE_ADMISSION_H

#include "base/buf.h"

/*
 * Appends who denied the request, the reason, and whom to ask. False: the message is another one,
 * and nothing is appended.
 */
bool kube_admission_explain(struct buf *out, const char *message);

#endif
