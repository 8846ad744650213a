/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs the cases in tests/unit/data/kubeconfig, whose README describes the format. KUBECTL=PROGRAM
 * also asks that kubectl what it makes of a case, and fails where it differs from what the case
 * records.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <glob.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/json.h"
#include "kube/config/config.h"

enum { MAX_CASES = 300 };

struct test_case {
	char *name;
	char *text; /* from the line after the name */
	char *dir;
	char *expect, *error, *kubectl;
	struct kube_overrides overrides;
	char *values[20]; /* what overrides borrows */
	const char *groups[4];
	struct buf flags; /* for kubectl */
};

static struct test_case cases[2 * MAX_CASES]; /* the second half for kubectl */
static size_t n_cases;
static char *start_dir;

static const char *const variables[] = { "KUBECONFIG", "KUBERNETES_SERVICE_HOST",
	"KUBERNETES_SERVICE_PORT", "POD_NAMESPACE" };

/* Case files */

static char *read_text(const char *path)
{
	err_auto e = { 0 };
	struct buf text = { 0 };

	if (buf_read_file(&text, path, 1 << 20, &e) < 0) {
		fprintf(stderr, "%s\n", e.msg);
		exit(1);
	}
	return buf_steal(&text);
}

static void read_cases(const char *path)
{
	char_auto *text = read_text(path);
	char *at = strstr(text, "### case ");

	while (at) {
		char *next = strstr(at + 1, "### case "), *line = strchr(at, '\n');

		if (n_cases == MAX_CASES || !line)
			abort();
		size_t len = next ? (size_t)(next - line - 1) : strlen(line + 1);

		while (len > 1 && line[len] == '\n' && line[len - 1] == '\n')
			len--; /* the empty line between cases */
		cases[n_cases].name = xstrndup(at + 9, (size_t)(line - at - 9));
		cases[n_cases++].text = xstrndup(line + 1, len);
		at = next;
	}
}

static char *replace_all(const char *text, const char *from, const char *to)
{
	struct buf out = { 0 };

	for (const char *hit; (hit = strstr(text, from)); text = hit + strlen(from)) {
		buf_putn(&out, text, (size_t)(hit - text));
		buf_puts(&out, to);
	}
	buf_puts(&out, text);
	return buf_steal(&out);
}

/* A scene: the files, links and variables of one case */

static char *prepare_path(const struct test_case *t, const char *name)
{
	char *path = xasprintf("%s/%s", t->dir, name);

	for (char *slash = strchr(path + strlen(t->dir) + 1, '/'); slash;
		slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(path, 0700);
		*slash = '/';
	}
	return path;
}

static void write_file(const struct test_case *t, const char *name, const char *data, size_t n)
{
	char_auto *path = prepare_path(t, name);
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

/* "NAME HEX..." */
static void write_bytes(const struct test_case *t, char *args)
{
	char *hex = args + strcspn(args, " ");
	buf_auto bytes = { 0 };
	unsigned value;
	int used;

	assert_int_equal(*hex, ' ');
	*hex++ = '\0';
	for (; sscanf(hex, "%2x%n", &value, &used) == 1; hex += used)
		buf_putc(&bytes, (char)value);
	write_file(t, args, buf_str(&bytes), bytes.len);
}

static void make_link(const struct test_case *t, char *args)
{
	char *target = args + strcspn(args, " ");

	assert_int_equal(*target, ' ');
	*target++ = '\0';
	char_auto *path = prepare_path(t, args);

	assert_int_equal(symlink(target, path), 0);
}

static void set_flag(struct test_case *t, const char *args)
{
	const struct {
		const char *name;
		const char **value;
	} flags[] = {
		{ "--kubeconfig=", &t->overrides.kubeconfig },
		{ "--context=", &t->overrides.context },
		{ "--cluster=", &t->overrides.cluster },
		{ "--user=", &t->overrides.user },
		{ "--server=", &t->overrides.server },
		{ "--certificate-authority=", &t->overrides.certificate_authority },
		{ "--tls-server-name=", &t->overrides.tls_server_name },
		{ "--proxy-url=", &t->overrides.proxy_url },
		{ "--client-certificate=", &t->overrides.client_certificate },
		{ "--client-key=", &t->overrides.client_key },
		{ "--token-file=", &t->overrides.token_file },
		{ "--as=", &t->overrides.as },
		{ "--as-uid=", &t->overrides.as_uid },
	};
	const struct {
		const char *name;
		bool *value;
	} switches[] = {
		{ "--insecure-skip-tls-verify", &t->overrides.insecure_skip_tls_verify },
		{ "--disable-compression", &t->overrides.disable_compression },
		{ "--no-exec", &t->overrides.no_exec },
	};

	for (size_t i = 0; i < ARRAY_LEN(switches); i++)
		if (strcmp(args, switches[i].name) == 0) {
			*switches[i].value = true;
			buf_printf(&t->flags, " '%s'", args);
			return;
		}
	if (has_prefix(args, "--as-group=")) {
		struct string_list *list = &t->overrides.as_groups;

		assert_true(list->n < ARRAY_LEN(t->groups));
		list->items = t->groups;
		t->values[ARRAY_LEN(flags) + list->n] = xstrdup(args + strlen("--as-group="));
		t->groups[list->n] = t->values[ARRAY_LEN(flags) + list->n];
		list->n++;
		buf_printf(&t->flags, " '%s'", args);
		return;
	}

	for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
		if (!has_prefix(args, flags[i].name))
			continue;
		assert_null(t->values[i]);
		*flags[i].value = t->values[i] = xstrdup(args + strlen(flags[i].name));
		buf_printf(&t->flags, " '%s'", args);
		return;
	}
	fail_msg("%s is no flag", args);
}

