/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/signals.h"
#include "base/yaml.h"
#include "cmd/commands.h"
#include "manifest/bundle.h"
#include "manifest/crd.h"
#include "manifest/fetch.h"
#include "manifest/freight.h"
#include "manifest/nearest.h"
#include "manifest/trust.h"
#include "run/document.h"

enum { SHORT_DIFF = 10, EXIT_API_ONLY = 1, EXIT_UNKNOWN = 5 };

struct verifying {
	struct ctx *ctx;
	struct catalog catalog;
	struct surfaces surfaces;
	struct trust trust;
	json_t *items;
	json_t *seen; /* SHA-256 -> item: releases share files */
	int exit_code; /* the worst exit code so far */
};

/* Writes "v3.29.2..v3.29.7": releases that follow each other in the catalog. */
static void put_range(const struct verifying *v, json_t *item,
	bool (*is)(const struct release *, const void *), const void *what)
{
	json_auto_t *releases = json_array();
	buf_auto range = { 0 };
	const struct catalog *c = &v->catalog;

	for (size_t i = 0, first = 0; i < c->n; i++) {
		if (!is(&c->releases[i], what))
			continue;
		json_array_append_new(releases, json_string(c->releases[i].version));
		if (i == 0 || !is(&c->releases[i - 1], what)) {
			first = i;
			buf_printf(&range, "%s%s", range.len ? ", " : "", c->releases[i].version);
		}
		if (i > first && (i + 1 == c->n || !is(&c->releases[i + 1], what)))
			buf_printf(&range, "..%s", c->releases[i].version);
	}
	json_object_set_new(item, "range", json_string(buf_str(&range)));
	json_object_set(item, "releases", releases);
}

static bool has_digest(const struct release *r, const void *sha256)
{
	for (size_t i = 0; i < r->n_files; i++)
		if (strcmp(r->files[i].sha256, sha256) == 0)
			return true;
	return false;
}

static bool has_surface(const struct release *r, const void *of)
{
	const struct surface *surface = of;
	const char *has = release_surface(r, surface->set);

	return has && strcmp(has, surface->version) == 0;
}

/* Describes the difference from the nearest surface: counts, and the first lines. */
static int put_difference(struct verifying *v, json_t *item, const json_t *live,
	const struct surface *nearest, struct err *e)
{
	const struct release *r =
		catalog_find(&v->catalog, nearest->set, nearest->version, e);
	json_auto_t *diff = json_array();
	json_int_t missing = 0, differ = 0, lines = 0, extra = (json_int_t)json_object_size(live);
	source_auto known = { 0 };
	const json_t *crd;
	size_t i;

	if (!r || source_embedded(&known, r, nearest->set, e) < 0)
		return -1;
	json_array_foreach(known.crds, i, crd) {
		const json_t *mine = json_object_get(live, crd_name(crd)), *line;
		size_t k;

		if (!mine) {
			missing++;
			continue;
		}
		extra--;
		json_auto_t *of_crd = crd_diff(crd, mine);

		differ += json_array_size(of_crd) > 0;
		lines += (json_int_t)json_array_size(of_crd);
		json_array_foreach(of_crd, k, line)
			if (json_array_size(diff) < SHORT_DIFF)
				json_array_append_new(diff,
					json_sprintf("%s: %s: %s", crd_name(crd),
						json_str(line, "path"), json_str(line, "text")));
	}
	json_object_set_new(item, "nearest",
		json_pack("{s:s, s:I, s:I, s:I, s:I, s:O}", "release", nearest->version, "differ",
			differ, "missing", missing, "unknown", extra, "differences", lines, "diff",
			diff));
	return 0;
}

static json_t *json_or_null(const char *text)
{
	return text ? json_string(text) : json_null();
}

/* Sets match of the item by the CRDs alone. */
static int by_surface(struct verifying *v, json_t *item, const json_t *crds, struct err *e)
{
	json_auto_t *live = json_object();
	struct nearest_match match;
	const json_t *crd;
	size_t i;

	json_array_foreach(crds, i, crd)
		json_object_set(live, crd_name(crd), (json_t *)(uintptr_t)crd);
	if (nearest_find(&v->surfaces, &v->catalog, live, NULL, &match, e) < 0)
		return -1;
	if (match.surface && match.same == match.surface->n &&
		match.same == json_object_size(live)) {
		json_object_set_new(item, "match", json_string("api"));
		put_range(v, item, has_surface, match.surface);
		return 0;
	}
	json_object_set_new(item, "match", json_string("none"));
	if (!match.surface)
		return 0;
	char_auto *age = nearest_age_text(&v->surfaces, &match);

	if (put_difference(v, item, live, match.surface, e) < 0)
		return -1;
	json_object_set_new(item, "age", json_or_null(nearest_age_name(match.age)));
	json_object_set_new(item, "verdict", json_or_null(age));
	return 0;
}

