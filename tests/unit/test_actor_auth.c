/* tests/unit/test_actor_auth.c - the auth process itself, between a front and a database
 * that this test plays.
 * Licence: Apache-2.0. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sodium.h>

#include "tests/unit/actor_rig.h"
#include "actors/auth/tokens.h"
#include "actors/common/seal.h"

#define SEAL_1 "11111111111111111111111111111111"
#define SEAL_2 "22222222222222222222222222222222"
#define SEAL_3 "33333333333333333333333333333333"
#define SEAL_4 "44444444444444444444444444444444"
#define SECRET "a secret of at least thirty-two bytes"
#define REFRESH "another secret of at least 32 bytes ."

enum { AUDITS_MAX = 1024 };

/* The database that this test plays: one account, one session, one admin. */
struct stage {
	bool admin_exists, silent, full;	/* full: its queue */
	bool admin, deaf, dead_late;	/* deaf: audit is written but not answered; dead_late: what is revoked lives on here */
	int away;	/* 1 when a login begins, 2 when it failed, 3 for one reset */
	int revokes, audits_again, strikes, registers, forgiven;
	uint64_t address_lock_ms, register_lock_ms, reset_lock_ms;
	int reset_asks, reset_gets, mails;
	uint8_t reset_hash[32];
	char token[513];
	struct id mail;
	struct id audit_ids[AUDITS_MAX];
	char last_audit[65];
	int seeds, audits, state_asks, account_creates, credential_asks;
	int login_failed, login_locked, first_locked;	/* audit events; first_locked: as which one */
	uint64_t expires_ms;
	char email[255], hash[256];
	struct id user, session;
	uint8_t current[32], previous[32];
	bool alive;
	struct request *held;
	bool hold;			/* accounts and strikes that are asked for wait in `waits` */
	struct request *waits[128];
	size_t nwaits;
	int locked_refused;		/* login_locked, told while full */
};
static struct stage db;

/* What the front got. */
struct got {
	bool done;
	unsigned err;
	char detail[256];
	char access[TOKEN_MAX + 1], refresh[TOKEN_MAX + 1], role[9];
	struct id user, session;
	uint32_t valid_ms;
	struct ticket ticket;
	uint8_t db_ticket[256];
	size_t db_ticket_n;
	int ticket_rc, cross_rc;
	uint8_t listener[256];
	size_t listener_n;
	uint8_t signature[1024];
	size_t signature_n;
};

static char user_json[512];

static struct msg_credential
credential(void)
{
	snprintf(user_json, sizeof user_json, "{\"id\":\"x\",\"email\":\"%s\",\"role\":\"USER\"}", db.email);
	return (struct msg_credential){ .user = db.user, .hash = bytes_str(db.hash), .role = BYTES("USER"),
		.user_json = bytes_str(user_json) };
}

static void
copy(char *to, struct bytes b)
{
	memcpy(to, b.p, b.n);
	to[b.n] = '\0';
}

/* What failures are held against, as db keeps it: survives auth. */
static struct struck { char subjects[600]; uint32_t failures; uint64_t until; } strucks[256];

static struct struck *
struck_of(struct bytes subjects)
{
	for (size_t i = 0; i < COUNT(strucks); i++) {
		if (strucks[i].subjects[0] == '\0')
			copy(strucks[i].subjects, subjects);
		if (bytes_eq(subjects, strucks[i].subjects))
			return &strucks[i];
	}
	return &strucks[0];
}

static uint64_t
struck_ms(const struct struck *s)
{
	return s->until > rig_now_ms() ? s->until - rig_now_ms() : 0;
}

/* True: db answers it later, by db_go_on. */
static bool
db_waits(struct request *rq)
{
	if (db.hold && db.nwaits < COUNT(db.waits))
		db.waits[db.nwaits++] = rq;
	return db.hold;
}

static void
db_login_get(void *state, struct request *rq)
{
	if (db_waits(rq))
		return;
	const struct msg_login_get *m = &rq->body.login_get;
	const struct struck *s = struck_of(m->subjects_json);
	struct msg_credential c = credential();
	struct msg_login_facts f = { .failures = s->failures, .locked_ms = struck_ms(s), .locked_by = BYTES("pair") };

	(void)state;
	db.credential_asks++;
	if (db.away == 1) {
		request_fail(rq, E_DATABASE_AWAY, "");
		return;
	}
	assert_non_null(memmem(m->subjects_json.p, m->subjects_json.n, "\"account\"", 9));
	if (db.address_lock_ms > 0) {
		f.locked_ms = db.address_lock_ms;
		f.locked_by = BYTES("address");
	}
	if (db.email[0] != '\0' && bytes_eq(m->email, db.email)) {
		f.found = true;
		f.user = c.user;
		f.hash = c.hash;
		f.role = c.role;
		f.user_json = c.user_json;
	}
	request_answer(rq, &f);
}

static void
db_strike(void *state, struct request *rq)
{
	struct struck *s = struck_of(rq->body.strike.subjects_json);

	(void)state;
	if (db_waits(rq))
		return;
	if (db.away == 2) {
		request_fail(rq, E_DATABASE_AWAY, "");
		return;
	}
	if (memmem(rq->body.strike.subjects_json.p, rq->body.strike.subjects_json.n, "register", 8) != NULL) {
		db.registers++;
		request_answer(rq, &(struct msg_struck){ .locked_ms = db.register_lock_ms, .locked_by = BYTES("register") });
		return;
	}
	db.strikes++;
	s->failures++;
	if (s->failures >= 5)
		s->until = rig_now_ms() + (60000ull << (s->failures - 5));
	request_answer(rq, &(struct msg_struck){ .failures = s->failures, .locked_ms = struck_ms(s), .locked_by = BYTES("pair") });
}

static void
db_reset_create(void *state, struct request *rq)
{
	const struct msg_reset_create *m = &rq->body.reset_create;
	bool found = bytes_eq(m->email, db.email);

	(void)state;
	db.reset_asks++;
	if (db.away == 3) {
		db.away = 0;
		request_fail(rq, E_DATABASE_AWAY, "");
		return;
	}
	assert_int_equal(m->token_hash.n, 32);
	assert_int_equal(m->minutes, 30);
	if (found)
		memcpy(db.reset_hash, m->token_hash.p, 32);
	request_answer(rq, &(struct msg_reset_made){ .found = found && db.reset_lock_ms == 0, .user = db.user, .email = bytes_str(db.email),
	    .first_name = BYTES("Ann"), .locked_ms = db.reset_lock_ms, .locked_by = BYTES("reset_from") });
}

static void
db_reset_get(void *state, struct request *rq)
{
	(void)state;
	db.reset_gets++;
	if (memcmp(rq->body.reset_get.token_hash.p, db.reset_hash, 32) != 0)
		request_fail(rq, E_NOT_FOUND, "");
	else
		request_answer(rq, &(struct msg_reset_owner){ .user = db.user, .email = bytes_str(db.email) });
}

static void
db_password_reset(void *state, struct request *rq)
{
	const struct msg_password_reset *m = &rq->body.password_reset;

	(void)state;
	if (memcmp(m->token_hash.p, db.reset_hash, 32) != 0) {
		request_fail(rq, E_NOT_FOUND, "");
		return;
	}
	memset(db.reset_hash, 0, sizeof db.reset_hash);
	copy(db.hash, m->hash);
	memset(strucks, 0, sizeof strucks);
	request_answer(rq, &(struct msg_reset_owner){ .user = db.user, .email = bytes_str(db.email) });
}

/* The notifier, which is away at first. */
static void
on_mail(void *state, struct request *rq)
{
	const struct msg_mail_send *m = &rq->body.mail_send;

	(void)state;
	assert_true(bytes_eq(m->template, "password_reset") && bytes_eq(m->first_name, "Ann") && bytes_eq(m->to, db.email));
	assert_int_equal(m->valid_minutes, 30);
	assert_int_equal(m->token.n, 43);
	if (db.mails++ > 0)
		assert_memory_equal(&db.mail, &m->mail, sizeof db.mail);	/* the same mail again */
	db.mail = m->mail;
	copy(db.token, m->token);
	if (db.mails == 1)
		request_fail(rq, E_QUEUE_FULL, "");
	else
		request_answer(rq, &(struct msg_mail_queued){ .again = false });
}

