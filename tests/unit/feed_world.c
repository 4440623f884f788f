/* tests/unit/feed_world.c - see feed_world.h.
 * Licence: Apache-2.0. */
#include "tests/unit/feed_world.h"

#include "actors/common/clock.h"
#include "actors/front/mint.h"

struct world world;
static uint64_t dice = 1;

static const struct { unsigned edge; enum role role; } ends[NEIGHBOURS] = {
	[AUTH] = { EDGE_front_auth, ROLE_auth },
	[DB] = { EDGE_front_db, ROLE_db },
	[VERTEX] = { EDGE_front_vertex, ROLE_vertex },
	[NOTIFIER] = { EDGE_front_notifier, ROLE_notifier },
};

/* ---- what the front's files are linked to here ---- */

uint64_t
now_ms(void)
{
	return world.now;
}

uint64_t
wall_ms(void)
{
	return world.now;
}

struct link *
actor_link(struct actor *a, unsigned edge)
{
	(void)a;
	for (size_t i = 0; i < NEIGHBOURS; i++)
		if (ends[i].edge == edge)
			return &world.ours[i];
	abort();
}

uint32_t
chance(uint32_t n)
{
	dice ^= dice << 13;
	dice ^= dice >> 7;
	dice ^= dice << 17;
	return (uint32_t)(dice >> 32) % n;
}

void
chance_seed(uint64_t seed)
{
	dice = seed * 2654435769u + 1;
}

/* mint.h: the same every time. */
void
mint_random(void *out, size_t n)
{
	for (size_t i = 0; i < n; i++)
		((uint8_t *)out)[i] = (uint8_t)chance(256);
}

/* ---- tickets: which session, until when ---- */

struct fact {
	uint32_t session;
	uint64_t until;
};

unsigned
user_of(unsigned session)
{
	return session % USERS;
}

static struct id
id_of(unsigned n, uint8_t kind)
{
	struct id id = { .b = { kind } };

	memcpy(id.b + 8, &n, sizeof n);
	return id;
}

static void
fact_take(struct sealed *out, unsigned session, uint64_t ms)
{
	struct fact f;

	memset(&f, 0, sizeof f);
	f.session = session;
	f.until = world.now + ms;
	sealed_take(out, bytes_of(&f, sizeof f));
}

struct identity
world_identity(unsigned session)
{
	struct identity who = { .user = id_of(user_of(session), 1), .session = id_of(session, 2) };

	fact_take(&who.db, session, SHORT_TICKET_MS);
	fact_take(&who.vertex, session, SHORT_TICKET_MS);
	fact_take(&who.notifier, session, SHORT_TICKET_MS);
	fact_take(&who.listener, session, LONG_TICKET_MS);
	return who;
}

/* The session of a ticket; answers the request where it is not good. */
static bool
good(struct request *rq, struct bytes ticket, bool asks_session, unsigned *session)
{
	struct fact f;

	assert_int_equal(ticket.n, sizeof f);
	memcpy(&f, ticket.p, sizeof f);
	*session = f.session;
	if (f.until > world.now && !(asks_session && world.ended[f.session]))
		return true;
	request_fail(rq, f.until > world.now ? E_UNAUTHORIZED : E_TOKEN_EXPIRED, NULL);
	return false;
}

/* ---- events ---- */

bool
event_has_result(uint64_t seq)
{
	return seq % 3 == 0;
}

int
event_json(char *out, size_t room, unsigned user, uint64_t seq, const char *scheme)
{
	if (!event_has_result(seq))
		return snprintf(out, room, "{\"status\":\"PROCESSING\",\"user\":%u,\"eventId\":%llu}", user, (unsigned long long)seq);
	return snprintf(out, room, "{\"status\":\"SUCCEEDED\",\"user\":%u,\"results\":[{\"resultUrl\":\"%s%u-%llu\"}],\"eventId\":%llu}",
	    user, scheme, user, (unsigned long long)seq, (unsigned long long)seq);
}

