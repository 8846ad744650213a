/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Downloads files into memory, from the network or a local mirror: https:// and file://, and
 * http:// only where the caller allows it. A file counts only with the right length and digest. No
 * credentials are sent, and an address with credentials is refused. The path of file:// is used
 * literally, without %XX.
 */
#ifndef MANIFEST_FETCH_H
#define MANIFEST_FETCH_H

#include "base/buf.h"
#include "base/digest.h"

enum {
	FETCH_MAX_BYTES =
		16 << 20, /* most bytes of a file of unknown length; also the limit for YAML */
	FETCH_BATCH = 16, /* files at the same time */
};

/* Upstream's files at the tag of the release. */
#define FETCH_UPSTREAM \
	"https://raw.githubusercontent.com/projectcalico/calico/RELEASE/manifests/FILE"

struct fetch_file {
	char *url; /* owned */
	size_t bytes; /* bytes; 0: unknown */
	const char *sha256; /* NULL: unknown */

	struct buf data; /* owned; empty when err is set */
	char digest[SHA256_HEX_SIZE]; /* of data, when it is there */
	struct err err; /* owned */
};

struct fetch_options {
	const char *ca_pem; /* NULL: the roots of the system */
	const char *user_agent;
	int64_t deadline; /* a now_ms() time */
	bool allow_http;
};

/*
 * Replaces RELEASE and FILE in the template. ERR_USAGE: one of them is missing, or is not after the
 * host.
 */
CHECKED char *fetch_address(
	const char *pattern, const char *release, const char *file, struct err *e);
/* Checks that the program may use the address; ERR_USAGE. */
CHECKED int fetch_check_url(const char *url, bool allow_http, struct err *e);
/*
 * Downloads all files from one host, in parallel. Each file then has its data or its error, and
 * done is called for it. -1 only when the run is over (deadline, signal).
 */
CHECKED int fetch_files(struct fetch_file *files, size_t n, const struct fetch_options *o,
	void (*done)(void *arg, struct fetch_file *file), void *arg, struct err *e);
void fetch_file_release(struct fetch_file *f);

/* Reads 64 hexadecimal digits, as lower case; ERR_USAGE. */
CHECKED int fetch_check_digest(const char *text, char hex[SHA256_HEX_SIZE], struct err *e);

#endif
