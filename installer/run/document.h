/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every command's answer has in common, written in one place: the head of a JSON document, the
 * flush of standard output, "the first error wins", and the missing rights of a 403. A command only
 * says what is its own: the rest of the document, and what it may ask the server for.
 *
 * The head: {apiVersion, kind, command, ok, changed, server, context, milliseconds, requests} and
 * error {kind, exitCode, message, remedy} when there is one. server and context are null as long as
 * no cluster was selected. With -o json every failure prints such a document, also one on the
 * command line and one before the command's own report begins.
 */
#ifndef RUN_DOCUMENT_H
#define RUN_DOCUMENT_H

#include <jansson.h>

#include "run/run.h"

/* The command's own fields of the document, for -o json; body is taken. kind: "Report", ... */
void document_put(struct ctx *ctx, const char *kind, json_t *body);
/*
 * The rights that an administrator is told about after a 403: those of this command (a name of
 * access_commands) for these CRDs, an array of names that is taken; NULL: all that may be asked
 * for. Without this call, the rights of the command itself for the CRDs of every release.
 */
void document_needs(struct ctx *ctx, const char *command, json_t *crd_names);
/* The same as an array of rights, which is taken. */
void document_needs_rights(struct ctx *ctx, const char *command, json_t *rights);

/*
 * Runs the command (NULL: the command line was wrong, and e says so), closes its datastore, and
 * writes standard output. Returns what becomes of the run.
 */
CHECKED int document_run(
	struct ctx *ctx, int (*run)(struct ctx *ctx, struct err *e), struct err *e);
/* {kind, exitCode, message, remedy}: a new object. */
json_t *document_error(const struct err *e);

#endif
