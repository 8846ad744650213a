/* SPDX-License-Identifier: Apache-2.0 */
#include "calico/client/config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/json.h"
#include "base/yaml.h"
#include "calico/client/datastore.h"
#include "calico/model/convert.h"

#define PREFIX "CALICO_"

enum { MAX_FILE = 1 << 20 };

static const struct client_field_text fields[] = {
#define CLIENT_ROW(id, field, variable, type, secret) { field, variable, CLIENT_##type, secret },
	CLIENT_FIELDS(CLIENT_ROW)
#undef CLIENT_ROW
};

const struct client_field_text *client_config_field(enum client_field field)
{
	return &fields[field];
}

/* Files */

static int unknown_field(
	const char *what, const char *name, const char *const *known, size_t n, struct err *e)
{
	const char *close = nearest(name, known, n);

	return err_set(e, ERR_FORMAT, 0, "%s has no field \"%.100s\"%s%s", what, name,
		close ? "; did you mean " : "", close ? close : "");
}

static int find_field(const char *name, struct err *e)
{
	const char *names[CLIENT_FIELDS_N];

	for (int i = 0; i < CLIENT_FIELDS_N; i++) {
		if (strcasecmp(fields[i].field, name) == 0)
			return i;
		names[i] = fields[i].field;
	}
	return unknown_field("spec", name, names, CLIENT_FIELDS_N, e);
}

/* Errors do not quote values, because a value may be a secret. */
static int take_value(
	struct client_config *c, enum client_field field, const json_t *value, struct err *e)
{
	const char *name = fields[field].field, *text = json_string_value(value);
	enum client_type type = fields[field].type;

	if (json_is_null(value))
		return 0;
	if (type == CLIENT_BOOL && json_is_boolean(value)) {
		c->values[field] = json_is_true(value) ? xstrdup("true") : NULL;
		return 0;
	}
	if (type == CLIENT_NUMBER && json_is_number(value)) {
		buf_auto digits = { 0 };

		json_write(&digits, value, JSON_STYLE_COMPACT);
		c->values[field] = buf_steal(&digits);
		return 0;
	}
	if (type != CLIENT_TEXT || !text)
		return err_set(e, ERR_FORMAT, 0, "spec.%s must be %s%s", name,
			type == CLIENT_TEXT   ? "a string"
			: type == CLIENT_BOOL ? "true or false"
					      : "a number",
			type == CLIENT_TEXT && json_is_number(value) ? "; put it in quotes" : "");
	if (strlen(text) != json_string_length(value))
		return err_set(e, ERR_FORMAT, 0, "spec.%s contains a NUL character", name);
	if (*text)
		c->values[field] = xstrdup(text);
	return 0;
}

static int take_spec(struct client_config *c, const json_t *spec, struct err *e)
{
	bool seen[CLIENT_FIELDS_N] = { false };
	const char *name;
	json_t *value;

	if (!spec || json_is_null(spec))
		return 0;
	if (!json_is_object(spec))
		return err_set(e, ERR_FORMAT, 0, "spec must be a map");
	json_object_foreach((json_t *)(uintptr_t)spec, name, value) {
		int field = find_field(name, e);

		if (field < 0)
			return -1;
		if (seen[field])
			return err_set(
				e, ERR_FORMAT, 0, "spec.%s occurs twice", fields[field].field);
		seen[field] = true;
		if (take_value(c, (enum client_field)field, value, e) < 0)
			return -1;
	}
	return 0;
}

static int check_constant(const json_t *value, const char *name, const char *wanted, struct err *e)
{
	const char *text = json_string_value(value);

	if (text && strcmp(text, wanted) == 0)
		return 0;
	return err_set(e, ERR_FORMAT, 0, "%s must be \"%s\"%s; is this a file for calicoctl?", name,
		wanted, value ? "" : " and is not set");
}

