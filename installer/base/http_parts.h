/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files behind base/http.h share, for nobody else: an endpoint and an attempt as libcurl
 * sees them. No other file knows libcurl.
 */
#ifndef BASE_HTTP_PARTS_H
#define BASE_HTTP_PARTS_H

#include <curl/curl.h>

#include "base/http.h"
#include "base/http_pace.h"
#include "base/http_resume.h"
#include "base/proxy.h"
#include "base/tls.h"

struct http {
	CURLM *multi;
	struct http_endpoint to;
	char *base; /* URL as requested: its host is the name that is verified */
	char *host_header; /* "Host: ..." when base names another host than the URL */
	struct curl_slist *connect_to; /* then: where the connection really goes */
	char *ca_pem; /* what can be read of the endpoint's */
	char *shown_cert; /* client certificate of the connections there are; a copy */
	char *user_agent;
	int64_t deadline;
	int64_t started;
	bool over_tls;
	char *host; /* that of the URL, without brackets */
	struct proxy proxy; /* its url is NULL: none */
	const char *proxy_from; /* "proxy-url" or the environment's variable */
	struct tls_peer *peer;
	struct http_pace pace;
	size_t waiting; /* bytes of bodies that are coming in */
	bool reached; /* an answer has come: from now on a refused connection is worth a retry */
	long sent;
};

struct http_attempt {
	struct http *http;
	CURL *easy;
	struct curl_slist *headers;
	size_t given; /* bytes of the body that libcurl has taken */
	int64_t start_at; /* 0: in flight */
	bool ended;
	bool begun; /* the body of this answer has */
	size_t came; /* bytes of it that count in waiting */
	bool postponed; /* together with others it was too much: it comes later */
	struct http_resume resume; /* of a download */
	char detail[CURL_ERROR_SIZE];
};

/* URL, name that is verified, proxy. */
CHECKED int http_set_endpoint(struct http *h, struct err *e);
/* Prepares and starts one attempt of a request. */
void http_start(struct http *h, struct http_req *req);
/* What went wrong, in words that say where to look. */
int http_explain(const struct http *h, CURLcode rc, const struct http_req *req, struct err *e);
/* The attempt ended with a TLS alert that says that the client's certificate is missing or bad. */
bool http_client_refused(const struct http_req *req);
/* base/http_trace.c: what is shown of an attempt that has ended, and of the next one. */
void http_trace_attempt(const struct http *h, const struct http_req *req, CURLcode rc);
void http_trace_start(CURL *easy);
/* The Warning and Location headers of an answer, into req. */
void http_take_headers(struct http_req *req);

#endif