static void judge(struct verifying *v, json_t *item)
{
	const char *match = json_str(item, "match");
	int code = strcmp(match, "api") == 0      ? EXIT_API_ONLY
		   : strcmp(match, "none") == 0   ? EXIT_UNKNOWN
		   : strcmp(match, "failed") == 0 ? EXIT_UNKNOWN
						  : 0;

	if (code > v->exit_code)
		v->exit_code = code;
	json_array_append(v->items, item);
}

static json_t *new_item(const char *name)
{
	return json_pack("{s:s}", "name", name);
}

static void judge_failed(struct verifying *v, const char *name, const struct err *why)
{
	json_auto_t *item = new_item(name);

	json_object_set_new(item, "match", json_string("failed"));
	json_object_set_new(item, "error", document_error(why));
	judge(v, item);
}

static int classify(struct verifying *v, json_t *item, const char *name, const struct buf *bytes,
	const char *hex, struct err *e)
{
	const struct release_file *file;

	if (catalog_by_digest(&v->catalog, hex, &file)) {
		json_object_set_new(item, "match", json_string("digest"));
		json_object_set_new(item, "file", json_string(file->name));
		put_range(v, item, has_digest, hex);
		return 0;
	}
	source_auto source = { 0 };

	if (source_parse(&source, name, bytes, false, e) < 0)
		return -1;
	return by_surface(v, item, source.crds, e);
}

static void verify_bytes(struct verifying *v, const char *name, const struct buf *bytes)
{
	json_auto_t *item = new_item(name);
	char hex[SHA256_HEX_SIZE];
	const json_t *seen;
	err_auto e = { 0 };

	sha256_hex(buf_str(bytes), bytes->len, hex);
	json_object_set_new(item, "sha256", json_string(hex));
	seen = json_object_get(v->seen, hex);
	if (seen)
		json_object_update_missing(item, (json_t *)(uintptr_t)seen);
	else if (classify(v, item, name, bytes, hex, &e) < 0) {
		judge_failed(v, name, &e);
		return;
	}
	json_object_set(v->seen, hex, item);
	judge(v, item);
}

/* Freight is whole. The program knows nothing else about it. */
static void add_freight(struct verifying *v, const char *name, const char *sha256)
{
	json_auto_t *item = new_item(name);

	json_object_set_new(item, "match", json_string("freight"));
	json_object_set_new(item, "sha256", json_string(sha256));
	judge(v, item);
}

/* A bundle must be whole, and signed when a key is configured. Then each file is verified. */
static void verify_bundle(struct verifying *v, const char *path, const struct buf *bytes)
{
	bundle_auto bundle = { 0 };
	struct signature signature;
	err_auto e = { 0 };

	if ((v->trust.n > 0 && trust_check(&v->trust, path, bytes->data, bytes->len, &signature,
				       &e) < 0) ||
		bundle_read(&bundle, buf_str(bytes), bytes->len, &e) < 0) {
		judge_failed(v, path, &e);
		return;
	}
	for (size_t i = 0; i < bundle.n; i++) {
		char_auto *name = xasprintf("%s: %s", path, bundle.files[i].name);
		bool published;

		if (freight_is(bundle.files[i].name)) {
			add_freight(v, name, bundle.files[i].sha256);
			continue;
		}

		if (source_check_published(&v->catalog, bundle.files[i].name,
			    bundle.files[i].sha256, &published, &e) < 0) {
			judge_failed(v, name, &e);
			err_release(&e);
			e = (struct err){ 0 };
			continue;
		}
		verify_bytes(v, name, &bundle.files[i].data);
	}
}

