/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/rbac.h"

#include <string.h>

#include "base/json.h"
#include "base/yaml.h"
#include "engine/look/rights.h"
#include "engine/look/mode.h"
#include "manifest/surface.h"
#include "run/release.h"

#define DEFAULT_NAME "calico-datastore"
#define DEFAULT_NAMESPACE "kube-system" /* exists before anything is installed */

static const char *known_command(const char *word)
{
	const char *const *names = access_commands();

	for (; *names; names++)
		if (strcmp(*names, word) == 0)
			return *names;
	return NULL;
}

static bool is(const struct grant *g, const char *command)
{
	return g->command && strcmp(g->command, command) == 0;
}

/* Without a release, install and plan need the CRDs of every release. */
static int take_all(struct grant *g, struct ctx *select, struct err *e)
{
	catalog_auto catalog = { 0 };
	surfaces_auto surfaces = { 0 };

	if (source_catalog(&catalog, e) < 0 || source_surfaces(&surfaces, &catalog, e) < 0)
		return -1;
	g->source = (struct source){ .name = xstrdup("this program"),
		.origin = xstrdup("embedded"),
		.crds = release_known_crds(&catalog, &surfaces,
			select->opt.set.set, e) };
	return g->source.crds ? select_exclude(select, &g->source, e) : -1;
}

static int take_source(struct grant *g, struct ctx *select, struct err *e)
{
	catalog_auto catalog = { 0 };

	if (select_check(select, e) < 0)
		return -1;
	if (!release_is_named(select))
		return take_all(g, select, e);
	return source_catalog(&catalog, e) < 0 ? -1
					       : select_source(select, &catalog, &g->source, e);
}

/* Other commands need the CRDs of every release and of both groups. */
static json_t *crd_names(struct grant *g, struct ctx *select, struct err *e)
{
	bool any = !release_is_named(select) && !is(g, "install") && !is(g, "plan") &&
		   !is(g, "bootstrap");
	surfaces_auto surfaces = { 0 };

	if ((is(g, "backup") || is(g, "restore") || is(g, "status")) && !any) {
		err_set(e, ERR_USAGE, 0, "%s takes no release: it is for the CRDs of any",
			g->command);
		return NULL;
	}
	if (any)
		return source_surfaces(&surfaces, NULL, e) < 0 ? NULL : mode_crd_names(&surfaces);
	return take_source(g, select, e) < 0 ? NULL : access_crd_names(g->source.crds);
}

static int take_command(struct grant *g, struct ctx *select, struct err *e)
{
	if (select->n_args == 0)
		return 0;
	const char *found = known_command(select->args[0]);

	if (found) {
		g->command = found;
		select->args++;
		select->n_args--;
	}
	if (select->n_args > 1)
		return err_set(e, ERR_USAGE, 0,
			"\"%s\" is no command that needs rights; those are install, plan, check, "
			"and others that \"%s --help\" lists",
			select->args[0], select->cmd->name);
	g->release = select->n_args > 0 ? select->args[0] : NULL;
	if (is(g, "bootstrap"))
		select->opt.file = NULL; /* for bootstrap, -f has objects and not a manifest */
	return 0;
}

int grant_make(struct grant *g, const struct ctx *ctx, const char *command, struct err *e)
{
	struct ctx select = *ctx;

	*g = (struct grant){ .command = command };
	if (take_command(g, &select, e) < 0)
		return -1;
	json_auto_t *names = crd_names(g, &select, e);

	if (!names)
		return -1;
	g->rights = access_of_command(g->command, names, ctx->opt.discovery);
	g->namespace = ctx->opt.namespace ? ctx->opt.namespace : DEFAULT_NAMESPACE;
	if (ctx->opt.name)
		g->name = xstrdup(ctx->opt.name);
	else
		g->name = xasprintf(
			DEFAULT_NAME "%s%s", g->command ? "-" : "", g->command ? g->command : "");
	return 0;
}

json_t *grant_objects(const struct grant *g)
{
	json_t *subject = json_pack("{s:s, s:s, s:s}", "kind", "ServiceAccount", "name", g->name,
		"namespace", g->namespace);

	return json_pack("[o, o, o]",
		json_pack("{s:s, s:s, s:{s:s, s:s}}", "apiVersion", "v1", "kind", "ServiceAccount",
			"metadata", "name", g->name, "namespace", g->namespace),
		access_role(g->name, g->rights), access_binding_take(g->name, subject));
}

void grant_release(struct grant *g)
{
	source_release(&g->source);
	json_decref(g->rights);
	free(g->name);
	*g = (struct grant){ 0 };
}

void put_objects(struct ctx *ctx, const json_t *objects)
{
	struct buf *out = &ctx->out.text;
	const json_t *object;
	size_t i;

	if (ctx->opt.output == OUTPUT_JSON) {
		json_auto_t *list = json_pack(
			"{s:s, s:s, s:O}", "apiVersion", "v1", "kind", "List", "items", objects);

		json_write(out, list, JSON_STYLE_INDENT);
		buf_putc(out, '\n');
		return;
	}
	json_array_foreach(objects, i, object) {
		buf_puts(out, "---\n");
		yaml_write(out, object);
	}
}

static int run(struct ctx *ctx, struct err *e)
{
	grant_auto g = { 0 };

	if (grant_make(&g, ctx, NULL, e) < 0)
		return -1;
	json_auto_t *objects = grant_objects(&g);

	put_objects(ctx, objects);
	return 0;
}

const struct cmd cmd_rbac = {
	.name = "rbac",
	.args = "[COMMAND] [RELEASE]",
	.summary = "print the least rights that a command needs, for kubectl",
	.details =
		"COMMAND is bootstrap, install, initialise, plan, check, status, backup,\n"
		"restore, migrate-storage, migrate-api, get, create, apply, replace, delete or\n"
		"diff; without one, the role is for all of them. A service account, a\n"
		"ClusterRole and their binding are printed. CRDs are named one by one where the\n"
		"API allows it: get and update, not create; lists cannot be limited to names.\n"
		"What every authenticated user may do by default (system:discovery,\n"
		"system:basic-user) is left out; --discovery adds what the first one gives.\n\n"
		"Examples:\n"
		"  calico-datastore rbac install v3.29.1 | kubectl apply -f -\n"
		"  calico-datastore rbac check --namespace monitoring --name datastore-check\n",
	.options = SOURCE_OPTIONS " name namespace discovery output help",
	.outputs = "yaml json",
	.max_args = 2,
	.run = run,
};
