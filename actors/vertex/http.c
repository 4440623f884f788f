/* actors/vertex/http.c - see http.h.
 *
 * libcurl silently sends a request again on a new connection when a reused one turns out
 * to be dead. For a call marked `once` it gets its body through a callback that refuses
 * to rewind, so that this ends the call as soon as a byte of the body was on its way;
 * without its body the server cannot have begun.
 *
 * Licence: Apache-2.0. */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "actors/common/log.h"
#include "actors/vertex/encode.h"
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

/* ---- bytes ---- */

static size_t
on_write(char *p, size_t size, size_t n, void *arg)
{
	struct call *c = arg;

	(void)size;
	if (c->sink != NULL && c->answer.status == 0)
		curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &c->answer.status);
	if (c->sink != NULL && c->answer.status / 100 == 2) {
		n = c->sink(c->sink_arg, &c->answer, p, n);
		c->too_large = n == HTTP_OVER;
		return c->too_large ? 0 : n;
	}
	if (n > c->answer_max - c->answer.body.n) {
		c->too_large = true;
		return 0;
	}
	return buf_add(&c->answer.body, p, n) == 0 ? n : 0;
}

static size_t
on_read(char *to, size_t size, size_t n, void *arg)
{
	struct call *c = arg;

	n *= size;
	if (n > c->body.n - c->body_at)
		n = c->body.n - c->body_at;
	memcpy(to, c->body.p + c->body_at, n);
	c->body_at += n;
	return n;
}

static int
on_seek(void *arg, curl_off_t offset, int origin)
{
	struct call *c = arg;

	if (origin != SEEK_SET || offset < 0 || (size_t)offset > c->body.n || (c->once && c->body_at > 0))
		return CURL_SEEKFUNC_FAIL;
	c->body_at = (size_t)offset;
	return CURL_SEEKFUNC_OK;
}

/* A model may think for minutes before it answers; once it does, bytes must go on coming. */
static void
idle_from_now(struct call *c)
{
	if (!c->body_idles)
		return;
	c->body_idles = false;
	curl_easy_setopt(c->easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(c->easy, CURLOPT_LOW_SPEED_TIME, (long)HTTP_BODY_IDLE_S);
}

static size_t
on_header(char *p, size_t size, size_t n, void *arg)
{
	struct call *c = arg;

	idle_from_now(c);
	http_head_line(&c->answer, p, n * size);
	return n * size;
}

/* ---- the end of a call ---- */

/* Could the server have seen all of the request? */
static bool
was_sent(const struct call *c, CURLcode rc)
{
	curl_off_t pretransfer = 0;
	long request_bytes = 0;

	if (rc == CURLE_COULDNT_RESOLVE_HOST || rc == CURLE_COULDNT_CONNECT || rc == CURLE_SSL_CONNECT_ERROR ||
	    rc == CURLE_PEER_FAILED_VERIFICATION || rc == CURLE_SSL_CACERT_BADFILE || rc == CURLE_URL_MALFORMAT ||
	    rc == CURLE_UNSUPPORTED_PROTOCOL)
		return false;
	curl_easy_getinfo(c->easy, CURLINFO_PRETRANSFER_TIME_T, &pretransfer);
	curl_easy_getinfo(c->easy, CURLINFO_REQUEST_SIZE, &request_bytes);
	if (pretransfer == 0 && request_bytes == 0)
		return false;
	/* what was not handed to curl to the last byte was not sent to the last byte */
	return c->body_at == c->body.n;
}

static void
call_result(struct call *c, CURLcode rc)
{
	struct http_answer *a = &c->answer;
	curl_off_t retry_after = 0;
	char *type = NULL;

	a->asked = &c->body;
	a->why = c->error[0] != '\0' ? c->error : curl_easy_strerror(rc);
	curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &a->status);
	curl_easy_getinfo(c->easy, CURLINFO_CONTENT_TYPE, &type);
	curl_easy_getinfo(c->easy, CURLINFO_RETRY_AFTER, &retry_after);
	a->content_type = type != NULL ? type : "";
	a->retry_after_s = retry_after > 0 && retry_after < 86400 ? (uint32_t)retry_after : 0;
	if (rc == CURLE_OK)
		a->end = HTTP_ANSWERED;
	else if (c->too_large)
		a->end = HTTP_TOO_LARGE;
	else if (!was_sent(c, rc))
		a->end = HTTP_NOT_SENT;
	else
		a->end = rc == CURLE_OPERATION_TIMEDOUT ? HTTP_TIMED_OUT : HTTP_CUT;
}

