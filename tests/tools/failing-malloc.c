/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A library for LD_PRELOAD that makes one allocation of a program fail.
 *   MALLOC_FAIL_AT=N      allocation number N fails; counting starts before main, with 1
 *   MALLOC_RECORD=FILE    no allocation fails; the file gets the number of the first allocation of
 *                         each call stack, one a line
 *   MALLOC_FRAMES=N       number of functions that make up a call stack
 */
#define _GNU_SOURCE /* for dladdr */
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t n);

enum { FRAMES_MAX = 32, SEEN = 1 << 16 };

static uint64_t seen[SEEN]; /* hashes of stacks, open addressing */
static unsigned long count, fail_at, depth = 12;
static int record = -1;
static int ready; /* 1: reading the environment; 2: ready */
static __thread int inside;

static void prepare(void)
{
	const char *at = getenv("MALLOC_FAIL_AT"), *file = getenv("MALLOC_RECORD");
	const char *frames_wanted = getenv("MALLOC_FRAMES");
	void *frames[FRAMES_MAX];

	ready = 1;
	if (at)
		fail_at = strtoul(at, NULL, 10);
	if (frames_wanted)
		depth = strtoul(frames_wanted, NULL, 10);
	if (depth < 1 || depth > FRAMES_MAX - 2)
		abort();
	if (file) {
		record = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
		backtrace(frames, FRAMES_MAX); /* the first call of backtrace allocates */
	}
	ready = 2;
}

static int is_new(void)
{
	void *frames[FRAMES_MAX];
	int n = backtrace(frames, (int)depth + 2); /* two of them are in this file */
	uint64_t hash = 14695981039346656037u;

	for (int i = 2; i < n; i++)
		hash = (hash ^ (uint64_t)(uintptr_t)frames[i]) * 1099511628211u;
	hash += hash == 0;
	for (size_t i = hash % SEEN;; i = (i + 1) % SEEN) {
		if (seen[i] == hash)
			return 0;
		if (seen[i] == 0) {
			seen[i] = hash;
			return 1;
		}
	}
}

/* libnghttp2 1.52 crashes when it cannot allocate a stream. This is not a fault of the program. */
static int is_of_nghttp2(const void *caller)
{
	Dl_info info;

	return dladdr(caller, &info) && info.dli_fname && strstr(info.dli_fname, "libnghttp2");
}

/* Counts an allocation. Returns 1 when it must fail. */
static int next(const void *caller)
{
	if (ready == 0)
		prepare();
	if (ready == 1 || inside || is_of_nghttp2(caller))
		return 0;
	count++;
	if (record >= 0) {
		inside = 1;
		if (is_new() && dprintf(record, "%lu\n", count) < 0)
			abort();
		inside = 0;
	}
	if (fail_at == 0 || count != fail_at)
		return 0;
	errno = ENOMEM;
	return 1;
}

void *malloc(size_t n)
{
	return next(__builtin_return_address(0)) ? NULL : __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
	return next(__builtin_return_address(0)) ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
	return next(__builtin_return_address(0)) ? NULL : __libc_realloc(p, n);
}
