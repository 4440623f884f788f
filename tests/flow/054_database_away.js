'use strict';
/* tests/flow/054_database_away.js - PostgreSQL stops, hangs, dies and comes back: an external
 * one that the test commands, and the tree's own.
 * Proves: "Stopping PostgreSQL: requests get 503 with Retry-After, /readyz turns 503, everything
 * heals by itself when it is back, nothing accepted is lost".
 * Runs: alone
 * Licence: Apache-2.0. */
const { test, assert, before, after } = require('./tiny');
const { mustFail } = require('./client');
const { Postgres } = require('./postgres');
const { world, generating, mustBeWhole, mustBeUnmoved } = require('./chaos');
const h = require('./harness');

let t, pg, w, pids;

before(async () => {
	pg = await new Postgres().create();
	t = await h.start({ env: { DATABASE_URL: pg.url, EMULATOR_FLAGS: '--video-seconds 2 --image-scale 0.1 --video-scale 0.1 --image-ms 500 --music-seconds 1 --fsync 0' } });
	w = await world(t);
	pids = await t.pids();
});
after(() => pg && pg.stop('SIGQUIT'));

const refusal = (r) => mustFail(r, 503, 'SERVICE_UNAVAILABLE');

/* Whatever needs the database is refused in good time, and what does not is answered. */
async function mustBeAway() {
	const began = Date.now();
	const all = await Promise.all([
		w.user.get('/api/projects'), w.user.get(`/api/media/${w.media}`), w.user.get('/api/media/history'),
		t.api.post('/api/auth/login', { email: w.user.email, password: w.user.password }),
		w.user.post('/api/media/image', { projectId: w.project, prompt: 'while away' }),
	]);
	for (const r of all)
		refusal(r);
	assert.ok(Date.now() - began < 20000, `refused after ${Date.now() - began} ms`);
	const ready = await t.api.get('/readyz');
	assert.equal(ready.status, 503);
	assert.match(ready.headers['retry-after'] || '', /^\d+$/);
	(await t.api.get('/healthz')).must(200);
}

async function mustHeal(seconds = 15) {
	await h.until(seconds, '/readyz turns 200', async () => (await t.api.get('/readyz')).status === 200, 100);
	const began = Date.now();
	await h.until(10, 'reads', async () => (await w.user.get('/api/users/profile')).status === 200, 100);
	assert.ok(Date.now() - began < 5000, 'ready was told too early');
	(await w.user.get(`/api/media/${w.media}`)).must(200);
	const m = (await w.user.post('/api/media/audio', { projectId: w.project, prompt: `healed ${Date.now()}` })).must(201);
	assert.equal(m.status, 'SUCCEEDED');
	await mustBeUnmoved(t, pids, '');	/* no process had to die for it */
}

for (const [name, signal] of [['stopped in order', 'SIGINT'], ['crashed', 'SIGQUIT']])
	test(`an external database that is ${name}`, async () => {
		await pg.stop(signal);
		await h.until(5, '/readyz turns 503', async () => (await t.api.get('/readyz')).status === 503);
		await mustBeAway();
		await h.sleep(1500);
		await mustBeAway();
		await pg.start();
		await mustHeal();
	}, { limit: 90 });

test('a database that hangs', async () => {
	const members = h.family(pg.child.pid);
	for (const p of members)
		process.kill(p.pid, 'SIGSTOP');
	try {
		await h.until(15, '/readyz turns 503', async () => (await t.api.get('/readyz')).status === 503);
		const r = await w.user.get('/api/projects');
		assert.ok(r.status === 503 || r.status === 504, String(r.status));
		assert.match(r.headers['retry-after'] || '', /^\d+$/);
	} finally {
		for (const p of members.filter(h.isAlive))
			process.kill(p.pid, 'SIGCONT');
	}
	await mustHeal(30);
}, { limit: 90 });

test('generations under way survive it: nothing accepted is lost, nothing asked twice', async () => {
	const mine = await world(t);
	const made = generating(mine, 24, 'database');
	await h.sleep(350);
	await pg.stop('SIGQUIT');
	await h.sleep(2000);
	await pg.start();
	const all = await made;
	await mustHeal();
	await mustBeWhole(mine, all, { seconds: 90 });
}, { limit: 150 });

test('the tree\'s own database killed again and again', async () => {
	const own = await h.start({ env: { RESTART_INTENSITY: '20' } });
	const mine = await world(own);
	const made = generating(mine, 12, 'own');
	for (let i = 0; i < 3; i++) {
		await h.sleep(300);
		const pid = await own.pidOf('postgres');
		process.kill(pid, 'SIGKILL');
		await own.replaced('postgres', pid, 20);
	}
	await h.until(20, 'ready again', async () => (await own.api.get('/readyz')).status === 200);
	await mustBeWhole(mine, await made, { seconds: 60 });
	await own.stop();
}, { limit: 120 });
