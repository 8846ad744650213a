/* SPDX-License-Identifier: Apache-2.0 */
/* Prints the current datastore for calicoctl, as a calicoctl.cfg or as variables. */
#include <string.h>

#include "base/json.h"
#include "base/yaml.h"
#include "calico/client/datastore.h"
#include "cmd/commands.h"

/* The settings of the datastore, as fields of a calicoctl.cfg, from any source. */
struct shown {
	char *values[CLIENT_FIELDS_N];
};

static void release(struct shown *s)
{
	for (int i = 0; i < CLIENT_FIELDS_N; i++)
		secret_free(s->values[i]);
}

static void set(struct shown *s, enum client_field field, const char *value)
{
	free(s->values[field]);
	s->values[field] = value ? xstrdup(value) : NULL;
}

/* Makes each path of a list absolute, so that it works from any directory. */
static char *absolute_paths(const char *list)
{
	char_auto *here = realpath(".", NULL);
	struct buf out = { 0 };

	while (*list) {
		size_t n = strcspn(list, ":");
		bool relative = *list != '/' && here;

		if (n > 0)
			buf_printf(&out, "%s%s%s%.*s", out.len ? ":" : "", relative ? here : "",
				relative ? "/" : "", (int)n, list);
		list += n + (list[n] == ':');
	}
	return buf_steal(&out);
}

static void set_path(struct shown *s, enum client_field field, const char *path)
{
	free(s->values[field]);
	s->values[field] = path ? absolute_paths(path) : NULL;
}

/* calicoctl has no such setting: it would use another datastore or user. */
static int refuse_flags(const struct options *o, struct err *e)
{
	const char *given = options_given(o, OPTION_KUBECONFIG);

	return given ? err_set(e, ERR_USAGE, 0,
			       "calicoctl has no setting for --%s; put it into a kubeconfig and "
			       "name that one with --kubeconfig",
			       given)
		     : 0;
}

static void show_cluster(
	struct shown *s, const struct kube_overrides *o, const struct kube_config *k)
{
	bool has_files = strcmp(k->source, "in-cluster") != 0 && strcmp(k->source, "--server") != 0;
	bool is_text = o->kubeconfig_text && !o->kubeconfig;

	set(s, CLIENT_DATASTORE_TYPE, "kubernetes");
	set(s, CLIENT_KUBECONFIG_INLINE, is_text ? o->kubeconfig_text : NULL);
	set_path(s, CLIENT_KUBECONFIG, has_files && !is_text ? k->source : NULL);
	set(s, CLIENT_K8S_ENDPOINT, o->server);
	set(s, CLIENT_K8S_CONTEXT, o->context);
	set(s, CLIENT_K8S_TOKEN, o->token);
	set(s, CLIENT_K8S_INSECURE, o->insecure_skip_tls_verify ? "true" : NULL);
	set_path(s, CLIENT_K8S_CERT_FILE, o->client_certificate);
	set_path(s, CLIENT_K8S_KEY_FILE, o->client_key);
	set_path(s, CLIENT_K8S_CA_FILE, o->certificate_authority);
}

static int show_etcd(struct shown *s, struct ctx *ctx, struct err *e)
{
	struct etcd_options o = { .deadline = ctx->deadline };
	struct calico_store store;

	/* Settings with which etcd cannot be opened are not printed. */
	if (client_etcd_open(&ctx->config, &o, &store, e) < 0)
		return -1;
	calico_store_close(&store);
	set(s, CLIENT_DATASTORE_TYPE, "etcdv3");
	for (int i = CLIENT_ETCD_KEY_FILE; i <= CLIENT_ETCD_CA_FILE; i++)
		set_path(s, (enum client_field)i, ctx->config.values[i]);
	return 0;
}

static int show_kubernetes(struct shown *s, struct ctx *ctx, struct err *e)
{
	struct kube_config k = { 0 };

	if (refuse_flags(&ctx->opt, e) < 0)
		return -1;
	if (kube_config_load(&k, &ctx->opt.cluster, e) < 0) {
		client_blame(&ctx->config, e);
		return -1;
	}
	show_cluster(s, &ctx->opt.cluster, &k);
	kube_config_release(&k);
	return 0;
}

static int (*const showers[])(struct shown *s, struct ctx *ctx, struct err *e) = {
	[CLIENT_KUBERNETES] = show_kubernetes,
	[CLIENT_ETCDV3] = show_etcd,
};

static int show(struct shown *s, struct ctx *ctx, struct err *e)
{
	if (datastore_choose(ctx, e) < 0)
		return -1;
	for (int i = 0; i < CLIENT_FIELDS_N; i++)
		set(s, (enum client_field)i, ctx->config.values[i]);
	return showers[ctx->config.datastore](s, ctx, e);
}

/* Drops the settings of the other datastore type: they have no effect, and may be secret. */
static void drop_others(struct shown *s, enum client_datastore chosen)
{
	for (int i = 0; i < CLIENT_FIELDS_N; i++)
		for (int type = 0; type < CLIENT_DATASTORES_N; type++)
			if (type != (int)chosen &&
				client_config_is_of((enum client_field)i,
					(enum client_datastore)type))
				set(s, (enum client_field)i, NULL);
}

