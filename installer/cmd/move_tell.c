/* SPDX-License-Identifier: Apache-2.0 */
/* The report of a move. */
#include <string.h>

#include "base/json.h"
#include "cmd/move_parts.h"

enum { SHOWN = 20, WRITES_PER_READ = 3 };

static size_t sum(const struct move *m, size_t at)
{
	size_t n = 0;

	for (size_t i = 0; i < m->n; i++)
		n += *(const size_t *)(const void *)((const char *)&m->kinds[i] + at);
	return n;
}

#define SUM(m, field) sum(m, offsetof(struct move_kind, field))

/*
 * Estimates the time of the lock. The source is read twice. A request to the target takes as long
 * as a question about rights, and a write takes longer.
 */
static double lock_seconds(const struct move_cmd *c)
{
	double each = c->rights > 0 ? c->rights_seconds / (double)c->rights : 0;

	return 2 * c->read_seconds + WRITES_PER_READ * each * (double)move_count(&c->move);
}

static void put_kinds(struct buf *out, const struct move *m)
{
	buf_printf(out, "%-30s %7s %7s %8s %7s %7s %8s\n", "KIND", "FOUND", "MOVE", "RENAMED",
		"MADE", "LEFT", "BLOCKED");
	for (size_t i = 0; i < m->n; i++) {
		const struct move_kind *k = &m->kinds[i];

		if (k->found > 0)
			buf_printf(out, "%-30s %7zu %7zu %8zu %7zu %7zu %8zu\n", k->kind->plural,
				k->found, k->moves, k->renamed, k->made, k->left, k->blocked);
	}
}

static void put_lines(struct move_cmd *c, const struct move_lines *l, const char *head)
{
	struct out *out = &c->ctx->out;
	const json_t *line;
	size_t i;

	if (l->n == 0)
		return;
	out_line(out, STYLE_PLAIN, "%s (%zu):", head, l->n);
	json_array_foreach(l->items, i, line) {
		const char *ns = json_str(line, "namespace"), *why = json_str(line, "problem");

		if (i >= SHOWN)
			break;
		out_line(out, STYLE_PLAIN, "  %s/%s%s%s%s%s", json_str(line, "kind"), ns ? ns : "",
			ns ? "/" : "", json_str(line, "name"), why ? ": " : "", why ? why : "");
	}
	if (l->n > SHOWN)
		out_line(out, STYLE_PLAIN, "  and %zu more; -o json lists them", l->n - SHOWN);
}

static void put_nodes(struct move_cmd *c)
{
	struct out *out = &c->ctx->out;
	json_t *name;
	const char *old;
	size_t n = 0;

	json_object_foreach(c->move.nodes, old, name) {
		if (json_is_string(name) && strcmp(old, json_string_value(name)) == 0)
			continue;
		if (n++ < SHOWN)
			out_line(out, STYLE_PLAIN, "node %s -> %s", old,
				json_is_string(name) ? json_string_value(name) : "(left behind)");
	}
	if (n > SHOWN)
		out_line(out, STYLE_PLAIN, "and %zu more nodes; -o json lists them", n - SHOWN);
}

static void put_look(struct move_cmd *c)
{
	struct buf *out = &c->ctx->out.text;
	const struct move *m = &c->move;

	put_kinds(out, m);
	put_nodes(c);
	put_lines(c, &m->blocked, "cannot move as they are");
	put_lines(c, &m->left, "left behind");
	put_lines(c, &m->lossy, "lose a field");
	put_lines(c, &c->occupied, "in the target already");
	put_lines(c, &c->different, "different on both sides");
	buf_printf(out, "IPAM: %zu addresses in use; %zu objects get defaults of the CRDs\n",
		m->addresses, SUM(m, filled));
}

static void put_next(struct move_cmd *c, const char *flag, const char *what)
{
	struct buf *out = &c->ctx->out.text;

	buf_puts(out, "  calico-datastore move");
	run_put_option(out, "--to", c->ctx->opt.to);
	run_put_option(out, "--backup", c->ctx->opt.backup);
	run_put_option(out, "--config", c->ctx->opt.config);
	buf_printf(out, "%s%s  # %s\n", *flag ? " " : "", flag, what);
}

