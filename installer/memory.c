/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When memory runs out, the program ends with exit code 70, also inside libraries, which would not
 * recover. The linker redirects the calls of libraries to these functions (--wrap).
 */
#include <stddef.h>

#include "base/util.h"

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
char *__real_strdup(const char *s);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
char *__wrap_strdup(const char *s);

void *__wrap_malloc(size_t n)
{
	return xcheck(__real_malloc(n ? n : 1));
}

void *__wrap_calloc(size_t n, size_t size)
{
	return xcheck(__real_calloc(n ? n : 1, size ? size : 1));
}

void *__wrap_realloc(void *p, size_t n)
{
	return xcheck(__real_realloc(p, n ? n : 1));
}

char *__wrap_strdup(const char *s)
{
	return xcheck(__real_strdup(s));
}
