/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/look/backup.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "base/out.h"
#include "engine/look/backup_parts.h"
#include "engine/look/identity.h"
#include "engine/look/mode.h"
#include "kube/pages.h"
#include "manifest/bundle_stream.h"
#include "manifest/crd.h"

/* Writing */

/* One kind that is being listed. */
struct listing {
	const json_t *crd;
	const char *version; /* the version that the server stores */
	struct kube_pages pages;
	size_t objects;
};

struct writing {
	struct kube_api *api;
	struct bundle_stream *stream;
	struct listing *kinds;
	size_t n;
	char *revision; /* revision of the whole backup; NULL: the server cannot give one */
	size_t objects;
	backup_progress *progress;
	void *arg;
	struct backup *result;
};

static void ask_page(const struct writing *w, struct listing *k, struct kube_batch *b)
{
	struct kube_call *call = kube_batch_add(b, (struct kube_request){ .verb = KUBE_LIST,
							   .group = crd_group(k->crd),
							   .version = k->version,
							   .plural = crd_plural(k->crd),
							   .token = k->pages.token,
							   .revision = w->revision,
							   .subject = k });

	call->keep_answer = true;
}

static int add_page(struct writing *w, struct listing *k, const json_t *items,
	const struct kube_call *call, struct err *e)
{
	char_auto *name = xasprintf("objects/%s/%06zu.json", crd_name(k->crd), k->pages.n);

	k->objects += json_array_size(items);
	w->objects += json_array_size(items);
	if (w->progress)
		w->progress(w->arg, w->objects);
	if (json_array_size(items) == 0)
		return 0;
	return bundle_stream_add(w->stream, name, call->req.answer.data, call->req.answer.len, e);
}

/*
 * All pages must show one moment. A list that the server forgot cannot begin again, since it would
 * have another revision.
 */
static int take_page(struct writing *w, struct kube_call *call, struct err *e)
{
	struct listing *k = call->subject;

	switch (kube_pages_take(&k->pages, call, e)) {
	case KUBE_PAGE_ITEMS:
		return add_page(w, k, json_object_get(call->object, "items"), call, e);
	case KUBE_PAGE_AGAIN:
		return err_set(e, ERR_API, call->err.code,
			"list %s: the server no longer has revision %s, at which the backup began; "
			"run it again when there are fewer writes",
			call->resource, w->revision ? w->revision : "of the list");
	case KUBE_PAGE_FAILED:
		break;
	}
	return err_wrap(e, "nothing was backed up");
}

/* Reads the next page of every kind that has one, all in one batch. */
static int next_pages(struct writing *w, bool *more, struct err *e)
{
	kube_batch_auto b = { 0 };

	for (size_t i = 0; i < w->n; i++)
		if (!w->kinds[i].pages.ended)
			ask_page(w, &w->kinds[i], &b);
	*more = b.n > 0;
	int rc = kube_batch_run(&b, w->api, e);

	for (size_t i = 0; i < b.n && rc == 0; i++)
		rc = take_page(w, b.calls[i], e);
	return rc;
}

/*
 * Custom resources share one etcd, whose revision is the resourceVersion of any list. Each kind is
 * listed at exactly that revision, so all kinds show one moment.
 */
static int choose_revision(struct writing *w, struct identity *id, struct err *e)
{
	const struct listing *k = &w->kinds[0];
	kube_batch_auto b = { 0 };
	struct kube_call *list = kube_batch_add(&b, (struct kube_request){ .verb = KUBE_LIST,
							    .group = crd_group(k->crd),
							    .version = k->version,
							    .plural = crd_plural(k->crd) });
	size_t at = identity_ask(&b, strcmp(crd_group(k->crd), MODE_V3_GROUP) == 0);

	if (kube_batch_run(&b, w->api, e) < 0)
		return -1;
	if (!list->object) {
		err_move(e, &list->err);
		return -1;
	}
	const char *revision =
		json_str(json_object_get(list->object, "metadata"), "resourceVersion");

	for (size_t i = 0; i < b.n; i++)
		if (b.calls[i]->err.kind == ERR_AUTH) {
			err_move(e, &b.calls[i]->err);
			return -1;
		}
	w->revision = revision && *revision ? xstrdup(revision) : NULL;
	identity_take(id, &b, at);
	return 0;
}