static void
db_hash_upgrade(void *state, struct request *rq)
{
	const struct msg_hash_upgrade *m = &rq->body.hash_upgrade;
	bool fits = bytes_eq(m->old_hash, db.hash) && id_eq(&m->user, &db.user);

	(void)state;
	if (fits)
		copy(db.hash, m->hash);
	request_answer(rq, &(struct msg_done){ .changed = fits });
}

static void
db_password_change(void *state, struct request *rq)
{
	const struct msg_password_change *m = &rq->body.password_change;
	bool fits = bytes_eq(m->old_hash, db.hash) && id_eq(&m->user, &db.user) && id_eq(&m->session, &db.session);

	(void)state;
	if (fits)
		copy(db.hash, m->hash);
	request_answer(rq, &(struct msg_done){ .changed = fits });
}

static void
db_account_create(void *state, struct request *rq)
{
	(void)state;
	db.account_creates++;
	if (bytes_eq(rq->body.account_create.email, db.email)) {
		request_fail(rq, E_RESOURCE_CONFLICT, "");
		return;
	}
	copy(db.email, rq->body.account_create.email);
	copy(db.hash, rq->body.account_create.hash);
	assert_true(bytes_eq(rq->body.account_create.role, "USER"));
	db.user.b[0] = 0x11;
	struct msg_credential m = credential();
	request_answer(rq, &m);
}

static void
db_session_create(void *state, struct request *rq)
{
	(void)state;
	db.session = rq->body.session_create.session;
	assert_true(bytes_eq(rq->body.session_create.seen_hash, db.hash) || bytes_eq(rq->body.session_create.better_hash, db.hash));
	db.expires_ms = rq->body.session_create.expires_ms;
	memcpy(db.current, rq->body.session_create.refresh_hash.p, 32);
	memset(db.previous, 0, 32);
	db.alive = true;
	db.forgiven += rq->body.session_create.has_forgive;
	request_answer(rq, &(struct msg_done){ .changed = true });
}

static void
db_session_rotate(void *state, struct request *rq)
{
	const struct msg_session_rotate *m = &rq->body.session_rotate;
	struct msg_session_rotated out = { .outcome = 3, .user = db.user, .role = BYTES("USER") };

	(void)state;
	credential();
	db.expires_ms = m->expires_ms;
	out.user_json = bytes_str(user_json);
	if (db.alive && memcmp(m->old_hash.p, db.current, 32) == 0) {
		memcpy(db.previous, db.current, 32);
		memcpy(db.current, m->new_hash.p, 32);
		out.outcome = 0;
	} else if (db.alive && memcmp(m->old_hash.p, db.previous, 32) == 0) {
		assert_memory_equal(m->new_hash.p, db.current, 32);	/* the same answer, not a fork */
		out.outcome = 1;
	} else if (db.alive) {
		db.alive = false;
		out.outcome = 2;
	}
	request_answer(rq, &out);
}

static void
db_session_get(void *state, struct request *rq)
{
	(void)state;
	db.state_asks++;
	if (db.silent) {
		db.held = rq;
		return;
	}
	request_answer(rq, &(struct msg_session_state){ .user = db.user, .role = bytes_str(db.admin ? "ADMIN" : "USER"),
	    .email = bytes_str(db.email),
	    .alive = db.alive && id_eq(&rq->body.session_get.session, &db.session) });
}

static void
db_admin_seed(void *state, struct request *rq)
{
	bool make = rq->body.admin_seed.hash.n > 0, exists = db.admin_exists;

	(void)state;
	db.seeds++;
	if (make && !exists) {
		assert_true(bytes_eq(rq->body.admin_seed.email, "root@example.org"));
		copy(db.email, rq->body.admin_seed.email);
		copy(db.hash, rq->body.admin_seed.hash);
		db.admin_exists = true;
	}
	request_answer(rq, &(struct msg_admin_seeded){ .exists = exists, .created = make && !exists });
}

static void
db_audit(void *state, struct request *rq)
{
	(void)state;
	struct bytes event = rq->body.audit.event;

	if (db.full) {
		db.locked_refused += bytes_eq(event, "login_locked");
		request_fail(rq, E_QUEUE_FULL, "");
		return;
	}
	for (int i = 0; i < db.audits && i < AUDITS_MAX; i++)
		if (id_eq(&db.audit_ids[i], &rq->body.audit.id)) {
			db.audits_again++;
			request_answer(rq, &(struct msg_done){ .changed = false });
			return;
		}
	if (db.audits < AUDITS_MAX)
		db.audit_ids[db.audits] = rq->body.audit.id;
	db.audits++;
	db.login_failed += bytes_eq(event, "login_failed");
	db.login_locked += bytes_eq(event, "login_locked");
	if (db.login_locked == 1 && db.first_locked == 0)
		db.first_locked = db.audits;
	copy(db.last_audit, event);
	if (!db.deaf)
		request_answer(rq, &(struct msg_done){ .changed = true });
}

/* Answers what waits, and does not let anything wait any more. */
static void
db_go_on(void)
{
	db.hold = false;
	for (size_t i = 0; i < db.nwaits; i++)
		(db.waits[i]->msg == MSG_strike ? db_strike : db_login_get)(NULL, db.waits[i]);
	db.nwaits = 0;
}

static void
db_session_list(void *state, struct request *rq)
{
	(void)state;
	assert_true(id_eq(&rq->body.session_list.user, &db.user));
	request_answer(rq, &(struct msg_row){ .json = BYTES("[{}]") });
}

static void
db_session_revoke(void *state, struct request *rq)
{
	const struct msg_session_revoke *m = &rq->body.session_revoke;
	bool found = db.alive && id_eq(&m->user, &db.user) && id_eq(&m->session, &db.session);

	(void)state;
	db.revokes++;
	if (found && !db.dead_late)
		db.alive = false;
	request_answer(rq, &(struct msg_done){ .changed = found });
}

static const struct route db_routes[] = {
	{ MSG_hash_upgrade, db_hash_upgrade }, { MSG_reset_create, db_reset_create }, { MSG_reset_get, db_reset_get }, { MSG_password_reset, db_password_reset },
	{ MSG_login_get, db_login_get }, { MSG_strike, db_strike }, { MSG_password_change, db_password_change },
	{ MSG_account_create, db_account_create },
	{ MSG_session_create, db_session_create }, { MSG_session_rotate, db_session_rotate },
	{ MSG_session_get, db_session_get }, { MSG_admin_seed, db_admin_seed }, { MSG_audit, db_audit },
	{ MSG_session_list, db_session_list }, { MSG_session_revoke, db_session_revoke },
};
static const struct route mail_routes[] = { { MSG_mail_send, on_mail } };
static const struct rig_edge edges[] = {
	{ EDGE_auth_notifier, mail_routes, COUNT(mail_routes) },
	{ EDGE_front_auth, NULL, 0 }, { EDGE_front_sign, NULL, 0 }, { EDGE_auth_db, db_routes, COUNT(db_routes) },
};

static char tls_pem[4096];
static struct rig rig;

/* Until it is so, or the machine is given up; the assertion after it tells. */
#define UNTIL(what) for (int i_ = 0; i_ < 2000 && !(what); i_++) rig_run(&rig, 10)

static char log_text[1 << 20];
static FILE *log_file;

/* How many lines of the actor's log hold a text. */
static unsigned
logged(const char *text)
{
	unsigned n = 0;
	size_t got;

	rewind(log_file);
	got = fread(log_text, 1, sizeof log_text - 1, log_file);
	log_text[got] = '\0';
	for (const char *p = log_text; (p = strstr(p, text)) != NULL; p++)
		n++;
	return n;
}

