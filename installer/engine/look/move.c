/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/look/move.h"

#include <math.h>
#include <string.h>

#include "base/digest.h"
#include "base/json.h"
#include "engine/judge/initial.h"
#include "engine/look/mode.h"
#include "kube/batch.h"
#include "kube/pages.h"
#include "manifest/crd.h"

static const char *name_of(const json_t *object)
{
	const char *name = json_str(json_object_get(object, "metadata"), "name");

	return name ? name : "";
}

static const char *namespace_of(const json_t *object)
{
	return json_str(json_object_get(object, "metadata"), "namespace");
}

/* Digests */

/* Servers write 5.0 as 5, so both get the same digest. */
static json_t *plain(const json_t *value)
{
	const char *key;
	json_t *part, *out;
	size_t i;

	if (json_is_real(value)) {
		double number = json_real_value(value);

		return fabs(number) < 9e15 && number == (double)(json_int_t)number
			       ? json_integer((json_int_t)number)
			       : json_real(number);
	}
	if (json_is_object(value)) {
		out = json_object();
		json_object_foreach((json_t *)(uintptr_t)value, key, part)
			if (!json_is_null(part))
				json_object_set_new(out, key, plain(part));
		return out;
	}
	if (!json_is_array(value))
		return json_incref((json_t *)(uintptr_t)value);
	out = json_array();
	json_array_foreach(value, i, part)
		json_array_append_new(out, plain(part));
	return out;
}

void move_digest(const json_t *object, char digest[33])
{
	static const char *const kept[] = { "name", "namespace", "labels", "annotations" };
	json_auto_t *spec = plain(json_object_get(object, "spec"));
	json_auto_t *content = json_object(), *metadata = json_object();
	char hex[SHA256_HEX_SIZE];
	buf_auto text = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(kept); i++) {
		json_t *value = (json_t *)(uintptr_t)json_at(object, "metadata", kept[i], NULL);

		if (!json_is_object(value) || json_object_size(value) > 0)
			json_object_set(metadata, kept[i], value);
	}
	json_object_set(content, "metadata", metadata);
	json_object_set(content, "spec", spec);
	json_write(&text, content, JSON_STYLE_SORT);
	sha256_hex(buf_str(&text), text.len, hex);
	memcpy(digest, hex, 32);
	digest[32] = '\0';
}

char *move_key(const struct calico_kind *kind, const json_t *object)
{
	const char *ns = kind->namespaced ? namespace_of(object) : NULL;

	return xasprintf("%s/%s%s%s", kind->kind, ns ? ns : "", ns ? "/" : "", name_of(object));
}

/* Lines */

void move_add_line(struct move_lines *l, const char *kind, const char *ns, const char *name,
	const char *problem)
{
	if (l->n++ < MOVE_LINES)
		json_array_append_new(l->items,
			json_pack("{s:s, s:s?, s:s, s:s?}", "kind", kind, "namespace", ns, "name",
				name, "problem", problem));
}

static void note(struct move_lines *l, const struct move_kind *k, const json_t *object,
	const char *problem)
{
	move_add_line(l, k->kind->kind, k->kind->namespaced ? namespace_of(object) : NULL,
		name_of(object), problem);
}

static void block(struct move *m, struct move_kind *k, const json_t *object, const char *why)
{
	k->blocked++;
	note(&m->blocked, k, object, why);
}

/* Open and close */

static const json_t *served_schema(const json_t *crd)
{
	const char *stored = crd_storage_version(crd);
	const json_t *v;
	size_t i;

	json_array_foreach(crd_versions(crd), i, v)
		if (strcmp(json_str(v, "name"), stored) == 0)
			return json_at(v, "schema", "openAPIV3Schema", NULL);
	return NULL;
}

/* A new object is judged as a whole: the old schema allows everything. */
static void open_kind(struct move *m, struct move_kind *k, const json_t *crds)
{
	const struct calico_resource *r = &k->kind->resources[0];
	char_auto *name = xasprintf("%s.%s", m->at.rules.v3 ? calico_v3_plural(r) : r->plural,
		m->at.rules.v3 ? MODE_V3_GROUP : r->group);

	k->crd = *r->group ? crd_find(crds, name) : NULL;
	const json_t *schema = k->crd ? served_schema(k->crd) : NULL;

	if (!schema)
		return;
	k->schemas = json_pack("[{s:s, s:b}, O]", "type", "object",
		"x-kubernetes-preserve-unknown-fields", 1, schema);
	k->old = schema_node_new(json_array_get(k->schemas, 0));
	k->new = schema_node_new(json_array_get(k->schemas, 1));
}

static void begin(struct move *m)
{
	m->nodes = json_object();
	m->expected = json_object();
	m->blocked.items = json_array();
	m->left.items = json_array();
	m->lossy.items = json_array();
	m->renamed.items = json_array();
}

