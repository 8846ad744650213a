/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole commands with a scripted API server, without a network: the input of a fuzzer answers the
 * requests of base/http. Only for targets that are linked with WRAPPED (Makefile).
 */
#ifndef TESTS_FUZZ_SESSION_H
#define TESTS_FUZZ_SESSION_H

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/confine.h"
#include "base/http.h"
#include "base/secret.h"
#include "cmd/commands.h"
#include "run/document.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int __wrap_http_run(struct http *h, struct http_req *reqs, size_t n,
	void (*done)(void *arg, const struct http_req *req), void *arg, struct err *e);
int __wrap_http_pause(struct http *h, int64_t ms, struct err *e);
bool __wrap_confine_process(const struct confinement *c);
void __wrap_confine_writing(void);

enum { REQUESTS_MAX = 2000, PAUSES_MAX = 20, LINES_MAX = 256, WORDS_MAX = 16 };

/*
 * A line of the input, PART STATUS BODY: for requests whose path ends with PART; "*": for all
 * requests.
 */
struct line {
	char *part, *body;
	long status;
	bool used;
};

static struct session {
	struct line lines[LINES_MAX];
	size_t n, requests, pauses;
	void (*answer)(struct http_req *req);
} session;

/* The first unused line for a path. When all are used, the last one is used again. */
static struct line *line_of(const char *whole)
{
	char_auto *path = xstrndup(whole, strcspn(whole, "?"));
	struct line *found = NULL;

	for (size_t i = 0; i < session.n; i++)
		if (strcmp(session.lines[i].part, "*") == 0 ||
			has_suffix(path, session.lines[i].part)) {
			found = &session.lines[i];
			if (!found->used)
				break;
		}
	if (found)
		found->used = true;
	return found;
}

static void put_answer(struct http_req *req, long status, const char *body, size_t len)
{
	buf_clear(&req->answer);
	req->answer.max = HTTP_MAX_ANSWER;
	req->status = status;
	if (buf_add(&req->answer, body, len) < 0)
		abort();
	if (status == 0)
		err_set(&req->err, ERR_NET, 0, "cut");
}

/*
 * Without a line for a request, a write is answered with its own body, and any other request with
 * 404.
 */
static void answer_by_lines(struct http_req *req)
{
	static const char missing[] = "{\"kind\":\"Status\",\"reason\":\"NotFound\",\"code\":404}";
	const struct line *line = line_of(req->path);

	if (line)
		put_answer(req, line->status, line->body, strlen(line->body));
	else if (req->body.len > 0)
		put_answer(req, 200, req->body.data, req->body.len);
	else
		put_answer(req, 404, missing, strlen(missing));
}

int __wrap_http_run(struct http *h, struct http_req *reqs, size_t n,
	void (*done)(void *arg, const struct http_req *req), void *arg, struct err *e)
{
	(void)h;
	session.requests += n;
	if (session.requests > REQUESTS_MAX)
		return err_set(e, ERR_TIMEOUT, 0, "too many requests");
	for (size_t i = 0; i < n; i++) {
		session.answer(&reqs[i]);
		if (done)
			done(arg, &reqs[i]);
	}
	return 0;
}

int __wrap_http_pause(struct http *h, int64_t ms, struct err *e)
{
	(void)h;
	(void)ms;
	return ++session.pauses > PAUSES_MAX ? err_set(e, ERR_TIMEOUT, 0, "too many pauses") : 0;
}

/* Keeps the rights of this process: the fuzzer needs them. */
bool __wrap_confine_process(const struct confinement *c)
{
	(void)c;
	return true;
}

void __wrap_confine_writing(void)
{
}

/* Makes a file without a name in any directory, and returns a path to it. */
static char *make_file(const char *text)
{
	int fd = memfd_create("file", 0);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		abort();
	return xasprintf("/proc/self/fd/%d", fd);
}

static const char *kubeconfig(void)
{
	static char *path;

	if (!path)
		path = make_file("{apiVersion: v1, kind: Config, current-context: a, "
				 "contexts: [{name: a, context: {cluster: a, user: a}}], "
				 "clusters: [{name: a, cluster: {server: 'https://127.0.0.1:1'}}], "
				 "users: [{name: a, user: {token: a-token-that-nobody-may-see}}]}");
	return path;
}

/* Checks that a message has no control characters and shows no credentials. */
static void check_message(const char *text)
{
	if (strstr(text, "a-token-that-nobody-may-see"))
		abort();
	for (; *text; text++)
		if ((unsigned char)*text < ' ' && *text != '\n' && *text != '\t')
			abort();
}

/* words is closed by NULL; the first word is the command. */
static void run_command(const char *const *words)
{
	static int stdout_fd = -1, null_fd;
	char *argv[WORDS_MAX + 4];
	struct ctx ctx = { .started = now_ms() };
	err_auto e = { 0 };
	int argc = 0;

	if (stdout_fd < 0) {
		stdout_fd = dup(STDOUT_FILENO);
		null_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	}
	for (; words[argc]; argc++)
		argv[argc] = (char *)(uintptr_t)words[argc];
	argv[argc++] = (char *)(uintptr_t)"--kubeconfig";
	argv[argc++] = (char *)(uintptr_t)kubeconfig();
	argv[argc++] = (char *)(uintptr_t)"-q";
	argv[argc] = NULL;
	session.requests = session.pauses = 0;
	fflush(stdout);
	dup2(null_fd, STDOUT_FILENO);
	out_init(&ctx.out, true, COLOR_AUTO);
	ctx.cmd = cmd_find(argv[0], &e);
	if (!ctx.cmd || options_parse(&ctx, argc, argv, &e) < 0)
		abort();
	out_init(&ctx.out, true, COLOR_AUTO);
	ctx.deadline = ctx.started + 60000;
	int rc = document_run(&ctx, ctx.cmd->run, &e);

	fflush(stdout);
	dup2(stdout_fd, STDOUT_FILENO);
	if (rc < 0 ? !e.msg : e.msg != NULL)
		abort();
	if (e.msg)
		check_message(e.msg);
	ctx_release(&ctx);
	secret_forget();
}

/* Splits the text into lines, in place. */
static void take_lines(char *text)
{
	char *rest = NULL;

	session.n = 0;
	for (char *at = strtok_r(text, "\n", &rest); at && session.n < LINES_MAX;
		at = strtok_r(NULL, "\n", &rest)) {
		char *status = strchr(at, ' '), *body = status ? strchr(status + 1, ' ') : NULL;

		if (!body)
			continue;
		*status = *body = '\0';
		session.lines[session.n++] = (struct line){
			.part = at, .body = body + 1, .status = strtol(status + 1, NULL, 10) % 600
		};
	}
}

#endif
