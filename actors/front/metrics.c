/* actors/front/metrics.c - see metrics.h. Prometheus' text format, version 0.0.4.
 * Owns: the counters. Labels are of our own making only: no client can add a series.
 * Licence: Apache-2.0. */
#include <stdarg.h>
#include <stdio.h>

#include "actors/front/api.h"
#include "actors/front/realtime/engine.h"
#include "actors/front/realtime/feed.h"
#include "actors/front/metrics.h"
#include "actors/front/tls_sign.h"

enum { ROUTES_MAX = ENDPOINTS_MAX, CLASSES = 5 };

static const double bounds[] = { 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60 };

static uint64_t by_class[ROUTES_MAX + 1][CLASSES];
static uint64_t buckets[COUNT(bounds) + 1], total_us, total;

void
metrics_count(const struct endpoint *endpoint, int status, uint64_t us)
{
	size_t route = endpoint != NULL && endpoint >= endpoints && endpoint < endpoints + endpoint_count ?
	    (size_t)(endpoint - endpoints) : ROUTES_MAX;
	size_t i = 0;

	if (status >= 100 && status < 600)
		by_class[route < ROUTES_MAX ? route : ROUTES_MAX][status / 100 - 1]++;
	if (us == METRICS_NO_TIME)
		return;
	while (i < COUNT(bounds) && (double)us / 1e6 > bounds[i])
		i++;
	buckets[i]++;
	total++;
	total_us += us;
}

__attribute__((format(printf, 2, 3))) static void
say(struct buf *b, const char *format, ...)
{
	char line[512];
	va_list ap;

	va_start(ap, format);
	int n = vsnprintf(line, sizeof line, format, ap);
	va_end(ap);
	buf_add(b, line, (size_t)n < sizeof line ? (size_t)n : sizeof line - 1);
}

static void
say_requests(struct buf *b)
{
	static const char *const methods[] = { "GET", "POST", "PUT", "PATCH", "DELETE" };
	uint64_t sum = 0;

	say(b, "# HELP studiod_http_requests_total Requests by route and class of status.\n"
	    "# TYPE studiod_http_requests_total counter\n");
	for (size_t r = 0; r <= ROUTES_MAX; r++)
		for (size_t c = 0; c < CLASSES; c++)
			if (by_class[r][c] > 0)
				say(b, "studiod_http_requests_total{route=\"%s\",method=\"%s\",class=\"%zuxx\"} %llu\n",
				    r < endpoint_count ? endpoints[r].path : "other",
				    r < endpoint_count ? methods[endpoints[r].method] : "other", c + 1,
				    (unsigned long long)by_class[r][c]);
	say(b, "# HELP studiod_http_request_seconds Time from the whole request to the end of its answer.\n"
	    "# TYPE studiod_http_request_seconds histogram\n");
	for (size_t i = 0; i < COUNT(bounds); i++) {
		sum += buckets[i];
		say(b, "studiod_http_request_seconds_bucket{le=\"%g\"} %llu\n", bounds[i], (unsigned long long)sum);
	}
	say(b, "studiod_http_request_seconds_bucket{le=\"+Inf\"} %llu\nstudiod_http_request_seconds_sum %.6f\n"
	    "studiod_http_request_seconds_count %llu\n", (unsigned long long)total, (double)total_us / 1e6, (unsigned long long)total);
}

static void
say_links(struct buf *b, const struct actor *a)
{
	static const struct { const char *name, *type; size_t at; } rows[] = {
#define STAT(field) { #field, "counter", offsetof(struct link_stats, field) }
		STAT(sent), STAT(received), STAT(answered), STAT(failed), STAT(expired), STAT(refused), STAT(violations), STAT(resent)
#undef STAT
	};

	for (size_t r = 0; r < COUNT(rows); r++) {
		say(b, "# TYPE studiod_link_%s_total %s\n", rows[r].name, rows[r].type);
		for (size_t i = 0; i < a->nlinks; i++)
			say(b, "studiod_link_%s_total{edge=\"%s\",instance=\"%u\"} %llu\n", rows[r].name,
			    edge_row(a->links[i]->edge)->name, a->links[i]->instance,
			    (unsigned long long)*(const uint64_t *)(const void *)((const char *)&a->links[i]->stats + rows[r].at));
	}
	say(b, "# TYPE studiod_link_up gauge\n");
	for (size_t i = 0; i < a->nlinks; i++)
		say(b, "studiod_link_up{edge=\"%s\",instance=\"%u\"} %d\n", edge_row(a->links[i]->edge)->name,
		    a->links[i]->instance, a->links[i]->edge == EDGE_front_sign ? signer_up() : a->links[i]->up);
	say(b, "# TYPE studiod_link_calls gauge\n");
	for (size_t i = 0; i < a->nlinks; i++)
		say(b, "studiod_link_calls{edge=\"%s\",instance=\"%u\"} %u\n", edge_row(a->links[i]->edge)->name,
		    a->links[i]->instance, a->links[i]->ncalls);
}

