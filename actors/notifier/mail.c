/* actors/notifier/mail.c - see mail.h.
 * Licence: Apache-2.0. */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "actors/common/backoff.h"
#include "actors/common/encode.h"
#include "actors/notifier/mail.h"
#include "actors/notifier/mail_file.h"

static void pump(struct mailer *m);

/* ---- mails ---- */

/* Has it been taken before? */
static bool
is_known(const struct mailer *m, const struct id *id)
{
	size_t n = m->nknown < MAILS_KNOWN ? m->nknown : MAILS_KNOWN;

	for (size_t i = 0; i < n; i++)
		if (id_eq(&m->known[i], id))
			return true;
	return false;
}

static struct bytes
keep(struct mail *mail, size_t *at, struct bytes text)
{
	char *to = mail->room + *at;

	memcpy(to, text.n > 0 ? text.p : "", text.n);
	*at += text.n;
	return bytes_of(to, text.n);
}

static struct mail *
mail_new(const struct msg_mail_send *a, const struct mail_row *row, const struct ctx *ctx)
{
	struct mail *mail = calloc(1, sizeof *mail);
	size_t at = 0;

	if (mail == NULL)
		return NULL;
	mail->id = a->mail;
	mail->row = row;
	mail->ctx = *ctx;
	mail->valid_minutes = a->valid_minutes;
	mail->to = keep(mail, &at, a->to);
	mail->first_name = keep(mail, &at, a->first_name);
	mail->token = keep(mail, &at, a->token);
	mail->taken_ms = mail->due_ms = now_ms();
	uint64_t valid_ms = (uint64_t)a->valid_minutes * 60000;
	mail->ends_ms = mail->taken_ms + (valid_ms > 2 * MAIL_EARLY_MS ? valid_ms - MAIL_EARLY_MS : valid_ms);
	return mail;
}

static void
mail_free(struct mail *mail)
{
	explicit_bzero(mail->room, sizeof mail->room);
	free(mail);
}

static void
mail_end(struct mailer *m, struct mail *mail)
{
	TAILQ_REMOVE(&m->queue, mail, next);
	m->n--;
	mail_free(mail);
}

static void
letter_of(const struct mailer *m, const struct mail *mail, struct letter *l)
{
	*l = (struct letter){ .row = mail->row, .id = mail->id, .from = m->from, .from_name = m->from_name,
		.page = actor_setting(m->actor, mail->row->page), .to = mail->to, .first_name = mail->first_name,
		.token = mail->token, .valid_minutes = mail->valid_minutes, .at_ms = wall_ms() };
}

/* ---- what became of one ---- */

static const char *
text_of(struct bytes b, char out[256])
{
	snprintf(out, 256, "%.*s", (int)b.n, b.n > 0 ? b.p : "");
	return out;
}

static void
dead_letter(struct mailer *m, struct mail *mail, const char *why)
{
	char to[256];

	m->dead++;
	log_event(LOG_ERROR, &mail->ctx, "mail_dead", "mail", log_id(&mail->id), "template", mail->row->name,
	    "to", text_of(mail->to, to), "tries", log_u64(mail->tries), "why", why);
	mail_end(m, mail);
}

static void
mail_sent(struct mailer *m, struct mail *mail)
{
	m->sent++;
	log_event(LOG_INFO, &mail->ctx, "mail_sent", "mail", log_id(&mail->id), "template", mail->row->name,
	    "tries", log_u64(mail->tries), "after_ms", log_u64(now_ms() - mail->taken_ms));
	mail_end(m, mail);
}

/* Not now: once more, if it is still worth it. */
static void
mail_later(struct mailer *m, struct mail *mail, const char *why)
{
	uint32_t wait = backoff_ms(m->backoff_ms, mail->tries - 1, randombytes_random());

	mail->due_ms = now_ms() + wait;
	if (mail->tries >= m->attempts || mail->due_ms >= mail->ends_ms) {
		dead_letter(m, mail, why);
		return;
	}
	log_event(LOG_WARNING, &mail->ctx, "mail_delayed", "mail", log_id(&mail->id), "tries", log_u64(mail->tries),
	    "next_ms", log_u64(wait), "why", why);
}

/* ---- by SMTP ---- */

static void
on_delivered(void *arg, enum smtp_end end, const char *why)
{
	struct mailer *m = arg;
	struct mail *mail = m->going;

	m->going = NULL;
	m->actor->own_work--;
	switch (end) {
	case SMTP_SENT:
		mail_sent(m, mail);
		break;
	case SMTP_NEVER:
		dead_letter(m, mail, why);
		break;
	case SMTP_AGAIN:
		mail_later(m, mail, why);
	}
	if (m->actor->draining && m->actor->own_work == 0)
		ev_break(m->loop, EVBREAK_ALL);
	pump(m);
}

static void
deliver(struct mailer *m, struct mail *mail)
{
	struct buf bytes = { 0 };
	struct letter l;

	letter_of(m, mail, &l);
	mail->tries++;
	if (letter_write(&bytes, &l) == 0 && smtp_send(&m->smtp, mail->to, &bytes, on_delivered, m) == 0) {
		m->going = mail;
		m->actor->own_work++;
	} else {
		mail_later(m, mail, "memory is out");
	}
	buf_free(&bytes);
}

static void
timer_set(struct mailer *m, uint64_t at_ms)
{
	uint64_t now = now_ms();

	ev_timer_stop(m->loop, &m->timer);
	if (at_ms == UINT64_MAX)
		return;
	ev_now_update(m->loop);
	ev_timer_set(&m->timer, at_ms > now ? (double)(at_ms - now) / 1000.0 : 0., 0.);
	ev_timer_start(m->loop, &m->timer);
}

