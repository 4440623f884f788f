/* actors/vertex/http_call.c - see http_call.h.
 *
 * libcurl silently sends a request again on a new connection when a reused one turns out
 * to be dead. For a call marked `once` it gets its body through a callback that refuses
 * to rewind, so that this ends the call as soon as a byte of the body was on its way;
 * without its body the server cannot have begun.
 *
 * Licence: Apache-2.0. */
#include <stdio.h>

#include "actors/vertex/encode.h"
#include "actors/vertex/http_call.h"

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

/* ---- what libcurl is told ---- */

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
http_call_setup(struct call *c, const struct http_ask *ask)
{
	return call_headers(c, ask) == 0 && call_options(c, ask) == 0 ? 0 : -1;
}
