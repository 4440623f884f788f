/* actors/db/listen.c - what PostgreSQL tells every host, passed on: events and the ends of sessions
 * to notifier, due jobs to poller. After a gap the recent events are told again (notifier takes an event
 * that it knows for what it is), and that there was a gap.
 * Licence: Apache-2.0. */
#include <stdio.h>
#include <stdlib.h>

#include "actors/db/db.h"

static void
tell_event(struct db *db, const struct id *generation, const struct id *user, uint64_t seq, struct bytes status)
{
	if (!db_notice(db, EDGE_notifier_db, MSG_event, &(struct msg_event){ .generation = *generation, .user = *user,
	    .seq = seq, .status = status }))
		db->gap = true;
}

enum { ID_TEXT = 36 };

/* "<id> <id>"; what follows is the caller's to look at. */
static bool
parse_ids(const char *p, struct id *a, struct id *b)
{
	return strnlen(p, 2 * ID_TEXT + 1) == 2 * ID_TEXT + 1 && id_parse(p, ID_TEXT, a) && p[ID_TEXT] == ' ' &&
	    id_parse(p + ID_TEXT + 1, ID_TEXT, b);
}

/* "<generation> <user> <seq> <status>", as studio.event_add writes it. */
static bool
parse_event(const char *p, struct id *generation, struct id *user, uint64_t *seq, struct bytes *status)
{
	enum { HEAD = 2 * (ID_TEXT + 1) };
	char *end;

	if (!parse_ids(p, generation, user) || p[HEAD - 1] != ' ')
		return false;
	*seq = strtoull(p + HEAD, &end, 10);
	if (end == p + HEAD || *end != ' ' || strlen(end + 1) > 16)
		return false;
	*status = bytes_str(end + 1);
	return true;
}

/* "<job> <fence>", and " <operation>" where one runs, as studio.generation_cancel writes it. */
static bool
parse_cancelled(const char *p, struct msg_job_cancelled *m)
{
	enum { OPERATION_MAX = 512 };
	char *end;

	if (strnlen(p, ID_TEXT + 1) <= ID_TEXT || !id_parse(p, ID_TEXT, &m->job) || p[ID_TEXT] != ' ')
		return false;
	m->fence = strtoull(p + ID_TEXT + 1, &end, 10);
	m->operation = bytes_str(*end == ' ' ? end + 1 : "");
	return end != p + ID_TEXT + 1 && (*end == '\0' || *end == ' ') && m->operation.n <= OPERATION_MAX;
}

/* "<session> <user>", as studio_auth.session_end_tell writes it. */
static bool
parse_ended(const char *p, struct msg_session_ended *m)
{
	return parse_ids(p, &m->session, &m->user) && p[2 * ID_TEXT + 1] == '\0';
}

void
listen_on_notify(struct db *db, const char *channel, const char *payload)
{
	struct msg_job_cancelled cancelled;
	struct msg_session_ended ended;
	struct id generation, user;
	struct bytes status;
	uint64_t seq;

	if (strcmp(channel, "studio_jobs") == 0)
		db->jobs_due = true;
	else if (strcmp(channel, "studio_deletions") == 0)
		db->deletions_due = true;
	else if (strcmp(channel, "studio_deliveries") == 0)
		db->deliveries_due = true;
	else if (strcmp(channel, "studio_events") == 0 && parse_event(payload, &generation, &user, &seq, &status))
		tell_event(db, &generation, &user, seq, status);
	else if (strcmp(channel, "studio_sessions") == 0 && parse_ended(payload, &ended))
		db->gap = !db_notice(db, EDGE_notifier_db, MSG_session_ended, &ended) || db->gap;
	else if (strcmp(channel, "studio_cancelled") == 0 && parse_cancelled(payload, &cancelled))
		db_notice(db, EDGE_poller_db, MSG_job_cancelled, &cancelled);
	else
		log_event(LOG_WARNING, NULL, "notification_unknown", "channel", channel);
}

static void
on_missed(struct ask *a, unsigned err, const PGresult *res)
{
	struct db *db = a->state;

	if (err != 0) {		/* the connection went again: the next one replays more */
		log_event(LOG_WARNING, NULL, "events_not_replayed", "error", error_row(err)->name);
		return;
	}
	for (int i = 0; i < PQntuples(res); i++) {
		struct id generation = res_id(res, i, 0), user = res_id(res, i, 1);
		tell_event(db, &generation, &user, (uint64_t)res_int(res, i, 2), res_bytes(res, i, 3));
	}
	db->listening_lost_ms = 0;
	if (PQntuples(res) > 0)
		log_event(LOG_INFO, NULL, "events_replayed", "events", log_u64((uint64_t)PQntuples(res)));
}

void
listen_started(struct db *db)
{
	struct ask *a = db_ask(db, NULL, Q_events_since, on_missed);
	uint64_t gap = db->listening_lost_ms != 0 ? now_ms() - db->listening_lost_ms + REPLAY_MORE_MS : REPLAY_FIRST_MS;

	db->listening = true;
	db->jobs_due = db->deletions_due = db->deliveries_due = true;
	db->gap = true;			/* what came before is lost, or in no order with what comes */
	if (a == NULL)
		return;
	ask_i64(a, (int64_t)gap);
	db_send(db, a);
}

void
listen_lost(struct db *db)
{
	db->listening = false;
	if (db->listening_lost_ms == 0)
		db->listening_lost_ms = now_ms();
}
