/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Discovery documents from a hostile server, with valid CRDs. They decide the set that a cluster
 * has, what serves it, and what a run waits for. Each line answers one request for discovery, the
 * API service or the version, in their order.
 */
#include "session.h"

static const char *const commands[][WORDS_MAX] = {
	{ "plan", "v3.29.1", "-x", "tiers.crd.projectcalico.org", "-o", "json" },
	{ "status" },
	{ "plan" },
	{ "get", "ippools" },
};

static struct line *next;

static bool is_discovery(const char *path)
{
	return has_prefix(path, "/apis") && !strstr(path, "/customresourcedefinitions") &&
	       !strstr(path, "?limit=");
}

static void answer(struct http_req *req)
{
	if ((is_discovery(req->path) || strcmp(req->path, "/version") == 0) &&
		next < session.lines + session.n) {
		put_answer(req, next->status, next->body, strlen(next->body));
		next++;
		return;
	}
	answer_by_lines(req);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2 || data[0] < 'a' || data[0] >= 'a' + (int)ARRAY_LEN(commands))
		return 0;
	char_auto *text = xstrndup((const char *)data + 1, size - 1);

	take_lines(text);
	session.answer = answer;
	next = session.lines;
	run_command(commands[data[0] - 'a']);
	return 0;
}
