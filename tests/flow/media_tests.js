'use strict';
/* tests/flow/media_tests.js - what is asked of each of the four media alike; 030 to 033 call
 * it, one file each so that they run beside each other.
 * Licence: Apache-2.0. */
const crypto = require('node:crypto');
const { test, assert, before, SLOW } = require('./tiny');
const { mustFail, request1 } = require('./client');
const { judge } = require('./media');
const h = require('./harness');

const MEDIA_KEYS = ['id', 'userId', 'projectId', 'mediaType', 'prompt', 'parameters', 'status', 'errorMessage', 'operationId', 'progress',
	'results', 'createdAt', 'updatedAt', 'startedAt', 'finishedAt'];
const RESULT_KEYS = ['id', 'mediaType', 'resultUrl', 'metadata', 'createdAt'];
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

function mustBeMedia(m, type, status) {
	assert.deepEqual(Object.keys(m), MEDIA_KEYS);
	assert.match(m.id, UUID);
	assert.equal(m.mediaType, type);
	assert.equal(m.status, status, m.errorMessage || '');
	assert.match(m.createdAt, TIME);
	assert.ok(Array.isArray(m.results));
	if (status === 'SUCCEEDED') {
		assert.equal(m.errorMessage, null);
		assert.match(m.startedAt, TIME);
		assert.match(m.finishedAt, TIME);
		assert.ok(m.results.length > 0);
		m.results.forEach((r, i) => {
			assert.deepEqual(Object.keys(r), RESULT_KEYS);
			assert.equal(r.mediaType, type);
			assert.equal(r.metadata.index, i);
			assert.match(r.metadata.originalGcsUri, /^gs:\/\//);
			assert.match(r.resultUrl, /^https?:\/\/.*X-Goog-Signature=[0-9a-f]+/);
		});
	}
}

/* Fetches each result as a browser would and judges its bytes. */
async function mustOpen(m) {
	const found = [];
	for (const r of m.results) {
		const got = await request1(r.resultUrl);
		assert.equal(got.status, 200, got.text.slice(0, 300));
		assert.equal(got.headers['content-type'], r.metadata.mimeType);
		found.push({ ...judge(r.metadata.mimeType, got.body), sha: crypto.createHash('sha256').update(got.body).digest('hex'), bytes: got.body.length });
		const { seconds, format } = found[found.length - 1];
		if (seconds !== undefined)
			assert.ok(Math.abs(seconds - r.metadata.seconds) < 0.01, `${format} of ${seconds} s, not ${r.metadata.seconds}`);
		const part = await request1(r.resultUrl, { headers: { Range: 'bytes=4-11' } });
		assert.equal(part.status, 206);
		assert.deepEqual(part.body, got.body.subarray(4, 12));
		const forged = await request1(r.resultUrl.replace(/(X-Goog-Signature=)(..)/, (_, a, b) => a + (b === '00' ? '11' : '00')));
		assert.equal(forged.status, 403, 'a URL with another signature');
	}
	return found;
}

/* kind: image, music, audio or video. `more` gets { t, user, project } once they are there. */
function media(kind, { service, error }, more) {
	const type = kind.toUpperCase();
	const path = `/api/media/${kind}`;
	const isVideo = kind === 'video';
	const now = isVideo ? 202 : 201;
	const c = {};
	const ask = (prompt, fields = {}, headers = {}, api = c.user) => api.post(path, { projectId: c.project, prompt, ...fields }, headers);

	/* Asks, and waits for the end where the answer came before it. */
	c.make = async (prompt, fields, api = c.user) => {
		const m = (await ask(prompt, fields, {}, api)).must(now);
		return isVideo ? c.t.final(api, m.id) : m;
	};
	c.ask = ask;

	before(async () => {
		c.t = await h.start({ env: { MEDIA_SYNC_WAIT: '4s' } });
		c.user = await c.t.user();
		c.project = await c.t.project();
	});

	for (const version of ['HTTP/1.1', 'HTTPS with HTTP/2', 'HTTPS with HTTP/1.1'])
		test(`${kind} through ${version}`, async () => {
			const { Api } = require('./client');
			const base = version === 'HTTP/1.1' ? c.t.api : version.endsWith('2') ? c.t.api2() : new Api(c.t.secure);
			const api = base.as(c.user.me.access_token);
			const r = await ask(`a red boat by ${version}`, {}, {}, api);
			assert.equal(r.http, version.endsWith('2') ? '2.0' : '1.1');
			const first = r.must(now);
			if (isVideo)
				mustBeMedia(first, type, 'PENDING');
			const m = isVideo ? await c.t.final(api, first.id) : first;
			mustBeMedia(m, type, 'SUCCEEDED');
			assert.equal(m.userId, c.user.me.userId);
			assert.equal(m.projectId, c.project);
			assert.equal(m.prompt, `a red boat by ${version}`);
			await mustOpen(m);
			const again = (await api.get(`/api/media/${m.id}`)).must(200);
			mustBeMedia(again, type, 'SUCCEEDED');
			assert.deepEqual({ ...again, results: 0 }, { ...m, results: 0 });
			const l = await c.t.ledger(`?prompt=${encodeURIComponent(m.prompt)}`);
			assert.equal(l.matching, 1, 'Google was asked once');
			assert.equal(l.entries[0].service, service);
		}, { limit: 60 });

	test('the results of different prompts differ', async () => {
		const [a, b] = await Promise.all(['a green hill', 'a blue lake'].map((p) => c.make(p)));
		const [x, y] = [await mustOpen(a), await mustOpen(b)];
		assert.notEqual(x[0].sha, y[0].sha);
	}, { limit: 60 });

	test('another user sees nothing of it, an admin does', async () => {
		const m = await c.make('mine alone');
		const other = await c.t.user();
		mustFail(await other.get(`/api/media/${m.id}`), 404, 'NOT_FOUND', { path: `/api/media/${m.id}` });
		assert.equal((await other.get('/api/media/history')).must(200).meta.totalItems, 0);
		assert.equal((await (await c.t.admin()).get(`/api/media/${m.id}`)).must(200).id, m.id);
		mustFail(await c.t.api.get(`/api/media/${m.id}`), 401, 'UNAUTHORIZED');
		mustFail(await c.t.api.post(path, { projectId: c.project, prompt: 'x' }), 401, 'UNAUTHORIZED');
	});

	test('an idempotency key gives the first answer again', async () => {
		const key = { 'Idempotency-Key': crypto.randomUUID() };
		const prompt = `once ${key['Idempotency-Key']}`;
		const one = await ask(prompt, {}, key);
		const two = await ask(prompt, {}, key);
		assert.equal(two.must(now).id, one.must(now).id);
		assert.equal(two.headers['idempotent-replayed'], 'true');
		assert.equal(one.headers['idempotent-replayed'], undefined);
		mustFail(await ask(`${prompt}!`, {}, key), 422, 'IDEMPOTENCY_KEY_REUSED');
		const other = await c.t.user();
		assert.notEqual((await ask(prompt, {}, key, other)).must(now).id, one.json.id, 'keys belong to a user');
		for (const bad of ['', 'has space', 'x'.repeat(256)])
			mustFail(await ask(prompt, {}, { 'Idempotency-Key': bad }), 400, 'VALIDATION_ERROR');
		if (isVideo)
			await c.t.final(c.user, one.json.id);
		assert.equal((await c.t.ledger(`?prompt=${encodeURIComponent(prompt)}&entries=0`)).matching, 2, 'one for each user');
	}, { limit: 60 });

	test('ten at the same time with one key are one', async () => {
		const key = { 'Idempotency-Key': crypto.randomUUID() };
		const prompt = `ten ${key['Idempotency-Key']}`;
		const got = await Promise.all(Array.from({ length: 10 }, () => ask(prompt, {}, key)));
		assert.equal(new Set(got.map((r) => r.must(now).id)).size, 1);
		if (isVideo)
			await c.t.final(c.user, got[0].json.id);
		assert.equal((await c.t.ledger(`?prompt=${encodeURIComponent(prompt)}&entries=0`)).matching, 1);
	}, { limit: 60 });

	test('Prefer: respond-async is 202 at once', async () => {
		const m = (await ask('not waited for', {}, { Prefer: 'respond-async' })).must(202);
		assert.match(m.status, /^(PENDING|PROCESSING)$/);
		mustBeMedia(await c.t.final(c.user, m.id), type, 'SUCCEEDED');
	});

	if (!isVideo)
		test('what takes longer than MEDIA_SYNC_WAIT is 202 and then finished', async () => {
			await c.t.fault({ path: service, prompt: 'takes its time' }, { delay_ms: 6000 });
			const began = Date.now();
			const m = (await ask('takes its time')).must(202);
			assert.ok(Date.now() - began >= 3500, `after ${Date.now() - began} ms`);
			assert.match(m.status, /^(PENDING|PROCESSING)$/);
			mustBeMedia(await c.t.final(c.user, m.id), type, 'SUCCEEDED');
		}, { limit: 40 });

	test('a filtered prompt is 422 with its reasons, and FAILED for good', async () => {
		const r = await ask('forbidden thing [emulator:filter]');
		if (isVideo) {
			const m = await c.t.final(c.user, r.must(202).id);
			mustBeMedia(m, type, 'FAILED');
			assert.ok(m.errorMessage.length > 0);
		} else {
			const j = mustFail(r, 422, 'CONTENT_FILTERED', { path });
			assert.ok(j.errors && j.errors.length > 0, 'the reasons');
		}
		const last = (await c.user.get('/api/media/history?limit=1')).must(200).data[0];
		assert.equal(last.status, 'FAILED');
		assert.deepEqual(last.results, []);
	});

	test(`a failure of Google is 502 ${error}`, async () => {
		await c.t.fault({ path: service, prompt: 'will break' }, { status: 400, message: 'secret upstream words' }, { times: -1 });
		const r = await ask('will break');
		if (isVideo) {
			mustBeMedia(await c.t.final(c.user, r.must(202).id), type, 'FAILED');
		} else {
			mustFail(r, 502, error, { path });
			assert.ok(!r.text.includes('emulator'), r.text);
		}
	});

	test('a 429 of Google is waited for and tried again', async () => {
		await c.t.fault({ path: service, prompt: 'busy then well' }, { status: 429 });
		const m = await c.t.final(c.user, (await ask('busy then well', {}, { Prefer: 'respond-async' })).must(202).id);
		mustBeMedia(m, type, 'SUCCEEDED');
	}, { limit: 60 });

	test('a lost answer of Google is never a second start', async () => {
		await c.t.fault({ path: service, prompt: 'cut short' }, { cut: true });
		const m = await c.t.final(c.user, (await ask('cut short', {}, { Prefer: 'respond-async' })).must(202).id, 60);
		assert.equal((await c.t.ledger('?prompt=cut%20short&entries=0')).matching, 1);
		if (m.status === 'SUCCEEDED')
			await mustOpen(m);
	}, { limit: 90 });

	test('it is in the history', async () => {
		const m = await c.make(`findable ${kind}`);
		const page = (await c.user.get(`/api/media/history?mediaType=${type}&status=SUCCEEDED&search=FINDABLE&projectId=${c.project}`)).must(200);
		assert.deepEqual(Object.keys(page), ['data', 'meta']);
		assert.deepEqual(page.data.map((x) => x.id), [m.id]);
		mustBeMedia(page.data[0], type, 'SUCCEEDED');
		const got = await request1(page.data[0].results[0].resultUrl);
		assert.equal(got.status, 200);
	});

	test('a project that is not there is 400', async () => {
		const r = await c.user.post(path, { projectId: '00000000-0000-7000-8000-000000000000', prompt: 'x' });
		mustFail(r, 400, 'VALIDATION_ERROR', { field: 'projectId' });
	});

	more(c);
}

module.exports = { media, mustBeMedia, mustOpen, MEDIA_KEYS };