/* Starts the mail that has been due longest; with none, waits for the next. */
static void
pump(struct mailer *m)
{
	struct mail *mail, *first = NULL;

	if (m->going != NULL || m->actor->draining)
		return;
	TAILQ_FOREACH(mail, &m->queue, next)
		if (first == NULL || mail->due_ms < first->due_ms)
			first = mail;
	if (first != NULL && first->due_ms <= now_ms()) {
		deliver(m, first);
		first = m->going == NULL ? TAILQ_FIRST(&m->queue) : NULL;	/* could not: look again at once */
	}
	timer_set(m, first != NULL ? first->due_ms : UINT64_MAX);
}

static void
on_due(struct ev_loop *loop, ev_timer *w, int events)
{
	(void)loop;
	(void)events;
	pump(w->data);
}

/* ---- without a server ---- */

static void
to_file(struct mailer *m, struct mail *mail)
{
	struct buf bytes = { 0 }, link = { 0 };
	char name[MAIL_FILE_NAME] = "";
	struct letter l;
	int rc = -ENOMEM;

	letter_of(m, mail, &l);
	mail->tries++;
	if (letter_write(&bytes, &l) == 0 && letter_link(&link, &l) == 0 && buf_text(&link) != NULL)
		rc = mail_file_write(m->dir, &mail->id, l.at_ms, &bytes, name);
	if (rc == 0) {		/* development only: nobody else is given the directory */
		m->sent++;
		log_event(LOG_INFO, &mail->ctx, "mail_written", "file", name, "link", link.p);
		mail_end(m, mail);
	} else {
		dead_letter(m, mail, strerror(-rc));
	}
	buf_free(&bytes);
	buf_free(&link);
}

/* ---- taking one ---- */

/* Why it cannot be a mail, or NULL. */
static const char *
wrong_with(const struct msg_mail_send *a)
{
	if (mail_row(a->template) == NULL)
		return "there is no such template";
	if (!address_valid(a->to))
		return "no mail can carry this address";
	return a->token.n == 0 || a->valid_minutes == 0 ? "a field is empty" : NULL;
}

/* A new mail in the queue; NULL when it is full. */
static struct mail *
admit(struct mailer *m, const struct msg_mail_send *a, const struct ctx *ctx)
{
	struct mail *mail = m->n < MAILS_MAX ? mail_new(a, mail_row(a->template), ctx) : NULL;

	if (mail == NULL)
		return NULL;
	m->known[m->nknown++ % MAILS_KNOWN] = mail->id;
	TAILQ_INSERT_TAIL(&m->queue, mail, next);
	m->n++;
	return mail;
}

static void
send_on(struct mailer *m, struct mail *mail)
{
	switch (m->way) {
	case MAIL_BY_SMTP:
		pump(m);
		break;
	case MAIL_TO_FILES:
		to_file(m, mail);
		break;
	case MAIL_NOWHERE:
		dead_letter(m, mail, "SMTP_URL is not set");
	}
}

void
mailer_take(struct mailer *m, struct request *rq)
{
	const struct msg_mail_send *a = &rq->body.mail_send;
	const char *wrong = wrong_with(a);
	bool again = wrong == NULL && is_known(m, &a->mail);
	struct mail *mail = NULL;

	if (wrong != NULL) {
		log_event(LOG_WARNING, &rq->ctx, "mail_refused", "mail", log_id(&a->mail), "why", wrong);
		request_fail(rq, E_VALIDATION_ERROR, wrong);
		return;
	}
	if (!again && (mail = admit(m, a, &rq->ctx)) == NULL) {
		request_fail(rq, E_QUEUE_FULL, "");
		return;
	}
	request_answer(rq, &(struct msg_mail_queued){ .again = again });
	if (mail != NULL)
		send_on(m, mail);
}

/* ---- life ---- */

static void __attribute__((noreturn))
fix_me(const char *setting, const char *why)
{
	log_event(LOG_ERROR, NULL, "setting_unusable", "setting", setting, "why", why);
	exit(EXIT_FIX_ME);
}

void
mailer_init(struct mailer *m, struct actor *a, struct ev_loop *loop)
{
	*m = (struct mailer){ .actor = a, .loop = loop, .way = MAIL_NOWHERE, .dir = -1, .from = actor_setting(a, "MAIL_FROM"),
		.from_name = actor_setting(a, "MAIL_FROM_NAME"), .backoff_ms = actor_setting_u64(a, "MAIL_BACKOFF"),
		.attempts = (uint32_t)actor_setting_u64(a, "MAIL_ATTEMPTS") };
	TAILQ_INIT(&m->queue);
	ev_timer_init(&m->timer, on_due, 0., 0.);
	m->timer.data = m;
	if (actor_secret(a, "SMTP_URL").n > 0)
		m->way = MAIL_BY_SMTP;
	else if ((m->dir = actor_resource_look(a, "maildir")) >= 0)
		m->way = MAIL_TO_FILES;
	else
		return;
	if (!address_valid(bytes_str(m->from)) || !bytes_ascii(bytes_str(m->from)))
		fix_me("MAIL_FROM", "it must be a plain ASCII address");
	if (*actor_setting(a, "RESET_URL") == '\0')
		fix_me("RESET_URL", "mails need the page that their link leads to");
	if (m->way == MAIL_BY_SMTP)
		smtp_init(&m->smtp, a, loop, m->from);
}

void
mailer_fini(struct mailer *m)
{
	ev_timer_stop(m->loop, &m->timer);
	if (m->way == MAIL_BY_SMTP)
		smtp_fini(&m->smtp);
	if (m->n > 0)
		log_event(LOG_WARNING, NULL, "mails_lost", "n", log_u64(m->n), "why", "the process ends");
	while (!TAILQ_EMPTY(&m->queue))
		mail_end(m, TAILQ_FIRST(&m->queue));
}
