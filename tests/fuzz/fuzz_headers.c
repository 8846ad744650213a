/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bytes of a whole HTTP answer from a hostile server or proxy. A request ends with an object or
 * an error. Warnings are few, short, and without control characters. The same lines are also read
 * as the ranges of a resumed download.
 */
#include <arpa/inet.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/http_resume.h"
#include "kube/batch.h"
#include "kube/config/config.h"
#include "kube/warning.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { DEADLINE_MS = 300 };

static struct {
	int listener;
	in_port_t port;
	pthread_mutex_t lock; /* protects answer: an input may end before the server has sent it */
	struct buf answer;
} server = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void answer(int fd)
{
	char head[4096];
	size_t len = 0;

	while (len < sizeof(head) && !memmem(head, len, "\r\n\r\n", 4)) {
		ssize_t n = read(fd, head + len, sizeof(head) - len);

		if (n <= 0)
			return;
		len += (size_t)n;
	}
	pthread_mutex_lock(&server.lock);
	(void)!send(fd, server.answer.data, server.answer.len, MSG_NOSIGNAL | MSG_DONTWAIT);
	pthread_mutex_unlock(&server.lock);
	shutdown(fd, SHUT_WR);
	(void)!read(fd, head, sizeof(head)); /* waits until the client closes the connection */
}

static void *serve(void *arg)
{
	for (;;) {
		int fd = accept(server.listener, NULL, NULL);

		if (fd < 0)
			abort();
		answer(fd);
		close(fd);
	}
	return arg;
}

static void start(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t len = sizeof(at);
	pthread_t thread;

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	server.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(server.listener, (struct sockaddr *)&at, len) < 0 ||
		listen(server.listener, 64) < 0 ||
		getsockname(server.listener, (struct sockaddr *)&at, &len) < 0 ||
		pthread_create(&thread, NULL, serve, NULL) != 0)
		abort();
	server.port = ntohs(at.sin_port);
}

static void check_note(void *arg, const char *text)
{
	size_t *n = arg;

	if (++*n > WARNINGS_MAX + 1 || strlen(text) > 2 * WARNING_BYTES)
		abort();
	for (; *text; text++)
		if ((unsigned char)*text < ' ')
			abort();
}

static void ask(void)
{
	size_t notes = 0;
	err_auto e = { 0 }, over = { 0 };
	struct kube_config config = { .server = xasprintf("http://127.0.0.1:%d", server.port) };
	struct kube_api *api = kube_api_new(&config, "test", now_ms() + DEADLINE_MS, &e);
	kube_batch_auto b = { 0 };

	if (!api)
		abort();
	kube_api_listen(api, check_note, &notes);
	const struct kube_call *call = kube_batch_path(&b, "/version");
	int rc = kube_batch_run(&b, api, &over);

	if (rc < 0 ? !over.msg : !call->object == !call->err.msg)
		abort();
	kube_api_free(api);
	free(config.server);
}

static void resume(const uint8_t *data, size_t size)
{
	struct http_resume r = { 0 };
	buf_auto got = { .max = 1 << 20 };
	const char *at = (const char *)data, *end = at + size;

	for (long status = 200; at < end; status = 206) {
		const char *line = memchr(at, '\n', (size_t)(end - at));
		size_t len = line ? (size_t)(line - at) + 1 : (size_t)(end - at);

		http_resume_header(&r, at, len);
		at += len;
		buf_clear(&got);
		if (http_resume_begin(&r, status, &got) == 0 && buf_add(&got, "0123456789", 10) < 0)
			abort();
		http_resume_keep(&r, status, true, &got);
	}
	http_resume_release(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!server.port)
		start();
	pthread_mutex_lock(&server.lock);
	buf_clear(&server.answer);
	buf_putn(&server.answer, (const char *)data, size);
	pthread_mutex_unlock(&server.lock);
	resume(data, size);
	ask();
	return 0;
}
