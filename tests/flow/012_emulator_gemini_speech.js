'use strict';
/* tests/flow/012_emulator_gemini_speech.js - the emulator's :generateContent by itself: the Gemini 3.8
 * speech models.
 * Proves: issue "Google as it really is": what the reference says of these models is what the
 * emulator serves, checks and refuses.
 * Licence: Apache-2.0. */
const fs = require('node:fs');
const { test, assert, before, after } = require('./tiny');
const { judge } = require('./media');
const { Google, ACCOUNT, bearer } = require('./google');

const TTS = 'gemini-3.8-flash-tts', LITE = 'gemini-3.8-flash-lite-tts';
let google, project;

before(async () => {
	google = await new Google().start({ 'speech-ms': 1 });
	const account = JSON.parse(fs.readFileSync(ACCOUNT));
	project = account.project_id;
	google.api = google.api.as(bearer(account));
});
after(() => google.stop());

const voice = (name) => ({ voiceConfig: { voice: name } });
const part = (text, speechMetadata) => ({ text, ...(speechMetadata && { speechMetadata }) });
const body = (parts = [part('Good morning')], config = {}, more = {}) => ({ contents: [{ role: 'user', parts: [].concat(parts) }],
	generationConfig: { responseModalities: ['AUDIO'], speechConfig: { languageCode: 'en-US', ...voice('Kore') }, ...config }, ...more });
const ask = (b, { model = TTS, verb = 'generateContent', location = 'global' } = {}) =>
	google.api.post(`/v1/projects/${project}/locations/${location}/publishers/google/models/${model}:${verb}`, b);
const format = (mimeType) => ({ responseFormat: [{ audio: { mimeType } }] });

async function speech(b, where) {
	const a = (await ask(b, where)).must(200);
	const [c] = a.candidates;
	assert.deepEqual([c.finishReason, c.content.role, c.content.parts.length], ['STOP', 'model', 1]);
	assert.equal(a.usageMetadata.candidatesTokensDetails[0].modality, 'AUDIO');
	const { mimeType, data } = c.content.parts[0].inlineData;
	return { mimeType, data, bytes: Buffer.from(data, 'base64') };
}
async function refused(b, words, status = 400, where) {
	const r = await ask(b, where);
	assert.equal(r.status, status, r.text.slice(0, 300));
	assert.match(r.json.error.message, words);
}

test('speech is a whole WAV of 24 kHz, from both models; voice and style are heard', async () => {
	for (const model of [TTS, LITE]) {
		const s = await speech(body(), { model });
		assert.equal(s.mimeType, 'audio/wav');
		assert.equal(judge('audio/wav', s.bytes).rate, 24000);
		assert.deepEqual([s.bytes.readUInt16LE(22), s.bytes.readUInt16LE(34)], [1, 16], 'mono, of 16 bits');
	}
	const kore = await speech(body());
	assert.equal((await speech(body())).data, kore.data);
	assert.notEqual((await speech(body(undefined, { speechConfig: voice('Puck') }))).data, kore.data);
	assert.notEqual((await speech(body(part('Good morning', { style: 'calm' })))).data, kore.data);
	const older = await speech(body(undefined, { speechConfig: { languageCode: 'en-US', voiceConfig: { prebuiltVoiceConfig: { voiceName: 'Kore' } } } }));
	assert.equal(older.data, kore.data, 'the older name of the field');
	assert.equal((await speech(body(part('Good <laugh>morning')))).bytes.length, kore.bytes.length, 'an effect is not spoken');
});

test('other formats, as long as the WAV', async () => {
	const samples = (await speech(body())).bytes.length / 2 - 22;
	for (const [name, mime, each] of [['AUDIO_L16', 'audio/l16', 2], ['AUDIO_MULAW', 'audio/mulaw', 1], ['AUDIO_ALAW', 'audio/alaw', 1]]) {
		const s = await speech(body(undefined, format(name)));
		assert.deepEqual([s.mimeType, s.bytes.length], [mime, samples * each]);
	}
	assert.equal((await speech(body(undefined, format('AUDIO_WAV')))).mimeType, 'audio/wav');
	for (const name of ['AUDIO_MP3', 'audio/wav', 'AUDIO_OGG_OPUS'])
		await refused(body(undefined, format(name)), /Invalid mimeType/);
});