static json_t *summarize(const struct writing *w, const struct identity *id)
{
	json_t *kinds = json_array();
	char now[32];

	for (size_t i = 0; i < w->n; i++) {
		const struct listing *k = &w->kinds[i];

		json_array_append_new(kinds,
			json_pack("{s:s, s:s, s:s?, s:I}", "name", crd_name(k->crd), "version",
				k->version, "resourceVersion",
				json_str(json_object_get(k->crd, "metadata"), "resourceVersion"),
				"objects", (json_int_t)k->objects));
	}
	now_rfc3339(now);
	return json_pack("{s:s, s:s, s:s, s:s?, s:s?, s:s?, s:I, s:o}", "apiVersion",
		REPORT_API_VERSION, "kind", "Backup", "time", now, "clusterUID", id->uid,
		"calicoVersion", id->calico_version, "revision", w->revision, "objects",
		(json_int_t)w->objects, "customResourceDefinitions", kinds);
}

int backup_add_json(
	struct bundle_stream *stream, const char *name, const json_t *value, struct err *e)
{
	buf_auto text = { 0 };

	json_write(&text, value, JSON_STYLE_INDENT);
	buf_putc(&text, '\n');
	return bundle_stream_add(stream, name, text.data, text.len, e);
}

static int write_all(void *arg, struct bundle_stream *stream, struct err *e)
{
	struct writing *w = arg;
	struct backup *result = w->result;
	struct identity id = { 0 };
	bool more = true;

	w->stream = stream;
	int rc = choose_revision(w, &id, e);

	for (size_t i = 0; i < w->n && rc == 0; i++) {
		char_auto *name = xasprintf("crds/%s.json", crd_name(w->kinds[i].crd));

		rc = backup_add_json(stream, name, w->kinds[i].crd, e);
	}
	while (rc == 0 && more)
		rc = next_pages(w, &more, e);
	if (rc == 0) {
		result->summary = summarize(w, &id);
		result->crds = w->n;
		result->objects = w->objects;
		rc = backup_add_json(stream, "backup.json", result->summary, e);
	}
	identity_release(&id);
	return rc < 0 ? -1 : bundle_stream_close(stream, e);
}

/* The signature is written before the backup, so a backup that exists has the wanted signature. */
static int write_signature(
	const struct signer *signer, struct sign_hash *hash, const char *path, struct err *e)
{
	char_auto *signature_path = xasprintf("%s.minisig", path);
	unsigned char digest[SIGN_HASH_SIZE];
	buf_auto text = { 0 };

	sign_hash_end(hash, digest);
	if (sign_make_hash(&text, digest, signer->comment, &signer->key, e) < 0)
		return -1;
	return file_replace(signature_path, text.data, text.len, 0644, e);
}

int backup_write_file(const char *path, const struct signer *signer,
	int (*fill)(void *arg, struct bundle_stream *stream, struct err *e), void *arg,
	struct err *e)
{
	if (access(path, F_OK) == 0)
		return err_set(e, ERR_USAGE, EEXIST,
			"%s: the file exists, and a backup is never overwritten; give another name",
			path);
	struct sign_hash *hash = signer ? sign_hash_new(e) : NULL;
	struct new_file file;
	int rc = -1;

	if (signer && !hash)
		return -1;
	if (file_begin(&file, path, 0600, false, e) < 0) {
		sign_hash_end(hash, NULL);
		return -1;
	}
	struct bundle_stream *stream = bundle_stream_new(file.fd, hash, e);