void move_open(struct move *m, const struct datastore_release *at, const json_t *crds)
{
	const struct calico_kind *kinds;

	*m = (struct move){ .at = *at };
	m->at.release = xstrdup(at->release);
	now_rfc3339(m->time);
	m->terms = (struct object_terms){ .time = m->time,
		.rules = &m->at.rules,
		.release = field_release(at->release),
		.form = at->rules.v3 ? STORED_V3 : STORED_V1 };
	m->cluster_nodes = json_object();
	m->namespaces = json_object();
	begin(m);
	kinds = calico_kinds(&m->n);
	m->kinds = xcalloc(m->n, sizeof(*m->kinds));
	for (size_t i = 0; i < m->n; i++) {
		m->kinds[i].kind = &kinds[i];
		open_kind(m, &m->kinds[i], crds);
	}
}

static void forget(struct move *m)
{
	json_decref(m->nodes);
	json_decref(m->expected);
	json_decref(m->blocked.items);
	json_decref(m->left.items);
	json_decref(m->lossy.items);
	json_decref(m->renamed.items);
	json_decref(m->guid);
	m->guid = NULL;
	m->blocked = m->left = m->lossy = m->renamed = (struct move_lines){ 0 };
}

void move_restart(struct move *m)
{
	forget(m);
	begin(m);
	m->addresses = m->keys = m->others = 0;
	m->initialised = m->locked = false;
	for (size_t i = 0; i < m->n; i++) {
		struct move_kind *k = &m->kinds[i];

		k->found = k->moves = k->renamed = k->filled = 0;
		k->made = k->left = k->blocked = 0;
	}
}

void move_release(struct move *m)
{
	forget(m);
	json_decref(m->cluster_nodes);
	json_decref(m->namespaces);
	for (size_t i = 0; i < m->n; i++) {
		schema_node_free(m->kinds[i].old);
		schema_node_free(m->kinds[i].new);
		json_decref(m->kinds[i].schemas);
	}
	free(m->kinds);
	schema_judge_release(&m->judge);
	datastore_release_release(&m->at);
	*m = (struct move){ 0 };
}

size_t move_count(const struct move *m)
{
	size_t n = 0;

	for (size_t i = 0; i < m->n; i++)
		n += m->kinds[i].moves;
	return n;
}

/* The cluster */

/* The annotations of Calico on a node. A move that is abandoned restores them. */
static json_t *own_annotations(const json_t *object)
{
	json_t *own = json_object(), *value;
	const char *key;

	json_object_foreach((json_t *)(uintptr_t)json_at(object, "metadata", "annotations", NULL),
		key, value)
		if (has_prefix(key, "projectcalico.org/"))
			json_object_set(own, key, value);
	return own;
}

static int read_names(struct kube_api *api, const char *plural, json_t *names, struct err *e)
{
	struct kube_pages pages = { 0 };
	const json_t *item;
	int rc = 0;
	size_t i;

	while (!pages.ended && rc == 0) {
		kube_batch_auto b = { 0 };
		struct kube_call *call =
			kube_batch_add(&b, (struct kube_request){ .verb = KUBE_LIST,
						   .version = "v1",
						   .plural = plural,
						   .token = pages.token });

		rc = kube_batch_run(&b, api, e);
		if (rc < 0)
			break;
		switch (kube_pages_take(&pages, call, e)) {
		case KUBE_PAGE_ITEMS:
			json_array_foreach(json_object_get(call->object, "items"), i, item)
				json_object_set_new(names, name_of(item), own_annotations(item));
			break;
		case KUBE_PAGE_AGAIN:
			json_object_clear(names);
			break;
		case KUBE_PAGE_FAILED:
			rc = -1;
			break;
		}
	}
	kube_pages_release(&pages);
	return rc;
}

int move_read_cluster(struct move *m, struct kube_api *api, struct err *e)
{
	return read_names(api, "nodes", m->cluster_nodes, e) < 0 ||
			       read_names(api, "namespaces", m->namespaces, e) < 0
		       ? -1
		       : 0;
}

/* Objects */

/* Maps a node by --node-map, else by its orchRef, else to the same name. */
static void map_node(struct move *m, const json_t *node)
{
	const char *old = name_of(node), *orch = relocate_orch_node(node);
	json_t *given = json_object_get(m->given, old);
	const char *name = given ? json_string_value(given) : orch ? orch : old;

	if (given && !name)
		json_object_set_new(m->nodes, old, json_null());
	else if (json_object_get(m->cluster_nodes, name))
		json_object_set_new(m->nodes, old, json_string(name));
}

