'use strict';
/* tests/flow/094_chaos.js - a crowd listens, hundreds of generations of all kinds are made, and every
 * process of the tree and PostgreSQL are killed again and again at random meanwhile.
 * Proves: "every accepted generation is final, each was started at Google at most once, every client's
 * sequence is gap-free, in order and without duplicates, and the ledger of costs adds up"; design,
 * What always holds, 1, 2, 3 and 6.
 *     CHAOS_SECONDS      how long things are killed (`make chaos`: 240)
 *     CHAOS_GENERATIONS  how many are made (`make chaos`: 500)
 *     CHAOS_LISTENERS    how many listen (`make chaos`: 200)
 *     CHAOS_SEED         repeats what is killed when, as far as the rest allows
 * Runs: first
 * Licence: Apache-2.0. */
const crypto = require('node:crypto');
const { test, assert, before, after, SLOW } = require('./tiny');
const { Hosts } = require('./hosts');
const { crowd } = require('./listening');
const { KINDS } = require('./chaos');
const h = require('./harness');

const SECONDS = Number(process.env.CHAOS_SECONDS || 25);
const GENERATIONS = Number(process.env.CHAOS_GENERATIONS || Math.round(200 / SLOW));
const LISTENERS = Number(process.env.CHAOS_LISTENERS || Math.round(100 / SLOW));
const SEED = Number(process.env.CHAOS_SEED || Date.now() % 1e6);
const USERS = Math.min(20, LISTENERS);

let hosts, t, users, project, seed = SEED;
const killed = {};

/* 0 ≤ n < most, from the seed. */
function dice(most) {
	seed = (seed * 1103515245 + 12345) % 2147483648;
	return Math.floor(seed / 2147483648 * most);
}

before(async () => {
	hosts = await new Hosts().start(1, {
		flags: { 'video-seconds': 2, 'image-scale': 0.1, 'video-scale': 0.1, 'image-ms': 200, 'music-ms': 200, 'music-seconds': 1, 'speech-ms': 100 },
		env: { RESTART_INTENSITY: '32', RESTART_PERIOD: '5s', RESTART_PATIENCE: '100', JOB_CONCURRENCY: '32', LOG_LEVEL: 'info' },
	});
	[t] = hosts.trees;
	project = await t.project();
	users = [];
	for (let i = 0; i < USERS; i++)
		users.push(await t.user());
});
after(() => hosts && hosts.stop());

/* Kills one after the other until `end`. */
async function killing(end) {
	const victims = [...h.ACTORS, 'postgres'];
	while (Date.now() < end) {
		const name = victims[dice(victims.length)];
		await h.sleep((300 + dice(1500)) * SLOW);
		killed[name] = (killed[name] || 0) + 1;
		if (name === 'postgres') {
			await hosts.pg.stop('SIGQUIT');
			await h.sleep(dice(800));
			await hosts.pg.start();
			continue;
		}
		try {
			process.kill((await t.status())[name].pid, 'SIGKILL');
		} catch { /* it is just being replaced */ }
	}
}

/* One generation, asked for until it is accepted: with its key, whatever is lost on the way. */
async function make(i, end) {
	const user = users[i % users.length], kind = KINDS[i % KINDS.length];
	const prompt = `chaos ${i} ${crypto.randomBytes(6).toString('hex')}`;
	const headers = { 'Idempotency-Key': crypto.randomUUID(), Prefer: 'respond-async' };
	await h.sleep(Math.max(0, end - Date.now()) * Math.random() * 0.9);
	for (let tries = 0; tries < 200; tries++) {
		try {
			const r = await user.post(`/api/media/${kind}`, { projectId: project, prompt }, headers, { timeout: 30000 });
			if (r.status < 300)
				return { user, kind, prompt, id: r.json.id };
			if (r.status !== 503 && r.status !== 504)
				throw new Error(`${kind}: ${r.status} ${r.text}`);
		} catch (e) {
			if (!/ECONN|EPIPE|hang up|answer cut|ETIMEDOUT/.test(`${e.code} ${e.message}`))
				throw e;
		}
		await h.sleep(150);
	}
	throw new Error(`${kind} was never accepted`);
}

