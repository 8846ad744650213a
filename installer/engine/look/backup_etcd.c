/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/base64.h"
#include "base/json.h"
#include "base/out.h"
#include "calico/model/ipam.h"
#include "calico/store/etcd_keys.h"
#include "engine/judge/object_plan.h"
#include "engine/look/backup_parts.h"
#include "engine/look/identity.h"

static const char others[] = "others";

/* Keys that are counted and named under one word. */
struct part {
	const char *what;
	size_t keys, entries;
};

struct saving {
	const struct calico_store *store;
	const char *release;
	struct bundle_stream *stream;
	int64_t revision;
	struct part *parts; /* one for each kind, and one for other keys */
	size_t n, keys;
	struct identity identity;
	backup_progress *progress;
	void *arg;
	struct backup *result;
};

static const char *const roots[] = { IPAM_ROOT, ETCD_ROOT };

/* Entries */

static json_t *base64_item(const struct etcd_kv *kv)
{
	buf_auto key = { 0 }, value = { 0 };

	base64_encode(&key, buf_str(&kv->key), kv->key.len);
	base64_encode(&value, buf_str(&kv->value), kv->value.len);
	return json_pack("{s:s, s:s, s:b}", "key", buf_str(&key), "value", buf_str(&value),
		"base64", 1);
}

static json_t *item_of(const struct etcd_kv *kv)
{
	json_t *item = json_pack("{s:s%, s:s%}", "key", buf_str(&kv->key), kv->key.len, "value",
		buf_str(&kv->value), kv->value.len);

	return item ? item : base64_item(kv);
}

static void take_information(struct saving *s, const struct etcd_kv *kv)
{
	err_auto ignored = { 0 };

	if (strcmp(buf_str(&kv->key), ETCD_ROOT "clusterinformations/default") != 0)
		return;
	json_auto_t *object = json_parse(buf_str(&kv->value), kv->value.len, &ignored);

	if (object)
		identity_take_information(&s->identity, object);
}

static struct part *part_of(struct saving *s, const char *what)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->parts[i].what, what) == 0)
			return &s->parts[i];
	s->parts[s->n] = (struct part){ .what = what };
	return &s->parts[s->n++];
}

static int take_page(
	void *arg, const char *what, const struct etcd_page *page, struct err *e)
{
	struct saving *s = arg;
	struct part *part = part_of(s, what);
	char_auto *name = xasprintf("keys/%s/%06zu.json", part->what, ++part->entries);
	json_auto_t *keys = json_array();

	for (size_t i = 0; i < page->n; i++) {
		json_array_append_new(keys, item_of(&page->kvs[i]));
		take_information(s, &page->kvs[i]);
	}
	part->keys += page->n;
	s->keys += page->n;
	if (s->progress)
		s->progress(s->arg, s->keys);
	json_auto_t *entry = json_pack("{s:O}", "keys", keys);

	return backup_add_json(s->stream, name, entry, e);
}

/* Ranges */

static struct etcd_keys range_of(const struct calico_kind *kind)
{
	char_auto *prefix = etcd_prefix(kind, NULL);
	struct etcd_keys range = { .what = kind->plural };

	buf_puts(&range.first, prefix);
	etcd_prefix_end(kind, prefix, &range.end);
	return range;
}

struct reading {
	const struct calico_store *store;
	int64_t revision;
	int (*take)(void *arg, const char *what, const struct etcd_page *page, struct err *e);
	void *arg;
};

static int hand_over(void *arg, const struct etcd_keys *range, const struct etcd_page *page,
	struct err *e)
{
	const struct reading *r = arg;

	return r->take(r->arg, range->what, page, e);
}

static int read_ranges(struct reading *r, struct etcd_keys *ranges, size_t n, struct err *e)
{
	int rc = etcd_read_keys(r->store, ranges, n, r->revision, hand_over, r, e);

	for (size_t i = 0; i < n; i++)
		etcd_keys_release(&ranges[i]);
	return rc;
}

static int read_rank(struct reading *r, int rank, struct err *e)
{
	size_t n, asked = 0;
	const struct calico_kind *kinds = calico_kinds(&n);
	struct etcd_keys *ranges = xcalloc(n, sizeof(*ranges));

	for (size_t i = 0; i < n; i++)
		if (object_rank(&kinds[i]) == rank)
			ranges[asked++] = range_of(&kinds[i]);
	int rc = read_ranges(r, ranges, asked, e);

	free(ranges);
	return rc;
}

static int compare_ranges(const void *a, const void *b)
{
	const struct etcd_keys *one = a, *two = b;

	return strcmp(buf_str(&one->first), buf_str(&two->first));
}

static void add_gap(struct etcd_keys *gaps, size_t *n, const char *from, const char *to)
{
	if (strcmp(from, to) >= 0)
		return;
	gaps[*n] = (struct etcd_keys){ .what = others };
	buf_puts(&gaps[*n].first, from);
	buf_puts(&gaps[(*n)++].end, to);
}

/* Finds the keys below a root that are in none of the ranges. The ranges are sorted. */
static void find_gaps(const char *root, const struct etcd_keys *ranges, size_t n,
	struct etcd_keys *gaps, size_t *n_gaps)
{
	char_auto *end = xstrdup(root), *from = xstrdup(root);

	end[strlen(end) - 1]++;
	for (size_t i = 0; i < n; i++) {
		if (!has_prefix(buf_str(&ranges[i].first), root))
			continue;
		add_gap(gaps, n_gaps, from, buf_str(&ranges[i].first));
		free(from);
		from = xstrdup(buf_str(&ranges[i].end));
	}
	add_gap(gaps, n_gaps, from, end);
}

