/* SPDX-License-Identifier: Apache-2.0 */
/* Names, labels and annotations. */
#include <ctype.h>
#include <string.h>

#include "base/json.h"
#include "calico/write/subject.h"
#include "calico/write/words.h"

enum { ANNOTATIONS_MAX = 256 << 10 }; /* bytes of all keys and values */

#define NAME "metadata.name"
#define OWN_ANNOTATION "projectcalico.org/metadata"

static void refuse_name(const struct subject *s, const char *remedy, const char *why)
{
	subject_refuse(s, "name", NAME, remedy, "%s", why);
}

/* A policy's name is one DNS name, or a tier and a name with a dot between them. */
static void judge_policy_name(const struct subject *s)
{
	const char *dot = strchr(s->name, '.');
	char_auto *first = xstrndup(s->name, dot ? (size_t)(dot - s->name) : strlen(s->name));

	if (!is_dns_subdomain(first) ||
		(dot && (strchr(dot + 1, '.') || !is_dns_subdomain(dot + 1))))
		refuse_name(s,
			"write lower-case letters, digits and -, with one dot at most behind the "
			"tier's name",
			"is no name of a policy");
}

/* Up to v3.31 a name is TIER.NAME; a name without a dot belongs to the tier "default". */
static void judge_tier_prefix(const struct subject *s)
{
	const char *tier = subject_tier(s->object), *dot = strchr(s->name, '.');
	char_auto *own = xstrndup(s->name, dot ? (size_t)(dot - s->name) : 0);

	if (target_since(s->target, "v3.32") || strcmp(dot ? own : "default", tier) == 0)
		return;
	char_auto *remedy = xasprintf("name it %s.%s, or set spec.tier to %s", tier,
		dot ? dot + 1 : s->name, dot ? own : "default");

	subject_refuse(s, "tier-name", NAME, remedy,
		"does not begin with the policy's tier, \"%s.\", as Calico %s wants it", tier,
		s->target->release);
}

static void judge_name(const struct subject *s)
{
	bool ours = subject_is_policy(s->kind);

	if (!*s->name)
		refuse_name(s, NULL, "is missing");
	else if (subject_is(s, "Tier") && !is_dns_label(s->name))
		refuse_name(s, "write at most 63 lower-case letters, digits and -, without dots",
			"is no name of a tier");
	else if (ours && has_prefix(s->name, "knp.default."))
		refuse_name(s, "change the NetworkPolicy of Kubernetes instead",
			"is that of a policy of Kubernetes, which Calico only shows");
	else if (strlen(s->name) > 253)
		refuse_name(s, NULL, "has more than 253 characters");
	else if (ours)
		judge_policy_name(s);
	else if (!is_dns_subdomain(s->name))
		refuse_name(s,
			"write lower-case letters, digits, - and ., first and last a letter or "
			"digit",
			"is no name");
	if (ours && *s->name)
		judge_tier_prefix(s);
}

static void judge_labels(const struct subject *s)
{
	const json_t *labels = subject_at(s, "metadata.labels");

	if (json_is_object(labels))
		words_judge("labels", "metadata.labels", labels, s->target, s->findings);
	if (strstr(s->kind->kind, "NetworkSet") &&
		json_object_get(labels, "projectcalico.org/namespace"))
		findings_add(s->findings, "labels", "metadata.labels.projectcalico.org/namespace",
			json_object_get(labels, "projectcalico.org/namespace"), "leave it out",
			"is a label that Calico sets itself");
}

static void judge_annotation(const struct subject *s, const char *key, const json_t *value)
{
	char_auto *lower = xstrdup(key);
	char_auto *path = xasprintf("metadata.annotations.%s", key);

	for (char *c = lower; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	if (!word_is_qualified_name(lower))
		findings_add(s->findings, "annotations", path, value,
			"write at most 63 letters, digits, - _ . behind an optional DOMAIN/",
			"has a key that no annotation can have");
	if (strcmp(key, OWN_ANNOTATION) == 0)
		findings_add(s->findings, "annotations", path, value,
			"leave it out; labels and annotations go to metadata",
			"is what Calico itself stores, and would replace the object's metadata");
}

static void judge_annotations(const struct subject *s)
{
	const json_t *annotations = subject_at(s, "metadata.annotations");
	const char *key;
	json_t *value;
	size_t bytes = 0;

	json_object_foreach((json_t *)(uintptr_t)annotations, key, value) {
		bytes += strlen(key) + json_string_length(value);
		judge_annotation(s, key, value);
	}
	if (bytes > ANNOTATIONS_MAX)
		findings_add(s->findings, "annotations", "metadata.annotations", NULL, NULL,
			"are %zu bytes; at most %d fit", bytes, ANNOTATIONS_MAX);
}

void validate_metadata(const struct subject *s)
{
	judge_name(s);
	judge_labels(s);
	judge_annotations(s);
}