/* The process anew; what db holds stays. */
static void
start_again(const char *invite, const char *admin_password)
{
	const struct rig_setting settings[] = {
		{ "SANDBOX", "warn", 0, false }, { "JWT_SECRET", SECRET, 0, true }, { "JWT_REFRESH_SECRET", REFRESH, 0, true },
		{ "JWT_ACCESS_EXPIRATION", "900000", 0, false }, { "JWT_REFRESH_EXPIRATION", "604800000", 0, false },
		{ "INVITE_CODE", invite, 0, true }, { "ADMIN_EMAIL", "Root@example.org", 0, false },
		{ "ADMIN_PASSWORD", admin_password, 0, true }, { "TLS_KEY", tls_pem, 0, true },
		{ "SEAL_KEY_DB", SEAL_1, 0, true }, { "SEAL_KEY_VERTEX", SEAL_2, 0, true },
		{ "SEAL_KEY_NOTIFIER", SEAL_3, 0, true }, { "SEAL_KEY_AUTH", SEAL_4, 0, true }, { NULL, NULL, 0, false },
	};
	int err = dup(STDERR_FILENO);

	if (log_file != NULL)
		fclose(log_file);
	log_file = tmpfile();
	assert_non_null(log_file);
	dup2(fileno(log_file), STDERR_FILENO);
	rig_spawn(&rig, ROLE_auth, settings, edges, COUNT(edges), NULL);
	dup2(err, STDERR_FILENO);
	close(err);
}

static void
start(const char *invite, const char *admin_password)
{
	memset(&db, 0, sizeof db);
	memset(strucks, 0, sizeof strucks);
	start_again(invite, admin_password);
}

/* ---- the front ---- */

static void
on_opened(void *arg, unsigned err, struct bytes detail, const union msg_any *body)
{
	struct got *g = arg;

	g->done = true;
	g->err = err;
	copy(g->detail, detail);
	if (err != 0)
		return;
	const struct msg_session_opened *m = &body->session_opened;
	copy(g->access, m->access_token);
	copy(g->refresh, m->refresh_token);
	copy(g->role, m->role);
	g->user = m->user;
	assert_int_equal(m->expires_in, 900);
	assert_true(m->user_json.n > 0);
}

