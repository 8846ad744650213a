/* SPDX-License-Identifier: Apache-2.0 */
#include "run/release.h"

#include <string.h>

#include "base/json.h"
#include "manifest/crd.h"
#include "manifest/nearest.h"
#include "manifest/source.h"

bool release_is_named(const struct ctx *ctx)
{
	return ctx->n_args > 0 || ctx->opt.file || ctx->opt.bundle || ctx->opt.url;
}

static bool lacks_any(const json_t *crds, const struct surface *f)
{
	for (size_t i = 0; i < f->n; i++)
		if (!crd_find(crds, f->crds[i].name))
			return true;
	return false;
}

json_t *release_known_crds(const struct catalog *c, const struct surfaces *s,
	enum manifest_set set, struct err *e)
{
	json_auto_t *crds = json_array();
	json_t *crd;
	size_t k;

	for (size_t i = 0; i < s->n; i++) {
		source_auto source = { 0 };
		const struct release *r;

		if (s->items[i].set != set || !lacks_any(crds, &s->items[i]))
			continue;
		r = catalog_find(c, set, s->items[i].version, e);
		if (!r || source_embedded(&source, r, set, e) < 0)
			return NULL;
		json_array_foreach(source.crds, k, crd)
			if (!crd_find(crds, crd_name(crd)))
				json_array_append(crds, crd);
	}
	return steal(&crds);
}

static void note_choice(struct ctx *ctx, const struct catalog *c, const struct release *r)
{
	err_auto unused = { 0 };
	const struct release *newest = catalog_find(c, ctx->opt.set.set, "latest", &unused);
	const char *dot = strrchr(r->version, '.');

	if (newest == r)
		return;
	out_note(&ctx->out,
		"no RELEASE is given: this is for %s, the newest patch of %.*s, which is there; "
		"\"calico-datastore %s latest\" is for %s",
		r->version, (int)(dot - r->version), r->version, ctx->cmd->name, newest->version);
}

int release_choose(struct ctx *ctx, const struct catalog *c, const struct surfaces *s,
	const json_t *live, const char *version, struct source *source, struct err *e)
{
	enum manifest_set set = ctx->opt.set.set;
	const struct release *r = nearest_default(s, c, set, live, version, e);

	if (!r || source_embedded(source, r, set, e) < 0 || select_exclude(ctx, source, e) < 0)
		return -1;
	note_choice(ctx, c, r);
	return 0;
}