/* Keys of kinds that this program does not know are also state of Calico. */
static int read_others(struct reading *r, struct err *e)
{
	size_t n, n_gaps = 0;
	const struct calico_kind *kinds = calico_kinds(&n);
	struct etcd_keys *ranges = xcalloc(n, sizeof(*ranges));
	struct etcd_keys *gaps = xcalloc(n + 2 * ARRAY_LEN(roots), sizeof(*gaps));

	for (size_t i = 0; i < n; i++)
		ranges[i] = range_of(&kinds[i]);
	qsort(ranges, n, sizeof(*ranges), compare_ranges);
	for (size_t i = 0; i < ARRAY_LEN(roots); i++)
		find_gaps(roots[i], ranges, n, gaps, &n_gaps);
	int rc = read_ranges(r, gaps, n_gaps, e);

	for (size_t i = 0; i < n; i++)
		etcd_keys_release(&ranges[i]);
	free(ranges);
	free(gaps);
	return rc;
}

int backup_read_etcd(const struct calico_store *store, int64_t *revision,
	int (*take)(void *arg, const char *what, const struct etcd_page *page, struct err *e),
	void *arg, struct err *e)
{
	struct reading r = { .store = store, .take = take, .arg = arg };

	if (etcd_revision(store, revision, e) < 0)
		return -1;
	r.revision = *revision;
	for (int rank = 0; rank < OBJECT_RANKS; rank++)
		if (read_rank(&r, rank, e) < 0)
			return -1;
	return read_others(&r, e);
}

/* The file */

static json_t *summarize(const struct saving *s)
{
	json_t *kinds = json_array();
	char_auto *revision = xasprintf("%lld", (long long)s->revision);
	char now[32];

	for (size_t i = 0; i < s->n; i++)
		json_array_append_new(kinds, json_pack("{s:s, s:I}", "name", s->parts[i].what,
						     "keys", (json_int_t)s->parts[i].keys));
	now_rfc3339(now);
	return json_pack("{s:s, s:s, s:s, s:s, s:s?, s:s?, s:s, s:s, s:I, s:o}", "apiVersion",
		REPORT_API_VERSION, "kind", "Backup", "time", now, "datastore", "etcdv3",
		"clusterGUID", s->identity.guid, "calicoVersion", s->identity.calico_version,
		"release", s->release, "revision", revision, "objects", (json_int_t)s->keys,
		"kinds", kinds);
}

static int fill(void *arg, struct bundle_stream *stream, struct err *e)
{
	struct saving *s = arg;

	s->stream = stream;
	if (backup_read_etcd(s->store, &s->revision, take_page, s, e) < 0)
		return err_wrap(e, "nothing was backed up");
	if (s->keys == 0)
		return err_set(e, ERR_CHECK, 0,
			"this etcd has no key of Calico, so there is nothing to back up");
	s->result->summary = summarize(s);
	s->result->objects = s->keys;
	return backup_add_json(stream, "backup.json", s->result->summary, e) < 0
		       ? -1
		       : bundle_stream_close(stream, e);
}

int backup_write_etcd(const struct calico_store *store, const char *release, const char *path,
	const struct signer *signer, backup_progress *progress, void *arg, struct backup *result,
	struct err *e)
{
	struct saving s = { .store = store,
		.release = release,
		.progress = progress,
		.arg = arg,
		.result = result };
	size_t kinds;

	(void)calico_kinds(&kinds);
	s.parts = xcalloc(kinds + 1, sizeof(*s.parts));
	*result = (struct backup){ 0 };
	int rc = backup_write_file(path, signer, fill, &s, e);

	identity_release(&s.identity);
	free(s.parts);
	return rc;
}

/* Reading */

static int take_bytes(const json_t *item, const char *field, struct buf *out, struct err *e)
{
	const json_t *text = json_object_get(item, field);

	if (!json_is_string(text))
		return err_set(e, ERR_VERIFY, 0, "%s is no string", field);
	if (json_is_true(json_object_get(item, "base64"))) {
		if (base64_decode(out, json_string_value(text), json_string_length(text), e) < 0) {
			e->kind = ERR_VERIFY;
			return err_wrap(e, "%s", field);
		}
		return 0;
	}
	buf_putn(out, json_string_value(text), json_string_length(text));
	return 0;
}

int backup_key(const json_t *item, struct buf *key, struct buf *value, struct err *e)
{
	buf_clear(key);
	buf_clear(value);
	return take_bytes(item, "key", key, e) < 0 || take_bytes(item, "value", value, e) < 0 ? -1
											      : 0;
}

/* etcd also keeps keys of other programs. A file may only restore keys of Calico. */
static int judge_key(const json_t *item, struct err *e)
{
	buf_auto key = { 0 }, value = { 0 };

	if (backup_key(item, &key, &value, e) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(roots); i++)
		if (has_prefix(buf_str(&key), roots[i]) && key.len > strlen(roots[i]))
			return 0;
	return err_set(e, ERR_VERIFY, 0, "%.200s is no key of Calico's", buf_str(&key));
}

int backup_judge_keys(struct backup_file *f, const char *name, const json_t *page, struct err *e)
{
	const json_t *keys = json_object_get(page, "keys"), *item;
	size_t i;

	if (!json_is_array(keys))
		return err_set(e, ERR_VERIFY, 0, "entry %s: no list of keys", name);
	json_array_foreach(keys, i, item)
		if (judge_key(item, e) < 0)
			return err_wrap(e, "entry %s", name);
	f->objects += json_array_size(keys);
	f->etcd = true;
	return 0;
}
