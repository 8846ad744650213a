/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The script of a fault-server: rules in the order of their file, the first that matches wins.
 * A rule starts with "on" or "nth"; the lines below it, up to the next one, say what happens.
 *
 *   on METHOD GLOB          "*" is any method; "*" in the glob crosses slashes, the query counts
 *   nth N [ACTION]          the N-th request of the whole run, 1 for the first
 *   times N                 the rule is used up after N requests
 *
 *   status CODE             default 200
 *   header NAME: VALUE      default Content-Type: text/plain
 *                           $UID in a body is the uid of the AdmissionReview that asks
 *   body TEXT               | body-file PATH | body-size N (generated) | endless
 *   endless-head            header lines without end, and so never a body
 *   content-length N        says so, whatever the body is
 *   close-after-bytes N     of the body, then the connection is closed without a TLS farewell
 *   slow N                  bytes of the body a second
 *   pass                    the upstream's answer; all of the above but status and body apply
 *   pass-then-drop          the upstream has done it, the client never hears of it
 *   reset before-body       TCP reset after the request's head was read
 *   reset before-answer     TCP reset after all of the request was read
 *   stall                   no answer, the connection stays open
 *   hold PATH               all of the above waits for this file, and removes it
 *
 * Which rules are used up, and how many requests came, is shared by all forked children.
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
	char *method, *path; /* NULL for nth rules */
	long long nth; /* 0 for on rules */
	long long times; /* 0: no end */
	enum fault_action action;
	int status;
	char *hold; /* path; NULL: at once */
	struct buf headers; /* "Name: value\r\n" each */
	struct buf body;
	bool endless, endless_head;
	long long body_size, content_length, close_after; /* -1: not given */
	long long bytes_per_second; /* 0: as fast as it goes */
};

struct fault_script {
	struct fault_rule *rules;
	size_t n;
	struct fault_counts *counts;
};

void fault_script_load(struct fault_script *script, const char *path); /* dies with FILE:LINE */
void fault_script_release(struct fault_script *script);
/* Counts one request; NULL when no rule matches. Borrowed. */
const struct fault_rule *fault_script_match(
	struct fault_script *script, const char *method, const char *path);

#endif
