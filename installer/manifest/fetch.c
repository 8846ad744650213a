/* SPDX-License-Identifier: Apache-2.0 */
#include "manifest/fetch.h"

#include <ctype.h>
#include <string.h>

#include "base/http.h"
#include "base/url.h"

/* Addresses */

/* The path of the URL: what follows "https://HOST:PORT". */
static const char *path_of(const char *url)
{
	const char *host = strstr(url, "://");

	return host ? host + 3 + strcspn(host + 3, "/?#") : url;
}

int fetch_check_url(const char *url, bool allow_http, struct err *e)
{
	const char *path = path_of(url);
	char_auto *host = xstrndup(url, (size_t)(path - url));

	for (const char *p = url; *p; p++)
		if ((unsigned char)*p <= ' ' || *p == 0x7f || *p == '#')
			return err_set(e, ERR_USAGE, 0,
				"a URL has no spaces, control characters or #; write them as %%XX");
	/* The message does not show the address: it may contain a password. */
	if (strchr(host, '@'))
		return err_set(e, ERR_USAGE, 0,
			"a URL with a user or password is refused: no credentials are ever sent "
			"to a mirror");
	if (has_prefix(url, "file://"))
		return path == url + 7 && *path == '/'
			       ? 0
			       : err_set(e, ERR_USAGE, 0,
					 "%s: a local file is file:///DIR/..., with three slashes",
					 url);
	if (has_prefix(url, "http://") && !allow_http)
		return err_set(e, ERR_USAGE, 0,
			"%s: http is refused, since anyone on the way can change it; use https",
			url);
	if ((!has_prefix(url, "https://") && !has_prefix(url, "http://")) || *path != '/')
		return err_set(
			e, ERR_USAGE, 0, "%s: not an address as https://HOST/... or file:///", url);
	url_auto parsed = { 0 };

	if (url_parse(&parsed, url, e) == 0)
		return 0;
	e->kind = ERR_USAGE;
	return err_wrap(e, "%s", url);
}

static void replace(struct buf *out, const char *text, const char *release, const char *file)
{
	while (*text) {
		if (has_prefix(text, "RELEASE")) {
			buf_puts(out, release);
			text += strlen("RELEASE");
		} else if (has_prefix(text, "FILE")) {
			buf_puts(out, file);
			text += strlen("FILE");
		} else {
			buf_putc(out, *text++);
		}
	}
}

char *fetch_address(const char *pattern, const char *release, const char *file, struct err *e)
{
	const char *path = path_of(pattern);
	struct buf out = { 0 };

	if (!strstr(path, "RELEASE") || !strstr(path, "FILE")) {
		err_set(e, ERR_USAGE, 0,
			"a mirror's address needs RELEASE and FILE behind its host, as in "
			"https://HOST/calico/RELEASE/FILE");
		return NULL;
	}
	buf_putn(&out, pattern, (size_t)(path - pattern));
	replace(&out, path, release, file);
	return buf_steal(&out);
}

int fetch_check_digest(const char *text, char hex[SHA256_HEX_SIZE], struct err *e)
{
	size_t n = strlen(text);

	if (n != SHA256_HEX_SIZE - 1 || strspn(text, "0123456789abcdefABCDEF") != n)
		return err_set(e, ERR_USAGE, 0,
			"--sha256 %s: a SHA-256 is 64 hexadecimal digits, as sha256sum prints it",
			text);
	for (size_t i = 0; i <= n; i++)
		hex[i] = (char)tolower((unsigned char)text[i]);
	return 0;
}

/* One file */

static int verify(struct fetch_file *f, struct err *e)
{
	sha256_hex(buf_str(&f->data), f->data.len, f->digest);
	if (f->bytes > 0 && f->data.len != f->bytes)
		return err_set(e, ERR_VERIFY, 0, "%s: %zu bytes came, not the %zu it must have",
			f->url, f->data.len, f->bytes);
	if (f->sha256 && strcmp(f->sha256, f->digest) != 0)
		return err_set(e, ERR_VERIFY, 0, "%s: its SHA-256 is %s, not %s; it is refused",
			f->url, f->digest, f->sha256);
	if (f->data.len == 0)
		return err_set(e, ERR_FORMAT, 0, "%s: it is empty", f->url);
	return 0;
}

