/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "engine/look/backup.h"
#include "run/run.h"
#include "manifest/age.h"
#include "manifest/fetch.h"
#include "manifest/trust.h"

enum { MAX_CA = 4 << 20 };

/*
 * A script may pass an empty value by mistake. It must not turn a check off or change an address.
 */
int select_setting(const char *option, const char *value, const char *variable,
	const char **setting, struct err *e)
{
	*setting = value ? value : getenv(variable);
	if (!*setting || **setting)
		return 0;
	if (value)
		return err_set(
			e, ERR_USAGE, 0, "--%s is empty; give it a value or leave it out", option);
	return err_set(e, ERR_USAGE, 0,
		"the variable %s is set, but empty; give it a value or unset it", variable);
}

int select_trust(const struct ctx *ctx, struct trust *t, struct err *e)
{
	const char *key, *dir;

	if (select_setting("public-key", ctx->opt.public_key, "CALICO_DATASTORE_PUBLIC_KEY", &key,
		    e) < 0 ||
		select_setting(
			"key-dir", ctx->opt.key_dir, "CALICO_DATASTORE_KEY_DIR", &dir, e) < 0)
		return -1;
	return trust_load(t, key, dir, e);
}

int select_backup(
	const struct ctx *ctx, const char *path, struct backup_file *f, struct err *e)
{
	trust_auto trust = { 0 };

	*f = (struct backup_file){ .fd = -1 };
	return select_trust(ctx, &trust, e) < 0
		       ? -1
		       : backup_open(f, path, &trust, &ctx->opt.foreign, e);
}

int select_cluster_backup(
	const struct ctx *ctx, const char *path, struct backup_file *f, struct err *e)
{
	if (select_backup(ctx, path, f, e) < 0)
		return -1;
	return f->etcd ? err_set(e, ERR_USAGE, 0,
				 "%s is a backup of etcd, which has no CRDs; \"restore\" puts it "
				 "back into etcd",
				 path)
		       : 0;
}

static int select_bundle(
	const struct ctx *ctx, const struct catalog *catalog, struct source *s, struct err *e)
{
	const struct options *o = &ctx->opt;
	trust_auto trust = { 0 };

	if (select_trust(ctx, &trust, e) < 0 ||
		source_bundle(s, catalog, o->bundle, o->set.set,
			ctx->n_args > 0 ? ctx->args[0] : NULL, &trust, e) < 0)
		return -1;
	if (o->not_older_than && floor_not_older_than(s, o->not_older_than, e) < 0)
		return -1;
	floor_mark(s);
	return source_check_foreign(s, &o->foreign, e);
}

int select_download(const struct ctx *ctx, struct fetch_options *o, struct buf *ca,
	char hex[SHA256_HEX_SIZE], struct err *e)
{
	const char *file;

	*o = (struct fetch_options){
		.user_agent = "calico-datastore/" VERSION,
		.deadline = ctx->deadline,
		.allow_http = ctx->opt.insecure_mirror,
	};
	if (select_setting("cacert", ctx->opt.cacert, "CURL_CA_BUNDLE", &file, e) < 0 ||
		(!file && select_setting("cacert", NULL, "SSL_CERT_FILE", &file, e) < 0))
		return -1;
	hex[0] = '\0';
	if (ctx->opt.sha256 && fetch_check_digest(ctx->opt.sha256, hex, e) < 0)
		return -1;
	if (!file)
		return 0;
	if (buf_read_file(ca, file, MAX_CA, e) < 0)
		return err_wrap(e, "certificate authorities");
	o->ca_pem = buf_str(ca);
	return 0;
}

static int select_url(
	const struct ctx *ctx, const struct catalog *catalog, struct source *s, struct err *e)
{
	struct fetch_options how;
	char hex[SHA256_HEX_SIZE];
	buf_auto ca = { 0 };

	if (select_download(ctx, &how, &ca, hex, e) < 0)
		return -1;
	/* with a digest, the connection need not be safe */
	how.allow_http = ctx->opt.sha256 != NULL;
	if (source_url(s, catalog, ctx->opt.url, ctx->opt.sha256 ? hex : NULL, &how,
		    ctx->opt.crds_only, e) < 0)
		return -1;
	return source_check_foreign(s, &ctx->opt.foreign, e);
}

