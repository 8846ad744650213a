/* SPDX-License-Identifier: Apache-2.0 */
/* bundle create, list, verify: manifests in one file that crosses an air gap. */
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/json.h"
#include "base/yaml.h"
#include "cmd/commands.h"
#include "manifest/age.h"
#include "manifest/bundle.h"
#include "manifest/crd.h"
#include "manifest/freight.h"
#include "manifest/trust.h"
#include "run/document.h"

/* create */

struct making {
	struct ctx *ctx;
	const struct catalog *catalog;
	struct bundle_entry *entries; /* owns names and data */
	size_t n;
};

static int add_entry(struct making *m, char *name, struct buf *content, struct err *e)
{
	struct bundle_entry *entry;
	size_t len = content->len;
	bool bad = bundle_check_name(name, e) < 0;

	for (size_t i = 0; i < m->n && !bad; i++)
		if (strcmp(m->entries[i].name, name) == 0)
			bad = err_set(e, ERR_USAGE, 0, "%s: it is given twice", name) < 0;
	if (bad || m->n >= BUNDLE_MAX_ENTRIES) {
		free(name);
		return bad ? -1
			   : err_set(e, ERR_USAGE, 0, "more than %d files", BUNDLE_MAX_ENTRIES);
	}
	m->entries = xrealloc(m->entries, m->n + 1, sizeof(*m->entries));
	entry = &m->entries[m->n++];
	*entry = (struct bundle_entry){ .name = name, .data = buf_steal(content), .len = len };
	return 0;
}

/*
 * Adds an embedded release with one JSON document in each line. This is valid YAML and fast to
 * parse.
 */
static int add_release(struct making *m, const struct release *r, struct err *e)
{
	enum manifest_set set = m->ctx->opt.set.set;
	source_auto source = { 0 };
	struct buf text = { 0 };
	const json_t *object;
	size_t i;

	if (source_embedded(&source, r, set, e) < 0)
		return -1;
	json_array_extend(source.crds, source.policies);
	json_array_foreach(source.crds, i, object) {
		buf_puts(&text, "---\n");
		json_write(&text, object, JSON_STYLE_COMPACT | JSON_STYLE_SORT);
		buf_putc(&text, '\n');
	}
	return add_entry(m, xasprintf("%s/%s", r->version, set_file(set)), &text, e);
}

static int add_file(
	struct making *m, const char *path, const char *release, const char *file, struct err *e)
{
	struct buf text = { .max = YAML_MAX_BYTES + 1 };
	int rc = buf_read_file(&text, path, YAML_MAX_BYTES, e);

	if (rc == 0)
		rc = add_entry(m, xasprintf("%s/%s", release, file), &text, e);
	buf_release(&text);
	return rc;
}

static bool is_manifest(const char *name)
{
	return *name != '.' &&
	       (has_suffix(name, ".yaml") || has_suffix(name, ".yml") || has_suffix(name, ".json"));
}

static bool is_directory(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* Adds what fetch writes: DIR/RELEASE/FILE. release is NULL for DIR itself. */
static int add_directory(struct making *m, const char *path, const char *release, struct err *e)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;
	int rc = 0;

	if (!dir)
		return err_set(e, ERR_IO, errno, "%s: cannot open: %s", path, strerror(errno));
	while (rc == 0 && (entry = readdir(dir))) {
		char_auto *below = xasprintf("%s/%s", path, entry->d_name);

		if (release && is_manifest(entry->d_name))
			rc = add_file(m, below, release, entry->d_name, e);
		else if (!release && *entry->d_name != '.' && is_directory(below))
			rc = add_directory(m, below, entry->d_name, e);
	}
	closedir(dir);
	return rc;
}

/* Adds a manifest by its path PATH/RELEASE/NAME.yaml. The end of the path is the entry's name. */
static int add_given(struct making *m, const char *path, struct err *e)
{
	const char *file = strrchr(path, '/') + 1, *release = file - 1;

	while (release > path && release[-1] != '/')
		release--;
	char_auto *name = xstrndup(release, (size_t)(file - 1 - release));

	return add_file(m, path, name, file, e);
}

static int add_operand(struct making *m, const char *operand, struct err *e)
{
	const struct release *r;
	size_t before = m->n;

	if (strchr(operand, '/') && !is_directory(operand))
		return add_given(m, operand, e);
	if (is_directory(operand)) {
		if (add_directory(m, operand, NULL, e) < 0)
			return -1;
		return m->n > before ? 0
				     : err_set(e, ERR_USAGE, 0,
					       "%s: there is no RELEASE/NAME.yaml in it", operand);
	}
	if (strcmp(operand, "all") != 0) {
		r = catalog_find(m->catalog, m->ctx->opt.set.set, operand, e);
		return r ? add_release(m, r, e) : -1;
	}
	for (size_t i = 0; i < m->catalog->n; i++)
		if (release_surface(&m->catalog->releases[i], m->ctx->opt.set.set) &&
			add_release(m, &m->catalog->releases[i], e) < 0)
			return -1;
	return 0;
}

