'use strict';
/* tests/flow/031_music.js - the main job for music.
 * Proves: "The main job for all four media types, through HTTP and through HTTPS with HTTP/2,
 * with bytes that really are … WAV/MP3/OGG"; contract 5: genre and tempo in both forms; models by their ids.
 * Runs: first
 * Licence: Apache-2.0. */
const { test, assert } = require('./tiny');
const { mustFail } = require('./client');
const { media, mustBeMedia, mustOpen } = require('./media_tests');

media('music', { service: 'lyria', error: 'LYRIA_API_ERROR' }, (c) => {
	test('what the existing client sends: genre "ambient", tempo 120', async () => {
		const m = await c.make('waves', { genre: 'ambient', tempo: 120 });
		mustBeMedia(m, 'MUSIC', 'SUCCEEDED');
		assert.equal(m.parameters.tempo, 120);
		await mustOpen(m);
	});
	test('every genre in any case, both scales of tempo, instruments', async () => {
		for (const fields of [{ genre: 'HIP_HOP', tempo: 0.1 }, { genre: 'Jazz', tempo: 1 }, { genre: 'classical', tempo: 300, instrument: 'cello', durationSeconds: 30 }, { sampleCount: 2 }]) {
			const m = await c.make(`song ${JSON.stringify(fields)}`, fields);
			assert.equal(m.results.length, fields.sampleCount || 1);
			await mustOpen(m);
		}
	});
	test('Lyria 3 by its ids: MP3, a call for each song', async () => {
		for (const [model, by, fields] of [['lyria-3-clip-preview', 'lyria-3-clip-preview', { durationSeconds: 30 }], ['lyria-3.5', 'lyria-3-clip-preview', { genre: 'JAZZ', negativePrompt: 'drums' }],
			['lyria-3-pro', 'lyria-3-pro-preview', { durationSeconds: 20, sampleCount: 2 }]]) {
			const m = await c.make(`by ${model}`, { model, ...fields });
			mustBeMedia(m, 'MUSIC', 'SUCCEEDED');
			assert.equal(m.parameters.model, model);
			const found = await mustOpen(m);
			assert.equal(new Set(found.map((f) => f.sha)).size, 1);	/* the same words are the same song of the emulator */
			assert.equal(found.length, fields.sampleCount || 1);
			for (const { metadata } of m.results) {
				assert.deepEqual([metadata.model, metadata.mimeType], [by, 'audio/mpeg']);
				assert.match(metadata.originalGcsUri, /\.mp3$/);
			}
		}
		for (const [fields, field] of [[{ durationSeconds: 20 }, 'durationSeconds'], [{ seed: 7 }, 'seed']])
			mustFail(await c.ask('never sung', { model: 'lyria-3-clip-preview', ...fields }), 400, 'VALIDATION_ERROR', { field });
	});
	test('Lyria 3: what Google refuses, filters or ends otherwise', async () => {
		const model = 'lyria-3-clip-preview';
		mustFail(await c.ask('x [emulator:blocked]', { model }), 422, 'CONTENT_FILTERED');
		mustFail(await c.ask('x [emulator:filter]', { model }), 422, 'CONTENT_FILTERED');
		assert.match(mustFail(await c.ask('x [emulator:ends=budget_exceeded]', { model }), 502, 'LYRIA_API_ERROR').message, /budget/);
		assert.equal(mustFail(await c.ask('x [emulator:declines]', { model }), 422, 'CONTENT_FILTERED').message, 'I cannot make this audio.');
		await c.t.settings({ interactions_outputs: true });
		assert.equal(mustFail(await c.ask('y [emulator:declines]', { model }), 422, 'CONTENT_FILTERED').message, 'I cannot make this audio.');
		await mustOpen(await c.make('as it was until May', { model }));
		await c.t.settings({ interactions_outputs: false });
	});
});
