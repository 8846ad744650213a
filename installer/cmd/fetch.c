/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/json.h"
#include "cmd/commands.h"
#include "manifest/fetch.h"
#include "run/document.h"

/* One file to download, with the same index as its struct fetch_file. */
struct wanted {
	char *release, *dir, *path;
	const char *name, *verified_by, *outcome;
	bool changed;
};

struct fetching {
	struct ctx *ctx;
	struct catalog catalog;
	const char *mirror;
	char hex[SHA256_HEX_SIZE];
	struct wanted *wanted;
	struct fetch_file *files;
	size_t n, to_come, come, bytes;
};

/* What is wanted */

static int add(struct fetching *f, const char *release, const struct release_file *known,
	const char *name, struct err *e)
{
	const char *dir = f->ctx->opt.dir ? f->ctx->opt.dir : ".";
	char *url = fetch_address(f->mirror, release, name, e);

	if (!url)
		return -1;
	for (size_t i = 0; i < f->n; i++)
		if (strcmp(f->files[i].url, url) == 0) {
			free(url); /* the user named it twice */
			return 0;
		}
	f->wanted = xrealloc(f->wanted, f->n + 1, sizeof(*f->wanted));
	f->files = xrealloc(f->files, f->n + 1, sizeof(*f->files));
	f->wanted[f->n] = (struct wanted){
		.release = xstrdup(release),
		.dir = xasprintf("%s/%s", dir, release),
		.path = xasprintf("%s/%s/%s", dir, release, name),
		.name = name,
		.verified_by = known     ? "upstream's digest"
			       : *f->hex ? "--sha256"
					 : NULL,
	};
	f->files[f->n++] = (struct fetch_file){
		.url = url,
		.bytes = known ? known->bytes : 0,
		.sha256 = known     ? known->sha256
			  : *f->hex ? f->hex
				    : NULL,
	};
	return 0;
}

static int add_known(struct fetching *f, const struct release *r, struct err *e)
{
	const char *wanted = set_file(f->ctx->opt.set.set);

	if (!f->ctx->opt.all_manifests && !release_set(r, f->ctx->opt.set.set))
		return err_set(e, ERR_USAGE, 0, "%s has no %s", r->version, wanted);
	for (size_t i = 0; i < r->n_files; i++) {
		const struct release_file *file = &r->files[i];

		if (!f->ctx->opt.all_manifests && strcmp(file->name, wanted) != 0)
			continue;
		if (*f->hex && strcmp(f->hex, file->sha256) != 0)
			return err_set(e, ERR_VERIFY, 0,
				"--sha256 is not that of %s's %s, which is %s", r->version,
				file->name, file->sha256);
		if (add(f, r->version, file, file->name, e) < 0)
			return -1;
	}
	return 0;
}

/* The release becomes the name of a directory and a part of a URL. */
static bool is_plain(const char *release)
{
	return strspn(release,
		       "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") ==
		       strlen(release) &&
	       strlen(release) < 64 && release[0] != '.' && release[0] != '-' && release[0];
}

static int add_release(struct fetching *f, const char *selector, struct err *e)
{
	const struct options *o = &f->ctx->opt;
	const struct release *r = NULL;

	for (size_t i = 0; i < f->catalog.n; i++)
		if (strcmp(f->catalog.releases[i].version, selector) == 0)
			r = &f->catalog.releases[i];
	if (!r)
		r = catalog_find(&f->catalog, f->ctx->opt.set.set, selector, e);
	if (r)
		return add_known(f, r, e);
	if (!*f->hex && !o->allow_unpinned)
		return err_wrap(e,
			"nothing proves a release whose digests are not known (--sha256 or "
			"--allow-unpinned would fetch it)");
	err_release(e);
	*e = (struct err){ 0 };
	if (!is_plain(selector))
		return err_set(e, ERR_USAGE, 0, "\"%s\" is no name of a release", selector);
	if (o->all_manifests)
		return err_set(e, ERR_USAGE, 0,
			"--all-manifests: the manifests of %s are not known; leave the option "
			"out",
			selector);
	if (!*f->hex)
		out_note(&f->ctx->out, "warning: %s is not pinned: nothing proves what is fetched",
			selector);
	return add(f, selector, NULL, set_file(o->set.set), e);
}

/* What comes */