static int take_document(struct client_config *c, const json_t *document, struct err *e)
{
	static const char *const known[] = { "apiVersion", "kind", "metadata", "spec" };
	const json_t *found[ARRAY_LEN(known)] = { NULL };
	const char *name;
	json_t *value;

	if (!json_is_object(document))
		return err_set(e, ERR_FORMAT, 0, "it must be a map with apiVersion, kind and spec");
	json_object_foreach((json_t *)(uintptr_t)document, name, value) {
		size_t i = 0;

		while (i < ARRAY_LEN(known) && strcasecmp(known[i], name) != 0)
			i++;
		err_auto no_field = { 0 };

		if (i == ARRAY_LEN(known) && find_field(name, &no_field) >= 0)
			return err_set(e, ERR_FORMAT, 0,
				"%.100s belongs under spec; write spec: and indent it below that",
				name);
		if (i == ARRAY_LEN(known))
			return unknown_field("it", name, known, ARRAY_LEN(known), e);
		if (found[i])
			return err_set(e, ERR_FORMAT, 0, "%s occurs twice", known[i]);
		found[i] = value;
	}
	if (check_constant(found[0], known[0], CALICO_V3, e) < 0 ||
		check_constant(found[1], known[1], "CalicoAPIConfig", e) < 0)
		return -1;
	if (found[2] && !json_is_null(found[2]) && !json_is_object(found[2]))
		return err_set(e, ERR_FORMAT, 0, "metadata must be a map");
	return take_spec(c, found[3], e);
}

/* Checks of a file and of the environment */

static int mixed(const struct client_config *c, enum client_field a, enum client_field b,
	const char *next, struct err *e)
{
	char_auto *first = client_config_where(c, a), *second = client_config_where(c, b);

	return err_set(e, c->path ? ERR_FORMAT : ERR_USAGE, 0, "%s and %s exclude each other; %s",
		first, second, next);
}

static int check_etcd(const struct client_config *c, struct err *e)
{
	static const enum client_field files[] = { CLIENT_ETCD_KEY_FILE, CLIENT_ETCD_CERT_FILE,
		CLIENT_ETCD_CA_FILE };
	static const enum client_field inlines[] = { CLIENT_ETCD_KEY, CLIENT_ETCD_CERT,
		CLIENT_ETCD_CA };

	if (c->values[CLIENT_ETCD_ENDPOINTS] && c->values[CLIENT_ETCD_DISCOVERY_SRV])
		return mixed(c, CLIENT_ETCD_ENDPOINTS, CLIENT_ETCD_DISCOVERY_SRV,
			"keep the endpoints", e);
	for (size_t i = 0; i < ARRAY_LEN(inlines); i++) {
		if (!c->values[inlines[i]])
			continue;
		for (size_t k = 0; k < ARRAY_LEN(files); k++)
			if (c->values[files[k]])
				return mixed(c, inlines[i], files[k],
					"give all three inline, or all three as files", e);
		if (!c->values[CLIENT_ETCD_KEY] || !c->values[CLIENT_ETCD_CERT])
			return err_set(e, ERR_FORMAT, 0,
				"with spec.%s, spec.etcdKey and spec.etcdCert must be set",
				fields[inlines[i]].field);
	}
	return 0;
}

static int check_kubernetes(const struct client_config *c, struct err *e)
{
	(void)c;
	(void)e;
	return 0;
}

/*
 * One row for each enum client_datastore. The fields from first up to, but not including, behind
 * belong to this type alone.
 */
static const struct {
	const char *name;
	enum client_field first, behind;
	int (*check)(const struct client_config *c, struct err *e);
} datastores[] = {
	{ "kubernetes", CLIENT_KUBECONFIG, CLIENT_K8S_DISABLE_NODE_POLL, check_kubernetes },
	{ "etcdv3", CLIENT_ETCD_ENDPOINTS, CLIENT_KUBECONFIG, check_etcd },
};

bool client_config_is_of(enum client_field field, enum client_datastore datastore)
{
	return field >= datastores[datastore].first && field < datastores[datastore].behind;
}

