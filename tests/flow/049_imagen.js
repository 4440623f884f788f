'use strict';
/* tests/flow/049_imagen.js - an operator whose project still has Imagen: all image ids lead there.
 * Proves: contract 5 ("one table (overridable by MODEL_ALIASES and settings) says for every id a client
 * may send which id is called today"): Imagen through :predict, with what only it can do; a lost answer is
 * looked for where Google stores the results.
 * Licence: Apache-2.0. */
const { test, assert, before } = require('./tiny');
const { mustFail } = require('./client');
const { mustBeMedia, mustOpen } = require('./media_tests');
const h = require('./harness');

const MODEL = 'imagen-4.0-generate-001', EDITS = 'imagen-3.0-capability-001';
let t, user, project;

before(async () => {
	t = await h.start({ env: { MEDIA_SYNC_WAIT: '6s', MODEL_ALIASES: `imagen-3.0-capability-*=${EDITS},imagen-4.0-fast-*=imagen-4.0-fast-generate-001,`
		+ `imagen-*=${MODEL},imagegeneration@*=${MODEL},gemini-nano-banana-2.1=${MODEL}` } });
	user = await t.user();
	project = await t.project();
});

const ask = (prompt, fields = {}, headers = {}) => user.post('/api/media/image', { projectId: project, prompt, ...fields }, headers);
const make = async (prompt, fields) => {
	const m = (await ask(prompt, fields)).must(201);
	mustBeMedia(m, 'IMAGE', 'SUCCEEDED');
	return m;
};

test('every id that is led there is made by Imagen', async () => {
	for (const [model, by] of [[undefined, MODEL], ['imagen-3.0-generate-002', MODEL], ['imagegeneration@006', MODEL], ['imagen-4.0-fast-generate-001', 'imagen-4.0-fast-generate-001'],
		['gemini-3-pro-image', 'gemini-3-pro-image']])
		assert.equal((await make(`by ${model}`, { model })).results[0].metadata.model, by);
	const list = (await user.get('/api/media/models')).must(200);
	assert.equal(list.find((m) => m.id === 'imagegeneration@*').servedBy, MODEL);
	assert.deepEqual(list.filter((m) => m.default && m.mediaType === 'IMAGE').map((m) => m.id), [MODEL]);
});

test('as many as asked for by one call; PNG, JPEG, 2K', async () => {
	const four = await make('four of them', { sampleCount: 4 });
	assert.equal(new Set((await mustOpen(four)).map((f) => f.sha)).size, 4);
	assert.equal((await t.ledger('?prompt=four%20of%20them&service=imagen&entries=0')).matching, 1);
	const [small] = await mustOpen(await make('small')), [large] = await mustOpen(await make('large', { sampleImageSize: '2K', outputMimeType: 'image/jpeg' }));
	assert.deepEqual([large.format, large.width], ['jpeg', small.width * 2]);
});

test('a seed gives the same again; some filtered, the rest delivered', async () => {
	const fields = { seed: 7, addWatermark: false };
	const [a, b] = [await make('once more', fields), await make('once more', fields)];
	assert.equal((await mustOpen(a))[0].sha, (await mustOpen(b))[0].sha);
	assert.equal((await make('partly [emulator:filter=2]', { sampleCount: 4 })).results.length, 2);
	mustFail(await ask('all of it [emulator:filter]'), 422, 'CONTENT_FILTERED');
});

test('an edit of what was made', async () => {
	const gcsUri = (await make('to be changed')).results[0].metadata.originalGcsUri;
	const m = await make('blue, [1]', { model: EDITS, referenceData: [{ referenceId: 1, referenceType: 'RAW', referenceImage: { gcsUri } }] });
	assert.equal(m.results[0].metadata.model, EDITS);
	mustFail(await ask('gone', { model: EDITS, referenceData: [{ referenceType: 'RAW', referenceImage: { gcsUri: gcsUri.replace('sample_', 'gone_') } }] }), 404, 'NOT_FOUND');
	mustFail(await ask('no model for that', { referenceData: [{ referenceType: 'RAW', referenceImage: { gcsUri } }] }), 400, 'VALIDATION_ERROR', { field: 'referenceData' });
});

test('a lost answer is looked for, and found', async () => {
	await t.fault({ path: 'imagen', prompt: 'cut short' }, { cut: true });
	const m = await t.final(user, (await ask('cut short', {}, { Prefer: 'respond-async' })).must(202).id);
	mustBeMedia(m, 'IMAGE', 'SUCCEEDED');
	await mustOpen(m);
	assert.equal((await t.ledger('?prompt=cut%20short&entries=0')).matching, 1);
}, { limit: 40 });
