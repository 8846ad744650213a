/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/json.h"
#include "engine/look/move.h"

/* One kind while it is listed. */
struct side {
	const struct move *m;
	const struct calico_kind *kind;
	json_t *seen; /* keys */
	struct move_lines lines;
};

/* "Kind/NAMESPACE/NAME" without the kind. */
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

/* A CRD that is not there has no objects. */
static int settle(struct side *s, struct calico_list *list, struct move_lines *different,
	json_t *seen, struct err *e)
{
	int rc = 0;

	if (list->failed.kind && list->failed.kind != ERR_CHECK) {
		err_move(e, &list->failed);
		rc = -1;
	}
	merge(different, &s->lines);
	json_object_update(seen, s->seen);
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
	struct side *sides = xcalloc(m->n, sizeof(*sides));
	struct calico_sink *sinks = xcalloc(m->n, sizeof(*sinks));
	struct calico_list *lists = xcalloc(m->n, sizeof(*lists));
	json_auto_t *seen = json_object();
	size_t n = 0;

	for (size_t i = 0; i < m->n; i++) {
		if (!m->kinds[i].crd)
			continue;
		sides[n] = (struct side){ .m = m,
			.kind = m->kinds[i].kind,
			.seen = json_object(),
			.lines.items = json_array() };
		sinks[n] = (struct calico_sink){ &sides[n], take_object, take_problem, restart,
			NULL };
		lists[n] = (struct calico_list){ .kind = m->kinds[i].kind, .sink = &sinks[n] };
		n++;
	}
	int rc = target->driver->list(target->store, lists, n, e);

	for (size_t i = 0; i < n; i++) {
		if (rc == 0)
			rc = settle(&sides[i], &lists[i], different, seen, e);
		json_decref(sides[i].seen);
		json_decref(sides[i].lines.items);
		calico_list_release(&lists[i]);
	}
	if (rc == 0 && missing)
		find_missing(m, seen, missing);
	free(lists);
	free(sinks);
	free(sides);
	return rc;
}
