'use strict';
/* tests/flow/032_audio.js - the main job for speech.
 * Proves: "The main job for all four media types, through HTTP and through HTTPS with HTTP/2,
 * with bytes that really are … WAV/MP3/OGG"; contract 5: voice, speed, encodings.
 * Runs: first
 * Licence: Apache-2.0. */
const { test, assert } = require('./tiny');
const { media, mustOpen } = require('./media_tests');

media('audio', { service: 'tts', error: 'CHIRP_API_ERROR' }, (c) => {
	test('each encoding is what it says', async () => {
		for (const [audioEncoding, format] of [['mp3', 'mp3'], ['linear16', 'wav'], ['ogg_opus', 'ogg'], ['MP3', 'mp3']]) {
			const [f] = await mustOpen(await c.make(`spoken as ${audioEncoding}`, { audioEncoding }));
			assert.equal(f.format, format);
		}
	});
	test('voice by full or short name, style, language, speed, gain', async () => {
		for (const fields of [{ voice: 'en-US-Chirp3-HD-Kore' }, { voice: 'Kore' }, { audioStyle: 'Puck' }, { language: 'de-DE' }, { speed: 0.25, volumeGain: -96 }, { speed: 2, volumeGain: 16 }, { audioEncoding: 'linear16', audioSampleRate: 16000 }]) {
			const found = await mustOpen(await c.make(`hello ${JSON.stringify(fields)}`, fields));
			if (fields.audioSampleRate)
				assert.equal(found[0].rate, 16000);
		}
	});
	test('5000 bytes are spoken, whatever the script', async () => {
		await mustOpen(await c.make('日本語。'.repeat(416)));
	});
});