static void put_finished(struct move_cmd *c)
{
	struct buf *out = &c->ctx->out.text;

	buf_printf(out,
		"# finished: the target is unlocked; etcd stays locked\n"
		"Now change every component, nodes one after the other:\n"
		"  calico/node, typha, kube-controllers: DATASTORE_TYPE=kubernetes, and no ETCD_*\n"
		"  the CNI configuration of each node: \"datastore_type\": \"kubernetes\", and no "
		"etcd_*\n"
		"  calicoctl.cfg: datastoreType: kubernetes\n"
		"To go back: change the components back, unlock etcd with \"calicoctl datastore "
		"migrate unlock\".\n"
		"etcd has what it had when it was locked; %s has it as well.\n",
		c->ctx->opt.backup);
}

static void put_verdict(struct move_cmd *c)
{
	struct buf *out = &c->ctx->out.text;
	const struct move *m = &c->move;

	if (c->ctx->opt.dry_run) {
		buf_printf(out,
			"# dry run: %zu of %zu objects move; CRDs: %zu to create; both sides would "
			"be locked for about %.0f s\n",
			move_count(m), SUM(m, found), plan_count(&c->plan, PLAN_CREATE),
			lock_seconds(c) + 1);
		if (json_array_size(c->denied) > 0)
			buf_printf(out,
				"# %zu rights are missing: \"calico-datastore rbac move\"\n",
				json_array_size(c->denied));
		return;
	}
	if (c->phase == MOVE_PROVEN) {
		buf_printf(out,
			"# proven: %zu objects and %zu addresses are the same on both sides, both "
			"are locked\n",
			move_count(m), m->addresses);
		put_next(c, "--finish", "unlock the target");
		put_next(c, "--abort", "empty the target, unlock etcd");
	} else if (c->phase == MOVE_FINISHED) {
		put_finished(c);
	} else if (c->phase == MOVE_ABORTED) {
		put_lines(c, &c->kept, "not deleted");
		buf_puts(out,
			c->kept.n > 0 ? "# given up: etcd is unlocked; the target keeps what is "
					"listed\n"
				      : "# given up: the target has nothing of this move, etcd is "
					"unlocked\n");
	}
}

void move_put_text(struct move_cmd *c, int rc)
{
	if (c->looked)
		put_look(c);
	if (rc == 0) {
		put_verdict(c);
	} else if (c->phase == MOVE_LOCKING || c->phase == MOVE_SAVED) {
		buf_puts(&c->ctx->out.text, "# not done; run one of these:\n");
		put_next(c, "", "go on");
		put_next(c, "--abort", "empty the target, unlock etcd");
	}
}

/* JSON */

static json_t *lines_json(const struct move_lines *l)
{
	return json_pack("{s:I, s:O}", "count", (json_int_t)l->n, "items",
		l->items ? l->items : json_null());
}

static json_t *kinds_json(const struct move *m)
{
	json_t *list = json_array();

	for (size_t i = 0; i < m->n; i++) {
		const struct move_kind *k = &m->kinds[i];

		if (k->found > 0)
			json_array_append_new(list,
				json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "name",
					k->kind->plural, "found", (json_int_t)k->found, "move",
					(json_int_t)k->moves, "renamed", (json_int_t)k->renamed,
					"filled", (json_int_t)k->filled, "made",
					(json_int_t)k->made, "left", (json_int_t)k->left, "blocked",
					(json_int_t)k->blocked));
	}
	return list;
}

json_t *move_json(const struct move_cmd *c)
{
	const struct move *m = &c->move;
	json_t *json = json_pack("{s:s, s:s, s:s, s:s?, s:s?}", "phase", move_phase_name(c->phase),
		"release", c->to.release, "releaseFrom", c->from.from, "backup",
		c->ctx->opt.backup, "stateFile", c->state_path);

	if (!c->looked)
		return json;
	json_object_set_new(json, "kinds", kinds_json(m));
	json_object_set(json, "nodes", m->nodes);
	json_object_set_new(json, "addresses", json_integer((json_int_t)m->addresses));
	json_object_set_new(json, "blocked", lines_json(&m->blocked));
	json_object_set_new(json, "left", lines_json(&m->left));
	json_object_set_new(json, "lossy", lines_json(&m->lossy));
	json_object_set_new(json, "renamed", lines_json(&m->renamed));
	json_object_set_new(json, "occupied", lines_json(&c->occupied));
	json_object_set_new(json, "different", lines_json(&c->different));
	json_object_set_new(json, "customResourceDefinitionsToCreate",
		json_integer((json_int_t)plan_count(&c->plan, PLAN_CREATE)));
	if (c->denied)
		json_object_set_new(json, "missingRights",
			json_integer((json_int_t)json_array_size(c->denied)));
	if (c->ctx->opt.dry_run)
		json_object_set_new(json, "lockSeconds", json_real(lock_seconds(c)));
	return json;
}
