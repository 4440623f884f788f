'use strict';
/* tests/flow/038_refusals.js - mistakes that only the tables of models and voices can see.
 * Proves: contract 1: "400 VALIDATION_ERROR for a field out of range, 502 only when Google
 * refused or broke"; contract 5: "refused before anything is charged", here: before a
 * generation exists and before Google hears of it; contract 6: another's gs:// is 404.
 * Licence: Apache-2.0. */
const { test, assert, before } = require('./tiny');
const { mustFail, request1 } = require('./client');
const h = require('./harness');

let t, user, project;

before(async () => {
	t = await h.start({ env: { MODEL_ALIASES: 'house-edit=imagen-3.0-capability-001,house-*=imagen-4.0-fast-generate-001' } });
	user = await t.user();
	project = await t.project();
});

const ask = (kind, fields, api = user) => api.post(`/api/media/${kind}`, { projectId: project, prompt: 'refuse me', ...fields });
const picture = { bytesBase64Encoded: 'iVBORw0KGgo=', mimeType: 'image/png' };

const REFUSED = [
	['image', { model: 'nonesuch' }, 'model'],
	['image', { model: 'veo-2.0-generate-001' }, 'model'],
	['video', { model: 'lyria-002' }, 'model'],
	['music', { model: 'chirp-3-hd' }, 'model'],
	['audio', { model: 'imagen-4.0-generate-001' }, 'model'],
	['audio', { voice: 'nonesuch' }, 'voice'],
	['audio', { language: 'xx' }, 'language'],
	['image', { model: 'house-edit' }, 'referenceData'],
	['image', { model: 'house-edit', referenceData: [{ referenceImage: { ...picture, mimeType: 'image/webp' } }] }, 'referenceData.0.referenceImage'],
	['image', { model: 'house-style', referenceData: [{ referenceImage: picture }] }, 'referenceData'],
	['image', { model: 'house-style', seed: 1, enhancePrompt: true }, 'seed'],
	['image', { model: 'house-style', sampleImageSize: '2K' }, 'sampleImageSize'],
	['image', { referenceData: [{ referenceType: 'odd', referenceImage: picture }] }, 'referenceData.0.referenceType'],
	['image', { seed: 1 }, 'seed'],
	['image', { model: 'imagen-4.0-generate-001', seed: 1, addWatermark: false }, 'seed'],
	['image', { addWatermark: false }, 'addWatermark'],
	['image', { sampleImageSize: '512' }, 'sampleImageSize'],
	['image', { model: 'gemini-2.5-flash-image', referenceData: Array(4).fill({ referenceImage: picture }) }, 'referenceData'],
	['video', { lastFrame: picture }, 'lastFrame'],
	['video', { lastFrame: picture, referenceData: [{ referenceType: 'asset', referenceImage: picture }] }, 'lastFrame'],
	['video', { model: 'veo-3.1-lite-generate-001', referenceData: [{ referenceType: 'asset', referenceImage: picture }] }, 'referenceData'],
	['video', { referenceData: [{ referenceType: 'asset', referenceImage: picture }, { referenceImage: picture }] }, 'referenceData.1.referenceType'],
];

for (const [kind, fields, field] of REFUSED)
	test(`${kind} ${JSON.stringify(fields).slice(0, 60)} names ${field}`, async () => {
		const j = mustFail(await ask(kind, fields), 400, 'VALIDATION_ERROR', { field: [field] });
		assert.ok(j.message.startsWith(`${field} `), j.message);
	});

test('none of them left a row, none reached Google', async () => {
	assert.equal((await user.get('/api/media/history')).must(200).meta.totalItems, 0);
	assert.equal((await t.ledger(`?prompt=${encodeURIComponent('refuse me')}&entries=0`)).matching, 0);
});

test('an alias of the operator names a model', async () => {
	const m = (await ask('image', { model: 'house-style' })).must(201);
	assert.equal(m.results[0].metadata.model, 'imagen-4.0-fast-generate-001');
});

test('one may build on pictures of one\'s own, others\' do not exist', async () => {
	const own = (await ask('image', {})).must(201).results[0].metadata.originalGcsUri;
	const from = (gcsUri) => ({ referenceData: [{ referenceType: 'RAW', referenceImage: { gcsUri, mimeType: 'image/png' } }] });
	(await ask('image', from(own))).must(201);
	const rows = async (api) => (await api.get('/api/media/history')).must(200).meta.totalItems;
	const before = await rows(user), other = await t.user();
	for (const gcsUri of ['gs://other-bucket/secret.png', own.replace(/users\/./, 'users/9')])
		mustFail(await ask('image', from(gcsUri)), 404, 'NOT_FOUND');
	mustFail(await ask('image', from(own), other), 404, 'NOT_FOUND');
	mustFail(await ask('video', { referenceImage: { gcsUri: own, mimeType: 'image/png' } }, other), 404, 'NOT_FOUND');
	assert.deepEqual([await rows(user), await rows(other)], [before, 0], 'and no row is left');
	/* what only vertex can tell: the user's own path in another bucket */
	mustFail(await ask('image', from(own.replace(/gs:\/\/[^/]*/, 'gs://other-bucket'))), 404, 'NOT_FOUND');
});

