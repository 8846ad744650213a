/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/look/objects.h"

#include <string.h>

#include "base/json.h"
#include "base/out.h"
#include "calico/model/decode.h"
#include "calico/model/refusal.h"
#include "base/yaml.h"
#include "engine/judge/moves.h"
#include "kube/batch.h"
#include "manifest/crd.h"

enum { RATCHETING_MINOR = 30 };

static json_t *schema_of(const json_t *crd, const char *version)
{
	const json_t *item;
	size_t i;

	json_array_foreach(crd_versions(crd), i, item) {
		const char *name = json_str(item, "name");

		if (name && strcmp(name, version) == 0)
			return json_incref((json_t *)(uintptr_t)json_at(
				item, "schema", "openAPIV3Schema", NULL));
	}
	return NULL;
}

/*
 * Without a schema, and with preserveUnknownFields true, objects keep everything that is written.
 * The new schema is then compared with a schema that allows everything.
 */
static json_t *old_schema(const json_t *live, const char *version)
{
	json_t *schema = schema_of(live, version);

	if (schema && !json_is_true(json_at(live, "spec", "preserveUnknownFields", NULL)))
		return schema;
	json_decref(schema);
	return json_pack("{s:s, s:b}", "type", "object", "x-kubernetes-preserve-unknown-fields", 1);
}

static bool take_schemas(struct preflight_kind *k)
{
	json_t *new = schema_of(k->item->target, k->version), *old;

	if (!new)
		return false;
	old = old_schema(k->item->live, k->version);
	schema_reduce(&old, &new);
	k->old = schema_node_new(old);
	k->new = schema_node_new(new);
	k->schemas = json_pack("[o, o]", old, new);
	return true;
}

/* Versions that the release removes are not judged here: the plan itself refuses that. */
static void choose_kinds(struct preflight *p, struct plan *plan)
{
	p->kinds = xcalloc(plan->n, sizeof(*p->kinds));
	for (size_t i = 0; i < plan->n; i++) {
		struct plan_item *item = &plan->items[i];
		struct preflight_kind *k = &p->kinds[p->n_kinds];

		/* A CRD that is blocked for another reason also has objects. */
		if ((item->verdict != PLAN_UPDATE && item->verdict != PLAN_BLOCKED) ||
			!item->live || compat_worst(&item->compat) == COMPAT_SAFE)
			continue;
		*k = (struct preflight_kind){ .item = item,
			.version = crd_storage_version(item->live) };
		p->n_kinds += take_schemas(k);
	}
}

/* Rows */

static void drop_examples(struct preflight_row *row)
{
	for (size_t i = 0; i < row->n_examples; i++) {
		free(row->examples[i].object);
		free(row->examples[i].path);
		free(row->examples[i].part);
		free(row->examples[i].value);
	}
	free(row->examples);
	row->examples = NULL;
	row->n_examples = 0;
}

static void drop_texts(struct preflight_row *row)
{
	free(row->field);
	free(row->text);
	free(row->message);
	free(row->allowed);
}

static struct preflight_row *row_of(
	struct preflight *p, const struct preflight_kind *k, struct schema_finding *f)
{
	bool partly = has_prefix(f->part, "spec");
	char_auto *key = xasprintf("%s %d %d %s %s %s", k->item->name, f->class, partly, f->rule,
		f->field, f->text ? f->text : "");
	const json_t *place = json_object_get(p->index, key);

	if (place)
		return &p->rows[json_integer_value(place)];
	if (p->n_rows == PREFLIGHT_ROWS_MAX)
		return NULL;
	p->rows = xrealloc(p->rows, p->n_rows + 1, sizeof(*p->rows));
	json_object_set_new(p->index, key, json_integer((json_int_t)p->n_rows));
	p->rows[p->n_rows] = (struct preflight_row){
		.item = k->item,
		.class = f->class,
		.partly = partly,
		.rule = f->rule,
		.field = xstrdup(f->field),
	};
	if (f->text) {
		p->rows[p->n_rows].text = xstrdup(f->text);
		out_sanitize(p->rows[p->n_rows].text);
	}
	p->rows[p->n_rows].message = f->message ? xstrdup(f->message) : NULL;
	p->rows[p->n_rows].allowed = steal(&f->allowed);
	return &p->rows[p->n_rows++];
}

static char *object_name(const json_t *object)
{
	const json_t *metadata = json_object_get(object, "metadata");
	const char *ns = json_str(metadata, "namespace"), *name = json_str(metadata, "name");
	char *text = xasprintf("%s%s%s", ns ? ns : "", ns ? "/" : "", name ? name : "?");

	out_sanitize(text);
	return text;
}

static size_t kept_examples(const struct preflight *p, const struct preflight_row *row)
{
	return p->accept && schema_class_is_severe(row->class) ? PREFLIGHT_LOSSES
							       : PREFLIGHT_EXAMPLES;
}

