/* actors/notifier/hook_send.c - see hook_send.h.
 * Licence: Apache-2.0. */
#include <inttypes.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "actors/common/encode.h"
#include "actors/notifier/hook_send.h"
#include "proto/net_address.h"

enum { CONNECTION_S = 300, RETRY_AFTER_MOST_S = 86400 };

struct hook_call {
	struct hook_sender *sender;
	CURL *easy;
	struct curl_slist *headers;
	struct buf body;
	const char *refused;		/* an address that may not be connected to */
	size_t answer, head;		/* bytes so far */
	bool answer_over, head_over;
	hook_done *done;
	void *arg;
};

/* ---- where to ---- */

const char *
hook_address_wrong(const struct sockaddr *sa, socklen_t n, const struct webhook_rules *rules)
{
	if (sa->sa_family == AF_INET && n >= sizeof(struct sockaddr_in)) {
		const uint8_t *a = (const uint8_t *)&((const struct sockaddr_in *)(const void *)sa)->sin_addr;
		return rules->loopback && address4_loopback(a) ? NULL : address4_special(a);
	}
	if (sa->sa_family == AF_INET6 && n >= sizeof(struct sockaddr_in6)) {
		const uint8_t *a = ((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr.s6_addr;
		return rules->loopback && address6_loopback(a) ? NULL : address6_special(a);
	}
	return "no address of the internet";
}

/* libcurl makes a socket for each address that it tries. */
static curl_socket_t
open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *a)
{
	struct hook_call *c = arg;
	const char *wrong = purpose == CURLSOCKTYPE_IPCXN ? hook_address_wrong(&a->addr, a->addrlen, c->sender->rules) : "not asked for";

	if (wrong != NULL) {
		c->refused = wrong;
		return CURL_SOCKET_BAD;
	}
	return socket(a->family, a->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, a->protocol);
}

/* ---- the answer ---- */

static size_t
on_write(char *p, size_t size, size_t n, void *arg)
{
	struct hook_call *c = arg;

	(void)p;
	c->answer += size * n;
	c->answer_over = c->answer > HOOK_ANSWER_MAX;	/* its status is known: enough */
	return c->answer_over ? 0 : size * n;
}

static size_t
on_header(char *p, size_t size, size_t n, void *arg)
{
	struct hook_call *c = arg;

	(void)p;
	c->head += size * n;
	c->head_over = c->head > HOOK_HEAD_MAX;
	return c->head_over ? 0 : size * n;
}

/* For the owner: not libcurl's words, which may name addresses. */
static void
say_why(const struct hook_call *c, CURLcode rc, char why[HOOK_WHY])
{
	switch (rc) {
	case CURLE_COULDNT_RESOLVE_HOST:
		snprintf(why, HOOK_WHY, "The host's name leads nowhere");
		break;
	case CURLE_COULDNT_CONNECT:
		snprintf(why, HOOK_WHY, "%s%s", c->refused != NULL ? "The host's name leads to " : "No connection could be made",
		    c->refused != NULL ? c->refused : "");
		break;
	case CURLE_PEER_FAILED_VERIFICATION:
		snprintf(why, HOOK_WHY, "The certificate is not one that can be trusted");
		break;
	case CURLE_SSL_CONNECT_ERROR:
		snprintf(why, HOOK_WHY, "No TLS connection could be made");
		break;
	case CURLE_OPERATION_TIMEDOUT:
		snprintf(why, HOOK_WHY, "There was no answer within %u ms", (unsigned)c->sender->timeout_ms);
		break;
	case CURLE_GOT_NOTHING:
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR:
		snprintf(why, HOOK_WHY, "The connection broke");
		break;
	default:
		snprintf(why, HOOK_WHY, "%s", c->head_over ? "The answer's head is too long" : curl_easy_strerror(rc));
	}
}

static void
outcome_of(const struct hook_call *c, CURLcode rc, struct hook_outcome *o)
{
	long status = 0;
	curl_off_t retry_after = 0;

	*o = (struct hook_outcome){ 0 };
	if (rc == CURLE_WRITE_ERROR && c->answer_over)
		rc = CURLE_OK;
	if (rc != CURLE_OK) {
		say_why(c, rc, o->why);
		return;
	}
	curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(c->easy, CURLINFO_RETRY_AFTER, &retry_after);
	o->status = status > 0 && status < 1000 ? (uint32_t)status : 0;
	o->ok = o->status / 100 == 2;
	o->gone = o->status == 410;
	o->retry_after_s = retry_after > 0 ? (uint32_t)(retry_after < RETRY_AFTER_MOST_S ? retry_after : RETRY_AFTER_MOST_S) : 0;
	if (!o->ok)
		snprintf(o->why, sizeof o->why, "The answer was %u%s", (unsigned)o->status,
		    o->status / 100 == 3 ? ": redirects are not followed" : "");
}

/* ---- an attempt ---- */

static void
call_free(struct hook_call *c)
{
	if (c->easy != NULL)
		curl_easy_cleanup(c->easy);
	curl_slist_free_all(c->headers);
	buf_free(&c->body);
	free(c);
}

static void
on_done(void *arg, CURL *easy, CURLcode rc)
{
	struct hook_sender *s = arg;
	struct hook_call *c = NULL;
	struct hook_outcome o;

	curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&c);
	outcome_of(c, rc, &o);
	curl_multi_remove_handle(s->curl.multi, easy);
	s->in_flight--;
	c->done(c->arg, &o);
	call_free(c);
}

