/* actors/notifier/smtp.c - see smtp.h.
 * Licence: Apache-2.0. */
#include <stdio.h>
#include <stdlib.h>

#include "actors/common/encode.h"
#include "actors/notifier/letter.h"
#include "actors/notifier/smtp.h"

enum { READ_AT_ONCE = 2048 };

/* What is said when the connection stands, and the first digits of the reply that is wanted. */
enum step { STEP_mail, STEP_rcpt, STEP_data, STEP_body, STEPS };
static const struct { const char *name; unsigned wanted; } steps[STEPS] = {
	[STEP_mail] = { "MAIL", 2 }, [STEP_rcpt] = { "RCPT", 2 }, [STEP_data] = { "DATA", 3 }, [STEP_body] = { "the mail", 2 },
};

static const char closed[] = "the server closed the connection";

/* ---- the end ---- */

static void
end(struct smtp *s, enum smtp_end how, const char *why)
{
	smtp_done *done = s->done;

	ev_io_stop(s->curl.loop, &s->io);
	ev_timer_stop(s->curl.loop, &s->timer);
	curl_multi_remove_handle(s->curl.multi, s->easy);
	curl_easy_cleanup(s->easy);
	s->easy = NULL;
	buf_free(&s->out);
	buf_free(&s->mail);
	if (why != s->why)
		snprintf(s->why, sizeof s->why, "%s", why);
	done(s->arg, how, s->why);
}

static void
on_late(struct ev_loop *loop, ev_timer *w, int events)
{
	(void)loop;
	(void)events;
	end(w->data, SMTP_AGAIN, "the server did not answer in time");
}

/* ---- the transaction ---- */

/* Queues what this step says. */
static int
say(struct smtp *s)
{
	bool wide = !bytes_ascii(bytes_str(s->to));	/* RFC 6531: a server that cannot refuses it */

	s->out.n = s->out_at = 0;
	switch (s->step) {
	case STEP_mail:
		return buf_printf(&s->out, "MAIL FROM:<%s>%s\r\n", s->from, wide ? " BODY=8BITMIME SMTPUTF8" : "");
	case STEP_rcpt:
		return buf_printf(&s->out, "RCPT TO:<%s>\r\n", s->to);
	case STEP_data:
		return buf_str(&s->out, "DATA\r\n");
	default:
		return smtp_stuff(&s->out, &s->mail);
	}
}

/* Writes what is left of it. 0, or -1 when the connection is gone. */
static int
write_on(struct smtp *s)
{
	while (s->out_at < s->out.n) {
		size_t k = 0;
		CURLcode rc = curl_easy_send(s->easy, s->out.p + s->out_at, s->out.n - s->out_at, &k);
		if (rc == CURLE_AGAIN)
			break;
		if (rc != CURLE_OK)
			return -1;
		s->out_at += k;
	}
	ev_io_stop(s->curl.loop, &s->io);
	ev_io_set(&s->io, s->io.fd, s->out_at < s->out.n ? EV_READ | EV_WRITE : EV_READ);
	ev_io_start(s->curl.loop, &s->io);
	return 0;
}

/* Good manners: the server need not wonder; its answer is not waited for. */
static void
say_quit(struct smtp *s)
{
	size_t k;

	(void)curl_easy_send(s->easy, "QUIT\r\n", 6, &k);
}

static void
refused(struct smtp *s)
{
	const struct smtp_reply *r = &s->reply;

	if (s->step == STEP_body)
		snprintf(s->why, sizeof s->why, "%u to %s", r->code, steps[s->step].name);
	else
		snprintf(s->why, sizeof s->why, "%u to %s: %.180s", r->code, steps[s->step].name, r->line);
	say_quit(s);
	end(s, r->code / 100 == 5 ? SMTP_NEVER : SMTP_AGAIN, s->why);
}

/* A whole reply is there. True when the delivery goes on. */
static bool
replied(struct smtp *s)
{
	if (s->reply.code / 100 != steps[s->step].wanted) {
		refused(s);
		return false;
	}
	s->reply = (struct smtp_reply){ 0 };
	if (++s->step == STEPS) {
		say_quit(s);
		end(s, SMTP_SENT, "");
		return false;
	}
	if (say(s) != 0 || write_on(s) != 0) {
		end(s, SMTP_AGAIN, "the connection broke");
		return false;
	}
	return true;
}

/* Reads what there is. */
static void
read_on(struct smtp *s)
{
	char p[READ_AT_ONCE];
	size_t n = 0, used = 0;

	for (;;) {
		CURLcode rc = curl_easy_recv(s->easy, p, sizeof p, &n);
		if (rc == CURLE_AGAIN)
			return;
		if (rc != CURLE_OK || n == 0) {
			end(s, SMTP_AGAIN, closed);
			return;
		}
		int got = smtp_reply_take(&s->reply, p, n, &used);
		/* an answer to what was not asked yet, or not to its end, is none */
		if (got < 0 || (got == 1 && (used < n || s->out_at < s->out.n))) {
			end(s, SMTP_AGAIN, "the server does not speak SMTP");
			return;
		}
		if (got == 1 && !replied(s))
			return;
	}
}