	if (stream)
		rc = fill(arg, stream, e);
	bundle_stream_free(stream);
	if (rc == 0 && signer)
		rc = write_signature(signer, steal(&hash), path, e);
	sign_hash_end(hash, NULL);
	if (rc == 0)
		return file_keep(&file, e);
	file_drop(&file);
	return -1;
}

char *backup_path(const char *dir, const char *context)
{
	char *path, now[32];
	time_t t = time(NULL);
	struct tm tm;

	strftime(now, sizeof(now), "%Y%m%dT%H%M%SZ", gmtime_r(&t, &tm));
	path = xasprintf("%s/calico-datastore-backup-%s%s%s-%d.tar.gz", dir, context ? context : "",
		context ? "-" : "", now, (int)getpid());
	for (char *p = path + strlen(dir) + 1; *p; p++)
		if (*p == '/' || (unsigned char)*p <= ' ')
			*p = '_';
	return path;
}

int backup_write(struct kube_api *api, const json_t *crds, const char *path,
	const struct signer *signer, backup_progress *progress, void *arg, struct backup *result,
	struct err *e)
{
	struct writing w = {
		.api = api, .progress = progress, .arg = arg, .result = result
	};
	const json_t *crd;
	size_t i;

	*result = (struct backup){ 0 };
	w.kinds = xcalloc(json_array_size(crds), sizeof(*w.kinds));
	json_array_foreach(crds, i, crd)
		w.kinds[w.n++] =
			(struct listing){ .crd = crd, .version = crd_storage_version(crd) };
	int rc =
		w.n > 0 ? backup_write_file(path, signer, write_all, &w, e)
			: err_set(e, ERR_CHECK, 0, "there is no Calico CRD, so nothing to back up");

	for (i = 0; i < w.n; i++)
		kube_pages_release(&w.kinds[i].pages);
	free(w.kinds);
	free(w.revision);
	return rc;
}

void backup_release(struct backup *b)
{
	json_decref(b->summary);
	*b = (struct backup){ 0 };
}

/* Reading */

static json_t *parse(const char *name, const struct buf *content, struct err *e)
{
	json_t *value = json_parse(buf_str(content), content->len, e);

	if (value && json_is_object(value))
		return value;
	json_decref(value);
	if (value)
		err_set(e, ERR_VERIFY, 0, "no JSON object");
	e->kind = ERR_VERIFY;
	err_wrap(e, "entry %s", name);
	return NULL;
}

/* The first pass judges everything and keeps only what is small. */
struct opening {
	struct backup_file *file;
	const struct foreign *foreign;
};

static int misplaced(const char *name, const char *why, struct err *e)
{
	return err_set(e, ERR_VERIFY, 0, "entry %s: %s", name, why);
}

static int take_crd(struct opening *o, const char *name, const json_t *crd, struct err *e)
{
	struct backup_file *f = o->file;

	if (crd_check(crd, e) < 0) {
		e->kind = ERR_VERIFY;
		return err_wrap(e, "entry %s", name);
	}
	char_auto *wanted = xasprintf("crds/%s.json", crd_name(crd));

	if (strcmp(name, wanted) != 0)
		return misplaced(name, "it is the CRD of another name", e);
	if (crd_find(f->crds, crd_name(crd)))
		return misplaced(name, "it occurs twice", e);
	if (foreign_check_crd(o->foreign, f->path, crd, e) < 0)
		return -1;
	json_array_append(f->crds, (json_t *)(uintptr_t)crd);
	return 0;
}

/*
 * The CRD for "objects/CRD/NNNNNN.json", which must come before its objects; NULL: the CRD is not
 * there.
 */
static const json_t *crd_of_page(const struct backup_file *f, const char *name)
{
	const char *rest = name + strlen("objects/");
	char_auto *crd = xstrndup(rest, strcspn(rest, "/"));

	return crd_find(f->crds, crd);
}

