/* SPDX-License-Identifier: Apache-2.0 */
/* Which datastore: files of calicoctl, the environment, and which of them wins. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "calico/client/datastore.h"

#define HEAD "apiVersion: projectcalico.org/v3\nkind: CalicoAPIConfig\n"

static char path[] = "/tmp/calicoctl-cfg-XXXXXX";

static void write_file(const char *text)
{
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static int clear(void **state)
{
	(void)state;
	for (int i = 0; i < CLIENT_FIELDS_N; i++) {
		const char *variable = client_config_field((enum client_field)i)->variable;
		char_auto *prefixed = variable ? xasprintf("CALICO_%s", variable) : NULL;

		if (!variable)
			continue;
		unsetenv(variable);
		unsetenv(prefixed);
	}
	setenv("HOME", "/nowhere", 1);
	unlink(path);
	return 0;
}

static int parse(struct client_config *c, const char *text, struct err *e)
{
	return client_config_parse(c, "FILE", text, strlen(text), e);
}

/* The values that the text sets, as "field=value " in the order of the table. */
static char *set_of(const struct client_config *c)
{
	struct buf out = { 0 };

	for (int i = 0; i < CLIENT_FIELDS_N; i++)
		if (c->values[i])
			buf_printf(&out, "%s=%s ", client_config_field((enum client_field)i)->field,
				c->values[i]);
	return buf_steal(&out);
}

