/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Growing byte buffer with a ceiling. Always NUL-terminated behind len, so data is a C string
 * whenever the content has no NUL. The struct owns its bytes; zero is valid, releasable, and has
 * the ceiling BUF_MAX_DEFAULT.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/err.h"

#define BUF_MAX_DEFAULT ((size_t)256 << 20)

struct buf {
	char *data; /* NULL while empty */
	size_t len, cap;
	size_t max; /* bytes; 0 means BUF_MAX_DEFAULT */
	bool may_end; /* what passes the ceiling is dropped, and ended says so */
	bool ended;
};

/* -1: the buffer would pass its ceiling */
CHECKED int buf_add(struct buf *b, const void *data, size_t n);
/* For text of our own making: reaching the ceiling is a bug and aborts, but with may_end. */
void buf_puts(struct buf *b, const char *s);
void buf_putn(struct buf *b, const char *s, size_t n);
void buf_putc(struct buf *b, char c);
void buf_put_first(struct buf *b, const char *s); /* before what is there */
void buf_quote(struct buf *b, const char *s); /* quoted with '' as one word of a shell */
void buf_printf(struct buf *b, const char *fmt, ...) PRINTF(2, 3);
const char *buf_str(const struct buf *b); /* never NULL */
char *buf_steal(struct buf *b); /* never NULL; b is empty afterwards */
void buf_clear(struct buf *b); /* keeps the memory */
void buf_cut(struct buf *b, size_t len); /* to a shorter length; it can grow again */
void buf_release(struct buf *b);
void buf_wipe(struct buf *b); /* overwrites the bytes, then releases: for secrets */

/*
 * Opens a file for reading. The caller closes the descriptor. Does not wait for the writer of a
 * pipe.
 */
CHECKED int buf_open_file(const char *path, struct err *e);
/* The first paths that this process has opened so, each once, closed by NULL. */
enum { BUF_FILES_MAX = 256 };
const char *const *buf_opened_files(void);
/*
 * Reads a whole file; "-" is standard input. More than max bytes is an error. Waits for a pipe or a
 * terminal until the run has to end (base/signals.h).
 */
CHECKED int buf_read_file(struct buf *b, const char *path, size_t max, struct err *e);

#define buf_auto __attribute__((cleanup(buf_release))) struct buf

#endif
