/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A server on loopback that answers by path, for unit tests of what is above the API: a forked
 * child, one request a connection. Included behind cmocka.h by one file a test program.
 */
#ifndef TESTS_UNIT_ANSWERS_H
#define TESTS_UNIT_ANSWERS_H

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kube/api.h"
#include "kube/config/config.h"

enum { MAX_ROUTES = 12, DEADLINE_MS = 20000 };

/*
 * A list of them is closed by a NULL path. What no route has is a 500; but every read asks what
 * tells the release, and that is not there.
 */
struct route {
	const char *path;
	int status;
	const char *body;
	int times; /* 0: always; else the next route of the same path follows */
};

struct server {
	pid_t pid;
	struct kube_config config;
	struct kube_api *api;
};

static const struct route *none_of(const char *path)
{
	static const struct route none = { "", 500, "no such route", 0 };
	static const struct route missing = { "", 404, "404 page not found", 0 };

	return has_suffix(path, "/clusterinformations/default") ||
			       strcmp(path, "/apis/crd.projectcalico.org/v1") == 0
		       ? &missing
		       : &none;
}

static void answer(int fd, struct route *routes)
{
	const struct route *found = NULL;
	char head[8192] = "", path[4096] = "";
	size_t len = 0;

	while (!strstr(head, "\r\n\r\n")) {
		ssize_t n = read(fd, head + len, sizeof(head) - 1 - len);

		if (n <= 0)
			return;
		len += (size_t)n;
	}
	if (sscanf(head, "GET %4095s", path) != 1)
		return;
	for (struct route *r = routes; r->path && !found; r++)
		if (strcmp(r->path, path) == 0 && r->times >= 0) {
			found = r;
			if (r->times > 0 && --r->times == 0)
				r->times = -1;
		}
	if (!found)
		found = none_of(path);
	dprintf(fd, "HTTP/1.1 %d X\r\nConnection: close\r\nContent-Length: %zu\r\n\r\n%s",
		found->status, strlen(found->body), found->body);
}

static void serve(int listener, const struct route *given)
{
	struct route routes[MAX_ROUTES + 1] = { 0 };

	for (size_t i = 0; given[i].path && i < MAX_ROUTES; i++)
		routes[i] = given[i];
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		int fd = accept(listener, NULL, NULL);

		if (fd < 0)
			_exit(1);
		answer(fd, routes);
		close(fd);
	}
}

static struct server start(const struct route *routes)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t len = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct server s = { 0 };
	err_auto e = { 0 };

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(listener, (struct sockaddr *)&address, len), 0);
	assert_int_equal(listen(listener, 16), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &len), 0);
	s.pid = fork();
	assert_true(s.pid >= 0);
	if (s.pid == 0)
		serve(listener, routes);
	close(listener);
	s.config.server = xasprintf("http://127.0.0.1:%d", ntohs(address.sin_port));
	s.api = kube_api_new(&s.config, "test", now_ms() + DEADLINE_MS, &e);
	assert_non_null(s.api);
	return s;
}

static void stop(struct server *s)
{
	kube_api_free(s->api);
	kill(s->pid, SIGKILL);
	waitpid(s->pid, NULL, 0);
	free(s->config.server);
}

#define server_auto __attribute__((cleanup(stop))) struct server

#endif
