'use strict';
/* tests/flow/087_queue.js - the queue of two hosts on one database: who is next, what is held back, and who
 * is waited for.
 * Proves: "Fair claiming between users, per-user and per-model concurrency limits, pause and drain. Any number of
 * hosts on one database"; and that a job whose poller died is not given up while another host's vertex is at it.
 * Runs: alone
 * Licence: Apache-2.0. */
const { test, assert, before, after } = require('./tiny');
const { mustFail } = require('./client');
const { Hosts } = require('./hosts');
const h = require('./harness');

const LIMIT = 3, MODEL = 'gemini-2.5-flash-image';
let hosts, one, two, admin, greedy, modest, project;

const ask = async (who, kind, body) => (await who.post(`/api/media/${kind}`, { projectId: project, ...body }, { Prefer: 'respond-async' })).must(202).id;
const image = (who, prompt) => ask(who, 'image', { prompt, model: MODEL });
const speech = (who, prompt) => ask(who, 'audio', { prompt });
const many = (n, fn) => Promise.all(Array.from({ length: n }, (_, i) => fn(i)));
const change = async (body) => (await admin.send('PATCH', '/api/admin/queue', body)).must(200);
const queue = async () => (await admin.get('/api/admin/queue')).must(200);
const ctl = async (t, ...words) => {
	const r = await t.ctlLater('queue', ...words, '--json');
	assert.equal(r.code, 0, r.stderr);
	return JSON.parse(r.stdout);
};
const kind = (q, name) => q.kinds.find((k) => k.kind === name);
const status = async (who, id) => (await who.get(`/api/media/${id}`)).must(200).status;
const final = (who, id) => one.final(who, id);

before(async () => {
	hosts = await new Hosts().start(2, { flags: { 'image-scale': 0.1, 'image-ms': 500, 'speech-ms': 100 }, env: { USER_CONCURRENCY: String(LIMIT) } });
	[one, two] = hosts.trees;
	admin = await one.admin();
	[greedy, modest] = [await one.user(), await one.user()];
	project = await one.project();
});
after(() => hosts && hosts.stop());

test('paused on one host, no host begins anything; resumed, all go on', async () => {
	assert.equal((await ctl(one, 'pause')).paused, true);
	const ids = await many(6, (i) => image(i % 2 ? greedy : modest, `held ${i}`));
	await h.sleep(1200);
	for (const [i, id] of ids.entries())
		assert.equal(await status(i % 2 ? greedy : modest, id), 'PENDING');
	const q = await queue();
	assert.deepEqual([q.paused, q.waiting, q.inFlight, q.usersWaiting, kind(q, 'IMAGE').waiting], [true, 6, 0, 2, 6]);
	assert.deepEqual(q, { ...await ctl(two), timestamp: q.timestamp });
	assert.match((await two.ctlLater('queue')).stdout, /^all +6 +0 +paused/m);
	const began = Date.now();
	assert.equal((await change({ paused: false })).paused, false);
	await h.until(3, 'one is begun', async () => (await queue()).inFlight > 0, 20);
	assert.ok(Date.now() - began < 1000 * (Number(process.env.TEST_SLOW) || 1), `resumed after ${Date.now() - began} ms`);
	for (const [i, id] of ids.entries())
		assert.equal((await final(i % 2 ? greedy : modest, id)).status, 'SUCCEEDED');
	const audit = (await admin.get('/api/admin/audit?event=queue_changed')).must(200).data;
	assert.deepEqual(audit.map((e) => [e.address === 'studioctl', e.detail.pausedWas, e.detail.paused]), [[false, true, false], [true, false, true]]);
});

test('a kind is held back, others are not; a drain waits for what runs', async () => {
	const slow = await image(greedy, 'runs when it is held back');
	await h.until(5, 'it is begun', async () => await status(greedy, slow) === 'PROCESSING', 20);
	const drained = await ctl(two, 'drain', 'image');
	assert.equal(await status(greedy, slow), 'SUCCEEDED');
	assert.deepEqual([kind(drained, 'IMAGE').paused, kind(drained, 'IMAGE').inFlight, drained.paused], [true, 0, false]);
	const held = await image(greedy, 'held by kind');
	assert.equal((await final(modest, await speech(modest, 'not held'))).status, 'SUCCEEDED');
	assert.equal(await status(greedy, held), 'PENDING');
	assert.equal(kind(await change({ kind: 'IMAGE', paused: false }), 'IMAGE').paused, false);
	assert.equal((await final(greedy, held)).status, 'SUCCEEDED');
});

