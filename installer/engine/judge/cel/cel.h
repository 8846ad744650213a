/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Common Expression Language (https://github.com/google/cel-spec) as the API server evaluates
 * it in x-kubernetes-validations: the values of a custom resource have the types of its schema
 * (k8s.io/apiserver/pkg/cel, release 1.34). Pure; bounded in depth, steps and memory. What is not
 * known here has no verdict.
 */
#ifndef ENGINE_JUDGE_CEL_CEL_H
#define ENGINE_JUDGE_CEL_CEL_H

#include "engine/judge/schema/node.h"
#include "engine/judge/schema/pattern.h"

enum cel_verdict {
	CEL_TRUE,
	CEL_FALSE,
	CEL_ERROR, /* the server evaluates it with an error, and refuses the object */
	CEL_UNKNOWN /* it has a function, an argument or a size that is not evaluated here */
};

/* Steps that all rules of one object may take together; the server has a limit of this size. */
enum { CEL_STEPS_MAX = 10000000 };

struct cel_input {
	const json_t *self;
	const json_t *old_self; /* NULL: there is none */
	const struct schema_node *schema; /* of both; not reduced */
	bool root; /* apiVersion, kind, metadata.name and .generateName are there without schema */
	bool optional_old_self;
	struct schema_patterns *patterns;
	size_t *steps; /* that are left */
};

struct cel_program;

/* Never NULL: a text that cannot be parsed makes a program without a verdict. Borrows nothing. */
struct cel_program *cel_program_new(const char *text);
void cel_program_free(struct cel_program *program);
bool cel_uses_old_self(const struct cel_program *program);
/* why: of an error or no verdict, in a few words, the caller's to free; otherwise NULL. */
enum cel_verdict cel_judge(
	const struct cel_program *program, const struct cel_input *input, char **why);
/* What the expression gives when that is a string; NULL: it is not. */
char *cel_text(const struct cel_program *program, const struct cel_input *input);

#endif
