/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/json.h"
#include "cmd/commands.h"
#include "engine/act/probe.h"
#include "engine/look/check.h"
#include "engine/look/check_store.h"
#include "engine/look/crds.h"
#include "engine/look/readiness.h"
#include "engine/look/rights.h"
#include "engine/tell/report.h"
#include "manifest/crd.h"
#include "manifest/nearest.h"
#include "run/document.h"

enum { WAIT_FIRST_MS = 100, WAIT_LAST_MS = 2000 }; /* pauses between two checks */

struct run {
	struct ctx *ctx;
	struct catalog catalog;
	struct source source;
	struct check check;
	struct readiness readiness;
	char *mismatch;
	struct report report;
};

static void release(struct run *r)
{
	free(r->mismatch);
	readiness_release(&r->readiness);
	check_release(&r->check);
	source_release(&r->source);
	catalog_release(&r->catalog);
}

/* Reads CRDs by name, each with a GET. A CRD that does not exist is left out. */
static json_t *read_live(struct kube_api *api, const json_t *names, struct err *e)
{
	json_auto_t *crds = crds_read(api, names, e);
	json_t *live = crds ? json_object() : NULL, *crd;
	size_t i;

	json_array_foreach(crds, i, crd)
		json_object_set(live, crd_name(crd), crd);
	return live;
}

/* Reads the API's mode in a batch of its own: it decides what else is read. */
static int read_mode(struct kube_api *api, struct mode *m, struct err *e)
{
	kube_batch_auto b = { 0 };
	size_t at = mode_ask(&b);

	if (kube_batch_run(&b, api, e) < 0)
		return -1;
	mode_take(m, &b, at);
	if (m->known || !b.calls[at]->err.msg)
		return 0;
	err_move(e, &b.calls[at]->err);
	return -1;
}

/* For a server without a CRD of crd.projectcalico.org. */
static int match_v3(struct run *r, struct err *e)
{
	struct mode mode = { 0 };
	int rc = read_mode(r->ctx->at.cluster.api, &mode, e);

	if (rc == 0 && !mode_by_crds(&mode))
		rc = err_set(e, ERR_CHECK, 0,
			"%s has no Calico CRD; \"calico-datastore install\" creates them",
			r->ctx->at.cluster.config.server);
	if (rc == 0)
		r->source = (struct source){ .name = xstrdup(MODE_V3),
			.origin = xstrdup("its kinds"),
			.crds = mode_v3_crds() };
	mode_release(&mode);
	return rc;
}

/* Without a RELEASE: chooses the release that the live CRDs match, or the closest one. */
static int match_live(struct run *r, struct err *e)
{
	surfaces_auto surfaces = { 0 };

	if (source_surfaces(&surfaces, &r->catalog, e) < 0)
		return -1;
	if (r->ctx->opt.set.given) {
		surfaces_auto all = surfaces;

		surfaces_select(&surfaces, &all, r->ctx->opt.set.set, NULL);
	}
	json_auto_t *names = surfaces_names(&surfaces);
	json_auto_t *live = read_live(r->ctx->at.cluster.api, names, e);

	if (!live)
		return -1;
	if (!mode_has_v1(live))
		return match_v3(r, e);
	struct nearest_match match;

	if (nearest_find(&surfaces, &r->catalog, live, NULL, &match, e) < 0)
		return -1;
	if (!match.surface)
		return err_set(e, ERR_CHECK, 0,
			"%s has %zu Calico CRDs, and no release in this program has one of them; "
			"name the release to check against",
			r->ctx->at.cluster.config.server, json_object_size(live));
	const struct release *found =
		catalog_find(&r->catalog, match.surface->set, match.surface->last, e);

	if (!found)
		return -1;
	char_auto *age = nearest_age_text(&surfaces, &match);

	if (match.same < match.surface->n)
		out_note(&r->ctx->out,
			"the CRDs are %s; the nearest is %s, %zu of whose %zu CRDs are the same: "
			"\"calico-datastore plan %s\" shows the rest",
			age ? age : "not exactly those of a release", found->version, match.same,
			match.surface->n, found->version);
	return source_embedded(&r->source, found, match.surface->set, e);
}

/*
 * Compares with the version in ClusterInformation, which the running Calico writes. During an
 * upgrade that begins with the CRDs this version is older. So a difference is reported, and the
 * check does not fail.
 */
static void compare_versions(struct run *r)
{
	const char *says = r->check.identity.calico_version;
	const struct release *running = says ? catalog_by_version(&r->catalog, says) : NULL;
	const struct release *checked =
		r->source.name ? catalog_by_version(&r->catalog, r->source.name) : NULL;

	const char *runs = running ? release_surface(running, SET_CRDS) : NULL;
	const char *has = checked ? release_surface(checked, SET_CRDS) : NULL;

	if (runs && has && strcmp(runs, has) != 0)
		r->mismatch = xasprintf("ClusterInformation says %s, whose CRDs are other ones "
					"than those of %s",
			says, r->source.name);
	r->report.mismatch = r->mismatch;
}

