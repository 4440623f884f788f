/* actors/vertex/http_call.h - one call of http.h, as its two halves know it: http.c has its life, http_call.c
 * tells libcurl what to do and moves the bytes.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_VERTEX_HTTP_CALL_H
#define STUDIOD_VERTEX_HTTP_CALL_H

#include "actors/vertex/http.h"

struct call {
	struct http *http;
	CURL *easy;
	struct curl_slist *headers;
	struct ctx ctx;
	const char *what;
	struct buf body;
	size_t body_at;
	bool once, too_large, body_idles;
	size_t answer_max;
	http_sink *sink;
	void *sink_arg;
	struct call **slot;
	struct http_answer answer;
	char error[CURL_ERROR_SIZE];
	http_done *done;
	void *arg;
};

/* Sets up c->easy, and c->headers, for what is asked; all else of the call is there. 0, or -1 when memory is out or
 * libcurl does not take it: the URL, for example. */
int http_call_setup(struct call *c, const struct http_ask *ask);

#endif
