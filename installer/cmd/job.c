/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prints a Kubernetes Job that runs a command in the cluster, in a pod with the fewest privileges.
 */
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "cmd/rbac.h"

enum {
	USER = 65532, /* the user "nonroot" of minimal images */
	BACKOFF_LIMIT = 4,
	GRACE_S = 60, /* for the start of the pod, in addition to the run's own deadline */
	TTL_S = 86400, /* a day for reading the logs */
};

#define MOUNT "/bundle"
/* The name in a release's image archive. No registry has it, so no stranger can serve the image. */
#define DEFAULT_IMAGE "localhost/calico-datastore:" VERSION

/* Splits "NAME/PATH" of --bundle-configmap or --bundle-claim. Both parts are necessary. */
static int split(
	const char *option, const char *value, char **name, const char **path, struct err *e)
{
	const char *slash = strchr(value, '/');

	if (!slash || slash == value || !slash[1] || strstr(slash, "..") || slash[1] == '/')
		return err_set(e, ERR_USAGE, 0,
			"--%s %s: name the object and the file in it, as in NAME/bundle.tar.xz",
			option, value);
	*name = xstrndup(value, (size_t)(slash - value));
	*path = slash + 1;
	return 0;
}

/* The volume that has the bundle, or NULL; *path is the path of the file in the pod. */
static int volume_of(const struct ctx *ctx, json_t **volume, char **path, struct err *e)
{
	const char *map = ctx->opt.bundle_configmap, *claim = ctx->opt.bundle_claim, *file = NULL;
	const char *local = ctx->opt.file ? ctx->opt.file : ctx->opt.bundle;
	char_auto *name = NULL;

	*volume = NULL;
	*path = NULL;
	if (map && claim)
		return err_set(e, ERR_USAGE, 0,
			"give either --bundle-configmap or --bundle-claim, not both");
	if (local && !map && !claim)
		return err_set(e, ERR_USAGE, 0,
			"a pod does not see the file %s: say with --bundle-configmap or "
			"--bundle-claim "
			"where it finds it",
			local);
	if (ctx->opt.public_key && access(ctx->opt.public_key, F_OK) == 0)
		return err_set(e, ERR_USAGE, 0,
			"a pod does not see the file %s: give --public-key the text of the key",
			ctx->opt.public_key);
	if (!map && !claim)
		return 0;
	if (split(map ? "bundle-configmap" : "bundle-claim", map ? map : claim, &name, &file, e) <
		0)
		return -1;
	if (!local)
		return err_set(e, ERR_USAGE, 0,
			"give the same file with -f or --bundle as well: the rights are those for "
			"its CRDs");
	*path = xasprintf(MOUNT "/%s", file);
	*volume = map ? json_pack("{s:s, s:{s:s}}", "name", "bundle", "configMap", "name", name)
		      : json_pack("{s:s, s:{s:s, s:b}}", "name", "bundle", "persistentVolumeClaim",
				"claimName", name, "readOnly", true);
	return 0;
}

static void add(json_t *args, const char *word)
{
	json_array_append_new(args, json_string(word));
}

static bool takes_set(const char *command)
{
	return strcmp(command, "check") != 0 && strcmp(command, "initialise") != 0;
}

static json_t *arguments(const struct ctx *ctx, const struct grant *g, const char *path)
{
	bool whole = ctx->opt.timeout_ms % 1000 == 0;
	char_auto *timeout = xasprintf("%" PRId64 "%s",
		whole ? ctx->opt.timeout_ms / 1000 : ctx->opt.timeout_ms, whole ? "s" : "ms");
	bool manifest = ctx->opt.file && strcmp(g->command, "bootstrap") != 0;
	json_t *args = json_array();

	add(args, g->command);
	if (path) {
		add(args, ctx->opt.file ? "--file" : "--bundle");
		add(args, path);
	}
	if (path && ctx->opt.public_key) {
		add(args, "--public-key");
		add(args, ctx->opt.public_key);
	}
	/* A selector becomes the release that it means today. Without a release the pod chooses. */
	if (g->release)
		add(args, ctx->opt.bundle ? g->release : g->source.name);
	for (size_t i = 0; i < ctx->opt.exclude.n; i++) {
		add(args, "--exclude");
		add(args, ctx->opt.exclude.items[i]);
	}
	if (ctx->opt.without_policies && takes_set(g->command))
		add(args, "--without-policies");
	if (ctx->opt.wait && strcmp(g->command, "check") == 0)
		add(args, "--wait");
	/* The pod must use this set, because the rights are for this set. */
	if (!manifest && (ctx->opt.set.given || takes_set(g->command))) {
		add(args, "--set");
		add(args, set_name(ctx->opt.set.set));
	}
	add(args, "--timeout");
	add(args, timeout);
	return args;
}

static json_t *container(const struct ctx *ctx, const struct grant *g, const char *path)
{
	json_t *c = json_pack("{s:s, s:s, s:[s], s:o}", "name", "calico-datastore", "image",
		ctx->opt.image ? ctx->opt.image : DEFAULT_IMAGE, "command", "calico-datastore",
		"args", arguments(ctx, g, path));

	json_object_set_new(c, "resources",
		json_pack("{s:{s:s, s:s}, s:{s:s, s:s}}", "requests", "cpu", "50m", "memory",
			"32Mi", "limits", "cpu", "1", "memory", "256Mi"));
	json_object_set_new(c, "securityContext",
		json_pack("{s:b, s:b, s:{s:[s]}}", "allowPrivilegeEscalation", false,
			"readOnlyRootFilesystem", true, "capabilities", "drop", "ALL"));
	/* With this policy "kubectl describe pod" shows the error. */
	json_object_set_new(c, "terminationMessagePolicy", json_string("FallbackToLogsOnError"));
	if (path)
		json_object_set_new(c, "volumeMounts",
			json_pack("[{s:s, s:s, s:b}]", "name", "bundle", "mountPath", MOUNT,
				"readOnly", true));
	return c;
}

