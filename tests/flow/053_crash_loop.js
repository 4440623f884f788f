'use strict';
/* tests/flow/053_crash_loop.js - an actor that dies at once, over and over.
 * Proves: "An actor that dies at once, over and over, is slowed down and then escalated, and
 * `studioctl status` tells the cause"; restarts "by OTP rules (one_for_one, intensity and
 * period, back-off, escalation)".
 * Runs: alone
 * Licence: Apache-2.0. */
const fs = require('node:fs');
const path = require('node:path');
const { test, assert, before } = require('./tiny');
const h = require('./harness');

let t, dir;

/* A directory of programs in which the notifier can be exchanged for one that ends at once. */
before(async () => {
	dir = h.makeDir();
	for (const name of [...h.ACTORS, 'google-emulator'])
		fs.copyFileSync(path.join(h.BUILD, name), path.join(dir, name));
	t = await h.start({ env: { ACTORS_DIR: dir, RESTART_INTENSITY: '3', RESTART_PERIOD: '5s', RESTART_PATIENCE: '4' } });
});

function exchange(from) {
	fs.copyFileSync(from, path.join(dir, 'new'));
	fs.chmodSync(path.join(dir, 'new'), 0o755);
	fs.renameSync(path.join(dir, 'new'), path.join(dir, 'notifier'));
}

const starts = () => t.lines().filter((l) => /notifier/.test(l.text) && /start|spawn/.test(l.message)).map((l) => Date.parse(l.time));

test('is slowed down, with its cause in status, and nothing else suffers', async () => {
	const before = await t.pids();
	exchange('/bin/false');
	process.kill(before.notifier, 'SIGKILL');
	const s = await h.until(15, 'notifier is slowed down', async () => {
		const x = (await t.status()).notifier;
		return x.state === 'backoff' ? x : null;
	}, 20);
	assert.match(s.lastDeath.cause, /^exit 1\b/);
	assert.match(t.ctl('status').stdout, /notifier.*exit 1\b/);
	const now = await t.pids();
	for (const name of h.ACTORS.filter((n) => n !== 'notifier'))
		assert.equal(now[name], before[name], name);
	(await (await t.admin()).get('/api/users/profile')).must(200);
	assert.equal((await t.api.get('/readyz')).status, 503);
	(await t.api.get('/healthz')).must(200);
}, { limit: 40 });

test('the waits between starts grow', async () => {
	const had = (await t.status()).notifier.restarts;
	const times = [];
	let last = had;
	await h.until(20, 'three more starts', async () => {
		const n = (await t.status()).notifier.restarts;
		if (n !== last) {
			times.push(Date.now());
			last = n;
		}
		return times.length >= 3;
	}, 10);
	assert.ok(times[2] - times[1] > (times[1] - times[0]) * 1.2, `starts at ${times.map((x) => x - times[0])} ms, log ${starts().length}`);
}, { limit: 40 });

test('comes back by itself once its program is good again', async () => {
	exchange(path.join(h.BUILD, 'notifier'));
	await t.allUp(20);
	await h.until(5, 'ready', async () => (await t.api.get('/readyz')).status === 200);
	const u = await t.user();
	assert.equal((await u.post('/api/media/audio', { projectId: await t.project(), prompt: 'healed' })).must(201).status, 'SUCCEEDED');
}, { limit: 40 });

test('is escalated in the end, and the cause is told', async () => {
	exchange('/bin/false');
	process.kill(await t.pidOf('notifier'), 'SIGKILL');
	/* Escalation: the whole tree is started anew; when that does not help it is given up.
	 * While studiod lives, status tells; when it ends, its last words do. */
	const end = await h.until(60, 'escalation', async () => {
		if (t.exit)
			return 'given up';
		return t.lines().some((l) => /escalat/.test(l.text)) ? 'escalated' : null;
	});
	if (end === 'escalated' && !t.exit) {
		const r = await t.ctlLater('status');
		if (r.code === 0)
			assert.match(r.stdout, /notifier.*exit 1\b/);
	}
	await h.until(60, 'it is given up or failed', async () => {
		if (t.exit)
			return true;
		const r = await t.ctlLater('status', '--json');
		return r.code === 0 && /"failed"/.test(r.stdout);
	}, 200);
	if (t.exit) {
		assert.notEqual(t.exit.code, 0);
		assert.match(t.everything, /notifier.*exit 1\b|exit 1\b.*notifier/);
	} else {
		assert.match(t.ctl('status').stdout, /notifier.*exit 1\b/);
	}
}, { limit: 130 });