/* A file that fails is one line of the report. Only a signal or the deadline ends the run. */
static int verify_file(struct verifying *v, const char *path, struct err *e)
{
	buf_auto bytes = { .max = BUNDLE_MAX_FILE + 1 };
	err_auto bad = { 0 };

	if (buf_read_file(&bytes, path, BUNDLE_MAX_FILE, &bad) < 0)
		judge_failed(v, path, &bad);
	else if (bundle_is_archive(bytes.data, bytes.len))
		verify_bundle(v, path, &bytes);
	else
		verify_bytes(v, strcmp(path, "-") == 0 ? "standard input" : path, &bytes);
	return stop_check(strcmp(path, "-") == 0 ? "standard input" : path, e);
}

/*
 * Verifies the manifests of a directory, and those in its release directories, as fetch writes
 * them.
 */
static int verify_directory(struct verifying *v, const char *path, struct err *e)
{
	json_auto_t *paths = json_array();
	const json_t *file;
	size_t i;

	if (source_list_directory(paths, path, e) < 0)
		return -1;
	for (i = 0; i < v->catalog.n; i++) {
		char_auto *below = xasprintf("%s/%s", path, v->catalog.releases[i].version);

		if (source_is_directory(below) && source_list_directory(paths, below, e) < 0)
			return -1;
	}
	if (json_array_size(paths) == 0)
		return err_set(e, ERR_USAGE, 0,
			"%s: neither this directory nor a release's directory in it has a "
			"manifest",
			path);
	json_array_foreach(paths, i, file)
		if (verify_file(v, json_string_value(file), e) < 0)
			return -1;
	return 0;
}

/*
 * The embedded copy lacks prose, so its digest matches no published file. Its API matches the
 * release.
 */
static int verify_release(struct verifying *v, const char *selector, struct err *e)
{
	enum manifest_set set = v->ctx->opt.set.set;
	const struct release *r = catalog_find(&v->catalog, set, selector, e);
	source_auto source = { 0 };

	if (!r || source_embedded(&source, r, set, e) < 0)
		return -1;
	json_auto_t *item = new_item(r->version);

	if (by_surface(v, item, source.crds, e) < 0)
		return -1;
	json_object_set_new(item, "file", json_string("built in, without descriptions"));
	if (strcmp(json_str(item, "match"), "api") == 0)
		json_object_set_new(item, "match", json_string("embedded"));
	judge(v, item);
	return 0;
}

static int verify_url(struct verifying *v, const char *url, struct err *e)
{
	struct fetch_file f = { .url = xstrdup(url) };
	struct fetch_options how;
	char hex[SHA256_HEX_SIZE];
	buf_auto ca = { 0 };
	int rc = select_download(v->ctx, &how, &ca, hex, e);

	if (rc == 0) {
		f.sha256 = *hex ? hex : NULL;
		how.allow_http = f.sha256 != NULL;
		rc = fetch_files(&f, 1, &how, NULL, NULL, e);
	}
	if (rc == 0 && f.err.kind != ERR_NONE)
		judge_failed(v, url, &f.err);
	else if (rc == 0 && bundle_is_archive(f.data.data, f.data.len))
		rc = err_set(
			e, ERR_USAGE, 0, "%s: a bundle is verified as a file; download it", url);
	else if (rc == 0)
		verify_bytes(v, url, &f.data);
	fetch_file_release(&f);
	return rc;
}

static int verify_thing(struct verifying *v, const char *thing, struct err *e)
{
	if (source_is_directory(thing))
		return verify_directory(v, thing, e);
	if (strcmp(thing, "-") != 0 && !strchr(thing, '/') && access(thing, F_OK) < 0)
		return verify_release(v, thing, e);
	return verify_file(v, thing, e);
}

static void put_nearest(struct buf *out, const json_t *near)
{
	const json_t *diff = json_object_get(near, "diff"), *line;
	json_int_t all = json_integer_value(json_object_get(near, "differences"));
	size_t i;

	buf_printf(out,
		"  nearest is %s: %" JSON_INTEGER_FORMAT " CRDs differ, %" JSON_INTEGER_FORMAT
		" are missing, %" JSON_INTEGER_FORMAT " are not of it\n",
		json_str(near, "release"), json_integer_value(json_object_get(near, "differ")),
		json_integer_value(json_object_get(near, "missing")),
		json_integer_value(json_object_get(near, "unknown")));
	json_array_foreach(diff, i, line)
		buf_printf(out, "    %s\n", json_string_value(line));
	if (all > (json_int_t)json_array_size(diff))
		buf_printf(out, "    and %" JSON_INTEGER_FORMAT " more\n",
			all - (json_int_t)json_array_size(diff));
}

