/* supervisor/json.h - appending JSON to a buffer.
 * Fails: where memory is out the text just ends; json_ok tells.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_JSON_H
#define STUDIOD_JSON_H

#include "proto/proto.h"

/* A JSON text in the making. Start from {0}; free with buf_free(&j.out). */
struct json {
	struct buf out;
	bool comma;		/* the next item needs one before it */
	bool failed;
};
void json_open(struct json *j, char bracket);	/* { or [ */
void json_close(struct json *j, char bracket);
void json_key(struct json *j, const char *key, size_t n);
/* Bytes that are not UTF-8, and NUL, become U+FFFD. */
void json_text(struct json *j, const char *p, size_t n);
void json_number(struct json *j, uint64_t v);
void json_flag(struct json *j, bool v);

/* The usual pairs. */
void json_pair_text(struct json *j, const char *key, const char *value);
void json_pair_number(struct json *j, const char *key, uint64_t v);
void json_pair_flag(struct json *j, const char *key, bool v);

#endif
