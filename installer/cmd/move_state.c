/* SPDX-License-Identifier: Apache-2.0 */
/* The state of a move between its runs, in a file beside the backup. */
#include <unistd.h>

#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "cmd/move_parts.h"

enum { MAX_STATE = 64 << 20 };

static const char *const names[] = { "new", "locking", "saved", "proven", "finished", "aborted" };

const char *move_phase_name(enum move_phase phase)
{
	return names[phase];
}

static int check(struct move_cmd *c, struct err *e)
{
	const char *kind = json_str(c->state, "kind"), *phase = json_str(c->state, "phase");

	for (size_t i = MOVE_LOCKING; phase && i < ARRAY_LEN(names); i++)
		if (strcmp(phase, names[i]) == 0)
			c->phase = (enum move_phase)i;
	if (!kind || strcmp(kind, "Move") != 0 || c->phase == MOVE_NEW ||
		!json_is_object(json_object_get(c->state, "nodes")) ||
		!json_is_object(json_object_get(c->state, "annotations")) ||
		!json_is_array(json_object_get(c->state, "customResourceDefinitions")) ||
		!json_str(c->state, "release"))
		return err_set(e, ERR_FORMAT, 0,
			"%s: it is not what a move has left; a move with another --backup begins "
			"anew",
			c->state_path);
	return 0;
}

int move_state_read(struct move_cmd *c, struct err *e)
{
	buf_auto text = { 0 };

	if (!c->state_path || access(c->state_path, F_OK) < 0)
		return 0;
	if (buf_read_file(&text, c->state_path, MAX_STATE, e) < 0)
		return -1;
	c->state = json_parse(buf_str(&text), text.len, e);
	return c->state ? check(c, e) : err_wrap(e, "%s", c->state_path);
}

/* The annotations that the nodes to be written had before the move. */
static json_t *annotations_before(const struct move *m)
{
	json_t *out = json_object(), *name;
	const char *old;

	json_object_foreach(m->nodes, old, name)
		if (json_is_string(name))
			json_object_set(out, json_string_value(name),
				json_object_get(m->cluster_nodes, json_string_value(name)));
	return out;
}

static json_t *new_crds(const struct plan *p)
{
	json_t *list = json_array();

	for (size_t i = 0; i < p->n; i++)
		if (p->items[i].verdict == PLAN_CREATE)
			json_array_append_new(list, json_string(p->items[i].name));
	return list;
}

static int save(struct move_cmd *c, struct err *e)
{
	buf_auto text = { 0 };

	json_write(&text, c->state, JSON_STYLE_INDENT);
	buf_putc(&text, '\n');
	return file_replace(c->state_path, text.data, text.len, 0600, e);
}

int move_state_begin(struct move_cmd *c, struct err *e)
{
	const struct move *m = &c->move;
	char now[32];

	now_rfc3339(now);
	c->state = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:O?, s:O?, s:s, s:b, s:O, s:o, "
			     "s:o}",
		"apiVersion", REPORT_API_VERSION, "kind", "Move", "begun", now, "phase",
		names[MOVE_LOCKING], "release", c->to.release, "target",
		c->ctx->at.cluster.config.server, "clusterUID", c->cluster_uid, "clusterGUID",
		m->guid, "source", c->ctx->at.server, "sourceWasReady",
		!m->locked, "nodes", m->nodes, "annotations", annotations_before(m),
		"customResourceDefinitions", new_crds(&c->plan));
	c->phase = MOVE_LOCKING;
	return save(c, e);
}

int move_state_set(struct move_cmd *c, enum move_phase phase, struct err *e)
{
	c->phase = phase;
	json_object_set_new(c->state, "phase", json_string(names[phase]));
	return save(c, e);
}
