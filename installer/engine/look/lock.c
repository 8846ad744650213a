/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/look/lock.h"

#include <string.h>

#include "base/json.h"
#include "base/json_shape.h"
#include "engine/look/mode.h"

#define GROUP "migration.projectcalico.org"
#define NAME "v1-to-v3" /* the name that its controller uses */
#define IGNORE "--ignore-lock writes all the same"

/* DatastoreMigration */

struct kube_call *migration_ask(struct kube_batch *b)
{
	return kube_batch_path(b, "/apis/" GROUP);
}

void migration_take_group(struct migration *m, const struct kube_call *call)
{
	const char *version =
		json_str(json_object_get(call->object, "preferredVersion"), "version");

	*m = (struct migration){ .known = kube_call_not_found(call) };
	m->version = xstrdup_filled(version);
}

static void take_object(struct migration *m, const json_t *object)
{
	const json_t *metadata = json_object_get(object, "metadata");
	const json_t *status = json_object_get(object, "status");
	const char *since = json_str(status, "datastoreLockedAt");

	since = since ? since : json_str(status, "startedAt");
	m->name = xstrdup_filled(json_str(metadata, "name"));
	m->phase = xstrdup_filled(json_str(status, "phase"));
	m->phase = m->phase ? m->phase : xstrdup("Pending");
	m->since = xstrdup_filled(since ? since : json_str(metadata, "creationTimestamp"));
	m->message = xstrdup_filled(json_str(status, "message"));
}

static void take_list(struct migration *m, const struct kube_call *call)
{
	const json_t *items = json_object_get(call->object, "items"), *item;
	size_t i;

	m->known = json_is_array(items) || kube_call_not_found(call);
	json_array_foreach(items, i, item) {
		const char *name = json_str(json_object_get(item, "metadata"), "name");

		if (name && strcmp(name, NAME) == 0 && !m->name)
			take_object(m, item);
	}
}

static int check_migrations(const json_t *list, struct err *e)
{
	static const struct json_shape rows[] = {
		{ "items[]", "object!" },
		{ "items[].metadata.name", "string" },
		{ "items[].metadata.creationTimestamp", "string" },
		{ "items[].status.phase", "string" },
		{ "items[].status.message", "string" },
		{ "items[].status.startedAt", "string" },
		{ "items[].status.datastoreLockedAt", "string" },
	};

	return json_check(list, rows, ARRAY_LEN(rows), e);
}

int migration_read(struct migration *m, struct kube_api *api, struct err *unread, struct err *e)
{
	kube_batch_auto b = { 0 };

	if (!m->version)
		return 0;
	struct kube_call *call = kube_batch_add(&b, (struct kube_request){ .verb = KUBE_LIST,
							    .group = GROUP,
							    .version = m->version,
							    .plural = "datastoremigrations",
							    .check = check_migrations });

	if (kube_batch_run(&b, api, e) < 0)
		return -1;
	take_list(m, call);
	if (!m->known)
		err_move(unread, &call->err);
	return 0;
}

static bool is_in(const struct migration *m, const char *phase)
{
	return m->phase && strcmp(m->phase, phase) == 0;
}

bool migration_is_done(const struct migration *m)
{
	return is_in(m, "Converged") || is_in(m, "Complete");
}

void migration_release(struct migration *m)
{
	free(m->version);
	free(m->name);
	free(m->phase);
	free(m->since);
	free(m->message);
	*m = (struct migration){ 0 };
}

static char *migration_reason(const struct migration *m)
{
	const char *advice =
		is_in(m, "Failed")
			? "\"calico-datastore migrate-api --abort\" ends it and opens v1; then run "
			  "this again"
		: is_in(m, "Converged")
			? "wait until its phase is Complete; until then every component changes to "
			  MODE_V3
			: "wait until its phase is Complete, or end it with \"calico-datastore "
			  "migrate-api --abort\"";

	if (!m->name || is_in(m, "Complete"))
		return NULL;
	return xasprintf("the DatastoreMigration %s is in the phase %s since %s%s%s%s: %s; " IGNORE,
		m->name, m->phase, m->since ? m->since : "an unknown time",
		m->message ? " (" : "", m->message ? m->message : "", m->message ? ")" : "",
		advice);
}

/* ClusterInformation */

/* When the field was last written: the time of the field's manager. */
static const char *written(const json_t *object)
{
	const json_t *entry;
	const char *last = NULL;
	size_t i;

	json_array_foreach(json_at(object, "metadata", "managedFields", NULL), i, entry) {
		const char *time = json_str(entry, "time");

		if (time && json_at(entry, "fieldsV1", "f:spec", "f:datastoreReady", NULL) &&
			(!last || strcmp(time, last) > 0))
			last = time;
	}
	return last;
}

