'use strict';
/* tests/flow/050_kill_idle.js - kill -9 of each actor in turn while nothing happens.
 * Proves: "kill -9 of each actor in turn, while idle …: back within 1 s; … no other process
 * dies"; "New links reach the surviving peers"; status tells restarts and the cause of death.
 * Runs: alone
 * Licence: Apache-2.0. */
const { test, assert, before } = require('./tiny');
const { world, killActor, mustBeUnmoved, BACK_MS } = require('./chaos');
const h = require('./harness');

let t, w;

before(async () => {
	t = await h.start({ env: { RESTART_INTENSITY: '20' } });
	w = await world(t);
});

for (const name of h.ACTORS)
	test(`kill -9 ${name}: back within 1 s, and everything works`, async () => {
		const before = await t.pids();
		const had = (await t.status())[name];
		const { away, status } = await killActor(t, name);
		assert.ok(away < BACK_MS, `${name} was away for ${away} ms`);
		assert.equal(status.restarts, had.restarts + 1);
		assert.match(status.lastDeath.cause, /signal 9\b.*SIGKILL/);
		await mustBeUnmoved(t, before, name);
		(await w.user.get('/api/users/profile')).must(200);
		(await w.user.get(`/api/media/${w.media}`)).must(200);
		const m = (await w.user.post('/api/media/image', { projectId: w.project, prompt: `after ${name}` })).must(201);
		assert.equal(m.status, 'SUCCEEDED');
		await t.user();
		(await t.api2().get('/healthz')).must(200);
		(await t.api.get('/readyz')).must(200);
	}, { limit: 40 });

for (const name of h.ACTORS)
	test(`a request that comes while ${name} is away is answered`, async () => {
		await t.allUp();
		const before = await t.pids();
		process.kill(before[name], 'SIGKILL');
		const secure = t.api2().as(w.user.token);	/* a new handshake: auth signs it */
		const reads = await Promise.all([...['/api/users/profile', '/api/projects', `/api/media/${w.media}`].map((p) => w.user.get(p)), secure.get('/api/projects')]);
		for (const r of reads)
			r.must(200, `while ${name} was away:`);
		await t.replaced(name, before[name]);
		await mustBeUnmoved(t, before, name);
	});

test('three at the same time', async () => {
	const before = await t.pids();
	for (const name of ['front', 'db', 'vertex'])
		process.kill(before[name], 'SIGKILL');
	await Promise.all(['front', 'db', 'vertex'].map((name) => t.replaced(name, before[name])));
	const m = (await w.user.post('/api/media/image', { projectId: w.project, prompt: 'after three' })).must(201);
	assert.equal(m.status, 'SUCCEEDED');
}, { limit: 40 });

test('the emulator and PostgreSQL are services of the same tree', async () => {
	for (const name of ['emulator', 'postgres']) {
		const before = await t.pids();
		process.kill(before[name], 'SIGKILL');
		await t.replaced(name, before[name], 20);
		await mustBeUnmoved(t, before, name);
		await h.until(10, `work after ${name}`, async () =>
			(await w.user.post('/api/media/audio', { projectId: w.project, prompt: `after ${name}` })).status === 201, 300);
	}
}, { limit: 60 });
