/* actors/front/wire.h - small readings of what a client wrote in header fields. Pure.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_FRONT_WIRE_H
#define STUDIOD_FRONT_WIRE_H

#include "proto/proto.h"

/* Without the spaces and tabs around it. */
struct bytes wire_trim(struct bytes s);
/* 1 to `most` visible ASCII characters? */
bool wire_visible(struct bytes s, size_t most);
/* Takes the trace id of a W3C traceparent into the first 16 bytes of `trace`. An id of
 * only zeros makes it invalid. */
bool wire_traceparent(struct bytes s, uint8_t trace[24]);
/* Writes one for the whole of `trace`: 55 characters and a NUL. */
void wire_traceparent_text(const uint8_t trace[24], char out[56]);
/* application/json, perhaps with charset=utf-8? */
bool wire_is_json(struct bytes content_type);
/* Does an Accept header let us answer in one of the types "a/b|c/d"? An absent one does. */
bool wire_accepts(struct bytes accept, const char *types);
/* Does it name application/problem+json, with no less weight than application/json? */
bool wire_accepts_problem(struct bytes accept);
/* The coding that an Accept-Encoding header weighs most, "br" (if there is one to give) before
 * "gzip" before none: NULL. */
const char *wire_coding(struct bytes accept_encoding, bool br);
/* Does the list of a Prefer header name the token? */
bool wire_prefers(struct bytes prefer, const char *token);
/* Does an If-None-Match list hold the tag (weak comparison)? */
bool wire_matches(struct bytes if_none_match, const char *tag);
/* N of a text that says "in N second(s)"; 0 where it does not. */
uint32_t wire_seconds(struct bytes text);

/* One range of bytes (RFC 9110, 14.1.2). */
struct wire_range {
	bool suffix;			/* the last `last` bytes */
	uint64_t first, last;		/* last: UINT64_MAX for an open end */
};
/* Reads a Range header; false for several ranges, another unit or nonsense: then the whole is
 * meant. */
bool wire_range(struct bytes range, struct wire_range *out);

#endif
