'use strict';
/* tests/flow/081_events.js - GET /api/events: what becomes of generations, as Server-Sent Events.
 * Proves: contract 7 ("every change of state of an own generation, in order, none lost over a reconnect"; "GET /api/events:
 * the same as Server-Sent Events with Last-Event-ID"; "a connection ends when its token's session is revoked");
 * design, What always holds, 3 and 4, over kill -9 of every actor and restarts of PostgreSQL.
 * Licence: Apache-2.0. */
const { test, assert, before, after, SLOW } = require('./tiny');
const { EventStream } = require('./sse');
const { Postgres } = require('./postgres');
const { Answers } = require('./answers');
const { mustFail } = require('./client');
const { Spec } = require('./spec');
const h = require('./harness');

let t, pg, project;
const streams = [];

function listen(api, options) {
	const s = new EventStream(api, options);
	streams.push(s);
	return s;
}

before(async () => {
	pg = await new Postgres().create();
	t = await h.start({ env: { DATABASE_URL: pg.url, RESTART_INTENSITY: '30',
		EMULATOR_FLAGS: '--video-seconds 1 --image-scale 0.1 --video-scale 0.1 --music-seconds 1 --fsync 0' } });
	project = await t.project();
});
after(() => streams.forEach((s) => s.end()));
after(() => pg.stop());

const image = async (who, more) => (await who.post('/api/media/image', { projectId: project, prompt: 'a boat' }, more)).must(201);

test('every change of state of a generation, in order, over HTTP/1.1 and HTTP/2', async () => {
	const user = await t.user();
	const two = listen(t.api2().as(user.token)), one = listen(user);
	await Promise.all([one.ready(), two.ready()]);
	const made = await image(user);
	for (const s of [one, two]) {
		await s.final(made.id);
		assert.deepEqual(s.updates(made.id).map((e) => e.data.status), ['PENDING', 'PROCESSING', 'SUCCEEDED']);
		assert.equal(s.inOrder()[0], 1);
		assert.equal(s.events.length, 3);
	}
	assert.deepEqual(one.updates().map((e) => [e.id, e.data.status, e.data.eventId]), two.updates().map((e) => [e.id, e.data.status, e.data.eventId]));
	const last = one.updates().at(-1).data;
	assert.deepEqual(last.results.map((r) => r.id), made.results.map((r) => r.id));
	assert.equal((await fetch(last.results[0].resultUrl)).status, 200);
});

test('they are as the document has them, and so are their header fields', async () => {
	const user = await t.user();
	const s = await listen(user, { headers: { 'Accept-Encoding': 'br, gzip' } }).ready();
	const answers = new Answers(new Spec((await t.api.get('/api/openapi.json')).must(200)));
	await s.final((await image(user)).id);
	for (const e of s.updates())
		answers.fits({ $ref: '#/components/schemas/MediaEvent' }, e.data, e.data.status);
	assert.match(s.got['content-type'], /^text\/event-stream/);
	assert.equal(s.got['cache-control'], 'no-store');
	assert.equal(s.got['x-accel-buffering'], 'no');
	assert.equal(s.got['content-encoding'], undefined);
	assert.ok(s.retry >= 1000 && s.retry <= 3000);
});

test('who fails is told why', async () => {
	const user = await t.user();
	const s = await listen(user).ready();
	const v = (await user.post('/api/media/video', { projectId: project, prompt: 'a boat' })).must(202);
	(await user.post(`/api/media/${v.id}/cancel`)).must(200);
	const e = await s.final(v.id);
	assert.equal(e.data.status, 'FAILED');
	assert.equal(e.data.error, 'Cancelled');
	assert.equal(e.data.results, undefined);
	s.inOrder();
});

