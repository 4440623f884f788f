/* actors/front/exchange.h - one request and its answer.
 *
 * An exchange lives in its request's memory pool. When the client goes away the pool is
 * cleared, the exchange forgets its calls, and no callback comes any more: nothing here
 * ever points at a request that is gone.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_FRONT_EXCHANGE_H
#define STUDIOD_FRONT_EXCHANGE_H

#include "actors/front/bodies.h"
#include "actors/front/form.h"
#include "actors/front/front.h"
#include "actors/front/identity.h"
#include "actors/front/pages.h"
#include "actors/front/router.h"

enum {
	BODY_MAX = 1 << 20,		/* bytes of a body */
	MEDIA_BODY_MAX = 3 << 20,	/* where it may carry pictures */
	FORM_BODY_MAX = 64 << 20,	/* where it is a form of files; of one file UPLOAD_MAX_BYTES decides */
	FORM_SLACK = 64 << 10,		/* what a form takes beside its files */
	EXCHANGE_CALLS = 4,		/* under way at once */
	CALL_DEADLINE_MS = 10000
};

struct exchange;
/* The end of a call: as answer_fn, for an exchange that still lives. */
typedef void exchange_fn(struct exchange *x, unsigned err, struct bytes detail, const union msg_any *body);

struct exchange_call {
	struct exchange *x;
	struct link *link;
	int64_t id;			/* 0: free */
	exchange_fn *done;
};

struct exchange {
	h2o_req_t *req;
	struct front *front;
	struct client *client;
	const struct endpoint *endpoint;	/* NULL before routing, and for unknown paths */
	enum http_method method;
	struct bytes path;			/* without the query, as the client wrote it */
	size_t taken, unsent;			/* bytes of it: received, and of its answer */
	struct path_params params;		/* what stands for the :names of its path */
	struct id ids[PATH_PARAMS_MAX];		/* the same, parsed */
	json_t *body, *query;			/* checked, or NULL */
	struct ctx ctx;
	uint64_t started_us;
	struct identity who;			/* known once `identified` */
	bool identified, answered, probe;	/* probe: health checks, not worth a log line */
	void (*gone)(struct exchange *);	/* gone.h */
	bool has_token;
	bool lasting;			/* its answer is a stream: how long it takes says nothing */
	struct limit_state limit;
	struct exchange_call calls[EXCHANGE_CALLS];
	struct {			/* a call with a stream: it may outlive the start of the answer */
		struct link *link;
		int64_t id;		/* 0: none */
	} stream;
	struct form *form;		/* the files of the body, where it is a form */
	struct download *download;	/* api_content.c */
	struct upload *upload;		/* api_upload.c */
	struct events_stream *events;	/* api_events.c */
	struct poll *poll;		/* api_socket.c */
	struct buf held;			/* what a handler keeps from one answer to the next */
	int status;				/* likewise: of the answer to come */
	struct bytes tag_of;			/* what the ETag is made from, if not the body */
	uint64_t tag_salt;
	/* generate */
	struct bytes idempotency_key;		/* n is 0: none */
	uint8_t body_hash[32];			/* with a key: of what is asked for */
	bool asynchronous, replayed;
	struct id generation;
	/* health */
	unsigned pending, failed;
};

/* Begins one; NULL when it was answered already (malformed, too large, ..). */
struct exchange *exchange_begin(struct front *f, h2o_req_t *req);
/* Routes, guards, reads, and calls the handler. */
void exchange_run(struct exchange *x);

/* Asks another actor with the exchange's context. `deadline_ms` from now; 0 means the
 * usual one. When it cannot be sent, done is called at once. */
void exchange_call(struct exchange *x, unsigned edge, unsigned msg, const void *body,
    unsigned flags, uint64_t deadline_ms, exchange_fn *done);

/* The same for a message with a stream (link.h): callbacks get x, and none comes any more once
 * the exchange is over. One at a time. 0, or a code: then nothing is called. */
unsigned exchange_call_stream(struct exchange *x, unsigned edge, unsigned msg, const void *body, uint64_t deadline_ms,
    answer_fn *done, chunk_fn *chunk);
unsigned exchange_call_up(struct exchange *x, unsigned edge, unsigned msg, const void *body, uint64_t deadline_ms,
    answer_fn *done, room_fn *room);
void exchange_forget_stream(struct exchange *x);

/* The token that the request brought; n is 0 where it has none that could be one. */
struct bytes exchange_bearer(const struct exchange *x);
/* Nobody reads its token, or its body, again. */
void exchange_wipe_token(struct exchange *x);
void exchange_wipe_body(struct exchange *x);
/* Takes who it is, as auth says. */
void exchange_identify(struct exchange *x, const struct msg_identity *m);
/* Since it began. */
uint64_t exchange_age_ms(const struct exchange *x);

/* A request header's value, without white space around it; n is 0 where there is none.
 * `name` is in lower case. */
struct bytes exchange_header(const struct exchange *x, const char *name);
/* One whose value is a list: what several fields of that name say together. */
struct bytes exchange_list(const struct exchange *x, const char *name);
struct bytes header_of(const h2o_req_t *req, const char *name);

/* ---- answers: each ends the exchange; nothing of it may be touched afterwards ---- */

/* A JSON body (copied). */
void answer_json(struct exchange *x, int status, struct bytes json);
/* Any other body (copied). `type` is a literal. */
void answer_body(struct exchange *x, int status, const char *type, struct bytes body);
void answer_empty(struct exchange *x, int status);
/* A page that was made at the start: not copied, compressed if the client takes it. */
void answer_page(struct exchange *x, const struct page *p);
/* The head of an answer whose body `g` sends: `length` bytes. The headers that answer_header added
 * before stay; the exchange lives on until all is sent. A HEAD ends here. */
void answer_start(struct exchange *x, int status, struct bytes type, uint64_t length, h2o_generator_t *g);
/* A body that is new each time and that only its client reads (copied): not compressed, no ETag. */
void answer_live(struct exchange *x, const char *type, struct bytes body);
/* Says 101 in the answer's head; who calls it sends that. */
void answer_upgrade(struct exchange *x);
/* Of a GET: 304. */
void answer_unchanged(struct exchange *x);
/* An error of proto/errors.tbl.h; codes between actors become what a client may see.
 * `message` empty: the table's text. */
void answer_error(struct exchange *x, unsigned code, struct bytes message);
/* The same with an `errors` array; empty: null. */
void answer_errors(struct exchange *x, unsigned code, struct bytes message, struct bytes errors);
/* 400 with all problems. */
void answer_problems(struct exchange *x, const struct problems *p);
/* 405 with Allow. */
void answer_not_allowed(struct exchange *x, unsigned allowed);
/* CORS preflight. */
void answer_preflight(struct exchange *x, unsigned allowed);
/* Adds a header; `name` is a literal in lower case, the value is copied. */
void answer_header(struct exchange *x, const char *name, struct bytes value);

/* Appends the time as a JSON string: ISO 8601, milliseconds, Z. 0 or -1. */
int time_json(struct buf *b);
/* The error body alone, for answers that h2o makes by itself. 0 or -1. */
int error_json(struct buf *b, unsigned code, int status, struct bytes path, struct bytes message,
    struct bytes errors, const char *request_id, bool problem);
/* What a client may see of a code between actors. */
unsigned error_public(unsigned code);

#endif
