'use strict';
/* tests/flow/052_stuck.js - an actor that lives but does nothing.
 * Proves: "kill -STOP of an actor: noticed by heartbeat, dumped and replaced".
 * Runs: alone
 * Licence: Apache-2.0. */
const { test, assert, before } = require('./tiny');
const { world, mustBeUnmoved } = require('./chaos');
const h = require('./harness');

let t, w;

before(async () => {
	t = await h.start({ env: { HEARTBEAT_INTERVAL: '300ms', HEARTBEAT_MISSES: '3', RESTART_INTENSITY: '20' } });
	w = await world(t);
});

for (const name of h.ACTORS)
	test(`kill -STOP ${name}`, async () => {
		const before = await t.pids();
		const began = Date.now();
		process.kill(before[name], 'SIGSTOP');
		const read = w.user.get('/api/users/profile').catch((e) => e);
		const s = await t.replaced(name, before[name], 10);
		assert.ok(Date.now() - began >= 600, 'not before heartbeats were missed');
		assert.match(s.lastDeath.cause, /stuck|heartbeat/);
		assert.ok(!h.isAlive({ pid: before[name] }), 'the old process is gone');
		assert.ok(t.lines().some((l) => l.message === 'stuck' && l.pid === String(before[name])), 'a line about it');
		assert.ok(t.lines().some((l) => l.message === 'dump' && l.actor === name), 'what it was doing');
		const r = await read;
		if (name !== 'front')
			r.must(200, `a read while ${name} was stuck:`);
		await mustBeUnmoved(t, before, name);
		const m = (await w.user.post('/api/media/audio', { projectId: w.project, prompt: `after stuck ${name}` })).must(201);
		assert.equal(m.status, 'SUCCEEDED');
	}, { limit: 40 });
