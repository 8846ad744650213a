/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The output of a run. The result goes to standard output, collected and written when it is whole.
 * Notes and progress go to standard error. No stream gets foreign control characters or a
 * credential of this run (base/secret.h).
 */
#ifndef BASE_OUT_H
#define BASE_OUT_H

#include "base/buf.h"

/* The apiVersion of every JSON document that this program writes. */
#define REPORT_API_VERSION "calico-datastore/v1"

enum out_color { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };
enum out_style { STYLE_PLAIN, STYLE_BOLD, STYLE_RED, STYLE_YELLOW, STYLE_GREEN };

struct out {
	struct buf text; /* the result that is not yet written */
	bool progress_on; /* standard error is a terminal on which a line can be rewritten */
	bool progress_seen; /* a progress line is on standard error now */
	bool quiet; /* no notes, no progress */
	bool terminal; /* a person reads the result, in 80 columns: names may be short */
	const char *prefix; /* text before each note; NULL: none; borrowed */
	bool colored; /* out_line uses colours */
	bool colored_notes; /* notes and errors on standard error use colours */
	/* the result consists of objects: credentials of this run are not masked in it */
	bool data;
	size_t clean; /* bytes of text in which only our own control characters are left */
};

/*
 * From now on notes, errors and out_name_caller write "kubectl calico-datastore install", as the
 * user did, when word is "kubectl". It is borrowed for good.
 */
void out_called_by(const char *word);
void out_name_caller(struct out *out); /* in the result so far: text, no data of others */
/*
 * AUTO uses colours on a terminal that shows them, unless NO_COLOR is set (https://no-color.org).
 */
void out_init(struct out *out, bool quiet, enum out_color color);
/* A line of the result, without \n; with colours, in this style. */
void out_line(struct out *out, enum out_style style, const char *fmt, ...) PRINTF(3, 4);
/* Writes what was collected; ERR_IO when the disk is full or the pipe closed. */
CHECKED int out_flush(struct out *out, struct err *e);
/* Writes "calico-datastore: error: TEXT" to standard error. */
void out_error(struct out *out, const char *text);
void out_remedy(char *text); /* below an error: lines with their \n; changed in place */
void out_discard(struct out *out); /* releases what was collected */
/* writes a line; text has no \n */
void out_note(struct out *out, const char *fmt, ...) PRINTF(2, 3);
/* replaces the last progress line */
void out_progress(struct out *out, const char *fmt, ...) PRINTF(2, 3);
void out_progress_end(struct out *out);
void out_release(struct out *out);

/*
 * Cleans text in place; it never gets longer. Control characters (C0 but \n and \t, DEL, C1) and
 * bytes that are no UTF-8 become '?'. Credentials of this run become "***".
 */
void out_sanitize(char *s);
/* Appends foreign text to a line of ours, cleaned as above; \n and \t become '?', too. */
void out_plain(struct buf *out, const char *s, size_t len);

#endif
