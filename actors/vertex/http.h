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
	HTTP_CALLS_MAX = 416,			/* in flight at once: 256, and those of objects.h */
	HTTP_CONNECT_MS = 10000,
	HTTP_BODY_IDLE_S = 60,			/* without a byte, once an answer has begun */
	HTTP_ANSWER_MEDIA = 48 << 20,		/* bytes of an object, where its range was not kept to */
	HTTP_ANSWER_SMALL = 1 << 20,
	HTTP_CONNECTION_S = 600			/* an older one is not used again: names and routes change */
};

struct http {
	struct ev_loop *loop;
	struct curl_ev curl;
	const char *protocols;		/* "https", or "http,https" where an endpoint is plain */
	unsigned in_flight;
};

struct http_answer;
struct call;
/* Bytes of a 2xx answer as they come; what is known of it so far is in `a`. How many were taken:
 * n, or HTTP_PAUSE: they come again after http_resume. HTTP_OVER ends the call as HTTP_TOO_LARGE,
 * anything else as HTTP_CUT. A sink starts no call itself: libcurl forbids that. */
enum { HTTP_PAUSE = CURL_WRITEFUNC_PAUSE, HTTP_OVER };
typedef size_t http_sink(void *arg, const struct http_answer *a, const char *p, size_t n);

/* Texts but the URL stay the asker's until the call ends. */
struct http_ask {
	const char *what;		/* for the log: "imagen", "storage_upload" */
	const char *method;		/* "GET", "POST", "PUT" or "DELETE" */
	const char *url;
	const char *content_type;	/* of the body; NULL without one */
	const char *bearer;		/* token, or NULL */
	const char *range;		/* "0-65535", or NULL */
	struct buf *body;		/* taken over and emptied when the call starts; NULL: none */
	uint32_t timeout_ms;		/* the whole call */
	uint32_t idle_s;		/* give up when nothing moves for so long; 0: HTTP_BODY_IDLE_S, and only in an answer's body */
	size_t answer_max;		/* bytes of the answer */
	bool once;			/* must reach the server at most once: a body is never sent again */
	const char *headers[4];		/* more of them, "Name: value"; an asker of google.h leaves one free */
	http_sink *sink;		/* NULL: the answer is kept whole */
	void *sink_arg;
	struct call **slot;		/* holds the call while it can be resumed or aborted; NULL: nobody asks */
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
	uint64_t first, total;		/* from Content-Range: where its bytes begin, size of the whole object; 0 unknown */
	uint64_t length;		/* Content-Length; 0 unknown */
	uint64_t generation;		/* of the object; 0 unknown */
	uint64_t stored;		/* of a resumable upload that goes on: bytes that are there */
	char location[1400];		/* "" where there is none, or it is longer */
	uint32_t retry_after_s;		/* 0: not told */
	char date[40];			/* Date, "" where there is none */
	bool from_metadata;		/* Metadata-Flavor: Google */
	const char *why;		/* of an end that is no answer */
};

typedef void http_done(void *arg, struct http_answer *answer);

/* The last look outside: initialises libcurl and OpenSSL. 0 or -1. */
int http_init(struct http *h, struct ev_loop *loop, bool plain_too);
void http_fini(struct http *h);

/* Starts a call. 0, or a negative code: then `done` is not called and the body stays where
 * it was. */
int http_start(struct http *h, const struct ctx *ctx, const struct http_ask *ask, http_done *done, void *arg);

/* Takes what it knows from a line of an answer's head. */
void http_head_line(struct http_answer *a, const char *p, size_t n);

/* Of a call in a slot: what its sink paused goes on (the sink may be called from here); it ends with
 * HTTP_CUT (its `done` is called from here). Not from within a sink. */
void http_resume(struct call *c);
void http_abort(struct call *c);

#endif