static void
say_events(struct buf *b, const struct feed_stats *s)
{
	static const char *const whys[FEED_ENDS] = { [FEED_SESSION_OVER] = "session_over", [FEED_DRAINING] = "draining", [FEED_AWAY] = "unavailable" };
	const struct { const char *name, *type, *help; uint64_t v; } rows[] = {
		{ "listeners", "gauge", "Connections that listen for events", s->listeners },
		{ "feeds", "gauge", "Sessions that they listen for", s->feeds },
		{ "sent_total", "counter", "Events handed to listeners", s->events },
		{ "asked_total", "counter", "Answers of db with events, or without", s->asked },
		{ "renewed_total", "counter", "Tickets renewed by auth", s->renewed },
		{ "resynced_total", "counter", "Listeners whose position could not be continued", s->missed },
		{ "without_results_total", "counter", "Events whose URLs could not be signed", s->bare },
		{ "listeners_slow_total", "counter", "Listeners that were let go because they did not read", s->slow },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		say(b, "# HELP studiod_events_%s %s.\n# TYPE studiod_events_%s %s\nstudiod_events_%s %llu\n", rows[i].name, rows[i].help,
		    rows[i].name, rows[i].type, rows[i].name, (unsigned long long)rows[i].v);
	say(b, "# HELP studiod_events_feeds_ended_total Sessions that ended while somebody listened, by why.\n"
	    "# TYPE studiod_events_feeds_ended_total counter\n");
	for (size_t i = 0; i < FEED_ENDS; i++)
		say(b, "studiod_events_feeds_ended_total{why=\"%s\"} %llu\n", whys[i], (unsigned long long)s->ends[i]);
}

static void
say_sockets(struct buf *b)
{
	const struct engine_counts *c = &engine_counts;
	const struct { const char *name, *type; uint64_t value; } rows[] = {
		{ "sockets_connected", "gauge", c->connected },
		{ "sockets_full", "gauge", c->full },
		{ "sockets_queued_bytes", "gauge", c->queued },
		{ "sockets_opened_total", "counter", c->opened },
		{ "sockets_upgraded_total", "counter", c->upgraded },
		{ "sockets_refused_total", "counter", c->refused },
		{ "sockets_events_total", "counter", c->events },
		{ "sockets_resyncs_total", "counter", c->resyncs },
	};

	say(b, "# HELP studiod_sockets Sessions of Socket.IO by transport.\n# TYPE studiod_sockets gauge\n"
	    "studiod_sockets{transport=\"polling\"} %u\nstudiod_sockets{transport=\"websocket\"} %u\n", c->polling, c->websocket);
	for (size_t i = 0; i < COUNT(rows); i++)
		say(b, "# TYPE studiod_%s %s\nstudiod_%s %llu\n", rows[i].name, rows[i].type, rows[i].name, (unsigned long long)rows[i].value);
	say(b, "# HELP studiod_sockets_closed_total Sessions of Socket.IO that ended, by why.\n# TYPE studiod_sockets_closed_total counter\n");
	for (size_t i = 0; i < END_COUNT; i++)
		say(b, "studiod_sockets_closed_total{why=\"%s\"} %llu\n", engine_end_name((enum engine_end)i), (unsigned long long)c->ended[i]);
}

void
on_metrics(struct exchange *x)
{
	const struct front *f = x->front;
	struct buf b = { 0 };

	say_requests(&b);
	say(&b, "# TYPE studiod_http_connections gauge\nstudiod_http_connections %u\n"
	    "# TYPE studiod_http_requests_in_flight gauge\nstudiod_http_requests_in_flight %u\n"
	    "# TYPE studiod_http_connections_accepted_total counter\nstudiod_http_connections_accepted_total %llu\n"
	    "# TYPE studiod_http_connections_refused_total counter\nstudiod_http_connections_refused_total %llu\n",
	    f->connections, f->exchanges, (unsigned long long)f->accepted, (unsigned long long)f->turned_away);
	say(&b, "# TYPE studiod_http_clients_shut_out_total counter\nstudiod_http_clients_shut_out_total %llu\n", (unsigned long long)f->shut_out);
	say_events(&b, feeds_stats(f));
	say_sockets(&b);
	say_links(&b, &f->a);
	answer_body(x, 200, "text/plain; version=0.0.4; charset=utf-8", bytes_of(b.p, b.n));
	buf_free(&b);
}
