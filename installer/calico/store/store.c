/* SPDX-License-Identifier: Apache-2.0 */
#include "calico/store/store.h"

#include <stdlib.h>

char *calico_doubt(const struct calico_rules *rules, const struct err *why)
{
	unsigned release = rules->release ? rules->release : FIELD_DEFAULT_RELEASE;

	return xasprintf("%.1000s; so the release is not known, and objects are shown as those of "
			 "v3.%u: --release names another one",
		why->msg, release / 100);
}

void calico_list_release(struct calico_list *list)
{
	free(list->resource_version);
	list->resource_version = NULL;
	err_release(&list->failed);
	list->failed = (struct err){ 0 };
}

int calico_store_list(const struct calico_store *store, struct calico_list *list, struct err *e)
{
	if (store->driver->list(store->store, list, 1, e) < 0)
		return -1;
	if (!list->failed.kind)
		return 0;
	err_move(e, &list->failed);
	return -1;
}

long calico_store_requests_sent(const struct calico_store *store)
{
	return store->driver ? store->driver->requests_sent(store->store) : 0;
}

void calico_store_close(struct calico_store *store)
{
	if (store->driver)
		store->driver->free(store->store);
	*store = (struct calico_store){ 0 };
}
