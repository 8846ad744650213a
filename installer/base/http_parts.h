/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of base/http.h share, and nobody else: an endpoint and an attempt, as libcurl
 * knows them. No other file uses libcurl.
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
	char *base; /* the URL of the request: libcurl verifies the name of its host */
	char *host_header; /* "Host: ..." when base names another host than the URL; else NULL */
	struct curl_slist *connect_to; /* where the connection then really goes */
	char *ca_pem; /* the authorities of the endpoint that can be read */
	/* a copy of the client certificate with which the connections were made */
	char *shown_cert;
	char *user_agent;
	int64_t deadline;
	int64_t started;
	bool over_tls;
	char *host; /* the host of the URL, without brackets */
	struct proxy proxy; /* its url is NULL when there is no proxy */
	const char *proxy_from; /* "proxy-url", or the name of the environment's variable */
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
	size_t given; /* bytes of the body that libcurl has sent */
	int64_t start_at; /* 0: in flight */
	bool ended;
	bool begun; /* the body of this answer has begun */
	size_t came; /* bytes of it that count in waiting */
	bool postponed; /* together with others it was too much: it comes later */
	struct http_resume resume; /* state of a download */
	char detail[CURL_ERROR_SIZE];
};

/* Sets the URL, the name that is verified, and the proxy. */
CHECKED int http_set_endpoint(struct http *h, struct err *e);
/* Prepares and starts one attempt of a request. */
void http_start(struct http *h, struct http_req *req);
/* Writes what went wrong, and where to look. */
int http_explain(const struct http *h, CURLcode rc, const struct http_req *req, struct err *e);
/* Whether a TLS alert ended the attempt because the client's certificate is missing or bad. */
bool http_client_refused(const struct http_req *req);
/* base/http_trace.c: what is shown of an attempt that has ended, and of the next one. */
void http_trace_attempt(const struct http *h, const struct http_req *req, CURLcode rc);
void http_trace_start(CURL *easy);
/* Copies the Warning and Location headers of an answer into req. */
void http_take_headers(struct http_req *req);

#endif
