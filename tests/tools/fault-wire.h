/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Blocking HTTP/1.1 over TCP or TLS: enough to read a request, to pass it on, and to break the
 * answer on purpose. A wire owns its socket and its SSL; a message owns its buffers.
 */
#ifndef TESTS_LIB_FAULT_WIRE_H
#define TESTS_LIB_FAULT_WIRE_H

#include <openssl/ssl.h>

#include "base/buf.h"

struct wire {
	int fd;
	SSL *ssl; /* NULL: plain TCP */
	size_t at, len;
	char in[16384];
};

struct message {
	struct buf start; /* request or status line, without its end */
	struct buf headers; /* "Name: value\r\n" each, in the order of the message */
	struct buf body; /* without chunk framing */
};

/* All of these return 0, or -1 when the other side has closed or sends no HTTP. */
CHECKED int wire_write(struct wire *w, const void *data, size_t n);
CHECKED int message_read_head(struct wire *w, struct message *m);
/* The end of the connection may also end an answer. A request without a length has no body. */
CHECKED int message_read_body(struct wire *w, struct message *m, bool is_answer);

void wire_wait_for_close(struct wire *w); /* discards the bytes that still arrive */
void wire_close(struct wire *w); /* with the end-of-TLS message */
void wire_cut(struct wire *w); /* without the end-of-TLS message */
void wire_reset(struct wire *w); /* by TCP RST: the other side loses unread bytes */

/* caller frees; NULL: no such header */
char *message_header(const struct message *m, const char *name);
/* Copies all headers except those of one connection or of the framing. */
void message_copy_headers(struct buf *out, const struct message *m);
void message_release(struct message *m);

#define message_auto __attribute__((cleanup(message_release))) struct message

#endif