static uint64_t
wall(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void
on_identity(void *arg, unsigned err, struct bytes detail, const union msg_any *body)
{
	struct got *g = arg;

	g->done = true;
	g->err = err;
	copy(g->detail, detail);
	if (err != 0)
		return;
	const struct msg_identity *m = &body->identity;
	g->user = m->user;
	g->session = m->session;
	g->valid_ms = m->valid_ms;
	g->db_ticket_n = m->db_ticket.n;
	memcpy(g->db_ticket, m->db_ticket.p, m->db_ticket.n);
	g->listener_n = m->listener.n;
	memcpy(g->listener, m->listener.p, m->listener.n);
	g->ticket_rc = ticket_open(&g->ticket, ROLE_db, TICKET_ALL, BYTES(SEAL_1), m->db_ticket, wall());
	g->cross_rc = ticket_open(&g->ticket, ROLE_db, TICKET_ALL, BYTES(SEAL_1), m->vertex_ticket, wall());
	assert_int_equal(ticket_open(&g->ticket, ROLE_vertex, TICKET_ALL, BYTES(SEAL_2), m->vertex_ticket, wall()), 0);
	assert_int_equal(ticket_open(&g->ticket, ROLE_notifier, TICKET_ALL, BYTES(SEAL_3), m->notifier_ticket, wall()), 0);
	assert_true(g->ticket.expires_ms <= wall() + 60000);
}

/* What a listener is answered with opens for listening only, and lives for five minutes. */
static void
on_listening(void *arg, unsigned err, struct bytes detail, const union msg_any *body)
{
	struct got *g = arg;

	g->done = true;
	g->err = err;
	copy(g->detail, detail);
	if (err != 0)
		return;
	const struct msg_identity *m = &body->identity;
	const struct { enum role role; struct bytes key, sealed; } v[] = {
		{ ROLE_db, BYTES(SEAL_1), m->db_ticket }, { ROLE_vertex, BYTES(SEAL_2), m->vertex_ticket },
		{ ROLE_notifier, BYTES(SEAL_3), m->notifier_ticket }, { ROLE_auth, BYTES(SEAL_4), m->listener },
	};
	for (size_t i = 0; i < COUNT(v); i++) {
		assert_int_equal(ticket_open(&g->ticket, v[i].role, TICKET_ALL, v[i].key, v[i].sealed, wall()), -E_UNAUTHORIZED);
		assert_int_equal(ticket_open(&g->ticket, v[i].role, TICKET_LISTEN, v[i].key, v[i].sealed, wall()), 0);
		assert_true(id_eq(&g->ticket.user, &m->user) && id_eq(&g->ticket.session, &m->session) && !g->ticket.admin);
		assert_in_range(g->ticket.expires_ms, wall() + 290000, wall() + 300000);
	}
	g->user = m->user;
	g->session = m->session;
	g->valid_ms = m->valid_ms;
	g->listener_n = m->listener.n;
	memcpy(g->listener, m->listener.p, m->listener.n);
}

static void
on_signed(void *arg, unsigned err, struct bytes detail, const union msg_any *body)
{
	struct got *g = arg;

	(void)detail;
	g->done = true;
	g->err = err;
	if (err == 0) {
		g->signature_n = body->tls_signature.signature.n;
		memcpy(g->signature, body->tls_signature.signature.p, g->signature_n);
	}
}

static struct got
call(unsigned edge, unsigned msg, const void *body, answer_fn *done)
{
	struct ctx ctx = { .deadline_ms = rig_now_ms() + 8000, .request_id = "test" };
	static struct got g;

	memset(&g, 0, sizeof g);
	assert_true(link_call(rig_link(&rig, edge), &ctx, msg, body, 0, done, &g) > 0);
	rig_until(&rig, &g.done, 9000);
	return g;
}

static struct got
register_as(const char *email, const char *password, const char *invite)
{
	struct msg_auth_register m = { .email = bytes_str(email), .password = bytes_str(password),
		.first_name = BYTES("Ann"), .last_name = BYTES("Lee"), .has_invite_code = invite != NULL,
		.invite_code = bytes_str(invite), .address = BYTES("192.0.2.1") };
	return call(EDGE_front_auth, MSG_auth_register, &m, on_opened);
}

static struct got
login_as(const char *email, const char *password)
{
	struct msg_auth_login m = { .email = bytes_str(email), .password = bytes_str(password),
		.address = BYTES("192.0.2.1") };
	return call(EDGE_front_auth, MSG_auth_login, &m, on_opened);
}

static struct got
refresh_with(const char *token)
{
	struct msg_auth_refresh m = { .refresh_token = bytes_str(token), .address = BYTES("192.0.2.1") };
	return call(EDGE_front_auth, MSG_auth_refresh, &m, on_opened);
}

static struct got
check(const char *token)
{
	struct msg_token_check m = { .token = bytes_str(token) };
	return call(EDGE_front_auth, MSG_token_check, &m, on_identity);
}

/* ---- tests ---- */

static void
the_main_path(void **unused)
{
	struct got a, b;

	(void)unused;
	start("come in", "Adm1n-password");
	rig_until(&rig, &rig.ready, 20000);
	rig_until(&rig, &db.admin_exists, 20000);
	assert_int_equal(db.seeds, 2);

	assert_int_equal(register_as("ann@example.org", "Right-1 password", "no").err, E_INVALID_INVITE_CODE);
	assert_int_equal(register_as("ann@example.org", "Right-1 password", NULL).err, E_INVALID_INVITE_CODE);
	assert_int_equal(register_as("ann@example.org", "Password1", "come in").err, E_VALIDATION_ERROR);
	assert_int_equal(db.account_creates, 0);
	a = register_as("Ann@Example.org", "Right-1 password", "come in");
	assert_int_equal(a.err, 0);
	assert_string_equal(db.email, "ann@example.org");
	assert_string_equal(a.role, "USER");
	assert_int_equal(register_as("ann@example.org", "Right-1 password", "come in").err, E_RESOURCE_CONFLICT);

	a = login_as("ANN@example.org", "Right-1 password");
	assert_int_equal(a.err, 0);
	b = check(a.access);
	assert_int_equal(b.err, 0);
	assert_true(id_eq(&b.user, &db.user) && id_eq(&b.session, &db.session));
	assert_int_equal(b.ticket_rc, 0);
	assert_int_equal(b.cross_rc, -E_UNAUTHORIZED);
	assert_in_range(b.valid_ms, 1, 1000);
	assert_int_equal(check(a.refresh).err, E_UNAUTHORIZED);
	assert_int_equal(check("rubbish").err, E_UNAUTHORIZED);
	assert_int_equal(refresh_with(a.access).err, E_UNAUTHORIZED);
	assert_true(db.audits >= 2);
	assert_int_equal(rig_stop(&rig), 0);
}

static void
a_refresh_token_is_good_once(void **unused)
{
	struct got a, b, c;

	(void)unused;
	start("", "Adm1n-password");
	rig_until(&rig, &rig.ready, 20000);
	rig_until(&rig, &db.admin_exists, 20000);	/* made meanwhile, and db is one account */
	a = register_as("ann@example.org", "Right-1 password", NULL);
	assert_int_equal(a.err, 0);
	b = refresh_with(a.refresh);
	assert_int_equal(b.err, 0);
	assert_string_not_equal(a.refresh, b.refresh);
	c = refresh_with(a.refresh);			/* the answer was lost: it is given again */
	assert_int_equal(c.err, 0);
	assert_string_equal(b.refresh, c.refresh);
	b = refresh_with(c.refresh);
	assert_int_equal(b.err, 0);
	assert_int_equal(refresh_with(a.refresh).err, E_UNAUTHORIZED);	/* spent: the family is revoked */
	assert_int_equal(refresh_with(b.refresh).err, E_UNAUTHORIZED);
	rig_run(&rig, 1050);
	assert_int_equal(check(b.access).err, E_UNAUTHORIZED);
	assert_int_equal(rig_stop(&rig), 0);
}

static void
revocation_holds_within_a_second(void **unused)
{
	enum { SLACK_MS = 300 };	/* for a busy machine */
	struct got a;

	(void)unused;
	start("", "Adm1n-password");
	rig_until(&rig, &rig.ready, 20000);
	rig_until(&rig, &db.admin_exists, 20000);	/* made meanwhile, and db is one account */
	a = register_as("ann@example.org", "Right-1 password", NULL);
	assert_int_equal(check(a.access).err, 0);
	db.alive = false;
	uint64_t end = rig_now_ms() + 1000;
	struct got g = { .err = 0 };
	while (rig_now_ms() < end && (g = check(a.access)).err == 0)
		assert_true(rig_now_ms() + g.valid_ms <= end + SLACK_MS);
	assert_true(rig_now_ms() <= end + SLACK_MS);
	rig_run(&rig, 1000);
	assert_int_equal(check(a.access).err, E_UNAUTHORIZED);
	assert_int_equal(rig_stop(&rig), 0);
}

static void
on_row(void *arg, unsigned err, struct bytes detail, const union msg_any *body)
{
	struct got *g = arg;

	g->done = true;
	g->err = err;
	copy(g->detail, err != 0 ? detail : body->row.json);
}

/* `changed` becomes err 0; not changed NOT_FOUND, as front tells it. */
static void
on_done(void *arg, unsigned err, struct bytes detail, const union msg_any *body)
{
	struct got *g = arg;

	g->done = true;
	g->err = err != 0 ? err : body->done.changed ? 0 : E_NOT_FOUND;
	copy(g->detail, detail);
}

static struct got
logout_with(const char *token)
{
	struct msg_auth_logout m = { .refresh_token = bytes_str(token), .address = BYTES("192.0.2.1") };
	return call(EDGE_front_auth, MSG_auth_logout, &m, on_done);
}

static struct got
revoke_own(const char *token, const struct id *session)
{
	struct msg_auth_session_revoke m = { .access_token = bytes_str(token), .id = *session, .address = BYTES("192.0.2.1") };
	return call(EDGE_front_auth, MSG_auth_session_revoke, &m, on_done);
}

static void
a_logout_ends_its_session_at_once(void **unused)
{
	struct got a;

	(void)unused;
	start("", "Adm1n-password");
	rig_until(&rig, &rig.ready, 20000);
	rig_until(&rig, &db.admin_exists, 20000);	/* made meanwhile, and db is one account */
	a = register_as("ann@example.org", "Right-1 password", NULL);
	assert_int_equal(check(a.access).err, 0);
	assert_int_equal(logout_with(a.access).err, 0);		/* no refresh token: nothing happens, nothing is told */
	assert_int_equal(logout_with("rubbish").err, 0);
	assert_int_equal(db.revokes, 0);
	assert_int_equal(check(a.access).err, 0);
	db.dead_late = true;		/* another answer of db is on its way yet */
	assert_int_equal(logout_with(a.refresh).err, 0);
	assert_int_equal(db.revokes, 1);
	assert_int_equal(check(a.access).err, E_UNAUTHORIZED);
	db.alive = false;
	assert_int_equal(logout_with(a.refresh).err, 0);	/* a dead one */
	rig_run(&rig, 50);
	assert_string_equal(db.last_audit, "logout");
	assert_int_equal(rig_stop(&rig), 0);
}

static void
sessions_are_their_owners(void **unused)
{
	struct got a, r;
	struct id other = { { 9 } };

	(void)unused;
	start("", "Adm1n-password");
	rig_until(&rig, &rig.ready, 20000);
	rig_until(&rig, &db.admin_exists, 20000);	/* made meanwhile, and db is one account */
	a = register_as("ann@example.org", "Right-1 password", NULL);
	r = call(EDGE_front_auth, MSG_auth_sessions, &(struct msg_auth_sessions){ .access_token = bytes_str(a.access) }, on_row);
	assert_int_equal(r.err, 0);
	assert_string_equal(r.detail, "[{}]");
	r = call(EDGE_front_auth, MSG_auth_sessions, &(struct msg_auth_sessions){ .access_token = bytes_str(a.refresh) }, on_row);
	assert_int_equal(r.err, E_UNAUTHORIZED);
	assert_int_equal(revoke_own(a.access, &other).err, E_NOT_FOUND);
	assert_int_equal(revoke_own("rubbish", &db.session).err, E_UNAUTHORIZED);
	assert_int_equal(revoke_own(a.access, &db.session).err, 0);
	assert_int_equal(check(a.access).err, E_UNAUTHORIZED);
	assert_int_equal(revoke_own(a.access, &db.session).err, E_UNAUTHORIZED);
	rig_run(&rig, 50);
	assert_string_equal(db.last_audit, "session_revoked");
	assert_int_equal(rig_stop(&rig), 0);
}

static void
a_role_is_what_the_database_says(void **unused)
{
	struct got a, g;

	(void)unused;
	start("", "Adm1n-password");
	rig_until(&rig, &rig.ready, 20000);
	rig_until(&rig, &db.admin_exists, 20000);	/* made meanwhile, and db is one account */
	a = register_as("ann@example.org", "Right-1 password", NULL);
	for (int i = 0; i < 2; i++) {		/* promoted, demoted: the token stays as it is */
		db.admin = i == 0;
		rig_run(&rig, 1000);
		g = check(a.access);		/* it may be told what was so a second ago, and is asked for ahead */
		assert_int_equal(g.err, 0);
		assert_int_equal(ticket_open(&g.ticket, ROLE_db, TICKET_ALL, BYTES(SEAL_1), bytes_of(g.db_ticket, g.db_ticket_n), wall()), 0);
		assert_int_equal(g.ticket.admin, i == 0);
	}
	assert_int_equal(rig_stop(&rig), 0);
}

static struct got
renew(struct bytes listener)
{
	return call(EDGE_front_auth, MSG_listener_renew, &(struct msg_listener_renew){ .listener = listener }, on_listening);
}

static void
who_listens_is_known_as_long_as_the_session_lives(void **unused)
{
	uint8_t sealed[SEAL_MAX];
	struct got a, g, r;
	struct ticket t;
	size_t n;

	(void)unused;
	start("", "Adm1n-password");
	rig_until(&rig, &rig.ready, 20000);
	rig_until(&rig, &db.admin_exists, 20000);	/* made meanwhile, and db is one account */
	a = register_as("ann@example.org", "Right-1 password", NULL);
	db.admin = true;
	g = check(a.access);
	assert_int_equal(g.err, 0);
	r = renew(bytes_of(g.listener, g.listener_n));
	assert_int_equal(r.err, 0);
	assert_true(id_eq(&r.user, &a.user) && id_eq(&r.session, &db.session));
	assert_int_equal(rig_stop(&rig), 0);
	start_again("", "Adm1n-password");		/* another process takes it up */
	rig_until(&rig, &rig.ready, 20000);
	r = renew(bytes_of(r.listener, r.listener_n));
	assert_int_equal(r.err, 0);
	assert_in_range(r.valid_ms, 1, 1000);

	/* nothing else is a listener */
	assert_int_equal(renew(BYTES("rubbish")).err, E_UNAUTHORIZED);
	assert_int_equal(renew(BYTES("")).err, E_UNAUTHORIZED);
	assert_int_equal(renew(bytes_of(g.db_ticket, g.db_ticket_n)).err, E_UNAUTHORIZED);
	t = (struct ticket){ .user = a.user, .session = db.session, .scope = TICKET_LISTEN, .expires_ms = wall() + 60000 };
	n = ticket_seal(&t, ROLE_db, BYTES(SEAL_4), sealed);
	assert_int_equal(renew(bytes_of(sealed, n)).err, E_UNAUTHORIZED);
	assert_int_equal(logged(" ticket_refused "), 4);
	t.expires_ms = wall() - 1;
	n = ticket_seal(&t, ROLE_auth, BYTES(SEAL_4), sealed);
	assert_int_equal(renew(bytes_of(sealed, n)).err, E_TOKEN_EXPIRED);
	t.expires_ms = wall() + 60000;		/* the session of somebody else */
	t.user.b[5] ^= 1;
	n = ticket_seal(&t, ROLE_auth, BYTES(SEAL_4), sealed);
	assert_int_equal(renew(bytes_of(sealed, n)).err, E_UNAUTHORIZED);

	db.alive = false;			/* on another host: known within a second */
	rig_run(&rig, 1100);
	assert_int_equal(renew(bytes_of(r.listener, r.listener_n)).err, E_UNAUTHORIZED);
	assert_int_equal(rig_stop(&rig), 0);
}

static void
no_audit_is_lost_when_db_dies(void **unused)
{
	struct got a;

	(void)unused;
	start("", "Adm1n-password");
	rig_until(&rig, &rig.ready, 20000);
	rig_until(&rig, &db.admin_exists, 20000);
	a = register_as("ann@example.org", "Right-1 password", NULL);
	assert_int_equal(a.err, 0);
	rig_run(&rig, 50);
	int before = db.audits;
	db.deaf = true;			/* it is written, and db dies before it says so */
	assert_int_equal(login_as("ann@example.org", "Right-1 password").err, 0);
	rig_run(&rig, 50);
	assert_int_equal(db.audits, before + 1);
	rig_cut(&rig, EDGE_auth_db);
	db.deaf = false;
	rig_run(&rig, 50);
	rig_join(&rig, EDGE_auth_db);
	for (int i = 0; i < 50 && db.audits_again == 0; i++)
		rig_run(&rig, 100);
	assert_int_equal(db.audits_again, 1);	/* told again, and seen to be the same */
	assert_int_equal(db.audits, before + 1);
	assert_int_equal(rig_stop(&rig), 0);
}

static void
many_checks_share_one_question(void **unused)
{
	enum { MANY = 50 };
	static struct got g[MANY];
	struct got a;
	struct ctx ctx = { .deadline_ms = rig_now_ms() + 9000 };

	(void)unused;
	start("", "Adm1n-password");
	rig_until(&rig, &rig.ready, 20000);
	rig_until(&rig, &db.admin_exists, 20000);	/* made meanwhile, and db is one account */
	a = register_as("ann@example.org", "Right-1 password", NULL);
	db.silent = true;
	for (int i = 0; i < MANY; i++)
		assert_true(link_call(rig_link(&rig, EDGE_front_auth), &ctx, MSG_token_check,
		    &(struct msg_token_check){ .token = bytes_str(a.access) }, 0, on_identity, &g[i]) > 0);
	rig_run(&rig, 100);
	assert_int_equal(db.state_asks, 1);
	/* the database goes away and comes back: the question is asked again */
	rig_cut(&rig, EDGE_auth_db);
	request_fail(db.held, E_INTERNAL_ERROR, "");
	db.silent = false;
	rig_run(&rig, 50);
	assert_false(g[0].done);
	rig_join(&rig, EDGE_auth_db);
	for (int i = 0; i < MANY; i++) {
		rig_until(&rig, &g[i].done, 1000);
		assert_int_equal(g[i].err, 0);
	}
	assert_int_equal(db.state_asks, 2);
	assert_int_equal(rig_stop(&rig), 0);
}

static void
guesses_are_slow_alike_and_then_locked(void **unused)
{
	uint64_t t0, wrong, unknown;

	(void)unused;
	start("", "Adm1n-password");
	rig_until(&rig, &rig.ready, 20000);
	rig_until(&rig, &db.admin_exists, 20000);
	assert_int_equal(register_as("ann@example.org", "Right-1 password", NULL).err, 0);
	t0 = rig_now_ms();
	assert_int_equal(login_as("ann@example.org", "Wrong-1 password").err, E_INVALID_CREDENTIALS);
	wrong = rig_now_ms() - t0;
	t0 = rig_now_ms();
	assert_int_equal(login_as("bob@example.org", "Wrong-1 password").err, E_INVALID_CREDENTIALS);
	unknown = rig_now_ms() - t0;
	assert_true(unknown * 4 > wrong && wrong * 4 > unknown);
	for (int i = 0; i < 4; i++)
		assert_int_equal(login_as("ann@example.org", "Wrong-1 password").err, E_INVALID_CREDENTIALS);
	assert_int_equal(login_as("ann@example.org", "Right-1 password").err, E_RATE_LIMITED);
	assert_int_equal(rig_stop(&rig), 0);
}

enum { MANY = 60, CROWD = 200 };
static struct got many[CROWD];

/* Sends n logins at once and waits for all. */
static void
many_begin(size_t n, const char *email, const char *password, bool differ)
{
	struct ctx ctx = { .deadline_ms = rig_now_ms() + 30000, .request_id = "many" };
	char text[64];

	memset(many, 0, sizeof many);
	for (size_t i = 0; i < n; i++) {
		if (differ)
			snprintf(text, sizeof text, "u%zu@%s", i, email);
		else
			snprintf(text, sizeof text, "%s", email);
		assert_true(link_call(rig_link(&rig, EDGE_front_auth), &ctx, MSG_auth_login, &(struct msg_auth_login){
		    .email = bytes_str(text), .password = bytes_str(password), .address = BYTES("192.0.2.1") }, 0,
		    on_opened, &many[i]) > 0);
	}
}

static void
login_many(size_t n, const char *email, const char *password, bool differ)
{
	many_begin(n, email, password, differ);
	for (size_t i = 0; i < n; i++)
		rig_until(&rig, &many[i].done, 30000);
}

static size_t
many_with(size_t n, unsigned err)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++)
		found += many[i].err == err;
	return found;
}