static int judge_page(struct opening *o, const char *name, const json_t *list, struct err *e)
{
	const json_t *crd = crd_of_page(o->file, name), *object;
	const json_t *items = json_object_get(list, "items");
	size_t i;

	if (!crd)
		return misplaced(name, "the CRD of these objects is not in the backup", e);
	if (!json_is_array(items))
		return misplaced(name, "no list of objects", e);
	json_array_foreach(items, i, object)
		if (foreign_check_object(crd, object, e) < 0)
			return err_wrap(e, "entry %s", name);
	o->file->objects += json_array_size(items);
	return 0;
}

static int take_entry(void *arg, const char *name, const struct buf *content, struct err *e)
{
	struct opening *o = arg;
	json_auto_t *value = parse(name, content, e);

	if (!value)
		return -1;
	if (has_prefix(name, "crds/"))
		return take_crd(o, name, value, e);
	if (has_prefix(name, "objects/"))
		return judge_page(o, name, value, e);
	if (has_prefix(name, "keys/"))
		return backup_judge_keys(o->file, name, value, e);
	if (strcmp(name, "backup.json") != 0)
		return misplaced(name, "a backup has no such entry", e);
	if (o->file->summary)
		return misplaced(name, "it occurs twice", e);
	o->file->summary = json_incref(value);
	return 0;
}

static int open_file(struct backup_file *f, const struct trust *trust,
	const struct foreign *foreign, struct err *e)
{
	struct opening o = { .file = f, .foreign = foreign };

	if (trust->n > 0) {
		if (trust_check_open(trust, f->path, f->fd, f->proof.hash, &f->signature, e) < 0)
			return -1;
		f->proof.is_signed = true;
	}
	if (bundle_stream_read(f->fd, &f->proof, take_entry, &o, e) < 0)
		return err_wrap(e, "%s", f->path);
	if (!f->summary)
		return err_set(e, ERR_VERIFY, 0, "%s: it has no backup.json; is it a backup?",
			f->path);
	const char *datastore = json_str(f->summary, "datastore");
	bool etcd = datastore && strcmp(datastore, "etcdv3") == 0;

	if (etcd != (datastore != NULL) || (f->etcd && !etcd) ||
		(etcd && json_array_size(f->crds) > 0))
		return err_set(e, ERR_VERIFY, 0,
			"%s: what it holds is not of the datastore that backup.json names",
			f->path);
	f->etcd = etcd;
	return 0;
}

int backup_open(struct backup_file *f, const char *path, const struct trust *trust,
	const struct foreign *foreign, struct err *e)
{
	*f = (struct backup_file){ .fd = -1, .path = xstrdup(path), .crds = json_array() };
	f->fd = buf_open_file(path, e);
	if (f->fd < 0)
		return -1;
	return open_file(f, trust, foreign, e);
}

struct pages {
	const struct backup_file *file;
	int (*take)(void *arg, const char *crd, const json_t *items, struct err *e);
	void *arg;
};

static int take_objects(void *arg, const char *name, const struct buf *content, struct err *e)
{
	const struct pages *p = arg;

	if (!has_prefix(name, p->file->etcd ? "keys/" : "objects/"))
		return 0;
	json_auto_t *list = parse(name, content, e);

	if (!list)
		return -1;
	if (!p->file->etcd)
		return p->take(p->arg, crd_name(crd_of_page(p->file, name)),
			json_object_get(list, "items"), e);
	const char *rest = name + strlen("keys/");
	char_auto *what = xstrndup(rest, strcspn(rest, "/"));

	return p->take(p->arg, what, json_object_get(list, "keys"), e);
}

int backup_each_page(struct backup_file *f,
	int (*take)(void *arg, const char *crd, const json_t *items, struct err *e), void *arg,
	struct err *e)
{
	struct pages p = { .file = f, .take = take, .arg = arg };

	return bundle_stream_read(f->fd, &f->proof, take_objects, &p, e);
}

void backup_close(struct backup_file *f)
{
	if (f->path && f->fd >= 0)
		close(f->fd);
	free(f->path);
	buf_release(&f->proof.sums);
	json_decref(f->summary);
	json_decref(f->crds);
	*f = (struct backup_file){ .fd = -1 };
}
