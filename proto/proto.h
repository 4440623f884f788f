/* proto/proto.h - what may be said between processes: roles, edges, errors, messages.
 * Everything here is expanded from the tables beside it. No I/O, no loop, no clock.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_PROTO_H
#define STUDIOD_PROTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- roles ---- */
enum role {
#define ROLE(bit, name, prose) ROLE_##name = bit,
#include "proto/roles.tbl.h"
	ROLE_COUNT
};
enum {
#define ROLE(bit, name, prose) ROLES_##name = 1 << bit,
#include "proto/roles.tbl.h"
	ROLES_none = 0,
	ROLES_nested = 0,
	ROLES_actor = ROLES_front | ROLES_auth | ROLES_db | ROLES_vertex | ROLES_poller | ROLES_notifier
};
/* Name of a role; "?" when out of range. */
const char *role_name(unsigned role);
/* Role of a name, or -1. */
int role_by_name(const char *name);

/* ---- edges ---- */
enum edge {
	EDGE_control = 0,	/* supervisor and actor, or supervisor and studioctl */
#define EDGE(id, name, a, b, prose) EDGE_##name = id,
#include "proto/topology.tbl.h"
	EDGE_COUNT
};
struct edge_row {
	const char *name;
	enum role a, b;
	const char *prose;
};
/* Row of an edge, or NULL for EDGE_control and unknown ids. */
const struct edge_row *edge_row(unsigned id);

/* ---- errors ---- */
enum error_code {
	E_OK = 0,
#define ERR(id, name, http, retryable, text) E_##name = id,
#include "proto/errors.tbl.h"
	E_LIMIT = 64
};
struct error_row {
	const char *name;
	int http;
	bool retryable;
	const char *text;
};
/* Row of a code; that of INTERNAL_ERROR for one that does not exist. */
const struct error_row *error_row(unsigned code);
/* Code of a name as in the table, or 0. */
unsigned error_by_name(const char *name, size_t n);

/* ---- values ---- */

/* A view of bytes owned by somebody else: a frame, an arena, a literal. */
struct bytes {
	const char *p;
	uint32_t n;
};
#define BYTES(literal) ((struct bytes){ (literal), sizeof(literal) - 1 })
static inline struct bytes
bytes_of(const void *p, size_t n)
{
	return (struct bytes){ p, (uint32_t)n };
}
static inline struct bytes
bytes_str(const char *s)
{
	return (struct bytes){ s, s != NULL ? (uint32_t)strlen(s) : 0 };
}
static inline bool
bytes_eq(struct bytes a, const char *s)
{
	return a.n == strlen(s) && memcmp(a.p, s, a.n) == 0;
}
struct bytes_list {
	const struct bytes *v;
	uint32_t n;
};
struct id {
	uint8_t b[16];
};

/* ---- messages ---- */
enum msg {
	MSG_none = 0,
#define MSG(id, name, s, r, answer, stream, fields) MSG_##name = id,
#include "proto/messages.tbl.h"
	MSG_LIMIT = 0x100
};

#define ID(f)            struct id f;
#define U32(f)           uint32_t f;
#define U64(f)           uint64_t f;
#define FLAG(f)          bool f;
#define STR(f, max)      struct bytes f;
#define BIN(f, max)      struct bytes f;
#define LIST(f, most, max) struct bytes_list f;
#define MSG(id, name, s, r, answer, stream, fields) struct msg_##name { fields };
#include "proto/messages.tbl.h"

/* Large enough for the decoded form of any message. */
union msg_any {
#define ID(f)
#define U32(f)
#define U64(f)
#define FLAG(f)
#define STR(f, max)
#define BIN(f, max)
#define LIST(f, most, max)
#define MSG(id, name, s, r, answer, stream, fields) struct msg_##name name;
#include "proto/messages.tbl.h"
};

enum field_kind { F_ID, F_U32, F_U64, F_FLAG, F_STR, F_BIN, F_LIST };
struct field_row {
	const char *name;
	enum field_kind kind;
	uint16_t offset;	/* in struct msg_NAME */
	uint16_t most;		/* F_LIST: items */
	uint32_t max;		/* bytes of a text, or of one item */
};
enum msg_stream { STREAM_no, STREAM_down, STREAM_up };
struct msg_spec {
	const char *name;
	uint16_t senders, receivers;	/* ROLES_ bits; 0: nested only */
	uint8_t answer;			/* MSG_, or MSG_none for a notice */
	uint8_t stream;
	uint8_t nfields;
	const struct field_row *fields;
};
/* Row of a message id, or NULL. */
const struct msg_spec *msg_spec(unsigned id);

/* A growing byte buffer. `p` is NULL while empty. Start from {0}. */
struct buf {
	char *p;
	size_t n, cap;
};
/* Appends; returns 0, or -1 when memory is out (the buffer is unchanged). */
int buf_add(struct buf *b, const void *p, size_t n);
/* Room for n more bytes after b->n; NULL when memory is out. */
char *buf_room(struct buf *b, size_t n);
void buf_free(struct buf *b);

/* Short-lived memory for decoded lists: freed all at once. Start from {0}. */
struct arena {
	struct arena_block *head;
};
/* n bytes aligned for any object, zeroed; NULL when memory is out. */
void *arena_alloc(struct arena *a, size_t n);
void arena_free(struct arena *a);

/* Appends the msgpack array of a message's fields. `body` is its struct msg_NAME.
 * 0; -E_BAD_MESSAGE when a field is over its bound (nothing is appended);
 * -E_INTERNAL_ERROR when memory is out. */
int msg_encode(struct buf *out, unsigned id, const void *body);

/* Decodes exactly the n bytes of a msgpack array into `body` (struct msg_NAME, or
 * union msg_any). Texts are views into p, lists also live in `a`. Too few fields, a
 * wrong type, a text that is not UTF-8 or over its bound, bytes left over: all are
 * -E_BAD_MESSAGE and *why names the field. Fields after the known ones are skipped,
 * so that a newer sender may append. */
int msg_decode(unsigned id, const void *p, size_t n, void *body, struct arena *a, const char **why);

/* ---- small things every process needs ---- */

/* 36 characters and a NUL. */
void id_text(const struct id *id, char out[37]);
/* Parses a textual UUID of exactly n = 36 characters, any version; false if it is none. */
bool id_parse(const char *p, size_t n, struct id *out);
bool id_eq(const struct id *a, const struct id *b);
/* 2n lower-case hexadecimal digits and a NUL. */
void hex_lower(char *out, const uint8_t *p, size_t n);
/* True for well-formed UTF-8 without NUL bytes. */
bool utf8_valid(const char *p, size_t n);
/* Bytes of the longest beginning that is. */
size_t utf8_whole(const char *p, size_t n);
/* Cuts a text there: what was shortened to fit must not end within a character. */
void utf8_cut(char *s);
/* Code points of well-formed UTF-8. */
size_t utf8_length(const char *p, size_t n);
/* The next value of JSON that stands for a signed URL: `"resultUrl":"gs://..` or
 * `"signedUrl":"gs://..`, written without spaces. Its opening quote, or NULL. Those bytes cannot
 * stand inside a JSON string: its quotes would be escaped. */
const char *url_value(const char *p, const char *end);

#endif
