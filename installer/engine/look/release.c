/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/look/release.h"

#include <string.h>

#include "base/json.h"
#include "calico/store/etcd_answer.h"
#include "calico/store/etcd_client.h"
#include "calico/store/kubernetes.h"
#include "engine/look/crds.h"
#include "engine/look/mode.h"
#include "manifest/source.h"

#define V1_PATH "/apis/" MODE_V1_GROUP "/v1"
#define V3_PATH "/apis/" MODE_V3_GROUP "/v3"

static void settle(struct datastore_release *d, const char *release, const char *from)
{
	d->release = xasprintf("%s%s", *release == 'v' ? "" : "v", release);
	d->from = from;
	calico_rules_learn(&d->rules, release);
}

/* Kubernetes */

static struct kube_call *ask_information(
	struct kube_batch *b, const char *group, const char *version)
{
	return kube_batch_add(b, (struct kube_request){ .verb = KUBE_GET,
					 .group = group,
					 .version = version,
					 .plural = "clusterinformations",
					 .name = "default" });
}

static const char *version_in(const struct kube_call *call)
{
	const char *version = json_str(json_object_get(call->object, "spec"), "calicoVersion");

	return version && *version ? version : NULL;
}

/* These CRDs change with most releases. The result is at least the oldest release that has both. */
static int ask_crds(struct kube_api *api, const char *group, char **release, struct err *e)
{
	static const char *const plurals[] = { "felixconfigurations", "ippools" };
	surfaces_auto surfaces = { 0 };
	kube_batch_auto b = { 0 };
	const char *oldest = NULL;

	for (size_t i = 0; i < ARRAY_LEN(plurals); i++) {
		char_auto *name = xasprintf("%s.%s", plurals[i], group);

		crds_ask(&b, name, NULL);
	}
	if (source_surfaces(&surfaces, NULL, e) < 0 || kube_batch_run(&b, api, e) < 0)
		return -1;
	for (size_t i = 0; i < b.n; i++) {
		struct surface_range range = { 0 };

		if (b.calls[i]->err.kind == ERR_AUTH) {
			err_move(e, &b.calls[i]->err);
			return err_wrap(e, "which release the CRDs are of cannot be read");
		}
		if (b.calls[i]->object)
			range = surfaces_range(&surfaces, b.calls[i]->object);
		if (range.oldest && (!oldest || version_compare(range.oldest, oldest) > 0))
			oldest = range.oldest;
	}
	*release = oldest ? xstrdup(oldest) : NULL;
	return 0;
}

static int find_in_kubernetes(struct datastore_release *d, const struct calico_store *store,
	struct kube_api *api, const char *given, struct err *e)
{
	kube_batch_auto b = { 0 };
	const struct kube_call *v1 = kube_batch_path(&b, V1_PATH);
	const struct kube_call *v3 = kube_batch_path(&b, V3_PATH);
	const struct kube_call *information[2] = { ask_information(&b, MODE_V1_GROUP, "v1"),
		ask_information(&b, MODE_V3_GROUP, "v3") };
	bool known = kubernetes_rules(store, &d->rules);

	if (kube_batch_run(&b, api, e) < 0)
		return -1;
	if (!known)
		d->rules.v3 = !v1->object && kube_call_not_found(v1) && v3->object;
	const struct kube_call *group = d->rules.v3 ? v3 : v1;
	const char *version = version_in(information[d->rules.v3 ? 1 : 0]);

	if (!group->object && !kube_call_not_found(group)) {
		err_copy(e, &group->err);
		return -1;
	}
	if (!group->object)
		return err_set(e, ERR_CHECK, 0,
			"the API server does not serve %s: the CRDs of Calico are not installed; "
			"\"calico-datastore install\" creates them",
			d->rules.v3 ? MODE_V3_GROUP "/v3" : MODE_V1_GROUP "/v1");
	if (given || version) {
		settle(d, given ? given : version,
			given ? "the command line" : "ClusterInformation");
		return 0;
	}
	char_auto *release = NULL;

	if (ask_crds(api, d->rules.v3 ? MODE_V3_GROUP : MODE_V1_GROUP, &release, e) < 0)
		return -1;
	settle(d,
		release         ? release
		: d->rules.v3 ? CALICO_NEWEST
				: kubernetes_release_served(group->object),
		release ? "the CRDs" : "the kinds that are served");
	return 0;
}

/* etcd */

/* The version in ClusterInformation; NULL: no version, or no such object. */
static char *etcd_version(const struct etcd_page *page)
{
	const struct buf *value = page->n > 0 ? &page->kvs[0].value : NULL;
	err_auto ignored = { 0 };
	json_auto_t *object = value ? json_parse(buf_str(value), value->len, &ignored) : NULL;
	const char *version = json_str(json_object_get(object, "spec"), "calicoVersion");

	return version && *version ? xstrdup(version) : NULL;
}

static int find_in_etcd(struct datastore_release *d, const struct calico_store *store,
	const char *given, struct err *e)
{
	static const char *const keys[] = { "clusterinformations/default", "tiers/kube-admin",
		"tiers/adminnetworkpolicy" };
	struct http_req reqs[ARRAY_LEN(keys)];
	struct etcd_page pages[ARRAY_LEN(keys)] = { 0 };
	struct etcd *s = store->store;

	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		buf_auto key = { 0 };

		buf_printf(&key, ETCD_ROOT "%s", keys[i]);
		etcd_range(&reqs[i], &key, NULL, 0, 0);
	}
	int rc = etcd_ask(s, reqs, ARRAY_LEN(keys), e);

	for (size_t i = 0; i < ARRAY_LEN(keys) && rc == 0; i++)
		rc = reqs[i].status == 200
			     ? etcd_page_parse(&pages[i], buf_str(&reqs[i].answer),
				       reqs[i].answer.len, e)
			     : etcd_refused(s, &reqs[i], keys[i], e);
	if (rc == 0) {
		char_auto *version = etcd_version(&pages[0]);

		bool newest = pages[1].n > 0 || pages[2].n == 0;

		if (given || version)
			settle(d, given ? given : version,
				given ? "the command line" : "ClusterInformation");
		else
			settle(d, newest ? CALICO_NEWEST : CALICO_OLDEST_WITH_TIERS,
				pages[1].n + pages[2].n > 0 ? "the tiers" : "the newest release");
	}
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		etcd_page_release(&pages[i]);
		http_req_release(&reqs[i]);
	}
	return rc;
}

int datastore_release_find(struct datastore_release *d, const struct calico_store *store,
	struct kube_api *api, const char *given, struct err *e)
{
	*d = (struct datastore_release){ 0 };
	if (!api) {
		if (find_in_etcd(d, store, given, e) < 0)
			return -1;
		store->driver->assume(store->store, d->release);
		return 0;
	}
	if (find_in_kubernetes(d, store, api, given, e) < 0)
		return -1;
	kubernetes_settle(store, &d->rules);
	return 0;
}

void datastore_release_release(struct datastore_release *d)
{
	free(d->release);
	*d = (struct datastore_release){ 0 };
}
