/* SPDX-License-Identifier: Apache-2.0 */
#include "kube/config/exec.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/json.h"
#include "base/out.h"
#include "base/process.h"
#include "base/secret.h"
#include "base/tls.h"
#include "base/yaml.h"
#include "kube/config/credentials.h"

#define EXEC_GROUP "client.authentication.k8s.io/"
#define EXEC_INFO "KUBERNETES_EXEC_INFO"

enum interactive { EXEC_NEVER, EXEC_IF_AVAILABLE, EXEC_ALWAYS };

struct exec_plugin {
	char *where; /* user "u" of FILE */
	char *api_version;
	char *command; /* a path, or a name to find in PATH */
	char *install_hint;
	char **args; /* the command is the first; closed by NULL */
	char **env; /* NAME=VALUE, closed by NULL */
	enum interactive interactive;
	json_t *cluster_info; /* NULL: the plugin does not want it */
};

static void free_list(char **list)
{
	for (char **s = list; s && *s; s++) {
		explicit_bzero(*s, strlen(*s));
		free(*s);
	}
	free(list);
}

void exec_plugin_free(struct exec_plugin *p)
{
	if (!p)
		return;
	free(p->where);
	free(p->api_version);
	free(p->command);
	free(p->install_hint);
	free_list(p->args);
	free_list(p->env);
	json_decref(p->cluster_info);
	free(p);
}

void exec_credential_release(struct exec_credential *c)
{
	secret_free(c->token);
	free(c->client_cert_pem);
	secret_free(c->client_key_pem);
	*c = (struct exec_credential){ 0 };
}

/* The kubeconfig's fields */

static int refuse(
	const struct kubeconfig_entry *entry, const char *field, struct err *e, const char *text)
{
	err_set(e, ERR_FORMAT, 0, "%s", text);
	return kubeconfig_blame(entry, field, e);
}

static int read_api_version(
	struct exec_plugin *p, const struct kubeconfig_entry *exec, struct err *e)
{
	const char *version;

	if (kubeconfig_string(exec, "apiVersion", &version, e) < 0)
		return -1;
	if (!version)
		return refuse(exec, "apiVersion", e, "is not set; write " EXEC_GROUP "v1 there");
	if (strcmp(version, EXEC_GROUP "v1") != 0 && strcmp(version, EXEC_GROUP "v1beta1") != 0)
		return refuse(exec, "apiVersion", e,
			"must be " EXEC_GROUP "v1 or " EXEC_GROUP
			"v1beta1; newer versions of most plugins know these");
	p->api_version = xstrdup(version);
	return 0;
}

static int read_interactive(
	struct exec_plugin *p, const struct kubeconfig_entry *exec, struct err *e)
{
	static const char *const modes[] = { "Never", "IfAvailable", "Always" };
	const char *mode;

	if (kubeconfig_string(exec, "interactiveMode", &mode, e) < 0)
		return -1;
	if (!mode && has_suffix(p->api_version, "/v1"))
		return refuse(exec, "interactiveMode", e,
			"must be set with v1: Never, IfAvailable or Always");
	p->interactive = EXEC_IF_AVAILABLE;
	for (size_t i = 0; i < ARRAY_LEN(modes) && mode; i++)
		if (strcmp(mode, modes[i]) == 0) {
			p->interactive = (enum interactive)i;
			return 0;
		}
	return mode ? refuse(exec, "interactiveMode", e, "must be Never, IfAvailable or Always")
		    : 0;
}

static int get_list(
	const struct kubeconfig_entry *exec, const char *field, const json_t **list, struct err *e)
{
	*list = json_object_get(exec->fields, field);
	if (json_is_null(*list))
		*list = NULL;
	if (*list && !json_is_array(*list))
		return refuse(exec, field, e, "must be a list");
	return 0;
}

/* Notes the secret in "--client-secret=VALUE", or in "--client-secret" and then VALUE. */
static void note_secret(char *const *args, size_t i)
{
	const char *value = args[i][0] == '-' ? strchr(args[i], '=') : NULL;

	if (value) {
		char_auto *name = xstrndup(args[i], (size_t)(value - args[i]));

		secret_add_setting(name, value + 1);
	} else if (args[i][0] != '-') {
		secret_add_setting(args[i - 1][0] == '-' ? args[i - 1] : "", args[i]);
	}
}

