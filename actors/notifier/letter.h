/* actors/notifier/letter.h - an e-mail as bytes: RFC 5322 and MIME, plain text with an HTML
 * alternative, ASCII lines of at most 76 characters (quoted-printable, encoded words). Pure.
 *
 * libcurl's mime API gives its bytes to libcurl's own upload only; here they also go into a
 * file, and by smtp.h.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_NOTIFIER_LETTER_H
#define STUDIOD_NOTIFIER_LETTER_H

#include "proto/proto.h"

struct mail_row {
	const char *name, *page, *subject, *before, *action, *after;
};
/* The row of a name, or NULL. */
const struct mail_row *mail_row(struct bytes name);

/* Whose values are hostile is checked: `to` by address_valid, the others are encoded. */
struct letter {
	const struct mail_row *row;
	struct id id;			/* names the mail: Message-ID, boundary */
	const char *from, *from_name;	/* our address (ASCII, valid); "" or a name */
	const char *page;		/* URL that the link leads to */
	struct bytes to, first_name, token;
	uint32_t valid_minutes;
	uint64_t at_ms;			/* wall clock, for Date */
};

/* True for an address that SMTP can carry as it is: local@domain, no quotes, no comments,
 * nothing that could end a command or a header; the local part may be UTF-8. */
bool address_valid(struct bytes a);
/* What is behind the @ of a valid address. */
const char *address_domain(const char *a);
/* True when all bytes are ASCII. */
bool bytes_ascii(struct bytes b);

/* Appends the link: the page, and the token percent-encoded behind it. 0, or -1 when memory
 * is out. */
int letter_link(struct buf *out, const struct letter *l);
/* Appends the whole mail, its lines ended by CRLF. 0, or -1 when memory is out. */
int letter_write(struct buf *out, const struct letter *l);

#endif
