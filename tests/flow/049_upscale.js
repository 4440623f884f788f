'use strict';
/* tests/flow/049_upscale.js - larger images of images.
 * Proves: contract 5 ("POST /api/media/image/upscale: as image; gcsUri of an own result or upload,
 * upscaleFactor x2/x4"), 6 ("Only the caller's own objects can be named: any other gs:// URI is 404").
 * Licence: Apache-2.0. */
const { test, assert, before } = require('./tiny');
const { mustFail, request1 } = require('./client');
const { judge } = require('./media');
const F = require('./forms');
const h = require('./harness');

let t, user, project, source, uri;

before(async () => {
	t = await h.start({ env: { MEDIA_SYNC_WAIT: '6s' } });
	user = await t.user();
	project = await t.project();
	source = (await user.post('/api/media/image', { projectId: project, prompt: 'small', aspectRatio: '16:9' })).must(201);
	uri = source.results[0].metadata.originalGcsUri;
});

const upscale = (fields = {}, headers = {}, api = user) => api.post('/api/media/image/upscale', { projectId: project, gcsUri: uri, ...fields }, headers);
const asked = async () => (await t.ledger('?service=imagen&entries=0')).matching;
const open = async (m) => {
	const r = await request1(m.results[0].resultUrl);
	assert.equal(r.status, 200);
	return judge(m.results[0].metadata.mimeType, r.body);
};
/* Puts an object where this user's are, behind the studio's back. */
const put = async (name, type, bytes) => {
	const [, bucket, prefix] = uri.match(/^gs:\/\/([^/]+)\/(.*\/users\/[^/]+\/)/) || uri.match(/^gs:\/\/([^/]+)\/(users\/[^/]+\/)/);
	const path = `/upload/storage/v1/b/${bucket}/o?uploadType=media&name=${encodeURIComponent(prefix + name)}`;
	(await t.emulator.send('POST', path, bytes, { 'Content-Type': type })).must(200);
	return `gs://${bucket}/${prefix}${name}`;
};

test('twice and four times as large, really', async () => {
	const small = await open(source);
	for (const [fields, times] of [[{}, 2], [{ upscaleFactor: 'x2', prompt: '' }, 2], [{ upscaleFactor: 'x4', prompt: 'sharper', mediaType: 'IMAGE' }, 4]]) {
		const m = (await upscale(fields)).must(201);
		assert.equal(m.status, 'SUCCEEDED');
		assert.equal(m.mediaType, 'IMAGE');
		assert.equal(m.prompt, fields.prompt || '');
		assert.equal(m.parameters.gcsUri, uri);
		assert.equal(m.results.length, 1);
		const found = await open(m);
		assert.deepEqual([found.width, found.height], [small.width * times, small.height * times]);
		const { metadata } = m.results[0];
		assert.deepEqual([metadata.width, metadata.height], [found.width, found.height]);
		assert.equal(metadata.model, 'imagen-4.0-upscale-preview');
		assert.ok(metadata.originalGcsUri.includes(`/${m.id}/1/`));
	}
});

test('of what was upscaled already; by the id of an older client', async () => {
	const once = (await upscale()).must(201);
	const again = (await upscale({ gcsUri: once.results[0].metadata.originalGcsUri, model: 'imagegeneration@002' })).must(201);
	assert.equal(again.parameters.model, 'imagegeneration@002');
	assert.equal(again.results[0].metadata.width, once.results[0].metadata.width * 2);
});

test('of an upload', async () => {
	const content = (await request1(source.results[0].resultUrl)).body;
	const { gcsUri } = (await F.post(user, '/api/files/upload', F.form({ content }))).must(201);
	const m = (await upscale({ gcsUri })).must(201);
	assert.deepEqual(await open(m), { ...await open(source), width: source.results[0].metadata.width * 2, height: source.results[0].metadata.height * 2 });
	mustFail(await upscale({ gcsUri }, {}, await t.user()), 404, 'NOT_FOUND');
	const { gcsUri: sound } = (await F.post(user, '/api/files/upload', F.form({ content: F.FILES['audio/wav']() }))).must(201);
	mustFail(await upscale({ gcsUri: sound }), 400, 'VALIDATION_ERROR');
});