static int read_args(struct exec_plugin *p, const struct kubeconfig_entry *exec, struct err *e)
{
	const json_t *list, *arg;
	size_t i;

	if (get_list(exec, "args", &list, e) < 0)
		return -1;
	p->args = xcalloc(json_array_size(list) + 2, sizeof(*p->args));
	p->args[0] = xstrdup(p->command);
	json_array_foreach(list, i, arg) {
		if (!json_is_string(arg))
			return refuse(exec, "args", e,
				"must be a list of strings; put numbers, true and false in quotes");
		if (strlen(json_string_value(arg)) != json_string_length(arg))
			return refuse(exec, "args", e, "contains a NUL character; remove it");
		p->args[i + 1] = xstrdup(json_string_value(arg));
		note_secret(p->args, i + 1);
	}
	return 0;
}

static int read_env(struct exec_plugin *p, const struct kubeconfig_entry *exec, struct err *e)
{
	const json_t *list, *item;
	size_t i;

	if (get_list(exec, "env", &list, e) < 0)
		return -1;
	p->env = xcalloc(json_array_size(list) + 1, sizeof(*p->env));
	json_array_foreach(list, i, item) {
		struct kubeconfig_entry variable = *exec;
		const char *name, *value;

		if (!json_is_object(item))
			return refuse(exec, "env", e, "must be a list of maps with name and value");
		variable.fields = item;
		variable.inside = "exec.env: ";
		if (kubeconfig_string(&variable, "name", &name, e) < 0 ||
			kubeconfig_string(&variable, "value", &value, e) < 0)
			return -1;
		if (!name || strchr(name, '='))
			return refuse(exec, "env", e, "has a variable without a valid name");
		p->env[i] = xasprintf("%s=%s", name, value ? value : "");
		secret_add_setting(name, value);
	}
	return 0;
}

static int read_plugin(struct exec_plugin *p, const struct kubeconfig_entry *exec, struct err *e)
{
	const char *command, *hint;

	if (kubeconfig_string(exec, "command", &command, e) < 0 ||
		kubeconfig_string(exec, "installHint", &hint, e) < 0)
		return -1;
	if (!command)
		return refuse(exec, "command", e, "is not set; name the plugin's program there");
	p->command = strchr(command, '/') ? kubeconfig_resolve(exec, command) : xstrdup(command);
	p->install_hint = hint ? xstrdup(hint) : NULL;
	if (p->install_hint)
		out_sanitize(p->install_hint);
	return read_api_version(p, exec, e) < 0 || read_interactive(p, exec, e) < 0 ||
			       read_args(p, exec, e) < 0 || read_env(p, exec, e) < 0
		       ? -1
		       : 0;
}

struct exec_plugin *exec_plugin_new(
	const struct kubeconfig_entry *user, json_t *cluster_info_take, struct err *e)
{
	struct exec_plugin *p = xcalloc(1, sizeof(*p));
	struct kubeconfig_entry exec = *user;
	bool wants_cluster = false;
	int rc = 0;

	exec.fields = json_object_get(user->fields, "exec");
	exec.inside = "exec.";
	p->where = kubeconfig_where(user);
	p->cluster_info = cluster_info_take;
	if (!json_is_object(exec.fields))
		rc = refuse(user, "exec", e, "must be a map with apiVersion and command");
	else if (read_plugin(p, &exec, e) < 0 ||
		 kubeconfig_bool(&exec, "provideClusterInfo", &wants_cluster, e) < 0)
		rc = -1;
	if (!wants_cluster) {
		json_decref(p->cluster_info);
		p->cluster_info = NULL;
	}
	if (rc == 0)
		return p;
	exec_plugin_free(p);
	return NULL;
}

/* The input of the plugin */

