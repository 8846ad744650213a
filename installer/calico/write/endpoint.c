/* SPDX-License-Identifier: Apache-2.0 */
#include "calico/write/endpoint.h"

#include <string.h>

#include "base/json.h"

/*
 * Adds a part of a name. "-" separates parts; a "-" inside a part is doubled. False: text is empty.
 */
static bool add_part(struct buf *name, const char *text)
{
	if (!text || !*text)
		return false;
	if (name->len > 0)
		buf_putc(name, '-');
	for (; *text; text++) {
		buf_putc(name, *text);
		if (*text == '-')
			buf_putc(name, '-');
	}
	return true;
}

char *endpoint_name(const json_t *spec)
{
	const char *orchestrator = json_str(spec, "orchestrator");
	const char *workload = "workload";
	buf_auto name = { 0 };

	if (orchestrator && strcmp(orchestrator, "k8s") == 0)
		workload = "pod";
	else if (orchestrator && strcmp(orchestrator, "cni") == 0)
		workload = "containerID";
	else if (!orchestrator || strcmp(orchestrator, "libnetwork") == 0)
		return NULL;
	if (!add_part(&name, json_str(spec, "node")) || !add_part(&name, orchestrator) ||
		!add_part(&name, json_str(spec, workload)) ||
		!add_part(&name, json_str(spec, "endpoint")))
		return NULL;
	return buf_steal(&name);
}