static void count(struct preflight *p, const struct preflight_kind *k, const json_t *object,
	struct schema_finding *f)
{
	struct preflight_row *row = row_of(p, k, f);

	if (!row) {
		p->more++;
		return;
	}
	row->findings++;
	if (!row->move)
		row->move = moves_hint(k->item->desired, f);
	row->objects += row->last != p->serial;
	row->last = p->serial;
	if (row->n_examples == kept_examples(p, row))
		return;
	row->examples = xrealloc(row->examples, row->n_examples + 1, sizeof(*row->examples));
	row->examples[row->n_examples++] = (struct preflight_example){
		.object = object_name(object),
		.path = steal(&f->path),
		.part = steal(&f->part),
		.value = steal(&f->value),
	};
}

static bool has_severe(const struct schema_findings *found)
{
	bool severe = found->severe_cut;

	for (size_t i = 0; i < found->n; i++)
		severe = severe || schema_class_is_severe(found->items[i].class);
	return severe;
}

static void put_comments(struct buf *out, const char *before, const char *lines)
{
	while (*lines) {
		size_t n = strcspn(lines, "\n");

		buf_puts(out, before);
		out_plain(out, lines, n);
		buf_putc(out, '\n');
		lines += n + (lines[n] == '\n');
	}
}

static void put_remaining(struct buf *out, const struct schema_findings *found)
{
	for (size_t i = 0; i < found->n; i++) {
		const struct schema_finding *f = &found->items[i];
		buf_auto text = { 0 };

		if (!schema_class_is_severe(f->class))
			continue;
		buf_printf(&text, "%s: %s%s%s", *f->path ? f->path : "the object", f->rule,
			f->message ? ": " : "", f->message ? f->message : "");
		put_comments(out, "#   needs you: ", buf_str(&text));
	}
}

/*
 * Adds the corrected object as a document for kubectl replace: known replacements take the place of
 * wrong parts. The server accepts it only if nobody changed the object since.
 */
static void fix(struct preflight *p, const struct preflight_kind *k, const json_t *object,
	const struct schema_findings *found)
{
	json_auto_t *corrected = json_deep_copy(object);
	schema_findings_auto left = { 0 };
	buf_auto notes = { 0 };
	char_auto *name = object_name(object);
	bool changed = moves_apply(k->item->desired, k->new, corrected, &notes), severe;

	if (!changed && !has_severe(found))
		return;
	schema_judge(&p->judge, k->old, k->new, corrected, &left);
	severe = has_severe(&left);
	p->fixed += changed;
	p->unfixed += severe;
	buf_printf(p->fix, "%s# %s %s\n", changed ? "---\n" : "", crd_kind(k->item->desired), name);
	put_comments(p->fix, "#   ", buf_str(&notes));
	if (severe)
		put_remaining(p->fix, &left);
	json_object_del(json_object_get(corrected, "metadata"), "managedFields");
	if (changed)
		yaml_write(p->fix, corrected);
}

/* Writes "spec.ports[2]" as "spec.ports[*]". */
static void put_field(struct buf *field, const char *path)
{
	for (; *path; path++) {
		buf_putc(field, *path);
		if (*path == '[') {
			buf_putc(field, '*');
			path += strcspn(path, "]") - 1;
		}
	}
}

/* Finds what the calicoctl of the new release cannot decode. */
static void find_undecodable(const struct preflight *p, const struct preflight_kind *k,
	const json_t *object, struct schema_findings *found)
{
	const struct calico_kind *kind =
		calico_kind_of_crd(crd_group(k->item->live), crd_kind(k->item->live));
	struct decode d = { .how = DECODE_JUDGE };

	if (!kind || p->release == 0)
		return;
	json_auto_t *same = decode_object(field_table(kind->fields, p->release), object, &d);

	(void)same;
	for (size_t i = 0; i < d.n && i < DECODE_MAX_PROBLEMS; i++) {
		struct schema_place place = { 0 };

		buf_puts(&place.path, d.problems[i].path);
		put_field(&place.field, d.problems[i].path);
		place.part = place.path.len;
		struct schema_finding *f = schema_note(
			found, &place, SCHEMA_UNDECODABLE, "calicoctl", d.problems[i].json);

		if (f)
			f->message = xstrdup(d.problems[i].why);
		buf_release(&place.path);
		buf_release(&place.field);
	}
	decode_release(&d);
}

