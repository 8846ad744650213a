/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/look/check_store.h"

#include <string.h>

#include "base/json.h"

struct count {
	struct check_read *read;
	struct identity *identity; /* filled from the ClusterInformation; NULL: another kind */
	struct tiers *tiers; /* filled from the tiers; NULL: another kind */
	long problems;
	char *first; /* the first problem */
};

static void take_object(void *arg, const json_t *object)
{
	struct count *c = arg;
	const char *name = json_str(json_object_get(object, "metadata"), "name");

	c->read->count++;
	if (c->identity && name && strcmp(name, "default") == 0)
		identity_take_information(c->identity, object);
	if (c->tiers)
		tiers_take_object(c->tiers, object);
}

static void take_problem(void *arg, const char *text)
{
	struct count *c = arg;

	if (c->problems++ == 0)
		c->first = xstrdup(text);
}

static void take_refused(void *arg, const struct calico_refused *parts)
{
	struct count *c = arg;

	check_refuse(c->read, parts->object, parts->why, parts->mend);
}

static void take_restart(void *arg)
{
	struct count *c = arg;

	check_forget(c->read);
	c->problems = 0;
	free(c->first);
	c->first = NULL;
	if (c->identity)
		identity_release(c->identity);
	if (c->tiers)
		tiers_release(c->tiers);
}

static void settle(
	struct check_read *read, const struct count *count, const struct calico_list *list)
{
	const struct err *failed = &list->failed;

	read->ms = list->ms;
	read->kind_of_problem = ERR_CHECK;
	if (failed->kind) {
		read->problem = xstrdup(failed->msg);
		read->kind_of_problem = failed->kind == ERR_AUTH ? ERR_AUTH : ERR_CHECK;
		read->code_of_problem = failed->code;
	} else if (count->problems > 0) {
		read->refused = count->problems;
		read->problem = xasprintf(
			"%ld cannot be read, the first: %s", count->problems, count->first);
	}
	read->done = !read->problem;
	if (count->identity)
		count->identity->known = read->done;
	if (count->tiers) {
		count->tiers->exist = true;
		count->tiers->known = read->done;
	}
}

int check_store(struct check *c, const struct calico_store *store, struct err *e)
{
	size_t n;
	const struct calico_kind *kinds = calico_kinds(&n);
	struct calico_list *lists = xcalloc(n, sizeof(*lists));
	struct calico_sink *sinks = xcalloc(n, sizeof(*sinks));
	struct count *counts = xcalloc(n, sizeof(*counts));

	*c = (struct check){
		.identify = true, .no_crds = true, .reads = xcalloc(n, sizeof(*c->reads)), .n = n
	};
	for (size_t i = 0; i < n; i++) {
		bool information = strcmp(kinds[i].kind, "ClusterInformation") == 0;
		bool tiers = strcmp(kinds[i].kind, "Tier") == 0;

		c->reads[i] = (struct check_read){ .resource = xstrdup(kinds[i].plural),
			.kind = kinds[i].kind,
			.wanted = true };
		counts[i] = (struct count){ .read = &c->reads[i],
			.identity = information ? &c->identity : NULL,
			.tiers = tiers ? &c->tiers : NULL };
		sinks[i] =
			(struct calico_sink){ &counts[i], take_object, take_problem, take_restart,
				take_refused };
		lists[i] = (struct calico_list){
			.kind = &kinds[i], .sink = &sinks[i], .unordered = true
		};
	}
	int rc = store->driver->list(store->store, lists, n, e);

	for (size_t i = 0; i < n; i++) {
		if (rc == 0)
			settle(&c->reads[i], &counts[i], &lists[i]);
		calico_list_release(&lists[i]);
		free(counts[i].first);
	}
	free(counts);
	free(sinks);
	free(lists);
	return rc;
}