static char *ready_reason(const struct kube_call *call, const struct migration *m)
{
	const json_t *ready = json_at(call->object, "spec", "datastoreReady", NULL);
	const char *since = written(call->object);

	if (!json_is_false(ready))
		return NULL;
	if (is_in(m, "Complete"))
		return xasprintf("Calico's objects are in " MODE_V3 " since the DatastoreMigration "
				 "%s is Complete, and " MODE_V1_GROUP " is a locked copy: "
				 "install the release's v3_projectcalico_org.yaml; " IGNORE,
			m->name);
	return xasprintf("%s %s says datastoreReady: false since %s: the datastore is locked; end "
			 "the migration that locked it, or unlock it with \"calicoctl datastore "
			 "migrate unlock\"; " IGNORE,
		call->resource, call->name, since ? since : "an unknown time");
}

/* Lock */

unsigned lock_groups(const json_t *names)
{
	unsigned groups = 0;
	const json_t *name;
	size_t i;

	json_array_foreach(names, i, name) {
		const char *dot = strchr(json_string_value(name), '.');

		if (dot && strcmp(dot + 1, MODE_V1_GROUP) == 0)
			groups |= LOCK_V1;
		if (dot && strcmp(dot + 1, MODE_V3_GROUP) == 0)
			groups |= LOCK_V3;
	}
	return groups ? groups : LOCK_V1;
}

static void ask_information(struct kube_batch *b, const char *group, const char *version)
{
	kube_batch_add(b, (struct kube_request){ .verb = KUBE_GET,
				  .group = group,
				  .version = version,
				  .plural = "clusterinformations",
				  .name = "default" });
}

size_t lock_ask(unsigned groups, struct kube_batch *b)
{
	size_t at = b->n;

	migration_ask(b);
	if (groups & LOCK_V1)
		ask_information(b, MODE_V1_GROUP, "v1");
	if (groups & LOCK_V3)
		ask_information(b, MODE_V3_GROUP, "v3");
	return at;
}

static int unread(struct err *why, struct err *e)
{
	err_move(e, why);
	return err_wrap(e, "whether the datastore is locked cannot be read");
}

int lock_take(const struct kube_batch *b, size_t at, struct kube_api *api, char **reason,
	struct err *e)
{
	struct migration m;
	err_auto why = { 0 };

	*reason = NULL;
	for (size_t i = at; i < b->n; i++)
		if (b->calls[i]->err.msg && !kube_call_not_found(b->calls[i]))
			return unread(&b->calls[i]->err, e);
	migration_take_group(&m, b->calls[at]);
	int rc = migration_read(&m, api, &why, e);

	if (rc == 0 && why.kind)
		rc = unread(&why, e);
	if (rc == 0)
		*reason = migration_reason(&m);
	for (size_t i = at + 1; i < b->n && rc == 0 && !*reason; i++)
		*reason = ready_reason(b->calls[i], &m);
	migration_release(&m);
	return rc;
}

char *lock_take_version(const struct kube_batch *b, size_t at)
{
	char *version = NULL;

	for (size_t i = at + 1; i < b->n && !version; i++)
		version = xstrdup_filled(json_string_value(
			json_at(b->calls[i]->object, "spec", "calicoVersion", NULL)));
	return version;
}

static void take_ready(void *arg, const json_t *object)
{
	*(const json_t **)arg =
		json_incref((json_t *)(uintptr_t)json_at(object, "spec", "datastoreReady", NULL));
}

static void no_problem(void *arg, const char *text)
{
	(void)arg;
	(void)text;
}

static int store_reason(const struct calico_store *store, char **reason, struct err *e)
{
	static const char *const name = "default";
	json_auto_t *ready = NULL;
	const struct calico_sink sink = { &ready, take_ready, no_problem, NULL, NULL };
	const struct calico_kind *kind = calico_kind_find("clusterinformations", e);

	if (!kind || store->driver->get(store->store, kind, NULL, &name, 1, &sink, e) < 0)
		return -1;
	if (json_is_false(ready))
		*reason = xstrdup("ClusterInformation default says datastoreReady: false: "
				  "somebody has locked the datastore, \"calicoctl datastore "
				  "migrate unlock\" ends that; " IGNORE);
	return 0;
}

int lock_reason(const struct calico_store *store, struct kube_api *api, unsigned groups,
	char **reason, struct err *e)
{
	kube_batch_auto b = { 0 };

	*reason = NULL;
	if (!api)
		return store_reason(store, reason, e);
	size_t at = lock_ask(groups, &b);

	return kube_batch_run(&b, api, e) < 0 ? -1 : lock_take(&b, at, api, reason, e);
}

int lock_refuse_writes(const struct calico_store *store, struct kube_api *api, unsigned groups,
	struct err *e)
{
	char_auto *reason = NULL;

	if (lock_reason(store, api, groups, &reason, e) < 0)
		return -1;
	return reason ? err_set(e, ERR_BLOCKED, 0, "nothing was written: %s", reason) : 0;
}

int lock_refuse(struct kube_api *api, const json_t *names, bool ignore, struct err *e)
{
	return ignore ? 0 : lock_refuse_writes(NULL, api, lock_groups(names), e);
}