static void judge(struct preflight *p, struct preflight_kind *k, const json_t *object)
{
	schema_findings_auto found = { 0 };
	bool severe, limited = false;

	p->serial++;
	k->objects++;
	schema_judge(&p->judge, k->old, k->new, object, &found);
	find_undecodable(p, k, object, &found);
	severe = has_severe(&found);
	p->more += found.cut;
	if (p->fix && found.n > 0)
		fix(p, k, object, &found);
	for (size_t i = 0; i < found.n; i++) {
		limited = limited || (found.items[i].class != SCHEMA_NOT_EVALUATED &&
					     found.items[i].class != SCHEMA_UNDECODABLE);
		count(p, k, object, &found.items[i]);
	}
	k->severe += severe;
	k->limited += limited && !severe;
}

/* Pages */

/* The list cannot be completed, so all objects of the kind are counted again. */
static void start_over(struct preflight *p, struct preflight_kind *k)
{
	for (size_t i = 0; i < p->n_rows; i++)
		if (p->rows[i].item == k->item) {
			p->rows[i].objects = p->rows[i].findings = 0;
			drop_examples(&p->rows[i]);
		}
	k->objects = k->severe = k->limited = 0;
}

/*
 * A resourceVersion is opaque, except etcd's, which is a growing number. Any other form counts as
 * newer.
 */
static bool is_newer(const json_t *object, const char *since)
{
	const char *version = json_str(json_object_get(object, "metadata"), "resourceVersion");
	char *end, *end_since;

	if (!since || !version)
		return true;
	unsigned long long a = strtoull(version, &end, 10), b = strtoull(since, &end_since, 10);

	return *end || *end_since || a > b;
}

/* Judges each object of a page; an error that ends it is in e. */
static void judge_page(struct preflight *p, struct preflight_kind *k, struct kube_call *call,
	struct err *e)
{
	for (;;) {
		json_auto_t *object = kube_pages_next(&k->pages, call, &kube_without_managers, e);

		if (!object)
			return;
		if (is_newer(object, k->since))
			judge(p, k, object);
	}
}

static void take_page(struct preflight *p, struct preflight_kind *k, struct kube_call *call)
{
	err_auto failed = { 0 };

	switch (kube_pages_take(&k->pages, call, &failed)) {
	case KUBE_PAGE_ITEMS:
		judge_page(p, k, call, &failed);
		if (failed.msg)
			k->problem = xstrdup(failed.msg);
		break;
	case KUBE_PAGE_AGAIN:
		start_over(p, k);
		break;
	case KUBE_PAGE_FAILED:
		k->absent = kube_call_not_found(call);
		if (!k->absent)
			k->problem = xstrdup(failed.msg);
	}
}

/* From Kubernetes 1.30 on, an update need not correct what it does not change. */
static void take_version(struct preflight *p, const struct kube_call *call)
{
	const char *major = json_str(call->object, "major");
	const char *minor = json_str(call->object, "minor"); /* such as "34" or "34+" */

	p->ratchets = major && minor && strcmp(major, "1") == 0 &&
		      strtol(minor, NULL, 10) >= RATCHETING_MINOR;
	p->judge.ratchets = p->ratchets;
}

/* Reads the next page of every kind that has one, all in one batch. */
static int next_pages(
	struct preflight *p, struct kube_api *api, bool first, bool *more, struct err *e)
{
	kube_batch_auto b = { 0 };
	const struct kube_call *version = NULL;

	for (size_t i = 0; i < p->n_kinds; i++) {
		struct preflight_kind *k = &p->kinds[i];
		const json_t *crd = k->item->live;

		if (!k->pages.ended)
			kube_batch_add(&b, (struct kube_request){ .verb = KUBE_LIST,
						   .group = crd_group(crd),
						   .version = k->version,
						   .plural = crd_plural(crd),
						   .token = k->pages.token,
						   .apart = true,
						   .subject = k });
	}
	size_t n = b.n;

	*more = n > 0;
	if (first && n > 0)
		version = kube_batch_path(&b, "/version");
	if (kube_batch_run(&b, api, e) < 0)
		return -1;
	if (version)
		take_version(p, version);
	for (size_t i = 0; i < n; i++)
		take_page(p, b.calls[i]->subject, b.calls[i]);
	return 0;
}

/* Verdict */

/* The row with the most objects, as an example. */
static const struct preflight_row *worst_row(
	const struct preflight *p, const struct preflight_kind *k)
{
	const struct preflight_row *worst = NULL;

	for (size_t i = 0; i < p->n_rows; i++) {
		const struct preflight_row *row = &p->rows[i];

		if (row->item == k->item && schema_class_is_severe(row->class) &&
			row->objects > (worst ? worst->objects : 0))
			worst = row;
	}
	return worst;
}

