/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every file needs: allocation that ends the program when memory runs out, cleanup attributes,
 * small macros. The caller frees a pointer that a function here returns.
 */
#ifndef BASE_UTIL_H
#define BASE_UTIL_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#define PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define CHECKED __attribute__((warn_unused_result))
#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* Ends the program when an allocation fails: exit code 70. */
void out_of_memory(void) __attribute__((noreturn));
void *xcheck(void *p); /* returns p, which a library allocated; when p is NULL, ends the program */
void *xcalloc(size_t n, size_t size);
void *xrealloc(void *p, size_t n, size_t size); /* n * size bytes; checks for overflow */
char *xstrdup(const char *s);
char *xstrdup_or_null(const char *s); /* NULL stays NULL */
char *xstrdup_filled(const char *s); /* NULL for NULL and for "" */
char *xstrndup(const char *s, size_t n);
char *xasprintf(const char *fmt, ...) PRINTF(1, 2);
char *xvasprintf(const char *fmt, va_list ap) PRINTF(1, 0);

void secret_free(char *s); /* overwrites the text before it frees it; NULL is allowed */

bool same_text(const char *a, const char *b); /* NULL equals only NULL */
int compare_texts(const void *a, const void *b); /* for qsort on an array of strings */
bool has_prefix(const char *s, const char *prefix);
int hex_digit(char c); /* -1: it is none */
bool has_suffix(const char *s, const char *suffix);
/* The name of a file for a message, in quotes when a blank at an end would not be seen. Owned. */
char *name_for_message(const char *name);
/* Names of Kubernetes: RFC 1123 label, and labels joined by dots, at most 63 and 253 bytes. */
bool is_dns_label(const char *s);
bool is_dns_subdomain(const char *s);
/* NULL: no name is close */
const char *nearest(const char *word, const char *const *list, size_t n);

int64_t now_ms(void); /* milliseconds, monotonic */
void now_rfc3339(char out[32]); /* UTC, seconds */

/* Borrowed strings. The owner frees items. */
struct string_list {
	const char **items;
	size_t n;
};

static inline void free_charp(char **p)
{
	free(*p);
}

#define char_auto __attribute__((cleanup(free_charp))) char

/* Returns the pointer and leaves NULL in its place. */
#define steal(p) \
	({ \
		__typeof__(*(p)) stolen_ = *(p); \
		*(p) = NULL; \
		stolen_; \
	})

#endif