static void
call_log(const struct call *c)
{
	static const char *const ends[] = { "answered", "not_sent", "cut", "timed_out", "too_large" };
	const struct http_answer *a = &c->answer;
	curl_off_t us = 0, bytes = 0;

	curl_easy_getinfo(c->easy, CURLINFO_TOTAL_TIME_T, &us);
	curl_easy_getinfo(c->easy, CURLINFO_SIZE_DOWNLOAD_T, &bytes);
	bool fine = a->end == HTTP_ANSWERED && a->status < 500;
	/* what may cost money is always told */
	log_event(!fine ? LOG_WARNING : c->once ? LOG_INFO : LOG_DEBUG, &c->ctx, "google_call",
	    "what", c->what, "end", ends[a->end], "status", log_u64((uint64_t)a->status),
	    "ms", log_u64((uint64_t)us / 1000), "bytes", log_u64((uint64_t)bytes),
	    "why", a->end == HTTP_ANSWERED ? NULL : a->why);
}

static void
call_free(struct call *c)
{
	if (c->easy != NULL)
		curl_easy_cleanup(c->easy);
	curl_slist_free_all(c->headers);
	buf_free(&c->body);
	buf_free(&c->answer.body);
	free(c);
}

static void
call_end(struct call *c, CURLcode rc)
{
	if (c->slot != NULL)
		*c->slot = NULL;
	call_result(c, rc);
	call_log(c);
	curl_multi_remove_handle(c->http->curl.multi, c->easy);
	c->http->in_flight--;
	c->done(c->arg, &c->answer);
	call_free(c);
}

static void
on_done(void *arg, CURL *easy, CURLcode rc)
{
	struct call *c = NULL;

	(void)arg;
	curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&c);
	call_end(c, rc);
}

/* ---- the beginning ---- */

int
http_init(struct http *h, struct ev_loop *loop, bool plain_too)
{
	*h = (struct http){ .loop = loop, .protocols = plain_too ? "http,https" : "https" };
	if (curl_ev_init(&h->curl, loop, on_done, h) != 0)
		return -1;
	curl_multi_setopt(h->curl.multi, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX);
	curl_multi_setopt(h->curl.multi, CURLMOPT_MAXCONNECTS, 64L);
	return 0;
}

void
http_fini(struct http *h)
{
	curl_ev_fini(&h->curl);
}

static int
header_line(struct call *c, const char *line)
{
	struct curl_slist *more = curl_slist_append(c->headers, line);

	if (more == NULL)
		return -1;
	c->headers = more;
	return 0;
}

static int
header_add(struct call *c, const char *name, const char *value)
{
	struct buf line = { 0 };
	int rc = buf_printf(&line, "%s%s%s", name, value[0] != '\0' ? ": " : ":", value);

	if (rc == 0)
		rc = header_line(c, line.p);
	if (line.p != NULL)
		explicit_bzero(line.p, line.n);
	buf_free(&line);
	return rc;
}

/* W3C trace context: the trace goes on at Google. */
static int
header_trace(struct call *c)
{
	static const uint8_t none[24];
	char trace[33], span[17], text[64];

	if (memcmp(c->ctx.trace, none, 16) == 0 || memcmp(c->ctx.trace + 16, none, 8) == 0)
		return 0;
	hex_lower(trace, c->ctx.trace, 16);
	hex_lower(span, c->ctx.trace + 16, 8);
	snprintf(text, sizeof text, "00-%s-%s-01", trace, span);
	return header_add(c, "traceparent", text);
}

static int
call_headers(struct call *c, const struct http_ask *ask)
{
	struct buf bearer = { 0 };
	int rc = header_add(c, "Expect", "") | header_trace(c);	/* no waiting for 100 Continue */

	if (ask->content_type != NULL)
		rc |= header_add(c, "Content-Type", ask->content_type);
	for (size_t i = 0; i < COUNT(ask->headers) && ask->headers[i] != NULL; i++)
		rc |= header_line(c, ask->headers[i]);
	if (ask->bearer != NULL && buf_printf(&bearer, "Bearer %s", ask->bearer) == 0)
		rc |= header_add(c, "Authorization", bearer.p);
	if (bearer.p != NULL)
		explicit_bzero(bearer.p, bearer.n);
	buf_free(&bearer);
	return rc;
}