static void put_text(struct out *to, const json_t *items)
{
	struct buf *out = &to->text;
	const json_t *item;
	size_t i;

	json_array_foreach(items, i, item) {
		const char *match = json_str(item, "match"), *name = json_str(item, "name");
		const char *range = json_str(item, "range");

		if (strcmp(match, "digest") == 0)
			buf_printf(out, "%s: upstream's %s of %s, byte for byte\n", name,
				json_str(item, "file"), range);
		else if (strcmp(match, "embedded") == 0)
			buf_printf(out, "%s: built in, without descriptions; the API of %s\n",
				name, range);
		else if (strcmp(match, "api") == 0)
			buf_printf(out, "%s: the API of %s; descriptions or formatting differ\n",
				name, range);
		else if (strcmp(match, "freight") == 0)
			buf_printf(out, "%s: for kubectl, with the digest that the bundle says\n",
				name);
		else if (strcmp(match, "failed") == 0)
			out_line(to, STYLE_RED, "%s: failed: %s", name,
				json_str(json_object_get(item, "error"), "message"));
		else
			out_line(to, STYLE_RED, "%s: unknown; %s", name,
				json_str(item, "verdict") ? json_str(item, "verdict")
				: json_object_get(item, "nearest")
					? "not exactly those of a release"
					: "of no release in this program");
		if (json_object_get(item, "nearest"))
			put_nearest(out, json_object_get(item, "nearest"));
	}
}

static int verify_all(struct verifying *v, struct err *e)
{
	const struct ctx *ctx = v->ctx;
	const struct options *o = &ctx->opt;
	const char *files[] = { o->file, o->bundle };

	if (ctx->n_args == 0 && !o->file && !o->bundle && !o->url)
		return err_set(e, ERR_USAGE, 0,
			"verify needs a file, a directory, a bundle or a release");
	if (!o->url && options_given(o, OPTION_DOWNLOAD))
		return err_set(e, ERR_USAGE, 0,
			"--sha256 and --cacert need --url URL");
	if (select_trust(ctx, &v->trust, e) < 0 || source_catalog(&v->catalog, e) < 0 ||
		source_surfaces(&v->surfaces, &v->catalog, e) < 0)
		return -1;
	for (size_t i = 0; i < ctx->n_args; i++)
		if (verify_thing(v, ctx->args[i], e) < 0)
			return -1;
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		if (!files[i])
			continue;
		if ((source_is_directory(files[i]) ? verify_directory : verify_file)(
			    v, files[i], e) < 0)
			return -1;
	}
	return o->url ? verify_url(v, o->url, e) : 0;
}

static void report(struct verifying *v)
{
	struct ctx *ctx = v->ctx;

	ctx->exit_code = v->exit_code;
	ctx->answer.failed = v->exit_code != 0;
	if (ctx->opt.output == OUTPUT_JSON)
		document_put(ctx, "Verification", json_pack("{s:O}", "items", v->items));
	else
		put_text(&ctx->out, v->items);
}

static int run(struct ctx *ctx, struct err *e)
{
	struct verifying v = { .ctx = ctx, .items = json_array(), .seen = json_object() };
	int rc = verify_all(&v, e);

	if (rc == 0)
		report(&v);
	catalog_release(&v.catalog);
	surfaces_release(&v.surfaces);
	trust_release(&v.trust);
	json_decref(v.items);
	json_decref(v.seen);
	return rc;
}

const struct cmd cmd_verify = {
	.name = "verify",
	.args = "FILE|BUNDLE|RELEASE|DIR...",
	.summary = "tell which release manifests are of",
	.details =
		"Exit code 0: each is upstream's by its digest, or embedded with the API it must\n"
		"have; 1: one has only the same API as a release, with other words or formatting;\n"
		"5: one is of no release, or cannot be read. The worst counts.\n\n"
		"Examples:\n"
		"  calico-datastore verify crds.yaml\n"
		"  calico-datastore verify manifests crds.tar.xz --public-key platform.pub\n",
	.options = "set file url sha256 cacert bundle public-key key-dir timeout output quiet help",
	.outputs = "text json",
	.max_args = 1000,
	.run = run,
};