test('two speakers: a part per turn', async () => {
	const speakers = (...list) => ({ speechConfig: { multiSpeakerVoiceConfig: { speakerVoiceConfigs: list.map(([speaker, name]) => ({ speaker, ...voice(name) })) } } });
	const two = speakers(['Sam', 'Kore'], ['Bob', 'Charon']);
	const turns = [part('Hello', { speaker: 'Sam', style: 'warm' }), part('Hey', { speaker: 'Bob' })];
	judge('audio/wav', (await speech(body(turns, two))).bytes);
	await refused(body(turns, speakers(['Sam', 'Kore'])), /speakerVoiceConfigs must have from 2 to 2/);
	await refused(body(turns, speakers(['Sam', 'Kore'], ['Sam', 'Puck'])), /different names/);
	await refused(body([...turns, part('Hi', { speaker: 'Eve' })], two), /the speaker Eve has no voice/);
	await refused(body([...turns, part('Hi')], two), /speaker must be set/);
	await refused(body(turns), /speaker must be set with multiSpeakerVoiceConfig, and only then/);
	await refused(body(turns, { speechConfig: { ...two.speechConfig, ...voice('Kore') } }), /Exactly one of voiceConfig/);
});

test('fields that are refused', async () => {
	for (const field of ['temperature', 'topP', 'topK'])
		await refused(body(undefined, { [field]: 1 }), new RegExp(`${field} is not supported by this model`));
	await refused(body(undefined, { candidateCount: 2 }), /Multiple candidates/);
	for (const config of [{ responseModalities: ['TEXT'] }, { responseModalities: ['AUDIO', 'TEXT'] }, { responseModalities: [] }, { responseModalities: undefined },
		{ speechConfig: undefined }, { speechConfig: {} }, { speechConfig: voice('kore') }, { speechConfig: voice('en-US-Chirp3-HD-Kore') },
		{ speechConfig: { voiceConfig: {} } }, { speechConfig: { languageCode: 'xx-YY', ...voice('Kore') } }, { speechConfig: { speakingRate: 1, ...voice('Kore') } },
		{ imageConfig: {} }, { thinkingConfig: {} }, { audioEncoding: 'MP3' }])
		await refused(body(undefined, config), /./);
	await refused(body(part('')), /text must not be empty/);
	await refused(body(part('<laugh>')), /no text to be spoken/);
	await refused(body({ inlineData: { mimeType: 'image/png', data: 'AAAA' } }), /Unknown name "inlineData"/);
	await refused(body(part('x', { rate: 1 })), /Unknown name "rate"/);
	await refused({ ...body(), contents: [...body().contents, ...body().contents] }, /Multiturn/);
	await refused(body(undefined, {}, { systemInstruction: { parts: [{ text: 'x' }] } }), /Developer instruction/);
	await refused(body(undefined, {}, { outputConfig: { outputUriPrefix: 'gs://b' } }), /Unknown name "outputConfig"/);
	await refused(body(), /Publisher Model/, 404, { location: 'us-central1' });
	await refused(body(), /Publisher Model/, 404, { model: 'gemini-2.5-flash-tts' });
});

test('in pieces it is raw samples, the same as the WAV\'s', async () => {
	const whole = (await speech(body())).bytes;
	const stream = async (b) => {
		const r = await google.api.post(`/v1/projects/${project}/locations/global/publishers/google/models/${TTS}:streamGenerateContent?alt=sse`, b);
		r.must(200);
		return r.text.split('\r\n\r\n').filter(Boolean).map((line) => JSON.parse(line.slice(6)).candidates[0]);
	};
	const pieces = await stream(body());
	assert.ok(pieces.length > 1);
	assert.deepEqual(pieces.map((c) => c.finishReason).filter(Boolean), ['STOP']);
	const data = pieces.map((c) => c.content.parts[0].inlineData);
	assert.ok(data.every((d) => d.mimeType === 'audio/l16'));
	assert.ok(Buffer.concat(data.map((d) => Buffer.from(d.data, 'base64'))).equals(whole.subarray(44)));
	const [wav] = await stream(body(undefined, format('AUDIO_WAV')));
	assert.ok(Buffer.from(wav.content.parts[0].inlineData.data, 'base64').equals(whole));
});

test('outcomes: blocked, held back, declined; and the ledger', async () => {
	const blocked = (await ask(body(part('no [emulator:blocked]')))).must(200);
	assert.deepEqual([blocked.candidates, blocked.promptFeedback.blockReason], [undefined, 'SAFETY']);
	for (const [word, reason] of [['filter', 'SAFETY'], ['finish=OTHER', 'OTHER'], ['finish=RECITATION', 'RECITATION']]) {
		const [c] = (await ask(body(part(`no [emulator:${word}]`)))).must(200).candidates;
		assert.deepEqual([c.finishReason, c.content], [reason, undefined]);
	}
	const [c] = (await ask(body(part('no [emulator:declines]')))).must(200).candidates;
	assert.deepEqual([c.finishReason, Object.keys(c.content.parts[0])], ['STOP', ['text']]);
	await google.fault({ status: 503 }, { path: 'gemini', prompt: 'morning' });
	assert.equal((await ask(body(part('one morning')))).status, 503);
	await speech(body(part('one morning')));
	const kept = (await google.api.get('/emulator/ledger?service=gemini&prompt=one+morning')).must(200);
	assert.deepEqual(kept.entries.map((e) => [e.model, e.prompt, e.count]), [[TTS, 'one morning', 1]]);
});
