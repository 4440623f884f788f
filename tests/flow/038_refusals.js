'use strict';
/* tests/flow/038_refusals.js - mistakes that only the tables of models and voices can see.
 * Proves: contract 1: "400 VALIDATION_ERROR for a field out of range, 502 only when Google
 * refused or broke"; contract 5: "refused before anything is charged", here: before a
 * generation exists and before Google hears of it; contract 6: another's gs:// is 404.
 * Licence: Apache-2.0. */
const { test, assert, before } = require('./tiny');
const { mustFail } = require('./client');
const h = require('./harness');

let t, user, project;

before(async () => {
	t = await h.start({ env: { MODEL_ALIASES: 'house-*=imagen-4.0-fast-generate-001' } });
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
	['image', { model: 'imagen-3.0-capability-001' }, 'referenceData'],
	['image', { model: 'imagen-4.0-generate-001', referenceData: [{ referenceImage: picture }] }, 'referenceData'],
	['image', { referenceData: [{ referenceType: 'odd', referenceImage: picture }] }, 'referenceData.0.referenceType'],
	['image', { seed: 1, addWatermark: true }, 'seed'],
	['video', { lastFrame: picture }, 'lastFrame'],
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

test('a picture of a type that models do not take is a mistake of the client\'s', async () => {
	mustFail(await ask('image', { referenceData: [{ referenceImage: { ...picture, mimeType: 'image/webp' } }] }), 400, 'VALIDATION_ERROR',
		{ field: ['referenceData.0.referenceImage'] });
});
