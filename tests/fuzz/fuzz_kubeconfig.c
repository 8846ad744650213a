/* SPDX-License-Identifier: Apache-2.0 */
/* A kubeconfig becomes a configuration or an error. A second reading has the same result. */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "kube/config/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* True for paths that would be read on this machine: devices, pipes, files. */
static bool names_files(const char *text)
{
	return strstr(text, "/dev") || strstr(text, "/proc") || strstr(text, "/sys") ||
	       strstr(text, "/etc") || strstr(text, "..");
}

static int load(struct kube_config *c, const char *text, struct err *e)
{
	const struct kube_overrides o = { .kubeconfig_text = text, .kubeconfig_from = "fuzz" };

	return kube_config_load_from(c, &o, "/nonexistent", e);
}

static bool same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char_auto *text = xstrndup((const char *)data, size);
	struct kube_config once, twice;
	err_auto e = { 0 }, again = { 0 };

	unsetenv("KUBECONFIG");
	unsetenv("KUBERNETES_SERVICE_HOST");
	if (names_files(text))
		return 0;
	int rc = load(&once, text, &e);

	if (rc < 0 ? !e.msg : e.msg != NULL || (!once.server && !once.source))
		abort();
	if (load(&twice, text, &again) != rc || !same(e.msg, again.msg))
		abort();
	if (rc == 0 && (!same(once.server, twice.server) || !same(once.context, twice.context)))
		abort();
	kube_config_release(&once);
	kube_config_release(&twice);
	return 0;
}
