/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Input from plugins, servers and environments. A plugin's answer becomes an error, or a credential
 * that is valid in a header. A proxy becomes a URL with a known scheme. Warnings stay short and
 * few.
 */
#include <string.h>

#include "base/proxy.h"
#include "base/tls.h"
#include "kube/config/exec.h"
#include "kube/warning.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_answer(const char *text, size_t size)
{
	struct exec_credential c;
	err_auto e = { 0 };

	if (exec_credential_parse(&c, "client.authentication.k8s.io/v1", text, size, &e) < 0) {
		if (!e.msg || c.token || c.client_key_pem)
			abort();
		return;
	}
	if (!c.token && !c.client_cert_pem)
		abort();
	for (const char *p = c.token; p && *p; p++)
		if (*p <= ' ' || *p >= 0x7f)
			abort();
	exec_credential_release(&c);
}

static void check_note(void *arg, const char *text)
{
	(void)arg;
	if (!has_prefix(text, "warning: ") || strlen(text) > WARNING_BYTES + strlen("warning: "))
		abort();
	for (const unsigned char *p = (const unsigned char *)text; *p; p++)
		if (*p < ' ' && *p != '\n' && *p != '\t')
			abort();
}

static void check_proxy(const char *text)
{
	err_auto e = { 0 };
	struct proxy p;
	const char *variable;

	if (proxy_parse(&p, text, &e) < 0 ? !e.msg
					  : strchr(p.url, '@') ||
				(!has_prefix(p.url, "http://") && !has_prefix(p.url, "https://") &&
					!has_prefix(p.url, "socks5h://")))
		abort();
	proxy_release(&p);
	setenv("HTTPS_PROXY", "http://p", 1);
	setenv("NO_PROXY", text, 1);
	free(proxy_of_environment("a.b.example", "6443", true, &variable));
	free(proxy_of_environment("2001:db8::1", "6443", true, &variable));
	free(proxy_of_environment("192.0.2.1", "6443", true, &variable));
	if (proxy_of_environment("127.0.0.1", "6443", true, &variable))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct kube_notes notes = { .note = check_note };
	char_auto *text = xstrndup((const char *)data, size), *note = NULL;
	json_auto_t *seen = json_object();
	err_auto e = { 0 };
	bool expired;

	check_answer((const char *)data, size);
	kube_warn(seen, text, &notes);
	check_proxy(text);
	if (tls_check_ca(text, &note, &e) == 0)
		free(tls_describe_client(text, &expired));
	return 0;
}
