/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a process that holds credentials gives up: from now on it runs no other program, and opens
 * no file for writing but in the directories named. Where the kernel is new enough: truncates none
 * elsewhere (Linux 6.2), binds no TCP port (6.7), controls no device that it opens (6.10), and
 * reaches no abstract UNIX socket and no process outside by signals (6.12). Landlock
 * (landlock(7)) does this, and a seccomp filter (x86-64, arm64) refuses to listen and to change
 * modes, owners and attributes of files. Reading files and connecting stay free, and what is open
 * stays open. A kernel without Landlock changes nothing.
 */
#ifndef BASE_CONFINE_H
#define BASE_CONFINE_H

#include <stdbool.h>
#include <stddef.h>

/* At start: no core dump, and no other process of the user reads this one's memory. */
void confine_memory(void);
/* Directories that do not exist are left out. False: the kernel cannot do it. */
bool confine_files(const char *const *writable, size_t n);

#endif
