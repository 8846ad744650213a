/* SPDX-License-Identifier: Apache-2.0 */
#include "fault-serve.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tool.h"

/* Answers */

static void write_log(
	const struct fault_server *s, const struct message *request, const char *outcome)
{
	char_auto *auth = message_header(request, "Authorization");
	int words = (int)strcspn(buf_str(&request->start), " ");

	words += 1 + (int)strcspn(buf_str(&request->start) + words + 1, " ");
	char_auto *line = xasprintf("%.*s %s%s\n", words, buf_str(&request->start), outcome,
		auth ? " authorization" : "");

	/* One write to a file opened for appending: lines of parallel children do not mix. */
	if (s->log >= 0 && write(s->log, line, strlen(line)) < 0)
		die("cannot write the log: %s", strerror(errno));
	char_auto *head = xasprintf("%s\n%s", buf_str(&request->start), buf_str(&request->headers));

	if (s->heads >= 0 && write(s->heads, head, strlen(head)) < 0)
		die("cannot write the heads: %s", strerror(errno));
}

static void nap_ms(long ms)
{
	struct timespec ts = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	nanosleep(&ts, NULL);
}

static int send_paced(struct wire *w, const char *data, size_t n, long long bytes_per_second)
{
	size_t slice = bytes_per_second > 10 ? (size_t)bytes_per_second / 10 : 1;

	if (!bytes_per_second)
		return wire_write(w, data, n);
	while (n > 0) {
		size_t part = n < slice ? n : slice;

		if (wire_write(w, data, part) < 0)
			return -1;
		data += part;
		n -= part;
		nap_ms(bytes_per_second > 10 ? 100 : (long)(1000 / bytes_per_second));
	}
	return 0;
}

/* Number of body bytes to send by the rule; LLONG_MAX: no end. */
static long long body_length(const struct fault_rule *rule, const struct buf *body)
{
	return rule->endless          ? LLONG_MAX
	       : rule->body_size >= 0 ? rule->body_size
				      : (long long)body->len;
}

static int send_body(struct wire *w, const struct fault_rule *rule, const struct buf *body)
{
	static char filler[65536];
	bool generated = rule->endless || rule->body_size >= 0;
	long long left = body_length(rule, body);

	if (rule->close_after >= 0 && rule->close_after < left)
		left = rule->close_after;
	if (!generated)
		return send_paced(w, buf_str(body), (size_t)left, rule->bytes_per_second);
	memset(filler, 'x', sizeof(filler));
	while (left > 0) {
		size_t part = left < (long long)sizeof(filler) ? (size_t)left : sizeof(filler);

		if (send_paced(w, filler, part, rule->bytes_per_second) < 0)
			return -1;
		left -= (long long)part;
	}
	return 0;
}

static void send_endless_head(struct wire *w, const char *start)
{
	static char lines[65536];

	for (size_t i = 0; i + 1 < sizeof(lines); i++)
		lines[i] = "X-Filler: 0123456789abcdef\r\n"[i % 28];
	lines[sizeof(lines) - 1 - (sizeof(lines) - 1) % 28] = '\0'; /* whole lines only */
	if (wire_write(w, start, strlen(start)) < 0 || wire_write(w, "\r\n", 2) < 0)
		return;
	while (wire_write(w, lines, strlen(lines)) == 0)
		;
}

/* True: the connection can have another request. */
static bool send_answer(struct wire *w, const struct fault_rule *rule, const char *start,
	const struct buf *headers, const struct buf *body, bool head_only)
{
	buf_auto out = { 0 };
	bool last = rule->endless || rule->close_after >= 0 || rule->content_length >= 0 ||
		    strcasestr(buf_str(headers), "Connection: close") ||
		    strcasestr(buf_str(&rule->headers), "Connection: close");

	if (rule->endless_head) {
		send_endless_head(w, start);
		return false;
	}
	buf_printf(&out, "%s\r\n%s%s", start, buf_str(headers), buf_str(&rule->headers));
	if (rule->content_length >= 0)
		buf_printf(&out, "Content-Length: %lld\r\n", rule->content_length);
	else if (!rule->endless)
		buf_printf(&out, "Content-Length: %lld\r\n", body_length(rule, body));
	buf_puts(&out, last ? "Connection: close\r\n\r\n" : "\r\n");
	if (wire_write(w, out.data, out.len) < 0 || (!head_only && send_body(w, rule, body) < 0))
		return false;
	if (rule->close_after >= 0 || rule->content_length >= 0)
		wire_cut(w);
	return !last;
}