static int make_dir(const char *path, struct err *e)
{
	if (mkdir(path, 0755) == 0 || errno == EEXIST)
		return 0;
	return err_set(
		e, ERR_IO, errno, "%s: cannot make the directory: %s", path, strerror(errno));
}

/* True when a file with exactly these bytes is there already. */
static bool is_there(const struct wanted *w, const char *sha256)
{
	buf_auto there = { .max = FETCH_MAX_BYTES + 1 };
	err_auto ignored = { 0 };
	char hex[SHA256_HEX_SIZE];
	struct stat st;

	if (!sha256 || lstat(w->path, &st) < 0 || !S_ISREG(st.st_mode) ||
		buf_read_file(&there, w->path, FETCH_MAX_BYTES, &ignored) < 0)
		return false;
	sha256_hex(buf_str(&there), there.len, hex);
	return strcmp(hex, sha256) == 0;
}

static int keep(
	const struct fetching *f, struct wanted *w, const struct fetch_file *file, struct err *e)
{
	if (is_there(w, file->digest)) {
		w->outcome = "unchanged";
		return 0;
	}
	if (make_dir(f->ctx->opt.dir ? f->ctx->opt.dir : ".", e) < 0 || make_dir(w->dir, e) < 0 ||
		file_replace(w->path, file->data.data, file->data.len, 0644, e) < 0)
		return -1;
	w->outcome = "fetched";
	w->changed = true;
	return 0;
}

static void take(void *arg, struct fetch_file *file)
{
	struct fetching *f = arg;
	struct wanted *w = NULL;

	for (size_t i = 0; i < f->n && !w; i++)
		if (strcmp(f->files[i].url, file->url) == 0)
			w = &f->wanted[i];
	w->outcome = "failed";
	if (file->err.kind == ERR_NONE && keep(f, w, file, &file->err) == 0)
		f->bytes += file->data.len;
	/* From here on only the length is needed. */
	file->bytes = file->data.len;
	buf_release(&file->data);
	f->come++;
	out_progress(
		&f->ctx->out, "%zu of %zu files, %zu KiB", f->come, f->to_come, f->bytes >> 10);
}

/* Downloads the files that are not there yet. A file that is there costs no request. */
static int fetch_missing(struct fetching *f, const struct fetch_options *how, struct err *e)
{
	struct fetch_file *missing = xcalloc(f->n, sizeof(*missing));
	size_t *at = xcalloc(f->n, sizeof(*at)), n = 0;
	int rc;

	for (size_t i = 0; i < f->n; i++) {
		struct fetch_file *file = &f->files[i];

		if (is_there(&f->wanted[i], file->sha256)) {
			memcpy(file->digest, file->sha256, sizeof(file->digest));
			f->wanted[i].outcome = "unchanged";
			continue;
		}
		at[n] = i;
		missing[n] = *file;
		missing[n++].url = xstrdup(file->url);
	}
	f->to_come = n;
	rc = fetch_files(missing, n, how, take, f, e);
	for (size_t i = 0; i < n; i++) {
		free(f->files[at[i]].url);
		f->files[at[i]] = missing[i];
	}
	free(missing);
	free(at);
	return rc;
}

/* What was done */

static json_t *rows(const struct fetching *f, bool *changed)
{
	json_t *items = json_array();

	*changed = false;
	for (size_t i = 0; i < f->n; i++) {
		const struct wanted *w = &f->wanted[i];
		const struct fetch_file *file = &f->files[i];
		bool failed = strcmp(w->outcome, "failed") == 0;
		json_t *row = json_pack("{s:s, s:s, s:s, s:s?, s:s?}", "release", w->release,
			"file", w->name, "outcome", w->outcome, "path", failed ? NULL : w->path,
			"verifiedBy", failed ? NULL : w->verified_by);

		if (!failed) {
			json_object_set_new(row, "bytes", json_integer((json_int_t)file->bytes));
			json_object_set_new(row, "sha256", json_string(file->digest));
		} else if (file->err.msg) {
			json_object_set_new(row, "error", document_error(&file->err));
		}
		json_array_append_new(items, row);
		*changed = *changed || w->changed;
	}
	return items;
}

