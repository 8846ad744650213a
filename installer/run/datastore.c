/* SPDX-License-Identifier: Apache-2.0 */
/* Chooses the datastore of a run, and opens it. */
#include <string.h>
#include <unistd.h>

#include "base/resolve.h"
#include "calico/client/datastore.h"
#include "calico/store/kubernetes.h"
#include "run/run.h"

static const char *config_name(const struct ctx *ctx)
{
	return ctx->config.path ? ctx->config.path : "the environment";
}

/*
 * Refuses flags without a meaning for etcd: users would believe that an ignored flag has an effect.
 */
static int refuse_kube_flags(const struct ctx *ctx, struct err *e)
{
	const char *given = options_given(&ctx->opt, OPTION_KUBERNETES);

	return given ? err_set(e, ERR_USAGE, 0,
			       "--%s is for the Kubernetes datastore, but %s selects etcdv3; set "
			       "what etcd needs there",
			       given, config_name(ctx))
		     : 0;
}

/* A flag overrides the environment and calicoctl.cfg, but clashes with --config. */
static int settle_etcd(struct ctx *ctx, const char *flag, struct err *e)
{
	if (!flag)
		return refuse_kube_flags(ctx, e);
	if (ctx->opt.config)
		return err_set(e, ERR_USAGE, 0,
			"--%s is for the Kubernetes datastore, but %s selects etcdv3; leave one "
			"out",
			flag, ctx->opt.config);
	char_auto *what = client_config_describe(&ctx->config);

	out_note(&ctx->out, "--%s: a Kubernetes cluster, not the %s of %s", flag, what,
		config_name(ctx));
	client_config_release(&ctx->config);
	return 0;
}

static int settle_kubernetes(struct ctx *ctx, const char *flag, struct err *e)
{
	char_auto *unused = NULL;

	if (client_kube_overrides(&ctx->config, &ctx->opt.cluster, flag != NULL, &unused, e) < 0)
		return -1;
	if (unused)
		out_note(&ctx->out, "%s%s wins, so these are not used: %s", flag ? "--" : "",
			flag ? flag : "kubeconfigInline", unused);
	return 0;
}

static void note(void *arg, const char *text)
{
	out_note(arg, "%s", text);
}

static void warn_of_users(struct ctx *ctx)
{
	const struct client_config *c = &ctx->config;
	bool user = c->values[CLIENT_ETCD_USERNAME], password = c->values[CLIENT_ETCD_PASSWORD];
	const char *plain = strcasestr(c->values[CLIENT_ETCD_ENDPOINTS], "http://");

	if (user != password) {
		char_auto *set =
			client_config_where(c, user ? CLIENT_ETCD_USERNAME : CLIENT_ETCD_PASSWORD);

		out_note(&ctx->out, "warning: %s is not used: it takes both, user and password",
			set);
	} else if (user && plain) {
		out_note(&ctx->out,
			"warning: user and password go to %.*s unencrypted: anyone on the way can "
			"read them",
			(int)strcspn(plain, ", "), plain);
	}
}

static int open_etcd(struct ctx *ctx, struct err *e)
{
	struct datastore *d = &ctx->at;
	char_auto *user_agent = xasprintf("calico-datastore/%s (%s)", VERSION, ctx->cmd->name);
	struct etcd_options o = {
		.user_agent = user_agent,
		.request_ms = ctx->opt.cluster.request_ms,
		.deadline = ctx->deadline,
		.note = note,
		.arg = &ctx->out,
	};

	if (client_etcd_open(&ctx->config, &o, &d->store, e) < 0)
		return -1;
	d->server = ctx->config.values[CLIENT_ETCD_ENDPOINTS];
	warn_of_users(ctx);
	run_confine(ctx);
	return 0;
}

/* With a configuration file only the file counts, else the variable counts. */
static const char *api_group(const struct ctx *ctx)
{
	const char *variable = client_config_field(CLIENT_API_GROUP)->variable;

	return ctx->config.path ? ctx->config.values[CLIENT_API_GROUP] : getenv(variable);
}

/* Uses one address of the server. The certificate must still have the server's name. */
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

static void put_notes(struct ctx *ctx)
{
	const json_t *text;
	size_t i;

	json_array_foreach(ctx->at.cluster.config.notes, i, text)
		out_note(&ctx->out, "%s", json_string_value(text));
}