test('with the last id that it saw a client goes on there: no gap, nothing twice', async () => {
	const user = await t.user();
	const s = await listen(user).ready();
	const first = await image(user);
	await s.final(first.id);
	s.end();
	await image(user);
	const all = listen(user, { lastId: '0' }), rest = listen(user, { lastId: s.lastId }), query = listen(user, { query: '?lastEventId=2' });
	const both = listen(user, { lastId: '5', query: '?lastEventId=1' });
	for (const [x, from] of [[all, 1], [rest, 4], [query, 3], [both, 6]]) {
		await x.until(10, 'the sixth', () => x.lastId === '6');
		assert.deepEqual(x.inOrder(), [1, 2, 3, 4, 5, 6].slice(from - 1));
	}
	/* what was never reached, or is no number, begins anew and says so */
	for (const how of [{ lastId: '7' }, { lastId: 'nonsense' }, { lastId: '99999999999999999999' }, { query: '?lastEventId=4711' }]) {
		const x = await listen(user, how).ready();
		await x.until(10, 'resync', () => x.events.length === 1);
		assert.deepEqual([x.events[0].type, x.events[0].data, x.lastId], ['resync', { eventId: 6 }, '6']);
	}
	/* what was pruned, too */
	pg.query(`delete from studio.events where user_id = '${user.me.userId}' and seq < 4`);
	const gap = await listen(user, { lastId: '2' }).ready(), whole = await listen(user, { lastId: '3' }).ready();
	await gap.until(10, 'resync', () => gap.events[0] && gap.events[0].type === 'resync');
	await whole.until(10, 'the sixth', () => whole.lastId === '6');
	assert.deepEqual(whole.inOrder(), [4, 5, 6]);
});

test('each user has their own', async () => {
	const [ada, eve] = [await t.user(), await t.user()];
	const [a, e] = [await listen(ada).ready(), await listen(eve, { lastId: '0' }).ready()];
	const [mine, theirs] = await Promise.all([image(ada), image(eve)]);
	await Promise.all([a.final(mine.id), e.final(theirs.id)]);
	assert.deepEqual(new Set(a.updates().map((x) => x.data.mediaGenerationId)), new Set([mine.id]));
	assert.deepEqual(new Set(e.updates().map((x) => x.data.mediaGenerationId)), new Set([theirs.id]));
});

test('a stream ends within a second of its session, and no other', async () => {
	const login = async (u) => {
		const me = (await t.api.post('/api/auth/login', { email: u.email, password: u.password })).must(200);
		return Object.assign(t.api.as(me.access_token), { me });
	};
	const user = await t.user(), other = await t.user(), gone = await t.user(), admin = await t.admin();
	const [logout, revoked, changed] = [await login(user), await login(user), await login(user)];
	const stays = await listen(other).ready(), keeps = await listen(changed).ready();
	const id = (await revoked.get('/api/auth/sessions')).must(200).find((x) => x.current).id;
	const ends = async (who, how) => {
		const s = await listen(who).ready();
		const at = Date.now();
		(await how()).must(204);
		await s.until(3, 'the end', () => s.closed);
		assert.ok(s.closedAt - at < 1000 * SLOW, `after ${s.closedAt - at} ms`);
		assert.deepEqual([s.events.at(-1).type, s.events.at(-1).data], ['end', { reason: 'session_over' }]);
		assert.ok(!s.cut);
		over.push(who);
	}, over = [];
	await ends(logout, () => t.api.post('/api/auth/logout', { refreshToken: logout.me.refreshToken }));
	await ends(revoked, () => changed.send('DELETE', `/api/auth/sessions/${id}`));
	await ends(user, () => changed.post('/api/auth/change-password', { currentPassword: user.password, newPassword: 'Another-Horse-10' }));
	await ends(gone, () => admin.send('DELETE', `/api/users/${gone.me.userId}`));
	assert.ok(!stays.closed && !keeps.closed);
	await h.sleep(1000);	/* so long the front may remember a token */
	for (const who of over)
		await listen(who, { lastId: '1' }).begun(401);
});

test('HEAD, no token, a wrong query, what is not acceptable', async () => {
	const user = await t.user();
	for (const api of [user, t.api2().as(user.token)]) {
		const r = await api.send('HEAD', '/api/events');
		assert.equal(r.status, 200);
		assert.match(r.headers['content-type'], /^text\/event-stream/);
		assert.equal(r.body.length, 0);
	}
	mustFail(await t.api.get('/api/events'), 401, 'UNAUTHORIZED');
	mustFail(await user.get('/api/events?lastEventId=x'), 400, 'VALIDATION_ERROR', { field: 'lastEventId' });
	mustFail(await user.get('/api/events', { Accept: 'application/json' }), 406, 'NOT_ACCEPTABLE');
	mustFail(await user.post('/api/events', {}), 405, 'METHOD_NOT_ALLOWED');
});

