/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls that run at once: add them, run them, look at each, release them. A batch owns its calls.
 * The address of a call does not change until the release. Zero is an empty batch: running it sends
 * nothing.
 */
#ifndef KUBE_BATCH_H
#define KUBE_BATCH_H

#include "kube/api.h"

struct kube_batch {
	struct kube_call **calls;
	size_t n;
	/* called when a call ends; may be NULL */
	void (*done)(void *arg, const struct kube_call *call);
	void *arg;
};

struct kube_call *kube_batch_add(struct kube_batch *b, struct kube_request r);
struct kube_call *kube_batch_path(struct kube_batch *b, const char *path);
/* -1 only when the run is over (deadline, signal). */
CHECKED int kube_batch_run(struct kube_batch *b, struct kube_api *api, struct err *e);
void kube_batch_release(struct kube_batch *b);

#define kube_batch_auto __attribute__((cleanup(kube_batch_release))) struct kube_batch

#endif
