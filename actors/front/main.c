/* actors/front/main.c - HTTP and TLS towards clients.
 * Sees:  what clients send and what they are answered, tickets it cannot open, tokens in passing.
 * Never: a password's hash, any key (TLS signatures come from auth), the database, Google,
 *        a file or a new socket once it is ready.
 * Licence: Apache-2.0. */
#include <locale.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <openssl/err.h>
#include <openssl/rand.h>

#include "actors/front/bind.h"
#include "actors/front/realtime/engine.h"
#include "actors/front/exchange.h"
#include "actors/front/realtime/feed.h"
#include "actors/front/frames.h"
#include "actors/front/head.h"
#include "actors/front/linger.h"
#include "actors/front/loop_h2o.h"
#include "actors/front/mint.h"
#include "actors/front/realtime/relay.h"
#include "actors/front/tls.h"
#include "actors/front/tls_sign.h"
#include "actors/front/realtime/websocket.h"
#include "actors/front/wipe.h"

/* TLS connections of an address: each costs a signature, of which auth makes 500 a second
 * for all. */
enum { TLS_PER_MINUTE = 1200 };
enum { STRAY_LINES = 5 };		/* of h2o's own, a second */
enum { LINGER_MS = 100 };		/* for the last bytes of answers when drained */

static const struct route notifier_routes[] = {
	{ MSG_user_events, on_user_events },
	{ MSG_session_over, on_session_over },
	{ MSG_listen_again, on_listen_again },
	{ MSG_socket_take, on_socket_take },
};
static const struct edge_routes edges[] = {
	{ EDGE_front_notifier, notifier_routes, COUNT(notifier_routes) },
};

static uint64_t drained_since_ms;

static void
die(const char *event, const char *why)
{
	log_event(LOG_ERROR, NULL, event, "why", why);
	exit(EXIT_FIX_ME);
}

/* h2o prints a line for each frame that it does not know. A few a second are passed on. */
static ssize_t
write_some(void *cookie, const char *p, size_t n)
{
	static uint64_t second;
	static unsigned lines;
	uint64_t now = now_ms() / 1000;

	(void)cookie;
	if (now != second)
		lines = 0;
	second = now;
	if (lines++ < STRAY_LINES && write(STDERR_FILENO, p, n) < 0)
		return 0;
	return (ssize_t)n;
}

static void
tame_stderr(void)
{
	FILE *tame = fopencookie(NULL, "w", (cookie_io_functions_t){ .write = write_some });

	if (tame == NULL || setvbuf(tame, NULL, _IOLBF, 1024) != 0)
		die("front_failed", "out of memory");
	stderr = tame;		/* our own log writes to the descriptor */
}

/* ---- what the supervisor tells later ---- */

static bool
on_take_peer(struct actor *a, unsigned edge, int fd)
{
	(void)a;
	if (edge != EDGE_front_sign)
		return false;
	signer_attach(fd);
	return true;
}

/* From within a handshake that waits for auth: its successor comes over this channel. */
static void
look_at_control(void *arg, int ms)
{
	struct actor *a = arg;
	struct pollfd pfd = { .fd = ACTOR_CONTROL_FD, .events = POLLIN };

	if (poll(&pfd, 1, ms) > 0)
		conn_readable(a->control_conn);
}

static void
on_tree(struct actor *a, const struct msg_tree_state *m)
{
	struct front *f = a->state;

	f->all_up = m->all_up;
	snprintf(f->down, sizeof f->down, "%.*s", (int)m->down.n, m->down.p);
}

static void
on_peer(struct actor *a, struct link *l, bool up)
{
	feeds_peer(a->state, l, up);
}

static void
on_drain(struct actor *a, uint32_t within_ms)
{
	struct front *f = a->state;

	(void)within_ms;
	listen_close(f);
	engines_drain();
	feeds_drain(f);
	h2o_context_request_shutdown(&f->ctx);
	drained_since_ms = now_ms();
}

static uint32_t
queued(struct actor *a)
{
	return ((struct front *)a->state)->exchanges;
}

/* Once a turn. */
static bool
turn(void *arg, uint32_t *within_ms)
{
	struct front *f = arg;
	uint64_t now = now_ms();

	listen_look(f, now);
	linger_look(now);
	*within_ms = feeds_look(f, now);
	uint32_t full_ms = engines_look(now);
	bool closing = websockets_look(now);
	if (full_ms < *within_ms)
		*within_ms = full_ms;
	if (!f->a.draining)
		return true;
	return now < f->a.drain_until_ms && (f->exchanges > 0 || closing || now < drained_since_ms + LINGER_MS);
}

/* ---- the beginning ---- */

