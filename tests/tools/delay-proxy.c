/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A TCP proxy on 127.0.0.1 with the delay of a network: every byte arrives --delay-ms after it was
 * sent, in each direction. Throughput has no limit.
 *
 *   delay-proxy --to IP:PORT --delay-ms N --port-file FILE [--count-file FILE]
 *               [--lifetime SECONDS]
 *
 * The proxy writes the count file each time the last open connection ends, and at its own end:
 *   connections N   accepted connections
 *   turns N         how often a server began to answer, over all connections
 *   round_trips N   the longest chain of request and answer that the client waited for. Each byte
 *                   has a depth. After the client got bytes of depth N on a connection, its next
 *                   bytes there have depth N + 1. After it got bytes of depth N on any connection,
 *                   a new connection has depth N + 1. So parallel connections count once, and
 *                   connections one after another add up.
 */
#include <errno.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tool.h"

enum { MAX_CONNECTIONS = 512, MAX_QUEUED = 64 << 20, CHUNK = 65536 };

struct chunk {
	struct chunk *next;
	int64_t due; /* monotonic time in ns */
	long depth;
	size_t at, len; /* len 0: the sender has closed the connection */
	char data[];
};

/* The bytes of one direction. */
struct pipe {
	struct chunk *first, **last;
	size_t queued;
	/* end of the connection's set-up: no bytes are sent before */
	int64_t not_before;
	bool read_end, closed;
};

struct link {
	int client, server;
	bool connecting;
	int64_t connect_at;
	struct pipe up, down;
	long depth_at_client, depth_at_server; /* depth of the last bytes that arrived there */
	bool server_spoke;
};

struct proxy {
	struct sockaddr_in to;
	int64_t delay; /* ns for one direction */
	const char *count_file;
	struct link *links[MAX_CONNECTIONS];
	size_t n;
	long connections, turns;
	long seen; /* the greatest depth of all bytes that reached the client */
};

static int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static void write_counts(const struct proxy *p)
{
	char_auto *text = xasprintf(
		"connections %ld\nturns %ld\nround_trips %ld\n", p->connections, p->turns, p->seen);

	if (p->count_file)
		write_file_atomically(p->count_file, text);
}

/* Queues */

static void queue(struct pipe *pipe, const char *data, size_t len, int64_t delay, long depth)
{
	struct chunk *c = xcalloc(1, sizeof(*c) + len);
	int64_t sent = now_ns();

	*c = (struct chunk){.due = (sent > pipe->not_before ? sent : pipe->not_before) + delay,
		.depth = depth,
		.len = len};
	if (len)
		memcpy(c->data, data, len);
	else
		pipe->read_end = true;
	*pipe->last = c;
	pipe->last = &c->next;
	pipe->queued += len;
}

static void drop_first(struct pipe *pipe)
{
	struct chunk *c = pipe->first;

	pipe->first = c->next;
	if (!pipe->first)
		pipe->last = &pipe->first;
	pipe->queued -= c->len;
	free(c);
}

/* Writes the bytes that have arrived. -1: the receiver has closed the connection. */
static int deliver(struct pipe *pipe, int fd, int64_t now, long *depth)
{
	while (pipe->first && pipe->first->due <= now) {
		struct chunk *c = pipe->first;

		if (c->len == 0) {
			shutdown(fd, SHUT_WR);
			pipe->closed = true;
		}
		while (c->at < c->len) {
			ssize_t n = write(fd, c->data + c->at, c->len - c->at);

			if (n < 0)
				return errno == EAGAIN || errno == EINTR ? 0 : -1;
			c->at += (size_t)n;
		}
		*depth = c->depth > *depth ? c->depth : *depth;
		drop_first(pipe);
	}
	return 0;
}

/* Links */

/* -1: the connection is broken. */
static int take(struct proxy *p, struct link *l, bool from_client)
{
	static char data[CHUNK];
	ssize_t n = read(from_client ? l->client : l->server, data, sizeof(data));

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	if (from_client) {
		l->server_spoke = false;
		queue(&l->up, data, (size_t)n, p->delay, l->depth_at_client + 1);
	} else {
		if (n > 0 && !l->server_spoke && !l->up.read_end)
			p->turns++;
		l->server_spoke = true;
		queue(&l->down, data, (size_t)n, p->delay, l->depth_at_server);
	}
	return 0;
}

static void no_delay(int fd)
{
	int one = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
}

static int start_connect(struct proxy *p, struct link *l)
{
	l->server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (l->server < 0)
		return -1;
	no_delay(l->server);
	l->connecting = false;
	if (connect(l->server, (struct sockaddr *)&p->to, sizeof(p->to)) < 0 &&
		errno != EINPROGRESS)
		return -1;
	return 0;
}

static void accept_link(struct proxy *p, int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return;
	struct link *l = xcalloc(1, sizeof(*l));
	int64_t now = now_ns();

	no_delay(fd);
	*l = (struct link){.client = fd,
		.server = -1,
		.connecting = true,
		.connect_at = now + p->delay,
		/* The kernel accepts at once. A far server would need a round trip for it. */
		.up.not_before = now + 2 * p->delay,
		.depth_at_client = p->seen + 1};
	l->up.last = &l->up.first;
	l->down.last = &l->down.first;
	p->links[p->n++] = l;
	p->connections++;
}

