/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The common part of all commands' answers: the head of the JSON document, the flush of standard
 * output, the choice of the first error, and the missing rights after a 403. A command adds only
 * its own fields of the document, and the rights that it may need.
 *
 * The head: {apiVersion, kind, command, ok, changed, server, context, milliseconds, requests} and
 * error {kind, exitCode, message, remedy} when there is one. server and context are null until a
 * cluster is selected. With -o json every failure prints such a document: also a wrong command
 * line, and a failure before the command's own report begins.
 */
#ifndef RUN_DOCUMENT_H
#define RUN_DOCUMENT_H

#include <jansson.h>

#include "run/run.h"

/* The command's own fields of the document, for -o json; body is taken. kind: "Report", ... */
void document_put(struct ctx *ctx, const char *kind, json_t *body);
/*
 * Sets the rights that a 403's message lists: those of this command (a name of access_commands) for
 * these CRDs, an array of names that is taken. NULL: all that the command may need. Without this
 * call, the rights of ctx->cmd for the CRDs of every release.
 */
void document_needs(struct ctx *ctx, const char *command, json_t *crd_names);
/* Sets these rights directly, as an array that is taken. */
void document_needs_rights(struct ctx *ctx, const char *command, json_t *rights);

/*
 * Runs the command, closes its datastore, and writes standard output. Returns the result of the
 * run. run NULL: the command line was wrong, and e says why.
 */
CHECKED int document_run(
	struct ctx *ctx, int (*run)(struct ctx *ctx, struct err *e), struct err *e);
/* {kind, exitCode, message, remedy} of an error: a new object. */
json_t *document_error(const struct err *e);

#endif