/* Nodes without a pod network are not ready. The datastore must be made before that network. */
static json_t *tolerations(void)
{
	static const char *const keys[] = { "node.kubernetes.io/not-ready",
		"node.kubernetes.io/network-unavailable", "node-role.kubernetes.io/control-plane" };
	json_t *list = json_array();

	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		json_array_append_new(
			list, json_pack("{s:s, s:s}", "key", keys[i], "operator", "Exists"));
	return list;
}

static json_t *pod_spec(
	const struct ctx *ctx, const struct grant *g, json_t *volume, const char *path)
{
	json_t *spec = json_pack("{s:s, s:s, s:{s:b, s:i, s:i, s:{s:s}}, s:o, s:[o]}",
		"serviceAccountName", g->name, "restartPolicy", "Never", "securityContext",
		"runAsNonRoot", true, "runAsUser", USER, "runAsGroup", USER, "seccompProfile",
		"type", "RuntimeDefault", "tolerations", tolerations(), "containers",
		container(ctx, g, path));

	if (ctx->opt.host_network)
		json_object_set_new(spec, "hostNetwork", json_true());
	if (volume)
		json_object_set_new(spec, "volumes", json_pack("[O]", volume));
	return spec;
}

/*
 * Exit codes after which a second pod would fail, too: a wrong command line or digest, a blocked
 * CRD.
 */
static json_t *failure_policy(const struct grant *g)
{
	static const enum err_kind final[] = { ERR_USAGE, ERR_VERIFY, ERR_BLOCKED };
	json_t *codes = json_array();

	/* plan exits with 1 when there are changes. */
	if (strcmp(g->command, "plan") == 0)
		json_array_append_new(codes, json_integer(1));
	for (size_t i = 0; i < ARRAY_LEN(final); i++) {
		struct err e = { .kind = final[i] };

		json_array_append_new(codes, json_integer(err_exit_code(&e)));
	}
	return json_pack("{s:[{s:s, s:{s:s, s:o}}]}", "rules", "action", "FailJob", "onExitCodes",
		"operator", "In", "values", codes);
}

static json_t *job(const struct ctx *ctx, const struct grant *g, json_t *volume, const char *path)
{
	json_int_t deadline = (BACKOFF_LIMIT + 1) * (ctx->opt.timeout_ms / 1000 + GRACE_S);
	json_t *spec = json_pack("{s:i, s:I, s:i, s:o, s:{s:o}}", "backoffLimit", BACKOFF_LIMIT,
		"activeDeadlineSeconds", deadline, "ttlSecondsAfterFinished", TTL_S,
		"podFailurePolicy", failure_policy(g), "template", "spec",
		pod_spec(ctx, g, volume, path));

	return json_pack("{s:s, s:s, s:{s:s, s:s}, s:o}", "apiVersion", "batch/v1", "kind", "Job",
		"metadata", "name", g->name, "namespace", g->namespace, "spec", spec);
}

/*
 * Other commands print a result, which nobody reads in a pod, or write a file, which the pod loses.
 */
static bool is_runnable(const char *command)
{
	static const char *const all[] = { "install", "plan", "check", "initialise",
		"bootstrap" };

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (strcmp(command, all[i]) == 0)
			return true;
	return false;
}

static int run(struct ctx *ctx, struct err *e)
{
	grant_auto g = { 0 };
	json_auto_t *volume = NULL;
	char_auto *path = NULL;

	if (volume_of(ctx, &volume, &path, e) < 0 || grant_make(&g, ctx, "install", e) < 0)
		return -1;
	if (!is_runnable(g.command))
		return err_set(e, ERR_USAGE, 0,
			"job runs bootstrap, install, initialise, plan or check, not %s",
			g.command);
	json_auto_t *objects = ctx->opt.no_rbac ? json_array() : grant_objects(&g);

	json_array_append_new(objects, job(ctx, &g, volume, path));
	put_objects(ctx, objects);
	return 0;
}

const struct cmd cmd_job = {
	.name = "job",
	.args = "[COMMAND] [RELEASE]",
	.summary = "print a Job that runs a command in the cluster, and its rights",
	.details =
		"COMMAND is install, the default, bootstrap, initialise, plan or check. The pod\n"
		"is not root, has a read-only file system, no capabilities and the runtime's\n"
		"seccomp profile. What \"rbac COMMAND RELEASE\" prints comes first; --no-rbac\n"
		"leaves it out. Before a cluster has a pod network, the pod needs\n"
		"--host-network. Without --image the nodes must have the image of the release\n"
		"archive, for example by \"ctr -n k8s.io images import FILE\".\n\n"
		"Examples:\n"
		"  calico-datastore job v3.29.1 | kubectl apply -f -\n"
		"  calico-datastore job v3.29.1 --image REGISTRY/calico-datastore:" VERSION " |\n"
		"      kubectl apply -f -\n"
		"  calico-datastore job -f crds.yaml \\\n"
		"      --bundle-configmap calico-crds/crds.yaml\n",
	.options =
		"set file bundle public-key exclude without-policies image "
		"bundle-configmap bundle-claim "
		"host-network "
		"no-rbac name namespace discovery wait timeout output help",
	.outputs = "yaml json",
	.max_args = 2,
	.run = run,
};
