/* actors/vertex/http.h - HTTPS towards Google: one libcurl multi handle on libev.
 *
 * Every call ends with exactly one http_done, and says whether the server may have seen
 * the request: a generation must never be asked for twice.
 *
 * Owns:  the connections, the bodies in transit.
 * Fails: http_start with -E_UPSTREAM_BUSY over the bound, -E_INTERNAL_ERROR when memory is out.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_VERTEX_HTTP_H
#define STUDIOD_VERTEX_HTTP_H

#include "actors/common/curl_ev.h"
#include "proto/link.h"

enum {
	HTTP_CALLS_MAX = 256,			/* in flight at once */
	HTTP_CONNECT_MS = 10000,
	HTTP_ANSWER_MEDIA = 48 << 20,		/* bytes of an answer that may carry media */
	HTTP_ANSWER_SMALL = 1 << 20
};

struct http {
	struct ev_loop *loop;
	struct curl_ev curl;
	const char *protocols;		/* "https", or "http,https" where an endpoint is plain */
	unsigned in_flight;
};

struct http_ask {
	const char *what;		/* for the log: "imagen", "storage_upload" */
	const char *method;		/* "GET" or "POST" */
	const char *url;
	const char *content_type;	/* of the body; NULL without one */
	const char *bearer;		/* token, or NULL */
	const char *range;		/* "0-65535", or NULL */
	struct buf *body;		/* taken over and emptied when the call starts; NULL: none */
	uint32_t timeout_ms;		/* the whole call */
	uint32_t idle_s;		/* give up when nothing moves for so long; 0: the time-out only */
	size_t answer_max;		/* bytes of the answer */
	bool once;			/* must reach the server at most once: a body is never sent again */
};

enum http_end {
	HTTP_ANSWERED,			/* status and body are there */
	HTTP_NOT_SENT,			/* the server has certainly not seen the request */
	HTTP_CUT,			/* the connection broke after it went out */
	HTTP_TIMED_OUT,			/* no answer in time after it went out */
	HTTP_TOO_LARGE			/* the answer was over its bound */
};

struct http_answer {
	enum http_end end;
	long status;
	struct buf body;		/* a receiver may take it (and empty this) */
	struct buf *asked;		/* the body that was sent: likewise */
	const char *content_type;	/* "" where there is none */
	uint64_t total;			/* size of the whole object, from Content-Range; 0 unknown */
	uint32_t retry_after_s;		/* 0: not told */
	const char *why;		/* of an end that is no answer */
};

typedef void http_done(void *arg, struct http_answer *answer);

/* The last look outside: initialises libcurl and OpenSSL. 0 or -1. */
int http_init(struct http *h, struct ev_loop *loop, bool plain_too);
void http_fini(struct http *h);

/* Starts a call. 0, or a negative code: then `done` is not called and the body stays where
 * it was. */
int http_start(struct http *h, const struct ctx *ctx, const struct http_ask *ask, http_done *done, void *arg);

#endif
