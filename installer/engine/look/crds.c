/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/look/crds.h"

#include "manifest/crd.h"

struct kube_call *crds_ask(struct kube_batch *b, const char *name, void *subject)
{
	return kube_batch_add(b, (struct kube_request){ .verb = KUBE_GET,
					 .group = "apiextensions.k8s.io",
					 .version = "v1",
					 .plural = "customresourcedefinitions",
					 .name = name,
					 .subject = subject,
					 .check = crd_check });
}

int crds_take(struct kube_call *call, const json_t **crd, struct err *e)
{
	*crd = NULL;
	if (call->object || kube_call_not_found(call)) {
		*crd = call->object;
		return 0;
	}
	err_move(e, &call->err);
	return -1;
}

json_t *crds_read(struct kube_api *api, const json_t *names, struct err *e)
{
	json_auto_t *crds = json_array();
	kube_batch_auto b = { 0 };
	const json_t *name, *crd;
	size_t i;

	json_array_foreach(names, i, name)
		crds_ask(&b, json_string_value(name), NULL);
	int rc = kube_batch_run(&b, api, e);

	for (i = 0; i < b.n && rc == 0; i++) {
		rc = crds_take(b.calls[i], &crd, e);
		if (rc == 0 && crd)
			json_array_append(crds, (json_t *)(uintptr_t)crd);
	}
	return rc == 0 ? json_incref(crds) : NULL;
}
