/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The script of a fault-server: a file of rules. The first rule that matches a request counts.
 * A rule starts with "on" or "nth". The lines up to the next rule say what happens.
 *
 *   on METHOD GLOB          "*" is any method; "*" in GLOB matches slashes, too. GLOB must also
 *                           match the query
 *   nth N [ACTION]          request number N of the whole run, from 1
 *   times N                 the rule counts for N requests only
 *
 *   status CODE             default 200
 *   header NAME: VALUE      default Content-Type: text/plain
 *                           $UID in a body becomes the uid of the request's AdmissionReview
 *   body TEXT               | body-file PATH | body-size N (generated) | endless
 *   endless-head            header lines without end, so no body
 *   content-length N        the value of this header, whatever the body is
 *   close-after-bytes N     closes the connection after N bytes of body, without the end of TLS
 *   slow N                  bytes of the body in a second
 *   pass                    the upstream's answer; all lines above but status and body apply
 *   pass-then-drop          the upstream gets the request, and the client gets no answer
 *   reset before-body       TCP reset after the head of the request was read
 *   reset before-answer     TCP reset after the whole request was read
 *   stall                   no answer, and the connection stays open
 *   hold PATH               waits for this file before all of the above, and removes it
 *
 * All forked children share the counts of requests and of rules.
 */
#ifndef TESTS_LIB_FAULT_SCRIPT_H
#define TESTS_LIB_FAULT_SCRIPT_H

#include "base/buf.h"

enum fault_action {
	FAULT_ANSWER,
	FAULT_PASS,
	FAULT_PASS_THEN_DROP,
	FAULT_RESET_BEFORE_BODY,
	FAULT_RESET_BEFORE_ANSWER,
	FAULT_STALL,
};

struct fault_rule {
	char *method, *path; /* method and path: NULL for nth rules */
	long long nth; /* 0 for on rules */
	long long times; /* 0: no limit */
	enum fault_action action;
	int status;
	char *hold; /* path of the file to wait for; NULL: do not wait */
	struct buf headers; /* "Name: value\r\n" each */
	struct buf body;
	bool endless, endless_head;
	long long body_size, content_length, close_after; /* -1: not given */
	long long bytes_per_second; /* 0: no limit */
};

struct fault_script {
	struct fault_rule *rules;
	size_t n;
	struct fault_counts *counts;
};

/* on an error, ends the program with FILE:LINE */
void fault_script_load(struct fault_script *script, const char *path);
void fault_script_release(struct fault_script *script);
/* Counts one request. Returns the rule, borrowed; NULL: no rule matches. */
const struct fault_rule *fault_script_match(
	struct fault_script *script, const char *method, const char *path);

#endif