static int choose_filter(const char *path, enum bundle_filter *filter, struct err *e)
{
	static const struct {
		const char *suffix;
		enum bundle_filter filter;
	} known[] = { { ".tar.gz", BUNDLE_GZIP }, { ".tgz", BUNDLE_GZIP }, { ".tar.xz", BUNDLE_XZ },
		{ ".txz", BUNDLE_XZ }, { ".tar.zst", BUNDLE_ZSTD } };

	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (has_suffix(path, known[i].suffix)) {
			*filter = known[i].filter;
			return 0;
		}
	return err_set(e, ERR_USAGE, 0,
		"-o %s: its name must end in .tar.gz, .tar.xz or .tar.zst, which says how it is "
		"compressed",
		path);
}

/*
 * The signature is written first. So a new bundle always has its signature, and an old bundle is
 * refused until the new one replaces it.
 */
static int write_files(const char *path, const struct buf *archive, const struct signer *signer,
	struct err *e)
{
	char_auto *signature_path = xasprintf("%s.minisig", path);
	buf_auto signature = { 0 };

	if (signer->comment &&
		(sign_make(&signature, archive->data, archive->len, signer->comment, &signer->key,
			 e) < 0 ||
			file_replace(signature_path, signature.data, signature.len, 0644, e) < 0))
		return -1;
	return file_replace(path, archive->data, archive->len, 0644, e);
}

static int write_bundle(struct making *m, const char *path, struct err *e)
{
	signer_auto signer = { 0 };
	buf_auto archive = { 0 };
	enum bundle_filter filter = BUNDLE_XZ;
	char hex[SHA256_HEX_SIZE];
	int64_t mtime;

	if (choose_filter(path, &filter, e) < 0 || source_date(0, &mtime, e) < 0 ||
		signer_load(&signer, m->ctx, path, e) < 0 ||
		bundle_make(&archive, m->entries, m->n, filter, mtime, e) < 0 ||
		write_files(path, &archive, &signer, e) < 0)
		return -1;
	sha256_hex(archive.data, archive.len, hex);
	buf_printf(&m->ctx->out.text, "%s  %s\n", hex, path);
	out_note(&m->ctx->out, "%s: %zu files, %zu bytes%s", path, m->n, archive.len,
		m->ctx->opt.sign ? ", signed" : "");
	return 0;
}

/* Adds the files of a list "a.yaml,b.yaml" unchanged, whatever they contain. */
static int add_freight(struct making *m, const char *list, struct err *e)
{
	for (size_t len; *list; list += len + (list[len] == ',')) {
		len = strcspn(list, ",");
		char_auto *path = xstrndup(list, len);
		const char *slash = strrchr(path, '/');

		if (add_file(m, path, FREIGHT, slash ? slash + 1 : path, e) < 0)
			return -1;
	}
	return 0;
}

static int create(struct ctx *ctx, struct err *e)
{
	catalog_auto catalog = { 0 };
	struct making m = { .ctx = ctx, .catalog = &catalog };
	int rc = 0;

	if (!ctx->opt.output_name || ctx->n_args < 2)
		return err_set(e, ERR_USAGE, 0,
			"usage: calico-datastore bundle create RELEASE|DIR|FILE... -o FILE.tar.xz");
	rc = source_catalog(&catalog, e);
	for (size_t i = 1; i < ctx->n_args && rc == 0; i++)
		rc = add_operand(&m, ctx->args[i], e);
	for (size_t i = 0; i < ctx->opt.with.n && rc == 0; i++)
		rc = add_freight(&m, ctx->opt.with.items[i], e);
	if (rc == 0)
		rc = write_bundle(&m, ctx->opt.output_name, e);
	for (size_t i = 0; i < m.n; i++) {
		free((char *)(uintptr_t)m.entries[i].name);
		free((char *)(uintptr_t)m.entries[i].data);
	}
	free(m.entries);
	return rc;
}

/* list and verify */

struct looking {
	struct ctx *ctx;
	struct catalog catalog;
	struct buf bytes;
	struct bundle bundle;
	struct signature signature;
	bool is_signed;
	json_t *files;
};

static void looking_release(struct looking *l)
{
	json_decref(l->files);
	bundle_release(&l->bundle);
	buf_release(&l->bytes);
	catalog_release(&l->catalog);
}

/*
 * True when an earlier entry has the same bytes: releases share manifests, and one reading is
 * enough.
 */
