/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/look/status.h"
#include "base/json.h"
#include "cmd/commands.h"
#include "engine/look/check_store.h"
#include "engine/look/readiness.h"
#include "engine/look/release.h"
#include "engine/tell/report.h"
#include "run/document.h"

struct run {
	struct ctx *ctx;
	struct catalog catalog;
	struct status status; /* only of a Kubernetes cluster */
	/* only of etcd */
	struct check check;
	struct datastore_release at;
	struct readiness readiness;
};

static void release(struct run *r)
{
	readiness_release(&r->readiness);
	datastore_release_release(&r->at);
	check_release(&r->check);
	status_release(&r->status);
	catalog_release(&r->catalog);
}

/* etcd: all kinds are read, and their objects are counted. */

static int look_etcd(struct run *r, struct err *e)
{
	struct ctx *ctx = r->ctx;

	out_note(&ctx->out, "status of etcd at %s", ctx->at.server);
	if (datastore_release_find(&r->at, &ctx->at.store, NULL, NULL, e) < 0 ||
		check_store(&r->check, &ctx->at.store, e) < 0)
		return -1;
	readiness_of_check(&r->readiness, &r->check, r->at.release);
	return 0;
}

static long count_objects(const struct check *c)
{
	long n = 0;

	for (size_t i = 0; i < c->n; i++)
		n += c->reads[i].count;
	return n;
}

static void put_etcd_verdict(struct buf *out, const struct run *r)
{
	const struct identity *id = &r->check.identity;

	buf_printf(out, "Calico %s (by %s): %ld objects; ", r->at.release, r->at.from,
		count_objects(&r->check));
	readiness_words(out, &r->readiness);
	if (id->not_ready)
		buf_puts(out, "; datastoreReady is false: the datastore is locked");
}

static void put_etcd_text(struct run *r)
{
	struct buf *out = &r->ctx->out.text;

	for (size_t i = 0; i < r->check.n; i++) {
		const struct check_read *read = &r->check.reads[i];

		if (read->count > 0 || read->problem)
			buf_printf(out, "%-32s %6ld%s%s\n", read->resource, read->count,
				read->problem ? "  " : "", read->problem ? read->problem : "");
	}
	readiness_text(out, &r->readiness, READINESS_READY, 0);
	buf_puts(out, "# ");
	put_etcd_verdict(out, r);
	buf_puts(out, "\n");
}

static json_t *etcd_json(const struct run *r)
{
	const struct identity *id = &r->check.identity;
	json_t *kinds = json_array();
	buf_auto verdict = { 0 };

	for (size_t i = 0; i < r->check.n; i++) {
		const struct check_read *read = &r->check.reads[i];

		json_array_append_new(kinds,
			json_pack("{s:s, s:o, s:I, s:s?}", "resource", read->resource, "objects",
				read->done || read->refused ? json_integer(read->count)
							    : json_null(),
				"refused", (json_int_t)read->refused, "problem", read->problem));
	}
	put_etcd_verdict(&verdict, r);
	json_t *json = json_pack("{s:s, s:s, s:{s:s, s:s}, s:o, s:{s:s?, s:s?, s:o}}", "datastore",
		r->ctx->at.store.driver->type, "verdict", buf_str(&verdict), "release", "name",
		r->at.release, "origin", r->at.from, "kinds", kinds, "calico", "version",
		id->calico_version, "clusterGUID", id->guid, "datastoreReady",
		identity_ready(id));

	readiness_json(json, &r->readiness);
	return json;
}

static int run_etcd(struct run *r, struct err *e)
{
	struct ctx *ctx = r->ctx;

	if (look_etcd(r, e) < 0)
		return -1;
	if (ctx->opt.output == OUTPUT_JSON)
		document_put(ctx, "Status", etcd_json(r));
	else
		put_etcd_text(r);
	if (check_verdict(&r->check, e) < 0)
		return -1;
	ctx->exit_code = readiness_holds(&r->readiness, READINESS_READY) == 1 ? 0 : 1;
	return 0;
}

static int look(struct run *r, struct err *e)
{
	if (source_catalog(&r->catalog, e) < 0)
		return -1;
	out_note(&r->ctx->out, "status of %s, context %s", r->ctx->at.cluster.config.server,
		r->ctx->at.cluster.config.context ? r->ctx->at.cluster.config.context : "(none)");
	return status_read(&r->status, r->ctx->at.cluster.api, &r->catalog, e);
}

static int run(struct ctx *ctx, struct err *e)
{
	struct run r = { .ctx = ctx };

	if (datastore_open(ctx, e) < 0)
		return -1;
	if (!ctx->at.store.driver->has_crds) {
		int etcd = run_etcd(&r, e);

		release(&r);
		return etcd;
	}
	int rc = look(&r, e);

	bool read = rc == 0;

	if (read && ctx->opt.output == OUTPUT_JSON)
		document_put(ctx, "Status", status_json(&r.status));
	else if (read)
		status_text(&ctx->out, &r.status);
	if (read && r.status.failed.kind)
		rc = err_set(e, r.status.failed.kind, r.status.failed.code,
			"%zu answers could not be read, one of them: %s",
			json_array_size(r.status.unread), r.status.failed.msg);
	else if (read && !status_ok(&r.status))
		ctx->exit_code = 1;
	release(&r);
	return rc;
}

const struct cmd cmd_status = {
	.name = "status",
	.args = "",
	.summary = "show the release of the CRDs, what differs, who manages them",
	.details =
		"Exits with 0 when every CRD is as one release has it, 1 when not, and 7 when\n"
		"this user may not read something: what was read is printed, and the missing\n"
		"rights. CRDs that only other releases have are reported and are no difference.\n"
		"Of etcd, it counts the objects of each kind and exits with 0 when Calico finds\n"
		"there what it needs to start.\n\n"
		"Example:\n"
		"  calico-datastore status -o json\n",
	.options = "output quiet " CLUSTERS_OPTIONS " help",
	.outputs = "text json yaml",
	.run = run,
};