/* The release whose tiers count: the named one, else the running one, else that of the CRDs. */
static const char *release_of(const struct run *r, bool selected)
{
	const char *running = r->check.identity.calico_version;

	return selected || !running ? r->source.name : running;
}

/* Without --for, a datastore that was never initialised only has to be readable. */
static enum readiness_verdict asked(const struct run *r)
{
	const struct identity *id = &r->check.identity;
	enum readiness_verdict verdict;
	const char *named = r->ctx->opt.verdict;

	if (named && readiness_parse(named, &verdict))
		return verdict;
	return id->information || json_object_size(r->check.tiers.found) > 0 ? READINESS_READY
									     : READINESS_READABLE;
}

/* Warns about the step that users must not forget. */
static void warn(const struct run *r)
{
	if (r->report.asked == READINESS_READABLE && !r->ctx->opt.verdict &&
		readiness_holds(&r->readiness, READINESS_READABLE) == 1)
		out_note(&r->ctx->out,
			"warning: Calico does not start on this datastore yet: it has no "
			"ClusterInformation and no tiers; \"calico-datastore initialise\" creates "
			"them, and \"check --for ready\" looks for them");
}

static int judge(struct run *r, bool selected, struct err *e)
{
	compare_versions(r);
	r->report.asked = asked(r);
	if (r->check.admission == ADMISSION_UNKNOWN && r->report.asked == READINESS_READY &&
		probe_admission(r->ctx->at.cluster.api, &r->check, e) < 0)
		return -1;
	readiness_of_check(&r->readiness, &r->check, release_of(r, selected));
	r->report.readiness = &r->readiness;
	warn(r);
	if (r->report.asked > READINESS_SERVED && check_verdict(&r->check, e) < 0)
		return -1;
	return readiness_require(&r->readiness, r->report.asked, e);
}

/*
 * The datastore has no CRDs, so RELEASE only sets the version that ClusterInformation should have.
 */
static int check_without_crds(struct run *r, bool selected, struct err *e)
{
	r->report.datastore = r->ctx->at.store.driver->type;
	r->report.check = &r->check;
	if (r->source.crds)
		r->report.source = &r->source;
	if (check_store(&r->check, &r->ctx->at.store, e) < 0)
		return -1;
	return judge(r, selected, e);
}

static int check_word(const struct ctx *ctx, struct err *e)
{
	enum readiness_verdict unused;

	if (!ctx->opt.verdict || readiness_parse(ctx->opt.verdict, &unused))
		return 0;
	return err_set(e, ERR_USAGE, 0, "--for %s: it is one of: served readable ready",
		ctx->opt.verdict);
}

static int check(struct run *r, struct err *e)
{
	struct ctx *ctx = r->ctx;
	bool selected = ctx->n_args > 0 || ctx->opt.file || ctx->opt.bundle || ctx->opt.url;

	if (check_word(ctx, e) < 0 || source_catalog(&r->catalog, e) < 0)
		return -1;
	/* Reports a wrong selection before any request. */
	if (selected && select_source(ctx, &r->catalog, &r->source, e) < 0)
		return -1;
	if (datastore_open(ctx, e) < 0)
		return -1;
	if (!ctx->at.store.driver->has_crds)
		return check_without_crds(r, selected, e);
	if (!r->source.crds && match_live(r, e) < 0)
		return -1;
	r->report.source = &r->source;
	document_needs(ctx, "check", access_crd_names(r->source.crds));
	for (size_t i = 0; !selected && i < ctx->opt.exclude.n; i++)
		if (source_exclude(&r->source, ctx->opt.exclude.items[i], e) < 0)
			return -1;
	r->report.check = &r->check;
	r->report.unread = &r->check.unread;
	if (ctx->opt.verdict && strcmp(ctx->opt.verdict, "served") == 0)
		check_init(&r->check, r->source.crds, true);
	else
		check_init_all(&r->check, r->source.crds);
	r->check.identify = true;
	r->check.release = r->source.name;
	r->check.release_wins = selected;
	check_want(&r->check, NULL);
	if (check_run(r->ctx->at.cluster.api, &r->check, 0, e) < 0)
		return -1;
	return judge(r, selected, e);
}

/*
 * True when a later try may have another result: the server answered with an error, or did not
 * answer.
 */
static bool may_pass(const struct err *e)
{
	return e->kind == ERR_CHECK || e->kind == ERR_NET || e->kind == ERR_API ||
	       e->kind == ERR_AUTH || e->kind == ERR_FORMAT;
}

