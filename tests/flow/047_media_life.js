'use strict';
/* tests/flow/047_media_life.js - cancel, retry and delete.
 * Proves: contract 5 ("POST /api/media/:id/cancel · /retry", "DELETE /api/media/:id", "a cancelled one
 * is FAILED with errorMessage "Cancelled""); "Google is asked to start it at most once, unless its owner
 * asks for a retry"; a final state across a kill -9 of poller during a cancel.
 * Licence: Apache-2.0. */
const { test, assert, before } = require('./tiny');
const { mustFail } = require('./client');
const h = require('./harness');

let t, user, project;
const NONE = '00000000-0000-7000-8000-000000000000';

before(async () => {
	t = await h.start({ env: { MEDIA_SYNC_WAIT: '8s', MODEL_ALIASES: 'stored=imagen-4.0-generate-001' } });
	user = await t.user();
	project = await t.project();
});

const ask = (kind, prompt, fields = {}, headers = {}) => user.post(`/api/media/${kind}`, { projectId: project, prompt, ...fields }, headers);
/* Asked for, and not waited for. */
const begin = async (kind, prompt, fields) => (await ask(kind, prompt, fields, { Prefer: 'respond-async' })).must(202);
const get = async (id, api = user) => (await api.get(`/api/media/${id}`)).must(200);
const cancel = (id, api = user) => api.post(`/api/media/${id}/cancel`);
const retry = (id, api = user) => api.post(`/api/media/${id}/retry`);
const asked = async (prompt) => (await t.ledger(`?prompt=${encodeURIComponent(prompt)}&entries=0`)).matching;
const status = (id, wanted, seconds = 5) => h.until(seconds, `${id} is ${wanted}`, async () => {
	const m = await get(id);
	return m.status === wanted ? m : null;
});

function mustBeCancelled(m) {
	assert.equal(m.status, 'FAILED');
	assert.equal(m.errorMessage, 'Cancelled');
	assert.deepEqual(m.results, []);
	assert.ok(m.finishedAt);
}

test('an image that Google is at: cancelled at once, and what comes later changes nothing', async () => {
	const m = await begin('image', 'slow boat [emulator:slow=1500]');
	await status(m.id, 'PROCESSING');
	mustBeCancelled((await cancel(m.id)).must(200));
	await t.waitLog(3, 'of the poller that puts it down', (l) => l.message === 'job_cancelled' && l.generation === m.id);
	await h.until(5, 'Google is done with it', async () => await asked('slow boat') === 1);
	mustBeCancelled(await get(m.id));
	mustFail(await cancel(m.id), 409, 'RESOURCE_CONFLICT');
	assert.equal(t.linesWith('job_lease_lost').length, 0, 'its worker was told, it did not find out');
});

test('a video that is polled: no poll comes after the cancel', async () => {
	await t.settings({ video_seconds: 30 });
	const m = (await ask('video', 'endless film')).must(202);
	await t.waitLog(5, 'of the first poll to come', (l) => l.message === 'job_running' && l.generation === m.id);
	mustBeCancelled((await cancel(m.id)).must(200));
	await t.settings({ video_seconds: 2 });
	const polls = () => t.lines().filter((l) => l.message === 'job_running' && l.generation === m.id).length;
	const before = polls();
	await h.sleep(1500);	/* POLL_INTERVAL is a second */
	assert.equal(polls(), before);
	mustBeCancelled(await get(m.id));
});

test('who waits for it is told: 409 where it was cancelled, 404 where it was deleted', async () => {
	const waiting = ask('image', 'waited for [emulator:slow=4000]');
	const m = await h.until(5, 'it is there', async () => (await user.get('/api/media/history?search=waited%20for')).must(200).data[0]);
	(await cancel(m.id)).must(200);
	const e = mustFail(await waiting, 409, 'RESOURCE_CONFLICT');
	assert.equal(e.message, 'Cancelled');
	const deleted = ask('image', 'deleted while one waits [emulator:slow=4000]');
	const d = await h.until(3, 'it is there', async () => (await user.get('/api/media/history?search=while%20one%20waits')).must(200).data[0]);
	(await user.send('DELETE', `/api/media/${d.id}`)).must(204);
	mustFail(await deleted, 404, 'NOT_FOUND');
});

