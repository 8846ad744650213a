/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes the corrected objects of a plan to a file for review. The server's objects stay unchanged.
 */
#include "base/file.h"
#include "engine/look/objects.h"
#include "run/run.h"

int run_write_fixes(struct ctx *ctx, const struct preflight *p, const char *release, struct err *e)
{
	const char *path = ctx->opt.fix;
	buf_auto text = { 0 };

	if (!path)
		return 0;
	if (p->fixed == 0) {
		out_note(&ctx->out, "%s is not written: no object needs a correction that is "
				 "known here; %zu need you",
			path, p->unfixed);
		return 0;
	}
	buf_printf(&text,
		"# Objects as %s takes them. Read each change, then: kubectl replace -f FILE\n"
		"# An object that was changed since is refused then; run the plan again.\n",
		release);
	buf_puts(&text, buf_str(p->fix));
	if (file_create(path, text.data, text.len, 0600, e) < 0)
		return -1;
	out_note(&ctx->out, "%s: %zu corrected object%s%s; review the file, then: kubectl "
			 "replace -f %s",
		path, p->fixed, p->fixed == 1 ? "" : "s",
		p->unfixed ? ", and some that still need you (see its comments)" : "", path);
	return 0;
}
