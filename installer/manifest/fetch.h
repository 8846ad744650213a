/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files from the network, or from a local mirror, into memory: https:// and file://, http:// only
 * where the caller says so. A file is there when its length and digest are what they must be. No
 * credentials are sent, and an address that has some is refused. Of file:// the path is taken as
 * it stands, without %XX.
 */
#ifndef MANIFEST_FETCH_H
#define MANIFEST_FETCH_H

#include "base/buf.h"
#include "base/digest.h"

enum {
	FETCH_MAX_BYTES =
		16 << 20, /* of a file whose length nobody knows; what YAML is read from */
	FETCH_BATCH = 16, /* files at a time */
};

/* Upstream's files as they were when the release was tagged. */
#define FETCH_UPSTREAM \
	"https://raw.githubusercontent.com/projectcalico/calico/RELEASE/manifests/FILE"

struct fetch_file {
	char *url; /* owned */
	size_t bytes; /* 0: unknown */
	const char *sha256; /* NULL: unknown */

	struct buf data; /* owned; empty when err is set */
	char digest[SHA256_HEX_SIZE]; /* of data */
	struct err err; /* owned */
};

struct fetch_options {
	const char *ca_pem; /* NULL: the system's roots */
	const char *user_agent;
	int64_t deadline; /* now_ms() */
	bool allow_http;
};

/* The template with RELEASE and FILE put in; ERR_USAGE when it has not both, behind the host. */
CHECKED char *fetch_address(
	const char *pattern, const char *release, const char *file, struct err *e);
/* Whether the address is one that may be asked at all; ERR_USAGE. */
CHECKED int fetch_check_url(const char *url, bool allow_http, struct err *e);
/*
 * All of them, from one host, in parallel; each has its data or its error, and done is called for
 * it. -1 for what ends the run: the deadline, a signal.
 */
CHECKED int fetch_files(struct fetch_file *files, size_t n, const struct fetch_options *o,
	void (*done)(void *arg, struct fetch_file *file), void *arg, struct err *e);
void fetch_file_release(struct fetch_file *f);

/* 64 hexadecimal digits, as lower case; ERR_USAGE. */
CHECKED int fetch_check_digest(const char *text, char hex[SHA256_HEX_SIZE], struct err *e);

#endif