static void
answer_events(struct request *rq)
{
	const struct msg_events_get *m = &rq->body.events_get;
	char grants_text[64][32], line[256];
	struct bytes grants[64];
	struct buf lines = { 0 };
	struct msg_events out = { 0 };
	unsigned session;

	if (!good(rq, m->ticket, true, &session))
		return;
	unsigned user = user_of(session), most = world.page > 0 && world.page < m->limit ? world.page : m->limit;
	out.seq = world.events[user];
	out.missed = m->has_after && (m->after < world.pruned[user] || m->after > out.seq);
	out.grants.v = grants;
	for (uint64_t seq = m->after + 1; m->has_after && !out.missed && seq <= out.seq && seq <= m->after + most; seq++) {
		int n = snprintf(line, sizeof line, "%llu ", (unsigned long long)seq);
		n += event_json(line + n, sizeof line - (size_t)n, user, seq, "gs://");
		line[n++] = '\n';
		buf_add(&lines, line, (size_t)n);
		if (event_has_result(seq)) {
			n = snprintf(grants_text[out.grants.n], 32, "%u-%llu", user, (unsigned long long)seq);
			grants[out.grants.n] = bytes_of(grants_text[out.grants.n], (size_t)n);
			out.grants.n++;
		}
	}
	out.lines = bytes_of(lines.p != NULL ? lines.p : "", lines.n);
	request_answer(rq, &out);
	buf_free(&lines);
}

static void
answer_sign(struct request *rq)
{
	const struct msg_sign_urls *m = &rq->body.sign_urls;
	static char text[64][64];
	struct bytes urls[64];
	unsigned session;

	if (!good(rq, m->ticket, false, &session))
		return;
	for (uint32_t i = 0; i < m->grants.n; i++) {
		int n = snprintf(text[i], sizeof text[i], "https://%.*s", (int)m->grants.v[i].n, m->grants.v[i].p);
		urls[i] = bytes_of(text[i], (size_t)n);
	}
	request_answer(rq, &(struct msg_signed_urls){ .urls = { urls, m->grants.n } });
}

static void
answer_renew(struct request *rq)
{
	struct sealed fresh;
	unsigned session;

	if (!good(rq, rq->body.listener_renew.listener, true, &session))
		return;
	fact_take(&fresh, session, LONG_TICKET_MS);
	struct bytes b = sealed_bytes(&fresh);
	request_answer(rq, &(struct msg_identity){ .user = id_of(user_of(session), 1), .session = id_of(session, 2),
	    .db_ticket = b, .vertex_ticket = b, .notifier_ticket = b, .listener = b });
}

static void
answer_listen(struct request *rq)
{
	unsigned session;

	if (!good(rq, rq->body.listen.ticket, false, &session))
		return;
	world.heard[session] = true;
	request_answer(rq, &(struct msg_done){ .changed = true });
}

static void
answer(struct request *rq)
{
	switch (rq->msg) {
	case MSG_events_get:
		answer_events(rq);
		break;
	case MSG_sign_urls:
		answer_sign(rq);
		break;
	case MSG_listener_renew:
		answer_renew(rq);
		break;
	default:
		answer_listen(rq);
	}
}

static void
on_request(void *state, struct request *rq)
{
	enum neighbour n = (enum neighbour)((struct link *)state - world.theirs);
	const char letter[] = { [AUTH] = 'R', [DB] = 'E', [VERTEX] = 'S', [NOTIFIER] = 'L' };
	size_t at = strlen(world.order);

	world.asked[n]++;
	if (at + 1 < sizeof world.order)
		world.order[at] = letter[n];
	if (world.error[n] != 0 && (world.error_in <= 1 || chance(world.error_in) == 0))
		request_fail(rq, world.error[n], NULL);
	else if (world.slow && world.nkept < KEPT && n != NOTIFIER)	/* it enters who listens as it comes */
		world.kept[world.nkept++] = rq;
	else
		answer(rq);
	if (world.nkept > world.kept_most)
		world.kept_most = world.nkept;
}

static void
on_unlisten(void *state, struct request *rq)
{
	unsigned n;

	(void)state;
	memcpy(&n, rq->body.unlisten.session.b + 8, sizeof n);
	world.heard[n] = false;
}

static const struct route routes[] = {
	{ MSG_events_get, on_request }, { MSG_sign_urls, on_request }, { MSG_listener_renew, on_request },
	{ MSG_listen, on_request }, { MSG_unlisten, on_unlisten },
};

