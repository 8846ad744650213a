/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/look/backup.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "base/out.h"
#include "engine/look/identity.h"
#include "engine/look/observe.h"
#include "manifest/bundle_stream.h"
#include "manifest/crd.h"

enum { GONE = 410 };

json_t *backup_live_crds(struct kube_api *api, const json_t *names, struct err *e)
{
	size_t n = json_array_size(names);
	struct kube_call *calls = xcalloc(n, sizeof(*calls));
	json_auto_t *crds = json_array();

	for (size_t i = 0; i < n; i++)
		observe_crd_call(&calls[i], json_string_value(json_array_get(names, i)));
	int rc = kube_run(api, calls, n, NULL, NULL, e);

	for (size_t i = 0; i < n && rc == 0; i++)
		if (calls[i].object && (rc = crd_check(calls[i].object, e)) == 0) {
			json_array_append(crds, calls[i].object);
		} else if (!calls[i].object && !kube_call_not_found(&calls[i])) {
			err_move(e, &calls[i].err);
			rc = -1;
		}
	observe_free_calls(calls, n);
	return rc == 0 ? json_incref(crds) : NULL;
}

/* Writing */

/* One kind while it is listed. */
struct listing {
	const json_t *crd;
	const char *version; /* the one that is stored */
	char *token; /* of the next page; NULL at first and at the end */
	size_t objects, pages;
	bool ended;
};

struct writing {
	struct kube_api *api;
	struct bundle_stream *stream;
	struct listing *kinds;
	size_t n;
	char *revision; /* of everything in it; NULL: the server cannot give one */
	size_t objects;
	backup_progress *progress;
	void *arg;
};

static void list_call(const struct writing *w, const struct listing *k, struct kube_call *call)
{
	kube_call_init(call, KUBE_LIST, crd_group(k->crd), k->version, crd_plural(k->crd), NULL,
		NULL, NULL, false);
	call->keep_answer = true;
	if (k->token)
		kube_call_continue(call, k->token);
	else if (w->revision)
		kube_call_at_revision(call, w->revision);
}

static int add_page(
	struct writing *w, struct listing *k, const struct kube_call *call, struct err *e)
{
	const json_t *items = json_object_get(call->object, "items");
	const char *token = json_str(json_object_get(call->object, "metadata"), "continue");
	char_auto *name = xasprintf("objects/%s/%06zu.json", crd_name(k->crd), ++k->pages);

	if (!json_is_array(items))
		return err_set(
			e, ERR_FORMAT, 0, "list %s: the answer has no items", call->resource);
	free(k->token);
	k->token = token && *token ? xstrdup(token) : NULL;
	k->ended = !k->token;
	k->objects += json_array_size(items);
	w->objects += json_array_size(items);
	if (w->progress)
		w->progress(w->arg, w->objects);
	if (json_array_size(items) == 0)
		return 0;
	return bundle_stream_add(w->stream, name, call->req.answer.data, call->req.answer.len, e);
}

static int take_page(struct writing *w, struct listing *k, struct kube_call *call, struct err *e)
{
	if (call->object)
		return add_page(w, k, call, e);
	if (call->req.status == GONE)
		return err_set(e, ERR_API, GONE,
			"list %s: the server no longer has revision %s, at which the backup began; "
			"run it again when there are fewer writes",
			call->resource, w->revision ? w->revision : "of the list");
	err_move(e, &call->err);
	return err_wrap(e, "nothing was backed up");
}

/* The next page of every kind that has one, all at once. */
static int next_pages(struct writing *w, bool *more, struct err *e)
{
	struct kube_call *calls = xcalloc(w->n, sizeof(*calls));
	struct listing **of = xcalloc(w->n, sizeof(struct listing *));
	size_t n = 0;

	for (size_t i = 0; i < w->n; i++)
		if (!w->kinds[i].ended) {
			of[n] = &w->kinds[i];
			list_call(w, of[n], &calls[n]);
			n++;
		}
	*more = n > 0;
	int rc = n > 0 ? kube_run(w->api, calls, n, NULL, NULL, e) : 0;

	for (size_t i = 0; i < n && rc == 0; i++)
		rc = take_page(w, of[i], &calls[i], e);
	observe_free_calls(calls, n);
	free(of);
	return rc;
}

/*
 * Custom resources share one etcd, and its revision is the resourceVersion of any list: asked for
 * at exactly that one, all kinds are as they were at one moment.
 */