static char *exec_info(const struct exec_plugin *p, bool interactive)
{
	json_auto_t *info = json_pack("{s:s, s:s, s:{s:b}}", "kind", "ExecCredential", "apiVersion",
		p->api_version, "spec", "interactive", interactive);
	struct buf text = { 0 };

	if (p->cluster_info)
		json_object_set(json_object_get(info, "spec"), "cluster", p->cluster_info);
	json_write(&text, info, JSON_STYLE_COMPACT);
	return buf_steal(&text);
}

static bool same_name(const char *a, const char *b)
{
	size_t len = strcspn(a, "=");

	return strncmp(a, b, len + 1) == 0;
}

/* Of several variables with one name the last one counts, as in Go. */
static void set_variable(char **env, size_t *n, const char *variable)
{
	for (size_t i = 0; i < *n; i++)
		if (same_name(env[i], variable)) {
			free(env[i]);
			env[i] = xstrdup(variable);
			return;
		}
	env[(*n)++] = xstrdup(variable);
}

static char **child_env(const struct exec_plugin *p, bool interactive)
{
	size_t have = 0, own = 0, n = 0;
	char_auto *info = exec_info(p, interactive);
	char_auto *variable = xasprintf(EXEC_INFO "=%s", info);

	while (environ[have])
		have++;
	while (p->env[own])
		own++;
	char **env = xcalloc(have + own + 2, sizeof(*env));

	for (size_t i = 0; i < have; i++)
		env[n++] = xstrdup(environ[i]);
	for (size_t i = 0; i < own; i++)
		set_variable(env, &n, p->env[i]);
	set_variable(env, &n, variable);
	return env;
}

/* The answer of the plugin */

