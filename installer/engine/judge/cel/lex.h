/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens of an expression. */
#ifndef ENGINE_JUDGE_CEL_LEX_H
#define ENGINE_JUDGE_CEL_LEX_H

#include "engine/judge/cel/parts.h"

enum cel_token_kind {
	CEL_T_END,
	CEL_T_WRONG, /* no token; problem says why */
	CEL_T_NAME,
	CEL_T_LITERAL, /* value */
	CEL_T_SIGN /* an operator or bracket; text */
};

struct cel_token {
	enum cel_token_kind kind;
	const char *start;
	size_t n;
	struct cel_value value;
};

struct cel_lexer {
	const char *at;
	struct cel_arena *arena;
	struct cel_token token; /* the next token */
	const char *problem;
};

void cel_advance(struct cel_lexer *l);
/* Takes "-" and a number as one literal: the least integer has no other form. */
bool cel_take_negative(struct cel_lexer *l);

#endif