const all = (sql) => hosts.pg.query(sql).split('\n').filter(Boolean);

test(`${GENERATIONS} generations, ${LISTENERS} listeners, ${SECONDS} s of kill -9 (CHAOS_SEED=${SEED})`, async () => {
	const listeners = await crowd([t.base], users.map((u) => u.token), LISTENERS, { after: 0 });
	const end = Date.now() + SECONDS * 1000;
	const cutting = setInterval(() => listeners[Math.floor(Math.random() * listeners.length)].cut(), 1000 * SLOW);
	const [made] = await Promise.all([Promise.all(Array.from({ length: GENERATIONS }, (_, i) => make(i, end))), killing(end)]);
	clearInterval(cutting);
	await t.allUp(60);

	await h.until(180, 'every generation is final', () => {
		const open = all("select id || ' ' || media_type || ' ' || status from studio.media_generations where status in ('PENDING', 'PROCESSING')");
		if (open.length > 0)
			throw new Error(`${open.length} open: ${open.slice(0, 5)}`);
		return true;
	}, 500);

	const states = Object.fromEntries(all('select status, count(*) from studio.media_generations group by 1').map((l) => l.split('|')));
	assert.equal(Number(all('select count(*) from studio.media_generations')[0]), made.length, 'one row for each that was accepted');
	const rows = new Map(all("select id, status from studio.media_generations").map((l) => l.split('|')));
	const began = Object.entries((await hosts.ledger()).byPrompt);
	let starts = 0;
	for (const m of made) {
		const n = began.filter(([p]) => p.includes(m.prompt)).reduce((sum, [, v]) => sum + v, 0);
		starts += n;
		assert.ok(n <= 1, `Google began "${m.prompt}" ${n} times`);
		if (rows.get(m.id) === 'SUCCEEDED')
			assert.equal(n, 1, `"${m.prompt}" succeeded and was never begun`);
		assert.ok(rows.has(m.id), `"${m.prompt}" was accepted and is gone`);
	}

	const newest = new Map(all('select user_id, seq from studio.event_counters').map((l) => l.split('|')));
	const lasts = new Map(users.map((u) => [u.token, Number(newest.get(u.me.userId) || 0)]));
	await h.until(60, 'every listener has every event', () => {
		const late = listeners.filter((l) => l.last < lasts.get(l.token));
		if (late.length > 0)
			throw new Error(`${late.length} have not: ${late.slice(0, 3).map((l) => `${l.kind} at ${l.last} of ${lasts.get(l.token)} ${l.why || l.status || ''}`)}`);
		return true;
	}, 250);
	await h.sleep(500);
	assert.deepEqual(listeners.map((l) => l.wrong(1, lasts.get(l.token))).filter(Boolean), []);
	for (const [id, n] of all("select generation_id, count(*) from studio.events where status in ('SUCCEEDED', 'FAILED') group by 1").map((l) => l.split('|')))
		assert.equal(Number(n), 1, `${id} came to an end ${n} times`);
	assert.deepEqual(all('select * from studio.ledger_check()'), [], 'the ledger of costs adds up');

	const connects = listeners.reduce((n, l) => n + l.connects, 0), events = listeners.reduce((n, l) => n + l.log.length, 0);
	console.log(`         killed ${Object.entries(killed).map(([k, v]) => `${k} ${v}`).join(', ')}`);
	console.log(`         ${made.length} generations: ${Object.entries(states).map(([k, v]) => `${v} ${k}`).join(', ')}; Google began ${starts}`);
	console.log(`         ${events} events to ${listeners.length} listeners over ${connects} connections: no gap, no duplicate, none out of order`);
	listeners.forEach((l) => l.close());
}, { limit: SECONDS + 420 });
