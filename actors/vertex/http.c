/* actors/vertex/http.c - see http.h: the life of a call.
 * Licence: Apache-2.0. */
#include <stdlib.h>

#include "actors/common/log.h"
#include "actors/vertex/http_call.h"

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
	else if ((c->easy = curl_easy_init()) != NULL && http_call_setup(c, ask) == 0 &&
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
