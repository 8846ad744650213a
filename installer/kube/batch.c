/* SPDX-License-Identifier: Apache-2.0 */
#include "kube/batch.h"

struct kube_call *kube_batch_add(struct kube_batch *b, struct kube_request r)
{
	struct kube_call *call = xcalloc(1, sizeof(*call));

	kube_call_init(call, &r);
	b->calls = xrealloc(b->calls, b->n + 1, sizeof(struct kube_call *));
	b->calls[b->n++] = call;
	return call;
}

struct kube_call *kube_batch_path(struct kube_batch *b, const char *path)
{
	return kube_batch_add(b, (struct kube_request){ .path = path });
}

int kube_batch_run(struct kube_batch *b, struct kube_api *api, struct err *e)
{
	return b->n > 0 ? kube_run(api, b->calls, b->n, b->done, b->arg, e) : 0;
}

void kube_batch_release(struct kube_batch *b)
{
	for (size_t i = 0; i < b->n; i++) {
		kube_call_release(b->calls[i]);
		free(b->calls[i]);
	}
	free(b->calls);
	*b = (struct kube_batch){ 0 };
}