static void set_variable(char *args)
{
	char *value = args + strcspn(args, "=");

	assert_int_equal(*value, '=');
	*value++ = '\0';
	assert_int_equal(setenv(args, value, 1), 0);
}

static void directive(struct test_case *t, char *verb, const char *body)
{
	char *args = verb + strcspn(verb, " ");

	if (*args)
		*args++ = '\0';
	if (strcmp(verb, "file") == 0)
		write_file(t, args, body, strlen(body));
	else if (strcmp(verb, "bytes") == 0)
		write_bytes(t, args);
	else if (strcmp(verb, "link") == 0)
		make_link(t, args);
	else if (strcmp(verb, "env") == 0)
		set_variable(args);
	else if (strcmp(verb, "unset") == 0)
		assert_int_equal(unsetenv(args), 0);
	else if (strcmp(verb, "flag") == 0)
		set_flag(t, args);
	else if (strcmp(verb, "kubectl") == 0)
		t->kubectl = xstrdup(args);
	else if (strcmp(verb, "expect") == 0)
		t->expect = xstrdup(body);
	else if (strcmp(verb, "error") == 0)
		t->error = xstrdup(body);
	else
		fail_msg("%s is no directive", verb);
}

static int set_scene(void **state)
{
	struct test_case *t = *state;
	char dir[] = "/tmp/kubeconfig-XXXXXX";

	for (size_t i = 0; i < ARRAY_LEN(variables); i++)
		unsetenv(variables[i]);
	t->dir = xstrdup(mkdtemp(dir));
	assert_int_equal(chdir(t->dir), 0);
	char_auto *home = xasprintf("%s/home", t->dir),
		  *text = replace_all(t->text, "$DIR", t->dir);

	setenv("HOME", home, 1);
	for (char *next, *at = text; has_prefix(at, "### "); at = next) {
		char *body = strchr(at, '\n');

		*body++ = '\0';
		next = has_prefix(body, "### ") ? body : strstr(body, "\n### ");
		if (!next) {
			directive(t, at + 4, body);
			break;
		}
		char_auto *part =
			next == body ? xstrdup("") : xstrndup(body, (size_t)(next - body) + 1);

		directive(t, at + 4, part);
		next += next == body ? 0 : 1;
	}
	return !t->expect == !t->error; /* exactly one of the two */
}

static int clear_scene(void **state)
{
	struct test_case *t = *state;
	char_auto *command = xasprintf("rm -rf '%s'", t->dir);

	assert_int_equal(chdir(start_dir), 0);
	free(t->dir);
	free(t->expect);
	free(t->error);
	free(t->kubectl);
	buf_release(&t->flags);
	for (size_t i = 0; i < ARRAY_LEN(t->values); i++)
		free(t->values[i]);
	return system(command);
}

/* What a configuration is, as text */