/* Puts an object beside an own one, behind the studio's back. */
async function putBeside(own, name, type, bytes) {
	const [, bucket, folder] = own.match(/^gs:\/\/([^/]+)\/(.*\/)/);
	(await t.emulator.send('POST', `/upload/storage/v1/b/${bucket}/o?uploadType=media&name=${encodeURIComponent(folder + name)}`, bytes, { 'Content-Type': type })).must(200);
	return { gcsUri: `gs://${bucket}/${folder}${name}` };
}

test('pictures that models do not take are mistakes of the client\'s, seen before Google is asked', async () => {
	const prompt = 'from such a picture', before = (await t.ledger('?entries=0')).total;
	const from = (referenceImage) => ask('image', { prompt, referenceData: [{ referenceType: 'STYLE', referenceImage }] });
	const refused = async (referenceImage, code = 400) => mustFail(await from(referenceImage), code, code === 404 ? 'NOT_FOUND' : 'VALIDATION_ERROR').message;
	assert.match(await refused({ bytesBase64Encoded: 'bm8gaW1hZ2U=', mimeType: 'image/png' }), /^referenceData\.0\.referenceImage must be a PNG, JPEG or WebP image/);
	const own = (await ask('image', { prompt: 'an own one' })).must(201).results[0].metadata.originalGcsUri;
	const put = (...object) => putBeside(own, ...object);
	assert.match(await refused({ gcsUri: own.replace('sample_', 'gone_') }, 404), /^referenceData\.0\.referenceImage names no object/);
	assert.match(await refused(await put('text.png', 'text/plain', Buffer.from('no image'))), /^referenceData\.0\.referenceImage must be a PNG/);
	assert.match(await refused(await put('large.png', 'image/png', Buffer.alloc((30 << 20) + 1))), /must have at most 30 MB for gemini-nano-banana-2\.1/);
	assert.equal((await t.ledger('?entries=0')).total, before + 1, 'the own one');
	/* what it is called does not matter */
	const bytes = (await request1((await user.get('/api/media/history?search=an%20own')).must(200).data[0].results[0].resultUrl)).body;
	const m = (await from({ ...await put('odd.jpg', 'image/png', bytes), mimeType: 'image/jpeg' })).must(201);
	assert.equal(m.status, 'SUCCEEDED');
});

test('so are those that a film cannot start from: it fails by the field\'s name, and nothing is begun', async () => {
	const own = (await ask('image', { prompt: 'a frame' })).must(201).results[0].metadata.originalGcsUri;
	const put = (...object) => putBeside(own, ...object);
	const good = { gcsUri: own }, gone = { gcsUri: own.replace('sample_', 'gone_') };
	const sound = await put('sound.png', 'audio/wav', Buffer.from('no image')), empty = await put('empty.png', 'image/png', Buffer.alloc(0));
	const large = await put('large2.png', 'image/png', Buffer.alloc((20 << 20) + 1));
	const asset = (referenceImage) => ({ referenceType: 'asset', referenceImage });
	const calls = () => t.lines().filter((l) => l.message === 'google_call' && /^(veo|gemini-omni)-/.test(l.what)).length;
	const before = calls(), model = 'gemini-omni-1.1-flash-preview';
	await Promise.all([[{ referenceImage: gone }, /^referenceImage names no object/], [{ referenceImage: good, lastFrame: gone }, /^lastFrame names no object/],
		[{ referenceData: [asset(good), asset(sound)] }, /^referenceData\.1\.referenceImage must be a PNG or JPEG image for veo-3/],
		[{ referenceImage: large }, /^referenceImage must have at most 20 MB for veo-3/], [{ referenceData: [{ referenceImage: empty }] }, /^referenceData\.0\.referenceImage must not be empty/],
		[{ model, referenceImage: gone }, /^referenceImage names no object/], [{ model, referenceData: [asset(good), asset(empty)] }, /^referenceData\.1\.referenceImage must not be empty/],
		[{ model, referenceImage: sound }, /^referenceImage must be a PNG or JPEG/]].map(async ([fields, words]) => {
		const m = await t.final(user, (await ask('video', fields)).must(202).id);
		assert.equal(m.status, 'FAILED', JSON.stringify(fields));
		assert.match(m.errorMessage, words);
	}));
	assert.equal(calls(), before, 'Google was asked for no film');
	const m = await t.final(user, (await ask('video', { referenceImage: good, lastFrame: good, durationSeconds: 4 })).must(202).id);
	assert.equal(m.status, 'SUCCEEDED', m.errorMessage);
	assert.ok(calls() > before);
});