test('retry of a cancelled one, while Google is still at the first', async () => {
	const m = await begin('image', 'again [emulator:slow=2000]');
	await status(m.id, 'PROCESSING');
	(await cancel(m.id)).must(200);
	const r = (await retry(m.id)).must(200);
	assert.equal(r.status, 'PENDING');
	assert.equal(r.errorMessage, null);
	assert.equal(r.finishedAt, null);
	mustFail(await retry(m.id), 409, 'RESOURCE_CONFLICT');
	const end = await t.final(user, m.id);
	assert.equal(end.status, 'SUCCEEDED', end.errorMessage);
	assert.match(end.results[0].metadata.originalGcsUri, new RegExp(`/${m.id}/2/`), 'it lies under the second attempt');
	assert.equal(end.results.length, 1);
	assert.equal(await asked('again'), 2);
	mustFail(await retry(m.id), 409, 'RESOURCE_CONFLICT');
	mustFail(await cancel(m.id), 409, 'RESOURCE_CONFLICT');
});

test('retry of one that failed; Google is asked once for each time that was asked for', async () => {
	await t.fault({ path: 'gemini', prompt: 'fails first' }, { status: 400, message: 'no' });
	const e = mustFail(await ask('image', 'fails first'), 502, 'IMAGEN_API_ERROR');
	assert.ok(e.message);
	const m = (await user.get('/api/media/history?search=fails%20first')).must(200).data[0];
	assert.equal(m.status, 'FAILED');
	assert.equal(await asked('fails first'), 0);
	(await retry(m.id)).must(200);
	const end = await t.final(user, m.id);
	assert.equal(end.status, 'SUCCEEDED');
	assert.equal(end.prompt, 'fails first');
	assert.equal(await asked('fails first'), 1);
});

test('a retry whose answer is lost does not find what the cancelled attempt left', async () => {
	/* a model whose results Google stores: those of others cannot be found later */
	const m = await begin('image', 'left behind [emulator:slow=700]', { model: 'stored' });
	await status(m.id, 'PROCESSING');
	(await cancel(m.id)).must(200);
	await h.until(5, 'the first is made', async () => await asked('left behind') === 1);
	await t.fault({ path: 'imagen', prompt: 'left behind' }, { cut: true });
	(await retry(m.id)).must(200);
	const end = await t.final(user, m.id);
	assert.equal(end.status, 'SUCCEEDED', end.errorMessage);
	assert.match(end.results[0].metadata.originalGcsUri, new RegExp(`/${m.id}/2/`));
	assert.equal(await asked('left behind'), 2);
});

test('delete: one that is over, one that is under way', async () => {
	const done = (await ask('image', 'to be deleted')).must(201);
	const r = await user.send('DELETE', `/api/media/${done.id}`);
	r.must(204);
	assert.equal(r.body.length, 0);
	mustFail(await user.get(`/api/media/${done.id}`), 404, 'NOT_FOUND');
	mustFail(await user.send('DELETE', `/api/media/${done.id}`), 404, 'NOT_FOUND');
	assert.equal((await user.get('/api/media/history?search=to%20be%20deleted')).must(200).meta.totalItems, 0);
	const running = await begin('image', 'deleted early [emulator:slow=1500]');
	await status(running.id, 'PROCESSING');
	(await user.send('DELETE', `/api/media/${running.id}`)).must(204);
	await t.waitLog(3, 'of the poller that puts it down', (l) => l.message === 'job_cancelled' && l.generation === running.id);
	mustFail(await user.get(`/api/media/${running.id}`), 404, 'NOT_FOUND');
});