static void take_information(struct move *m, struct relocated *r)
{
	json_t *spec = json_object_get(r->object, "spec");
	json_t *whole = initial_information(r->object, true, "");

	m->initialised = true;
	m->locked = json_is_false(json_object_get(spec, "datastoreReady"));
	json_decref(m->guid);
	m->guid = json_incref(json_object_get(spec, "clusterGUID"));
	if (whole) {
		json_decref(r->object);
		r->object = whole;
	}
	json_object_set_new(json_object_get(r->object, "spec"), "datastoreReady", json_false());
}

static void count_addresses(struct move *m, const json_t *block)
{
	const json_t *address;
	size_t i;

	json_array_foreach(json_at(block, "spec", "allocations", NULL), i, address)
		m->addresses += !json_is_null(address);
}

static struct stored_request request(
	const struct move *m, const struct move_kind *k, const json_t *wanted, const char *name)
{
	return (struct stored_request){ .form = m->terms.form,
		.kind = k->kind,
		.rules = m->terms.rules,
		.release = m->terms.release,
		.wanted = wanted,
		.name = name,
		.birth = { .time = m->time } };
}

/* Judges the object against the CRD. False: the server would refuse the object. */
static bool judge(struct move *m, struct move_kind *k, const json_t *object, const json_t *target)
{
	schema_findings_auto found = { 0 };

	schema_judge(&m->judge, k->old, k->new, target, &found);
	for (size_t i = 0; i < found.n; i++) {
		const struct schema_finding *f = &found.items[i];

		if (f->class == SCHEMA_NOT_EVALUATED)
			continue;
		if (f->class == SCHEMA_HIDDEN) {
			char_auto *why = xasprintf("the CRD has no field %s", f->path);

			note(&m->lossy, k, object, why);
			continue;
		}
		char_auto *why = xasprintf("the CRD refuses %s (%s)%s%s",
			*f->path ? f->path : "it", f->rule, f->message ? ": " : "",
			f->message ? f->message : "");

		block(m, k, object, why);
		return false;
	}
	return true;
}

/* The object as a reader sees it, with the defaults of the CRD; NULL: it is not moved. */
static json_t *store(struct move *m, struct move_kind *k, const json_t *object, json_t *moved)
{
	struct stored_name names;
	err_auto bad = { 0 };

	stored_name_find(&names, m->terms.form, k->kind, name_of(moved), m->terms.rules);
	if (!is_dns_subdomain(names.name)) {
		char_auto *why = xasprintf(
			"Kubernetes does not take the name \"%.100s\": give it another one, of "
			"lower-case letters, digits, - and .",
			names.name);

		block(m, k, object, why);
		stored_name_release(&names);
		return NULL;
	}
	const struct stored_request r = request(m, k, moved, names.name);
	json_auto_t *target = stored_make(&r, &bad), *shown = NULL;

	if (!target) {
		block(m, k, object, bad.msg);
	} else if (judge(m, k, object, target)) {
		schema_findings_auto pruned = { 0 };
		json_auto_t *read = schema_read(k->new, target, &pruned);

		json_auto_t *is = plain(read), *was = plain(target);

		k->filled += !json_same(is, was);
		shown = stored_read(&r, read, &bad);
		if (!shown)
			block(m, k, object, bad.msg ? bad.msg : "it cannot be read back");
	}
	stored_name_release(&names);
	return steal(&shown);
}

/* Two objects get one name in the target, for example when two nodes map to the same one. */
static bool is_twin(struct move *m, struct move_kind *k, const json_t *object, const char *key)
{
	if (!json_object_get(m->expected, key))
		return false;
	char_auto *why = xasprintf("another object becomes %s as well", key);

	block(m, k, object, why);
	return true;
}

static bool has_place(struct move *m, struct move_kind *k, const json_t *object)
{
	const char *ns = k->kind->namespaced ? namespace_of(object) : NULL;

	if (!ns || json_object_get(m->namespaces, ns))
		return true;
	char_auto *why = xasprintf("the cluster has no namespace %s: create it first", ns);

	block(m, k, object, why);
	return false;
}

static bool is_native(const struct move_kind *k)
{
	return !*k->kind->resources[0].group;
}

static int keep(struct move *m, struct move_kind *k, const json_t *object, struct relocated *r,
	struct err *e)
{
	json_auto_t *wanted = is_native(k) ? json_incref(r->object)
					   : store(m, k, object, r->object);
	char digest[33];

	if (!wanted)
		return 0;
	char_auto *key = move_key(k->kind, wanted);

	if (is_twin(m, k, object, key))
		return 0;
	move_digest(wanted, digest);
	json_object_set_new(m->expected, key, json_string(digest));
	k->moves++;
	if (r->renamed) {
		k->renamed++;
		note(&m->renamed, k, object, key);
	}
	if (strcmp(k->kind->kind, "IPAMBlock") == 0)
		count_addresses(m, wanted);
	return m->take ? m->take(m->arg, k->kind, wanted, e) : 0;
}

