/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/json.h"
#include "engine/look/move.h"

/* One kind that is being listed. */
struct side {
	const struct move *m;
	const struct calico_kind *kind;
	json_t *seen; /* keys of the objects read */
	struct move_lines lines;
};

/* "Kind/NAMESPACE/NAME" without its kind. */
static const char *name_in(const char *key)
{
	return strchr(key, '/') + 1;
}

static void take_object(void *arg, const json_t *object)
{
	struct side *s = arg;
	char_auto *key = move_key(s->kind, object);
	const char *wanted = json_string_value(json_object_get(s->m->expected, key));
	char digest[33];

	move_digest(object, digest);
	json_object_set_new(s->seen, key, json_true());
	if (!wanted)
		move_add_line(&s->lines, s->kind->kind, NULL, name_in(key),
			"the source has no such object");
	else if (strcmp(wanted, digest) != 0)
		move_add_line(&s->lines, s->kind->kind, NULL, name_in(key),
			"it is not what the source has");
}

static void take_problem(void *arg, const char *text)
{
	struct side *s = arg;

	move_add_line(&s->lines, s->kind->kind, NULL, "(unreadable)", text);
}

static void restart(void *arg)
{
	struct side *s = arg;

	json_object_clear(s->seen);
	json_array_clear(s->lines.items);
	s->lines.n = 0;
}

static void merge(struct move_lines *to, const struct move_lines *from)
{
	const json_t *line;
	size_t i;

	json_array_foreach(from->items, i, line)
		if (json_array_size(to->items) < MOVE_LINES)
			json_array_append(to->items, (json_t *)(uintptr_t)line);
	to->n += from->n;
}

/*
 * A CRD that does not exist has no objects. Kinds are read one after the other, since pages of
 * blocks are large.
 */
static int compare_kind(struct side *s, const struct calico_store *target,
	struct move_lines *different, json_t *seen, struct err *e)
{
	const struct calico_sink sink = { s, take_object, take_problem, restart, NULL };
	struct calico_list list = { .kind = s->kind, .sink = &sink };
	int rc = target->driver->list(target->store, &list, 1, e);

	if (rc == 0 && list.failed.kind && list.failed.kind != ERR_CHECK) {
		err_move(e, &list.failed);
		rc = -1;
	}
	merge(different, &s->lines);
	json_object_update(seen, s->seen);
	calico_list_release(&list);
	return rc;
}

static void find_missing(const struct move *m, const json_t *seen, struct move_lines *missing)
{
	json_t *digest;
	const char *key;

	json_object_foreach(m->expected, key, digest) {
		char_auto *kind = xstrndup(key, strcspn(key, "/"));

		if (strcmp(kind, "Node") != 0 && !json_object_get(seen, key))
			move_add_line(missing, kind, NULL, name_in(key), "it is not there");
	}
}

int move_compare(struct move *m, const struct calico_store *target, struct move_lines *different,
	struct move_lines *missing, struct err *e)
{
	json_auto_t *seen = json_object();
	int rc = 0;

	for (size_t i = 0; i < m->n && rc == 0; i++) {
		struct side s = { .m = m, .kind = m->kinds[i].kind };

		if (!m->kinds[i].crd)
			continue;
		s.seen = json_object();
		s.lines.items = json_array();
		rc = compare_kind(&s, target, different, seen, e);
		json_decref(s.seen);
		json_decref(s.lines.items);
	}
	if (rc == 0 && missing)
		find_missing(m, seen, missing);
	return rc;
}
