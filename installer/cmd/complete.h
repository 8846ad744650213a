/* SPDX-License-Identifier: Apache-2.0 */
/* Candidates at a place of a command line. The completions of all shells ask for them. */
#ifndef CMD_COMPLETE_H
#define CMD_COMPLETE_H

#include "run/run.h"

/*
 * words: the words after the program's name, up to the one that is being typed, which may be "".
 * Writes one line for each candidate: "WORD\tTEXT". After ":files", ":files .SUFFIX..." or
 * ":directories" the shell itself offers files. Reads only kubeconfig files. A file that cannot be
 * read adds no candidates.
 */
void complete_reply(struct buf *out, const char *const *words, size_t n);

#endif