static struct got
change_with(const char *token, const char *from, const char *to)
{
	struct msg_auth_change_password m = { .access_token = bytes_str(token), .current_password = bytes_str(from),
		.new_password = bytes_str(to), .address = BYTES("192.0.2.1") };
	return call(EDGE_front_auth, MSG_auth_change_password, &m, on_done);
}

static void
a_password_is_changed_by_who_knows_it(void **unused)
{
	struct got a;

	(void)unused;
	start("", "Adm1n-password");
	rig_until(&rig, &rig.ready, 20000);
	rig_until(&rig, &db.admin_exists, 20000);
	a = register_as("Ann@example.org", "Right-1 password", NULL);
	assert_int_equal(change_with("rubbish", "Right-1 password", "Newer-1 password").err, E_UNAUTHORIZED);
	assert_int_equal(change_with(a.access, "Right-1 password", "Password1").err, E_VALIDATION_ERROR);
	assert_int_equal(change_with(a.access, "Wrong-1 password", "Newer-1 password").err, E_INVALID_CREDENTIALS);
	rig_run(&rig, 50);
	assert_string_equal(db.last_audit, "password_refused");
	assert_int_equal(change_with(a.access, "Right-1 password", "Newer-1 password").err, 0);
	rig_run(&rig, 50);
	assert_string_equal(db.last_audit, "password_changed");
	assert_int_equal(check(a.access).err, 0);		/* its own session goes on */
	assert_int_equal(login_as("ann@example.org", "Right-1 password").err, E_INVALID_CREDENTIALS);
	assert_int_equal(login_as("ann@example.org", "Newer-1 password").err, 0);
	assert_int_equal(db.forgiven, 1);
	/* guesses here and at login are counted together */
	a = login_as("ann@example.org", "Newer-1 password");
	memset(strucks, 0, sizeof strucks);
	for (int i = 0; i < 3; i++)
		assert_int_equal(change_with(a.access, "Wrong-1 password", "Other-1 password").err, E_INVALID_CREDENTIALS);
	for (int i = 0; i < 2; i++)
		assert_int_equal(login_as("ann@example.org", "Wrong-1 password").err, E_INVALID_CREDENTIALS);
	assert_int_equal(change_with(a.access, "Newer-1 password", "Other-1 password").err, E_RATE_LIMITED);
	assert_int_equal(rig_stop(&rig), 0);
}