static void put_field(struct buf *out, const char *name, const char *value)
{
	if (!value)
		return;
	size_t len = strlen(value);

	while (len > 0 && value[len - 1] == '\n')
		len--;
	buf_printf(out, "%s: %.*s\n", name, (int)len, value);
}

static char *describe(const struct kube_config *c)
{
	struct buf out = { 0 };
	const json_t *note;
	size_t i;

	put_field(&out, "source", c->source);
	put_field(&out, "context", c->context);
	put_field(&out, "namespace", c->namespace);
	put_field(&out, "server", c->server);
	put_field(&out, "tls-server-name", c->tls_server_name);
	put_field(&out, "ca", c->ca_pem);
	put_field(&out, "insecure", c->insecure_skip_tls_verify ? "true" : NULL);
	put_field(&out, "cert", c->client_cert_pem);
	put_field(&out, "key", c->client_key_pem);
	put_field(&out, "token", c->bearer_token);
	put_field(&out, "username", c->username);
	put_field(&out, "password", c->password && *c->password ? c->password : NULL);
	put_field(&out, "proxy-url", c->proxy_url);
	put_field(&out, "disable-compression", c->disable_compression ? "true" : NULL);
	put_field(&out, "exec", c->exec ? "yes" : NULL);
	for (char **line = c->headers; line && *line; line++)
		put_field(&out, "header", *line);
	json_array_foreach(c->notes, i, note)
		put_field(&out, "note", json_string_value(note));
	return buf_steal(&out);
}

/* Every fragment, a line each, occurs; a secret, marked as one by its name, never does. */
static void check_error(const struct test_case *t, const struct err *e)
{
	for (const char *end, *at = t->error; *at; at = *end ? end + 1 : end) {
		end = strchrnul(at, '\n');
		char_auto *fragment = xstrndup(at, (size_t)(end - at));

		if (!strstr(e->msg, fragment))
			fail_msg("\"%s\" is not in the error:\n%s", fragment, e->msg);
	}
	if (strstr(e->msg, "SECRET"))
		fail_msg("the error tells a secret: %s", e->msg);
	assert_int_not_equal(e->kind, ERR_NONE);
}

static void check_case(void **state)
{
	struct test_case *t = *state;
	struct kube_config c;
	err_auto e = { 0 };
	char_auto *account = xasprintf("%s/sa", t->dir);
	int rc = kube_config_load_from(&c, &t->overrides, account, &e);

	if (t->error) {
		assert_int_equal(rc, -1);
		check_error(t, &e);
		assert_null(c.server);
		assert_null(c.bearer_token);
		return;
	}
	if (rc < 0)
		fail_msg("%s", e.msg);
	char_auto *described = describe(&c);

	kube_config_release(&c);
	assert_string_equal(described, t->expect);
	assert_null(c.client_key_pem);
	assert_null(c.bearer_token);
}

/* The oracle */

static char *run(const char *command, int *status)
{
	struct buf out = { 0 };
	char chunk[4096];
	size_t n;
	FILE *f = popen(command, "r");

	assert_non_null(f);
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		assert_int_equal(buf_add(&out, chunk, n), 0);
	*status = pclose(f);
	return buf_steal(&out);
}

/* kubectl --flatten has put the files' contents into the -data fields. */
static char *decoded(const json_t *object, const char *field)
{
	const char *data = json_str(object, field);
	err_auto e = { 0 };
	struct buf out = { 0 };

	if (!data || !*data)
		return NULL;
	assert_int_equal(base64_decode(&out, data, strlen(data), &e), 0);
	return buf_steal(&out);
}

static char *oracle_token(const json_t *user)
{
	const char *file = json_str(user, "tokenFile"), *token = json_str(user, "token");
	err_auto e = { 0 };
	struct buf text = { 0 };

	if (!file || buf_read_file(&text, file, 1 << 20, &e) < 0 || text.len == 0)
		return token ? xstrdup(token) : NULL;
	return buf_steal(&text);
}

static void put_impersonation(struct buf *out, const json_t *user)
{
	const char *as = json_str(user, "as"), *uid = json_str(user, "as-uid"), *key;
	json_t *list;
	const json_t *value;
	size_t i;

	if (as)
		buf_printf(out, "header: Impersonate-User: %s\n", as);
	if (uid)
		buf_printf(out, "header: Impersonate-Uid: %s\n", uid);
	json_array_foreach(json_object_get(user, "as-groups"), i, value)
		buf_printf(out, "header: Impersonate-Group: %s\n", json_string_value(value));
	json_object_foreach(json_object_get(user, "as-user-extra"), key, list)
		json_array_foreach(list, i, value)
			buf_printf(out, "header: Impersonate-Extra-%s: %s\n", key,
				json_string_value(value));
}

