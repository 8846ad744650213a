/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/judge/initial.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"

/* The tiers of all releases. v3.24 to v3.28 have none. */
static const struct initial_tier tiers[] = {
	{ "default", 1000000, "Deny", 29, 0, 32 },
	{ "adminnetworkpolicy", 1000, "Pass", 29, 31, 29 },
	{ "baselineadminnetworkpolicy", 10000000, "Pass", 30, 31, 30 },
	{ "kube-admin", 1000, "Pass", 32, 0, 32 },
	{ "kube-baseline", 10000000, "Pass", 32, 0, 32 },
};

const struct initial_tier *initial_tiers(size_t *n)
{
	*n = ARRAY_LEN(tiers);
	return tiers;
}

/* The minor version of v3; -1: not a version of v3. */
static int minor_of(const char *release)
{
	unsigned minor, patch;

	if (!release)
		return -1;
	release += *release == 'v';
	return sscanf(release, "3.%3u.%3u", &minor, &patch) == 2 ? (int)minor : -1;
}

bool initial_is_release(const char *release)
{
	return minor_of(release) >= 0;
}

bool initial_has_tier(const struct initial_tier *tier, const char *release)
{
	int minor = minor_of(release);

	return minor >= tier->since && (tier->until == 0 || minor <= tier->until);
}

json_t *initial_tier_object(const struct initial_tier *tier)
{
	return json_pack("{s:s, s:s, s:{s:s}, s:{s:I, s:s}}", "apiVersion", "projectcalico.org/v3",
		"kind", "Tier", "metadata", "name", tier->name, "spec", "order",
		(json_int_t)tier->order, "defaultAction", tier->action);
}

static bool is_set(const json_t *spec, const char *field)
{
	const json_t *value = json_object_get(spec, field);

	return value && !json_is_null(value) &&
	       !(json_is_string(value) && *json_string_value(value) == '\0');
}

/* True: the comma-separated list contains the word. */
static bool lists(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = list; p; p = strchr(p, ',')) {
		p += *p == ',';
		if (strncmp(p, word, len) == 0 && (p[len] == ',' || p[len] == '\0'))
			return true;
	}
	return false;
}

static bool complete_type(json_t *spec)
{
	const char *type = json_str(spec, "clusterType");

	if (is_set(spec, "clusterType") && (!type || lists(type, INITIAL_TYPE)))
		return false;
	char_auto *all = xasprintf("%s%s" INITIAL_TYPE, type ? type : "", type && *type ? "," : "");

	json_object_set_new(spec, "clusterType", json_string(all));
	return true;
}

json_t *initial_information(const json_t *stored, bool kubernetes, const char *guid)
{
	json_t *object = stored ? json_deep_copy(stored)
				: json_pack("{s:s, s:s, s:{s:s}}", "apiVersion",
					  "projectcalico.org/v3", "kind", "ClusterInformation",
					  "metadata", "name", "default");
	json_t *spec = json_object_get(object, "spec");
	bool changed = !stored;

	if (!json_is_object(spec)) {
		spec = json_object();
		json_object_set_new(object, "spec", spec);
	}
	if (!is_set(spec, "clusterGUID")) {
		json_object_set_new(spec, "clusterGUID", json_string(guid));
		changed = true;
	}
	if (kubernetes)
		changed = complete_type(spec) || changed;
	if (!is_set(spec, "datastoreReady")) {
		json_object_set_new(spec, "datastoreReady", json_true());
		changed = true;
	}
	if (changed)
		return object;
	json_decref(object);
	return NULL;
}