__attribute__((format(printf, 2, 3))) static int
header_add(struct hook_call *c, const char *format, ...)
{
	char line[512];
	va_list ap;

	va_start(ap, format);
	int n = vsnprintf(line, sizeof line, format, ap);
	va_end(ap);
	struct curl_slist *more = n > 0 && (size_t)n < sizeof line ? curl_slist_append(c->headers, line) : NULL;
	if (more == NULL)
		return -1;
	c->headers = more;
	return 0;
}

static int
options(struct hook_call *c, const char *url)
{
	CURL *e = c->easy;
	int bad = 0;

#define SET(option, value) bad |= curl_easy_setopt(e, CURLOPT_##option, value) != CURLE_OK
	SET(PRIVATE, c);
	SET(URL, url);
	SET(PATH_AS_IS, 1L);
	SET(PROTOCOLS_STR, c->sender->rules->loopback ? "http,https" : "https");
	SET(FOLLOWLOCATION, 0L);
	SET(PROXY, "");
	SET(NOSIGNAL, 1L);
	SET(QUICK_EXIT, 1L);
	SET(OPENSOCKETFUNCTION, open_socket);
	SET(OPENSOCKETDATA, c);
	SET(HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(USERAGENT, "studiod-webhooks");
	SET(CAPATH, NULL);
	SET(SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(CONNECTTIMEOUT_MS, (long)HOOK_CONNECT_MS);
	SET(TIMEOUT_MS, (long)c->sender->timeout_ms);
	SET(MAXAGE_CONN, 50L);
	SET(MAXLIFETIME_CONN, (long)CONNECTION_S);
	SET(WRITEFUNCTION, on_write);
	SET(WRITEDATA, c);
	SET(HEADERFUNCTION, on_header);
	SET(HEADERDATA, c);
	SET(HTTPHEADER, c->headers);
	SET(POST, 1L);
	SET(POSTFIELDSIZE_LARGE, (curl_off_t)c->body.n);
	SET(POSTFIELDS, c->body.p);
#undef SET
	return bad ? -1 : 0;
}

int
hook_send(struct hook_sender *s, const char *url, const struct hook_head *head, struct buf *body, hook_done *done, void *arg)
{
	struct hook_call *c = calloc(1, sizeof *c);

	if (c == NULL)
		return -1;
	c->sender = s;
	c->done = done;
	c->arg = arg;
	c->body = *body;
	*body = (struct buf){ 0 };
	if ((c->easy = curl_easy_init()) == NULL || header_add(c, "Content-Type: application/json") != 0 || header_add(c, "Expect:") != 0 ||
	    header_add(c, "webhook-id: %s", head->id) != 0 || header_add(c, "webhook-timestamp: %" PRIu64, head->at) != 0 ||
	    header_add(c, "webhook-signature: %s", head->signature) != 0 || options(c, url) != 0 ||
	    curl_multi_add_handle(s->curl.multi, c->easy) != CURLM_OK) {
		call_free(c);
		return -1;
	}
	s->in_flight++;
	return 0;
}

/* ---- life ---- */

int
hook_sender_init(struct hook_sender *s, struct ev_loop *loop, const struct webhook_rules *rules, uint32_t timeout_ms)
{
	*s = (struct hook_sender){ .rules = rules, .timeout_ms = timeout_ms };
	if (curl_ev_init(&s->curl, loop, on_done, s) != 0)
		return -1;
	curl_multi_setopt(s->curl.multi, CURLMOPT_MAXCONNECTS, 64L);
	return 0;
}

void
hook_sender_fini(struct hook_sender *s)
{
	curl_ev_fini(&s->curl);		/* the process ends: what is under way goes with it */
}
