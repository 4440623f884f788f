'use strict';
/* tests/flow/032_audio.js - the main job for speech.
 * Proves: "The main job for all four media types, through HTTP and through HTTPS with HTTP/2,
 * with bytes that really are … WAV/MP3/OGG"; contract 5: voice, speed, encodings; models by their ids.
 * Runs: first
 * Licence: Apache-2.0. */
const { test, assert } = require('./tiny');
const { mustFail } = require('./client');
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
	test('the Gemini models of the speech service, by their ids', async () => {
		for (const [model, by, audioEncoding, format] of [['gemini-2.5-flash-tts', 'gemini-2.5-flash-tts', 'mp3', 'mp3'], ['gemini-2.5-pro-preview-tts', 'gemini-2.5-pro-tts', 'ogg_opus', 'ogg'],
			['gemini-3.1-flash-tts', 'gemini-3.1-flash-tts-preview', 'linear16', 'wav']]) {
			const m = await c.make(`said by ${model}`, { model, voice: 'Puck', audioStyle: 'Say it warmly', language: 'de-DE', audioEncoding });
			assert.equal(m.results[0].metadata.model, by);
			assert.equal((await mustOpen(m))[0].format, format);
		}
		mustFail(await c.ask('a'.repeat(4001), { model: 'gemini-2.5-flash-tts' }), 400, 'VALIDATION_ERROR', { field: 'prompt' });
	});
	test('the Gemini models that speak themselves: WAV, and nothing else', async () => {
		for (const model of ['gemini-3.8-flash-tts', 'gemini-3.8-flash-lite-tts']) {
			const m = await c.make(`said by ${model}`, { model, voice: 'Kore', audioStyle: 'calm' });
			const { metadata } = m.results[0];
			assert.deepEqual([metadata.model, metadata.mimeType], [model, 'audio/wav']);
			const [f] = await mustOpen(m);
			assert.equal(f.rate, 24000);
		}
		for (const [fields, field] of [[{ audioEncoding: 'mp3' }, 'audioEncoding'], [{ speed: 2 }, 'speed']])
			mustFail(await c.ask('never said', { model: 'gemini-3.8-flash-tts', ...fields }), 400, 'VALIDATION_ERROR', { field });
	});
	test('speech that the model declines, or that is held back, is told with its words', async () => {
		const model = 'gemini-3.8-flash-tts';
		const held = async (prompt) => mustFail(await c.ask(prompt, { model }), 422, 'CONTENT_FILTERED');
		assert.equal((await held('read it [emulator:declines]')).message, 'I cannot read this aloud.');
		for (const [fault, said, reason] of [['filter', /^Unable to show what was generated/, /public figure/], ['blocked', /^The prompt could not be submitted/, /safety check/],
			['finish=RECITATION', /^Nothing could be generated/, /resembled an existing work/]]) {
			const { message, errors } = await held(`read it [emulator:${fault}]`);
			assert.match(message, said);
			assert.equal(errors.length, 1);
			assert.match(errors[0].message, reason);
		}
	});
	test('5000 bytes are spoken, whatever the script', async () => {
		await mustOpen(await c.make('日本語。'.repeat(416)));
	});
});
