'use strict';
/* tests/flow/031_music.js - the main job for music.
 * Proves: "The main job for all four media types, through HTTP and through HTTPS with HTTP/2,
 * with bytes that really are … WAV/MP3/OGG"; contract 5: genre and tempo in both forms.
 * Runs: first
 * Licence: Apache-2.0. */
const { test, assert } = require('./tiny');
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
});
