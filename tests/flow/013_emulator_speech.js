'use strict';
/* tests/flow/013_emulator_speech.js - the emulator's Text-to-Speech by itself.
 * Proves: issue "Google as it really is": what the reference says of the Chirp 3 HD voices and of
 * the Gemini models in Cloud Text-to-Speech is what the emulator serves, checks and refuses.
 * Licence: Apache-2.0. */
const fs = require('node:fs');
const { test, assert, before, after } = require('./tiny');
const { judge } = require('./media');
const { Google, ACCOUNT, bearer } = require('./google');

const GONE = 'gemini-2.5-pro-tts', LITE = 'gemini-2.5-flash-lite-preview-tts';
let google;

before(async () => {
	google = await new Google().start({ gone: GONE });
	google.api = google.api.as(bearer(JSON.parse(fs.readFileSync(ACCOUNT))));
});
after(() => google.stop());

const post = (body) => google.api.post('/v1/text:synthesize', body);
const call = (input, voice, audioConfig = { audioEncoding: 'MP3' }, more = {}) => ({ input, voice: { languageCode: 'en-US', ...voice }, audioConfig, ...more });
const gemini = (input = {}, voice = {}, audio, more) => call({ text: 'Hi', prompt: 'Say it warmly', ...input }, { name: 'Kore', modelName: 'gemini-2.5-flash-tts', ...voice }, audio, more);
const chirp = (input = {}, voice = {}, audio, more) => call({ text: 'Hi', ...input }, { name: 'en-US-Chirp3-HD-Kore', ...voice }, audio, more);
const plain = (input = {}, voice = {}, audio, more) => call({ text: 'Hi', ...input }, voice, audio, more);
const TURNS = [{ speaker: 'Sam', text: 'Hello' }, { speaker: 'Bob', text: 'Hey' }];
const SPEAKERS = [{ speakerAlias: 'Sam', speakerId: 'Kore' }, { speakerAlias: 'Bob', speakerId: 'Charon' }];
const dialogue = (turns = TURNS, speakers = SPEAKERS, voice = {}, audio = {}) => call({ prompt: 'podcast', multiSpeakerMarkup: { turns } },
    { modelName: 'gemini-2.5-flash-tts', multiSpeakerVoiceConfig: { speakerVoiceConfigs: speakers }, ...voice }, audio);
const audio = async (body) => Buffer.from((await post(body)).must(200).audioContent, 'base64');

test('a Gemini model speaks, told how; the words of the style are heard', async () => {
	const one = await audio(gemini());
	judge('audio/mpeg', one);
	assert.ok((await audio(gemini())).equals(one));
	assert.ok(!(await audio(gemini({ prompt: 'Say it coldly' }))).equals(one));
	judge('audio/mpeg', await audio(gemini({ prompt: undefined }, { modelName: LITE })));
	judge('audio/mpeg', await audio(gemini({}, { modelName: 'gemini-3.1-flash-tts-preview', languageCode: 'cmn-Hans-CN', ssmlGender: 2 })));
	const { entries } = (await google.api.get('/emulator/ledger?service=tts&prompt=Hi')).must(200);
	assert.equal(entries[0].model, 'gemini-2.5-flash-tts');
});

test('two speak in turn; where no encoding is named it is LINEAR16', async () => {
	judge('audio/wav', await audio(dialogue()));
	judge('audio/wav', await audio(gemini({}, {}, { audioEncoding: 0 })));
	judge('audio/wav', await audio(chirp({}, {}, {})));
	judge('audio/ogg', await audio(gemini({}, {}, { audioEncoding: 3 })));
	judge('audio/mpeg', await audio(plain({}, { ssmlGender: 'FEMALE' })));
});

test('texts and prompts have their limits in bytes', async () => {
	const long = (n) => 'é'.repeat(n / 2);
	await audio(gemini({ text: long(4000), prompt: long(4000) }));
	await audio(chirp({ text: long(5000) }));
	for (const [body, words] of [
		[gemini({ text: long(4002) }), /4000 bytes/],
		[gemini({ prompt: long(4002) }), /input.prompt.* 4000 bytes/],
		[dialogue([{ speaker: 'Sam', text: long(2000) }, { speaker: 'Bob', text: long(2002) }]), /4000 bytes/],
		[chirp({ text: long(5002) }), /5000 bytes/],
	])
		refused(await post(body), 400, words);
});

function refused(r, status, words) {
	assert.equal(r.status, status, r.text);
	assert.match(r.json.error.message, words);
	return r.json.error;
}