static bool was_seen(const struct looking *l, const struct bundle_file *file)
{
	for (const struct bundle_file *f = l->bundle.files; f < file; f++)
		if (strcmp(f->sha256, file->sha256) == 0)
			return true;
	return false;
}

/* Checks that a file is upstream's own, freight, or valid CRDs. */
static int look_at(struct looking *l, const struct bundle_file *file, struct err *e)
{
	const struct options *o = &l->ctx->opt;
	source_auto source = { .origin = xstrdup(file->name) };
	bool published;

	bool freight = freight_is(file->name);

	if (source_check_published(&l->catalog, file->name, file->sha256, &published, e) < 0)
		return -1;
	source.published = published;
	if (!published && !freight && !was_seen(l, file) &&
		(source_parse(&source, file->name, &file->data, false, e) < 0 ||
			source_check_foreign(&source, &o->foreign, e) < 0))
		return -1;
	json_array_append_new(l->files, json_pack("{s:s, s:I, s:s, s:b, s:b}", "name",
						file->name, "bytes", (json_int_t)file->data.len,
						"sha256", file->sha256, "published", published,
						"freight", freight));
	return 0;
}

static int look(struct looking *l, const char *path, bool verify, struct err *e)
{
	trust_auto trust = { 0 };

	if (source_catalog(&l->catalog, e) < 0 || select_trust(l->ctx, &trust, e) < 0 ||
		buf_read_file(&l->bytes, path, BUNDLE_MAX_FILE, e) < 0)
		return -1;
	if (trust.n > 0) {
		if (trust_check(&trust, path, l->bytes.data, l->bytes.len, &l->signature, e) < 0)
			return -1;
		l->is_signed = true;
	}
	if (bundle_read(&l->bundle, buf_str(&l->bytes), l->bytes.len, e) < 0)
		return err_wrap(e, "%s", path);
	for (size_t i = 0; i < l->bundle.n; i++)
		if (look_at(l, &l->bundle.files[i], e) < 0)
			return err_wrap(e, "%s", path);
	if (!verify || !l->ctx->opt.not_older_than)
		return 0;
	struct source s = {
		.origin = (char *)(uintptr_t)path,
		.signed_by = l->is_signed ? l->signature.key_id : NULL,
		.signed_time = l->signature.time,
		.signed_sequence = l->signature.sequence,
	};

	return floor_not_older_than(&s, l->ctx->opt.not_older_than, e);
}

static void put_text(struct looking *l, const char *path, bool verify)
{
	struct buf *out = &l->ctx->out.text;
	const json_t *file;
	size_t i, published = 0;

	json_array_foreach(l->files, i, file) {
		bool is = json_is_true(json_object_get(file, "published"));

		published += is;
		if (!verify)
			buf_printf(out, "%-40s %9" JSON_INTEGER_FORMAT "  %.12s  %s\n",
				json_str(file, "name"),
				json_integer_value(json_object_get(file, "bytes")),
				json_str(file, "sha256"),
				json_is_true(json_object_get(file, "freight")) ? "for kubectl"
				: is                                           ? "upstream's"
									       : "-");
	}
	if (!verify)
		return;
	buf_printf(out, "%s: whole, %zu files, %zu of them upstream's by their digests\n", path,
		l->bundle.n, published);
	if (l->is_signed)
		buf_printf(out, "signed by %s: %s\n", l->signature.key_id, l->signature.comment);
	else
		buf_puts(out, "no key was given, so no signature was verified\n");
}

static void put_json(struct looking *l, const char *path)
{
	char hex[SHA256_HEX_SIZE];

	sha256_hex(buf_str(&l->bytes), l->bytes.len, hex);
	json_t *json = json_pack(
		"{s:s, s:s, s:O}", "file", path, "sha256", hex, "files", l->files);

	if (l->is_signed)
		json_object_set_new(json, "signature",
			json_pack("{s:s, s:s, s:I, s:I}", "key", l->signature.key_id, "comment",
				l->signature.comment, "time", (json_int_t)l->signature.time,
				"sequence", (json_int_t)l->signature.sequence));
	document_put(l->ctx, "Bundle", json);
}

