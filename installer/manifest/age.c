/* SPDX-License-Identifier: Apache-2.0 */
#include "manifest/age.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/json.h"
#include "manifest/crd.h"
#include "manifest/source.h"

void floor_mark(struct source *s)
{
	const json_t *crd;
	size_t i;

	if (!s->signed_by)
		return;
	char_auto *value = xasprintf("key=%s time=%lld sequence=%lld", s->signed_by,
		(long long)s->signed_time, (long long)s->signed_sequence);

	json_array_foreach(s->crds, i, crd) {
		json_t *metadata = json_object_get(crd, "metadata");
		json_t *annotations = json_object_get(metadata, "annotations");

		if (!json_is_object(annotations)) {
			annotations = json_object();
			json_object_set_new(metadata, "annotations", annotations);
		}
		json_object_set_new(annotations, FLOOR_ANNOTATION, json_string(value));
	}
}

/* Compares the sequence numbers when both have one, else the times. */
static bool is_older(const struct source *s, long long time, long long sequence)
{
	if (s->signed_sequence >= 0 && sequence >= 0)
		return s->signed_sequence < sequence;
	return s->signed_time < time;
}

/* The annotation of a live CRD, when it names the same key and a newer bundle; else NULL. */
static const char *newer_mark(const struct source *s, const json_t *crd)
{
	const char *value =
		json_str(json_at(crd, "metadata", "annotations", NULL), FLOOR_ANNOTATION);
	long long time, sequence;
	char key[17];

	return value &&
			       sscanf(value, "key=%16[0-9A-F] time=%lld sequence=%lld", key, &time,
				       &sequence) == 3 &&
			       strcmp(key, s->signed_by) == 0 && is_older(s, time, sequence)
		       ? value
		       : NULL;
}

int floor_check(const struct source *s, const json_t *live, struct err *e)
{
	const char *name;
	json_t *crd;

	if (!s->signed_by)
		return 0;
	json_object_foreach((json_t *)(uintptr_t)live, name, crd) {
		const char *value = newer_mark(s, crd);

		if (value)
			return err_set(e, ERR_BLOCKED, 0,
				"nothing was written: %s is from a newer bundle (%s) than %s "
				"(time=%lld sequence=%lld); --allow-downgrade goes back",
				name, value, s->origin, (long long)s->signed_time,
				(long long)s->signed_sequence);
	}
	return 0;
}

void floor_keep(struct source *s, const json_t *live)
{
	json_t *crd;
	size_t i;

	if (!s->signed_by)
		return;
	json_array_foreach(s->crds, i, crd) {
		json_t *metadata = json_object_get(crd, "metadata");

		if (newer_mark(s, json_object_get(live, json_str(metadata, "name"))))
			json_object_del(json_object_get(metadata, "annotations"), FLOOR_ANNOTATION);
	}
}

/* "2026-11-23", "2026-11-23T10:00:00Z", "1763892000" */
static int parse_time(const char *text, int64_t *seconds)
{
	struct tm tm = { 0 };
	const char *end = strptime(text, "%Y-%m-%d", &tm);

	if (end && *end == 'T')
		end = strptime(end, "T%H:%M:%SZ", &tm);
	if (end && !*end) {
		*seconds = timegm(&tm);
		return 0;
	}
	if (!*text || strlen(text) > 12 || text[strspn(text, "0123456789")])
		return -1;
	*seconds = strtoll(text, NULL, 10);
	return 0;
}

int floor_not_older_than(const struct source *s, const char *limit, struct err *e)
{
	int64_t wanted, has;
	bool sequence = *limit == '#';

	if (sequence ? !isdigit((unsigned char)limit[1]) ||
				limit[1 + strspn(limit + 1, "0123456789")]
		     : parse_time(limit, &wanted) < 0)
		return err_set(e, ERR_USAGE, 0,
			"--not-older-than %s: write a day (2026-11-23), a time "
			"(2026-11-23T10:00:00Z) or #SEQUENCE",
			limit);
	if (sequence)
		wanted = strtoll(limit + 1, NULL, 10);
	if (!s->signed_by)
		return err_set(e, ERR_USAGE, 0,
			"--not-older-than: only a signature has a time; give --public-key or "
			"--key-dir");
	has = sequence ? s->signed_sequence : s->signed_time;
	if (has < 0)
		return err_set(e, ERR_VERIFY, 0, "%s: its signature has no %s",
			s->origin, sequence ? "sequence number" : "time");
	if (has < wanted)
		return err_set(e, ERR_VERIFY, 0, "%s: it is older than %s (%s %lld)", s->origin,
			limit, sequence ? "sequence" : "time", (long long)has);
	return 0;
}
