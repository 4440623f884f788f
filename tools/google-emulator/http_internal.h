/* http_internal.h - what request.c, reply.c, http.c and daemon.c tell each other.
 * Owns:  nothing.
 * Fails: as said in http.h. */
#ifndef EMULATOR_HTTP_INTERNAL_H
#define EMULATOR_HTTP_INTERNAL_H

#include <microhttpd.h>

#include "http.h"

#define BODY_MAX	(64u << 20)	/* of one JSON or form request */

/* request.c: a body that is kept whole. False: there is too much of it. */
bool	request_body_keep(struct request *, const char *, size_t);
/* r->json, or an error reply. */
void	request_body_parse(struct request *);
void	request_body_drop(struct request *);

/* reply.c: hands r->reply to libmicrohttpd, with what should go wrong on its way. */
enum MHD_Result	 reply_send(struct request *);

/* http.c: what libmicrohttpd calls when a request begins, goes on and is over. */
void		*http_request_new(void *, const char *uri, struct MHD_Connection *);
enum MHD_Result	 http_on_request(void *, struct MHD_Connection *, const char *url,
		    const char *method, const char *version, const char *data, size_t *,
		    void **state);
void		 http_request_done(void *, struct MHD_Connection *, void **state,
		    enum MHD_RequestTerminationCode);

#endif