int select_check(const struct ctx *ctx, struct err *e)
{
	const struct options *o = &ctx->opt;

	if (!!o->file + !!o->bundle + !!o->url > 1)
		return err_set(e, ERR_USAGE, 0, "give either -f or --bundle or --url");
	if (!o->bundle && options_given(o, OPTION_SIGNED))
		return err_set(e, ERR_USAGE, 0,
			"--public-key, --key-dir and --not-older-than need --bundle FILE");
	if (!o->url && options_given(o, OPTION_DOWNLOAD))
		return err_set(e, ERR_USAGE, 0, "--sha256 and --cacert need --url URL");
	if (o->crds_only && !o->file && !o->url)
		return err_set(e, ERR_USAGE, 0, "--crds-only needs -f FILE or --url URL");
	if (o->set.given && (o->file || o->url))
		return err_set(e, ERR_USAGE, 0,
			"--set names CRDs of a release; a file is taken as it is: leave --set out");
	if ((o->file || o->url) && ctx->n_args > 0)
		return err_set(e, ERR_USAGE, 0, "give either a release (%s) or %s, not both",
			ctx->args[0], o->file ? "-f FILE" : "--url URL");
	return 0;
}

/* Refuses a file, a bundle or an address in the place of a release. */
static int check_operand(const char *operand, struct err *e)
{
	bool bundle = strstr(operand, ".tar.") || has_suffix(operand, ".tgz");

	if (strstr(operand, "://"))
		return err_set(e, ERR_USAGE, 0, "%s is an address, not a release; give --url %s",
			operand, operand);
	if (bundle || strchr(operand, '/') || has_suffix(operand, ".yaml") ||
		has_suffix(operand, ".yml") || has_suffix(operand, ".json") ||
		strcmp(operand, "-") == 0)
		return err_set(e, ERR_USAGE, 0, "%s is a file, not a release; give %s %s", operand,
			bundle ? "--bundle" : "-f", operand);
	return 0;
}

static const struct release *select_embedded(
	const struct catalog *catalog, enum manifest_set set, const char *selector, struct err *e)
{
	err_auto unknown = { 0 };
	const struct release *r;

	if (check_operand(selector, e) < 0)
		return NULL;
	r = catalog_find(catalog, set, selector, &unknown);
	if (!r && unknown.code == ENOENT)
		err_move(e, &unknown); /* the release is built in, but has no such set */
	else if (!r)
		err_set(e, unknown.kind, unknown.code,
			"%s; for a release that is not built in, give its crds.yaml with -f FILE "
			"(\"calico-datastore fetch RELEASE\" downloads it), or use a newer "
			"calico-datastore",
			unknown.msg);
	return r;
}

static int select_one(
	const struct ctx *ctx, const struct catalog *catalog, struct source *s, struct err *e)
{
	const char *selector = ctx->n_args > 0 ? ctx->args[0] : "latest";

	if (select_check(ctx, e) < 0)
		return -1;
	if (ctx->opt.bundle)
		return select_bundle(ctx, catalog, s, e);
	if (ctx->opt.url)
		return select_url(ctx, catalog, s, e);
	if (ctx->opt.file)
		return source_file(s, catalog, ctx->opt.file, ctx->opt.crds_only, e) < 0
			       ? -1
			       : source_check_foreign(s, NULL, e);
	enum manifest_set set = ctx->opt.set.set;
	const struct release *r = select_embedded(catalog, set, selector, e);

	return r ? source_embedded(s, r, set, e) : -1;
}

static bool is_file_name(const char *name)
{
	return strchr(name, '/') || has_suffix(name, ".yaml") || has_suffix(name, ".yml") ||
	       has_suffix(name, ".json") || strcmp(name, "-") == 0 || access(name, F_OK) == 0;
}

int select_named(const struct ctx *ctx, const struct catalog *catalog, const char *name,
	struct source *s, struct err *e)
{
	const struct release *r;

	if (is_file_name(name))
		return source_file(s, catalog, name, ctx->opt.crds_only, e) < 0
			       ? -1
			       : source_check_foreign(s, NULL, e);
	r = select_embedded(catalog, ctx->opt.set.set, name, e);
	return r ? source_embedded(s, r, ctx->opt.set.set, e) : -1;
}

int select_exclude(const struct ctx *ctx, struct source *s, struct err *e)
{
	for (size_t i = 0; i < ctx->opt.exclude.n; i++)
		if (source_exclude(s, ctx->opt.exclude.items[i], e) < 0)
			return -1;
	return 0;
}

int select_source(
	const struct ctx *ctx, const struct catalog *catalog, struct source *s, struct err *e)
{
	return select_one(ctx, catalog, s, e) < 0 ? -1 : select_exclude(ctx, s, e);
}