/* The upstream */

static int connect_upstream(const struct fault_server *s, struct wire *up)
{
	int one = 1;

	up->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (up->fd < 0 ||
		connect(up->fd, (const struct sockaddr *)&s->upstream, sizeof(s->upstream)) < 0) {
		fprintf(stderr, "fault-server: %s: %s\n", s->upstream_host, strerror(errno));
		return -1;
	}
	setsockopt(up->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (!s->upstream_tls)
		return 0;
	char ip[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &s->upstream.sin_addr, ip, sizeof(ip));
	up->ssl = SSL_new(s->upstream_tls);
	X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(up->ssl), ip);
	SSL_set_fd(up->ssl, up->fd);
	if (SSL_connect(up->ssl) == 1)
		return 0;
	fprintf(stderr, "fault-server: %s: no TLS connection\n", s->upstream_host);
	ERR_print_errors_fp(stderr);
	return -1;
}

/* Each request has its own connection to the upstream, so that a fault on one side stays there. */
static int ask_upstream(
	const struct fault_server *s, const struct message *request, struct message *answer)
{
	struct wire *up = xcalloc(1, sizeof(*up));
	buf_auto out = { 0 };

	up->fd = -1;
	buf_printf(&out, "%s\r\n", buf_str(&request->start));
	message_copy_headers(&out, request);
	buf_printf(&out, "Content-Length: %zu\r\nConnection: close\r\n\r\n", request->body.len);
	buf_putn(&out, buf_str(&request->body), request->body.len);
	int rc = connect_upstream(s, up) < 0 || wire_write(up, out.data, out.len) < 0 ||
				 message_read_head(up, answer) < 0 ||
				 message_read_body(up, answer, true) < 0
			 ? -1
			 : 0;

	wire_close(up);
	free(up);
	return rc;
}

static bool pass(struct fault_server *s, struct wire *w, const struct message *request,
	const struct fault_rule *rule)
{
	message_auto answer = { 0 };
	buf_auto headers = { 0 };

	if (!s->upstream_host || ask_upstream(s, request, &answer) < 0) {
		write_log(s, request, "no-upstream");
		wire_reset(w);
		return false;
	}
	const char *start = buf_str(&answer.start);
	const char *status = start + strcspn(start, " ") + (strchr(start, ' ') != NULL);
	bool drop = rule->action == FAULT_PASS_THEN_DROP;
	char_auto *outcome = xasprintf("%.3s%s", status, drop ? " dropped" : "");

	write_log(s, request, outcome);
	if (drop) {
		wire_reset(w);
		return false;
	}
	message_copy_headers(&headers, &answer);
	return send_answer(w, rule, start, &headers, &answer.body,
		has_prefix(buf_str(&request->start), "HEAD "));
}

/* A connection */

/* Replaces "$UID" with the uid of the AdmissionReview in the request: a webhook must repeat it. */
static void fill_body(struct buf *out, const struct buf *body, const struct message *request)
{
	static const char mark[] = "$UID", before[] = "\"uid\":\"";
	const char *text = buf_str(body), *at = body->len ? strstr(text, mark) : NULL;
	const char *uid = at ? strstr(buf_str(&request->body), before) : NULL;

	if (!uid) {
		buf_putn(out, text, body->len);
		return;
	}
	uid += strlen(before);
	buf_putn(out, text, (size_t)(at - text));
	buf_putn(out, uid, strcspn(uid, "\""));
	buf_puts(out, at + strlen(mark));
}