static int settle(struct client_config *c, struct err *e)
{
	const char *type = c->values[CLIENT_DATASTORE_TYPE];

	if (!type) {
		c->datastore = c->values[CLIENT_ETCD_ENDPOINTS] ? CLIENT_ETCDV3 : CLIENT_KUBERNETES;
		return datastores[c->datastore].check(c, e);
	}
	for (size_t i = 0; i < CLIENT_DATASTORES_N; i++)
		if (strcmp(type, datastores[i].name) == 0) {
			c->datastore = (enum client_datastore)i;
			return datastores[i].check(c, e);
		}
	char_auto *where = client_config_where(c, CLIENT_DATASTORE_TYPE);

	return err_set(e, c->path ? ERR_FORMAT : ERR_USAGE, 0,
		"%s is \"%.100s\"; it must be kubernetes or etcdv3", where, type);
}

static int parse(struct client_config *c, const char *text, size_t len, struct err *e)
{
	json_t *documents = yaml_load(c->path, text, len, e);
	int rc = -1;

	if (!documents)
		rc = -1;
	else if (json_array_size(documents) > 1)
		err_set(e, ERR_FORMAT, 0, "%s: it has %zu documents and must have one", c->path,
			json_array_size(documents));
	else if (json_array_size(documents) == 0)
		err_set(e, ERR_FORMAT, 0, "%s: it is empty", c->path);
	else if (take_document(c, json_array_get(documents, 0), e) == 0 && settle(c, e) == 0)
		rc = 0;
	else
		err_wrap(e, "%s", c->path);
	json_wipe(documents);
	json_decref(documents);
	return rc;
}

int client_config_parse(
	struct client_config *c, const char *path, const char *text, size_t len, struct err *e)
{
	*c = (struct client_config){ .path = xstrdup(path) };
	if (parse(c, text, len, e) == 0)
		return 0;
	client_config_release(c);
	return -1;
}

int client_config_read(struct client_config *c, const char *path, struct err *e)
{
	struct buf text = { 0 };
	int rc = buf_read_file(&text, path, MAX_FILE, e);

	if (rc == 0)
		rc = client_config_parse(c, path, buf_str(&text), text.len, e);
	buf_wipe(&text);
	return rc;
}

/* The environment */

/* As Go's strconv.ParseBool reads a boolean. */
static int parse_bool(const char *variable, const char *text, char **value, struct err *e)
{
	static const char *const yes[] = { "1", "t", "T", "TRUE", "true", "True" };
	static const char *const no[] = { "0", "f", "F", "FALSE", "false", "False" };

	for (size_t i = 0; i < ARRAY_LEN(yes); i++) {
		if (strcmp(text, yes[i]) == 0)
			*value = xstrdup("true");
		if (strcmp(text, yes[i]) == 0 || strcmp(text, no[i]) == 0)
			return 0;
	}
	return err_set(
		e, ERR_USAGE, 0, "%s is \"%.100s\"; it must be true or false", variable, text);
}

static int take_variable(struct client_config *c, enum client_field field, struct err *e)
{
	const char *name = fields[field].variable, *text;

	if (!name)
		return 0;
	char_auto *prefixed = xasprintf(PREFIX "%s", name);

	text = getenv(prefixed);
	c->prefixed[field] = text != NULL;
	if (!text) /* the prefixed variable wins, even when it is empty */
		text = getenv(name);
	if (!text || !*text)
		return 0;
	if (fields[field].type == CLIENT_BOOL)
		return parse_bool(c->prefixed[field] ? prefixed : name, text, &c->values[field], e);
	c->values[field] = xstrdup(text);
	return 0;
}

int client_config_environment(struct client_config *c, struct err *e)
{
	int rc = 0;

	*c = (struct client_config){ 0 };
	for (int i = 0; i < CLIENT_FIELDS_N && rc == 0; i++)
		rc = take_variable(c, (enum client_field)i, e);
	if (rc == 0)
		rc = settle(c, e);
	if (rc < 0)
		client_config_release(c);
	return rc;
}

