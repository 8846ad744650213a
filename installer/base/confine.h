/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a process that holds credentials gives up: from now on it runs no other program, and opens
 * no file for writing but in the directories named. Landlock (landlock(7)) does it, where the
 * kernel has it; without, nothing changes. What is open stays open.
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