test('purge: what it stored goes too', async () => {
	const there = async (uri) => {
		const [, bucket, name] = uri.match(/^gs:\/\/([^/]+)\/(.*)$/);
		return (await t.emulator.get(`/storage/v1/b/${bucket}/o/${encodeURIComponent(name)}`)).status;
	};
	const made = [(await ask('image', 'kept')).must(201), (await ask('image', 'purged', { sampleCount: 2 })).must(201)];
	const [kept, purged] = made.map((m) => m.results.map((r) => r.metadata.originalGcsUri));
	mustFail(await user.send('DELETE', `/api/media/${made[1].id}?purge=yes`), 400, 'VALIDATION_ERROR', { field: 'purge' });
	(await user.send('DELETE', `/api/media/${made[0].id}?purge=false`)).must(204);
	(await user.send('DELETE', `/api/media/${made[1].id}?purge=true`)).must(204);
	for (const uri of purged)
		await h.until(5, `${uri} is gone`, async () => await there(uri) === 404);
	assert.equal(await there(kept[0]), 200);
});

test('only the owner and an admin; only where there is something', async () => {
	const other = await t.user(), admin = await t.admin();
	const m = await begin('image', 'mine [emulator:slow=2000]');
	for (const call of [cancel, retry, (id, api) => api.send('DELETE', `/api/media/${id}`)]) {
		mustFail(await call(m.id, other), 404, 'NOT_FOUND');
		mustFail(await call(NONE, user), 404, 'NOT_FOUND');
		mustFail(await call('x', user), 404, 'NOT_FOUND');
		mustFail(await call(m.id, t.api), 401, 'UNAUTHORIZED');
	}
	mustBeCancelled((await cancel(m.id, admin)).must(200));
	assert.equal((await retry(m.id, admin)).must(200).userId, user.me.userId);
	(await admin.send('DELETE', `/api/media/${m.id}`)).must(204);
});

test('their bodies: none, or an object without fields', async () => {
	const m = await begin('image', 'bodies [emulator:slow=2000]');
	mustFail(await user.post(`/api/media/${m.id}/cancel`, { why: 'x' }), 400, 'VALIDATION_ERROR', { field: 'why' });
	mustFail(await user.post(`/api/media/${m.id}/cancel`, '[]'), 400, 'BAD_JSON');
	mustFail(await user.post(`/api/media/${m.id}/cancel?x=1`), 400, 'VALIDATION_ERROR', { field: 'x' });
	(await user.post(`/api/media/${m.id}/cancel`, {})).must(200);
});

test('cancels that race completions: each is one or the other, and stays so', async () => {
	const made = await Promise.all(Array.from({ length: 16 }, (_, i) => begin('image', `race ${i} [emulator:slow=${i * 20}]`)));
	const answers = await Promise.all(made.map(async (m, i) => {
		await h.sleep(Math.random() * (60 + i * 25));
		return { id: m.id, prompt: m.prompt, status: (await cancel(m.id)).status };
	}));
	for (const a of answers) {
		const end = await t.final(user, a.id);
		if (a.status === 200) {
			mustBeCancelled(end);
		} else {
			assert.equal(a.status, 409);
			assert.equal(end.status, 'SUCCEEDED');
		}
	}
	await h.sleep(500);	/* whatever was late is in by now */
	for (const a of answers)
		assert.equal((await get(a.id)).status, a.status === 200 ? 'FAILED' : 'SUCCEEDED');
	assert.equal(t.linesWith('job_write_refused').length, 0);
});

test('kill -9 of poller during cancels: each ends once, and a retry runs', async () => {
	const made = await Promise.all([0, 1, 2, 3].map((i) => begin('image', `killed ${i} [emulator:slow=1200]`)));
	await Promise.all(made.map((m) => status(m.id, 'PROCESSING')));
	const cancels = made.map((m) => cancel(m.id));
	process.kill(await t.pidOf('poller'), 'SIGKILL');
	for (const c of cancels)
		mustBeCancelled((await c).must(200));
	await t.allUp();
	await h.sleep(1500);	/* by now Google is done with all of them */
	for (const m of made)
		mustBeCancelled(await get(m.id));
	(await retry(made[0].id)).must(200);
	const end = await t.final(user, made[0].id);
	assert.equal(end.status, 'SUCCEEDED', end.errorMessage);
	assert.equal(await asked('killed 0'), 2);
	for (const i of [1, 2, 3])
		assert.equal(await asked(`killed ${i}`), 1);
}, { limit: 40 });