static size_t limit(const struct fetch_file *f)
{
	return f->bytes > 0 ? f->bytes : FETCH_MAX_BYTES;
}

static int take_answer(struct fetch_file *f, struct http_req *req, struct err *e)
{
	if (req->status == 0 && req->too_large && f->bytes > 0)
		return err_set(e, ERR_VERIFY, 0, "%s: it has more than the %zu bytes it must have",
			f->url, f->bytes);
	if (req->status == 0) {
		err_move(e, &req->err);
		return -1;
	}
	if (req->status == 404)
		return err_set(e, ERR_NET, 404,
			"%s: there is no such file (404); check the release and --mirror", f->url);
	if (req->status != 200 && req->status != 206)
		return err_set(
			e, ERR_NET, req->status, "%s: the server answers %ld", f->url, req->status);
	f->data = req->answer;
	req->answer = (struct buf){ 0 };
	return verify(f, e);
}

/* Batches */

struct batch {
	struct fetch_file *files;
	struct http_req *reqs;
	void (*done)(void *arg, struct fetch_file *file);
	void *arg;
};

static void finish(const struct batch *b, struct fetch_file *f, int rc)
{
	if (rc < 0)
		buf_release(&f->data);
	if (b->done)
		b->done(b->arg, f);
}

static void ended(void *arg, const struct http_req *req)
{
	const struct batch *b = arg;
	size_t i = (size_t)(req - b->reqs);

	finish(b, &b->files[i], take_answer(&b->files[i], &b->reqs[i], &b->files[i].err));
}

static int run_batch(struct http *h, struct batch *b, size_t n, struct err *e)
{
	b->reqs = xcalloc(n, sizeof(*b->reqs));
	for (size_t i = 0; i < n; i++)
		b->reqs[i] = (struct http_req){
			.method = "GET",
			.path = xstrdup(path_of(b->files[i].url)),
			.accept = "*/*",
			.repeatable = true,
			.download = true,
			.max_answer = limit(&b->files[i]),
		};
	int rc = http_run(h, b->reqs, n, ended, b, e);

	for (size_t i = 0; i < n; i++)
		http_req_release(&b->reqs[i]);
	free(b->reqs);
	return rc;
}

static int over_network(struct fetch_file *files, size_t n, const struct fetch_options *o,
	struct batch *b, struct err *e)
{
	char_auto *host = xstrndup(files->url, (size_t)(path_of(files->url) - files->url));
	const struct http_endpoint endpoint = { .url = host, .ca_pem = o->ca_pem };
	struct http *h = http_new(&endpoint, o->user_agent, o->deadline, e);
	int rc = h ? 0 : -1;

	for (size_t i = 0; i < n && rc == 0; i += FETCH_BATCH) {
		b->files = files + i;
		rc = run_batch(h, b, n - i < FETCH_BATCH ? n - i : FETCH_BATCH, e);
	}
	http_free(h);
	return rc;
}

static void from_disk(struct fetch_file *f, const struct batch *b)
{
	f->data.max = limit(f) + 1;
	finish(b, f,
		buf_read_file(&f->data, path_of(f->url), limit(f), &f->err) < 0
			? -1
			: verify(f, &f->err));
}

int fetch_files(struct fetch_file *files, size_t n, const struct fetch_options *o,
	void (*done)(void *arg, struct fetch_file *file), void *arg, struct err *e)
{
	struct batch b = { .done = done, .arg = arg };

	for (size_t i = 0; i < n; i++)
		if (fetch_check_url(files[i].url, o->allow_http, e) < 0)
			return -1;
	if (n == 0)
		return 0;
	if (!has_prefix(files->url, "file://"))
		return over_network(files, n, o, &b, e);
	for (size_t i = 0; i < n; i++)
		from_disk(&files[i], &b);
	return 0;
}

void fetch_file_release(struct fetch_file *f)
{
	free(f->url);
	buf_release(&f->data);
	err_release(&f->err);
	*f = (struct fetch_file){ 0 };
}
