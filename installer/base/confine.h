/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a process that holds credentials gives up before it sends them anywhere. Landlock
 * (landlock(7)) and seccomp(2) hold it; with a kernel that lacks one or both, or a version of
 * Landlock, that part stays as it was. What is open stays open. There is no way back.
 *
 * Landlock: the process runs no program, and reads no file but those that the resolver, TLS and the
 * C library need and those that are named; it makes files in one directory at most (Linux 5.13).
 * It truncates no others (6.2), binds no TCP port and connects to the named ones only (6.7),
 * controls no device that it opens (6.10), reaches no abstract UNIX socket and sends no signal
 * outside (6.12).
 * seccomp, on x86-64 and arm64: calls that are in no list fail. The list has what reads, waits,
 * allocates, and talks as a client; no call that starts or inspects processes, listens, changes
 * modes, owners, attributes, mounts or namespaces, or asks the kernel by io_uring or bpf.
 */
#ifndef BASE_CONFINE_H
#define BASE_CONFINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct confinement {
	const char *writable; /* a directory in which files are made; NULL: none */
	const char *const *readable; /* files and directories, closed by NULL; NULL: none */
	const uint16_t *ports; /* of TCP, to connect to */
	size_t n_ports;
	bool all_ports; /* connecting stays free */
};

/* At start: no core dump, and no other process of the user reads this one's memory. */
void confine_memory(void);
/* Paths that do not exist are left out. False: the kernel cannot do it. */
bool confine_process(const struct confinement *c);
/* From now on no file is made either. */
void confine_writing(void);

#endif
