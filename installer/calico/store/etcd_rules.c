/* SPDX-License-Identifier: Apache-2.0 */
#include "calico/store/etcd_rules.h"

#include "base/json.h"
#include "calico/store/etcd_answer.h"

/*
 * The keys that tell the release. A built-in tier tells it before a component has written
 * ClusterInformation.
 */
static const char *const telling[ETCD_N_TELLING] = { "clusterinformations/default",
	"tiers/kube-admin" };

void etcd_ask_rules(struct http_req *reqs)
{
	for (size_t i = 0; i < ETCD_N_TELLING; i++) {
		buf_auto key = { 0 };

		buf_printf(&key, ETCD_ROOT "%s", telling[i]);
		etcd_range(&reqs[i], &key, NULL, 0, 0);
	}
}

static bool take_key(const struct http_req *req, struct etcd_page *page)
{
	err_auto ignored = { 0 };

	*page = (struct etcd_page){ 0 };
	return req->status == 200 &&
	       etcd_page_parse(page, buf_str(&req->answer), req->answer.len, &ignored) == 0 &&
	       page->n > 0;
}

void etcd_take_rules(struct etcd *s, const struct http_req *reqs)
{
	struct etcd_page information, tier;
	err_auto ignored = { 0 };
	const struct buf *value =
		take_key(&reqs[0], &information) ? &information.kvs[0].value : NULL;
	bool newest = take_key(&reqs[1], &tier);
	json_auto_t *object = value ? json_parse(buf_str(value), value->len, &ignored) : NULL;
	const char *version = json_str(json_object_get(object, "spec"), "calicoVersion");

	s->rules_known = true;
	if (version && *version)
		calico_rules_learn(&s->rules, version);
	else if (value || newest)
		calico_rules_learn(&s->rules, newest ? CALICO_NEWEST : NULL);
	for (size_t i = 0; i < ETCD_N_TELLING && !(version && *version) && !s->doubt; i++) {
		err_auto why = { 0 };

		if (reqs[i].status != 200 && etcd_refused(s, &reqs[i], telling[i], &why) < 0)
			s->doubt = calico_doubt(&s->rules, &why);
	}
	etcd_page_release(&information);
	etcd_page_release(&tier);
}
