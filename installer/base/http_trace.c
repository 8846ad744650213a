/* SPDX-License-Identifier: Apache-2.0 */
/* What -v, -vv and -vvv show of the requests. Headers and bodies go through the masks below. */
#include <inttypes.h>
#include <string.h>

#include "base/http_parts.h"
#include "base/json.h"

enum { BODY_MAX = 16 << 10 /* bytes shown of one */ };

static struct {
	int level;
	void (*say)(void *arg, const char *text);
	void *arg;
} trace;

void http_trace(int level, void (*say)(void *arg, const char *text), void *arg)
{
	trace.level = level;
	trace.say = say;
	trace.arg = arg;
}

/* Headers whose value is a credential: cut behind the name, also in the middle of a line. */
static void mask_header(char *line)
{
	static const char *const names[] = { "authorization:", "cookie:", "token:" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		char *at = strcasestr(line, names[i]);

		if (at && strlen(at + strlen(names[i])) >= 4)
			memcpy(at + strlen(names[i]), " ***", 5);
	}
}

static bool is_secret(const char *key)
{
	static const char *const words[] = { "password", "token", "secret", "privatekey" };

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strcasestr(key, words[i]))
			return true;
	return false;
}

/* In place: strings of members that are named as credentials are, and what a Secret holds. */
static void mask_body(json_t *value)
{
	const char *key, *kind = json_str(value, "kind");
	bool holds = kind && has_prefix(kind, "Secret");
	json_t *member;
	size_t i;
	void *next;

	json_object_foreach_safe(value, next, key, member) {
		bool data = holds && strstr("data stringData", key) && json_is_object(member);

		if (data || (is_secret(key) && json_is_string(member)))
			json_object_set_new(value, key, json_string("***"));
		else
			mask_body(member);
	}
	json_array_foreach(value, i, member)
		mask_body(member);
}

static void say_body(const char *mark, const struct buf *body)
{
	buf_auto text = { 0 };
	err_auto no_json = { 0 };

	if (body->len == 0)
		return;
	json_auto_t *json = json_parse(body->data, body->len, &no_json);

	if (!json) {
		/* What is unknown may hold anything. */
		buf_printf(&text, "%s %zu bytes that are no JSON", mark, body->len);
	} else {
		buf_printf(&text, "%s ", mark);
		mask_body(json);
		json_write(&text, json, JSON_STYLE_COMPACT);
	}
	if (text.len > BODY_MAX) {
		char_auto *cut = xasprintf("%.*s ... %zu bytes more", (int)BODY_MAX, text.data,
			text.len - BODY_MAX);

		trace.say(trace.arg, cut);
		return;
	}
	trace.say(trace.arg, buf_str(&text));
}

void http_trace_attempt(const struct http *h, const struct http_req *req, CURLcode rc)
{
	const struct http_attempt *a = req->attempt;
	char_auto *again = NULL, *nth = NULL, *outcome = NULL;

	if (trace.level < 1)
		return;
	outcome = rc == CURLE_OK ? xasprintf("%ld", req->status)
				 : xasprintf("failed (%s)", curl_easy_strerror(rc));
	nth = req->attempts > 1 ? xasprintf(", attempt %d", req->attempts) : xstrdup("");
	again = a->start_at ? xasprintf(", again in %" PRId64 " ms", a->start_at - now_ms())
			    : xstrdup("");
	char_auto *line = xasprintf("%s %s%s %s %.0f ms%s%s", req->method, h->base, req->path,
		outcome, req->seconds * 1000, nth, again);

	trace.say(trace.arg, line);
	if (trace.level < 3)
		return;
	say_body(">", &req->body);
	say_body("<", &req->answer);
}

static int on_debug(CURL *easy, curl_infotype type, char *data, size_t len, void *arg)
{
	const char *mark = type == CURLINFO_HEADER_OUT ? ">" : type == CURLINFO_TEXT ? "*" : "<";

	(void)easy;
	(void)arg;
	if (type != CURLINFO_HEADER_OUT && type != CURLINFO_HEADER_IN && type != CURLINFO_TEXT)
		return 0;
	for (const char *p = data; p < data + len;) {
		const char *end = memchr(p, '\n', (size_t)(data + len - p));
		size_t n = (size_t)((end ? end : data + len) - p);
		size_t kept = n > 0 && p[n - 1] == '\r' ? n - 1 : n;
		char_auto *line = xasprintf("%s %.*s    ", mark, (int)kept, p);

		mask_header(line);
		for (size_t last = strlen(line); last > 0 && line[last - 1] == ' '; last--)
			line[last - 1] = '\0';
		if (kept > 0)
			trace.say(trace.arg, line);
		p += n + 1;
	}
	return 0;
}

void http_trace_start(CURL *easy)
{
	if (trace.level < 2)
		return;
	curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L);
	curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, on_debug);
}
