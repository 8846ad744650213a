/* SPDX-License-Identifier: Apache-2.0 */
#include "base/confine.h"
#include "base/resolve.h"
#include "cmd/cmd.h"
#include "engine/floor.h"
#include "manifest/trust.h"

static const char *configured(const char *option, const char *variable)
{
	const char *value = option ? option : getenv(variable);

	return value && *value ? value : NULL;
}

int select_trust(const struct ctx *ctx, struct trust *t, struct err *e)
{
	return trust_load(t, configured(ctx->opt.public_key, "CALICO_DATASTORE_PUBLIC_KEY"),
		configured(ctx->opt.key_dir, "CALICO_DATASTORE_KEY_DIR"), e);
}

static int select_bundle(
	const struct ctx *ctx, const struct catalog *catalog, struct source *s, struct err *e)
{
	const struct options *o = &ctx->opt;
	trust_auto trust = { 0 };

	if (select_trust(ctx, &trust, e) < 0 ||
		source_bundle(s, catalog, o->bundle, ctx->n_args > 0 ? ctx->args[0] : NULL, &trust,
			e) < 0)
		return -1;
	if (o->not_older_than && floor_not_older_than(s, o->not_older_than, e) < 0)
		return -1;
	floor_mark(s);
	return source_check_foreign(s, o->allow_group.items, o->allow_group.n,
		o->allow_webhook.items, o->allow_webhook.n, e);
}

static int select_one(
	const struct ctx *ctx, const struct catalog *catalog, struct source *s, struct err *e)
{
	const char *selector = ctx->n_args > 0 ? ctx->args[0] : "latest";

	if (ctx->opt.file && ctx->opt.bundle)
		return err_set(e, ERR_USAGE, 0, "give either -f or --bundle");
	if (ctx->opt.bundle)
		return select_bundle(ctx, catalog, s, e);
	if (ctx->opt.public_key || ctx->opt.key_dir || ctx->opt.not_older_than)
		return err_set(
			e, ERR_USAGE, 0, "keys and ages are of bundles; give --bundle FILE, too");
	if (ctx->opt.file && ctx->n_args > 0)
		return err_set(e, ERR_USAGE, 0, "give either a release (%s) or -f FILE, not both",
			ctx->args[0]);
	if (ctx->opt.file)
		return source_file(s, catalog, ctx->opt.file, e);
	const struct release *r = catalog_find(catalog, selector, e);

	return r ? source_embedded(s, r, e) : -1;
}

int select_source(
	const struct ctx *ctx, const struct catalog *catalog, struct source *s, struct err *e)
{
	if (select_one(ctx, catalog, s, e) < 0)
		return -1;
	for (size_t i = 0; i < ctx->opt.exclude.n; i++)
		if (source_exclude(s, ctx->opt.exclude.items[i], e) < 0)
			return -1;
	return 0;
}

/* One address of the server: the name is still the one that its certificate must have. */
static int pin_endpoint(struct kube_config *c, const char *endpoint, struct err *e)
{
	char_auto *host = NULL;
	json_auto_t *urls = resolve_url(c->server, &host, e);

	if (!urls)
		return -1;
	if (!c->tls_server_name)
		c->tls_server_name = steal(&host);
	free(c->server);
	c->server = xstrdup(endpoint);
	return 0;
}

static void note(void *arg, const char *text)
{
	out_note(arg, "%s", text);
}

int cluster_open(struct cluster *c, struct ctx *ctx, struct err *e)
{
	char_auto *user_agent = xasprintf("calico-datastore/%s (%s)", VERSION, ctx->cmd->name);

	*c = (struct cluster){ 0 };
	if (kube_config_load(&c->config, &ctx->opt.cluster, e) < 0)
		return -1;
	if (ctx->opt.endpoint && pin_endpoint(&c->config, ctx->opt.endpoint, e) < 0)
		return -1;
	if (c->config.insecure_skip_tls_verify)
		out_note(&ctx->out,
			"warning: insecure-skip-tls-verify is set: anyone on the way to %s can "
			"read and "
			"change everything",
			c->config.server);
	/* As far as the kernel can: no other write, no other program, as a credential plugin is. */
	if (!c->config.exec)
		confine_files(&ctx->writable, ctx->writable ? 1 : 0);
	c->api = kube_api_new(&c->config, user_agent, ctx->deadline, e);
	if (!c->api)
		return -1;
	kube_api_listen(c->api, note, &ctx->out);
	return 0;
}

void cluster_close(struct cluster *c)
{
	kube_api_free(c->api);
	kube_config_release(&c->config);
	*c = (struct cluster){ 0 };
}
