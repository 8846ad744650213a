/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "engine/judge/cel/parts.h"

enum { CHUNK = 4096 };

struct cel_chunk {
	struct cel_chunk *next;
	size_t used, size;
	_Alignas(16) char data[];
};

void *cel_alloc(struct cel_arena *arena, size_t size)
{
	struct cel_chunk *c = arena->chunks;
	void *p;

	size = (size + 15) & ~(size_t)15;
	if (arena->max && (size > arena->max || arena->used > arena->max - size))
		return NULL;
	if (!c || c->size - c->used < size) {
		size_t n = size > CHUNK ? size : CHUNK;

		c = xcalloc(1, sizeof(*c) + n);
		c->size = n;
		c->next = arena->chunks;
		arena->chunks = c;
	}
	p = c->data + c->used;
	c->used += size;
	arena->used += size;
	return p;
}

char *cel_copy(struct cel_arena *arena, const char *text, size_t n)
{
	char *copy = cel_alloc(arena, n + 1);

	if (copy && n > 0)
		memcpy(copy, text, n);
	return copy;
}

void cel_arena_release(struct cel_arena *arena)
{
	for (struct cel_chunk *c = arena->chunks, *next; c; c = next) {
		next = c->next;
		free(c);
	}
	*arena = (struct cel_arena){ .max = arena->max };
}