static void put_text(struct buf *out, const json_t *items)
{
	const json_t *row;
	size_t i;

	buf_puts(out, "RELEASE    FILE                          BYTES  OUTCOME    VERIFIED BY\n");
	json_array_foreach(items, i, row) {
		const char *by = json_str(row, "verifiedBy");
		bool failed = strcmp(json_str(row, "outcome"), "failed") == 0;

		buf_printf(out, "%-10s %-25s %9" JSON_INTEGER_FORMAT "  %-9s  %s\n",
			json_str(row, "release"), json_str(row, "file"),
			json_integer_value(json_object_get(row, "bytes")), json_str(row, "outcome"),
			by       ? by
			: failed ? "-"
				 : "nothing: not pinned");
	}
}

/* Prints the report in every case. The exit code is that of the first failure. */
static void report(struct fetching *f, const struct err *over)
{
	struct ctx *ctx = f->ctx;
	bool changed;

	out_progress_end(&ctx->out);
	for (size_t i = 0; i < f->n; i++) {
		const struct err *why = &f->files[i].err;

		if (!f->wanted[i].outcome)
			f->wanted[i].outcome = "failed";
		if (why->kind == ERR_NONE)
			continue;
		out_note(&ctx->out, "error: %s %s: %s", f->wanted[i].release, f->wanted[i].name,
			why->msg);
		if (ctx->exit_code == 0)
			ctx->exit_code = err_exit_code(why);
	}
	if (over->kind != ERR_NONE) {
		out_note(&ctx->out, "error: %s", over->msg);
		ctx->exit_code = err_exit_code(over);
	}
	json_auto_t *items = rows(f, &changed);

	ctx->answer.changed = changed;
	ctx->answer.failed = ctx->exit_code != 0;
	if (ctx->opt.output == OUTPUT_JSON)
		document_put(ctx, "Fetch",
			json_pack("{s:s, s:O}", "mirror", f->mirror, "items", items));
	else
		put_text(&ctx->out.text, items);
}

static int fetch(struct fetching *f, struct err *e)
{
	struct ctx *ctx = f->ctx;
	const char *mirror;
	struct fetch_options how;
	err_auto over = { 0 };
	buf_auto ca = { 0 };

	if (select_setting("mirror", ctx->opt.mirror, "CALICO_DATASTORE_MIRROR", &mirror, e) < 0)
		return -1;
	f->mirror = mirror ? mirror : FETCH_UPSTREAM;
	if (fetch_check_url(f->mirror, ctx->opt.insecure_mirror, e) < 0)
		return err_wrap(e, "--mirror");
	if (select_download(ctx, &how, &ca, f->hex, e) < 0 || source_catalog(&f->catalog, e) < 0)
		return -1;
	if (*f->hex && (ctx->n_args > 1 || ctx->opt.all_manifests))
		return err_set(e, ERR_USAGE, 0, "--sha256 is that of one file: give one release");
	for (size_t i = 0; i < ctx->n_args; i++)
		if (add_release(f, ctx->args[i], e) < 0)
			return -1;
	if (has_prefix(f->mirror, "http://"))
		out_note(&ctx->out, "warning: %s is not encrypted: only digests prove what comes",
			f->mirror);
	if (fetch_missing(f, &how, &over) < 0 && over.kind == ERR_NONE)
		err_set(&over, ERR_NET, 0, "nothing was fetched");
	report(f, &over);
	return 0;
}

static int run(struct ctx *ctx, struct err *e)
{
	struct fetching f = { .ctx = ctx };
	int rc = fetch(&f, e);

	for (size_t i = 0; i < f.n; i++) {
		free(f.wanted[i].release);
		free(f.wanted[i].dir);
		free(f.wanted[i].path);
		fetch_file_release(&f.files[i]);
	}
	free(f.wanted);
	free(f.files);
	catalog_release(&f.catalog);
	return rc;
}

const struct cmd cmd_fetch = {
	.name = "fetch",
	.args = "RELEASE...",
	.summary = "download upstream's own manifests, byte for byte",
	.details =
		"Each file is written to DIR/RELEASE/FILE after its length and SHA-256 are those\n"
		"that upstream published. What is there already is not downloaded again, and of a\n"
		"file that is refused or broken off nothing stays.\n\n"
		"Examples:\n"
		"  calico-datastore fetch v3.29.1 v3.32.1 -d manifests\n"
		"  calico-datastore fetch v3.32 --mirror https://mirror.corp/calico/RELEASE/FILE\n",
	.options = "set dir all-manifests mirror cacert insecure-mirror sha256 allow-unpinned "
		   "timeout "
		   "output quiet help",
	.outputs = "text json",
	.min_args = 1,
	.max_args = 1000,
	.run = run,
};
