'use strict';
/* tests/flow/035_validation.js - every field of the four media endpoints: missing, null, of a
 * wrong type, below, at and above its bounds, and fields that are not there.
 * Proves: "Field names, status codes, error bodies and validation as in shared/contract.md for
 * these endpoints" (its section 5). Nothing here starts a generation: a good value is seen by
 * its absence from the errors of a body that has another problem.
 * Licence: Apache-2.0. */
const { test, assert, before } = require('./tiny');
const { mustFail } = require('./client');
const h = require('./harness');

const x = (n) => 'x'.repeat(n);
const snow = (n) => '😀'.repeat(n);
const WRONG = { text: [1, true, [], {}], int: ['1', 1.5, true, [], {}], number: ['1', true, [], {}], flag: ['true', 1, [], {}], list: ['x', 1, {}], object: ['x', 1, []] };
const SOURCE = { gcsUri: 'gs://bucket/users/a.png' };

/* One row a field: its type, values that are good, values that are bad. */
const negativePrompt = ['text', ['', x(1000), snow(1000)], [x(1001)]];
const seed = ['int', [1, 2147483647], [0, -1, 2147483648]];
const sampleCount = ['int', [1, 4], [0, 5]];
const model = ['text', ['some-model-1'], [x(65)]];
const person = ['text', ['dont_allow', 'allow_adult', 'allow_all'], ['maybe']];
const referenceData = ['list', [[], [{ referenceImage: SOURCE }], Array(4).fill({ referenceId: 1, referenceType: 'REFERENCE_TYPE_RAW', description: 'd', referenceImage: SOURCE })],
	[Array(5).fill({ referenceImage: SOURCE }), [{}], ['x'], [{ referenceImage: {} }], [{ referenceImage: { gcsUri: 'http://x' } }], [{ referenceImage: { bytesBase64Encoded: '!!!' } }], [{ referenceImage: SOURCE, other: 1 }]]];

const FIELDS = {
	image: {
		prompt: ['text', [x(1), x(1000), snow(1000)], ['', x(1001), snow(1001)]],
		mediaType: ['text', ['IMAGE'], ['VIDEO', 'image', '']],
		aspectRatio: ['text', ['1:1', '3:4', '4:3', '9:16', '16:9'], ['2:1', '']],
		width: ['int', [256, 1024], [255, 1025]], height: ['int', [256, 1024], [255, 1025]],
		style: ['text', ['oil'], []], steps: ['int', [1, 100], [0, 101]], language: ['text', ['en', 'pt-BR'], ['not a language']],
		enhancePrompt: ['flag', [true, false], []], addWatermark: ['flag', [true, false], []], allowPeopleAndFaces: ['flag', [true, false], []],
		personGeneration: person, safetySetting: ['text', ['block_medium_and_above', 'block_only_high'], ['block_everything_else']],
		sampleImageSize: ['text', ['1K', '2K'], ['9K']], outputMimeType: ['text', ['image/png', 'image/jpeg'], ['image/gif']],
		compressionQuality: ['int', [0, 100], [-1, 101]], referenceData, negativePrompt, seed, sampleCount, model,
	},
	video: {
		prompt: ['text', [x(1), x(2000), snow(2000)], ['', x(2001)]], mediaType: ['text', ['VIDEO'], ['IMAGE']],
		durationSeconds: ['int', [1, 8], [0, 9]], aspectRatio: ['text', ['16:9', '9:16'], ['1:1']], resolution: ['text', ['720p', '1080p'], ['4k']],
		generateAudio: ['flag', [true, false], []], enhancePrompt: ['flag', [true, false], []], personGeneration: person,
		referenceImage: ['object', [SOURCE, { bytesBase64Encoded: 'aGVsbG8=', mimeType: 'image/png' }], [{}, { gcsUri: '' }, { ...SOURCE, bytesBase64Encoded: 'aGVsbG8=' }]],
		lastFrame: ['object', [SOURCE], [{}]], referenceData, negativePrompt, seed, sampleCount, model,
	},
	music: {
		prompt: ['text', [x(1), x(2000), snow(2000)], ['', x(2001)]], mediaType: ['text', ['MUSIC'], ['AUDIO']],
		genre: ['text', ['POP', 'rock', 'Jazz', 'CLASSICAL', 'electronic', 'HIP_HOP', 'ambient'], ['POLKA', '']],
		instrument: ['text', ['violin'], []], tempo: ['number', [0.1, 0.5, 1, 20, 120.5, 300], [0, 0.09, 1.01, 19, 301, -5]],
		durationSeconds: ['int', [1, 30], [0, 31]], negativePrompt, seed, sampleCount, model,
	},
	audio: {
		prompt: ['text', [x(1), x(5000), 'é'.repeat(2500)], ['', x(5001), 'é'.repeat(2501)]], mediaType: ['text', ['AUDIO'], ['MUSIC']],
		voice: ['text', ['Kore', 'en-US-Chirp3-HD-Kore'], []], audioStyle: ['text', ['Puck', 'calm'], []], language: ['text', ['de-DE'], ['no language!']],
		speed: ['number', [0.25, 1, 2], [0.24, 2.01]], volumeGain: ['number', [-96, 0, 16], [-96.5, 16.5]],
		audioEncoding: ['text', ['mp3', 'linear16', 'ogg_opus', 'MP3'], ['flac']], audioSampleRate: ['int', [8000, 24000, 48000], [0, 1000000]],
		durationSeconds: ['number', [1], [0, -1]], negativePrompt, seed, model,
	},
};