static int
call_options(struct call *c, const struct http_ask *ask)
{
	CURL *e = c->easy;
	int bad = 0;

#define SET(option, value) bad |= curl_easy_setopt(e, CURLOPT_##option, value) != CURLE_OK
	SET(PRIVATE, c);
	SET(URL, ask->url);
	SET(PROTOCOLS_STR, c->http->protocols);
	SET(FOLLOWLOCATION, 0L);
	SET(PROXY, "");
	SET(NOSIGNAL, 1L);
	SET(QUICK_EXIT, 1L);		/* a call that is given up does not wait for its name lookup */
	SET(USERAGENT, "studiod");
	/* A paused answer holds its connection up: it has one of its own. */
	SET(HTTP_VERSION, (long)(ask->sink != NULL ? CURL_HTTP_VERSION_1_1 : CURL_HTTP_VERSION_2TLS));
	SET(PIPEWAIT, ask->sink != NULL ? 0L : 1L);
	SET(CAPATH, NULL);		/* the bundle alone: curl then keeps it parsed */
	SET(SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(CONNECTTIMEOUT_MS, (long)HTTP_CONNECT_MS);
	SET(TIMEOUT_MS, (long)ask->timeout_ms);
	/* What is paid for and asked once must not be lost to a kept connection that died unseen. */
	SET(MAXAGE_CONN, ask->once ? 2L : 50L);
	SET(MAXLIFETIME_CONN, (long)HTTP_CONNECTION_S);
	SET(TCP_KEEPALIVE, 1L);
	SET(ERRORBUFFER, c->error);
	SET(WRITEFUNCTION, on_write);
	SET(WRITEDATA, c);
	SET(HEADERFUNCTION, on_header);
	SET(HEADERDATA, c);
	SET(HTTPHEADER, c->headers);
	if (ask->idle_s > 0) {
		SET(LOW_SPEED_LIMIT, 1L);
		SET(LOW_SPEED_TIME, (long)ask->idle_s);
	}
	if (ask->range != NULL)
		SET(RANGE, ask->range);
	if (strcmp(ask->method, "GET") != 0 && strcmp(ask->method, "POST") != 0)
		SET(CUSTOMREQUEST, ask->method);
	if (strcmp(ask->method, "POST") == 0 || strcmp(ask->method, "PUT") == 0) {
		SET(POST, 1L);
		SET(POSTFIELDSIZE_LARGE, (curl_off_t)c->body.n);
		SET(READFUNCTION, on_read);
		SET(READDATA, c);
		SET(SEEKFUNCTION, on_seek);
		SET(SEEKDATA, c);
	}
#undef SET
	return bad ? -1 : 0;
}

int
http_start(struct http *h, const struct ctx *ctx, const struct http_ask *ask, http_done *done, void *arg)
{
	struct call *c = calloc(1, sizeof *c);
	int rc = -E_INTERNAL_ERROR;

	if (c == NULL)
		return rc;
	c->http = h;
	c->ctx = *ctx;
	c->what = ask->what;
	c->once = ask->once;
	c->body_idles = ask->idle_s == 0;
	c->answer_max = ask->answer_max;
	c->sink = ask->sink;
	c->sink_arg = ask->sink_arg;
	c->slot = ask->slot;
	c->done = done;
	c->arg = arg;
	if (ask->body != NULL)
		c->body = *ask->body;
	if (h->in_flight >= HTTP_CALLS_MAX)
		rc = -E_UPSTREAM_BUSY;
	else if ((c->easy = curl_easy_init()) != NULL && call_headers(c, ask) == 0 && call_options(c, ask) == 0 &&
	    curl_multi_add_handle(h->curl.multi, c->easy) == CURLM_OK)
		rc = 0;
	if (rc != 0) {
		c->body = (struct buf){ 0 };
		call_free(c);
		return rc;
	}
	if (ask->body != NULL)
		*ask->body = (struct buf){ 0 };
	h->in_flight++;
	if (c->slot != NULL)
		*c->slot = c;
	return 0;
}

void
http_resume(struct call *c)
{
	curl_easy_pause(c->easy, CURLPAUSE_CONT);
}

void
http_abort(struct call *c)
{
	call_end(c, CURLE_ABORTED_BY_CALLBACK);
}