static int not_in_time(const char *reason, struct err *e)
{
	return err_set(e, ERR_TIMEOUT, 0, "it did not hold in time; at last: %s", reason);
}

/* Each check begins anew: a token may be renewed, or a server replaced. */
static int check_until_it_holds(struct run *r, struct err *e)
{
	struct ctx *ctx = r->ctx;
	int64_t pause = WAIT_FIRST_MS;
	err_auto last = { 0 }; /* why the check before failed */

	for (;;) {
		err_auto again = { 0 };

		if (check(r, &again) == 0)
			return 0;
		bool known = ctx->at.server != NULL; /* otherwise no server was asked */

		/*
		 * When the deadline ends during a request, the error of the check before is
		 * reported.
		 */
		if (known && again.kind == ERR_TIMEOUT)
			return not_in_time(last.msg ? last.msg : again.msg, e);
		if (!known || !may_pass(&again)) {
			err_move(e, &again);
			return -1;
		}
		out_progress(&ctx->out, "waiting: %s", again.msg);
		if (now_ms() + pause >= ctx->deadline)
			return not_in_time(again.msg, e);
		err_release(&last);
		err_move(&last, &again);
		const struct calico_store *store = &ctx->at.store;

		if (store->driver->pause(store->store, pause, e) < 0)
			return -1;
		release(r);
		*r = (struct run){ .ctx = ctx };
		pause = pause * 2 < WAIT_LAST_MS ? pause * 2 : WAIT_LAST_MS;
	}
}

static void put_components(struct buf *out, const struct check *c)
{
	json_auto_t *rows = mode_components(&c->mode, &c->tigera);
	const json_t *row;
	size_t i;

	json_array_foreach(rows, i, row) {
		const char *reads = json_str(row, "reads");

		buf_printf(out, "# %-39s %-24s %s\n", json_str(row, "component"),
			reads ? reads : "not known", json_str(row, "why"));
	}
}

static void put_mode(struct buf *out, const struct check *c)
{
	char_auto *disagreement = mode_disagreement(&c->mode, &c->tigera);
	char_auto *leftover = mode_leftover(&c->mode);

	if (!c->identify || !c->mode.known)
		return;
	buf_puts(out, "# ");
	mode_text(out, &c->mode);
	buf_putc(out, '\n');
	if (c->mode.v3)
		put_components(out, c);
	if (leftover)
		buf_printf(out, "# %s\n", leftover);
	if (disagreement)
		buf_printf(out, "# %s\n", disagreement);
}

static void put_text(struct run *r)
{
	struct buf *out = &r->ctx->out.text;
	const struct check *c = &r->check;

	if (!r->report.check || c->n == 0)
		return;
	report_check_text(&r->ctx->out, &r->report);
	report_missing_text(out, &r->report);
	put_mode(out, c);
	if (r->mismatch)
		buf_printf(out, "# %s\n", r->mismatch);
	report_verdict(out, &r->report);
	buf_printf(out, ", %.2f s\n", r->report.seconds);
}

static int run(struct ctx *ctx, struct err *e)
{
	struct run r = { .ctx = ctx };
	int rc = ctx->opt.wait ? check_until_it_holds(&r, e) : check(&r, e);

	r.report.seconds = (double)(now_ms() - ctx->started) / 1000;
	r.report.failed = rc < 0;
	if (ctx->opt.output == OUTPUT_JSON)
		document_put(ctx, "Report", report_json(&r.report));
	else
		put_text(&r);
	release(&r);
	return rc;
}

const struct cmd cmd_check = {
	.name = "check",
	.args = "[RELEASE]",
	.summary = "prove that a datastore is served, readable and ready",
	.details =
		"Three verdicts; each needs those before it:\n"
		"  served    every kind of the release is served.\n"
		"  readable  every list can be read as calicoctl reads it.\n"
		"  ready     Calico starts. ClusterInformation has its GUID, type and\n"
		"            datastoreReady. The built-in tiers are there. No migration goes on.\n"
		"            In projectcalico.org/v3 the admission policies are in effect, which\n"
		"            a dry run proves.\n"
		"--for says which verdict is needed. Without it check needs ready, or readable as\n"
		"long as nobody has initialised the datastore. Without RELEASE, the CRDs are\n"
		"those of the release that they match, and the tiers are those of the release\n"
		"that runs. An init container waits with --wait.\n\n"
		"Examples:\n"
		"  calico-datastore check\n"
		"  calico-datastore check v3.29.1 -o json\n"
		"  calico-datastore check --for ready --wait --timeout 5m\n",
	.options = SOURCE_OPTIONS " for wait all-endpoints output quiet " CLUSTERS_OPTIONS " help",
	.outputs = "text json yaml",
	.max_args = 1,
	.run = run,
};