static void end_link(struct proxy *p, size_t i)
{
	struct link *l = p->links[i];

	close(l->client);
	if (l->server >= 0)
		close(l->server);
	while (l->up.first)
		drop_first(&l->up);
	while (l->down.first)
		drop_first(&l->down);
	free(l);
	p->links[i] = p->links[--p->n];
	if (p->n == 0)
		write_counts(p);
}

static void push(struct proxy *p)
{
	int64_t now = now_ns();

	for (size_t i = p->n; i-- > 0;) {
		struct link *l = p->links[i];
		int rc = l->connecting && l->connect_at <= now ? start_connect(p, l) : 0;

		if (rc == 0 && !l->connecting)
			rc = deliver(&l->up, l->server, now, &l->depth_at_server);
		if (rc == 0)
			rc = deliver(&l->down, l->client, now, &l->depth_at_client);
		/* Bytes for a client that has closed, such as the end of TLS, are no answer. */
		if (l->server_spoke && !l->up.read_end && l->depth_at_client > p->seen)
			p->seen = l->depth_at_client;
		if (rc < 0 || (l->up.closed && l->down.closed))
			end_link(p, i);
	}
}

/* The loop */

static void expect(
	struct pollfd *pfd, int fd, const struct pipe *in, const struct pipe *out, int64_t now)
{
	bool may_read = !in->read_end && in->queued < MAX_QUEUED;
	bool must_write = out->first && out->first->due <= now;

	pfd->events = (short)((may_read ? POLLIN : 0) | (must_write ? POLLOUT : 0));
	/* otherwise poll would return at once for a known hang-up */
	pfd->fd = pfd->events ? fd : -1;
}

static int64_t next_due(const struct proxy *p)
{
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < p->n; i++) {
		const struct link *l = p->links[i];
		const struct chunk *heads[] = {l->connecting ? NULL : l->up.first, l->down.first};

		if (l->connecting && l->connect_at < next)
			next = l->connect_at;
		for (size_t j = 0; j < ARRAY_LEN(heads); j++)
			if (heads[j] && heads[j]->due < next)
				next = heads[j]->due;
	}
	return next;
}

/* A chunk that is due and still queued waits for a full socket: POLLOUT ends the poll then. */
static int64_t poll_timeout(const struct proxy *p, int64_t now)
{
	int64_t next = next_due(p);

	return next == INT64_MAX ? -1 : next > now ? next - now : 1000000;
}

static void run(struct proxy *p, int listener)
{
	static struct pollfd fds[1 + 2 * MAX_CONNECTIONS];

	for (;;) {
		int64_t now = now_ns();

		fds[0] = (struct pollfd){
			.fd = p->n < MAX_CONNECTIONS ? listener : -1, .events = POLLIN};
		for (size_t i = 0; i < p->n; i++) {
			struct link *l = p->links[i];

			expect(&fds[1 + 2 * i], l->client, &l->up, &l->down, now);
			expect(&fds[2 + 2 * i], l->server, &l->down, &l->up, now);
		}
		size_t n = p->n;

		if (tool_poll(fds, 1 + 2 * n, poll_timeout(p, now)) < 0)
			return;
		for (size_t i = n; i-- > 0;) {
			struct link *l = p->links[i];
			short in = POLLIN | POLLHUP | POLLERR;
			int rc = fds[1 + 2 * i].revents & in && !l->up.read_end ? take(p, l, true)
										: 0;

			if (rc == 0 && fds[2 + 2 * i].revents & in && !l->down.read_end)
				rc = take(p, l, false);
			if (rc < 0)
				end_link(p, i);
		}
		push(p);
		if (fds[0].revents & POLLIN)
			accept_link(p, listener);
	}
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{"to", required_argument, NULL, 't'},
		{"delay-ms", required_argument, NULL, 'd'},
		{"port-file", required_argument, NULL, 'p'},
		{"count-file", required_argument, NULL, 'c'},
		{"lifetime", required_argument, NULL, 'l'},
		{NULL, 0, NULL, 0},
	};
	static struct proxy p = {.delay = -1};
	const char *to = NULL, *port_file = NULL;
	long long lifetime = 300;
	int c, port = 0;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (c == 't')
			to = optarg;
		else if (c == 'd')
			p.delay = parse_number("--delay-ms", optarg, 0, 60000) * 1000000;
		else if (c == 'p')
			port_file = optarg;
		else if (c == 'c')
			p.count_file = optarg;
		else if (c == 'l')
			lifetime = parse_number("--lifetime", optarg, 1, 86400);
		else
			return 2;
	}
	if (optind < argc || !to || !port_file || p.delay < 0)
		die("needs --to IP:PORT, --delay-ms N and --port-file FILE");
	p.to = parse_address(to);
	tool_live(lifetime);
	int listener = listen_loopback(&port);
	char_auto *port_text = xasprintf("%d\n", port);

	write_file_atomically(port_file, port_text);
	run(&p, listener);
	while (p.n > 0)
		end_link(&p, p.n - 1);
	write_counts(&p);
	close(listener);
	return 0;
}
