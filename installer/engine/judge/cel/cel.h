/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Common Expression Language (https://github.com/google/cel-spec), as the API server evaluates
 * it in x-kubernetes-validations. Values of a custom resource have the types of its schema
 * (k8s.io/apiserver/pkg/cel, release 1.34). Pure; bounded in depth, steps and memory. What this
 * evaluator does not know has no verdict.
 */
#ifndef ENGINE_JUDGE_CEL_CEL_H
#define ENGINE_JUDGE_CEL_CEL_H

#include "engine/judge/schema/node.h"
#include "engine/judge/schema/pattern.h"

enum cel_verdict {
	CEL_TRUE,
	CEL_FALSE,
	/* the server's evaluation ends with an error, and the server refuses the object */
	CEL_ERROR,
	/* this evaluator does not know a function or an argument, or the value is too large */
	CEL_UNKNOWN
};

/* Limit of steps for all rules of one object. The server's limit has about the same size. */
enum { CEL_STEPS_MAX = 10000000 };

struct cel_input {
	const json_t *self;
	const json_t *old_self; /* NULL: no old value */
	const struct schema_node *schema; /* schema of both; not reduced */
	bool root; /* apiVersion, kind, metadata.name and .generateName exist without a schema */
	bool optional_old_self;
	struct schema_patterns *patterns;
	size_t *steps; /* steps that are left */
};

struct cel_program;

/* Never NULL: for text that is no expression, the program has no verdict. Borrows nothing. */
struct cel_program *cel_program_new(const char *text);
void cel_program_free(struct cel_program *program);
bool cel_uses_old_self(const struct cel_program *program);
/* why: for an error or no verdict, a few words that the caller frees; else NULL. */
enum cel_verdict cel_judge(
	const struct cel_program *program, const struct cel_input *input, char **why);
/* The string that the expression returns; NULL: another type. The caller frees it. */
char *cel_text(const struct cel_program *program, const struct cel_input *input);

#endif
