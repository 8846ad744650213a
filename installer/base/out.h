/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where words go: the result to standard output, collected and written when it is whole; notes and
 * progress to standard error. No stream gets control characters of others, or a credential of this
 * run (base/secret.h).
 */
#ifndef BASE_OUT_H
#define BASE_OUT_H

#include "base/buf.h"

/* apiVersion of every JSON document that this program writes. */
#define REPORT_API_VERSION "calico-datastore/v1"

enum out_color { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };
enum out_style { STYLE_PLAIN, STYLE_BOLD, STYLE_RED, STYLE_YELLOW, STYLE_GREEN };

struct out {
	struct buf text; /* the result, so far unwritten */
	bool progress_on; /* standard error is a terminal that can rewrite a line */
	bool progress_seen; /* and a progress line is on it now */
	bool quiet; /* no notes, no progress */
	bool terminal; /* a person reads the result, in 80 columns: names may be short */
	const char *prefix; /* before each note, NULL: none; borrowed */
	bool colored; /* out_line uses colours */
	bool colored_notes; /* and so do notes and errors, on standard error */
	bool data; /* the result is objects, which a credential of this run never changes */
	size_t clean; /* bytes of text that have no control characters but ours */
};

/*
 * From now on notes, errors and out_name_caller write "kubectl calico-datastore install", as the
 * user did, when word is "kubectl". It is borrowed for good.
 */
void out_called_by(const char *word);
void out_name_caller(struct out *out); /* in the result so far: text, no data of others */
/* AUTO is a terminal that can show them, unless NO_COLOR is set (https://no-color.org). */
void out_init(struct out *out, bool quiet, enum out_color color);
/* A line of the result, without \n; when colored, in this style. */
void out_line(struct out *out, enum out_style style, const char *fmt, ...) PRINTF(3, 4);
/* Writes what was collected; ERR_IO when the disk is full or the pipe closed. */
CHECKED int out_flush(struct out *out, struct err *e);
/* On standard error: "calico-datastore: error: TEXT". */
void out_error(struct out *out, const char *text);
void out_remedy(char *text); /* below an error: lines with their \n; changed in place */
void out_discard(struct out *out); /* what was collected */
void out_note(struct out *out, const char *fmt, ...) PRINTF(2, 3); /* a line, without \n */
void out_progress(struct out *out, const char *fmt, ...) PRINTF(2, 3); /* replaces the last one */
void out_progress_end(struct out *out);
void out_release(struct out *out);

/*
 * In place, and never longer: control characters (C0 but \n and \t, DEL, C1) and what is no UTF-8
 * become '?', credentials of this run "***".
 */
void out_sanitize(char *s);
/* Appends text of others for a line of ours: as above, \n and \t, too. */
void out_plain(struct buf *out, const char *s, size_t len);

#endif
