/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An HTTP/1.1 server on 127.0.0.1 that makes faults on purpose: fault-script.h lists them. With
 * --upstream it is a proxy in front of a real server and breaks single exchanges. Each connection
 * has a forked child, so that no connection delays another.
 *
 *   fault-server --script FILE --port-file FILE [--log FILE] [--lifetime SECONDS]
 *                [--cert PEM --key PEM [--client-ca PEM] [--old-tls]] [--heads FILE]
 *                [--upstream http[s]://IP:PORT [--upstream-ca PEM]]
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <openssl/err.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fault-serve.h"
#include "tool.h"

struct options {
	const char *script, *cert, *key, *client_ca, *upstream, *upstream_ca, *port_file, *log,
		*heads;
	bool old_tls; /* TLS 1.1 at most */
	long long lifetime;
};

static void accept_all(struct fault_server *s, int listener)
{
	pid_t parent = getpid();

	for (;;) {
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

		if (fd < 0)
			return;
		pid_t pid = fork();

		if (pid == 0) {
			tool_child(parent);
			close(listener);
			fault_serve(s, fd);
			_exit(0);
		}
		if (pid < 0)
			fprintf(stderr, "fault-server: cannot fork: %s\n", strerror(errno));
		close(fd);
	}
}

/* Start */

static int choose_http11(SSL *ssl, const unsigned char **out, unsigned char *outlen,
	const unsigned char *in, unsigned inlen, void *arg)
{
	static const unsigned char ours[] = "\x08http/1.1";
	unsigned char *chosen = NULL;

	(void)ssl;
	(void)arg;
	if (SSL_select_next_proto(&chosen, outlen, ours, sizeof(ours) - 1, in, inlen) !=
		OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_NOACK;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

static void need_tls(int ok, const char *what)
{
	if (ok == 1)
		return;
	ERR_print_errors_fp(stderr);
	die("%s: cannot be used", what);
}

static void set_up_tls(struct fault_server *s, const struct options *o)
{
	if (o->cert) {
		const char *key = o->key ? o->key : o->cert;

		s->tls = SSL_CTX_new(TLS_server_method());
		need_tls(SSL_CTX_use_certificate_chain_file(s->tls, o->cert), o->cert);
		need_tls(SSL_CTX_use_PrivateKey_file(s->tls, key, SSL_FILETYPE_PEM), key);
		SSL_CTX_set_alpn_select_cb(s->tls, choose_http11, NULL);
		if (o->old_tls) {
			SSL_CTX_set_min_proto_version(s->tls, TLS1_VERSION);
			SSL_CTX_set_max_proto_version(s->tls, TLS1_1_VERSION);
			SSL_CTX_set_cipher_list(s->tls, "ALL:@SECLEVEL=0");
		}
	}
	if (o->client_ca && s->tls) {
		need_tls(SSL_CTX_load_verify_file(s->tls, o->client_ca), o->client_ca);
		SSL_CTX_set_verify(s->tls, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	}
	if (o->upstream && has_prefix(o->upstream, "https://")) {
		if (!o->upstream_ca)
			die("--upstream https://... needs --upstream-ca");
		s->upstream_tls = SSL_CTX_new(TLS_client_method());
		need_tls(SSL_CTX_load_verify_file(s->upstream_tls, o->upstream_ca), o->upstream_ca);
		SSL_CTX_set_verify(s->upstream_tls, SSL_VERIFY_PEER, NULL);
	}
}

static struct options parse_options(int argc, char **argv)
{
	static const struct option longs[] = {
		{"script", required_argument, NULL, 's'},
		{"cert", required_argument, NULL, 'c'},
		{"key", required_argument, NULL, 'k'},
		{"client-ca", required_argument, NULL, 'a'},
		{"upstream", required_argument, NULL, 'u'},
		{"upstream-ca", required_argument, NULL, 'U'},
		{"port-file", required_argument, NULL, 'p'},
		{"log", required_argument, NULL, 'l'},
		{"heads", required_argument, NULL, 'h'},
		{"old-tls", no_argument, NULL, 'o'},
		{"lifetime", required_argument, NULL, 't'},
		{NULL, 0, NULL, 0},
	};
	struct options o = {.lifetime = 300};
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		const char **text = c == 's'   ? &o.script
				    : c == 'c' ? &o.cert
				    : c == 'k' ? &o.key
				    : c == 'a' ? &o.client_ca
				    : c == 'u' ? &o.upstream
				    : c == 'U' ? &o.upstream_ca
				    : c == 'p' ? &o.port_file
				    : c == 'l' ? &o.log
				    : c == 'h' ? &o.heads
					       : NULL;

		if (text)
			*text = optarg;
		else if (c == 'o')
			o.old_tls = true;
		else if (c == 't')
			o.lifetime = parse_number("--lifetime", optarg, 1, 86400);
		else
			exit(2);
	}
	if (optind < argc || !o.script || !o.port_file)
		die("needs --script FILE and --port-file FILE");
	return o;
}

static void set_up(struct fault_server *s, const struct options *o)
{
	*s = (struct fault_server){.log = -1, .heads = -1};
	fault_script_load(&s->script, o->script);
	set_up_tls(s, o);
	if (o->upstream) {
		const char *scheme_end = strstr(o->upstream, "://");

		s->upstream_host = xstrdup(scheme_end ? scheme_end + 3 : o->upstream);
		s->upstream = parse_address(s->upstream_host);
	}
	if (o->log) {
		s->log = open(o->log, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666);
		if (s->log < 0)
			die("%s: cannot write: %s", o->log, strerror(errno));
	}
	if (o->heads) {
		s->heads = open(o->heads,
			O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666);
		if (s->heads < 0)
			die("%s: cannot write: %s", o->heads, strerror(errno));
	}
}

static void release(struct fault_server *s)
{
	fault_script_release(&s->script);
	SSL_CTX_free(s->tls);
	SSL_CTX_free(s->upstream_tls);
	free(s->upstream_host);
	if (s->log >= 0)
		close(s->log);
	if (s->heads >= 0)
		close(s->heads);
}

int main(int argc, char **argv)
{
	struct options o = parse_options(argc, argv);
	struct fault_server s;
	int port = 0;

	set_up(&s, &o);
	tool_live(o.lifetime);
	signal(SIGCHLD, SIG_IGN); /* the kernel removes ended children */
	struct pollfd listener = {.fd = listen_loopback(&port), .events = POLLIN};
	char_auto *port_text = xasprintf("%d\n", port);

	write_file_atomically(o.port_file, port_text);
	while (tool_poll(&listener, 1, -1) == 0)
		accept_all(&s, listener.fd);
	close(listener.fd);
	release(&s);
	return 0;
}
