/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A proxy on 127.0.0.1 that connects all clients to one server, whatever target they name: HTTP
 * CONNECT, the same over TLS, or SOCKS5 (RFC 1928). Each connection has a forked child.
 *
 *   proxy-server --mode http|https|socks5 --to IP:PORT --port-file FILE --log FILE
 *                [--cert PEM --key PEM] [--auth USER:PASSWORD] [--lifetime SECONDS]
 *
 * The log has a line for each connection: the target that the client named, and "authorization" if
 * the client sent a password. With --auth, an HTTP proxy answers 407 without this password.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/base64.h"
#include "fault-wire.h"
#include "tool.h"

struct options {
	const char *mode, *to, *port_file, *log, *cert, *key, *auth;
	long long lifetime;
};

static int log_fd;

static void write_log(const char *target, bool authorized)
{
	char_auto *line = xasprintf("%s%s\n", target, authorized ? " authorization" : "");

	if (write(log_fd, line, strlen(line)) < 0)
		die("cannot write the log: %s", strerror(errno));
}

static int receive(struct wire *w, void *data, int n)
{
	return w->ssl ? SSL_read(w->ssl, data, n) : (int)read(w->fd, data, (size_t)n);
}

static bool receive_all(struct wire *w, unsigned char *data, int n)
{
	for (int got = 0, more; got < n; got += more)
		if ((more = receive(w, data + got, n - got)) <= 0)
			return false;
	return true;
}

/* Reads the head of a CONNECT. Bytes after it are an error: a client must wait for the answer. */
static bool accept_http(struct wire *w, const char *auth)
{
	message_auto m = { 0 };
	struct buf wanted = { 0 };
	bool good;
	char first;

	/* A TLS handshake, which a proxy without TLS does not understand. */
	if (!w->ssl && recv(w->fd, &first, 1, MSG_PEEK) == 1 && first == 0x16) {
		static const char bad[] = "HTTP/1.1 400 Bad Request\r\n\r\n";

		if (wire_write(w, bad, strlen(bad)) < 0)
			die("cannot answer: %s", strerror(errno));
		return false;
	}
	if (message_read_head(w, &m) < 0 || !has_prefix(buf_str(&m.start), "CONNECT "))
		return false;
	const char *target = buf_str(&m.start) + strlen("CONNECT ");
	char_auto *host = xstrndup(target, strcspn(target, " "));
	char_auto *shown = message_header(&m, "Proxy-Authorization");

	buf_puts(&wanted, "Basic ");
	base64_encode(&wanted, auth ? auth : "", auth ? strlen(auth) : 0);
	good = !auth || (shown && strcmp(shown, buf_str(&wanted)) == 0);
	buf_release(&wanted);
	write_log(host, shown != NULL);
	const char *answer =
		good ? "HTTP/1.1 200 Connected\r\n\r\n"
		     : "HTTP/1.1 407 Proxy Authentication Required\r\n"
		       "Proxy-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n";

	return wire_write(w, answer, strlen(answer)) == 0 && good;
}

static bool accept_socks5(struct wire *w)
{
	unsigned char head[4], name[256], port[2], n;
	char host[INET6_ADDRSTRLEN] = "";

	if (!receive_all(w, head, 2) || head[0] != 5 || !receive_all(w, name, head[1]) ||
		wire_write(w, "\x05\x00", 2) < 0 || !receive_all(w, head, 4))
		return false;
	if (head[3] == 3) {
		if (!receive_all(w, &n, 1) || !receive_all(w, name, n))
			return false;
		name[n] = '\0';
	} else {
		n = head[3] == 1 ? 4 : 16;
		if (!receive_all(w, name, n))
			return false;
		inet_ntop(n == 4 ? AF_INET : AF_INET6, name, host, sizeof(host));
	}
	if (!receive_all(w, port, 2))
		return false;
	char_auto *target =
		xasprintf("%s:%d", *host ? host : (const char *)name, port[0] << 8 | port[1]);

	write_log(target, false);
	return wire_write(w, "\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00", 10) == 0;
}

