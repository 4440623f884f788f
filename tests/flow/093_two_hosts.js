'use strict';
/* tests/flow/093_two_hosts.js - two hosts on one database: each knows what the other does, and when
 * one of them is gone from one moment to the next, the other finishes what it had begun.
 * Proves: "two full trees on one database, one of them killed"; "Any number of hosts on one
 * database"; "Fan-out across hosts by NOTIFY"; "revoked within 1 s" on every node.
 * Runs: alone
 * Licence: Apache-2.0. */
const crypto = require('node:crypto');
const { test, assert, before, after, SLOW } = require('./tiny');
const { Hosts } = require('./hosts');
const { Sse, Sio } = require('./listening');
const { KINDS } = require('./chaos');
const h = require('./harness');

let hosts, a, b, user, project;

before(async () => {
	hosts = await new Hosts().start(2, { flags: { 'video-seconds': 2, 'image-scale': 0.1, 'video-scale': 0.1, 'image-ms': 300, 'music-ms': 300, 'music-seconds': 1, 'speech-ms': 200 } });
	[a, b] = hosts.trees;
	user = await a.user();
	project = await a.project();
});
after(() => hosts && hosts.stop());

const on = (tree) => tree.api.as(user.token);

test('what one host accepts the other knows, and both work at it', async () => {
	const made = await Promise.all(Array.from({ length: 8 }, (_, i) =>
		on(i % 2 ? a : b).post(`/api/media/${KINDS[i % 4]}`, { projectId: project, prompt: `both ${i}` }, { Prefer: 'respond-async' })));
	for (const [i, r] of made.entries())
		assert.equal((await h.until(30, 'final', async () => {
			const m = (await on(i % 2 ? b : a).get(`/api/media/${r.json.id}`)).must(200);
			return /SUCCEEDED|FAILED/.test(m.status) && m;
		})).status, 'SUCCEEDED');
});

test('an Idempotency-Key is one across hosts', async () => {
	const body = { projectId: project, prompt: 'once for both' };
	const key = { 'Idempotency-Key': crypto.randomUUID() };
	const [x, y] = await Promise.all([on(a).post('/api/media/audio', body, key), on(b).post('/api/media/audio', body, key)]);
	assert.equal(x.must(201).id, y.must(201).id);
	assert.equal((await hosts.ledger()).byPrompt['once for both'], 1);
});

test('an event of one host reaches listeners of the other', async () => {
	const all = [new Sse(a.base, user.token), new Sse(b.base, user.token), new Sio(b.base, user.token)];
	try {
		await h.until(10, 'all listen', () => all.every((l) => l.connects > 0));
		await h.sleep(300);
		const m = (await on(a).post('/api/media/audio', { projectId: project, prompt: 'heard on both' })).must(201);
		await h.until(5, 'all have its end', () => all.every((l) => l.log.some((e) => e.mediaGenerationId === m.id && e.status === 'SUCCEEDED')));
		for (const l of all)
			assert.equal(l.wrong(l.log[0].eventId, l.last), null);
	} finally {
		all.forEach((l) => l.close());
	}
});

test('a session that is revoked on one host ends on the other within a second', async () => {
	const login = (await a.api.post('/api/auth/login', { email: user.email, password: user.password })).must(200);
	const l = new Sse(b.base, login.access_token), s = new Sio(b.base, login.access_token);
	try {
		await h.until(10, 'both listen', () => l.connects > 0 && s.connects > 0);
		(await a.api.as(login.access_token).post('/api/auth/logout', { refreshToken: login.refresh_token })).must(204);
		const began = Date.now();
		await h.until(5, 'both are over', () => l.ended && s.why, 5);
		assert.ok(Date.now() - began < 1000 * SLOW, `after ${Date.now() - began} ms`);
		await h.until(1, 'its token is refused', async () => (await b.api.as(login.access_token).get('/api/users/profile')).status === 401, 20);
	} finally {
		l.close();
		s.close();
	}
});

test('one host is killed at work: the other finishes everything, and nothing is begun twice', async () => {
	const l = new Sse(b.base, user.token), s = new Sio(b.base, user.token);
	await h.until(10, 'both listen', () => l.connects > 0 && s.connects > 0);
	await h.sleep(300);
	const made = await Promise.all(Array.from({ length: 24 }, async (_, i) => {
		const prompt = `survives ${i} ${crypto.randomBytes(5).toString('hex')}`;
		const r = await on(a).post(`/api/media/${KINDS[i % 4]}`, { projectId: project, prompt }, { Prefer: 'respond-async' });
		return { id: r.must(202).id, prompt };
	}));
	await h.sleep(250);
	hosts.kill(a);
	const ends = await Promise.all(made.map(({ id }) => b.final(on(b), id, 120)));
	const began = (await hosts.ledger()).byPrompt;
	for (const [i, m] of ends.entries()) {
		const n = Object.entries(began).filter(([p]) => p.includes(made[i].prompt)).reduce((sum, [, v]) => sum + v, 0);
		assert.ok(n <= 1, `Google began "${made[i].prompt}" ${n} times`);
		if (m.status === 'SUCCEEDED')
			assert.equal(n, 1);
		else	/* what the dead host had asked for and not stored is gone with it, and told */
			assert.equal(n, 1, `${m.mediaType} failed without having been begun: ${m.errorMessage}`);
	}
	assert.ok(ends.some((m) => m.status === 'SUCCEEDED'));
	await h.until(10, 'all ends are told', () => [l, s].every((x) =>
		made.every(({ id }) => x.log.some((e) => e.mediaGenerationId === id && /SUCCEEDED|FAILED/.test(e.status)))));
	for (const x of [l, s]) {
		assert.equal(x.wrong(x.log[0].eventId, x.last), null);
		x.close();
	}
}, { limit: 180 });
