/* actors/notifier/smtp_wire.h - what SMTP looks like on the wire (RFC 5321): replies in, a
 * mail's bytes out. Pure.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_NOTIFIER_SMTP_WIRE_H
#define STUDIOD_NOTIFIER_SMTP_WIRE_H

#include "proto/proto.h"

enum { REPLY_LINE = 1024, REPLY_LINES = 100 };

/* A reply being read. Start each from {0}. */
struct smtp_reply {
	unsigned code;			/* of its lines; 0 before the first */
	unsigned lines;
	size_t n;
	char line[REPLY_LINE];		/* the line being read; after the end: the last one's text, NUL-terminated */
};

/* Reads on. 1 when the reply is complete: *used bytes of the n belong to it; 0 when more has
 * to come; -1 when this is no reply: a line that is too long, too many of them, no code, or
 * codes that differ. */
int smtp_reply_take(struct smtp_reply *r, const char *p, size_t n, size_t *used);

/* Appends a mail as DATA carries it: a dot before each dot that begins a line, and the dot
 * that ends it. The mail's lines end with CRLF. 0, or -1 when memory is out. */
int smtp_stuff(struct buf *out, const struct buf *mail);

#endif
