/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/check_store.h"

#include <string.h>
#include <time.h>

#include "base/json.h"

struct count {
	struct check_read *read;
	struct identity *identity; /* of the ClusterInformation; NULL: another kind */
	long problems;
	char *first; /* problem */
};

static void take_object(void *arg, const json_t *object)
{
	struct count *c = arg;
	const char *name = json_str(json_object_get(object, "metadata"), "name");

	c->read->count++;
	if (c->identity && name && strcmp(name, "default") == 0)
		identity_take_information(c->identity, object);
}

static void take_problem(void *arg, const char *text)
{
	struct count *c = arg;

	if (c->problems++ == 0)
		c->first = xstrdup(text);
}

static void take_restart(void *arg)
{
	struct count *c = arg;

	c->read->count = 0;
	c->problems = 0;
	free(c->first);
	c->first = NULL;
}

static double microseconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* What would fail for every other kind as well. */
static bool ends_all(const struct err *e)
{
	return e->kind == ERR_NET || e->kind == ERR_TIMEOUT || e->kind == ERR_SIGNAL;
}

static int read_kind(struct check *c, struct check_read *read, const struct calico_kind *kind,
	const struct calico_store *store, struct err *e)
{
	bool information = strcmp(kind->kind, "ClusterInformation") == 0;
	struct count count = { .read = read, .identity = information ? &c->identity : NULL };
	const struct calico_sink sink = { .arg = &count,
		.object = take_object,
		.problem = take_problem,
		.restart = take_restart };
	char_auto *version = NULL;
	err_auto failed = { 0 };
	double begun = microseconds();
	int rc = store->driver->list(store->store, kind, NULL, &sink, &version, &failed);

	read->ms = (microseconds() - begun) / 1000;
	read->kind_of_problem = ERR_CHECK;
	if (rc < 0 && ends_all(&failed)) {
		free(count.first);
		err_move(e, &failed);
		return -1;
	}
	if (rc < 0) {
		read->problem = xstrdup(failed.msg);
		read->kind_of_problem = failed.kind == ERR_AUTH ? ERR_AUTH : ERR_CHECK;
		read->code_of_problem = failed.code;
	} else if (count.problems > 0) {
		read->problem = xasprintf(
			"%ld cannot be shown, the first: %s", count.problems, count.first);
	}
	read->done = !read->problem;
	free(count.first);
	return 0;
}

int check_store(struct check *c, const struct calico_store *store, struct err *e)
{
	size_t n;
	const struct calico_kind *kinds = calico_kinds(&n);

	*c = (struct check){ .identify = true, .reads = xcalloc(n, sizeof(*c->reads)) };
	for (size_t i = 0; i < n; i++) {
		struct check_read *read = &c->reads[c->n++];

		*read = (struct check_read){
			.resource = xstrdup(kinds[i].plural), .kind = kinds[i].kind, .wanted = true
		};
		if (read_kind(c, read, &kinds[i], store, e) < 0)
			return -1;
	}
	return 0;
}