test('of a greedy user no more is under way than allowed, and who asks for little does not wait', async () => {
	const ids = await many(9, (i) => image(greedy, `greedy ${i}`));
	let most = 0, on = true;
	const watch = (async () => {
		for (; on; await h.sleep(20))
			most = Math.max(most, Number((await queue()).inFlight));
	})();
	const theirs = await image(modest, 'modest');
	assert.equal((await final(modest, theirs)).status, 'SUCCEEDED');
	const left = (await many(9, (i) => status(greedy, ids[i]))).filter((s) => s !== 'SUCCEEDED').length;
	for (const id of ids)
		assert.equal((await final(greedy, id)).status, 'SUCCEEDED');
	on = false;
	await watch;
	assert.ok(left >= 3, `only ${left} of the greedy user's were not done before the other's`);
	assert.ok(most <= LIMIT + 1, `${most} at once`);
});

test('a model has a limit over both hosts', async () => {
	const q = await ctl(one, 'limit', MODEL, '1');
	assert.equal(q.models.find((m) => m.model === MODEL).concurrency, 1);
	const ids = await many(4, (i) => image(i % 2 ? greedy : modest, `one by one ${i}`));
	let most = 0;
	await h.until(15, 'all are done', async () => {
		most = Math.max(most, (await queue()).inFlight);
		return (await many(4, (i) => status(i % 2 ? greedy : modest, ids[i]))).every((s) => s === 'SUCCEEDED');
	}, 10);
	assert.equal(most, 1);
	assert.equal((await change({ model: MODEL, concurrency: null })).models.find((m) => m.model === MODEL), undefined);
});

test('a job whose poller died is waited for while its host\'s vertex is at it', async () => {
	await hosts.google.fault({ delay_ms: 4000 }, { prompt: 'slow elsewhere' });
	const id = await image(modest, 'slow elsewhere');
	await h.until(5, 'it is begun', async () => await status(modest, id) === 'PROCESSING', 20);
	const at = one.linesWith('job_begun').some((l) => l.text.includes(id)) ? one : two;
	process.kill(await at.pidOf('poller'), 'SIGKILL');
	await h.until(3, 'nobody knows', () => hosts.pg.query(`select state from studio.jobs where generation_id = '${id}'`) === 'unclear', 20);
	/* it was looked for often already, and is again and again, by either host: it was given up then */
	const m = await h.until(20, 'it is over', async () => {
		hosts.pg.query(`update studio.jobs set polls = 9, run_at = now() where generation_id = '${id}' and state = 'unclear' and worker is null`);
		const g = (await modest.get(`/api/media/${id}`)).must(200);
		return /SUCCEEDED|FAILED/.test(g.status) && g;
	}, 300);
	assert.equal(m.status, 'SUCCEEDED', m.errorMessage);
	assert.equal((await hosts.ledger()).byPrompt['slow elsewhere'], 1);
}, { limit: 60 });

test('what makes no sense is refused', async () => {
	for (const words of [['frobnicate'], ['pause', 'all', 'x'], ['limit', MODEL], ['limit', MODEL, 'many'], ['limit', 'video', '3'], ['pause', 'No Such']])
		assert.notEqual((await one.ctlLater('queue', ...words)).code, 0, words.join(' '));
	for (const [body, field] of [[{ kind: 'image' }, 'kind'], [{ paused: 1 }, 'paused'], [{ model: MODEL, concurrency: -1 }, 'concurrency'], [{ x: 1 }, 'x']])
		mustFail(await admin.send('PATCH', '/api/admin/queue', body), 400, 'VALIDATION_ERROR', { field });
	for (const body of [{ kind: 'IMAGE', model: MODEL, paused: true }, { concurrency: 3 }, { kind: 'IMAGE', concurrency: 3 }])
		mustFail(await admin.send('PATCH', '/api/admin/queue', body), 400, 'VALIDATION_ERROR');
	mustFail(await greedy.get('/api/admin/queue'), 403, 'FORBIDDEN');
	mustFail(await greedy.send('PATCH', '/api/admin/queue', { paused: true }), 403, 'FORBIDDEN');
	assert.equal((await queue()).paused, false);
});