test('what is not the caller\'s own is 404, and Google is asked for nothing', async () => {
	const before = await asked();
	const other = await t.user();
	const [, bucket] = uri.match(/^gs:\/\/([^/]+)\//);
	mustFail(await upscale({}, {}, other), 404, 'NOT_FOUND');
	for (const gcsUri of [`gs://${bucket}/x.png`, 'gs://elsewhere/users/x/a.png', uri.replace(/users\/[^/]+\//, 'users/00000000-0000-7000-8000-000000000000/'),
		uri.replace(/sample_/, 'gone_'), `gs://elsewhere/users/${user.me.userId}/a.png`, `gs://${bucket}/users/${user.me.userId}/../x.png`]) {
		const r = await upscale({ gcsUri });
		assert.ok(r.status === 404 || r.status === 400, `${gcsUri}: ${r.status} ${r.text}`);
		if (!gcsUri.includes('/../'))
			mustFail(r, 404, 'NOT_FOUND');
	}
	assert.equal(await asked(), before);
});

test('what is no image, or too large, is 400, and Google is asked for nothing', async () => {
	const before = await asked();
	const text = await put('notes.png', 'text/plain', Buffer.from('no image at all'));
	assert.match(mustFail(await upscale({ gcsUri: text }), 400, 'VALIDATION_ERROR').message, /^gcsUri must be a PNG or JPEG/);
	const large = await put('large.png', 'image/png', Buffer.alloc((10 << 20) + 1));
	assert.match(mustFail(await upscale({ gcsUri: large }), 400, 'VALIDATION_ERROR').message, /at most 10 MB/);
	const four = (await upscale({ upscaleFactor: 'x4' })).must(201).results[0].metadata;
	assert.match(mustFail(await upscale({ gcsUri: (await upscale({ gcsUri: four.originalGcsUri, upscaleFactor: 'x2' })).must(201).results[0].metadata.originalGcsUri,
		upscaleFactor: 'x4' }), 400, 'VALIDATION_ERROR').message, /^upscaleFactor is too large/);
	assert.equal(await asked(), before + 2);
});

test('its fields', async () => {
	for (const [fields, field] of [[{ gcsUri: undefined }, 'gcsUri'], [{ gcsUri: null }, 'gcsUri'], [{ gcsUri: 'x.png' }, 'gcsUri'], [{ gcsUri: 7 }, 'gcsUri'],
		[{ upscaleFactor: 'x3' }, 'upscaleFactor'], [{ upscaleFactor: 2 }, 'upscaleFactor'], [{ upscaleFactor: '' }, 'upscaleFactor'],
		[{ mediaType: 'VIDEO' }, 'mediaType'], [{ prompt: 'x'.repeat(1001) }, 'prompt'], [{ sampleCount: 1 }, 'sampleCount'],
		[{ model: 'imagen-4.0-generate-001' }, 'model'], [{ model: 'nonesuch' }, 'model'], [{ negativePrompt: 'cats' }, 'negativePrompt']])
		mustFail(await upscale(fields), 400, 'VALIDATION_ERROR', { field });
	assert.match(mustFail(await upscale({ projectId: source.id }), 400, 'VALIDATION_ERROR').message, /projectId/);
	mustFail(await user.post('/api/media/image', { projectId: project, prompt: 'x', model: 'imagen-4.0-upscale-preview' }), 400, 'VALIDATION_ERROR', { field: 'model' });
	mustFail(await user.post('/api/media/image', { projectId: project, prompt: 'x', gcsUri: uri }), 400, 'VALIDATION_ERROR', { field: 'gcsUri' });
	mustFail(await upscale({}, {}, t.api), 401, 'UNAUTHORIZED');
});

test('not waited for, once by key, and filtered as an image is', async () => {
	const r = await upscale({}, { Prefer: 'respond-async' });
	assert.equal(r.headers.location, `/api/media/${r.must(202).id}`);
	assert.equal((await t.final(user, r.json.id)).status, 'SUCCEEDED');
	const before = await asked();
	const key = { 'Idempotency-Key': 'an-upscale' };
	const [one, two] = await Promise.all([upscale({}, key), upscale({}, key)]);
	assert.equal(one.must(201).id, two.must(201).id);
	mustFail(await upscale({ upscaleFactor: 'x4' }, key), 422, 'IDEMPOTENCY_KEY_REUSED');
	assert.equal(await asked(), before + 1);
	mustFail(await upscale({ prompt: '[emulator:filter]' }), 422, 'CONTENT_FILTERED');
});

test('where nobody waits (MEDIA_SYNC_WAIT=0): 202 and where to look', async () => {
	const z = await h.start({ env: { MEDIA_SYNC_WAIT: '0' } });
	const me = await z.user(), projectId = await z.project();
	const image = await me.post('/api/media/image', { projectId, prompt: 'at once' });
	assert.equal(image.headers.location, `/api/media/${image.must(202).id}`);
	const { results } = await z.final(me, image.json.id);
	const larger = await me.post('/api/media/image/upscale', { projectId, gcsUri: results[0].metadata.originalGcsUri });
	assert.equal(larger.must(202).status, 'PENDING');
	assert.equal((await z.final(me, (await me.get(larger.headers.location)).must(200).id)).status, 'SUCCEEDED');
	await z.stop();
}, { limit: 40 });

test('cancelled before Google was asked: it is not asked', async () => {
	const before = await asked();
	await t.fault({ path: '/storage/v1/b/' }, { delay_ms: 700 });
	const m = (await upscale({ prompt: 'too late' }, { Prefer: 'respond-async' })).must(202);
	await h.until(3, 'it is looked at', async () => (await user.get(`/api/media/${m.id}`)).must(200).status === 'PROCESSING');
	(await user.post(`/api/media/${m.id}/cancel`)).must(200);
	await h.sleep(1200);
	assert.equal(await asked(), before);
	assert.equal((await t.final(user, m.id)).errorMessage, 'Cancelled');
});

test('a lost answer is looked for; a storage that is away for a moment is waited for', async () => {
	const before = await asked();
	await t.fault({ path: 'imagen', prompt: 'lost' }, { cut: true });
	const m = (await upscale({ prompt: 'lost' }, { Prefer: 'respond-async' })).must(202);
	const end = await t.final(user, m.id);
	assert.equal(end.status, 'SUCCEEDED', end.errorMessage);
	assert.equal(await asked(), before + 1);
	await t.fault({ path: '/storage/v1/b/' }, { status: 503, message: 'away' });
	assert.equal((await t.final(user, (await upscale({ prompt: 'later' }, { Prefer: 'respond-async' })).must(202).id)).status, 'SUCCEEDED');
	assert.equal(await asked(), before + 2);
});
