'use strict';
/* tests/flow/049_successor.js - a model that Google does not have any more, and a service that fails.
 * Proves: "A 404 that means 'retired or wrong location' tries the row's successor once and is
 * remembered, so that the next retirement by Google breaks nobody", with nothing dropped in silence;
 * "circuit breaker".
 * Licence: Apache-2.0. */
const { test, assert, before } = require('./tiny');
const { mustFail } = require('./client');
const h = require('./harness');

/* two rows of SUCCESSOR in proto/models.tbl.h; of an operator whose project had Imagen until now */
const FIRST = 'imagen-4.0-generate-001', NEXT = 'gemini-nano-banana-2.1', THIRD = 'gemini-3.1-flash-image';
const gone = (model) => ({ status: 404, message: `Publisher Model \`projects/p/locations/l/publishers/google/models/${model}\` was not found or your project `
	+ 'does not have access to it.' });
const GONE = gone(FIRST);

let t, user, project;

before(async () => {
	t = await h.start({ env: { MEDIA_SYNC_WAIT: '8s', MODEL_ALIASES: `${FIRST}=${FIRST}` } });
	user = await t.user();
	project = await t.project();
});

const image = (prompt, more = {}) => user.post('/api/media/image', { projectId: project, prompt, model: FIRST, ...more });
const asked = async (prompt) => (await t.ledger(`?prompt=${encodeURIComponent(prompt)}&entries=0`)).matching;
const made = (r) => r.must(201).results.map((x) => x.metadata.model);
const retired = () => t.linesWith('"model_retired"');

test('another 404 is not a retirement', async () => {
	await t.fault({ path: `${FIRST}:` }, { status: 404, message: 'The specified bucket does not exist.' });
	mustFail(await image('no bucket'), 502, 'IMAGEN_API_ERROR');
	assert.equal(retired().length, 0);
	assert.deepEqual(made(await image('all is well')), [FIRST]);
});

test('the successor is asked within the same request, once', async () => {
	await t.fault({ path: `${FIRST}:` }, GONE);
	const r = await image('who makes this', { sampleCount: 2 });
	assert.deepEqual(made(r), [NEXT, NEXT]);
	assert.equal(r.must(201).parameters.model, FIRST);	/* as it was asked */
	assert.equal(await asked('who makes this'), 2);		/* a call per image */
	await h.until(5, 'it is in the log', () => retired().length === 1);
	assert.ok(retired()[0].text.includes(NEXT));
});

test('that is remembered: the first is not asked again', async () => {
	await t.fault({ path: `${FIRST}:` }, { status: 400, message: 'nobody should ask here' });
	assert.deepEqual(made(await image('straight on')), [NEXT]);
	(await t.emulator.send('DELETE', '/emulator/faults')).must(200);
	assert.equal(retired().length, 1);
});

test('what the successor cannot do is refused by name, and nothing is made', async () => {
	const { message } = mustFail(await image('no luck', { seed: 7, addWatermark: false }), 400, 'VALIDATION_ERROR');
	assert.match(message, /^seed cannot be used with gemini-nano-banana-2\.1/);
	assert.equal(await asked('no luck'), 0);
});

test('a successor that is gone as well has one itself, the next time', async () => {
	await t.fault({ path: `${NEXT}:` }, gone(NEXT));
	assert.deepEqual(made(await image('the third in line')), [THIRD]);
	await t.fault({ path: `${THIRD}:` }, gone(THIRD));
	const { message } = mustFail(await image('nobody is left'), 502, 'IMAGEN_API_ERROR');
	assert.match(message, /^Google does not offer gemini-3\.1-flash-image any more, or not to this project/);
	assert.equal(await asked('nobody is left'), 0);
});

test('nothing takes the place of what makes images larger', async () => {
	const gcsUri = (await image('to be enlarged')).must(201).results[0].metadata.originalGcsUri;
	const upscale = () => user.post('/api/media/image/upscale', { projectId: project, gcsUri });
	await t.fault({ path: 'imagen-4.0-upscale-preview:' }, gone('imagen-4.0-upscale-preview'));
	assert.match(mustFail(await upscale(), 502, 'IMAGEN_API_ERROR').message, /^Google does not offer imagen-4\.0-upscale-preview any more.* no other model does the same/);
	assert.equal((await upscale()).must(201).status, 'SUCCEEDED', 'it is asked again');
});

test('a service that fails again and again is left alone, then probed', async () => {
	const prompt = 'patience';
	await t.fault({ path: 'lyria' }, { status: 500, message: 'broken' }, { times: 8 });
	const music = (text) => user.post('/api/media/music', { projectId: project, prompt: text });
	for (const r of await Promise.all([...Array(8).keys()].map((i) => music(`fails ${i}`))))
		assert.notEqual(r.status, 201);
	await h.until(5, 'it is left alone', () => t.linesWith('"model_left_alone"').length === 1);
	const m = (await music(prompt)).must(201);
	assert.equal((await t.final(user, m.id)).status, 'SUCCEEDED');
	assert.equal(await asked(prompt), 1);
	await h.until(5, 'it works again', () => t.linesWith('"model_works_again"').length === 1);
});