static struct got
forgot(const char *email)
{
	struct msg_auth_forgot_password m = { .email = bytes_str(email), .address = BYTES("192.0.2.1") };
	return call(EDGE_front_auth, MSG_auth_forgot_password, &m, on_done);
}

static struct got
reset_with(const char *token, const char *password)
{
	struct msg_auth_reset_password m = { .token = bytes_str(token), .password = bytes_str(password), .address = BYTES("192.0.2.1") };
	return call(EDGE_front_auth, MSG_auth_reset_password, &m, on_done);
}

static void
until_mails(int n)
{
	for (int i = 0; i < 100 && db.mails < n; i++)
		rig_run(&rig, 50);
	assert_int_equal(db.mails, n);
}

static void
a_forgotten_password_is_reset_once(void **unused)
{
	struct got a;
	char token[513];

	(void)unused;
	start("", "Adm1n-password");
	rig_until(&rig, &rig.ready, 20000);
	rig_until(&rig, &db.admin_exists, 20000);
	a = register_as("ann@example.org", "Right-1 password", NULL);
	assert_int_equal(check(a.access).err, 0);
	for (int i = 0; i < 5; i++)
		login_as("ann@example.org", "Wrong-1 password");
	assert_int_equal(forgot("nobody@example.org").err, 0);
	rig_run(&rig, 50);
	assert_int_equal(db.reset_asks, 1);
	assert_int_equal(db.mails, 0);
	assert_int_equal(forgot("ANN@example.org").err, 0);
	until_mails(2);			/* the first time it could not be taken */
	memcpy(token, db.token, sizeof token);
	assert_int_equal(reset_with("rubbish", "Newer-1 password").err, E_VALIDATION_ERROR);
	assert_int_equal(reset_with(token, "Password1").err, E_VALIDATION_ERROR);
	assert_int_equal(reset_with(token, "Newer-1 password").err, 0);
	assert_int_equal(reset_with(token, "Other-1 password").err, E_VALIDATION_ERROR);
	assert_int_equal(check(a.access).err, E_UNAUTHORIZED);
	assert_int_equal(login_as("ann@example.org", "Newer-1 password").err, 0);	/* the lock is over too */
	assert_int_equal(rig_stop(&rig), 0);
}

static void
an_imported_hash_is_upgraded_at_login(void **unused)
{
	static const char imported[] = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";

	(void)unused;
	start("", "Adm1n-password");
	rig_until(&rig, &rig.ready, 20000);
	rig_until(&rig, &db.admin_exists, 20000);
	assert_int_equal(register_as("ann@example.org", "Right-1 password", NULL).err, 0);
	snprintf(db.hash, sizeof db.hash, "%s", imported);
	assert_int_equal(login_as("ann@example.org", "Wrong-1 password").err, E_INVALID_CREDENTIALS);
	assert_string_equal(db.hash, imported);
	assert_int_equal(login_as("ann@example.org", "U*U").err, 0);
	rig_run(&rig, 100);
	assert_memory_equal(db.hash, "$argon2id$", 10);
	assert_int_equal(login_as("ann@example.org", "U*U").err, 0);
	assert_int_equal(logged("hash_upgraded"), 1);
	assert_int_equal(rig_stop(&rig), 0);
}

static void
an_answer_waits_for_no_mail(void **unused)
{
	(void)unused;
	start("", "Adm1n-password");
	rig_until(&rig, &rig.ready, 20000);
	rig_until(&rig, &db.admin_exists, 20000);
	assert_int_equal(register_as("ann@example.org", "Right-1 password", NULL).err, 0);
	rig_cut(&rig, EDGE_auth_db);
	assert_int_equal(forgot("ann@example.org").err, 0);	/* nobody could know yet */
	rig_join(&rig, EDGE_auth_db);
	until_mails(2);
	/* an address that asks for too many is told so, whatever account it names */
	db.reset_lock_ms = 30000;
	assert_int_equal(forgot("ann@example.org").err, 0);
	rig_run(&rig, 50);
	int asks = db.reset_asks;
	struct got g = forgot("nobody@example.org");
	assert_int_equal(g.err, E_RATE_LIMITED);
	assert_non_null(strstr(g.detail, "try again in 30 second"));
	assert_int_equal(db.reset_asks, asks);
	assert_int_equal(db.mails, 2);
	assert_int_equal(rig_stop(&rig), 0);
}