static void relay(struct wire *client, int server)
{
	struct wire to = { .fd = server };
	char data[16384];

	for (;;) {
		struct pollfd fds[] = { { .fd = client->fd, .events = POLLIN },
			{ .fd = server, .events = POLLIN } };
		bool pending = client->ssl && SSL_pending(client->ssl) > 0;

		if (!pending && poll(fds, 2, -1) < 0)
			return;
		if (pending || fds[0].revents) {
			int n = receive(client, data, sizeof(data));

			if (n <= 0 || wire_write(&to, data, (size_t)n) < 0)
				return;
		}
		if (fds[1].revents) {
			ssize_t n = read(server, data, sizeof(data));

			if (n <= 0 || wire_write(client, data, (size_t)n) < 0)
				return;
		}
	}
}

static void serve(const struct options *o, SSL_CTX *tls, int fd)
{
	struct sockaddr_in to = parse_address(o->to);
	struct wire w = { .fd = fd };
	int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (tls) {
		w.ssl = SSL_new(tls);
		SSL_set_fd(w.ssl, fd);
		if (SSL_accept(w.ssl) != 1)
			_exit(0);
	}
	if (!(strcmp(o->mode, "socks5") == 0 ? accept_socks5(&w) : accept_http(&w, o->auth)))
		_exit(0);
	if (connect(server, (struct sockaddr *)&to, sizeof(to)) == 0)
		relay(&w, server);
	_exit(0);
}

static struct options parse_options(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "mode", required_argument, NULL, 'm' },
		{ "to", required_argument, NULL, 'o' },
		{ "port-file", required_argument, NULL, 'p' },
		{ "log", required_argument, NULL, 'l' },
		{ "cert", required_argument, NULL, 'c' },
		{ "key", required_argument, NULL, 'k' },
		{ "auth", required_argument, NULL, 'a' },
		{ "lifetime", required_argument, NULL, 't' },
		{ NULL, 0, NULL, 0 },
	};
	struct options o = { .lifetime = 300 };
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		const char **text = c == 'm'   ? &o.mode
				    : c == 'o' ? &o.to
				    : c == 'p' ? &o.port_file
				    : c == 'l' ? &o.log
				    : c == 'c' ? &o.cert
				    : c == 'k' ? &o.key
				    : c == 'a' ? &o.auth
					       : NULL;

		if (text)
			*text = optarg;
		else if (c == 't')
			o.lifetime = parse_number("--lifetime", optarg, 1, 86400);
		else
			exit(2);
	}
	if (optind < argc || !o.mode || !o.to || !o.port_file || !o.log)
		die("needs --mode, --to, --port-file and --log");
	return o;
}

int main(int argc, char **argv)
{
	struct options o = parse_options(argc, argv);
	SSL_CTX *tls = NULL;
	int port, listener = listen_loopback(&port);
	pid_t parent = getpid();

	log_fd = open(o.log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (log_fd < 0)
		die("%s: %s", o.log, strerror(errno));
	if (strcmp(o.mode, "https") == 0) {
		tls = SSL_CTX_new(TLS_server_method());
		if (SSL_CTX_use_certificate_chain_file(tls, o.cert) != 1 ||
			SSL_CTX_use_PrivateKey_file(tls, o.key, SSL_FILETYPE_PEM) != 1)
			die("%s: cannot be used", o.cert);
	}
	tool_live(o.lifetime);
	signal(SIGCHLD, SIG_IGN);
	char_auto *text = xasprintf("%d\n", port);

	write_file_atomically(o.port_file, text);
	for (;;) {
		struct pollfd fds = { .fd = listener, .events = POLLIN };

		if (tool_poll(&fds, 1, -1) < 0)
			return 0;
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

		if (fd < 0)
			continue;
		if (fork() == 0) {
			tool_child(parent);
			serve(&o, tls, fd);
		}
		close(fd);
	}
}
