/* actors/front/head.h - the head of an HTTP/1 request, looked at before h2o takes it.
 *
 * What its parser refuses h2o answers with a bare text, and it offers no hook there. But
 * it calls its parser by name, through the dynamic linker: ours of the same name stands
 * before it, calls it, and turns a refusal into a request with one header field that no
 * client can send (HEAD_REFUSED). That request takes the usual way and is answered with
 * our manners. The same look finds what the parser lets through and RFC 9112 does not.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_FRONT_HEAD_H
#define STUDIOD_FRONT_HEAD_H

#include <stddef.h>

#include "proto/proto.h"

/* A name that is no token; its value is "431" or "414", or why it is 400. */
#define HEAD_REFUSED "(refused)"

/* A head over it is over the bound of exchange.c too; h2o itself would hold 400 KiB. */
enum { HEAD_BYTES_MAX = 32 << 10 };

/* As h2o and its parser have it. */
struct phr_header {
	const char *name;	/* NULL: a folded line */
	size_t name_len;
	const char *value;
	size_t value_len;
};

/* Finds the parser that ours calls; before the confinement. 0 or -1. */
int head_init(void);
/* Is it a token? (RFC 9110, 5.6.2) */
bool head_token_ok(struct bytes s);
/* Is it host[:port], with nothing that a host cannot have? (RFC 3986, 3.2.2) */
bool head_host_ok(struct bytes host);
/* Takes scheme and authority off an absolute-form target (RFC 9112, 3.2.2), and tells the
 * authority where it is not NULL; empty in origin-form. False where the target is neither, or
 * malformed; "*" is let pass. */
bool head_target(struct bytes *target, struct bytes *authority);

/* h2o's parser, by its name: the bytes of the head, -2 for not yet, -1 for silence. */
int phr_parse_request(const char *buf, size_t n, const char **method, size_t *method_n, const char **path,
    size_t *path_n, int *minor, struct phr_header *headers, size_t *nheaders, size_t seen);

#endif