static int settle(struct move *m, struct move_kind *k, const json_t *object, struct relocated *r,
	struct err *e)
{
	switch (r->fate) {
	case RELOCATE_MADE:
		k->made++;
		return 0;
	case RELOCATE_LEFT:
		k->left++;
		note(&m->left, k, object, r->why);
		return 0;
	case RELOCATE_BLOCKED:
		block(m, k, object, r->why);
		return 0;
	case RELOCATE_MOVES:
		break;
	}
	if (!is_native(k) && !k->crd) {
		k->left++;
		note(&m->left, k, object, "the release has no CRD of this kind");
		return 0;
	}
	if (!has_place(m, k, object))
		return 0;
	if (strcmp(k->kind->kind, "ClusterInformation") == 0)
		take_information(m, r);
	return keep(m, k, object, r, e);
}

static int take_object(struct move *m, struct move_kind *k, const json_t *object, struct err *e)
{
	struct relocated r;

	k->found++;
	if (strcmp(k->kind->kind, "Node") == 0)
		map_node(m, object);
	relocate(&r, k->kind, object, m->nodes, m->terms.release);
	int rc = settle(m, k, object, &r, e);

	relocated_release(&r);
	return rc;
}

static struct move_kind *kind_of(struct move *m, const char *plural)
{
	for (size_t i = 0; i < m->n; i++)
		if (strcmp(m->kinds[i].kind->plural, plural) == 0)
			return &m->kinds[i];
	return NULL;
}

/* A key "host/NODE", which only says that IPAM knows a host. */
static bool is_empty_host(const struct etcd_kv *kv)
{
	return has_prefix(buf_str(&kv->key), "/calico/ipam/v2/host/") && kv->value.len == 0;
}

static int take_key(struct move *m, struct move_kind *k, const struct etcd_kv *kv, struct err *e)
{
	err_auto bad = { 0 };

	m->keys++;
	if (!k) {
		m->others++;
		move_add_line(&m->left, "(key)", NULL, buf_str(&kv->key),
			"this program does not know what it is");
		return 0;
	}
	json_auto_t *object = etcd_object(k->kind, kv, &m->at.rules, &bad);

	if (bad.msg) {
		k->found++;
		k->blocked++;
		move_add_line(&m->blocked, k->kind->kind, NULL, buf_str(&kv->key), bad.msg);
		return 0;
	}
	m->others += !object && !is_empty_host(kv);
	return object ? take_object(m, k, object, e) : 0;
}

/* Sources */

static int take_page(void *arg, const char *what, const struct etcd_page *page, struct err *e)
{
	struct move *m = arg;

	for (size_t i = 0; i < page->n; i++)
		if (take_key(m, kind_of(m, what), &page->kvs[i], e) < 0)
			return -1;
	return 0;
}

int move_read_store(
	struct move *m, const struct calico_store *store, int64_t *revision, struct err *e)
{
	return backup_read_etcd(store, revision, take_page, m, e);
}

static int take_keys(void *arg, const char *what, const json_t *keys, struct err *e)
{
	struct move *m = arg;
	struct etcd_kv kv = { 0 };
	const json_t *item;
	int rc = 0;
	size_t i;

	json_array_foreach(keys, i, item) {
		rc = backup_key(item, &kv.key, &kv.value, e);
		if (rc == 0)
			rc = take_key(m, kind_of(m, what), &kv, e);
		if (rc < 0)
			break;
	}
	buf_release(&kv.key);
	buf_release(&kv.value);
	return rc;
}

int move_read_backup(struct move *m, struct backup_file *f, struct err *e)
{
	return backup_each_page(f, take_keys, m, e);
}

/* --node-map */

json_t *move_node_map(const char *text, size_t len, struct err *e)
{
	json_t *map = json_object();
	size_t line = 0;

	for (const char *p = text, *end = text + len; p < end; line++) {
		size_t n = strcspn(p, "\n");
		char_auto *row = xstrndup(p, strcspn(p, "#\n"));
		char old[254], new[254], rest;
		int fields = sscanf(row, " %253s %253s %c", old, new, &rest);

		p += n + (p[n] == '\n');
		if (fields <= 0)
			continue;
		if (fields != 2 || json_object_get(map, old) ||
			(strcmp(new, "-") != 0 && !is_dns_subdomain(new))) {
			json_decref(map);
			err_set(e, ERR_USAGE, 0,
				"line %zu: it is not OLD NEW, or not OLD -, or OLD is there twice",
				line + 1);
			return NULL;
		}
		json_object_set_new(
			map, old, strcmp(new, "-") == 0 ? json_null() : json_string(new));
	}
	return map;
}