let t, user, project;

before(async () => {
	t = await h.start();
	user = await t.user();
	project = await t.project();
});

/* The names of top-level fields that a body's errors are about. */
async function complaints(kind, body) {
	const r = await user.post(`/api/media/${kind}`, { projectId: project, prompt: 'p', ...body, 'not-a-field': 1 });
	const j = mustFail(r, 400, 'VALIDATION_ERROR');
	const names = new Set(j.errors.map((e) => e.field.split(/[.[]/)[0]));
	assert.ok(names.delete('not-a-field'), `an unknown field passed: ${r.text}`);
	for (const e of j.errors)
		assert.ok(e.message.includes(e.field), `"${e.message}" does not name ${e.field}`);
	return [...names].sort();
}

for (const [kind, fields] of Object.entries(FIELDS))
	for (const [name, [type, good, bad]] of Object.entries(fields))
		test(`${kind}: ${name}`, async () => {
			for (const value of good)
				assert.deepEqual(await complaints(kind, { [name]: value }), [], `good: ${JSON.stringify(value).slice(0, 80)}`);
			for (const value of [...bad, ...WRONG[type]])
				assert.deepEqual(await complaints(kind, { [name]: value }), [name], `bad: ${JSON.stringify(value).slice(0, 80)}`);
			assert.deepEqual(await complaints(kind, { [name]: null }), name === 'prompt' ? [name] : [], 'null');
		});

for (const kind of Object.keys(FIELDS)) {
	test(`${kind}: projectId and prompt are required; a project id is a UUID`, async () => {
		const post = (b) => user.post(`/api/media/${kind}`, b);
		mustFail(await post({}), 400, 'VALIDATION_ERROR', { field: ['projectId', 'prompt'] });
		for (const projectId of [null, '', 'x', 5, `${project}x`, project.replace(/-/g, '')])
			mustFail(await post({ projectId, prompt: 'p' }), 400, 'VALIDATION_ERROR', { field: 'projectId' });
	});
	test(`${kind}: fields of other endpoints are unknown here`, async () => {
		const other = { image: 'tempo', video: 'genre', music: 'voice', audio: 'aspectRatio' }[kind];
		mustFail(await user.post(`/api/media/${kind}`, { projectId: project, prompt: 'p', [other]: 1, __proto__x: 1 }), 400, 'VALIDATION_ERROR', { field: [other, '__proto__x'] });
	});
	test(`${kind}: every problem at once, joined in one message`, async () => {
		const r = await user.post(`/api/media/${kind}`, { prompt: '', seed: -1, negativePrompt: x(1001), model: 1 });
		const j = mustFail(r, 400, 'VALIDATION_ERROR', { field: ['projectId', 'prompt', 'seed', 'negativePrompt', 'model'] });
		assert.equal(j.message, j.errors.map((e) => e.message).join(', '));
	});
}

test('the wording of the contract', async () => {
	const j = mustFail(await user.post('/api/media/image', { projectId: project, prompt: '' }), 400, 'VALIDATION_ERROR');
	assert.equal(j.message, 'prompt must not be empty');
	assert.deepEqual(j.errors, [{ field: 'prompt', code: 'isNotEmpty', message: 'prompt must not be empty' }]);
	assert.equal(j.path, '/api/media/image');
});

test('nothing of all this was started', async () => {
	assert.equal((await user.get('/api/media/history')).must(200).meta.totalItems, 0);
	assert.equal((await t.ledger('?entries=0')).total, 0);
});
