/* daemon.c - the HTTP server: where it listens and how libmicrohttpd runs it.
 * Owns:  the daemon and its socket.
 * Fails: a start that is refused, with a sentence.
 *
 * One thread per connection: a handler may sleep, encode a film or wait for the
 * disk, and it runs to its end whether or not the client is still there. */
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http_internal.h"

#define CONNECTIONS_MAX	600
#define IDLE_SECONDS	620		/* more than any delay a fault can ask for */
#define HEADERS_MAX	(160u << 10)

static struct MHD_Daemon	*daemon_;
static int			 listener = -1;

/* Leave every byte as it came. */
static size_t
unescape_nothing(void *cls, struct MHD_Connection *c, char *s)
{
	(void)cls;
	(void)c;
	return strlen(s);
}

static void
mhd_log(void *cls, const char *fmt, va_list ap)
{
	(void)cls;
	if (!http_verbose)
		return;
	fputs("event=http text=", stderr);
	vfprintf(stderr, fmt, ap);
}

static int
listen_on(const char *host, const char *port, char *why, size_t size)
{
	struct addrinfo	 hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV |
			    AI_PASSIVE, .ai_socktype = SOCK_STREAM };
	struct addrinfo	*a;
	int		 fd, on = 1;

	if (getaddrinfo(host, port, &hints, &a) != 0) {
		snprintf(why, size, "--listen: %s:%s is no numeric address and port; "
		    "give for example 127.0.0.1:0", host, port);
		return -1;
	}
	fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0) {
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
		if (bind(fd, a->ai_addr, a->ai_addrlen) == 0 && listen(fd, 256) == 0) {
			freeaddrinfo(a);
			return fd;
		}
	}
	snprintf(why, size, "cannot listen on %s port %s: %s; choose another port, or 0 "
	    "for any free one", host, port, strerror(errno));
	freeaddrinfo(a);
	if (fd >= 0)
		close(fd);
	return -1;
}

int
http_start(const char *host, const char *port, char *why, size_t size)
{
	if ((listener = listen_on(host, port, why, size)) < 0)
		return -1;
	daemon_ = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD |
	    MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL | MHD_USE_ITC |
	    MHD_USE_ERROR_LOG, 0, NULL, NULL, http_on_request, NULL,
	    MHD_OPTION_EXTERNAL_LOGGER, mhd_log, NULL,
	    MHD_OPTION_LISTEN_SOCKET, (MHD_socket)listener,
	    MHD_OPTION_URI_LOG_CALLBACK, http_request_new, NULL,
	    MHD_OPTION_UNESCAPE_CALLBACK, unescape_nothing, NULL,
	    MHD_OPTION_NOTIFY_COMPLETED, http_request_done, NULL,
	    MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
	    MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_SECONDS,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEADERS_MAX,
	    MHD_OPTION_THREAD_STACK_SIZE, (size_t)(4u << 20),
	    MHD_OPTION_END);
	if (daemon_ == NULL) {
		snprintf(why, size, "the HTTP server did not start: %s", strerror(errno));
		close(listener);
		return -1;
	}
	return 0;
}

unsigned
http_port(void)
{
	struct sockaddr_storage	 a;
	socklen_t		 n = sizeof a;
	char			 port[16];

	if (getsockname(listener, (struct sockaddr *)&a, &n) < 0 ||
	    getnameinfo((struct sockaddr *)&a, n, NULL, 0, port, sizeof port,
	    NI_NUMERICSERV) != 0)
		return 0;
	return (unsigned)atoi(port);
}

void
http_stop(void)
{
	MHD_stop_daemon(daemon_);
	daemon_ = NULL;
}
