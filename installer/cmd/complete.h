/* SPDX-License-Identifier: Apache-2.0 */
/* What can stand at a place of a command line: what the completions of all shells ask for. */
#ifndef CMD_COMPLETE_H
#define CMD_COMPLETE_H

#include "run/run.h"

/*
 * words: those behind the program's name, up to the one that is being typed, which may be "". A
 * line a candidate: "WORD\tTEXT". ":files", ":files .SUFFIX..." and ":directories" leave it to the
 * shell. Reads kubeconfig files and nothing else; what cannot be read offers nothing.
 */
void complete_reply(struct buf *out, const char *const *words, size_t n);

#endif