static int choose_revision(struct writing *w, struct identity *id, struct err *e)
{
	struct kube_call calls[1 + IDENTITY_CALLS];
	const struct listing *k = &w->kinds[0];

	kube_call_init(&calls[0], KUBE_LIST, crd_group(k->crd), k->version, crd_plural(k->crd),
		NULL, NULL, NULL, false);
	identity_add_calls(&calls[1], strcmp(crd_group(k->crd), MODE_V3_GROUP) == 0);
	int rc = kube_run(w->api, calls, ARRAY_LEN(calls), NULL, NULL, e);
	const char *revision =
		json_str(json_object_get(calls[0].object, "metadata"), "resourceVersion");

	if (rc == 0 && !calls[0].object) {
		err_move(e, &calls[0].err);
		rc = -1;
	}
	if (rc == 0) {
		w->revision = revision && *revision ? xstrdup(revision) : NULL;
		identity_take(id, &calls[1]);
	}
	for (size_t i = 0; i < ARRAY_LEN(calls); i++)
		kube_call_release(&calls[i]);
	return rc;
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

static int add_json(struct writing *w, const char *name, const json_t *value, struct err *e)
{
	buf_auto text = { 0 };

	json_write(&text, value, JSON_STYLE_INDENT);
	buf_putc(&text, '\n');
	return bundle_stream_add(w->stream, name, text.data, text.len, e);
}

static int write_all(struct writing *w, struct backup *result, struct err *e)
{
	struct identity id = { 0 };
	bool more = true;
	int rc = choose_revision(w, &id, e);

	for (size_t i = 0; i < w->n && rc == 0; i++) {
		char_auto *name = xasprintf("crds/%s.json", crd_name(w->kinds[i].crd));

		rc = add_json(w, name, w->kinds[i].crd, e);
	}
	while (rc == 0 && more)
		rc = next_pages(w, &more, e);
	if (rc == 0) {
		result->summary = summarize(w, &id);
		result->crds = w->n;
		result->objects = w->objects;
		rc = add_json(w, "backup.json", result->summary, e);
	}
	identity_release(&id);
	return rc < 0 ? -1 : bundle_stream_close(w->stream, e);
}

static int write_file(struct writing *w, const char *path, struct backup *result, struct err *e)
{
	struct new_file file;
	int rc = -1;

	if (file_begin(&file, path, 0600, false, e) < 0)
		return -1;
	w->stream = bundle_stream_new(file.fd, e);
	if (w->stream)
		rc = write_all(w, result, e);
	bundle_stream_free(w->stream);
	if (rc == 0)
		return file_keep(&file, e);
	file_drop(&file);
	return -1;
}

int backup_write(struct kube_api *api, const json_t *crds, const char *path,
	backup_progress *progress, void *arg, struct backup *result, struct err *e)
{
	struct writing w = { .api = api, .progress = progress, .arg = arg };
	const json_t *crd;
	size_t i;

	*result = (struct backup){ 0 };
	w.kinds = xcalloc(json_array_size(crds), sizeof(*w.kinds));
	json_array_foreach(crds, i, crd)
		w.kinds[w.n++] =
			(struct listing){ .crd = crd, .version = crd_storage_version(crd) };
	int rc =
		w.n > 0 ? write_file(&w, path, result, e)
			: err_set(e, ERR_CHECK, 0, "there is no Calico CRD, so nothing to back up");

	for (i = 0; i < w.n; i++)
		free(w.kinds[i].token);
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
		err_set(e, ERR_FORMAT, 0, "no JSON object");
	err_wrap(e, "entry %s", name);
	return NULL;
}

/* The first pass: everything is verified, and what is small is kept. */
static int take_small(void *arg, const char *name, const struct buf *content, struct err *e)
{
	struct backup_file *f = arg;

	if (has_prefix(name, "objects/"))
		return 0;
	json_t *value = parse(name, content, e);

	if (!value)
		return -1;
	if (strcmp(name, "backup.json") == 0 && !f->summary)
		f->summary = value;
	else if (has_prefix(name, "crds/"))
		json_array_append_new(f->crds, value);
	else
		json_decref(value);
	return 0;
}

static int open_file(struct backup_file *f, struct err *e)
{
	const json_t *crd;
	size_t i;

	if (bundle_stream_read(f->fd, take_small, f, e) < 0)
		return -1;
	if (!f->summary)
		return err_set(e, ERR_FORMAT, 0, "it has no backup.json; is it a backup?");
	json_array_foreach(f->crds, i, crd)
		if (crd_check(crd, e) < 0)
			return -1;
	return 0;
}

int backup_open(struct backup_file *f, const char *path, struct err *e)
{
	*f = (struct backup_file){ .fd = -1, .path = xstrdup(path), .crds = json_array() };
	f->fd = buf_open_file(path, e);
	if (f->fd < 0)
		return -1;
	return open_file(f, e) < 0 ? err_wrap(e, "%s", path) : 0;
}

struct pages {
	int (*take)(void *arg, const char *crd, const json_t *items, struct err *e);
	void *arg;
};

static int take_objects(void *arg, const char *name, const struct buf *content, struct err *e)
{
	const struct pages *p = arg;

	if (!has_prefix(name, "objects/"))
		return 0;
	json_auto_t *list = parse(name, content, e);

	if (!list)
		return -1;
	const json_t *items = json_object_get(list, "items");
	const char *rest = name + strlen("objects/");
	char_auto *crd = xstrndup(rest, strcspn(rest, "/"));

	if (!json_is_array(items))
		return err_set(e, ERR_FORMAT, 0, "entry %s: no list of objects", name);
	return p->take(p->arg, crd, items, e);
}

int backup_each_page(struct backup_file *f,
	int (*take)(void *arg, const char *crd, const json_t *items, struct err *e), void *arg,
	struct err *e)
{
	struct pages p = { .take = take, .arg = arg };

	return bundle_stream_read(f->fd, take_objects, &p, e);
}

void backup_close(struct backup_file *f)
{
	if (f->path && f->fd >= 0)
		close(f->fd);
	free(f->path);
	json_decref(f->summary);
	json_decref(f->crds);
	*f = (struct backup_file){ .fd = -1 };
}