void
world_answer(size_t n)
{
	while (n-- > 0 && world.nkept > 0) {
		size_t i = chance((uint32_t)world.nkept);
		struct request *rq = world.kept[i];
		world.kept[i] = world.kept[--world.nkept];
		answer(rq);
	}
}

/* ---- links ---- */

static const struct link_hooks hooks = { .now_ms = now_ms };
static const struct route heard_of[] = {
	{ MSG_user_events, on_user_events }, { MSG_session_over, on_session_over }, { MSG_listen_again, on_listen_again },
};

void
world_init(void)
{
	memset(&world, 0, sizeof world);
	world.now = 1000000;
	assert_int_equal(feeds_init(&world.front), 0);
	for (size_t i = 0; i < NEIGHBOURS; i++) {
		bool tells = ends[i].edge == EDGE_front_notifier;
		assert_int_equal(link_init(&world.ours[i], ends[i].edge, ROLE_front, ends[i].role, tells ? heard_of : NULL,
		    tells ? COUNT(heard_of) : 0, &world.front, &hooks), 0);
		assert_int_equal(link_init(&world.theirs[i], ends[i].edge, ends[i].role, ROLE_front, routes, COUNT(routes), &world.theirs[i], &hooks), 0);
		world_mend((enum neighbour)i);
	}
}

/* What a neighbour worked on goes with it. */
static void
forget_kept(const struct link *l)
{
	for (size_t i = 0; i < world.nkept;)
		if (l == NULL || world.kept[i]->link == l) {
			request_fail(world.kept[i], E_DRAINING, NULL);
			world.kept[i] = world.kept[--world.nkept];
		} else {
			i++;
		}
}

void
world_fini(void)
{
	forget_kept(NULL);
	for (size_t i = 0; i < NEIGHBOURS; i++) {
		link_fini(&world.ours[i]);
		link_fini(&world.theirs[i]);
	}
	feeds_fini(&world.front);
}

void
world_break(enum neighbour n)
{
	if (!world.ours[n].up)
		return;
	link_down(&world.theirs[n]);
	forget_kept(&world.theirs[n]);
	link_down(&world.ours[n]);
	if (n == NOTIFIER)
		memset(world.heard, 0, sizeof world.heard);
	feeds_peer(&world.front, &world.ours[n], false);
}

void
world_mend(enum neighbour n)
{
	if (world.ours[n].up)
		return;
	link_up(&world.theirs[n], 0, world.now);
	link_up(&world.ours[n], 0, world.now);
	feeds_peer(&world.front, &world.ours[n], true);
}

static void
carry(struct link *from, struct link *to)
{
	const char *why = NULL;

	while (link_write_next(from).n > 0) {
		struct bytes b = link_write_next(from);
		memcpy(link_read_room(to, b.n), b.p, b.n);
		link_write_done(from, b.n);
		if (link_read_done(to, b.n, &why) != 0)
			fail_msg("%s", why);
	}
}

void
world_step(uint64_t ms)
{
	world.now += ms;
	for (size_t i = 0; i < NEIGHBOURS; i++)
		if (world.ours[i].ncalls > 0)
			link_tick(&world.ours[i]);
	feeds_look(&world.front, world.now);
	for (size_t i = 0; i < NEIGHBOURS; i++) {
		if (!world.ours[i].up)
			continue;
		carry(&world.ours[i], &world.theirs[i]);
		carry(&world.theirs[i], &world.ours[i]);
	}
}

void
world_run(uint64_t ms)
{
	for (uint64_t end = world.now + ms; world.now < end;)
		world_step(50);
}

/* ---- what happens ---- */

static void
tell(unsigned msg, const void *body)
{
	link_notice(&world.theirs[NOTIFIER], NULL, msg, body);
}

void
world_event(unsigned user, bool told)
{
	bool hears = false;

	world.events[user]++;
	for (unsigned s = user; s < SESSIONS; s += USERS)
		hears |= world.heard[s];
	if (told && hears)
		tell(MSG_user_events, &(struct msg_user_events){ .user = id_of(user, 1), .seq = world.events[user] });
}

void
world_end_session(unsigned session, bool told)
{
	world.ended[session] = true;
	if (told && world.heard[session])
		tell(MSG_session_over, &(struct msg_session_over){ .session = id_of(session, 2) });
}

void
world_listen_again(void)
{
	tell(MSG_listen_again, NULL);
}