static bool answer(struct fault_server *s, struct wire *w, const struct message *request,
	const struct fault_rule *rule)
{
	char_auto *start = xasprintf("HTTP/1.1 %d Scripted", rule->status);
	char_auto *outcome = xasprintf("%d", rule->status);
	buf_auto headers = { 0 }, body = { 0 };

	fill_body(&body, &rule->body, request);
	if (!strcasestr(buf_str(&rule->headers), "Content-Type:"))
		buf_puts(&headers, "Content-Type: text/plain\r\n");
	write_log(s, request, outcome);
	return send_answer(
		w, rule, start, &headers, &body, has_prefix(buf_str(&request->start), "HEAD "));
}

static const struct fault_rule *find_rule(struct fault_server *s, const struct message *request)
{
	static const struct fault_rule pass_all = {
		.action = FAULT_PASS, .body_size = -1, .content_length = -1, .close_after = -1
	};
	static struct fault_rule not_found = {
		.status = 404, .body_size = -1, .content_length = -1, .close_after = -1
	};
	char_auto *line = xstrdup(buf_str(&request->start));
	char *rest = line;
	const char *method = strsep(&rest, " "), *path = rest ? strsep(&rest, " ") : "";
	const struct fault_rule *rule = fault_script_match(&s->script, method, path);

	if (!not_found.body.len)
		buf_puts(&not_found.body, "404 page not found\n");
	return rule ? rule : s->upstream_host ? &pass_all : &not_found;
}

static bool reset(struct fault_server *s, struct wire *w, const struct message *request)
{
	write_log(s, request, "reset");
	wire_reset(w);
	return false;
}

static int read_request_body(struct wire *w, struct message *request)
{
	static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
	char_auto *expect = message_header(request, "Expect");

	if (expect && wire_write(w, go_on, strlen(go_on)) < 0)
		return -1;
	return message_read_body(w, request, false);
}

/* Waits for the file, at most a minute, and removes it: each file lets one request go on. */
static void hold(struct fault_server *s, const struct message *request, const char *path)
{
	write_log(s, request, "hold");
	for (int i = 0; i < 12000 && unlink(path) < 0; i++)
		nap_ms(5);
}

/* Serves one request. True: the connection can have another. */
static bool serve(struct fault_server *s, struct wire *w)
{
	message_auto request = { 0 };

	if (message_read_head(w, &request) < 0)
		return false;
	const struct fault_rule *rule = find_rule(s, &request);

	if (rule->action == FAULT_RESET_BEFORE_BODY)
		return reset(s, w, &request);
	if (read_request_body(w, &request) < 0)
		return false;
	if (rule->hold)
		hold(s, &request, rule->hold);
	switch (rule->action) {
	case FAULT_RESET_BEFORE_ANSWER:
		return reset(s, w, &request);
	case FAULT_STALL:
		write_log(s, &request, "stall");
		wire_wait_for_close(w);
		return false;
	case FAULT_PASS:
	case FAULT_PASS_THEN_DROP:
		return pass(s, w, &request, rule);
	default:
		return answer(s, w, &request, rule);
	}
}

/* True for a TLS handshake on a port without TLS. The answer is the one that web servers give. */
static bool is_tls_greeting(int fd)
{
	char first = 0;

	return recv(fd, &first, 1, MSG_PEEK) == 1 && first == 0x16;
}

static void refuse_greeting(struct wire *w)
{
	static const char text[] = "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\n"
				   "Connection: close\r\n\r\nThis port speaks no TLS.\n";

	if (wire_write(w, text, strlen(text)) == 0)
		shutdown(w->fd, SHUT_WR);
	wire_wait_for_close(w);
	wire_cut(w);
}

void fault_serve(struct fault_server *s, int fd)
{
	struct wire *w = xcalloc(1, sizeof(*w));
	int one = 1;

	w->fd = fd;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (s->tls) {
		w->ssl = SSL_new(s->tls);
		SSL_set_fd(w->ssl, fd);
		if (SSL_accept(w->ssl) != 1) {
			wire_cut(w);
			free(w);
			return;
		}
	} else if (is_tls_greeting(fd)) {
		refuse_greeting(w);
		free(w);
		return;
	}
	while (serve(s, w))
		;
	wire_close(w);
	free(w);
}