/* Of what kubectl prints, all that does not depend on how paths are written. */
static char *describe_oracle(const char *text)
{
	err_auto e = { 0 };
	json_auto_t *root = json_parse(text, strlen(text), &e);
	const json_t *context =
		json_at(json_array_get(json_object_get(root, "contexts"), 0), "context", NULL);
	const json_t *cluster =
		json_at(json_array_get(json_object_get(root, "clusters"), 0), "cluster", NULL);
	const json_t *user =
		json_at(json_array_get(json_object_get(root, "users"), 0), "user", NULL);
	const char *namespace = json_str(context, "namespace"),
		   *server = json_str(cluster, "server");
	const char *current = json_str(root, "current-context");
	char_auto *ca = decoded(cluster, "certificate-authority-data");
	char_auto *cert = decoded(user, "client-certificate-data");
	char_auto *key = decoded(user, "client-key-data"), *token = oracle_token(user);
	struct buf out = { 0 };

	put_field(&out, "context", current && *current ? current : NULL);
	put_field(&out, "namespace", namespace && *namespace ? namespace : "default");
	put_field(&out, "server", server);
	put_field(&out, "tls-server-name", json_str(cluster, "tls-server-name"));
	put_field(&out, "ca", ca);
	put_field(&out, "insecure",
		json_is_true(json_object_get(cluster, "insecure-skip-tls-verify")) ? "true" : NULL);
	put_field(&out, "cert", cert);
	put_field(&out, "key", cert ? key : NULL);
	put_field(&out, "token", token);
	put_field(&out, "username", json_str(user, "username"));
	put_field(&out, "password", json_str(user, "password"));
	put_field(&out, "proxy-url", json_str(cluster, "proxy-url"));
	put_field(&out, "disable-compression",
		json_is_true(json_object_get(cluster, "disable-compression")) ? "true" : NULL);
	put_field(&out, "exec",
		json_object_get(user, "exec") && !token && !cert && !json_str(user, "username")
			? "yes"
			: NULL);
	put_impersonation(&out, user);
	return buf_steal(&out);
}

static void check_with_kubectl(void **state)
{
	struct test_case *t = *state;
	const char *kubectl = getenv("KUBECTL");
	int status;

	if (t->kubectl || t->error) /* it shows what it would not use: no judge of errors */
		skip();
	char_auto *command = xasprintf("'%s' config view --minify --raw --flatten -o json%s 2>&1",
		kubectl, buf_str(&t->flags));
	char_auto *answer = run(command, &status);

	if (status != 0)
		fail_msg("kubectl refuses this: %s", answer);
	char_auto *described = describe_oracle(answer);
	char_auto *expected = xstrdup(strchr(t->expect, '\n') + 1); /* without source */
	char *notes = strstr(expected, "note: "); /* these are ours alone */

	if (notes)
		*notes = '\0';
	assert_string_equal(described, expected);
}

int main(void)
{
	static struct CMUnitTest tests[2 * MAX_CASES];
	static char *names[MAX_CASES];
	glob_t files;
	size_t n = 0;

	start_dir = getcwd(NULL, 0);
	if (glob("tests/unit/data/kubeconfig/*.cases", 0, NULL, &files) != 0) {
		fputs("tests/unit/data/kubeconfig has no cases\n", stderr);
		return 1;
	}
	for (size_t i = 0; i < files.gl_pathc; i++)
		read_cases(files.gl_pathv[i]);
	globfree(&files);
	for (size_t i = 0; i < n_cases; i++) {
		tests[n++] = (struct CMUnitTest){ cases[i].name, check_case, set_scene, clear_scene,
			&cases[i] };
		if (!getenv("KUBECTL"))
			continue;
		names[i] = xasprintf("kubectl agrees: %s", cases[i].name);
		cases[n_cases + i] = cases[i];
		tests[n++] = (struct CMUnitTest){ names[i], check_with_kubectl, set_scene,
			clear_scene, &cases[n_cases + i] };
	}
	return _cmocka_run_group_tests("kubeconfig", tests, n, NULL, NULL);
}