/* The signing edge came with the others, before anybody could ask for it. */
static void
take_sign_peer(struct actor *a)
{
	for (size_t i = 0; i < a->nwaiting; i++)
		if (a->waiting[i].link->edge == EDGE_front_sign) {
			signer_attach(a->waiting[i].fd);
			a->waiting[i] = a->waiting[--a->nwaiting];
			i--;
		}
	a->take_peer = on_take_peer;
}

static void
read_origins(struct front *f)
{
	char *list = strdup(actor_setting(&f->a, "CORS_ORIGIN")), *origin;

	while (list != NULL && (origin = strsep(&list, ",")) != NULL) {
		origin += strspn(origin, " \t");
		origin[strcspn(origin, " \t")] = '\0';
		size_t n = strlen(origin);
		if (n > 0 && origin[n - 1] == '/')
			origin[n - 1] = '\0';
		if (strcmp(origin, "*") == 0)
			f->any_origin = true;
		else if (*origin != '\0' && f->norigins < ORIGINS_MAX)
			f->origins[f->norigins++] = origin;
	}
}

/* Settings, certificate, tables: the last look outside. */
static void
front_init(struct front *f)
{
	uint64_t hash_key[2];
	const char *cert = actor_setting(&f->a, "TLS_CERT"), *why;
	SSL_CTX *ssl = NULL;

	signal(SIGPIPE, SIG_IGN);	/* h2o writes to whoever just left */
	setenv("TZ", "UTC0", 1);	/* h2o formats local times for logs: no zone file later */
	tzset();
	setlocale(LC_ALL, "C");
	mint_random(hash_key, sizeof hash_key);
	tame_stderr();
	bodies_init();
	if (head_init() != 0 || frames_init() != 0 || linger_init() != 0 || wipe_init() != 0)
		die("front_failed", "h2o's readers or its buffers are not where they were");
	if (signer_init(look_at_control, &f->a) != 0 || identity_init() != 0 || limits_init(&f->limits, hash_key) != 0)
		die("front_failed", "out of memory");
	f->limits.per_minute[LIMIT_auth] = actor_setting_u64(&f->a, "RATE_LIMIT_AUTH");
	f->limits.per_minute[LIMIT_api] = actor_setting_u64(&f->a, "RATE_LIMIT_API");
	f->limits.per_minute[LIMIT_generate] = actor_setting_u64(&f->a, "RATE_LIMIT_GENERATE");
	f->limits.per_minute[LIMIT_tls] = TLS_PER_MINUTE;
	f->upload_max = actor_setting_u64(&f->a, "UPLOAD_MAX_BYTES");
	f->events_beat_ms = actor_setting_u64(&f->a, "EVENTS_HEARTBEAT");
	f->sync_wait_ms = actor_setting_u64(&f->a, "MEDIA_SYNC_WAIT");
	read_origins(f);
	OPENSSL_init_ssl(OPENSSL_INIT_LOAD_SSL_STRINGS | OPENSSL_INIT_LOAD_CRYPTO_STRINGS | OPENSSL_INIT_LOAD_CONFIG, NULL);
	RAND_bytes((unsigned char *)hash_key, sizeof hash_key);		/* seeds it */
	if (*cert != '\0' && (ssl = tls_new(cert, &why)) == NULL)
		die("tls_failed", why);
	f->loop = h2o_evloop_create();
	if (bind_init(&why) != 0)
		die("front_failed", why);
	if (pages_init() != 0)
		die("front_failed", "out of memory");
	if (feeds_init(f) != 0)
		die("front_failed", "out of memory");
	engines_init(f, f->a.instance);
	server_init(f);
	listen_init(f, ssl);
	f->a.on_tree = on_tree;
	f->a.on_peer = on_peer;
	f->a.on_drain = on_drain;
	f->a.queued = queued;
	take_sign_peer(&f->a);
	malloc_trim(0);		/* making the document took some */
}

int
main(void)
{
	static struct front f;

	actor_begin(&f.a, ROLE_front, edges, COUNT(edges), &f);	/* log, settings, sockets, peers: all inherited */
	front_init(&f);
	actor_attach(&f.a, &loop_ops_h2o, f.loop);
	actor_confine(&f.a, sandbox_of(ROLE_front));	/* no way back; failing here is fatal */
	actor_ready(&f.a);				/* from now on work may come */
	listen_open(&f);
	loop_h2o_run(f.loop, &f.a, turn, &f);
	log_event(LOG_INFO, NULL, "ended", "unfinished", log_u64(f.exchanges));
	signer_fini();
	feeds_fini(&f);
	return EXIT_DRAINED;
}
