/* actors/notifier/mail.h - the mails that wait to be delivered: how often each is tried, and
 * what becomes of it.
 *
 *     SMTP_URL         by SMTP, one at a time
 *     else "maildir"   (a directory of the development profile) a file, and the link in the log
 *     else             nowhere: told in the log, and taken all the same
 *
 * Owns:  the mails; a token is wiped with its mail.
 * Fails: over MAILS_MAX it refuses. A mail that was taken ends sent or as a dead letter: a log
 *        line that names everything but the token. What a process had when it died is lost.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_NOTIFIER_MAIL_H
#define STUDIOD_NOTIFIER_MAIL_H

#include <sys/queue.h>

#include "actors/notifier/letter.h"
#include "actors/notifier/smtp.h"

enum {
	MAILS_MAX = 512,		/* waiting at once */
	MAILS_KNOWN = 2048,		/* ids that are still recognised: more than can wait */
	MAIL_EARLY_MS = 60000		/* a link that is valid for less is not worth a mail */
};

struct mail {
	TAILQ_ENTRY(mail) next;
	struct id id;
	const struct mail_row *row;
	struct ctx ctx;			/* of who asked: for the log */
	uint32_t valid_minutes;
	uint64_t taken_ms, due_ms, ends_ms;
	uint32_t tries;
	struct bytes to, first_name, token;	/* in room */
	char room[254 + 400 + 512];
};
TAILQ_HEAD(mail_queue, mail);

enum mail_way { MAIL_BY_SMTP, MAIL_TO_FILES, MAIL_NOWHERE };

struct mailer {
	struct actor *actor;
	struct ev_loop *loop;
	enum mail_way way;
	const char *from, *from_name;
	uint64_t backoff_ms;
	uint32_t attempts;
	struct mail_queue queue;
	uint32_t n;
	struct mail *going;		/* the one being delivered; stays in the queue */
	ev_timer timer;			/* for the next that is due */
	struct smtp smtp;
	int dir;			/* MAIL_TO_FILES */
	struct id known[MAILS_KNOWN];
	size_t nknown;			/* taken so far; the latest are kept */
	uint64_t sent, dead;
};

/* Reads its settings: the last look outside. Ends the process with a line that names the
 * setting where one is not usable. */
void mailer_init(struct mailer *m, struct actor *a, struct ev_loop *loop);
void mailer_fini(struct mailer *m);

/* Takes a mail_send and answers it. */
void mailer_take(struct mailer *m, struct request *rq);

#endif