static void block(const struct preflight *p, const struct preflight_kind *k)
{
	const struct preflight_row *row = worst_row(p, k);

	if (k->problem)
		plan_block(k->item,
			"its objects cannot be read, so nobody knows what the new schema does to "
			"them: %s; --accept-loss goes on without",
			k->problem);
	else if (row && row->n_examples > 0)
		plan_block(k->item,
			"%zu of %zu objects would lose data or could not be written any more, such "
			"as %s: %s (%s, %s); correct them, or go on with --accept-loss",
			k->severe, k->objects, row->examples[0].object, row->field,
			schema_class_name(row->class), row->rule);
	else if (k->severe > 0)
		plan_block(k->item,
			"%zu of %zu objects would lose data or could not be written any more; "
			"correct them, or go on with --accept-loss",
			k->severe, k->objects);
	k->item->by_objects = k->problem || k->severe > 0;
}

/* Orders the worst first; of two equal rows, the one that was found first. */
static int worse_first(const void *a, const void *b)
{
	const struct preflight_row *x = a, *y = b;
	int order;

	if (x->class != y->class)
		return x->class < y->class ? -1 : 1;
	if (x->objects != y->objects)
		return x->objects > y->objects ? -1 : 1;
	order = strcmp(x->item->name, y->item->name);
	return order ? order : (x->serial > y->serial) - (x->serial < y->serial);
}

/* Drops the rows that a new start emptied. The index is not valid afterwards. */
static void sort_rows(struct preflight *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n_rows; i++) {
		if (p->rows[i].findings == 0) {
			drop_texts(&p->rows[i]);
			continue;
		}
		p->rows[n] = p->rows[i];
		p->rows[n++].serial = i;
	}
	p->n_rows = n;
	if (n > 1)
		qsort(p->rows, n, sizeof(*p->rows), worse_first);
}

static void begin(struct preflight *p, struct plan *plan)
{
	p->index = json_object();
	choose_kinds(p, plan);
}

void preflight_begin(struct preflight *p, struct plan *plan)
{
	begin(p, plan);
	p->ratchets = p->judge.ratchets = true;
}

void preflight_take(struct preflight *p, const char *crd, const json_t *items)
{
	const json_t *object;
	size_t k;

	for (size_t i = 0; i < p->n_kinds; i++)
		if (strcmp(p->kinds[i].item->name, crd) == 0)
			json_array_foreach(items, k, object)
				judge(p, &p->kinds[i], object);
}

void preflight_end(struct preflight *p)
{
	sort_rows(p);
	for (size_t i = 0; i < p->n_kinds && !p->accept; i++)
		block(p, &p->kinds[i]);
}

static int read_all(struct preflight *p, struct kube_api *api, preflight_progress *progress,
	void *arg, struct err *e)
{
	bool more = true;

	for (bool first = true; more; first = false) {
		if (next_pages(p, api, first, &more, e) < 0)
			return -1;
		if (more && progress)
			progress(arg, preflight_objects(p));
	}
	preflight_end(p);
	return 0;
}

int preflight_run(struct preflight *p, struct kube_api *api, struct plan *plan,
	preflight_progress *progress, void *arg, struct err *e)
{
	begin(p, plan);
	return read_all(p, api, progress, arg, e);
}

int preflight_again(struct preflight *later, const struct preflight *first, struct kube_api *api,
	struct plan *plan, struct err *e)
{
	begin(later, plan);
	for (size_t i = 0; i < later->n_kinds; i++)
		for (size_t k = 0; k < first->n_kinds; k++)
			if (first->kinds[k].item == later->kinds[i].item)
				later->kinds[i].since = first->kinds[k].pages.revision;
	return read_all(later, api, NULL, NULL, e);
}

size_t preflight_objects(const struct preflight *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n_kinds; i++)
		n += p->kinds[i].objects;
	return n;
}

size_t preflight_severe(const struct preflight *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n_kinds; i++)
		n += p->kinds[i].severe;
	return n;
}

size_t preflight_limited(const struct preflight *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n_kinds; i++)
		n += p->kinds[i].limited;
	return n;
}

bool preflight_fixable(const struct preflight *p)
{
	for (size_t i = 0; i < p->n_rows; i++)
		if (p->rows[i].move && schema_class_is_severe(p->rows[i].class))
			return true;
	return false;
}

size_t preflight_unread(const struct preflight *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n_kinds; i++)
		n += p->kinds[i].problem != NULL;
	return n;
}

void preflight_release(struct preflight *p)
{
	for (size_t i = 0; i < p->n_kinds; i++) {
		schema_node_free(p->kinds[i].old);
		schema_node_free(p->kinds[i].new);
		json_decref(p->kinds[i].schemas);
		kube_pages_release(&p->kinds[i].pages);
		free(p->kinds[i].problem);
	}
	for (size_t i = 0; i < p->n_rows; i++) {
		drop_examples(&p->rows[i]);
		drop_texts(&p->rows[i]);
	}
	free(p->kinds);
	free(p->rows);
	json_decref(p->index);
	schema_judge_release(&p->judge);
	*p = (struct preflight){ 0 };
}
