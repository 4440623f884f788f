'use strict';
/* tests/flow/080_session_over.js - two trees on one database: who listens on either is let go when the
 * session ends, on whichever host and for whatever reason, and not before.
 * Proves: shared contract, section 7: "A connection ends when its token's session is revoked"; section 2:
 * "takes effect … at once (within 1 s on every node), not when they expire"; design.md, "What always holds" 4.
 * Licence: Apache-2.0. */
const { test, assert, before, after, SLOW } = require('./tiny');
const { EventStream } = require('./sse');
const { Postgres } = require('./postgres');
const h = require('./harness');

const SOON = 1000 * SLOW;
let pg, a, b, project, short;

before(async () => {
	pg = await new Postgres().create();
	const env = { DATABASE_URL: pg.url, JWT_SECRET: 'a secret that both hosts have, 32 bytes', JWT_REFRESH_SECRET: 'another secret that both hosts have' };
	a = await h.start({ env });
	/* tokens that are made there are over soon: one is used at once, and looked at last */
	b = await h.start({ env: { ...env, JWT_ACCESS_EXPIRATION: '10s' } });
	project = await a.project();
	const p = await a.user();
	short = { p, ...await login(p, b) };
	short.streams = await listen(short.access_token);
}, { limit: 60 });
after(() => pg && pg.stop('SIGQUIT'));

const sid = (token) => JSON.parse(Buffer.from(token.split('.')[1], 'base64url')).sid;
const login = async (p, tree = a) => (await tree.api.post('/api/auth/login', { email: p.email, password: p.password })).must(200);

/* A stream on each host, that knows where it is. */
async function listen(token) {
	const both = [a, b].map((t) => new EventStream(t.api.as(token)));
	for (const s of both)
		await s.ready();
	return both;
}
const closed = (streams) => streams.every((s) => s.closed);

/* The deed ends these streams on both hosts within a second, and for good. */
async function mustEnd(streams, deed) {
	assert.ok(streams.every((s) => !s.closed), 'it ended before its time');
	await deed();
	const done = Date.now();
	await h.until(10, 'the streams end', () => closed(streams), 5);
	for (const s of streams) {
		assert.ok(s.closedAt - done < SOON, `it took ${s.closedAt - done} ms`);
		await h.until(3, 'it is let in no more', async () => {
			const again = new EventStream(s.api);
			await again.answered;
			if (again.status === 200)	/* by what was known a second ago, and let go */
				await again.over;
			return again.status === 401;
		}, 20);
	}
}
/* These go on: what happens next reaches each of them. */
async function mustGoOn(p, streams) {
	const m = (await p.post('/api/media/image', { projectId: project, prompt: 'going on' })).must(201);
	for (const s of streams) {
		await s.final(m.id);
		assert.ok(!s.closed);
		s.inOrder();
	}
}
const end = (streams) => streams.forEach((s) => s.end());

test('a session that its owner revokes, and a logout: no other one ends', async () => {
	const p = await a.user();
	const lost = await login(p), phone = await login(p);
	const own = await listen(p.token), losts = await listen(lost.access_token), phones = await listen(phone.access_token);
	await mustEnd(losts, async () => assert.equal((await p.send('DELETE', `/api/auth/sessions/${sid(lost.access_token)}`)).status, 204));
	/* on the other host than the one that made it */
	await mustEnd(phones, async () => assert.equal((await b.api.post('/api/auth/logout', { refreshToken: phone.refreshToken })).status, 204));
	await mustGoOn(p, own);
	end(own);
});

test('a new password ends all but the one that set it', async () => {
	const p = await a.user();
	const others = [...await listen((await login(p)).access_token), ...await listen((await login(p)).access_token)];
	const own = await listen(p.token);
	await mustEnd(others, async () => assert.equal((await p.post('/api/auth/change-password',
		{ currentPassword: p.password, newPassword: 'Another-Horse-7' })).status, 204));
	await mustGoOn(p, own);
	end(own);
});

test('a spent refresh token ends its family', async () => {
	const p = await a.user();
	const streams = await listen(p.token);
	(await a.api.post('/api/auth/refresh', { refreshToken: p.me.refreshToken })).must(200);
	await mustGoOn(p, streams);
	await mustEnd(streams, async () => assert.equal((await a.api.post('/api/auth/refresh', { refreshToken: p.me.refreshToken },
		{ 'User-Agent': 'a thief' })).status, 401));
});

test('a user who is deleted', async () => {
	const p = await a.user();
	const streams = [...await listen(p.token), ...await listen((await login(p)).access_token)];
	const admin = await a.admin();
	await mustEnd(streams, async () => assert.equal((await admin.send('DELETE', `/api/users/${p.me.userId}`)).status, 204));
});

/* What was told while nobody heard it is found out when somebody does again. */
async function mustEndUnheard(deafen) {
	const p = await a.user();
	const over = await login(p);
	const streams = await listen(over.access_token), own = await listen(p.token);
	await deafen(sid(over.access_token));
	await h.until(10, 'the streams end', () => closed(streams), 5);
	await mustGoOn(p, own.filter((s) => !s.closed));	/* one that broke off comes back by itself */
	end(own);
}
const revoke = (session) => `update studio_auth.sessions set revoked_at = now(), revoked_because = 'test' where id = '${session}'`;

test('a session that ends while PostgreSQL\'s notifications reach nobody', () => mustEndUnheard((session) => {
	const ended = pg.query("select count(pg_terminate_backend(pid)) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()");
	assert.ok(Number(ended) >= 8, `${ended} connections`);
	pg.query(revoke(session));
}));

for (const actor of ['db', 'notifier'])
	test(`a session that ends while a host's ${actor} is being replaced`, () => mustEndUnheard(async (session) => {
		const pids = [await a.pidOf(actor), await b.pidOf(actor)];
		for (const pid of pids)		/* it hears nothing more, and then is gone */
			process.kill(pid, 'SIGSTOP');
		pg.query(revoke(session));
		for (const pid of pids)
			process.kill(pid, 'SIGKILL');
		await a.replaced(actor, pids[0]);
		await b.replaced(actor, pids[1]);
	}));

test('a stream outlives its token, not its session', async () => {
	await h.until(12, 'the token is over', async () => (await a.api.as(short.access_token).get('/api/users/profile')).status === 401, 100);
	await mustGoOn(short.p, short.streams);
	await mustEnd(short.streams, async () => assert.equal((await a.api.post('/api/auth/logout', { refreshToken: short.refreshToken })).status, 204));
});
