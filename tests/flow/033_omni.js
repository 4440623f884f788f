'use strict';
/* tests/flow/033_omni.js - films of the Gemini Omni models, through the Interactions API.
 * Proves: issue "Google as it really is": Omni by Interactions, begun in the background, read until it is done;
 * contract 5: what a model cannot do is refused, never dropped in silence.
 * Licence: Apache-2.0. */
const { test, assert, before } = require('./tiny');
const { mustFail } = require('./client');
const { mustBeMedia, mustOpen } = require('./media_tests');
const h = require('./harness');

const MODEL = 'gemini-omni-1.1-flash-preview';
let t, user, projectId;

before(async () => {
	t = await h.start({ env: { MODEL_ALIASES: `veo-2.0-*=${MODEL}`, EMULATOR_FLAGS: '--video-seconds 0.3 --image-scale 0.25 --video-scale 0.25 --fsync 0' } });
	user = await t.user();
	projectId = await t.project();
});

const ask = (prompt, fields = {}) => user.post('/api/media/video', { projectId, prompt, model: MODEL, ...fields });
const make = async (prompt, fields) => t.final(user, (await ask(prompt, fields)).must(202).id);
const asked = async (prompt) => (await t.ledger(`?prompt=${encodeURIComponent(prompt)}&entries=0`)).matching;

/* It is there, in its place, made by Omni and begun once. */
async function mustBeMade(m, seconds) {
	mustBeMedia(m, 'VIDEO', 'SUCCEEDED');
	assert.equal(m.results.length, 1);
	const { metadata } = m.results[0];
	assert.deepEqual([metadata.model, metadata.mimeType], [MODEL, 'video/mp4']);
	assert.ok(metadata.originalGcsUri.includes(`/${m.id}/1/`), metadata.originalGcsUri);
	const [f] = await mustOpen(m);
	assert.ok(Math.abs(f.seconds - seconds) < 0.3, `${f.seconds} s`);
	assert.equal(await asked(m.prompt), 1);
	return f;
}

test('it is begun, read while it runs, and told when it is done', async () => {
	await t.settings({ polls: 1 });
	const m = await make('tall boat', { model: 'gemini-omni-flash-preview', durationSeconds: 1, aspectRatio: '9:16', resolution: '720p', sampleCount: 1 });
	await t.settings({ polls: 0 });
	await mustBeMade(m, 3);
	assert.equal(m.parameters.model, 'gemini-omni-flash-preview');
	assert.ok(t.linesWith('"operation_poll"').length >= 2, 'it was read twice');
});

test('from a first frame; of what is to be seen; where older ids are led to it', async () => {
	const { originalGcsUri: gcsUri } = (await user.post('/api/media/image', { projectId, prompt: 'a mug' })).must(201).results[0].metadata;
	const asset = { referenceType: 'asset', referenceImage: { gcsUri } };
	await Promise.all([make('from a mug on', { durationSeconds: 4, referenceImage: { gcsUri } }), make('with a mug', { durationSeconds: 4, referenceData: [asset, asset] }),
		make('an older id', { model: 'veo-2.0-generate-001', durationSeconds: 4 })].map(async (m) => mustBeMade(await m, 4)));
});

test('what was filtered, refused or ended otherwise is FAILED, with a reason', async () => {
	await Promise.all([['x [emulator:filter]', /./], ['x [emulator:blocked]', /./], ['x [emulator:ends=budget_exceeded]', /budget/], ['x [emulator:declines]', /^I cannot make this video\.$/], ['x [emulator:fail=14]', /./]].map(async ([prompt, words]) => {
		const m = await make(prompt);
		mustBeMedia(m, 'VIDEO', 'FAILED');
		assert.match(m.errorMessage, words);
		assert.deepEqual(m.results, []);
	}));
});

test('a lost answer is never a second start: what it made is found', async () => {
	await t.fault({ path: 'interactions', prompt: 'lost film' }, { cut: true });
	await mustBeMade(await make('lost film', { durationSeconds: 3 }), 3);
}, { limit: 60 });

test('a cancel reaches Google, once it runs and while it is begun', async () => {
	const stopped = () => t.linesWith('"operation_cancelled"').length;
	await t.settings({ video_seconds: 60 });
	const m = (await ask('endless film')).must(202);
	await t.waitLog(5, 'of the first poll to come', (l) => l.message === 'job_running' && l.generation === m.id);
	assert.equal((await user.post(`/api/media/${m.id}/cancel`)).must(200).errorMessage, 'Cancelled');
	await t.waitLog(5, 'of the cancel', (l) => l.message === 'operation_cancelled' && l.status === '200');
	const slow = (await ask('begun slowly [emulator:slow=1500]')).must(202);
	await t.waitLog(5, 'of its begin', (l) => l.message === 'job_begun' && l.generation === slow.id);
	(await user.post(`/api/media/${slow.id}/cancel`)).must(200);
	await h.until(8, 'that one is cancelled as well', () => stopped() === 2);
	await t.settings({ video_seconds: 0.3 });
	assert.ok(t.linesWith('"operation_cancelled"').every((l) => l.text.includes('"200"')));
	assert.deepEqual([...new Set(t.lines().filter((l) => l.message === 'google_call' && l.what === 'operation_cancel').map((l) => l.end))], ['answered']);
});

test('a poll that fails is repeated', async () => {
	await t.fault({ path: '/interactions/' }, { status: 503, message: 'busy' });
	await mustBeMade(await make('patient film', { durationSeconds: 3 }), 3);
});

test('what it cannot do is refused by name, and nothing is begun', async () => {
	const picture = { bytesBase64Encoded: 'iVBORw0KGgo=' };
	for (const [fields, field] of [[{ sampleCount: 2 }, 'sampleCount'], [{ seed: 1 }, 'seed'], [{ generateAudio: false }, 'generateAudio'], [{ enhancePrompt: true }, 'enhancePrompt'],
		[{ personGeneration: 'allow_adult' }, 'personGeneration'], [{ referenceImage: picture, lastFrame: picture }, 'lastFrame']])
		mustFail(await ask('never begun', fields), 400, 'VALIDATION_ERROR', { field });
	assert.equal(await asked('never begun'), 0);
});
