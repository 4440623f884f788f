'use strict';
/* tests/flow/chaos.js - load that keeps running while something is killed, and what must hold
 * of it afterwards.
 * Licence: Apache-2.0. */
const crypto = require('node:crypto');
const { assert, SLOW } = require('./tiny');
const h = require('./harness');

const READS = (w) => ['/api/users/profile', '/api/projects', `/api/projects/${w.project}`, `/api/media/${w.media}`, '/api/media/history?limit=3'];
const KINDS = ['image', 'music', 'audio', 'video'];

/* A user, a project and a finished generation to read, before anything is broken. */
async function world(t) {
	const user = await t.user();
	const project = await t.project();
	const media = (await user.post('/api/media/audio', { projectId: project, prompt: 'there before' })).must(201).id;
	return { t, user, project, media };
}

/* Asks again when the connection itself was lost, as every browser and proxy does for what
 * may be repeated. `lost` counts how often. */
async function persistent(fn, lost) {
	for (let i = 0; ; i++) {
		try {
			return await fn();
		} catch (e) {
			if (i === 20 || !/ECONNRESET|EPIPE|socket hang up|answer cut/.test(`${e.code} ${e.message}`))
				throw e;
			lost.n++;
			await h.sleep(20);
		}
	}
}

/* Keeps `width` reads in flight until stop(), which returns what was not a 200. */
function reading(w, width) {
	const bad = [], lost = { n: 0 };
	const paths = READS(w);
	let on = true, done = 0, inFlight = 0;
	const loops = Array.from({ length: width }, async (_, k) => {
		for (let i = k; on; i++) {
			inFlight++;
			try {
				const r = await persistent(() => w.user.get(paths[i % paths.length]), lost);
				if (r.status !== 200)
					bad.push(`${paths[i % paths.length]} ${r.status} ${r.text.slice(0, 200)}`);
			} catch (e) {
				bad.push(`${paths[i % paths.length]} ${e.message}`);
			}
			inFlight--;
			done++;
		}
	});
	return {
		bad, lost,
		get done() { return done; },
		get inFlight() { return inFlight; },
		async stop() {
			on = false;
			await Promise.all(loops);
			return bad;
		},
	};
}

/* Starts `n` generations of all kinds at once, each with an idempotency key and a prompt of
 * its own; a 503 is asked again with the same key, as it says. Resolves to what became of them. */
function generating(w, n, tag) {
	const lost = { n: 0 };
	return Promise.all(Array.from({ length: n }, async (_, i) => {
		const kind = KINDS[i % KINDS.length];
		const prompt = `${tag} ${i} ${crypto.randomBytes(6).toString('hex')}`;
		const key = { 'Idempotency-Key': crypto.randomUUID() };
		for (let tries = 0; ; tries++) {
			const r = await persistent(() => w.user.post(`/api/media/${kind}`, { projectId: w.project, prompt }, key), lost);
			if (r.status === 503 || r.status === 504) {
				assert.match(r.headers['retry-after'] || '', /^\d+$/, 'a 503 says when to come again');
				if (tries < 15) {
					await h.sleep(500);
					continue;
				}
			}
			return { kind, prompt, status: r.status, id: r.json && r.json.id, text: r.text.slice(0, 300) };
		}
	}));
}

/* Of generations that were asked for: each answer is one of those allowed, each accepted one
 * comes to a final state, and Google was asked at most once for each. */
async function mustBeWhole(w, made, { allowFailed = false, seconds = 60 } = {}) {
	const codes = made.map((m) => m.status);
	for (const m of made)
		assert.ok(m.status === 201 || m.status === 202 || (allowFailed && m.status === 502), `${m.kind} was answered ${m.status}: ${m.text}`);
	const history = [];
	await h.until(seconds, 'every generation is final', async () => {
		history.length = 0;
		for (let page = 1; ; page++) {
			const p = (await w.user.get(`/api/media/history?limit=100&page=${page}`)).must(200);
			history.push(...p.data);
			if (page >= p.meta.totalPages)
				break;
		}
		const open = history.filter((m) => m.status === 'PENDING' || m.status === 'PROCESSING');
		if (open.length > 0)
			throw new Error(`${open.length} open: ${open.slice(0, 5).map((m) => `${m.mediaType} ${m.status} ${m.id}`)}`);
		return true;
	}, 250);
	const byPrompt = new Map();
	for (const m of history) {
		assert.ok(!byPrompt.has(m.prompt), `two rows of "${m.prompt}": one key, one generation`);
		byPrompt.set(m.prompt, m);
	}
	const ledger = (await w.t.ledger('?entries=0')).byPrompt;
	const failed = [];
	for (const m of made) {
		const row = byPrompt.get(m.prompt);
		assert.ok(row, `"${m.prompt}" was answered ${m.status} and is not in the history`);
		if (m.id)
			assert.equal(row.id, m.id);
		const started = Object.entries(ledger).filter(([p]) => p.includes(m.prompt)).reduce((n, [, v]) => n + v, 0);
		assert.ok(started <= 1, `Google was asked ${started} times for "${m.prompt}"`);
		if (row.status === 'SUCCEEDED')
			assert.equal(started, 1);
		else
			failed.push(`${row.mediaType}: ${row.errorMessage}`);
	}
	if (!allowFailed)
		assert.deepEqual(failed, []);
	return { codes, failed };
}

/* Kills one actor and tells how long it was away, in ms: from the kill to `up` under a new
 * pid, as studioctl sees it. With `hold` it is stopped for so many ms before, so that what
 * is asked of it is surely in flight. */
async function killActor(t, name, { hold = 0 } = {}) {
	const pid = await t.pidOf(name);
	if (hold > 0) {
		process.kill(pid, 'SIGSTOP');
		await h.sleep(hold);
	}
	const began = Date.now();
	process.kill(pid, 'SIGKILL');
	const s = await t.replaced(name, pid);
	return { away: Date.now() - began, status: s };
}

/* Every service but the victim has the pid that it had. */
async function mustBeUnmoved(t, before, victim) {
	const now = await t.pids();
	for (const [name, pid] of Object.entries(before))
		if (name !== victim)
			assert.equal(now[name], pid, `${name} died with ${victim}`);
	assert.ok(h.procStat(t.pid), 'studiod lives');
}

const BACK_MS = 1000 * SLOW;

module.exports = { world, reading, generating, mustBeWhole, mustBeUnmoved, killActor, BACK_MS, KINDS };