static int connect_cluster(struct ctx *ctx, const struct kube_overrides *o, struct err *e)
{
	struct cluster *c = &ctx->at.cluster;
	char_auto *user_agent = xasprintf("calico-datastore/%s (%s)", VERSION, ctx->cmd->name);

	if (kube_config_load(&c->config, o, e) < 0) {
		client_blame(&ctx->config, e);
		return -1;
	}
	put_notes(ctx);
	if (ctx->opt.endpoint && pin_endpoint(&c->config, ctx->opt.endpoint, e) < 0)
		return -1;
	ctx->at.server = c->config.server;
	if (c->config.insecure_skip_tls_verify)
		out_note(&ctx->out,
			"warning: insecure-skip-tls-verify is set: anyone on the way to %s can "
			"read and change everything",
			c->config.server);
	c->api = kube_api_new(&c->config, user_agent, ctx->deadline, e);
	if (!c->api)
		return -1;
	kube_api_listen(c->api, note, &ctx->out);
	return 0;
}

static int open_kubernetes(struct ctx *ctx, struct err *e)
{
	struct datastore *d = &ctx->at;

	if (connect_cluster(ctx, &ctx->opt.cluster, e) < 0)
		return -1;
	d->store = kubernetes_store(
		d->cluster.api, api_group(ctx), ctx->config.values[CLIENT_USE_POD_CIDR]);
	run_confine(ctx);
	return 0;
}

/* one row for each enum client_datastore */
static const struct {
	const struct calico_driver *driver;
	/*
	 * Combines flags and configuration. flag is the one that chooses a cluster; NULL: none
	 * does.
	 */
	int (*settle)(struct ctx *ctx, const char *flag, struct err *e);
	int (*connect)(struct ctx *ctx, struct err *e);
} types[] = {
	[CLIENT_KUBERNETES] = { &kubernetes_driver, settle_kubernetes, open_kubernetes },
	[CLIENT_ETCDV3] = { &etcd_driver, settle_etcd, open_etcd },
};

int datastore_choose(struct ctx *ctx, struct err *e)
{
	const struct options *o = &ctx->opt;
	const char *flag = options_given(o, OPTION_CHOOSES);
	int rc = 0;

	if (ctx->chosen)
		return 0;
	/* With --kubeconfig or --server no configuration is necessary. */
	if (o->config || !(o->cluster.kubeconfig || o->cluster.server)) {
		rc = client_config_select(&ctx->config, o->config, CLIENT_CONFIG_PATH, e);
		if (rc == 0)
			rc = types[ctx->config.datastore].settle(ctx, flag, e);
	}
	ctx->chosen = rc == 0;
	return rc;
}

const struct calico_driver *datastore_driver(const struct ctx *ctx)
{
	return types[ctx->config.datastore].driver;
}

int datastore_open(struct ctx *ctx, struct err *e)
{
	datastore_close(ctx);
	if (datastore_choose(ctx, e) < 0)
		return -1;
	return types[ctx->config.datastore].connect(ctx, e);
}

int cluster_open(struct ctx *ctx, struct err *e)
{
	if (datastore_choose(ctx, e) < 0)
		return -1;
	if (datastore_driver(ctx)->has_crds)
		return datastore_open(ctx, e);
	char_auto *what = client_config_describe(&ctx->config);

	return err_set(e, ERR_USAGE, 0,
		"the datastore of %s is %s; \"%s\" is for the Kubernetes datastore, which "
		"--kubeconfig FILE or --context NAME selects",
		config_name(ctx), what, ctx->cmd->name);
}

/* A path, or the name of an existing file, is a kubeconfig; any other word is a context. */
static struct kube_overrides target_of(const struct ctx *ctx, const char *to)
{
	struct kube_overrides o = { .request_ms = ctx->opt.cluster.request_ms };

	if (strchr(to, '/') || access(to, F_OK) == 0)
		o.kubeconfig = to;
	else
		o.context = to;
	return o;
}

int datastore_open_pair(struct ctx *ctx, const char *to, struct err *e)
{
	const struct kube_overrides target = target_of(ctx, to);

	datastore_close(ctx);
	if (datastore_choose(ctx, e) < 0)
		return -1;
	if (datastore_driver(ctx)->has_crds) {
		char_auto *what = client_config_describe(&ctx->config);

		return err_set(e, ERR_USAGE, 0,
			"the datastore of %s is %s; \"%s\" begins with etcd, which --config FILE "
			"or DATASTORE_TYPE=etcdv3 and ETCD_ENDPOINTS select",
			config_name(ctx), what, ctx->cmd->name);
	}
	/*
	 * The cluster is opened first: opening etcd confines the run, and then no plugin can start.
	 */
	if (connect_cluster(ctx, &target, e) < 0)
		return err_wrap(e, "--to %s", to);
	return open_etcd(ctx, e);
}

void datastore_close(struct ctx *ctx)
{
	struct datastore *d = &ctx->at;

	calico_store_close(&d->store);
	kube_api_free(d->cluster.api);
	kube_config_release(&d->cluster.config);
	*d = (struct datastore){ 0 };
}

void ctx_release(struct ctx *ctx)
{
	out_release(&ctx->out);
	options_release(&ctx->opt);
	client_config_release(&ctx->config);
}
