/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Errors. A fallible function returns 0 or -1 and takes a struct err * last: never NULL, untouched
 * on success, set once where the failure happens, wrapped with a noun where a name becomes known.
 * Only main.c prints one. The struct owns its message, which is cleaned as base/out.h
 * says; zero is valid and releasable.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include "base/util.h"

/* kind, name in JSON, exit code, meaning (the man page lists the same rows) */
#define ERR_KINDS(X) \
	X(NONE, "none", 0, "success") \
	X(CHECK, "check", 1, "the datastore does not answer the reads that it should") \
	X(REFUSED, "refused", 1, "an object must not be written or deleted as it is") \
	X(USAGE, "usage", 2, "the command line is wrong") \
	X(IO, "io", 3, "a local file or stream cannot be read or written") \
	X(FORMAT, "format", 4, "a file or an answer is not what it should be") \
	X(VERIFY, "verify", 5, "content does not match its digest") \
	X(NET, "net", 6, "the server cannot be reached") \
	X(AUTH, "auth", 7, "the server does not accept or does not permit the user") \
	X(API, "api", 8, "the API server refused a request") \
	X(CONFLICT, "conflict", 9, "an object kept changing while it was written") \
	X(BLOCKED, "blocked", 10, "the plan has an object that must not be written") \
	X(TIMEOUT, "timeout", 124, "the deadline passed") \
	X(SIGNAL, "signal", 128, "interrupted; the exit code is 128 plus the signal's number")

enum err_kind {
#define ERR_ENUM(id, name, exit_code, meaning) ERR_##id,
	ERR_KINDS(ERR_ENUM)
#undef ERR_ENUM
};

struct err {
	enum err_kind kind;
	/* errno, CURLcode, HTTP status or signal number, depending on the kind; 0: none */
	long code;
	char *msg;
	const char *flag; /* the option that the message begins with: a literal; NULL: none */
	char *remedy; /* lines to print after msg, such as YAML to apply; NULL: none */
};

/* Both return -1, so that a failing path is one statement. */
int err_set(struct err *e, enum err_kind kind, long code, const char *fmt, ...) PRINTF(4, 5);
/* puts "text: " before the message */
int err_wrap(struct err *e, const char *fmt, ...) PRINTF(2, 3);
/* Puts "--FLAG: " before the message and notes the flag, a literal. */
int err_blame(struct err *e, const char *flag);
void err_copy(struct err *to, const struct err *from); /* an error without a kind stays so */
void err_move(struct err *to, struct err *from); /* afterwards from is zero */
void err_release(struct err *e);

const char *err_kind_name(enum err_kind kind);
int err_exit_code(const struct err *e);

#define err_auto __attribute__((cleanup(err_release))) struct err

#endif
