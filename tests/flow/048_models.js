'use strict';
/* tests/flow/048_models.js - which models there are.
 * Proves: contract 5 ("GET /api/media/models lists ids, kinds, limits, prices and what each is served by";
 * "overridable by MODEL_ALIASES"): what is told is what is done.
 * Licence: Apache-2.0. */
const { test, assert, before } = require('./tiny');
const { mustFail } = require('./client');
const h = require('./harness');

let t, user, project, list;

before(async () => {
	t = await h.start({ env: { MODEL_ALIASES: 'house-*=imagen-4.0-fast-generate-001, imagen-4.0-generate-001=imagen-4.0-ultra-generate-001' } });
	user = await t.user();
	project = await t.project();
	list = (await user.get('/api/media/models')).must(200);
});

const of = (id) => list.filter((m) => m.id === id);
const image = (model) => user.post('/api/media/image', { projectId: project, prompt: `by ${model}`, model });

test('every id, with kind, limits, price and what it is served by', async () => {
	assert.ok(list.length > 20);
	for (const m of list) {
		assert.deepEqual(Object.keys(m), ['id', 'mediaType', 'alias', 'servedBy', 'method', 'default', 'limits', 'price']);
		assert.match(m.mediaType, /^(IMAGE|VIDEO|MUSIC|AUDIO)$/);
		assert.deepEqual(Object.keys(m.limits), ['sampleCount', 'maxSeconds', 'aspectRatios', 'imageSizes', 'referenceImages', 'abilities']);
		assert.ok(m.limits.sampleCount >= 1);
		assert.ok(m.price.micros > 0 && Number.isInteger(m.price.micros));
		assert.equal(m.price.amount, m.price.micros / 1e6);
	}
	assert.deepEqual(list.filter((m) => m.default).map((m) => m.mediaType).sort(), ['AUDIO', 'IMAGE', 'MUSIC', 'VIDEO']);
	assert.equal(of('veo-2.0-*')[0].servedBy, 'veo-3.1-generate-001');
	assert.equal(of('veo-2.0-*')[0].limits.maxSeconds, 8);
	const { aspectRatios, imageSizes, referenceImages } = list.find((m) => m.default && m.mediaType === 'IMAGE').limits;
	assert.ok(['1:1', '3:4', '4:3', '9:16', '16:9', '21:9', '1:4'].every((r) => aspectRatios.includes(r)));
	assert.deepEqual([imageSizes, referenceImages], [['1K', '2K', '4K'], 14]);
	assert.deepEqual(['veo-3.1-generate-001', 'veo-3.1-lite-generate-001', 'lyria-002'].map((id) => of(id)[0].limits.referenceImages), [3, 0, null]);
	assert.deepEqual(of('imagen-4.0-upscale-preview')[0].limits.abilities, ['upscaleFactor x2, x4']);
});

test('the setting comes first, and is what happens', async () => {
	assert.deepEqual([list[0].id, list[0].alias, list[0].servedBy], ['house-*', true, 'imagen-4.0-fast-generate-001']);
	assert.deepEqual(of('imagen-4.0-generate-001').map((m) => m.servedBy), ['imagen-4.0-ultra-generate-001']);
	for (const [asked, told] of [['house-style', 'house-*'], ['imagen-4.0-generate-001'], ['imagen-3.0-fast-generate-001']]) {
		const m = (await image(asked)).must(201);
		assert.equal(m.parameters.model, asked);
		assert.equal(m.results[0].metadata.model, of(told || asked)[0].servedBy);
	}
});

test('every id of the list that is no pattern can be asked for', async () => {
	for (const m of list.filter((x) => x.mediaType === 'IMAGE' && !x.id.includes('*') && x.limits.abilities.every((a) => !/needed|upscale/.test(a))))
		assert.equal((await image(m.id)).must(201).results[0].metadata.model, m.servedBy);
	mustFail(await image('nonesuch'), 400, 'VALIDATION_ERROR', { field: 'model' });
});

test('its manners: a tag, no query, no body, nobody without a token', async () => {
	const r = await user.get('/api/media/models');
	assert.ok(r.headers.etag);
	assert.equal((await user.get('/api/media/models', { 'If-None-Match': r.headers.etag })).status, 304);
	mustFail(await user.get('/api/media/models?kind=IMAGE'), 400, 'VALIDATION_ERROR', { field: 'kind' });
	mustFail(await user.post('/api/media/models', {}), 405, 'METHOD_NOT_ALLOWED');
	mustFail(await t.api.get('/api/media/models'), 401, 'UNAUTHORIZED');
});