static int check_secrets(const struct shown *s, const struct ctx *ctx, struct err *e)
{
	for (int i = 0; i < CLIENT_FIELDS_N; i++) {
		const struct client_field_text *f = client_config_field((enum client_field)i);

		if (!s->values[i] || !f->is_secret || ctx->opt.show_secrets)
			continue;
		char_auto *where = client_config_where(&ctx->config, (enum client_field)i);

		return err_set(e, ERR_USAGE, 0,
			"%s is a secret that is in no file of its own, so nothing is printed; "
			"--show-secrets prints it, too: keep that output to yourself",
			where);
	}
	return 0;
}

/* Renderers */

static int put_file(struct ctx *ctx, const struct shown *s, struct err *e)
{
	json_t *spec = json_object();
	json_auto_t *file = json_pack("{s:s, s:s, s:{}, s:o}", "apiVersion", "projectcalico.org/v3",
		"kind", "CalicoAPIConfig", "metadata", "spec", spec);

	for (int i = 0; i < CLIENT_FIELDS_N; i++) {
		const struct client_field_text *f = client_config_field((enum client_field)i);
		const char *value = s->values[i];
		json_t *json;

		if (!value)
			continue;
		if (f->type == CLIENT_TEXT)
			json = json_string(value);
		else if (f->type == CLIENT_BOOL)
			json = json_true();
		else
			json = json_parse(value, strlen(value), e);
		if (!json)
			return err_set(e, ERR_FORMAT, 0, "%s is not UTF-8 or no number", f->field);
		json_object_set_new(spec, f->field, json);
	}
	if (ctx->opt.output == OUTPUT_JSON) {
		json_write(&ctx->out.text, file, JSON_STYLE_INDENT);
		buf_putc(&ctx->out.text, '\n');
	} else {
		yaml_write(&ctx->out.text, file);
	}
	json_wipe(file);
	return 0;
}

/* Unsets a variable that would override the printed ones, or add to them. */
static void put_unset(struct buf *out, const char *name)
{
	if (getenv(name))
		buf_printf(out, "unset %s\n", name);
}

static int put_env(struct buf *out, const struct shown *s, struct err *e)
{
	for (int i = 0; i < CLIENT_FIELDS_N; i++) {
		const struct client_field_text *f = client_config_field((enum client_field)i);

		if (s->values[i] && !f->variable)
			return err_set(e, ERR_USAGE, 0,
				"only a file can hold %s: use -o yaml, and calicoctl's --config",
				f->field);
		if (!f->variable)
			continue;
		char_auto *prefixed = xasprintf("CALICO_%s", f->variable);

		put_unset(out, prefixed);
		if (!s->values[i]) {
			put_unset(out, f->variable);
			continue;
		}
		buf_printf(out, "export %s=", f->variable);
		/* A value that needs no quotes gets none, for better reading. */
		if (strspn(s->values[i], "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					 "0123456789_./:,@%+-") == strlen(s->values[i]))
			buf_puts(out, s->values[i]);
		else
			buf_quote(out, s->values[i]);
		buf_putc(out, '\n');
	}
	return 0;
}

void config_put_hint(struct buf *out, const struct ctx *ctx)
{
	err_auto unknown_to_calicoctl = { 0 };

	if (refuse_flags(&ctx->opt, &unknown_to_calicoctl) < 0)
		return;
	buf_puts(out, "# for calicoctl: eval \"$(calico-datastore config -o env");
	run_put_option(out, "-c", ctx->opt.config);
	run_put_option(out, "--kubeconfig", ctx->opt.cluster.kubeconfig);
	run_put_option(out, "--context", ctx->opt.cluster.context);
	buf_puts(out, ")\"\n");
}

static int run(struct ctx *ctx, struct err *e)
{
	struct shown s = { 0 };
	int rc = show(&s, ctx, e);

	/* the user asks for the secret by name: it is not masked */
	ctx->out.data = ctx->opt.show_secrets;
	if (rc == 0) {
		drop_others(&s, ctx->config.datastore);
		rc = check_secrets(&s, ctx, e);
	}
	if (rc == 0)
		rc = ctx->opt.output == OUTPUT_ENV ? put_env(&ctx->out.text, &s, e)
						   : put_file(ctx, &s, e);
	if (rc < 0)
		buf_clear(&ctx->out.text);
	release(&s);
	return rc;
}

const struct cmd cmd_config = {
	.name = "config",
	.args = "",
	.summary = "print which datastore is used, for calicoctl or a shell",
	.details =
		"-o env prints lines for a shell, -o yaml and -o json a calicoctl.cfg. Nothing is\n"
		"sent. Certificates and keys are named by their paths; a secret that has none is\n"
		"printed with --show-secrets only.\n\n"
		"Examples:\n"
		"  calico-datastore config --context staging >calicoctl.cfg\n"
		"  eval \"$(calico-datastore config -o env)\" && calicoctl get nodes\n",
	.options = "output show-secrets quiet " CLUSTER_OPTIONS " help",
	.outputs = "yaml env json",
	.run = run,
};