test('a user has at most 32 of them', async () => {
	const user = await t.user();
	const all = Array.from({ length: 32 }, () => listen(user));
	await Promise.all(all.map((s) => s.ready()));
	mustFail(await user.get('/api/events'), 429, 'RATE_LIMITED');
	await listen(await t.user()).ready();
	all[0].end();
	await h.until(5, 'room', async () => (await user.get('/api/events')).status === 200);
});

/* ---- restarts ---- */

const BROKEN = {
	notifier: () => kill('notifier'), db: () => kill('db'), auth: () => kill('auth'), vertex: () => kill('vertex'), front: () => kill('front'),
	'the front drained': async () => {
		const pid = await t.pidOf('front');
		assert.equal((await t.ctlLater('restart', 'front')).code, 0);
		await t.replaced('front', pid, 20);
	},
	PostgreSQL: async () => {
		await pg.stop();
		await pg.start();
	},
	'PostgreSQL crashed': async () => {
		await pg.stop('SIGQUIT');
		await pg.start();
	},
};

async function kill(name) {
	const pid = await t.pidOf(name);
	process.kill(pid, 'SIGKILL');
	await t.replaced(name, pid, 20);
}

/* Asks until it is taken: in the middle of a restart some are not. */
async function insist(fn) {
	return h.until(30, 'it is taken', async () => {
		const r = await fn().catch(() => null);
		return r && r.status < 300 ? r.json : null;
	}, 50);
}

for (const [what, happen] of Object.entries(BROKEN))
	test(`${what === what.toLowerCase() && !/ /.test(what) ? `kill -9 ${what}` : what}: a client that comes back misses nothing`, async () => {
		const user = await t.user();
		const s = await listen(user, { back: true }).ready(), late = await listen(user, { back: true }).ready();
		let on = true, token = user.token;
		const ids = [];
		const asking = (async () => {
			for (let i = 0; on; i++) {
				const key = `${what.replace(/ /g, '-')}-${i}`;
				const m = await insist(() => t.api.as(token).post('/api/media/audio', { projectId: project, prompt: 'a word' }, { 'Idempotency-Key': key, Prefer: 'respond-async' }));
				ids.push(m.id);
				await h.sleep(20);
			}
		})();
		await h.sleep(150);
		late.end();
		await happen();
		await h.sleep(200);
		on = false;
		await asking;
		const again = listen(user, { lastId: late.lastId, back: true });
		assert.ok(ids.length > 3);
		const newest = () => pg.query(`select seq from studio.event_counters where user_id = '${user.me.userId}'`);
		await s.until(20, 'all that there is', () => s.updates().length > 2 * ids.length && s.lastId === newest());
		await again.until(20, 'the same', () => Number(again.lastId) >= Number(s.lastId));
		const seen = s.inOrder();
		assert.equal(seen[0], 1);
		assert.deepEqual([...late.inOrder(), ...again.inOrder()].slice(0, seen.length), seen);
		for (const id of ids)
			assert.ok(s.updates(id).length > 0);
		assert.ok(s.events.every((e) => e.type !== 'resync'));
		if (!/front/.test(what))
			assert.equal(s.breaks, 0, 'the stream itself never broke');
		else
			assert.ok(s.breaks > 0);
		if (what === 'the front drained')
			assert.ok(s.events.some((e) => e.type === 'end' && e.data.reason === 'draining'));
		s.end();
		again.end();
	}, { limit: 60 });

test('a session that is revoked while notifier is away ends all the same', async () => {
	const user = await t.user();
	const s = await listen(user).ready();
	const pid = await t.pidOf('notifier');
	process.kill(pid, 'SIGKILL');
	(await t.api.post('/api/auth/logout', { refreshToken: user.me.refreshToken })).must(204);
	await t.replaced('notifier', pid, 20);
	await s.until(5, 'the end', () => s.closed);
	assert.equal(s.events.at(-1).data.reason, 'session_over');
});
