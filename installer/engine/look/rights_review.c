/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/digest.h"
#include "base/json.h"
#include "base/yaml.h"
#include "engine/look/rights.h"
#include "kube/batch.h"

#define RBAC_API "rbac.authorization.k8s.io"

/* Questions to the server */

static struct kube_call *ask(struct kube_batch *b, const char *group, const char *plural,
	const char *kind, const json_t *spec)
{
	char_auto *api_version = xasprintf("%s/v1", group);
	json_auto_t *body = json_pack(
		"{s:s, s:s, s:O*}", "apiVersion", api_version, "kind", kind, "spec", spec);
	struct kube_call *call = kube_batch_add(b, (struct kube_request){ .verb = KUBE_CREATE,
							   .group = group,
							   .version = "v1",
							   .plural = plural,
							   .body = body });

	/* Nothing is stored: no field manager, and no harm in asking again. */
	call->req.path[strcspn(call->req.path, "?")] = '\0';
	call->req.repeatable = true;
	return call;
}

int access_review(struct kube_api *api, const json_t *rights, json_t *missing, struct err *e)
{
	kube_batch_auto b = { 0 };
	json_t *right;
	size_t i;

	json_array_foreach(rights, i, right)
		ask(&b, "authorization.k8s.io", "selfsubjectaccessreviews",
			"SelfSubjectAccessReview", right)->subject = right;
	if (kube_batch_run(&b, api, e) < 0)
		return -1;
	for (i = 0; i < b.n; i++)
		if (json_is_false(json_at(b.calls[i]->object, "status", "allowed", NULL)))
			json_array_append(missing, b.calls[i]->subject);
	return 0;
}

/* The user's name as the server knows it, or NULL; the caller's. */
static char *who_am_i(struct kube_api *api)
{
	kube_batch_auto b = { 0 };
	err_auto unused = { 0 };
	const struct kube_call *call = ask(
		&b, "authentication.k8s.io", "selfsubjectreviews", "SelfSubjectReview", NULL);
	int rc = kube_batch_run(&b, api, &unused);
	const char *name = json_str(json_at(call->object, "status", "userInfo", NULL), "username");

	return rc == 0 && name ? xstrdup(name) : NULL;
}

/* A name of its own: a later grant must not take away what an earlier one of another run gave. */
static char *grant_name(const char *command, const json_t *missing, const char *user)
{
	char hex[SHA256_HEX_SIZE];
	buf_auto text = { 0 };

	json_write(&text, missing, JSON_STYLE_COMPACT);
	buf_puts(&text, user ? user : "");
	sha256_hex(buf_str(&text), text.len, hex);
	return xasprintf("calico-datastore-%s-%.8s", command, hex);
}

/* A role alone grants nothing, so the binding to whoever asks comes with it. */
static void put_grant(
	struct buf *out, struct kube_api *api, const char *command, const json_t *missing)
{
	char_auto *user = who_am_i(api);
	char_auto *name = grant_name(command, missing, user);
	json_auto_t *role = access_role(name, missing);

	buf_puts(out, "# What is missing, for an administrator's \"kubectl apply -f -\":\n---\n");
	yaml_write(out, role);
	if (user) {
		json_auto_t *binding =
			access_binding_take(name, json_pack("{s:s, s:s, s:s}", "apiGroup", RBAC_API,
							  "kind", "User", "name", user));

		buf_puts(out, "---\n");
		yaml_write(out, binding);
	}
}

static int refuse(struct kube_api *api, const char *command, const json_t *missing,
	const char *what, struct err *e)
{
	size_t n = json_array_size(missing);
	buf_auto grant = { 0 };

	put_grant(&grant, api, command, missing);
	err_set(e, ERR_AUTH, 403, "%s; %s needs %zu %s that this user does not have", what, command,
		n, n == 1 ? "right" : "rights");
	e->remedy = buf_steal(&grant);
	return -1;
}

int access_explain(struct kube_api *api, const char *command, const json_t *rights, struct err *e)
{
	json_auto_t *missing = json_array();
	err_auto unanswered = { 0 };

	if (e->kind != ERR_AUTH || e->code != 403)
		return -1;
	if (access_review(api, rights, missing, &unanswered) < 0 || json_array_size(missing) == 0)
		return -1;
	return refuse(api, command, missing, e->msg, e);
}

int access_preflight(struct kube_api *api, const char *command, const json_t *rights, struct err *e)
{
	json_auto_t *missing = json_array();

	if (access_review(api, rights, missing, e) < 0)
		return -1;
	if (json_array_size(missing) == 0)
		return 0;
	return refuse(api, command, missing, "nothing was written", e);
}