static void files_are_read(void **state)
{
	static const struct {
		const char *text, *wanted;
		bool is_etcd;
	} cases[] = {
		{ HEAD, "", false },
		{ HEAD "metadata:\nspec:\n", "", false },
		{ HEAD "metadata: {name: x}\nspec: {}\n", "", false },
		{ HEAD "spec: {datastoreType: kubernetes, kubeconfig: /a:/b}",
			"datastoreType=kubernetes kubeconfig=/a:/b ", false },
		{ HEAD "spec: {etcdEndpoints: 'http://a,http://b'}",
			"etcdEndpoints=http://a,http://b ", true },
		{ HEAD "spec: {etcdDiscoverySrv: a}", "etcdDiscoverySrv=a ", false },
		{ HEAD "spec: {datastoreType: kubernetes, etcdEndpoints: 'http://a'}",
			"datastoreType=kubernetes etcdEndpoints=http://a ", false },
		{ HEAD "spec: {DATASTORETYPE: etcdv3, ETCDendpoints: 'http://a'}",
			"datastoreType=etcdv3 etcdEndpoints=http://a ", true },
		{ "APIVERSION: projectcalico.org/v3\nKind: CalicoAPIConfig\nSpec: {usepodcidr: "
		  "true}",
			"usePodCIDR=true ", false },
		{ HEAD "spec: {usePodCIDR: false, k8sClientQPS: 7, kubeconfig: ''}",
			"k8sClientQPS=7 ", false },
		{ "{\"apiVersion\": \"projectcalico.org/v3\", \"kind\": \"CalicoAPIConfig\", "
		  "\"spec\": {\"k8sAPIToken\": \"t\"}}",
			"k8sAPIToken=t ", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		client_config_auto c = { 0 };
		err_auto e = { 0 };

		if (parse(&c, cases[i].text, &e) < 0)
			fail_msg("%s: %s", cases[i].text, e.msg);
		char_auto *set = set_of(&c);

		assert_string_equal(set, cases[i].wanted);
		assert_int_equal(c.datastore == CLIENT_ETCDV3, cases[i].is_etcd);
	}
}

static void files_that_are_wrong_are_refused(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{ "", "empty" },
		{ "a: [", "FILE" },
		{ "[]", "must be a map" },
		{ HEAD "---\n" HEAD, "2 documents" },
		{ "kind: CalicoAPIConfig\n", "apiVersion must be" },
		{ "apiVersion: v1\nkind: CalicoAPIConfig\n", "apiVersion must be" },
		{ "apiVersion: projectcalico.org/v3\nkind: Config\n", "kind must be" },
		{ "datastoreType: kubernetes\n", "datastoreType belongs under spec" },
		{ HEAD "etcdendpoints: http://a\n", "etcdendpoints belongs under spec" },
		{ HEAD "spek: {}\n", "no field \"spek\"; did you mean spec" },
		{ HEAD "spec: {etcdEndpoint: a}\n", "did you mean etcdEndpoints" },
		{ HEAD "spec: {unheard: a}\n", "no field \"unheard\"" },
		{ HEAD "spec: {kubeconfig: a, KUBECONFIG: b}\n", "twice" },
		{ HEAD "spec: [a]\n", "spec must be a map" },
		{ HEAD "metadata: 5\n", "metadata must be a map" },
		{ HEAD "spec: {kubeconfig: 5}\n", "spec.kubeconfig must be a string" },
		{ HEAD "spec: {usePodCIDR: 'true'}\n", "must be true or false" },
		{ HEAD "spec: {k8sClientQPS: many}\n", "must be a number" },
		{ HEAD "spec: {kubeconfig: \"a\\0b\"}\n", "NUL" },
		{ HEAD "spec: {datastoreType: etcd}\n", "must be kubernetes or etcdv3" },
		{ HEAD "spec: {etcdEndpoints: a, etcdDiscoverySrv: b}\n", "exclude each other" },
		{ HEAD "spec: {etcdEndpoints: a, etcdKey: SECRET, etcdKeyFile: b}\n",
			"exclude each other" },
		{ HEAD "spec: {etcdEndpoints: a, etcdKey: SECRET}\n",
			"etcdKey and spec.etcdCert must" },
		{ HEAD "spec: {etcdEndpoints: a, etcdCACert: b}\n", "must be set" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct client_config c;
		err_auto e = { 0 };

		assert_int_equal(parse(&c, cases[i].text, &e), -1);
		assert_int_equal(e.kind, ERR_FORMAT);
		if (!strstr(e.msg, cases[i].says) || !strstr(e.msg, "FILE"))
			fail_msg("%s: %s", cases[i].text, e.msg);
		assert_null(strstr(e.msg, "SECRET"));
	}
}

static void the_environment_is_read_and_its_prefix_wins(void **state)
{
	client_config_auto c = { 0 }, d = { 0 };
	err_auto e = { 0 };

	clear(state);
	setenv("ETCD_ENDPOINTS", "http://a", 1);
	setenv("CALICO_ETCD_ENDPOINTS", "http://b", 1);
	setenv("K8S_API_TOKEN", "not read", 1);
	setenv("CALICO_K8SAPITOKEN", "t", 1);
	assert_int_equal(client_config_environment(&c, &e), 0);
	char_auto *set = set_of(&c), *where = client_config_where(&c, CLIENT_ETCD_ENDPOINTS);

	assert_string_equal(set, "etcdEndpoints=http://b k8sAPIToken=t ");
	assert_string_equal(where, "CALICO_ETCD_ENDPOINTS");
	assert_int_equal(c.datastore, CLIENT_ETCDV3);
	setenv("CALICO_ETCD_ENDPOINTS", "", 1);
	assert_int_equal(client_config_environment(&d, &e), 0);
	assert_null(d.values[CLIENT_ETCD_ENDPOINTS]);
	assert_int_equal(d.datastore, CLIENT_KUBERNETES);
	unsetenv("K8S_API_TOKEN");
}

static void booleans_are_go_s(void **state)
{
	static const char *const yes[] = { "1", "t", "T", "TRUE", "true", "True" };
	static const char *const no[] = { "0", "f", "F", "FALSE", "false", "False", "" };
	static const char *const neither[] = { "yes", "on", "tRUE", " true", "2" };

	clear(state);
	for (size_t i = 0; i < ARRAY_LEN(yes) + ARRAY_LEN(no); i++) {
		client_config_auto c = { 0 };
		err_auto e = { 0 };
		bool wanted = i < ARRAY_LEN(yes);

		setenv("USE_POD_CIDR", wanted ? yes[i] : no[i - ARRAY_LEN(yes)], 1);
		assert_int_equal(client_config_environment(&c, &e), 0);
		assert_int_equal(c.values[CLIENT_USE_POD_CIDR] != NULL, wanted);
	}
	for (size_t i = 0; i < ARRAY_LEN(neither); i++) {
		struct client_config c;
		err_auto e = { 0 };

		setenv("USE_POD_CIDR", neither[i], 1);
		assert_int_equal(client_config_environment(&c, &e), -1);
		assert_int_equal(e.kind, ERR_USAGE);
		assert_non_null(strstr(e.msg, "USE_POD_CIDR"));
	}
	clear(state);
}

/* What is chosen, as its description, or the error. */
static char *choice(const char *given)
{
	client_config_auto c = { 0 };
	err_auto e = { 0 };

	if (client_config_select(&c, given, path, &e) < 0)
		return xasprintf("%s: %s", err_kind_name(e.kind), e.msg);
	return client_config_describe(&c);
}

static void assert_choice(const char *given, const char *wanted)
{
	char_auto *found = choice(given);

	if (!strstr(found, wanted))
		fail_msg("\"%s\" is not in: %s", wanted, found);
}

static void the_environment_comes_before_the_standard_file(void **state)
{
	clear(state);
	assert_choice(NULL, "kubernetes, ~/.kube/config or the pod's");
	write_file(HEAD "spec: {etcdEndpoints: 'http://file:1'}");
	assert_choice(NULL, "etcdv3, endpoints http://file:1");
	setenv("DATASTORE_TYPE", "etcdv3", 1);
	assert_choice(NULL, "etcdv3, endpoints http://file:1");
	setenv("ETCD_ENDPOINTS", "http://file:1/", 1); /* the same one */
	assert_choice(NULL, "etcdv3, endpoints http://file:1/");
	clear(state);
	setenv("ETCD_ENDPOINTS", "http://variable:1", 1);
	assert_choice(NULL, "etcdv3, endpoints http://variable:1");
	clear(state);
}

static void two_that_name_different_datastores_are_refused(void **state)
{
	clear(state);
	write_file(HEAD "spec: {etcdEndpoints: 'http://file:1,http://file:2'}");
	setenv("ETCD_ENDPOINTS", "http://file:2", 1);
	assert_choice(NULL, "usage: the environment and");
	assert_choice(NULL, "endpoints http://file:1,http://file:2");
	assert_choice(NULL, "endpoints http://file:2\n");
	setenv("ETCD_ENDPOINTS", "http://file:2,http://file:1", 1);
	assert_choice(NULL, "etcdv3");
	clear(state);
	write_file(HEAD "spec: {etcdEndpoints: 'http://file:1'}");
	setenv("DATASTORE_TYPE", "kubernetes", 1);
	assert_choice(NULL, "different datastores");
	clear(state);
	write_file(HEAD "spec: {k8sAPIEndpoint: 'https://a:1'}");
	setenv("K8S_API_ENDPOINT", "https://b:1", 1);
	assert_choice(NULL, "different datastores");
	setenv("K8S_API_ENDPOINT", "https://a:1", 1);
	assert_choice(NULL, "kubernetes, server https://a:1");
	clear(state);
}

static void a_file_that_is_given_is_all_that_counts(void **state)
{
	clear(state);
	assert_choice(path, "io: --config: ");
	write_file(HEAD "spec: {kubeconfig: /file}");
	setenv("ETCD_ENDPOINTS", "http://variable:1", 1);
	setenv("USE_POD_CIDR", "maybe", 1);
	assert_choice(path, "kubernetes, kubeconfig /file");
	write_file("nonsense");
	assert_choice(path, "format: --config: ");
	clear(state);
	write_file("nonsense");
	assert_choice(NULL, "format: ");
	clear(state);
}

static void overrides_are_left_out_when_flags_choose(void **state)
{
	static const char text[] =
		HEAD "spec: {kubeconfig: '/a:/b', k8sAPIEndpoint: 'https://x:1', k8sAPIToken: t, "
		     "k8sCurrentContext: c, k8sCAFile: /ca, k8sInsecureSkipTLSVerify: true}";
	client_config_auto c = { 0 };
	struct kube_overrides all = { 0 }, chosen = { .context = "mine" };
	char_auto *none = NULL, *unused = NULL;
	err_auto e = { 0 };

	(void)state;
	assert_int_equal(parse(&c, text, &e), 0);
	assert_int_equal(client_kube_overrides(&c, &all, false, &none, &e), 0);
	assert_null(none);
	assert_string_equal(all.server, "https://x:1");
	assert_string_equal(all.context, "c");
	assert_string_equal(all.token, "t");
	assert_string_equal(all.certificate_authority, "/ca");
	assert_string_equal(all.kubeconfig_list, "/a:/b");
	assert_true(all.insecure_skip_tls_verify);
	assert_int_equal(client_kube_overrides(&c, &chosen, true, &unused, &e), 0);
	assert_string_equal(chosen.context, "mine");
	assert_null(chosen.server);
	assert_null(chosen.token);
	assert_string_equal(chosen.kubeconfig_list, "/a:/b");
	assert_non_null(strstr(unused, "k8sAPIEndpoint of FILE"));
}

static void with_an_inline_kubeconfig_nothing_else_counts(void **state)
{
	static const char text[] =
		HEAD "spec:\n  k8sAPIEndpoint: https://other:1\n  kubeconfigInline: |\n"
		     "    clusters: [{name: c, cluster: {server: 'https://inline:1'}}]\n"
		     "    contexts: [{name: x, context: {cluster: c}}]\n    current-context: x\n";
	client_config_auto c = { 0 };
	struct kube_overrides o = { 0 };
	struct kube_config k = { 0 };
	char_auto *unused = NULL;
	err_auto e = { 0 };

	(void)state;
	assert_int_equal(parse(&c, text, &e), 0);
	assert_int_equal(client_kube_overrides(&c, &o, false, &unused, &e), 0);
	assert_non_null(strstr(unused, "k8sAPIEndpoint"));
	if (kube_config_load(&k, &o, &e) < 0)
		fail_msg("%s", e.msg);
	assert_string_equal(k.server, "https://inline:1");
	kube_config_release(&k);
}

static void a_token_of_the_configuration_replaces_the_user_s(void **state)
{
	struct kube_overrides o = { .token = "mine", .kubeconfig_from = "FILE" };
	struct kube_config k = { 0 };
	err_auto e = { 0 };

	(void)state;
	o.kubeconfig_text = "clusters: [{name: c, cluster: {server: 'https://s:1'}}]\n"
			    "users: [{name: u, user: {token: theirs}}]\n"
			    "contexts: [{name: x, context: {cluster: c, user: u}}]\n"
			    "current-context: x\n";
	if (kube_config_load(&k, &o, &e) < 0)
		fail_msg("%s", e.msg);
	assert_string_equal(k.bearer_token, "mine");
	kube_config_release(&k);
}

static void endpoints_are_split_and_checked(void **state)
{
	static const char *const wrong[] = { "", ",", "a:1", "ftp://a", "https://", "http://:1",
		"http://u:p@a", "http://a b", "http://a?x", "http://a,unix://b" };
	err_auto e = { 0 };
	json_auto_t *urls = etcd_endpoints(
		" http://a:1/ ,https://[fd00::1]:2,,HTTP://c,https://[127.0.0.1]:2379", &e);

	(void)state;
	assert_int_equal(json_array_size(urls), 4);
	assert_string_equal(json_string_value(json_array_get(urls, 3)), "https://127.0.0.1:2379");
	assert_string_equal(json_string_value(json_array_get(urls, 0)), "http://a:1");
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		err_auto bad = { 0 };

		assert_null(etcd_endpoints(wrong[i], &bad));
		assert_int_equal(bad.kind, ERR_FORMAT);
		assert_null(strstr(bad.msg, "u:p"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_are_read),
		cmocka_unit_test(files_that_are_wrong_are_refused),
		cmocka_unit_test(the_environment_is_read_and_its_prefix_wins),
		cmocka_unit_test(booleans_are_go_s),
		cmocka_unit_test(the_environment_comes_before_the_standard_file),
		cmocka_unit_test(two_that_name_different_datastores_are_refused),
		cmocka_unit_test(a_file_that_is_given_is_all_that_counts),
		cmocka_unit_test(overrides_are_left_out_when_flags_choose),
		cmocka_unit_test(with_an_inline_kubeconfig_nothing_else_counts),
		cmocka_unit_test(a_token_of_the_configuration_replaces_the_user_s),
		cmocka_unit_test(endpoints_are_split_and_checked),
	};
	int fd = mkstemp(path);

	close(fd);
	clear(NULL);
	return cmocka_run_group_tests(tests, NULL, clear);
}
