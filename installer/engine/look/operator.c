/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/look/operator.h"

#include <string.h>

#include "base/json.h"
#include "base/json_shape.h"

#define NAME "tigera-operator" /* name of its namespace, its Deployment and its container */

#define CONTAINERS "spec.template.spec.containers"

static int check_deployment(const json_t *deployment, struct err *e)
{
	static const struct json_shape rows[] = {
		{ "spec.replicas", "integer" },
		{ CONTAINERS "[]", "object!" },
		{ CONTAINERS "[].image", "string" },
		{ CONTAINERS "[].command[]", "string" },
		{ CONTAINERS "[].args[]", "string" },
		{ CONTAINERS "[].env[].name", "string!" },
		{ CONTAINERS "[].env[].value", "string" },
	};

	return json_check(deployment, rows, ARRAY_LEN(rows), e);
}

struct kube_call *operator_ask(struct kube_batch *b)
{
	return kube_batch_add(b, (struct kube_request){ .verb = KUBE_GET,
					 .group = "apps",
					 .version = "v1",
					 .plural = "deployments",
					 .ns = NAME,
					 .name = NAME,
					 .check = check_deployment });
}

/* Parses a flag of a Go program: -manage-crds, --manage-crds=true. The last one counts. */
static bool flag_of(const json_t *args, bool before)
{
	const json_t *arg;
	size_t i;

	json_array_foreach(args, i, arg) {
		const char *word = json_string_value(arg);

		if (!word)
			continue;
		word += strspn(word, "-");
		if (strcmp(word, "manage-crds") == 0)
			before = true;
		else if (has_prefix(word, "manage-crds="))
			before = strchr("1tT", word[strlen("manage-crds=")]) != NULL &&
				 word[strlen("manage-crds=")];
	}
	return before;
}

static const char *variable_of(const json_t *env, const char *wanted)
{
	const json_t *variable;
	size_t i;

	json_array_foreach(env, i, variable) {
		const char *name = json_str(variable, "name"), *value = json_str(variable, "value");

		if (name && value && *value && strcmp(name, wanted) == 0)
			return value;
	}
	return NULL;
}

static void take_container(struct operator_state *o, const json_t *container)
{
	const char *image = json_str(container, "image");
	const char *group = variable_of(json_object_get(container, "env"), "CALICO_API_GROUP");

	if (!o->api_group && group)
		o->api_group = xstrdup(group);
	if (!o->image && image)
		o->image = xstrdup(image);
	o->manages_crds = flag_of(json_object_get(container, "command"), o->manages_crds);
	o->manages_crds = flag_of(json_object_get(container, "args"), o->manages_crds);
}

void operator_take(struct operator_state *o, const struct kube_call *call)
{
	const json_t *spec = json_object_get(call->object, "spec"), *container;
	const json_t *replicas = json_object_get(spec, "replicas");
	size_t i;

	*o = (struct operator_state){ 0 };
	if (!call->object) {
		if (!kube_call_not_found(call))
			o->problem = xstrdup(call->err.msg ? call->err.msg : "no answer");
		return;
	}
	o->running = !(json_is_integer(replicas) && json_integer_value(replicas) == 0);
	if (!o->running)
		return;
	json_array_foreach(json_at(spec, "template", "spec", "containers", NULL), i, container)
		take_container(o, container);
}

void operator_release(struct operator_state *o)
{
	free(o->image);
	free(o->api_group);
	free(o->problem);
	*o = (struct operator_state){ 0 };
}