static void
on_io(struct ev_loop *loop, ev_io *w, int events)
{
	struct smtp *s = w->data;

	(void)loop;
	if ((events & EV_WRITE) && write_on(s) != 0)
		end(s, SMTP_AGAIN, "the connection broke");
	else if (events & EV_READ)
		read_on(s);
}

/* libcurl is done: the server greeted us and knows who we are, or there is no connection. */
static void
on_connected(void *arg, CURL *easy, CURLcode rc)
{
	struct smtp *s = arg;
	curl_socket_t fd = CURL_SOCKET_BAD;

	if (rc == CURLE_OK)
		rc = curl_easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &fd);
	if (rc != CURLE_OK || fd == CURL_SOCKET_BAD) {
		end(s, SMTP_AGAIN, rc == CURLE_RECV_ERROR ? closed : s->error[0] != '\0' ? s->error : curl_easy_strerror(rc));
		return;
	}
	ev_io_init(&s->io, on_io, fd, EV_READ);
	s->io.data = s;
	if (say(s) != 0 || write_on(s) != 0)
		end(s, SMTP_AGAIN, "the connection broke");
}

/* ---- starting one ---- */

static size_t
discard(char *p, size_t size, size_t n, void *arg)
{
	(void)p;
	(void)arg;
	return size * n;
}

static int
options(struct smtp *s)
{
	struct curl_blob roots = { (void *)(uintptr_t)s->roots, strlen(s->roots), CURL_BLOB_NOCOPY };
	int bad = 0;

#define SET(option, value) bad |= curl_easy_setopt(s->easy, CURLOPT_##option, value) != CURLE_OK
	SET(CURLU, s->url);
	SET(CONNECT_ONLY, 1L);
	SET(PROTOCOLS_STR, "smtp,smtps");
	SET(PROXY, "");
	SET(NOSIGNAL, 1L);
	SET(QUICK_EXIT, 1L);		/* else giving up waits for the thread that resolves the name */
	SET(LOGIN_OPTIONS, "AUTH=PLAIN;AUTH=LOGIN;AUTH=CRAM-MD5");	/* not what would look for Kerberos' files */
	SET(USE_SSL, s->tls_required ? (long)CURLUSESSL_ALL : (long)CURLUSESSL_NONE);
	SET(SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(CAPATH, NULL);
	if (roots.len > 0)
		SET(CAINFO_BLOB, &roots);
	SET(CONNECTTIMEOUT_MS, (long)s->timeout_ms);
	SET(TIMEOUT_MS, (long)s->timeout_ms);
	SET(ERRORBUFFER, s->error);
	SET(WRITEFUNCTION, discard);
	SET(HEADERFUNCTION, discard);
#undef SET
	return bad ? -1 : 0;
}

int
smtp_send(struct smtp *s, struct bytes to, struct buf *mail, smtp_done *done, void *arg)
{
	s->easy = curl_easy_init();
	if (s->easy == NULL || options(s) != 0 || curl_multi_add_handle(s->curl.multi, s->easy) != CURLM_OK) {
		if (s->easy != NULL)
			curl_easy_cleanup(s->easy);
		s->easy = NULL;
		return -1;
	}
	s->done = done;
	s->arg = arg;
	s->step = STEP_mail;
	s->reply = (struct smtp_reply){ 0 };
	s->error[0] = '\0';
	snprintf(s->to, sizeof s->to, "%.*s", (int)to.n, to.p);
	s->mail = *mail;
	*mail = (struct buf){ 0 };
	ev_now_update(s->curl.loop);
	ev_timer_set(&s->timer, s->timeout_ms / 1000.0, 0.);
	ev_timer_start(s->curl.loop, &s->timer);
	return 0;
}

/* ---- life ---- */

void
smtp_init(struct smtp *s, struct actor *a, struct ev_loop *loop, const char *from)
{
	uint64_t timeout = actor_setting_u64(a, "SMTP_TIMEOUT");

	*s = (struct smtp){ .roots = actor_setting(a, "SMTP_CA"), .timeout_ms = timeout > 0 ? (uint32_t)timeout : 60000 };
	snprintf(s->from, sizeof s->from, "%s", from);
	if (curl_ev_init(&s->curl, loop, on_connected, s) != 0) {
		log_event(LOG_ERROR, NULL, "setting_unusable", "setting", "SMTP_URL", "why", "libcurl does not start");
		exit(EXIT_FIX_ME);
	}
	smtp_url_read(s, a);
	ev_timer_init(&s->timer, on_late, 0., 0.);
	s->timer.data = s;
	ev_init(&s->io, on_io);
	s->io.data = s;
}

void
smtp_fini(struct smtp *s)
{
	ev_io_stop(s->curl.loop, &s->io);
	ev_timer_stop(s->curl.loop, &s->timer);
	if (s->easy != NULL) {
		curl_multi_remove_handle(s->curl.multi, s->easy);
		curl_easy_cleanup(s->easy);
	}
	curl_url_cleanup(s->url);
	buf_free(&s->out);
	buf_free(&s->mail);
	curl_ev_fini(&s->curl);
}
