/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs one command on many clusters, or through every address of one cluster. A forked child for
 * each target runs the command alone and answers with its JSON document over a pipe. A target that
 * fails or hangs does not hide the others.
 */
#include <signal.h>
#include <string.h>

#include "base/children.h"
#include "base/json.h"
#include "base/resolve.h"
#include "run/document.h"
#include "kube/config/kubeconfig.h"

struct many {
	struct ctx *ctx;
	json_t *targets; /* strings, each once: contexts, or URLs of endpoints */
	json_t *reports; /* target -> its JSON document */
	struct child *children;
	size_t n;
	int widest; /* width of the longest target, in bytes */
	int worst; /* the highest exit code */
};

static const char *target_at(const struct many *m, size_t i)
{
	return json_string_value(json_array_get(m->targets, i));
}

/* Which contexts */

static void add_target(struct many *m, const char *name)
{
	json_array_append_new(m->targets, json_string(name));
	if ((int)strlen(name) > m->widest)
		m->widest = (int)strlen(name);
}

static int add_context(struct many *m, const json_t *known, const char *name, struct err *e)
{
	const json_t *seen;
	size_t i;

	if (!*name)
		return err_set(e, ERR_USAGE, 0, "--context %s: an empty name",
			m->ctx->opt.cluster.context);
	if (!json_object_get(known, name))
		return err_set(e, ERR_USAGE, 0,
			"--context: there is no context \"%s\" in the kubeconfig", name);
	json_array_foreach(m->targets, i, seen)
		if (strcmp(json_string_value(seen), name) == 0)
			return 0;
	add_target(m, name);
	return 0;
}

static int choose_all(struct many *m, const json_t *known, struct err *e)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)known, name, value)
		if (add_context(m, known, name, e) < 0)
			return -1;
	if (json_array_size(m->targets) == 0)
		return err_set(e, ERR_USAGE, 0, "--all-contexts: the kubeconfig has no context");
	return 0;
}

static int choose_listed(struct many *m, const json_t *known, struct err *e)
{
	for (const char *p = m->ctx->opt.cluster.context;; p++) {
		char_auto *name = xstrndup(p, strcspn(p, ","));

		if (add_context(m, known, name, e) < 0)
			return -1;
		p += strlen(name);
		if (!*p)
			return 0;
	}
}

/* Targets: every address of the one server. */
static int choose_endpoints(struct many *m, struct err *e)
{
	struct kube_config config = { 0 };
	char_auto *host = NULL;
	const json_t *url;
	size_t i;

	if (m->ctx->opt.all_contexts)
		return err_set(e, ERR_USAGE, 0, "give either --all-contexts or --all-endpoints");
	if (kube_config_load(&config, &m->ctx->opt.cluster, e) < 0)
		return -1;
	json_auto_t *urls = resolve_url(config.server, &host, e);

	kube_config_release(&config);
	json_array_foreach(urls, i, url)
		add_target(m, json_string_value(url));
	return urls ? 0 : -1;
}

static int choose(struct many *m, struct err *e)
{
	const struct options *o = &m->ctx->opt;
	struct kubeconfig config = { 0 };
	int rc = -1;

	if (datastore_choose(m->ctx, e) < 0)
		return -1;
	if (o->all_endpoints)
		return choose_endpoints(m, e);
	if (o->all_contexts && o->cluster.context)
		return err_set(e, ERR_USAGE, 0, "give either --context or --all-contexts");
	if (o->cluster.server || o->cluster.cluster)
		return err_set(e, ERR_USAGE, 0,
			"--%s would send every context to one cluster; leave it out",
			o->cluster.server ? "server" : "cluster");
	if (o->backup)
		return err_set(e, ERR_USAGE, 0,
			"--backup names one file for several clusters; leave it out and set "
			"CALICO_DATASTORE_BACKUP_DIR");
	if (o->file && strcmp(o->file, "-") == 0)
		return err_set(e, ERR_USAGE, 0,
			"-f -: standard input can be read for one cluster only; save it to a file");
	if (kube_config_files(&config, &o->cluster, e) == 0) {
		json_auto_t *known = kubeconfig_name_set(&config, KUBECONFIG_CONTEXT);

		rc = o->all_contexts ? choose_all(m, known, e) : choose_listed(m, known, e);
	}
	kubeconfig_release(&config);
	return rc;
}

/* A context with a comma in its name is one context. */
bool many_wanted(const struct ctx *ctx)
{
	const char *context = ctx->opt.cluster.context;
	struct kubeconfig config = { 0 };
	err_auto ignored = { 0 };
	bool one = false;

	if (ctx->opt.all_contexts || ctx->opt.all_endpoints)
		return true;
	if (!context || !strchr(context, ',') || !strstr(ctx->cmd->options, "all-contexts"))
		return false;
	if (!ctx->opt.config && kube_config_files(&config, &ctx->opt.cluster, &ignored) == 0) {
		json_auto_t *known = kubeconfig_name_set(&config, KUBECONFIG_CONTEXT);

		one = json_object_get(known, context) != NULL;
	}
	kubeconfig_release(&config);
	return !one;
}