static int show(struct ctx *ctx, bool verify, struct err *e)
{
	struct looking l = { .ctx = ctx, .files = json_array() };
	const char *path;
	int rc;

	if (ctx->n_args != 2)
		return err_set(
			e, ERR_USAGE, 0, "usage: calico-datastore bundle %s FILE", ctx->args[0]);
	path = ctx->args[1];
	rc = look(&l, path, verify, e);
	if (rc == 0 && ctx->opt.output == OUTPUT_JSON)
		put_json(&l, path);
	else if (rc == 0)
		put_text(&l, path, verify);
	looking_release(&l);
	return rc;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* images and extract: the files of a verified bundle that are for kubectl */

static int put_images(struct looking *l, struct err *e)
{
	json_auto_t *images = json_object();
	const char *image;
	json_t *unused;
	size_t n = 0;

	for (size_t i = 0; i < l->bundle.n; i++)
		if (freight_is(l->bundle.files[i].name) &&
			freight_images(images, l->bundle.files[i].name, &l->bundle.files[i].data,
				e) < 0)
			return -1;
	const char **names = xcalloc(json_object_size(images) + 1, sizeof(*names));

	json_object_foreach(images, image, unused)
		names[n++] = image;
	qsort(names, n, sizeof(*names), by_text);
	for (size_t i = 0; i < n; i++)
		buf_printf(&l->ctx->out.text, "%s\n", names[i]);
	free(names);
	return 0;
}

static int extract(struct looking *l, struct err *e)
{
	const char *dir = l->ctx->opt.dir ? l->ctx->opt.dir : ".";

	if (mkdir(dir, 0755) < 0 && errno != EEXIST)
		return err_set(e, ERR_IO, errno, "%s: cannot make the directory: %s", dir,
			strerror(errno));
	for (size_t i = 0; i < l->bundle.n; i++) {
		const struct bundle_file *file = &l->bundle.files[i];

		if (!freight_is(file->name))
			continue;
		char_auto *path = xasprintf("%s/%s", dir, strchr(file->name, '/') + 1);

		if (file_replace(path, file->data.data, file->data.len, 0644, e) < 0)
			return -1;
		buf_printf(&l->ctx->out.text, "%s\n", path);
	}
	return 0;
}

static int open_freight(
	struct ctx *ctx, int (*then)(struct looking *l, struct err *e), struct err *e)
{
	struct looking l = { .ctx = ctx, .files = json_array() };
	size_t freight = 0;
	int rc;

	if (ctx->n_args != 2)
		rc = err_set(
			e, ERR_USAGE, 0, "usage: calico-datastore bundle %s FILE", ctx->args[0]);
	else
		rc = look(&l, ctx->args[1], true, e);
	for (size_t i = 0; i < l.bundle.n; i++)
		freight += freight_is(l.bundle.files[i].name);
	if (rc == 0 && freight == 0)
		rc = err_set(e, ERR_USAGE, 0,
			"%s has no file for kubectl; \"bundle create --with FILE\" adds them",
			ctx->args[1]);
	if (rc == 0)
		rc = then(&l, e);
	looking_release(&l);
	return rc;
}

static int run(struct ctx *ctx, struct err *e)
{
	if (strcmp(ctx->args[0], "create") == 0)
		return create(ctx, e);
	if (strcmp(ctx->args[0], "images") == 0)
		return open_freight(ctx, put_images, e);
	if (strcmp(ctx->args[0], "extract") == 0)
		return open_freight(ctx, extract, e);
	if (strcmp(ctx->args[0], "list") == 0 || strcmp(ctx->args[0], "verify") == 0)
		return show(ctx, ctx->args[0][0] == 'v', e);
	return err_set(e, ERR_USAGE, 0,
		"bundle %s: it is create, list, verify, images or extract", ctx->args[0]);
}

const struct cmd cmd_bundle = {
	.name = "bundle",
	.args = "create RELEASE|DIR|FILE...|all, list FILE, verify FILE, images FILE, "
		"extract FILE",
	.summary = "make, show and verify a file of manifests for an air gap",
	.details =
		"create takes releases that are embedded (all is every one), directories that\n"
		"fetch made, and manifests by their path, PATH/RELEASE/NAME.yaml; -o names the\n"
		"file, and its suffix the compression (.tar.gz, .tar.xz, .tar.zst). The same\n"
		"input gives the same bytes; SOURCE_DATE_EPOCH sets the time in it. --sign puts\n"
		"FILE.minisig beside it. verify needs no network.\n"
		"--with adds manifests that this program never applies, such as those of the\n"
		"tigera operator: images lists the container images that they name, extract\n"
		"writes them to --dir for kubectl.\n\n"
		"Examples:\n"
		"  calico-datastore bundle create v3.29.1 v3.32 -o crds.tar.xz --sign my.key\n"
		"  calico-datastore bundle verify crds.tar.xz --public-key my.pub\n"
		"  calico-datastore install v3.29.1 --bundle crds.tar.xz --public-key my.pub\n",
	.options =
		"set with dir output sign sequence password-file "
		"public-key key-dir not-older-than allow-group "
		"allow-webhook quiet help",
	.outputs = "text json FILE",
	.min_args = 1,
	.max_args = BUNDLE_MAX_ENTRIES,
	.run = run,
};