static int parse_time(const char *text, time_t *when)
{
	struct tm tm = { 0 };
	const char *p = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
	int hours, minutes, used = 0;
	char sign;

	if (!p)
		return -1;
	*when = timegm(&tm);
	if (*p == '.')
		p += 1 + strspn(p + 1, "0123456789");
	if (strcmp(p, "Z") == 0)
		return 0;
	if (sscanf(p, "%c%2d:%2d%n", &sign, &hours, &minutes, &used) != 3 || p[used] ||
		(sign != '+' && sign != '-'))
		return -1;
	*when -= (sign == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
	return 0;
}

static int take_status(struct exec_credential *c, const json_t *status, struct err *e)
{
	const char *token = json_str(status, "token");
	const char *cert = json_str(status, "clientCertificateData");
	const char *key = json_str(status, "clientKeyData");
	const char *expires = json_str(status, "expirationTimestamp");
	bool has_token = token && *token, has_cert = cert && *cert, has_key = key && *key;

	if (!has_token && !has_cert && !has_key)
		return err_set(e, ERR_FORMAT, 0,
			"its status has neither a token nor a certificate and key");
	if (has_cert != has_key)
		return err_set(e, ERR_FORMAT, 0, "its status has a %s without its %s",
			has_cert ? "certificate" : "key", has_cert ? "key" : "certificate");
	if (expires && *expires && parse_time(expires, &c->expires) < 0)
		return err_set(e, ERR_FORMAT, 0, "its expirationTimestamp is no RFC 3339 time");
	if (has_token && credentials_trim_token(token, strlen(token), &c->token, e) < 0)
		return err_wrap(e, "its token");
	if (!has_cert)
		return 0;
	if (tls_check_pair(cert, key, e) < 0)
		return -1;
	c->client_cert_pem = xstrdup(cert);
	c->client_key_pem = xstrdup(key);
	return 0;
}

static int take_answer(
	struct exec_credential *c, const char *api_version, const json_t *answer, struct err *e)
{
	const char *version = json_str(answer, "apiVersion"), *kind = json_str(answer, "kind");

	if (!json_is_object(answer) || !kind || strcmp(kind, "ExecCredential") != 0)
		return err_set(e, ERR_FORMAT, 0, "it printed no ExecCredential");
	if (!version || strcmp(version, api_version) != 0)
		return err_set(e, ERR_FORMAT, 0,
			"it answers with another apiVersion than %s; write the version that this "
			"plugin speaks into exec.apiVersion",
			api_version);
	if (!json_is_object(json_object_get(answer, "status")))
		return err_set(e, ERR_FORMAT, 0, "its ExecCredential has no status");
	return take_status(c, json_object_get(answer, "status"), e);
}

int exec_credential_parse(struct exec_credential *c, const char *api_version, const char *text,
	size_t len, struct err *e)
{
	err_auto bad = { 0 }; /* not shown: it may quote the output, which can be a secret */
	json_t *documents = yaml_load("output", text, len, &bad);
	int rc;

	*c = (struct exec_credential){ 0 };
	if (!documents || json_array_size(documents) != 1)
		rc = err_set(e, ERR_FORMAT, 0,
			len == 0 ? "it printed nothing, not an ExecCredential"
				 : "it printed no ExecCredential, but something else (not shown)");
	else
		rc = take_answer(c, api_version, json_array_get(documents, 0), e);
	json_wipe(documents);
	json_decref(documents);
	if (rc < 0)
		exec_credential_release(c);
	return rc;
}

/* One run */

static int not_found(const struct exec_plugin *p, struct err *e)
{
	return err_set(e, ERR_IO, ENOENT, "the credential plugin %s of %s is not installed%s%s%s",
		p->command, p->where,
		strchr(p->command, '/') ? "" : " (no directory of PATH has it)",
		p->install_hint ? ":\n" : "; install it, or use a user with a token or certificate",
		p->install_hint ? p->install_hint : "");
}

static int choose_terminal(const struct exec_plugin *p, bool *interactive, struct err *e)
{
	*interactive = p->interactive != EXEC_NEVER && process_terminal();
	if (p->interactive == EXEC_ALWAYS && !*interactive)
		return err_set(e, ERR_AUTH, 0,
			"the credential plugin %s of %s wants to ask questions (interactiveMode: "
			"Always), but standard input is no terminal; run this in a terminal, or "
			"use a user with a token",
			p->command, p->where);
	return 0;
}

static int judge(const struct exec_plugin *p, int status, const struct buf *said, struct err *e)
{
	char_auto *last = said->len ? xasprintf("; it said: %s", buf_str(said)) : xstrdup("");

	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGINT)
		return err_set(e, ERR_SIGNAL, SIGINT, "the credential plugin was interrupted");
	if (WIFSIGNALED(status))
		return err_set(e, ERR_AUTH, 0,
			"the credential plugin %s of %s was killed by signal %d%s", p->command,
			p->where, WTERMSIG(status), last);
	if (WEXITSTATUS(status) != 0)
		return err_set(e, ERR_AUTH, 0,
			"the credential plugin %s of %s failed with exit code %d%s", p->command,
			p->where, WEXITSTATUS(status), last);
	return 0;
}

int exec_plugin_run(const struct exec_plugin *p, int64_t deadline, const struct kube_notes *notes,
	struct exec_credential *result, struct err *e)
{
	bool named = !strchr(p->command, '/');
	char_auto *program = named ? process_find(p->command) : xstrdup(p->command);
	bool interactive;
	int status = 0;

	if (choose_terminal(p, &interactive, e) < 0)
		return -1;
	if (!program || access(program, F_OK) < 0)
		return not_found(p, e);
	char **env = child_env(p, interactive);
	struct buf out = { .max = EXEC_MAX_OUTPUT };
	struct process process = { .program = program,
		.argv = p->args,
		.envp = env,
		.interactive = interactive,
		.deadline = deadline,
		.line = notes->note,
		.arg = notes->arg };
	int rc = process_run(&process, &out, &status, e);

	if (rc < 0 && e->kind != ERR_SIGNAL)
		err_wrap(e, "the credential plugin of %s", p->where);
	if (rc == 0)
		rc = judge(p, status, &process.last, e);
	if (rc == 0 && exec_credential_parse(result, p->api_version, buf_str(&out), out.len, e) < 0)
		rc = err_wrap(e, "the credential plugin %s of %s", p->command, p->where);
	buf_wipe(&out);
	buf_release(&process.last);
	free_list(env);
	return rc;
}
