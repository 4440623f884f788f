/* errors.h - how Google says no: google.rpc.Status, storage JSON, storage XML.
 * Owns:  the texts.
 * Fails: never; it is what failing looks like. */
#ifndef EMULATOR_ERRORS_H
#define EMULATOR_ERRORS_H

#include "http.h"

/* {"error":{code,message,status}} for Vertex, Text-to-Speech and IAM. */
void	error_rpc(struct request *, unsigned http, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));
/* The same with details, a list whose reference it takes; NULL: none. */
void	error_rpc_details(struct request *, unsigned http, const char *message, json_t *details);
/* 400 with a BadRequest detail that names the field. */
void	error_field(struct request *, const char *field, const char *message);
void	error_unauthenticated(struct request *, bool missing);
/* 429 with its details, as recorded. */
void	error_quota(struct request *, const char *message);
/* 403 with its details: a permission that is missing, or an API that is switched off. message
 * NULL: as Google says it. */
void	error_forbidden(struct request *, const char *message);
/* {"error":{code,message,errors:[..]}} of the storage JSON API. */
void	error_storage(struct request *, unsigned http, const char *reason,
	    const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* <Error><Code>.. of the storage XML API; extra is ready-made XML or NULL. */
void	error_xml(struct request *, unsigned http, const char *code,
	    const char *message, const char *details, const char *extra);
void	xml_escape(struct buf *, const char *);
/* {"error":..,"error_description":..} of the token endpoint. */
void	error_oauth(struct request *, unsigned http, const char *error,
	    const char *description);
/* The HTML page for a path nobody serves. */
void	error_html(struct request *, unsigned http);
/* A made-up failure in the dialect of the route: faults use it. */
void	error_any(struct request *, unsigned http, const char *message);

const char *error_status_name(unsigned http);	/* "INVALID_ARGUMENT" */
int	error_grpc_code(unsigned http);
const char *error_grpc_name(int grpc);		/* the same by the gRPC number */

#endif