test('fields that do not go together, voices that are none, values out of range: 400', async () => {
	for (const [body, words] of [
		[gemini({}, { name: 'en-US-Chirp3-HD-Kore' }), /does not exist/],
		[gemini({}, { name: undefined }), /requires a name/],
		[gemini({}, { modelName: 'gemini-3.8-flash-tts' }), /Model name .* does not exist/],
		[gemini({}, { ssmlGender: 'NEUTRAL' }), /neutral/],
		[gemini({}, { ssmlGender: 3 }), /neutral/],
		[gemini({}, { languageCode: 'english' }), /Language code 'english'/],
		[gemini({}, { languageCode: undefined }), /languageCode is required/],
		[gemini({ text: '' }), /must be set/],
		[gemini({ text: undefined, ssml: '<speak>Hi</speak>' }), /SSML/],
		[gemini({ text: undefined, markup: '[pause] Hi' }), /markup/],
		[gemini({ ssml: '<speak>Hi</speak>' }), /Only one of/],
		[gemini({}, {}, { audioEncoding: 'M4A' }), /audio encoding/],
		[gemini({}, {}, { audioEncoding: 'FLAC' }), /TYPE_ENUM/],
		[gemini({}, {}, undefined, { advancedVoiceOptions: { safetySettings: { settings: [{ category: 'HARM_CATEGORY_WEATHER', threshold: 'OFF' }] } } }), /category/],
		[gemini({}, {}, undefined, { advancedVoiceOptions: { safetySettings: { settings: [{ category: 1 }] } } }), /threshold is required/],
		[gemini({}, {}, undefined, { colour: 'red' }), /Unknown name "colour"/],
		[gemini({ customPronunciations: { pronunciations: [{ phrase: 'Hi' }] } }), /phoneticEncoding is required/],
		[dialogue(TURNS, SPEAKERS.slice(1)), /2 to 2/],
		[dialogue(TURNS, [...SPEAKERS, SPEAKERS[0]]), /2 to 2/],
		[dialogue(TURNS, [SPEAKERS[0], { speakerAlias: 'Sam', speakerId: 'Charon' }]), /alias of its own/],
		[dialogue(TURNS, [SPEAKERS[0], { speakerAlias: 'Bob', speakerId: 'Nobody' }]), /'Nobody' does not exist/],
		[dialogue([{ speaker: 'Eve', text: 'Hello' }]), /speaker 'Eve'/],
		[dialogue(TURNS, SPEAKERS, { name: 'Kore' }), /name cannot be used/],
		[dialogue(TURNS, SPEAKERS, { modelName: LITE }), /one voice only/],
		[dialogue(TURNS, SPEAKERS, { modelName: undefined, name: 'en-US-Chirp3-HD-Kore' }), /model_name/],
		[call({ text: 'Hi' }, { modelName: 'gemini-2.5-flash-tts', multiSpeakerVoiceConfig: { speakerVoiceConfigs: SPEAKERS } }), /used together/],
		[call({ multiSpeakerMarkup: { turns: TURNS } }, { name: 'Kore', modelName: 'gemini-2.5-flash-tts' }), /used together/],
		[chirp({ prompt: 'warmly' }), /model_name/],
		[chirp({}, {}, { audioEncoding: 'MP3', pitch: 2 }), /pitch/],
		[chirp({}, {}, { audioEncoding: 'M4A' }), /audio encoding/],
		[chirp({}, { languageCode: 'de-DE' }), /language code 'en-US'/],
		[chirp({}, { ssmlGender: 'NEUTRAL' }), /neutral/],
		[chirp({}, { voiceClone: { voiceCloningKey: 'x' } }), /not available/],
		[plain({}, {}, {}), /audioEncoding is required/],
		[plain({}, {}, { audioEncoding: 'AUDIO_ENCODING_UNSPECIFIED' }), /audioEncoding is required/],
		[plain({ text: undefined, markup: '[pause] Hi' }), /markup/],
		[plain({}, { languageCode: 'xx-XX' }), /Language code/],
	])
		assert.equal(refused(await post(body), 400, words).status, 'INVALID_ARGUMENT');
});

test('a model that is gone is 404; safety and pronunciations are read', async () => {
	refused(await post(gemini({}, { modelName: GONE })), 404, /Publisher Model .*gemini-2.5-pro-tts/);
	const settings = [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 3 }, { category: 2, threshold: 'OFF' }];
	await audio(gemini({ customPronunciations: { pronunciations: [{ phrase: 'Hi', phoneticEncoding: 1, pronunciation: 'haɪ' }] } }, {}, undefined,
	    { advancedVoiceOptions: { safetySettings: { settings } } }));
	refused(await post(dialogue([{ speaker: 'Sam', text: 'x [emulator:blocked]' }])), 400, /Support codes/);
});
