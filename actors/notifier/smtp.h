/* actors/notifier/smtp.h - one mail at a time to one server, by libcurl on libev.
 *
 * libcurl opens the connection: names, TLS, greeting, STARTTLS, authentication, none of which
 * blocks. The transaction itself (MAIL, RCPT, DATA) is spoken here: libcurl's own waits for
 * the server's last word in a blocking loop (lib/smtp.c, smtp_done and smtp_disconnect), and
 * a server that never says it would stop this process.
 *
 * Owns:  the connection, the mail in transit.
 * Fails: each delivery ends with exactly one smtp_done.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_NOTIFIER_SMTP_H
#define STUDIOD_NOTIFIER_SMTP_H

#include "actors/common/actor.h"
#include "actors/common/curl_ev.h"
#include "actors/notifier/smtp_wire.h"

enum smtp_end {
	SMTP_SENT,			/* the server has taken it over */
	SMTP_AGAIN,			/* not now: no connection, a 4xx, no answer in time */
	SMTP_NEVER			/* the server refused this mail for good (5xx) */
};

/* why: one line for the log; of what the server says after it saw the mail, the code alone: it
 * may quote the mail, and with it the token. */
typedef void smtp_done(void *arg, enum smtp_end end, const char *why);

struct smtp {
	struct curl_ev curl;
	CURLU *url;
	bool tls_required;
	const char *roots;		/* PEM text, or "" for the system's */
	uint32_t timeout_ms;		/* of one delivery */
	ev_timer timer;

	CURL *easy;			/* the delivery under way, or NULL */
	ev_io io;
	unsigned step;
	struct smtp_reply reply;
	struct buf out;			/* what is being sent; wiped when freed */
	size_t out_at;
	struct buf mail;
	char from[256], to[256];
	char why[256], error[CURL_ERROR_SIZE];
	smtp_done *done;
	void *arg;
};

/* Reads SMTP_URL, SMTP_TLS, SMTP_CA and SMTP_TIMEOUT, tells the sandbox the port (SMTP_PORT): the
 * last look outside. Ends the process with EXIT_FIX_ME and a line that names the setting when
 * something is wrong. `from` is our address. */
void smtp_init(struct smtp *s, struct actor *a, struct ev_loop *loop, const char *from);
void smtp_fini(struct smtp *s);
/* The part of it that reads the URL (smtp_url.c): s->url, s->tls_required. */
void smtp_url_read(struct smtp *s, struct actor *a);

/* Starts a delivery; none may be under way. `mail` is taken over and emptied, `to` is copied. 0, or
 * -1 when memory is out (then `done` is not called). */
int smtp_send(struct smtp *s, struct bytes to, struct buf *mail, smtp_done *done, void *arg);

#endif
