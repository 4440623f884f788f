/* http.h - one request and its answer, between libmicrohttpd and the handlers.
 * Owns:  the daemon, and each request from its first byte to its last.
 * Fails: a request that cannot be served gets an error reply; never the process. */
#ifndef EMULATOR_HTTP_H
#define EMULATOR_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "faults.h"
#include "util.h"

#define ROUTE_ARGS	4

struct MHD_Connection;
struct request;

enum body_kind {
	BODY_NONE,	/* read and thrown away */
	BODY_TEXT,	/* kept whole in r->body */
	BODY_JSON,	/* kept, and parsed into r->json before the handler runs */
	BODY_STREAM	/* handed on piece by piece */
};

enum auth_kind {
	AUTH_NONE,
	AUTH_BEARER,	/* Vertex, Text-to-Speech, IAM */
	AUTH_STORAGE,	/* may be absent unless the setting says otherwise */
	AUTH_SIGNED	/* V4 signed URL, checked by the handler */
};

/* How a streamed body is taken. begin may answer at once (r->reply.status set):
 * the rest of the body is then read and dropped, so the client sees the answer. */
struct stream_ops {
	void	(*begin)(struct request *);
	void	(*data)(struct request *, const char *, size_t);
	void	(*drop)(struct request *);	/* the request ended before its body did */
};

struct route {
	const char	*methods;	/* "GET HEAD" */
	const char	*pattern;
	const char	*service;	/* what faults and logs call it */
	enum auth_kind	 auth;
	enum body_kind	 body;
	void		(*handle)(struct request *);
	const struct stream_ops *stream;
};

struct header {
	char	*name;
	char	*value;
};

struct reply {
	unsigned	 status;	/* 0: not answered yet */
	char		*body;
	size_t		 len;
	int		 fd;		/* a file instead of body, or -1 */
	uint64_t	 fd_from, fd_len;
	struct header	 headers[32];
	size_t		 n_headers;
};

struct request {
	struct MHD_Connection	*conn;
	char			*method;
	char			*path;	/* raw: not a byte decoded */
	char			*query;	/* raw, "" when there is none */
	const struct route	*route;
	char			*args[ROUTE_ARGS];	/* decoded {..} of the pattern */
	struct buf		 body;
	json_t			*json;
	struct fault		 fault;	/* what to do wrong, if anything */
	void			*upload;	/* state of a stream_ops */
	struct reply		 reply;
	int64_t			 started_us;
	uint64_t		 received;
	bool			 begun, answered, counted;
};

/* Listens and serves until http_stop. host may be a numeric IPv4 or IPv6. */
int	 http_start(const char *host, const char *port, char *why, size_t size);
unsigned http_port(void);
void	 http_stop(void);
extern bool http_verbose;

const char *request_header(const struct request *, const char *name);
/* All values of a header, in order, joined by commas; NULL if absent. */
char	*request_header_joined(const struct request *, const char *name);
char	*request_query(const struct request *, const char *name);
/* "http://host:port" as the client sees us. */
char	*request_base(const struct request *);
/* The text that faults and the ledger match on; never NULL. */
const char *request_prompt(const struct request *);

void	 reply_header(struct request *, const char *name, const char *value);
void	 reply_json(struct request *, unsigned status, json_t *); /* takes the reference */
void	 reply_text(struct request *, unsigned status, const char *type, const char *text);
void	 reply_empty(struct request *, unsigned status);
void	 reply_file(struct request *, unsigned status, int fd, uint64_t from, uint64_t len);
void	 reply_clear(struct request *);

#endif