/* Selection */

bool client_config_names_one(const struct client_config *c)
{
	return c->values[CLIENT_ETCD_ENDPOINTS] || c->values[CLIENT_ETCD_DISCOVERY_SRV] ||
	       c->values[CLIENT_KUBECONFIG] || c->values[CLIENT_KUBECONFIG_INLINE] ||
	       c->values[CLIENT_K8S_ENDPOINT] || c->values[CLIENT_K8S_CONTEXT];
}

static int refuse_both(const struct client_config *a, const struct client_config *b, struct err *e)
{
	char_auto *first = client_config_describe(a), *second = client_config_describe(b);

	return err_set(e, ERR_USAGE, 0,
		"the environment and %s name different datastores:\n  the environment: %s\n  %s: "
		"%s\nsay which one with --config FILE or --kubeconfig FILE, or unset the variables",
		b->path, first, b->path, second);
}

int client_config_select(
	struct client_config *c, const char *given, const char *standard, struct err *e)
{
	client_config_auto environment = { 0 }, file = { 0 };
	bool silent;

	*c = (struct client_config){ 0 };
	if (given)
		return client_config_read(c, given, e) < 0 ? err_wrap(e, "--config") : 0;
	if (client_config_environment(&environment, e) < 0)
		return -1;
	/* As in calicoctl, a file that exists and cannot be read is an error. */
	if (access(standard, F_OK) == 0) {
		if (client_config_read(&file, standard, e) < 0)
			return -1;
		silent = !client_config_names_one(&environment);
		if (silent && environment.values[CLIENT_DATASTORE_TYPE] &&
			environment.datastore != file.datastore)
			return refuse_both(&environment, &file, e);
		if (!silent && !client_same_datastore(&environment, &file))
			return refuse_both(&environment, &file, e);
		if (silent) {
			*c = file;
			file = (struct client_config){ 0 };
			return 0;
		}
	}
	*c = environment;
	environment = (struct client_config){ 0 };
	return 0;
}

void client_config_release(struct client_config *c)
{
	for (int i = 0; i < CLIENT_FIELDS_N; i++)
		secret_free(c->values[i]);
	free(c->path);
	*c = (struct client_config){ 0 };
}

/* Texts for messages */

char *client_config_where(const struct client_config *c, enum client_field field)
{
	if (c->path)
		return xasprintf("%s of %s", fields[field].field, c->path);
	return xasprintf("%s%s", c->prefixed[field] ? PREFIX : "",
		fields[field].variable ? fields[field].variable : fields[field].field);
}

static void describe(
	struct buf *out, const struct client_config *c, enum client_field field, const char *word)
{
	if (c->values[field])
		buf_printf(out, ", %s %s", word, c->values[field]);
}

char *client_config_describe(const struct client_config *c)
{
	struct buf out = { 0 };

	buf_puts(&out, datastores[c->datastore].name);
	if (c->datastore == CLIENT_ETCDV3) {
		describe(&out, c, CLIENT_ETCD_ENDPOINTS, "endpoints");
		describe(&out, c, CLIENT_ETCD_DISCOVERY_SRV, "SRV records of");
		describe(&out, c, CLIENT_ETCD_USERNAME, "user");
		return buf_steal(&out);
	}
	if (c->values[CLIENT_KUBECONFIG_INLINE])
		buf_puts(&out, ", kubeconfig inline");
	describe(&out, c, CLIENT_KUBECONFIG, "kubeconfig");
	describe(&out, c, CLIENT_K8S_ENDPOINT, "server");
	describe(&out, c, CLIENT_K8S_CONTEXT, "context");
	if (!client_config_names_one(c))
		buf_puts(&out, ", ~/.kube/config or the pod's service account");
	return buf_steal(&out);
}
