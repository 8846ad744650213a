/* SPDX-License-Identifier: Apache-2.0 */
#include "kube/admission.h"

#include <string.h>

/* Returns the text between two marks, or NULL when a mark is missing. The caller frees the text. */
static char *between(const char *text, const char *before, const char *after)
{
	const char *start = strstr(text, before);
	const char *end = start ? strstr(start + strlen(before), after) : NULL;

	return end ? xstrndup(start + strlen(before), (size_t)(end - start) - strlen(before))
		   : NULL;
}

/* Returns what follows the mark, or words that say that nothing follows. */
static const char *behind(const char *text, const char *mark)
{
	const char *at = strstr(text, mark);

	return at && at[strlen(mark)] ? at + strlen(mark) : "it gave no reason";
}

static bool explain_policy(struct buf *out, const char *message)
{
	char_auto *policy = between(message, "AdmissionPolicy '", "'");
	char_auto *binding = between(message, "' with binding '", "'");
	bool mutates = strstr(message, "MutatingAdmissionPolicy '") != NULL;

	if (!policy || !binding)
		return false;
	buf_printf(out,
		"denied by the %sAdmissionPolicy \"%s\" through its binding \"%s\": %s; ask who "
		"owns the policy for an exception (\"kubectl get %sadmissionpolicy %s -o yaml\" "
		"shows what it demands)",
		mutates ? "Mutating" : "Validating", policy, binding,
		behind(message, strstr(message, " denied request: ") ? " denied request: " : "': "),
		mutates ? "mutating" : "validating", policy);
	return true;
}

static bool explain_webhook(struct buf *out, const char *message)
{
	char_auto *failed = between(message, "failed calling webhook \"", "\"");
	char_auto *webhook = between(message, "admission webhook \"", "\"");

	if (failed)
		buf_printf(out,
			"the admission webhook \"%s\" does not answer: %s; see that its service "
			"runs, or ask who installed it (\"kubectl get "
			"validatingwebhookconfigurations,mutatingwebhookconfigurations\")",
			failed, behind(message, "\": "));
	else if (webhook)
		buf_printf(out,
			"denied by the admission webhook \"%s\": %s; ask who installed it "
			"(\"kubectl "
			"get validatingwebhookconfigurations,mutatingwebhookconfigurations\")",
			webhook, behind(message, " denied the request: "));
	return failed || webhook;
}

static bool explain_quota(struct buf *out, const char *message)
{
	char_auto *quota = between(message, "exceeded quota: ", ",");

	if (quota)
		buf_printf(out,
			"the ResourceQuota \"%s\" leaves no room (%s); have it raised, or remove "
			"what is no longer needed",
			quota, behind(message, "exceeded quota: "));
	return quota != NULL;
}

/* The status is 403, although no right is missing. */
static bool explain_namespace(struct buf *out, const char *message)
{
	static const char mark[] = "because it is being terminated";
	bool is = strstr(message, mark) != NULL;

	if (is)
		buf_printf(out, "%s; wait until the namespace is gone, and create it again",
			message);
	return is;
}

bool kube_admission_explain(struct buf *out, const char *message)
{
	return explain_policy(out, message) || explain_webhook(out, message) ||
	       explain_quota(out, message) || explain_namespace(out, message);
}