static void
a_lock_outlives_the_process(void **unused)
{
	struct got g;

	(void)unused;
	start("", "Adm1n-password");
	rig_until(&rig, &rig.ready, 20000);
	rig_until(&rig, &db.admin_exists, 20000);
	assert_int_equal(register_as("ann@example.org", "Right-1 password", NULL).err, 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(login_as("ann@example.org", "Wrong-1 password").err, E_INVALID_CREDENTIALS);
	assert_int_equal(rig_stop(&rig), 0);
	start_again("", "Adm1n-password");
	rig_until(&rig, &rig.ready, 20000);
	login_many(20, "ann@example.org", "Wrong-1 password", false);	/* two are left, though this process knows of none */
	assert_int_equal(many_with(20, E_INVALID_CREDENTIALS), 2);
	assert_int_equal(many_with(20, E_RATE_LIMITED), 18);
	assert_int_equal(db.strikes, 5);
	assert_int_equal(rig_stop(&rig), 0);
	start_again("", "Adm1n-password");
	rig_until(&rig, &rig.ready, 20000);
	db.credential_asks = 0;
	for (int i = 0; i < 10; i++) {
		g = login_as("ann@example.org", "Right-1 password");
		assert_int_equal(g.err, E_RATE_LIMITED);
		assert_non_null(strstr(g.detail, "try again in "));
	}
	assert_int_equal(db.credential_asks, 1);	/* the lock costs db one question */
	assert_int_equal(rig_stop(&rig), 0);
}

static void
a_failure_that_is_not_written_is_not_told(void **unused)
{
	(void)unused;
	start("", "Adm1n-password");
	rig_until(&rig, &rig.ready, 20000);
	rig_until(&rig, &db.admin_exists, 20000);
	assert_int_equal(register_as("ann@example.org", "Right-1 password", NULL).err, 0);
	db.away = 1;
	assert_int_equal(login_as("ann@example.org", "Right-1 password").err, E_DATABASE_AWAY);
	db.away = 2;
	assert_int_equal(login_as("ann@example.org", "Wrong-1 password").err, E_DATABASE_AWAY);
	db.away = 0;
	login_many(20, "ann@example.org", "Wrong-1 password", false);	/* nothing is stuck in the air */
	assert_int_equal(many_with(20, E_INVALID_CREDENTIALS), 5);
	db.away = 3;
	assert_int_equal(forgot("ann@example.org").err, 0);
	until_mails(2);
	assert_int_equal(db.reset_asks, 2);
	assert_int_equal(rig_stop(&rig), 0);
}

static void
addresses_are_locked_too(void **unused)
{
	(void)unused;
	start("", "Adm1n-password");
	rig_until(&rig, &rig.ready, 20000);
	rig_until(&rig, &db.admin_exists, 20000);
	db.register_lock_ms = 30000;
	assert_int_equal(register_as("ann@example.org", "Right-1 password", NULL).err, 0);
	rig_run(&rig, 50);
	assert_int_equal(db.registers, 1);
	assert_int_equal(register_as("bob@example.org", "Right-1 password", NULL).err, E_RATE_LIMITED);
	assert_int_equal(db.account_creates, 1);
	db.address_lock_ms = 20000;
	db.credential_asks = 0;
	for (int i = 0; i < 3; i++)
		assert_int_equal(login_as("ann@example.org", "Right-1 password").err, E_RATE_LIMITED);
	assert_int_equal(db.credential_asks, 1);
	assert_int_equal(rig_stop(&rig), 0);
}

static size_t
many_done(size_t n)
{
	size_t done = 0;

	for (size_t i = 0; i < n; i++)
		done += many[i].done;
	return done;
}

static void
guesses_at_once_are_no_more_guesses(void **unused)
{
	uint64_t began, took_s;

	(void)unused;
	start("", "Adm1n-password");
	rig_until(&rig, &rig.ready, 20000);
	rig_until(&rig, &db.admin_exists, 20000);
	assert_int_equal(register_as("ann@example.org", "Right-1 password", NULL).err, 0);
	assert_int_equal(db.forgiven, 0);
	login_many(MANY, "ann@example.org", "Right-1 password", false);	/* who knows it is not kept out */
	assert_int_equal(many_with(MANY, 0), MANY);
	began = rig_now_ms();
	login_many(MANY, "ann@example.org", "Wrong-1 password", false);
	took_s = (rig_now_ms() - began) / 1000;
	assert_int_equal(many_with(MANY, E_INVALID_CREDENTIALS), 5);
	assert_int_equal(many_with(MANY, E_RATE_LIMITED), MANY - 5);
	for (size_t i = 0; i < MANY; i++)
		if (many[i].err == E_RATE_LIMITED) {
			const char *told = strstr(many[i].detail, "try again in ");
			assert_non_null(told);
			assert_in_range(strtoull(told + 13, NULL, 10), 60 - took_s - 1, 60);
		}
	UNTIL(db.login_locked == 1 && db.login_failed == 5);
	rig_run(&rig, 100);
	assert_int_equal(logged("S login_locked"), 1);
	assert_int_equal(db.login_locked, 1);
	assert_int_equal(db.login_failed, 5);
	assert_int_equal(rig_stop(&rig), 0);
}

static void
a_crowd_is_told_when_and_loses_no_audit(void **unused)
{
	enum { TRIED = 64 };		/* HASH_QUEUE */

	(void)unused;
	start("", "Adm1n-password");
	rig_until(&rig, &rig.ready, 20000);
	rig_until(&rig, &db.admin_exists, 20000);
	db.full = db.hold = true;
	many_begin(CROWD, "example.org", "Wrong-1 password", true);
	UNTIL(db.nwaits >= TRIED && many_done(CROWD) >= CROWD - TRIED);
	assert_int_equal(db.nwaits, TRIED);		/* the others did not reach db */
	assert_int_equal(many_with(CROWD, E_RATE_LIMITED), CROWD - TRIED);
	for (size_t i = 0; i < CROWD; i++)
		if (many[i].err == E_RATE_LIMITED)
			assert_true(strstr(many[i].detail, " in 1 second") != NULL || strstr(many[i].detail, " in 2 second") != NULL);
	db_go_on();
	UNTIL(many_done(CROWD) == CROWD);
	assert_int_equal(many_with(CROWD, E_INVALID_CREDENTIALS), TRIED);
	login_many(6, "ann@example.org", "Wrong-1 password", false);
	UNTIL(db.locked_refused > 0);
	assert_int_equal(db.audits, 0);
	rig_cut(&rig, EDGE_auth_db);
	rig_run(&rig, 50);
	rig_join(&rig, EDGE_auth_db);
	db.full = false;
	UNTIL(db.login_failed == TRIED + 5);
	rig_run(&rig, 100);
	assert_int_equal(db.login_failed, TRIED + 5);
	assert_int_equal(db.login_locked, 1);
	assert_int_equal(db.first_locked, 1);		/* what speaks of an attack went first */
	assert_int_equal(logged("audit_lost"), 0);
	assert_int_equal(rig_stop(&rig), 0);
}

/* What db does not hold against the address is not told, and so is no guess. */
static void
the_invite_code_is_not_guessed_behind_db(void **unused)
{
	enum { TRIED = 64, ALL = 100 };
	struct ctx ctx = { .deadline_ms = rig_now_ms() + 60000 };
	struct msg_auth_register m = { .email = BYTES("bob@example.org"), .password = BYTES("Right-1 password"), .has_invite_code = true,
		.first_name = BYTES("Bob"), .last_name = BYTES("Lee"), .invite_code = BYTES("guess"), .address = BYTES("192.0.2.7") };

	(void)unused;
	start("come in", "Adm1n-password");
	rig_until(&rig, &rig.ready, 20000);
	rig_until(&rig, &db.admin_exists, 20000);
	db.away = 2;
	assert_int_equal(register_as("ann@example.org", "Right-1 password", "no").err, E_DATABASE_AWAY);
	assert_int_equal(register_as("ann@example.org", "Right-1 password", "nope").err, E_RATE_LIMITED);
	db.away = 0;
	db.hold = true;
	db.register_lock_ms = 30000;
	memset(many, 0, sizeof many);
	for (size_t i = 0; i < ALL; i++)
		assert_true(link_call(rig_link(&rig, EDGE_front_auth), &ctx, MSG_auth_register, &m, 0, on_opened, &many[i]) > 0);
	UNTIL(db.nwaits >= TRIED && many_done(ALL) >= ALL - TRIED);
	assert_int_equal(db.nwaits, TRIED);
	assert_int_equal(many_with(ALL, E_RATE_LIMITED), ALL - TRIED);
	assert_int_equal(many_with(ALL, E_INVALID_INVITE_CODE), 0);	/* nobody knows before db does */
	db_go_on();
	UNTIL(many_done(ALL) == ALL);
	assert_int_equal(many_with(ALL, E_INVALID_INVITE_CODE), TRIED);
	memset(many, 0, sizeof many);
	link_call(rig_link(&rig, EDGE_front_auth), &ctx, MSG_auth_register, &m, 0, on_opened, &many[0]);
	rig_until(&rig, &many[0].done, 20000);
	assert_int_equal(many[0].err, E_RATE_LIMITED);
	assert_int_equal(rig_stop(&rig), 0);
}

/* A number in the claims of a token. */
static uint64_t
claim(const char *token, const char *name)
{
	char json[TOKEN_MAX];
	size_t n = 0;
	const char *from = strchr(token, '.') + 1;

	assert_int_equal(sodium_base642bin((uint8_t *)json, sizeof json - 1, from, strcspn(from, "."), NULL, &n, NULL,
	    sodium_base64_VARIANT_URLSAFE_NO_PADDING), 0);
	json[n] = '\0';
	from = strstr(json, name);
	assert_non_null(from);
	return strtoull(from + strlen(name) + 2, NULL, 10);
}

static void
tokens_live_as_long_as_they_say(void **unused)
{
	const uint64_t week = 604800;
	struct got a;

	(void)unused;
	start("", "Adm1n-password");
	rig_until(&rig, &rig.ready, 20000);
	rig_until(&rig, &db.admin_exists, 20000);
	a = register_as("ann@example.org", "Right-1 password", NULL);
	for (int i = 0; i < 12; i++) {
		uint64_t now = wall() / 1000, exp = claim(a.refresh, "exp");
		assert_int_equal(claim(a.access, "exp") - claim(a.access, "iat"), 900);
		assert_int_equal(exp - claim(a.refresh, "iat"), week);
		assert_true(exp <= now + week && exp + 61 > now + week);
		assert_int_equal(db.expires_ms, exp * 1000);	/* the row ends when the token does */
		rig_run(&rig, 90);		/* through the parts of a second */
		a = refresh_with(a.refresh);
		assert_int_equal(a.err, 0);
	}
	assert_int_equal(rig_stop(&rig), 0);
}

/* How often a text lies in the process's heap; -1 when this user may not look. */
static int
heap_holds(const char *text)
{
	char name[64], line[512];
	int found = 0;

	snprintf(name, sizeof name, "/proc/%d/maps", (int)rig.pid);
	FILE *maps = fopen(name, "r");
	snprintf(name, sizeof name, "/proc/%d/mem", (int)rig.pid);
	FILE *mem = maps != NULL ? fopen(name, "r") : NULL;
	if (mem == NULL) {
		if (maps != NULL)
			fclose(maps);
		return -1;
	}
	while (fgets(line, sizeof line, maps) != NULL) {
		unsigned long from, to;
		char *bytes;
		if (strstr(line, "[heap]") == NULL || sscanf(line, "%lx-%lx", &from, &to) != 2)
			continue;
		bytes = malloc(to - from);
		assert_non_null(bytes);
		fseek(mem, (long)from, SEEK_SET);
		size_t n = fread(bytes, 1, to - from, mem);
		assert_true(n > 0);
		for (char *p = bytes; (p = memmem(p, n - (size_t)(p - bytes), text, strlen(text))) != NULL; p++)
			found++;
		free(bytes);
	}
	fclose(maps);
	fclose(mem);
	return found;
}

static void
nothing_secret_is_left_behind(void **unused)
{
	static const char *const passwords[] = { "Right-1 password", "Wrong-1 password" };
	struct got a, b;

	(void)unused;
#ifdef __SANITIZE_ADDRESS__
	skip();			/* it keeps what was freed for a while */
#endif
	start("", "Adm1n-password");
	rig_until(&rig, &rig.ready, 20000);
	rig_until(&rig, &db.admin_exists, 20000);
	register_as("ann@example.org", passwords[0], NULL);
	login_as("ann@example.org", passwords[1]);
	a = login_as("ann@example.org", passwords[0]);
	assert_int_equal(a.err, 0);
	assert_int_equal(check(a.access).err, 0);
	b = refresh_with(a.refresh);
	assert_int_equal(check(b.access).err, 0);
	assert_int_equal(forgot("ann@example.org").err, 0);
	until_mails(2);
	rig_run(&rig, 100);
	if (heap_holds(user_json) >= 0) {
		for (size_t i = 0; i < COUNT(passwords); i++)
			assert_int_equal(heap_holds(passwords[i]), 0);
		assert_int_equal(heap_holds(db.token), 0);
		const char *const tokens[] = { a.access, a.refresh, b.access, b.refresh };
		for (size_t i = 0; i < COUNT(tokens); i++)
			assert_int_equal(heap_holds(strrchr(tokens[i], '.') + 1), 0);
	}
	assert_int_equal(rig_stop(&rig), 0);
}

static void
refused_signatures_are_counted_in_the_log(void **unused)
{
	enum { REFUSED = 30 };
	struct msg_tls_sign m = { .scheme = 1, .input = BYTES("x") };

	(void)unused;
	start("", "Adm1n-password");
	rig_until(&rig, &rig.ready, 20000);
	for (int i = 0; i < REFUSED; i++)
		assert_int_equal(call(EDGE_front_sign, MSG_tls_sign, &m, on_signed).err, E_VALIDATION_ERROR);
	assert_int_equal(logged("tls_sign_refused"), 1);
	rig_run(&rig, 1500);
	assert_int_equal(logged("tls_sign_refused"), 2);
	assert_int_equal(logged("refused=29"), 1);
	assert_int_equal(rig_stop(&rig), 0);
}

static void
handshakes_are_signed(void **unused)
{
	uint8_t digest[32] = { 7 };
	BIO *bio = BIO_new_mem_buf(tls_pem, -1);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
	struct msg_tls_sign m = { .scheme = 3, .input = bytes_of(digest, sizeof digest) };
	struct got g;

	(void)unused;
	start("", "Adm1n-password");
	rig_until(&rig, &rig.ready, 20000);
	g = call(EDGE_front_sign, MSG_tls_sign, &m, on_signed);
	assert_int_equal(g.err, 0);
	assert_int_equal(EVP_PKEY_verify_init(ctx), 1);
	assert_int_equal(EVP_PKEY_verify(ctx, g.signature, g.signature_n, digest, sizeof digest), 1);
	m.scheme = 1;
	assert_int_equal(call(EDGE_front_sign, MSG_tls_sign, &m, on_signed).err, E_VALIDATION_ERROR);
	m = (struct msg_tls_sign){ .scheme = 3, .input = bytes_of(tls_pem, 200) };
	assert_int_equal(call(EDGE_front_sign, MSG_tls_sign, &m, on_signed).err, E_VALIDATION_ERROR);
	assert_int_equal(rig_stop(&rig), 0);
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(key);
	BIO_free(bio);
}

static void
an_admin_who_comes_early_waits_to_be_made(void **unused)
{
	(void)unused;
	start("", "Adm1n-password");
	rig_until(&rig, &rig.ready, 20000);
	assert_int_equal(login_as("root@example.org", "Adm1n-password").err, 0);
	assert_true(db.admin_exists);
	assert_int_equal(rig_stop(&rig), 0);
}

static void
no_admin_is_an_error_to_fix(void **unused)
{
	(void)unused;
	start("", "");
	assert_int_equal(rig_wait(&rig, 30000), 100);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_main_path),
		cmocka_unit_test(a_refresh_token_is_good_once),
		cmocka_unit_test(revocation_holds_within_a_second),
		cmocka_unit_test(a_logout_ends_its_session_at_once),
		cmocka_unit_test(sessions_are_their_owners),
		cmocka_unit_test(a_role_is_what_the_database_says),
		cmocka_unit_test(who_listens_is_known_as_long_as_the_session_lives),
		cmocka_unit_test(no_audit_is_lost_when_db_dies),
		cmocka_unit_test(many_checks_share_one_question),
		cmocka_unit_test(guesses_are_slow_alike_and_then_locked),
		cmocka_unit_test(a_password_is_changed_by_who_knows_it),
		cmocka_unit_test(a_forgotten_password_is_reset_once),
		cmocka_unit_test(an_imported_hash_is_upgraded_at_login),
		cmocka_unit_test(an_answer_waits_for_no_mail),
		cmocka_unit_test(a_lock_outlives_the_process),
		cmocka_unit_test(a_failure_that_is_not_written_is_not_told),
		cmocka_unit_test(addresses_are_locked_too),
		cmocka_unit_test(guesses_at_once_are_no_more_guesses),
		cmocka_unit_test(a_crowd_is_told_when_and_loses_no_audit),
		cmocka_unit_test(the_invite_code_is_not_guessed_behind_db),
		cmocka_unit_test(tokens_live_as_long_as_they_say),
		cmocka_unit_test(nothing_secret_is_left_behind),
		cmocka_unit_test(refused_signatures_are_counted_in_the_log),
		cmocka_unit_test(handshakes_are_signed),
		cmocka_unit_test(an_admin_who_comes_early_waits_to_be_made),
		cmocka_unit_test(no_admin_is_an_error_to_fix),
	};
	EVP_PKEY *key = EVP_EC_gen("P-256");
	BIO *bio = BIO_new(BIO_s_mem());

	if (sodium_init() < 0 || key == NULL || bio == NULL || PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) != 1)
		return 1;
	BIO_read(bio, tls_pem, sizeof tls_pem - 1);
	BIO_free(bio);
	EVP_PKEY_free(key);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