/* In the child */

static int work(void *arg, size_t i)
{
	struct many *m = arg;
	struct ctx *ctx = m->ctx;
	err_auto e = { 0 };

	if (ctx->opt.all_endpoints)
		ctx->opt.endpoint = target_at(m, i);
	else
		ctx->opt.cluster.context = target_at(m, i);
	ctx->opt.output = OUTPUT_JSON;
	ctx->out.prefix = target_at(m, i);
	ctx->out.progress_on = false;
	int rc = document_run(ctx, ctx->cmd->run, &e);

	return rc < 0 ? err_exit_code(&e) : ctx->exit_code;
}

/* In the parent */

/* Replaces the document of a child that sent none. */
static json_t *no_report(const struct many *m, size_t i)
{
	const struct child *c = &m->children[i];
	err_auto e = { 0 };

	if (c->code < 0)
		err_set(&e, ERR_SIGNAL, SIGINT, "it was not started");
	else if (c->killed)
		err_set(&e, ERR_TIMEOUT, 0, "it did not end within the deadline and was killed");
	else if (c->code > 128)
		err_set(&e, ERR_SIGNAL, c->code - 128, "the signal %s ended it before its report",
			strsignal(c->code - 128));
	else
		err_set(&e, ERR_IO, 0, "it ended with exit code %d and without a report", c->code);
	return json_pack("{s:s, s:b, s:s, s:o}",
		m->ctx->opt.all_endpoints ? "server" : "context", target_at(m, i), "ok", false,
		"command", m->ctx->cmd->name, "error", document_error(&e));
}

static void put_row(struct many *m, size_t i, const json_t *report)
{
	const char *problem = json_str(json_object_get(report, "error"), "message");
	const char *kind = json_str(json_object_get(report, "error"), "kind");
	const char *verdict = json_str(report, "verdict");
	char_auto *text = xstrdup(problem ? problem : verdict ? verdict : "");
	const char *word = kind ? kind : m->children[i].code == 1 ? "changes" : "ok";

	for (char *p = text; *p; p++)
		*p = *p == '\n' || *p == '\t' ? ' ' : *p;
	out_line(&m->ctx->out, problem ? STYLE_RED : STYLE_PLAIN, "%-*s  %-8s  %7.2f  %s",
		m->widest, target_at(m, i), word, m->children[i].seconds, text);
}

static void ended(void *arg, size_t i)
{
	struct many *m = arg;
	struct child *c = &m->children[i];
	err_auto unread = { 0 };
	json_t *report = json_parse_own(buf_str(&c->out), c->out.len, &unread);
	int code = c->killed ? 124 : c->code;

	if (!json_is_object(report)) {
		json_decref(report);
		report = no_report(m, i);
	}
	json_object_set_new(m->reports, target_at(m, i), report);
	buf_release(&c->out);
	m->worst = code > m->worst ? code : m->worst;
	if (m->ctx->opt.output == OUTPUT_JSON)
		return;
	put_row(m, i, report);
	/* Shows each row at once. The final flush reports a failed write. */
	if (out_flush(&m->ctx->out, &unread) < 0)
		m->worst = 3;
}

static void put_json(struct many *m)
{
	json_t *items = json_array();
	bool ok = true, changed = false;

	for (size_t i = 0; i < m->n; i++) {
		json_t *report = json_object_get(m->reports, target_at(m, i));

		json_array_append_new(items, report ? json_incref(report) : no_report(m, i));
		ok = ok && json_is_true(json_object_get(report, "ok"));
		changed = changed || json_is_true(json_object_get(report, "changed"));
	}
	m->ctx->answer.changed = changed;
	m->ctx->answer.failed = !ok;
	document_put(m->ctx, "ReportList", json_pack("{s:o}", "items", items));
}

static int run(struct many *m, struct err *e)
{
	struct ctx *ctx = m->ctx;
	bool json = ctx->opt.output == OUTPUT_JSON;

	const char *heading = ctx->opt.all_endpoints ? "ENDPOINT" : "CONTEXT";

	m->widest = (int)strlen(heading);
	m->worst = 0;
	if (choose(m, e) < 0)
		return -1;
	m->n = json_array_size(m->targets);
	m->children = xcalloc(m->n, sizeof(*m->children));
	if (!json) {
		buf_printf(&ctx->out.text, "%-*s  RESULT    SECONDS  WHAT\n", m->widest, heading);
		if (out_flush(&ctx->out, e) < 0)
			return -1;
	}
	int rc = children_run(
		m->children, m->n, ctx->opt.parallel, ctx->deadline, work, ended, m, e);

	if (json)
		put_json(m);
	ctx->exit_code = m->worst;
	return rc;
}

int many_run(struct ctx *ctx, struct err *e)
{
	struct many m = { .ctx = ctx, .targets = json_array(), .reports = json_object() };
	int rc = run(&m, e);

	children_release(m.children, m.n);
	free(m.children);
	json_decref(m.targets);
	json_decref(m.reports);
	return rc;
}
