/* SPDX-License-Identifier: Apache-2.0 */
#include "calico/write/subject.h"

#include <string.h>

#include "base/json.h"

struct subject subject_of(const struct calico_kind *kind, const json_t *object,
	const struct write_target *t, struct write_findings *f)
{
	const json_t *spec = json_object_get(object, "spec");
	const char *name = json_str(json_object_get(object, "metadata"), "name");

	return (struct subject){ .kind = kind,
		.object = object,
		.spec = json_is_object(spec) ? spec : object,
		.name = name ? name : "",
		.target = t,
		.findings = f };
}

bool subject_is(const struct subject *s, const char *kind)
{
	return strcmp(s->kind->kind, kind) == 0;
}

bool subject_is_policy(const struct calico_kind *kind)
{
	static const char *const kinds[] = { "GlobalNetworkPolicy", "NetworkPolicy",
		"StagedGlobalNetworkPolicy", "StagedNetworkPolicy" };

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (strcmp(kinds[i], kind->kind) == 0)
			return true;
	return false;
}

const char *subject_tier(const json_t *object)
{
	const char *tier = json_str(json_object_get(object, "spec"), "tier");

	return tier && *tier ? tier : "default";
}

const json_t *subject_at(const struct subject *s, const char *path)
{
	const json_t *value = s->object;

	while (*path && value) {
		size_t n = strcspn(path, ".[");

		if (n > 0) {
			char_auto *key = xstrndup(path, n);

			value = json_object_get(value, key);
		}
		path += n;
		if (*path == '[') {
			value = json_array_get(value, strtoul(path + 1, NULL, 10));
			path = strchr(path, ']') + 1;
		}
		path += *path == '.';
	}
	return value;
}

const char *subject_text(const struct subject *s, const char *path)
{
	const char *text = json_string_value(subject_at(s, path));

	return text ? text : "";
}

bool subject_has(const struct subject *s, const char *path)
{
	const json_t *v = subject_at(s, path);

	return v && !json_is_null(v) && !json_is_false(v) &&
	       !(json_is_string(v) && json_string_length(v) == 0) &&
	       !(json_is_array(v) && json_array_size(v) == 0);
}

void subject_refuse(const struct subject *s, const char *rule, const char *path,
	const char *remedy, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	char_auto *why = xvasprintf(fmt, ap);

	va_end(ap);
	findings_add(s->findings, rule, path, subject_at(s, path), remedy, "%s", why);
}
