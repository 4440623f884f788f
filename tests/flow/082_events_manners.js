'use strict';
/* tests/flow/082_events_manners.js - connections of GET /api/events: idle ones, slow ones, those that are left.
 * Proves: design ("every queue and every wait has a bound"), contract 7: a stream outlives its token and every limit
 * on idle connections; who does not read is let go, holds nobody back and misses nothing.
 * Runs: first
 * Licence: Apache-2.0. */
const { test, assert, before, after, SLOW } = require('./tiny');
const { EventStream } = require('./sse');
const { Postgres } = require('./postgres');
const h = require('./harness');

const IDLE_MS = 33000;		/* beyond what an idle connection and a slow request are given */
let t, quiet, pg;
const streams = [], idle = [];

function listen(api, options) {
	const s = new EventStream(api, options);
	streams.push(s);
	return s;
}

before(async () => {
	pg = await new Postgres().create();
	[t, quiet] = await Promise.all([h.start({ env: { DATABASE_URL: pg.url, EVENTS_HEARTBEAT: '1s', JWT_ACCESS_EXPIRATION: '10s' } }),
		h.start({ env: { EVENTS_HEARTBEAT: '5m' } })]);
	const user = await quiet.user();
	for (const api of [user, quiet.api2().as(user.token)])
		idle.push(await listen(api).ready());
	idle.since = Date.now();
	idle.user = user;
});
after(() => streams.forEach((s) => s.end()));
after(() => pg.stop());

const metric = async (tree, name) => Number((await tree.ops('/metrics')).text.match(new RegExp(`^studiod_events_${name} (\\d+)$`, 'm'))[1]);

/* So many events of a user, each of a bit more than a kilobyte; returns the last one's number. */
async function flood(user, n) {
	const project = await t.project();
	const v = (await user.post('/api/media/video', { projectId: project, prompt: 'p' })).must(202);
	(await user.post(`/api/media/${v.id}/cancel`)).must(200);
	pg.query(`do $$ declare g studio.media_generations; begin
		select * into g from studio.media_generations where id = '${v.id}';
		g.error_message := repeat('x', 1000);
		for i in 1..${n} loop perform studio.event_add(g); end loop; end $$`);
	return Number(pg.query(`select seq from studio.event_counters where user_id = '${user.me.userId}'`));
}

test('heartbeats come where nothing else does', async () => {
	const s = await listen(await t.user()).ready(), two = await listen(t.api2().as((await t.user()).token)).ready();
	await h.until(6, 'three of them', () => s.comments >= 3 && two.comments >= 3);
	assert.equal(s.events.length + two.events.length, 0);
	assert.ok(!s.closed && !two.closed);
});

for (const version of ['HTTP/1.1', 'HTTP/2'])
	test(`who does not read is let go over ${version}; others get all, and so does it when it comes back`, async () => {
		const user = await t.user();
		const api = version === 'HTTP/2' ? t.api2().as(user.token) : user;
		const before = await metric(t, 'listeners_slow_total');
		const slow = await listen(api).ready(), fast = await listen(user).ready();
		slow.rs.pause();
		const last = await flood(user, 7000);
		await fast.until(20, 'all of them', () => fast.lastId === String(last));
		assert.equal(fast.inOrder().length, last);
		await h.until(10, 'it is let go', async () => await metric(t, 'listeners_slow_total') === before + 1);
		if (version === 'HTTP/2')	/* the stream alone, not what else its connection carries */
			assert.equal((await t.api2().get('/healthz')).status, 200);
		slow.rs.resume();
		await slow.until(10, 'the stream ends', () => slow.closed);
		assert.ok(slow.cut, 'it does not end well');
		assert.ok(Number(slow.lastId) < last);
		const rest = listen(user, { lastId: slow.lastId });
		await rest.until(20, 'the rest', () => rest.lastId === String(last));
		assert.equal(slow.inOrder().length + rest.inOrder().length, last);
		for (const s of [rest, fast])
			s.end();
	}, { limit: 60 });

test('one that is slow, but reads, gets all of it on one stream', async () => {
	const user = await t.user();
	const s = await listen(user).ready();
	const turn = setInterval(() => {	/* it reads a tenth of the time */
		s.rs.pause();
		setTimeout(() => s.rs.resume(), 90);
	}, 100);
	try {
		const last = await flood(user, 3000);
		await s.until(25, 'all of them', () => s.lastId === String(last));
		assert.equal(s.inOrder().length, last);
		assert.ok(!s.closed);
	} finally {
		clearInterval(turn);
	}
});

test('one that was left is noticed at once', async () => {
	const user = await quiet.user();
	await h.until(5, 'two idle ones', async () => await metric(quiet, 'listeners') === 2);
	const all = [user, quiet.api2().as(user.token)].map((api) => listen(api));
	await Promise.all(all.map((s) => s.ready()));
	assert.equal(await metric(quiet, 'listeners'), 4);
	all.forEach((s) => s.end());
	await h.until(3, 'both are gone', async () => await metric(quiet, 'listeners') === 2);
});

test('a stream outlives the token that it was opened with', async () => {
	const user = await t.user();
	const s = await listen(user).ready();
	await h.until(20, 'the token is over', async () => (await user.get('/api/users/profile')).status === 401, 250);
	const later = t.api.as((await t.api.post('/api/auth/refresh', { refreshToken: user.me.refreshToken })).must(200).access_token);
	(await later.post('/api/media/audio', { projectId: await t.project(), prompt: 'a word' })).must(201);
	await s.until(5, 'three events', () => s.updates().length === 3);
	assert.deepEqual(s.inOrder(), [1, 2, 3]);
});

test('and no limit on idle connections ends it', async () => {
	await h.sleep(Math.max(0, idle.since + IDLE_MS - Date.now()));
	assert.ok(idle.every((s) => !s.closed && s.comments === 0), 'nothing was sent, and all are there');
	(await idle.user.post('/api/media/audio', { projectId: await quiet.project(), prompt: 'a word' })).must(201);
	for (const s of idle) {
		await s.until(5, 'three events', () => s.updates().length === 3);
		assert.deepEqual(s.inOrder(), [1, 2, 3]);
	}
}, { limit: 45 * SLOW });
